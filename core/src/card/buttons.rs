//! What can be pressed on a card as the deployment stands.

use crate::card::{Button, Confirm, Press, Setting};
use crate::deployment::{Deployment, Kind, Outcome, Status};
use crate::gate::Blocker;

/// Returns the buttons of this state, in the order in which they are shown.
pub(super) fn buttons(deployment: &Deployment, setting: &Setting<'_>) -> Vec<Button> {
    presses(deployment, setting)
        .into_iter()
        .map(|press| Button {
            press,
            label: setting.voice.word(label(press)),
            confirm: confirm(press, deployment, setting),
        })
        .collect()
}

/// What stops others or changes what is live is asked about once more; a vote can be taken back.
fn confirm(press: Press, deployment: &Deployment, setting: &Setting<'_>) -> Option<Confirm> {
    let id = match press {
        Press::Approve | Press::Reject | Press::Retry | Press::Deploy => return None,
        Press::Abort => "confirm-abort",
        Press::RollBack => "confirm-roll-back",
    };
    let question = setting
        .voice
        .phrase(id)
        .with("deployment", deployment.id)
        .with("service", &deployment.service)
        .with("environment", &deployment.environment)
        .say();
    Some(Confirm { question, no: setting.voice.word("confirm-no") })
}

fn presses(deployment: &Deployment, setting: &Setting<'_>) -> Vec<Press> {
    let is_command = match deployment.kind {
        Kind::Command { .. } => true,
        Kind::Deploy | Kind::Rollback => false,
    };
    match deployment.status {
        Status::Resolving => vec![Press::Abort],
        Status::Waiting => waiting(deployment, setting),
        Status::Starting | Status::Running => {
            let asked = deployment.run.as_ref().is_some_and(|run| run.cancel_asked_by.is_some());
            if asked { Vec::new() } else { vec![Press::Abort] }
        }
        Status::Ended(Outcome::Succeeded) => {
            let can_go_back = deployment.kind == Kind::Deploy
                && deployment.rolls_back_to.is_some()
                && setting.replaced_by(deployment).is_none();
            if can_go_back { vec![Press::RollBack] } else { Vec::new() }
        }
        // Commands are not retried, they are said again.
        Status::Ended(Outcome::Failed) if !is_command => vec![Press::Retry],
        Status::Ended(
            Outcome::Failed | Outcome::Rejected | Outcome::Cancelled | Outcome::Expired,
        ) => Vec::new(),
    }
}

fn waiting(deployment: &Deployment, setting: &Setting<'_>) -> Vec<Press> {
    let mut presses = Vec::new();
    if wants_votes(setting.blockers) {
        presses.push(Press::Approve);
    }
    if deployment.sealed.as_ref().is_some_and(|sealed| sealed.policy.approvals() > 0) {
        presses.push(Press::Reject);
    }
    presses.push(Press::Abort);
    presses
}

/// Tells whether an approval is among what is waited for.
pub(super) fn wants_votes(blockers: &[Blocker]) -> bool {
    blockers.iter().any(|blocker| match blocker {
        Blocker::ApprovalsMissing { .. } => true,
        Blocker::VersionUnknown
        | Blocker::AuthorsUnknown
        | Blocker::ChecksNotGreen { .. }
        | Blocker::ApprovalsOutOfReach { .. }
        | Blocker::LaneHeld { .. }
        | Blocker::BranchNotAllowed { .. } => false,
    })
}

/// Returns the message that is the label of a button.
pub(crate) fn label(press: Press) -> &'static str {
    match press {
        Press::Approve => "button-approve",
        Press::Reject => "button-reject",
        Press::Abort => "button-abort",
        Press::RollBack => "button-roll-back",
        Press::Retry => "button-retry",
        Press::Deploy => "button-deploy",
    }
}
