//! Somebody presses a button of a card: the same as saying it, but only for what that card shows.

use super::request::{self, Line};
use super::vote::{self, refused_vote};
use super::{Decision, View, news};
use crate::card::Press;
use crate::deployment::Deployment;
use crate::effect::{Effect, Question, Which};
use crate::emoji::Verdict;
use crate::ids::{CommandName, DeploymentId, MessageRef};
use crate::notice::Notice;
use crate::person::{Speaker, Standing};
use crate::refusal::Refusal;
use crate::request::{Heard, Parameters, Request};

/// A button that somebody pressed.
#[derive(Clone, Copy)]
pub struct Pressed<'a> {
    pub speaker: &'a Speaker,
    pub message: &'a MessageRef,
    pub press: Press,
    pub reason: &'a Option<String>,
    /// By what a reason can be asked for, where there is time for it.
    pub trigger: &'a Option<String>,
}

impl Pressed<'_> {
    pub fn line<'w>(&'w self, words: &'w str) -> Line<'w> {
        Line { speaker: self.speaker, place: &self.message.place, words }
    }

    /// Returns what one would have said instead, and how; `None` for what no card of a deployment offers.
    fn said(&self, on: &Deployment) -> Option<(Request, String)> {
        let deployment = on.id;
        let reason = self.reason.clone();
        Some(match self.press {
            Press::Approve => (Request::Approve { deployment }, format!("approve {deployment}")),
            Press::Reject => {
                let because = reason.as_ref().map(|reason| format!(" because {reason}"));
                let words = format!("reject {deployment}{}", because.unwrap_or_default());
                (Request::Reject { deployment, reason }, words)
            }
            Press::Abort => (Request::Cancel { deployment }, format!("cancel {deployment}")),
            Press::Retry => (Request::Retry { deployment }, format!("retry {deployment}")),
            Press::RollBack => {
                let (service, environment) = (on.service.clone(), on.environment.clone());
                let words = format!("rollback {service} {environment}");
                let parameters = Parameters::new();
                (Request::Rollback { service, environment, to: None, parameters }, words)
            }
            Press::Deploy => return None,
        })
    }
}

/// Decides on a button.
pub fn pressed(view: &View<'_>, pressed: &Pressed<'_>) -> Decision {
    if pressed.speaker.standing == Standing::Bot {
        return Decision::default();
    }
    match (view.deployment, view.told) {
        (None, Some(thing)) => news::pressed(view, pressed, thing),
        (Some(open), _) => ask_or_say(view, pressed, open),
        (None, None) => {
            let Pressed { speaker, message, press, reason, trigger } = *pressed;
            let (speaker, message) = (speaker.clone(), message.clone());
            let (reason, trigger) = (reason.clone(), trigger.clone());
            let which = Which::Card(message.clone());
            let question = Question::Press { speaker, message, press, reason, trigger };
            Decision { facts: vec![], effects: vec![Effect::Recall { which, question }] }
        }
    }
}

/// Asks for the reason of a rejection that would count; the answer is pressed once more, with it.
fn ask_or_say(view: &View<'_>, pressed: &Pressed<'_>, open: &Deployment) -> Decision {
    let Pressed { speaker, message, press, reason, trigger } = *pressed;
    match (press, reason, trigger) {
        (Press::Reject, None, Some(trigger))
            if vote::would_count(view, open, speaker, Verdict::Reject).is_ok() =>
        {
            let (message, to) = (message.clone(), speaker.account.clone());
            let (deployment, trigger) = (open.id, trigger.clone());
            let locale = view.language(&to, Some(&message.place)).locale;
            let effect = Effect::AskReason { deployment, message, to, locale, trigger };
            Decision { facts: vec![], effects: vec![effect] }
        }
        (
            Press::Approve
            | Press::Reject
            | Press::Abort
            | Press::RollBack
            | Press::Retry
            | Press::Deploy,
            Some(_) | None,
            Some(_) | None,
        ) => say(view, pressed, open),
    }
}

fn say(view: &View<'_>, pressed: &Pressed<'_>, on: &Deployment) -> Decision {
    let Some((request, words)) = pressed.said(on) else { return Decision::default() };
    // The action is as good a name as any: a manifest that renames the command gives the same meaning.
    let Ok(command) = CommandName::new(request.action()) else { return Decision::default() };
    request::said(view, &pressed.line(&words), &Heard::Understood { command, request })
}

/// Decides on a button of a message that was not the card of anything open when it was pressed.
pub fn recalled(view: &View<'_>, pressed: &Pressed<'_>, past: Option<&Deployment>) -> Decision {
    let Some(past) = past else {
        return match pressed.press {
            // A release of so long ago that it was forgotten.
            Press::Deploy => {
                let effects = vec![pressed.line("").tell(view, Notice::OfferOver)];
                Decision { facts: vec![], effects }
            }
            // Not a card of ours.
            Press::Approve | Press::Reject | Press::Abort | Press::RollBack | Press::Retry => {
                Decision::default()
            }
        };
    };
    if let Some(open) = view.deployment {
        if open.card_in(&pressed.message.place) == Some(pressed.message) {
            return ask_or_say(view, pressed, open);
        }
        return old_card(view, pressed, open.id);
    }
    let Some((request, words)) = pressed.said(past) else { return Decision::default() };
    let line = pressed.line(&words);
    match pressed.press {
        Press::Approve | Press::Reject | Press::Abort | Press::Retry => {
            request::recalled(view, &line, &request, Some(past))
        }
        Press::Deploy => Decision::default(),
        Press::RollBack => match view.live.map(|live| live.deployment) {
            // It goes back from what the card shows, and from nothing that came after it.
            Some(live) if live != past.id => {
                let refusal = Refusal::Replaced {
                    deployment: past.id,
                    by: live,
                    service: past.service.clone(),
                    environment: past.environment.clone(),
                };
                request::refused(view, &line, &request, refusal)
            }
            Some(_) | None => say(view, pressed, past),
        },
    }
}

fn old_card(view: &View<'_>, pressed: &Pressed<'_>, deployment: DeploymentId) -> Decision {
    let refusal = Refusal::OldCard { deployment };
    let line = pressed.line("");
    match pressed.press {
        Press::Approve | Press::Reject => {
            let effect = line.tell(view, Notice::Refused { refusal: refusal.clone() });
            let fact = refused_vote(view, pressed.speaker, deployment, &refusal);
            Decision { facts: vec![fact], effects: vec![effect] }
        }
        Press::Abort | Press::Retry | Press::RollBack | Press::Deploy => {
            Decision { facts: vec![], effects: vec![line.tell(view, Notice::Refused { refusal })] }
        }
    }
}
