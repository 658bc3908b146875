//! The decision: what occurred and how things stand go in, facts and effects come out. Pure and total.
//!
//! `request` asks for something, `begin` begins it, `vote` says yes or no to it, `run` is about starting, `checks` about
//! what must be green before, `report` about running and ending, `language` is about whom one speaks how to, `news` about
//! who is told what, `answer` only tells. Every rule about who may do what when is in one of the nine.

pub mod answer;
mod begin;
mod checks;
mod draft;
mod language;
mod news;
mod permission;
mod press;
mod report;
mod request;
mod reread;
mod run;
mod vote;

pub use run::authors;

use crate::catalog::{Catalog, Pipeline};
use crate::deployment::{Deployment, Kind, Status};
use crate::effect::{Effect, Question};
use crate::event::{Event, Posted};
use crate::fact::{Fact, What};
use crate::flood::Pace;
use crate::ids::{Account, DeploymentId, Digest, EnvironmentName, MessageRef, Place, ServiceName};
use crate::language::{Chosen, Language, of_account};
use crate::live::Live;
use crate::manifest::Does;
use crate::news::thing::{Thing, Things};
use crate::notice::Notice;
use crate::person::{Person, Speaker, Standing};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::working_set::{Neighbours, Open};

/// How things stand, as far as the event is concerned with them.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Never earlier than the newest fact, so what expired stays so when the clock is set back.
    pub now: Timestamp,
    /// Random, for a request that becomes a deployment.
    pub nonce: Digest,
    pub instance: &'a Digest,
    pub catalog: &'a Catalog,
    pub catalog_on_record: Option<&'a Digest>,
    /// The number that a new deployment gets.
    pub next: DeploymentId,
    /// The deployment that the event is about, if it is open.
    pub deployment: Option<&'a Deployment>,
    /// What starts or runs in the lane.
    pub holder: Option<DeploymentId>,
    /// Everything that is open: for what concerns all of it, such as a platform that comes back.
    pub open: Open<'a>,
    /// How many deployments are open in the lane.
    pub lane_open: usize,
    /// The others that are open in the lane.
    pub neighbours: Neighbours<'a>,
    /// What is live in the lane.
    pub live: Option<&'a Live>,
    /// What is live where a promotion comes from.
    pub source_live: Option<&'a Live>,
    /// Who speaks; `None` for an account that is in nobody's entry.
    pub speaker: Option<&'a Person>,
    pub open_by_speaker: usize,
    /// The languages that people chose.
    pub chosen: &'a Chosen,
    /// The things outside of which there was news.
    pub things: &'a Things,
    /// The one of them that the message tells of with which the event is concerned.
    pub told: Option<&'a Thing>,
    /// Whether the speaker is heard, or too fast for that.
    pub pace: Pace,
}

impl View<'_> {
    /// Returns the same for somebody who goes on at this pace.
    #[must_use]
    pub fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Returns the language that is used with somebody, in a place or on a page of their own.
    pub fn language(&self, account: &Account, place: Option<&Place>) -> Language {
        of_account(self.catalog, self.chosen, account, place)
    }

    /// Says something to one person, in their language.
    pub fn tell(&self, speaker: &Speaker, place: &Place, notice: Notice) -> Effect {
        let (place, to) = (place.clone(), speaker.account.clone());
        let locale = self.language(&to, Some(&place)).locale;
        Effect::Tell { place, to, locale, notice }
    }
}

/// What is put on record, and what is done about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    pub facts: Vec<Fact>,
    pub effects: Vec<Effect>,
}

/// Decides. It cannot fail: whatever somebody may not do is an answer to them.
pub fn decide(view: &View<'_>, event: &Event) -> Decision {
    news::with_ends(view, decide_on(view, event))
}

