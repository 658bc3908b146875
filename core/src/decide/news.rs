//! News: who is told what of a build, a release or a deployment, and what follows on it.

use super::press::Pressed;
use super::request;
use super::{Decision, View};
use crate::card::Press;
use crate::deployment::{Deployment, Kind, Outcome, Status};
use crate::effect::{Effect, Target};
use crate::fact::{Fact, What};
use crate::ids::{CommandName, MessageRef, NewsId, Place, RefName};
use crate::news::subscription::Subscription;
use crate::news::thing::{Said, Saying, Thing};
use crate::news::{Line, News, NewsEnvironment, NewsKind, NewsState, Rank};
use crate::notice::Notice;
use crate::person::Author;
use crate::private::Private;
use crate::request::{Heard, Parameters, Request};

/// Decides on news from outside.
pub fn heard(view: &View<'_>, news: &News) -> Decision {
    told(view, news, &[])
}

/// News of one thing: whoever subscribed is told once, and later ones change what they see.
fn told(view: &View<'_>, news: &News, except: &[Place]) -> Decision {
    let known = view.things.get(&news.thing);
    if known.is_some_and(|known| !news.replaces(&known.news)) {
        return Decision::default();
    }
    let concerned = |(channel, wanted): &&(_, Subscription)| {
        view.catalog.channels.contains_key(channel) && wanted.concerns(news, view.catalog)
    };
    let concerned: Vec<_> = view.catalog.news.iter().filter(concerned).collect();
    let is_told = known.is_some_and(|known| !known.said.is_empty());
    if concerned.is_empty() && !is_told {
        return Decision::default();
    }
    let news = &with_everybody_who_pushed(view, news);
    let mut said: Vec<Saying> = Vec::new();
    if !works_since(view, news) {
        for (channel, wanted) in concerned.iter().filter(|(_, wanted)| wanted.says(news)) {
            let offer = wanted.offer(news, view.catalog);
            for place in view.catalog.channels.get(channel).into_iter().flatten() {
                let is_new = !except.contains(place)
                    && known.is_none_or(|known| known.said_in(place).is_none())
                    && !said.iter().any(|saying| saying.place == *place);
                if is_new {
                    said.push(Saying { place: place.clone(), offer: offer.cloned() });
                }
            }
        }
    }
    // How a thing ends is kept even if nobody is told, so that what comes late is known to be late.
    if !is_told && said.is_empty() && !news.state.is_end() {
        return Decision::default();
    }
    let mut decision = Decision::default();
    let new: Vec<Place> = said.iter().map(|saying| saying.place.clone()).collect();
    record(view, &mut decision, What::NewsHeard { news: Box::new(news.clone()), said });
    if let Some(known) = known {
        follow(view, &mut decision, known, news);
    }
    decision.effects.extend(new.iter().map(|place| show(&news.thing, place)));
    mend(view, &mut decision, news);
    decision
}

/// Redraws what is told already, and adds a line below it where something happened that people wait for.
fn follow(view: &View<'_>, decision: &mut Decision, known: &Thing, news: &News) {
    let line = what_followed(known, news);
    for Said { place, .. } in &known.said {
        decision.effects.push(show(&news.thing, place));
        if let Some((notice, calls)) = &line {
            let mentioned = match calls {
                Calls::Authors => news.mentioned(place.platform, &view.catalog.people),
                Calls::Nobody => Vec::new(),
            };
            let (thing, place, notice) = (news.thing.clone(), place.clone(), notice.clone());
            decision.effects.push(Effect::LogNews { thing, place, notice, mentioned });
        }
    }
}

/// Whom a line calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// They have something to do about it.
    Authors,
    Nobody,
}

