//! What a backend says of a run, to its end.

use super::draft::Draft;
use super::run::obstruct;
use super::{Decision, View};
use crate::deployment::{Kind, Status};
use crate::effect::{Effect, Target};
use crate::event::{RunEnd, RunOutcome, RunReport, StageState};
use crate::fact::{Obstacle, What};
use crate::ids::{CommitSha, DeploymentId, OpKey};
use crate::notice::Notice;
use crate::run::{Run, STAGES_MAX};
use crate::time::Timestamp;

/// What a backend says of a run.
pub struct News<'a> {
    pub op_key: &'a OpKey,
    /// When it occurred, if the backend knows.
    pub at: Option<Timestamp>,
    pub report: &'a RunReport,
}

/// News of a run. What is known already, and what is about another key, changes nothing.
pub fn reported(view: &View<'_>, news: &News<'_>) -> Decision {
    let News { op_key, at, report } = *news;
    let Some(open) = view.deployment.filter(|deployment| deployment.holds_lane()) else {
        return Decision::default();
    };
    let Some(run) = open.run.as_ref().filter(|run| run.op_key == *op_key) else {
        return Decision::default();
    };
    let mut draft = Draft::new(view, open.clone());
    let deployment = open.id;
    let observed_at = at.map(|said| run.observed(said, view.now));
    match report {
        RunReport::Started { run } => {
            if open.status == Status::Starting {
                let run = run.clone();
                draft.record(What::RunStarted { run, observed_at });
            }
        }
        RunReport::NotStarted { reason } => {
            if open.status == Status::Starting {
                let reason = reason.clone().into();
                obstruct(&mut draft, Obstacle::NotStarted { reason });
            }
        }
        RunReport::Unknown { reason } => {
            if open.status == Status::Starting && run.unknown.is_none() {
                draft.record(What::StartUnknown { reason: reason.clone().into() });
                draft.log(&Notice::StartUnknown { deployment, reason: reason.clone() });
            }
        }
        RunReport::Working { commit } => check_commit(&mut draft, op_key, commit),
        RunReport::Stage { stage, state } => {
            if is_news_of_stage(run, stage, *state) {
                draft.record(What::StageChanged {
                    stage: stage.clone(),
                    state: *state,
                    observed_at,
                });
            }
        }
        RunReport::Ended { outcome } => end(&mut draft, outcome, observed_at),
    }
    draft.finish()
}

/// A run that works on another commit than the sealed one is stopped, loudly.
fn check_commit(draft: &mut Draft<'_>, op_key: &OpKey, commit: &CommitSha) {
    let Some(sealed) = &draft.deployment.sealed else { return };
    let known = draft.deployment.run.as_ref().is_some_and(|run| run.wrong_commit.is_some());
    if sealed.version.commit == *commit || known {
        return;
    }
    let (deployment, sealed) = (draft.deployment.id, sealed.version.commit.clone());
    draft.record(What::WrongCommit { reported: commit.clone() });
    draft.log(&Notice::WrongCommit { deployment, sealed, reported: commit.clone() });
    draft.effect(Effect::CancelRun { deployment, op_key: op_key.clone() });
}

fn is_news_of_stage(run: &Run, stage: &str, state: StageState) -> bool {
    match run.stages.iter().find(|known| known.name == stage) {
        Some(known) => known.state != state,
        None => run.stages.len() < STAGES_MAX,
    }
}

fn end(draft: &mut Draft<'_>, outcome: &RunOutcome, observed_at: Option<Timestamp>) {
    let stage = draft.deployment.run.as_ref().and_then(|run| {
        let failed = run.stages.iter().rev().find(|stage| stage.state == StageState::Failed);
        failed.or_else(|| run.stages.last()).map(|stage| stage.name.clone())
    });
    let rolls_back_to = rolls_back_to(draft, &outcome.end);
    draft.record(What::RunEnded {
        end: outcome.end.clone(),
        log_tail: outcome.log_tail.clone().into(),
        rolls_back_to,
        observed_at,
    });
    let deployment = draft.deployment.id;
    let (end, log_tail) = (outcome.end.clone(), outcome.log_tail.clone());
    draft.log(&Notice::RunEnded { deployment, end, stage, log_tail });
    if draft.deployment.made_live() {
        redraw_replaced(draft);
    }
}

/// What is live no more is shown so, wherever its card says that it is.
fn redraw_replaced(draft: &mut Draft<'_>) {
    let Some(replaced) = draft.view.live else { return };
    draft.show();
    for place in &replaced.places {
        let (deployment, place) = (replaced.deployment, place.clone());
        draft.effect(Effect::RedrawCard { deployment, place });
    }
}

/// Returns where a rollback from here goes: to what is live now, or past it if this is the same commit.
fn rolls_back_to(draft: &Draft<'_>, end: &RunEnd) -> Option<DeploymentId> {
    if *end != RunEnd::Succeeded {
        return None;
    }
    match (&draft.deployment.kind, &draft.deployment.target) {
        (Kind::Command { .. }, _) => None,
        (Kind::Rollback, Target::Commit { rolls_back_to, .. }) => *rolls_back_to,
        (Kind::Rollback, Target::Reference { .. }) | (Kind::Deploy, _) => {
            let live = draft.view.live?;
            if Some(&live.commit) == draft.deployment.commit() {
                live.rolls_back_to
            } else {
                Some(live.deployment)
            }
        }
    }
}
