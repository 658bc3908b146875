//! What is going on, as a fold of the facts: open deployments, who holds what, what is live where.
//!
//! It is bounded by what is going on and not by what ever happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::decide::View;
use crate::deployment::{Deployment, Status};
use crate::effect::Question;
use crate::event::Event;
use crate::fact::{Fact, What};
use crate::flood::Pace;
use crate::ids::{
    Account, DeploymentId, Digest, EnvironmentName, MessageRef, PersonName, ServiceName,
};
use crate::language::{Chosen, choose};
use crate::live::{Live, made_live};
use crate::news::thing::Things;
use crate::request::{Heard, Request, Subject};
use crate::time::Timestamp;

/// A service × environment: at most one deployment starts or runs in it.
pub type Lane = (ServiceName, EnvironmentName);

/// The engine's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingSet {
    instance: Digest,
    catalog: Option<Digest>,
    newest: DeploymentId,
    last_at: Timestamp,
    open: BTreeMap<DeploymentId, Deployment>,
    lanes: BTreeMap<Lane, LaneState>,
    live: BTreeMap<Lane, Live>,
    cards: BTreeMap<MessageRef, DeploymentId>,
    open_by: BTreeMap<PersonName, usize>,
    moving: BTreeSet<DeploymentId>,
    deadlines: BTreeSet<(Timestamp, DeploymentId)>,
    chosen: Chosen,
    things: Things,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct LaneState {
    holder: Option<DeploymentId>,
    open: BTreeSet<DeploymentId>,
}

/// What a new working set begins with: everything about the past that still matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub instance: Digest,
    /// The configuration that was last put on record.
    pub catalog: Option<Digest>,
    /// The highest number that a deployment has.
    pub newest: DeploymentId,
    /// The time of the newest fact.
    pub last_at: Timestamp,
    pub live: BTreeMap<Lane, Live>,
    /// The languages that people chose.
    pub chosen: Chosen,
}

/// What an event is about: the parts of the working set that the decision needs.
#[derive(Debug, Default)]
pub struct Scope<'e> {
    pub deployment: Option<DeploymentId>,
    pub card: Option<&'e MessageRef>,
    pub lane: Option<(&'e ServiceName, &'e EnvironmentName)>,
    /// Where a promotion comes from.
    pub source: Option<(&'e ServiceName, &'e EnvironmentName)>,
    pub account: Option<&'e Account>,
}

/// Returns what an event is about.
pub fn scope(event: &Event) -> Scope<'_> {
    match event {
        Event::Said { speaker, heard, .. } => {
            let mut scope = match heard {
                Heard::Understood { request, .. } => scope_of_request(request),
                Heard::NotUnderstood(_) => Scope::default(),
            };
            scope.account = Some(&speaker.account);
            scope
        }
        Event::ReactionsRead { message, .. } => Scope { card: Some(message), ..Scope::default() },
        Event::Reacted { speaker, message, .. } | Event::Pressed { speaker, message, .. } => {
            Scope { card: Some(message), account: Some(&speaker.account), ..Scope::default() }
        }
        Event::Resolved { deployment, .. }
        | Event::Confirmed { deployment, .. }
        | Event::ChecksRead { deployment, .. }
        | Event::RunReported { deployment, .. }
        | Event::CardShown { deployment, .. }
        | Event::ReasonNotAsked { deployment, .. }
        | Event::LookAgain { deployment } => {
            Scope { deployment: Some(*deployment), ..Scope::default() }
        }
        Event::Recalled { question, past } => {
            let speaker = question.speaker();
            let lane = past.as_ref().map(|past| (&past.service, &past.environment));
            let deployment = match question {
                Question::Vote { .. } | Question::Press { .. } => past.as_ref().map(|past| past.id),
                Question::Request { .. } => None,
            };
            Scope { deployment, lane, account: Some(&speaker.account), ..Scope::default() }
        }
        Event::HomeOpened { speaker } | Event::LanguagePicked { speaker, .. } => {
            Scope { account: Some(&speaker.account), ..Scope::default() }
        }
        Event::GaveUp { deployment, .. } => Scope { deployment: *deployment, ..Scope::default() },
        Event::CatalogLoaded { .. }
        | Event::NewsHeard { .. }
        | Event::NewsShown { .. }
        | Event::Connected { .. } => Scope::default(),
    }
}

