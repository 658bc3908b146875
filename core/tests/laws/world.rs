//! A world that the bot is in: its working set, what it ordered outside, and what is on record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::Arc;

use wilco_core::catalog::Catalog;
use wilco_core::decide::{Decision, decide};
use wilco_core::deployment::{Deployment, Status};
use wilco_core::effect::Effect;
use wilco_core::event::Event;
use wilco_core::fact::{Fact, What};
use wilco_core::flood::Pace;
use wilco_core::gate::{Blocker, blockers};
use wilco_core::ids::{DeploymentId, Digest, OpKey};
use wilco_core::time::Timestamp;
use wilco_core::working_set::{Origin, WorkingSet, scope};

/// When everything begins.
pub const BEGIN: Timestamp = Timestamp(1_000_000);

/// One thing that may happen in a world.
#[derive(Debug, Clone)]
pub enum Move {
    Event(Box<Event>),
    /// The clock is set, also back.
    Clock(Timestamp),
    /// Another configuration is put in force; everything that is open will be looked at again.
    Reload(usize),
}

/// The bot with everything around it, cheap to copy.
#[derive(Clone)]
pub struct World {
    pub catalogs: Arc<Vec<Catalog>>,
    pub catalog: usize,
    pub now: Timestamp,
    pub set: WorkingSet,
    /// Deployments that are over, as they ended.
    pub ended: BTreeMap<DeploymentId, Arc<Deployment>>,
    pub facts: Vec<Arc<Fact>>,
    /// Last looks that were ordered and not answered yet.
    pub confirms: BTreeSet<(DeploymentId, Digest)>,
    /// Those whose checks are being asked about.
    pub watched: BTreeSet<DeploymentId>,
    /// What a reload has yet to look at.
    pub looks: BTreeSet<DeploymentId>,
    /// Every run that was ever ordered.
    pub starts: Vec<(DeploymentId, OpKey)>,
    pub moves: Vec<Arc<Move>>,
}

pub fn origin() -> Origin {
    Origin {
        instance: Digest([7; 32]),
        catalog: None,
        newest: DeploymentId(0),
        last_at: Timestamp(0),
        live: BTreeMap::new(),
        chosen: BTreeMap::new(),
    }
}

impl World {
    pub fn new(catalogs: Vec<Catalog>) -> Self {
        Self {
            catalogs: Arc::new(catalogs),
            catalog: 0,
            now: BEGIN,
            set: WorkingSet::new(origin()),
            ended: BTreeMap::new(),
            facts: Vec::new(),
            confirms: BTreeSet::new(),
            watched: BTreeSet::new(),
            looks: BTreeSet::new(),
            starts: Vec::new(),
            moves: Vec::new(),
        }
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalogs[self.catalog]
    }

    /// Returns the time as the bot takes it: never earlier than the newest fact.
    pub fn time(&self) -> Timestamp {
        self.facts.iter().map(|fact| fact.at).fold(self.now, Timestamp::max)
    }

    pub fn decide(&self, event: &Event) -> Decision {
        self.decide_at(Pace::Allowed, event)
    }

    /// Decides on somebody who goes on at this pace.
    pub fn decide_at(&self, pace: Pace, event: &Event) -> Decision {
        let nonce = Digest([u8::try_from(self.ids().count()).unwrap_or(u8::MAX); 32]);
        let view = self.set.view(&scope(event), self.catalog(), self.now, nonce);
        decide(&view.at(pace), event)
    }

    /// Returns the numbers of all deployments, over or not.
    pub fn ids(&self) -> impl Iterator<Item = DeploymentId> {
        self.set.open().map(|deployment| deployment.id).chain(self.ended.keys().copied())
    }

    pub fn deployment(&self, id: DeploymentId) -> Option<&Deployment> {
        self.set.deployment(id).or_else(|| self.ended.get(&id).map(Arc::as_ref))
    }

    pub fn facts_of(&self, id: DeploymentId) -> impl Iterator<Item = &Fact> {
        self.facts.iter().map(Arc::as_ref).filter(move |fact| fact.deployment == Some(id))
    }

    /// Makes a move, as the engine makes it.
    pub fn make(&mut self, made: &Move) -> Decision {
        self.moves.push(Arc::new(made.clone()));
        match made {
            Move::Clock(at) => self.now = *at,
            Move::Reload(catalog) => {
                self.catalog = *catalog;
                self.looks = self.set.open().map(|deployment| deployment.id).collect();
            }
            Move::Event(event) => {
                let decision = self.decide(event);
                self.take(event, &decision);
                return decision;
            }
        }
        Decision::default()
    }