fn decide_on(view: &View<'_>, event: &Event) -> Decision {
    // Nobody approves against their will: neither a flood nor a platform that does not answer keeps a
    // vote that was taken back.
    if let Some(withdrawn) = vote::taken_back(view, event) {
        return withdrawn;
    }
    match view.pace {
        Pace::Allowed => {}
        Pace::FirstOver { wait } => return too_fast(view, event, wait),
        Pace::Over => return Decision::default(),
    }
    if event.speaker().is_some_and(|speaker| speaker.standing == Standing::Unknown) {
        return identify(event);
    }
    match event {
        Event::Said { speaker, place, words, heard } => {
            let line = request::Line { speaker, place, words };
            request::acknowledged(view, &line, request::said(view, &line, heard))
        }
        Event::Reacted { speaker, message, emoji, change } => {
            vote::reacted(view, &vote::Sign { speaker, message, emoji, change: *change })
        }
        Event::Pressed { speaker, message, press, reason, trigger } => {
            let pressed = press::Pressed { speaker, message, press: *press, reason, trigger };
            press::pressed(view, &pressed)
        }
        Event::HomeOpened { speaker } => {
            Decision { facts: vec![], effects: language::page(view, speaker, None) }
        }
        Event::LanguagePicked { speaker, locale } => language::picked(view, speaker, *locale),
        Event::Connected { platform } => reread::all(view, *platform),
        Event::ReactionsRead { message, seen } => reread::read(view, message, seen),
        Event::Recalled { question, past } => match question {
            Question::Press { speaker, message, press, reason, trigger } => {
                let pressed = press::Pressed { speaker, message, press: *press, reason, trigger };
                press::recalled(view, &pressed, past.as_deref())
            }
            Question::Request { speaker, place, words, request } => {
                let line = request::Line { speaker, place, words };
                let decision = request::recalled(view, &line, request, past.as_deref());
                request::acknowledged(view, &line, decision)
            }
            Question::Vote { speaker, message, emoji, change } => {
                let sign = vote::Sign { speaker, message, emoji, change: *change };
                vote::recalled(view, &sign, past.as_deref())
            }
        },
        Event::Resolved { deployment, catalog, answer } => {
            if *catalog != view.catalog.digest {
                return once_more(view, Effect::Resolve { deployment: *deployment });
            }
            run::resolved(view, answer)
        }
        Event::Confirmed { deployment, seal, catalog, answer, unread } => {
            if *catalog != view.catalog.digest {
                return once_more(view, Effect::Confirm { deployment: *deployment, seal: *seal });
            }
            run::confirmed(view, seal, (answer, unread))
        }
        Event::ChecksRead { checks, .. } => checks::read(view, checks),
        Event::RunReported { op_key, at, report, .. } => {
            report::reported(view, &report::News { op_key, at: *at, report })
        }
        Event::LookAgain { .. } => run::look_again(view),
        Event::CardShown { deployment, message, seal, posted } => {
            card_shown(view, *deployment, (message, *posted), seal.as_ref())
        }
        Event::GaveUp { deployment, effect, reason } => gave_up(view, *deployment, effect, reason),
        Event::ReasonNotAsked { deployment, message, to, reason } => {
            let asked = Effect::Tell {
                place: message.place.clone(),
                to: to.clone(),
                locale: view.language(to, Some(&message.place)).locale,
                notice: Notice::ReasonNotAsked { deployment: *deployment },
            };
            let mut decision = gave_up(view, Some(*deployment), "ask_reason", reason);
            decision.effects.push(asked);
            decision
        }
        Event::NewsHeard { news } => news::heard(view, news),
        Event::NewsShown { thing, message } => news::shown(view, thing, message),
        Event::CatalogLoaded { digest } => {
            let what = What::CatalogLoaded { digest: *digest };
            let fact = Fact { at: view.now, deployment: None, what };
            let facts = if view.catalog_on_record == Some(digest) { vec![] } else { vec![fact] };
            Decision { facts, effects: vec![] }
        }
    }
}

/// Says when one may go on, and does nothing else: no fact, so that a flood fills no record.
fn too_fast(view: &View<'_>, event: &Event, wait: Duration) -> Decision {
    let notice = Notice::Refused { refusal: Refusal::TooFast { wait } };
    let told = match event {
        Event::LanguagePicked { speaker, .. } => {
            let effects = language::page(view, speaker, Some(notice));
            return Decision { facts: vec![], effects };
        }
        Event::Said { speaker, place, .. } => Some((speaker, place)),
        Event::Reacted { speaker, message, .. } | Event::Pressed { speaker, message, .. } => {
            Some((speaker, &message.place))
        }
        // A page that is opened too often stays as it was.
        _ => None,
    };
    let tell = |(speaker, place): (&Speaker, &Place)| view.tell(speaker, place, notice);
    Decision { facts: vec![], effects: told.map(tell).into_iter().collect() }
}

/// Has the platform asked who it was, before anything is decided on what they did.
fn identify(event: &Event) -> Decision {
    let votes = match event {
        Event::Reacted { emoji, change, .. } => vote::means_something(emoji, *change),
        _ => true, // Everything else that somebody does means something.
    };
    let effect = Effect::Identify { event: Box::new(event.clone()) };
    Decision { facts: vec![], effects: if votes { vec![effect] } else { vec![] } }
}