fn scope_of_request(request: &Request) -> Scope<'_> {
    if let Request::Can { request } = request {
        return scope_of_request(request);
    }
    match request.subject() {
        Subject::Lane { service, environment } => {
            Scope { lane: Some((service, environment)), ..Scope::default() }
        }
        Subject::Promotion { service, from, to } => {
            Scope { lane: Some((service, to)), source: Some((service, from)), ..Scope::default() }
        }
        Subject::Deployment(deployment) => {
            Scope { deployment: Some(deployment), ..Scope::default() }
        }
        Subject::Board { .. } | Subject::Nothing => Scope::default(),
    }
}

impl WorkingSet {
    pub fn new(origin: Origin) -> Self {
        Self {
            instance: origin.instance,
            catalog: origin.catalog,
            newest: origin.newest,
            last_at: origin.last_at,
            open: BTreeMap::new(),
            lanes: BTreeMap::new(),
            live: origin.live,
            cards: BTreeMap::new(),
            open_by: BTreeMap::new(),
            moving: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            chosen: origin.chosen,
            things: Things::default(),
        }
    }

    /// Takes in one more fact; returns the deployment that ended with it, which is then let go.
    pub fn apply(&mut self, fact: &Fact) -> Option<Deployment> {
        self.last_at = self.last_at.max(fact.at);
        match (&fact.what, fact.deployment) {
            (What::CatalogLoaded { digest }, _) => {
                self.catalog = Some(*digest);
                None
            }
            (What::LanguageChosen { person, locale }, _) => {
                choose(&mut self.chosen, person.known(), *locale);
                None
            }
            (What::NewsHeard { news, .. }, _) => {
                self.things.apply(&news.thing, &fact.what);
                None
            }
            (What::NewsMended { thing, .. } | What::NewsShown { thing, .. }, _) => {
                self.things.apply(thing, &fact.what);
                None
            }
            (What::Requested(requested), Some(id)) => {
                self.insert(Deployment::begin(id, fact.at, (**requested).clone()));
                None
            }
            (_, Some(id)) => self.update(id, fact),
            (_, None) => None,
        }
    }

    fn insert(&mut self, deployment: Deployment) {
        let id = deployment.id;
        self.newest = self.newest.max(id);
        self.lane_mut(&deployment).open.insert(id);
        if let Some(person) = deployment.requester.known() {
            *self.open_by.entry(person.clone()).or_default() += 1;
        }
        self.keep(deployment);
    }

    /// Keeps an open deployment, with what is looked up often about it.
    fn keep(&mut self, deployment: Deployment) {
        let id = deployment.id;
        if moves(&deployment) {
            self.moving.insert(id);
        } else {
            self.moving.remove(&id);
        }
        let deadline = (deployment.expires_at, id);
        match deployment.status {
            Status::Resolving | Status::Waiting => self.deadlines.insert(deadline),
            Status::Starting | Status::Running | Status::Ended(_) => {
                self.deadlines.remove(&deadline)
            }
        };
        self.open.insert(id, deployment);
    }

    fn update(&mut self, id: DeploymentId, fact: &Fact) -> Option<Deployment> {
        let mut deployment = self.open.remove(&id)?;
        if let What::Resealed { .. } = &fact.what {
            // What they showed has moved, so a reaction to one of them is none to what is sealed now.
            for card in &deployment.cards {
                self.cards.remove(card);
            }
        }
        if let What::CardShown { message } = &fact.what {
            if let Some(before) = deployment.card_in(&message.place) {
                self.cards.remove(before);
            }
            self.cards.insert(message.clone(), id);
        }
        deployment.apply(fact);
        if deployment.is_over() {
            self.close(&deployment);
            return Some(deployment);
        }
        if deployment.holds_lane() {
            self.lane_mut(&deployment).holder = Some(id);
        }
        self.keep(deployment);
        None
    }

