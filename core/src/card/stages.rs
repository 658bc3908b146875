//! How far a run is: its stages, how many are done, and how much longer it takes.

use crate::card::{Setting, StageLine};
use crate::deployment::{Deployment, Status};
use crate::event::StageState;
use crate::run::{Run, Stage};
use crate::text::inert;
use crate::time::Duration;
use crate::wording::words::NAME_MAX;
use crate::wording::{Voice, codes, size};

/// Where a run is among its stages.
pub(super) struct Position<'a> {
    pub current: Option<&'a Stage>,
    /// The number of the current stage, from 1.
    pub number: u32,
    pub done: u32,
    pub total: u32,
}

/// Returns where a run is; `None` when its pipeline knows no stages.
pub(super) fn position(deployment: &Deployment) -> Option<Position<'_>> {
    let run = deployment.run.as_ref()?;
    let names = names(deployment, run);
    if names.is_empty() {
        return None;
    }
    let current = run.stages.iter().rev().find(|stage| stage.state == StageState::Running);
    let place = current.and_then(|stage| names.iter().position(|name| **name == *stage.name));
    let done = run.stages.iter().filter(|stage| is_done(stage)).count();
    Some(Position {
        current,
        number: small(place.map_or(0, |place| place + 1)),
        done: small(done),
        total: small(names.len()),
    })
}

/// Returns stages done and stages in all.
pub(super) fn progress(deployment: &Deployment) -> Option<(u32, u32)> {
    position(deployment).map(|position| (position.done, position.total))
}

/// Returns a line for every stage that the run reported.
pub(super) fn lines(deployment: &Deployment, voice: &Voice) -> Vec<StageLine> {
    let Some(run) = &deployment.run else { return Vec::new() };
    run.stages
        .iter()
        .map(|stage| {
            let took = stage.ended_at.map(|ended_at| ended_at.since(stage.began_at));
            StageLine {
                name: inert(&stage.name, NAME_MAX),
                state: stage.state,
                label: codes::stage(stage.state, voice),
                took,
                took_label: took.map(|took| voice.duration(took)),
            }
        })
        .collect()
}

/// Returns how much longer a run takes, from earlier ones; `None` once it takes longer than they did.
pub(super) fn remaining(deployment: &Deployment, setting: &Setting<'_>) -> Option<Duration> {
    match deployment.status {
        Status::Running => {}
        Status::Resolving | Status::Waiting | Status::Starting | Status::Ended(_) => return None,
    }
    let run = deployment.run.as_ref()?;
    // Earlier runs say nothing about one that is being stopped.
    if run.cancel_asked_by.is_some() || run.wrong_commit.is_some() {
        return None;
    }
    let began_at = run.started_at?;
    let left = setting.estimate?.0.saturating_sub(setting.voice.now.since(began_at).0);
    (left > 0).then_some(Duration(left))
}

/// Returns how long the run took, from its start to its end.
pub(super) fn took(deployment: &Deployment) -> Duration {
    let began_at = deployment.run.as_ref().map(|run| run.started_at.unwrap_or(run.ordered_at));
    let began_at = began_at.unwrap_or(deployment.requested_at);
    deployment.ended_at.unwrap_or(began_at).since(began_at)
}

/// The stages that the pipeline declares, then those that only the run reported.
fn names<'a>(deployment: &'a Deployment, run: &'a Run) -> Vec<&'a str> {
    let declared = deployment.sealed.iter().flat_map(|sealed| &sealed.pipeline.stages);
    let mut names: Vec<&str> = declared.map(String::as_str).collect();
    for stage in &run.stages {
        if !names.contains(&stage.name.as_str()) {
            names.push(&stage.name);
        }
    }
    names
}

fn is_done(stage: &Stage) -> bool {
    match stage.state {
        StageState::Succeeded | StageState::Skipped => true,
        StageState::Running | StageState::Failed => false,
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(size(count)).unwrap_or(u32::MAX)
}