fn what_followed(known: &Thing, news: &News) -> Option<(Notice, Calls)> {
    let (before, attempt) = (&known.news, news.attempt);
    let failed_before = before.state == NewsState::Failed && before.attempt == attempt;
    let line = match news.state {
        NewsState::Failed if failed_before => return None,
        NewsState::Failed => (Notice::NewsFailed { attempt }, Calls::Authors),
        NewsState::Waiting | NewsState::Running if attempt <= before.attempt => return None,
        NewsState::Waiting | NewsState::Running => (Notice::NewsAgain { attempt }, Calls::Nobody),
        NewsState::Succeeded if !known.broken => return None,
        NewsState::Succeeded => (Notice::NewsMended { commit: None }, Calls::Nobody),
        NewsState::Cancelled => match news.kind {
            NewsKind::Release => (Notice::NewsWithdrawn, Calls::Nobody),
            NewsKind::Build
            | NewsKind::Checks
            | NewsKind::GithubDeployment
            | NewsKind::Push
            | NewsKind::Deployment => return None,
        },
    };
    Some(line)
}

/// What failed before on the same branch, or in the same environment, works again.
fn mend(view: &View<'_>, decision: &mut Decision, news: &News) {
    if news.state != NewsState::Succeeded {
        return;
    }
    let failed = view.things.iter().filter(|thing| {
        thing.broken && thing.follows(news) && thing.news.at < news.at && !thing.said.is_empty()
    });
    for broken in failed {
        let (thing, commit) = (&broken.news.thing, news.commit.clone());
        let what = What::NewsMended { thing: thing.clone(), commit: commit.clone() };
        record(view, decision, what);
        for Said { place, .. } in &broken.said {
            decision.effects.push(show(thing, place));
            decision.effects.push(Effect::LogNews {
                thing: thing.clone(),
                place: place.clone(),
                notice: Notice::NewsMended { commit: commit.clone() },
                mentioned: Vec::new(),
            });
        }
    }
}

/// Tells whether a failure comes so late that it is over: the same succeeded after it.
fn works_since(view: &View<'_>, news: &News) -> bool {
    let succeeded = |thing: &&Thing| thing.news.state == NewsState::Succeeded;
    news.state == NewsState::Failed
        && view
            .things
            .iter()
            .filter(succeeded)
            .any(|thing| thing.follows(news) && thing.news.at > news.at)
}

/// A push may hold commits of several people, of whom a build names one.
fn with_everybody_who_pushed(view: &View<'_>, news: &News) -> News {
    let mut news = news.clone();
    let pushed = view.things.iter().find(|thing| {
        let push = &thing.news;
        push.kind == NewsKind::Push
            && push.repository == news.repository
            && push.commit.is_some()
            && push.commit == news.commit
            && news.line == Line::Default
    });
    if let (Some(authors), Private::Known(known)) =
        (pushed.and_then(|push| push.news.authors.known()), &mut news.authors)
    {
        let more: Vec<Author> =
            authors.iter().filter(|author| !known.contains(author)).cloned().collect();
        known.extend(more);
    }
    news
}

/// A message was posted that tells of a thing.
pub fn shown(view: &View<'_>, thing: &NewsId, message: &MessageRef) -> Decision {
    let said = view.things.get(thing).and_then(|thing| thing.said_in(&message.place));
    if said.and_then(|said| said.message.as_ref()) == Some(message) {
        return Decision::default();
    }
    let mut decision = Decision::default();
    let what = What::NewsShown { thing: thing.clone(), message: message.clone() };
    record(view, &mut decision, what);
    decision
}

/// Adds what channels elsewhere are told of a run that ended with these facts.
pub fn with_ends(view: &View<'_>, mut decision: Decision) -> Decision {
    let ended = |fact: &Fact| matches!(fact.what, What::RunEnded { .. });
    if view.catalog.news.is_empty() || !decision.facts.iter().any(ended) {
        return decision;
    }
    let Some(mut deployment) = view.deployment.cloned() else { return decision };
    let id = Some(deployment.id);
    for fact in decision.facts.iter().filter(|fact| fact.deployment == id) {
        deployment.apply(fact);
    }
    if let Some(news) = of_own(view, &deployment) {
        let told = told(view, &news, &deployment.places);
        decision.facts.extend(told.facts);
        decision.effects.extend(told.effects);
    }
    decision
}