    fn close(&mut self, deployment: &Deployment) {
        let id = deployment.id;
        self.moving.remove(&id);
        self.deadlines.remove(&(deployment.expires_at, id));
        let lane = lane_of(deployment);
        if let Some(state) = self.lanes.get_mut(&lane) {
            state.open.remove(&id);
            state.holder = state.holder.filter(|holder| *holder != id);
            if state.open.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        for card in &deployment.cards {
            self.cards.remove(card);
        }
        if let Some(person) = deployment.requester.known()
            && let Some(count) = self.open_by.get_mut(person)
        {
            *count -= 1;
            if *count == 0 {
                self.open_by.remove(person);
            }
        }
        if let Some(live) = made_live(deployment) {
            self.live.insert(lane, live);
        }
    }

    fn lane_mut(&mut self, deployment: &Deployment) -> &mut LaneState {
        self.lanes.entry(lane_of(deployment)).or_default()
    }

    /// Returns exactly what the scope names, at this time or at that of the newest fact, whichever is later.
    pub fn view<'a>(
        &'a self,
        scope: &Scope<'_>,
        catalog: &'a Catalog,
        now: Timestamp,
        nonce: Digest,
    ) -> View<'a> {
        let by_card = scope.card.and_then(|card| self.cards.get(card)).copied();
        let deployment = scope.deployment.or(by_card).and_then(|id| self.open.get(&id));
        let told = scope.card.and_then(|message| self.things.by_message(message));
        let offer = scope.card.zip(told).and_then(|(message, thing)| {
            thing.said_in(&message.place).and_then(|said| said.offer.as_ref())
        });
        let lane = match (deployment, scope.lane, offer) {
            (Some(deployment), _, _) => Some(lane_of(deployment)),
            (None, Some((service, environment)), _) => Some((service.clone(), environment.clone())),
            (None, None, Some(offer)) => Some((offer.service.clone(), offer.environment.clone())),
            (None, None, None) => None,
        };
        let state = lane.as_ref().and_then(|lane| self.lanes.get(lane));
        let speaker = scope.account.and_then(|account| catalog.people.by_account(account));
        let source = scope.source.map(|(service, from)| (service.clone(), from.clone()));
        View {
            now: now.max(self.last_at),
            nonce,
            instance: &self.instance,
            catalog,
            catalog_on_record: self.catalog.as_ref(),
            next: DeploymentId(self.newest.0 + 1),
            deployment,
            holder: state.and_then(|state| state.holder),
            open: Open(&self.open),
            lane_open: state.map_or(0, |state| state.open.len()),
            neighbours: Neighbours { set: self, state, except: deployment.map(|d| d.id) },
            live: lane.as_ref().and_then(|lane| self.live.get(lane)),
            source_live: source.as_ref().and_then(|lane| self.live.get(lane)),
            speaker,
            open_by_speaker: speaker
                .map_or(0, |person| self.open_by.get(&person.name).copied().unwrap_or_default()),
            chosen: &self.chosen,
            things: &self.things,
            told,
            pace: Pace::Allowed,
        }
    }

    /// Returns the deployments that are not over, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Deployment> {
        self.open.values()
    }

    /// Returns the configuration that was last put on record.
    pub fn catalog(&self) -> Option<&Digest> {
        self.catalog.as_ref()
    }

    pub fn live(&self) -> &BTreeMap<Lane, Live> {
        &self.live
    }

    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Returns the things outside of which there was news.
    pub fn things(&self) -> &Things {
        &self.things
    }

    pub fn deployment(&self, id: DeploymentId) -> Option<&Deployment> {
        self.open.get(&id)
    }

    /// Returns how many deployments go on by themselves: a version is looked up, or a run goes on.
    pub fn moving(&self) -> usize {
        self.moving.len()
    }

    /// Returns the time of the newest fact.
    pub fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Returns when the next deployment expires.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}

/// Tells whether a deployment goes on by itself.
///
/// A run of which nobody knows whether it goes on does not: people must look.
fn moves(deployment: &Deployment) -> bool {
    match deployment.status {
        Status::Resolving | Status::Running => true,
        Status::Starting => deployment.run.as_ref().is_some_and(|run| run.unknown.is_none()),
        Status::Waiting | Status::Ended(_) => false,
    }
}

/// All deployments that are not over, oldest first.
#[derive(Clone, Copy)]
pub struct Open<'a>(&'a BTreeMap<DeploymentId, Deployment>);

impl<'a> Open<'a> {
    pub fn iter(self) -> impl Iterator<Item = &'a Deployment> {
        self.0.values()
    }
}

/// The other open deployments of a lane, oldest first.
#[derive(Clone, Copy)]
pub struct Neighbours<'a> {
    set: &'a WorkingSet,
    state: Option<&'a LaneState>,
    except: Option<DeploymentId>,
}

impl<'a> Neighbours<'a> {
    pub fn iter(self) -> impl Iterator<Item = &'a Deployment> {
        let ids = self.state.into_iter().flat_map(|state| &state.open);
        ids.filter(move |id| Some(**id) != self.except).filter_map(move |id| self.set.open.get(id))
    }
}

fn lane_of(deployment: &Deployment) -> Lane {
    (deployment.service.clone(), deployment.environment.clone())
}
