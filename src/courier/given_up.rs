//! What is said of an effect that was tried until it made no sense to go on.

use wilco_core::effect::Effect;
use wilco_core::event::{Event, RunReport};
use wilco_core::ids::Digest;
use wilco_core::person::Standing;

use super::checks;

/// Returns the event that says that an effect was given up, in the words of whoever waits for it.
pub fn given_up(effect: &Effect, reason: String, catalog: Digest) -> Event {
    match effect {
        Effect::Resolve { deployment } => {
            Event::Resolved { deployment: *deployment, catalog, answer: Err(reason) }
        }
        Effect::Confirm { deployment, seal } => {
            let (deployment, seal, answer) = (*deployment, *seal, Err(reason));
            Event::Confirmed { deployment, seal, catalog, answer, unread: vec![] }
        }
        // An earlier try may have had its effect, so nobody can tell.
        Effect::StartRun { deployment, op_key } => Event::RunReported {
            deployment: *deployment,
            op_key: op_key.clone(),
            at: None,
            report: RunReport::Unknown { reason },
        },
        Effect::ReadChecks { deployment } => checks::unread(*deployment),
        // Whom the platform cannot tell is nobody who may.
        Effect::Identify { event } => (**event).clone().by(Standing::Unverified),
        Effect::AskReason { deployment, message, to, .. } => Event::ReasonNotAsked {
            deployment: *deployment,
            message: message.clone(),
            to: to.clone(),
            reason,
        },
        Effect::CancelRun { .. }
        | Effect::ShowCard { .. }
        | Effect::RedrawCard { .. }
        | Effect::RetireCard { .. }
        | Effect::ReadReactions { .. }
        | Effect::ShowHome { .. }
        | Effect::ShowNews { .. }
        | Effect::LogNews { .. }
        | Effect::Log { .. }
        | Effect::Tell { .. }
        | Effect::Answer { .. }
        | Effect::Recall { .. } => {
            Event::GaveUp { deployment: effect.deployment(), effect: effect.kind().into(), reason }
        }
    }
}