/// Returns the news that a deployment of ours is over.
fn of_own(view: &View<'_>, deployment: &Deployment) -> Option<News> {
    let (Kind::Deploy | Kind::Rollback) = deployment.kind else { return None };
    let Status::Ended(outcome) = deployment.status else { return None };
    let state = match outcome {
        Outcome::Succeeded => NewsState::Succeeded,
        Outcome::Failed => NewsState::Failed,
        Outcome::Cancelled | Outcome::Rejected | Outcome::Expired => NewsState::Cancelled,
    };
    let sealed = deployment.sealed.as_ref()?;
    let rank = if sealed.policy.approvals() > 0 { Rank::Production } else { Rank::Other };
    let people = &view.catalog.people;
    let authors = sealed.authors.iter().flatten().filter_map(|name| {
        people.by_name(name.known()?).and_then(|person| person.writes_as.first().cloned())
    });
    Some(News {
        thing: NewsId::new(format!("deployment/{}", deployment.id.0)).ok()?,
        kind: NewsKind::Deployment,
        repository: None,
        service: Some(deployment.service.clone()),
        name: sealed.version.reference.clone(),
        branch: None,
        line: Line::Other,
        environment: Some(NewsEnvironment { name: deployment.environment.to_string(), rank }),
        commit: Some(sealed.version.commit.clone()),
        attempt: 1,
        state,
        title: sealed.version.subject.clone(),
        authors: authors.collect::<Vec<_>>().into(),
        url: None,
        at: deployment.ended_at.unwrap_or(view.now),
    })
}

/// Somebody presses the button of a release: the same as saying it, but not twice while one is open.
pub fn pressed(view: &View<'_>, pressed: &Pressed<'_>, thing: &Thing) -> Decision {
    let tell = |notice| {
        let effect = view.tell(pressed.speaker, &pressed.message.place, notice);
        Decision { facts: vec![], effects: vec![effect] }
    };
    // No other button is on what tells of something outside.
    if pressed.press != Press::Deploy {
        return Decision::default();
    }
    let said = thing.said_in(&pressed.message.place);
    let offer = said.and_then(|said| said.offer.as_ref());
    let offer = offer.filter(|_| thing.news.state == NewsState::Succeeded);
    let version = thing.news.name.as_ref().and_then(|tag| RefName::new(tag.as_str()).ok());
    let (Some(offer), Some(version)) = (offer, version) else { return tell(Notice::OfferOver) };
    let (service, environment) = (offer.service.clone(), offer.environment.clone());
    let wanted = Target::Reference { reference: Some(version.clone()) };
    let mut open = view.open.iter();
    if let Some(open) = open.find(|open| {
        open.kind == Kind::Deploy
            && open.service == service
            && open.environment == environment
            && open.target == wanted
    }) {
        return tell(Notice::OfferTaken { deployment: open.id });
    }
    let live = view.live.filter(|live| live.reference.as_deref() == Some(version.as_str()));
    if let Some(live) = live {
        return tell(Notice::OfferLive { deployment: live.deployment });
    }
    let words = format!("deploy {service}@{version} to {environment}");
    let (version, parameters) = (Some(version), Parameters::new());
    let dry_run = false;
    let request = Request::Deploy { service, environment, version, parameters, dry_run };
    let Ok(command) = CommandName::new(request.action()) else { return Decision::default() };
    request::said(view, &pressed.line(&words), &Heard::Understood { command, request })
}

fn show(thing: &NewsId, place: &Place) -> Effect {
    Effect::ShowNews { thing: thing.clone(), place: place.clone() }
}

fn record(view: &View<'_>, decision: &mut Decision, what: What) {
    decision.facts.push(Fact { at: view.now, deployment: None, what });
}