/// Looks again under the configuration in force: what was found under another one says nothing about it.
fn once_more(view: &View<'_>, effect: Effect) -> Decision {
    let waits = view.deployment.is_some_and(|open| match open.status {
        Status::Resolving | Status::Waiting => true,
        Status::Starting | Status::Running | Status::Ended(_) => false,
    });
    Decision { facts: vec![], effects: if waits { vec![effect] } else { vec![] } }
}

fn card_shown(
    view: &View<'_>,
    deployment: DeploymentId,
    (message, posted): (&MessageRef, Posted),
    seal: Option<&Digest>,
) -> Decision {
    let current = view.deployment.and_then(|open| open.sealed.as_ref()).map(|sealed| &sealed.seal);
    if seal.is_some() && current.is_some() && seal != current {
        // What it shows moved while it was being posted, so nobody may vote on it.
        let (message, place) = (message.clone(), message.place.clone());
        let effects = vec![
            Effect::RetireCard { deployment, message },
            Effect::ShowCard { deployment, place },
        ];
        return Decision { facts: vec![], effects };
    }
    if view.deployment.and_then(|open| open.card_in(&message.place)) == Some(message) {
        return Decision::default();
    }
    let fact = Fact::new(view.now, deployment, What::CardShown { message: message.clone() });
    let read = match posted {
        Posted::Now => None,
        // Signs may have come while nobody listened, or were heard when it was no card yet.
        Posted::MaybeBefore => view.deployment.and_then(|open| reread::one(open, message)),
    };
    Decision { facts: vec![fact], effects: read.into_iter().collect() }
}

fn gave_up(
    view: &View<'_>,
    deployment: Option<DeploymentId>,
    effect: &str,
    reason: &str,
) -> Decision {
    let what = What::GivenUp { effect: effect.into(), reason: reason.to_owned().into() };
    let facts = vec![Fact { at: view.now, deployment, what }];
    // What could not be shown cannot be told about at the same place; the rest is said in the log.
    let about_chat = matches!(
        effect,
        "show_card"
            | "redraw_card"
            | "show_news"
            | "log_news"
            | "retire_card"
            | "read_reactions"
            | "show_home"
            | "ask_reason"
            | "log"
            | "tell"
            | "answer"
    );
    let effects = match view.deployment {
        Some(open) if !about_chat => {
            let notice =
                Notice::GaveUp { deployment, effect: effect.into(), reason: reason.into() };
            draft::log_everywhere(open, &notice)
        }
        Some(_) | None => vec![],
    };
    Decision { facts, effects }
}

/// What the configuration says about running this kind of thing there.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub pipeline: &'a Pipeline,
    pub policy: &'a Policy,
    /// Patterns of branches that the commit must be on; empty allows all.
    pub branches: &'a [String],
}

/// Returns the plan for a kind of deployment; `None` where nothing is configured.
pub fn plan<'a>(
    catalog: &'a Catalog,
    kind: &Kind,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Option<Plan<'a>> {
    let configured = catalog.environment(service, environment)?;
    match kind {
        Kind::Deploy | Kind::Rollback => Some(Plan {
            pipeline: &configured.pipeline,
            policy: &configured.policy,
            branches: &configured.branches,
        }),
        Kind::Command { command } => match &catalog.commands.get(command)?.does {
            Does::Pipeline { pipeline, policy } => Some(Plan { pipeline, policy, branches: &[] }),
            Does::Action(_) => None,
        },
    }
}

/// Tells whether a branch matches one of the patterns, in which `*` stands for any characters.
///
/// No patterns allow every branch; no branches match no pattern.
pub fn branch_allowed(patterns: &[String], branches: &[String]) -> bool {
    patterns.is_empty()
        || branches
            .iter()
            .any(|branch| patterns.iter().any(|pattern| branch_matches(pattern, branch)))
}

/// Tells whether a pattern means a branch; `*` stands for anything, also for nothing.
pub fn branch_matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let mut ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
    ends.any(|index| branch_matches(after, &rest[index..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_whole_branches_only() {
        let allowed = |pattern: &str, branch: &str| {
            branch_allowed(&[pattern.to_owned()], &[branch.to_owned()])
        };
        assert!(allowed("main", "main"));
        assert!(allowed("release/*", "release/1.2"));
        assert!(allowed("*-eu", "release-eu"));
        assert!(!allowed("main", "mainly"));
        assert!(!allowed("release/*", "feature/release/1"));
        assert!(!allowed("*-eu", "release-eu-2"));
        assert!(!branch_allowed(&["main".into()], &[]));
        assert!(branch_allowed(&[], &[]));
    }
}