    /// Takes in what was decided on an event.
    pub fn take(&mut self, event: &Event, decision: &Decision) {
        match event {
            Event::Confirmed { deployment, seal, .. } => {
                self.confirms.remove(&(*deployment, *seal));
            }
            Event::ChecksRead { deployment, .. } => {
                self.watched.remove(deployment);
            }
            Event::LookAgain { deployment } => {
                self.looks.remove(deployment);
            }
            _ => {} // Only these three answer something that is waited for.
        }
        decision.facts.iter().for_each(|fact| self.record(fact));
        for effect in &decision.effects {
            match effect {
                Effect::Confirm { deployment, seal } => {
                    self.confirms.insert((*deployment, *seal));
                }
                Effect::ReadChecks { deployment } => {
                    self.watched.insert(*deployment);
                }
                Effect::StartRun { deployment, op_key } => {
                    self.starts.push((*deployment, op_key.clone()));
                }
                _ => {} // The rest is told or shown, or the outside may answer it at any time.
            }
        }
    }

    fn record(&mut self, fact: &Fact) {
        self.facts.push(Arc::new(fact.clone()));
        if let Some(deployment) = self.set.apply(fact) {
            self.ended.insert(deployment.id, Arc::new(deployment));
        }
    }

    /// Returns who starts or runs in the lane of this deployment.
    pub fn holders<'a>(&'a self, of: &'a Deployment) -> impl Iterator<Item = DeploymentId> + 'a {
        self.lane(of).filter(|other| other.holds_lane()).map(|other| other.id)
    }

    /// Returns what is open in the lane of this deployment, itself among it.
    pub fn lane<'a>(&'a self, of: &'a Deployment) -> impl Iterator<Item = &'a Deployment> + 'a {
        let same =
            |other: &Deployment| other.service == of.service && other.environment == of.environment;
        self.set.open().filter(move |other| same(other))
    }

    pub fn blockers(&self, deployment: &Deployment) -> Vec<Blocker> {
        blockers(deployment, &self.catalog().people, self.holders(deployment).next())
    }

    /// Tells worlds apart by everything that a decision can depend on.
    pub fn key(&self) -> String {
        let mut key = format!("{} {} {} ", self.catalog, self.now.0, self.time().0);
        for deployment in self.set.open() {
            describe(&mut key, deployment).expect("a text takes any text");
        }
        for deployment in self.ended.values() {
            write!(key, "{} {:?};", deployment.id, deployment.status).expect("as above");
        }
        let waiting = (&self.confirms, &self.watched, &self.looks);
        write!(key, "{waiting:?} {:?}", self.set.live()).expect("as above");
        key
    }
}

fn describe(key: &mut String, deployment: &Deployment) -> fmt::Result {
    write!(key, "{} {:?} ", deployment.id, deployment.status)?;
    if let Some(sealed) = &deployment.sealed {
        write!(key, "{:?} ", sealed.seal)?;
    }
    let mut marks: Vec<_> = deployment.approvals.iter().map(|a| &a.approved.mark).collect();
    marks.sort();
    write!(key, "{marks:?} {:?} {}", deployment.expires_at, deployment.cards.len())?;
    deployment.checks.iter().try_for_each(|check| write!(key, " {:?}", check.state))?;
    if let Some(run) = &deployment.run {
        let flags = (run.unknown.is_some(), run.wrong_commit.is_some(), &run.cancel_asked_by);
        write!(key, " {:?} {:?} {flags:?}", run.op_key, run.run)?;
        run.stages.iter().try_for_each(|stage| write!(key, " {:?}", stage.state))?;
    }
    key.push(';');
    Ok(())
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "configuration {}, time {}", self.catalog, self.now.0)?;
        for made in &self.moves {
            writeln!(f, "  move {made:?}")?;
        }
        for fact in &self.facts {
            writeln!(f, "  fact {} {:?} {}", fact.at.0, fact.deployment, fact.kind())?;
        }
        for deployment in self.set.open() {
            let (id, status) = (deployment.id, deployment.status);
            writeln!(f, "  open {id} {status:?} {:?}", self.blockers(deployment))?;
        }
        writeln!(f, "  last looks ordered {:?}", self.confirms)
    }
}

/// Tells whether a fact only says that something was refused, shown or given up.
pub fn changes_nothing(what: &What) -> bool {
    matches!(what, What::RequestRefused { .. } | What::VoteRefused { .. } | What::GivenUp { .. })
}

/// Tells whether a deployment waits.
pub fn waits(deployment: &Deployment) -> bool {
    deployment.status == Status::Waiting
}
