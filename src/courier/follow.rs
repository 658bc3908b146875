//! Runs that go on: each is followed until its end is on record.

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tracing::{error, warn};

use wilco_core::deployment::Deployment;
use wilco_core::effect::Effect;
use wilco_core::event::{Event, RunReport};
use wilco_core::ids::{DeploymentId, OpKey, RunRef};

use super::runs::{order, within};
use super::{SOURCE, Tools, old_runs};
use crate::backend::{BackendError, Numbered};
use crate::delivery::{Accepted, Delivery, NotDelivered};
use crate::store::StoreError;

/// Reports of one run that wait to be delivered; a backend that has more waits.
const REPORTS: usize = 64;

/// A deployment has at most this many effects that wait for its backend.
const STARTS_MAX: u32 = 16;

/// A run to follow to its end.
#[derive(Debug, Clone)]
pub struct Follow {
    pub deployment: DeploymentId,
    pub op_key: OpKey,
}

/// Returns the run of a deployment that was going on when wilco was last stopped.
///
/// A start that is still in the outbox is looked after there. One that is not, and of which nothing is
/// on record, is one whose answer could not be recorded: the run may be there nevertheless.
pub async fn going_on(tools: &Tools, id: DeploymentId) -> Result<Option<Follow>, StoreError> {
    let deployment = tools.reader.deployment(id).await?.filter(Deployment::holds_lane);
    let Some(run) = deployment.and_then(|deployment| deployment.run) else { return Ok(None) };
    let is_known = run.run.is_some() || run.unknown.is_some();
    let start = Effect::StartRun { deployment: id, op_key: run.op_key.clone() };
    let waiting = tools.reader.pending(&start.destination(), 0, STARTS_MAX).await?;
    if !is_known && waiting.iter().any(|pending| pending.effect == start) {
        return Ok(None);
    }
    Ok(Some(Follow { deployment: id, op_key: run.op_key }))
}

/// Follows every run that it is told of, each once, until the courier ends.
pub async fn follow_all(tools: Tools, mut follows: mpsc::Receiver<Follow>) {
    let mut followed: BTreeMap<Id, OpKey> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    // One at a time removes old runs: after the start, and after each run.
    let mut removing = JoinSet::new();
    removing.spawn(old_runs::forget(tools.clone()));
    loop {
        tokio::select! {
            next = follows.recv() => {
                let Some(next) = next else { return };
                if !followed.values().any(|op_key| *op_key == next.op_key) {
                    let op_key = next.op_key.clone();
                    followed.insert(tasks.spawn(follow(tools.clone(), next)).id(), op_key);
                }
            }
            Some(ended) = tasks.join_next_with_id() => {
                match ended {
                    Ok((id, ())) => {
                        followed.remove(&id);
                    }
                    Err(failure) => {
                        error!(%failure, "following a run failed inside wilco");
                        followed.remove(&failure.id());
                    }
                }
                while removing.try_join_next().is_some() {}
                if removing.is_empty() {
                    removing.spawn(old_runs::forget(tools.clone()));
                }
            }
        }
    }
}

/// Follows one run until its end is on record.
async fn follow(tools: Tools, run: Follow) {
    let mut attempt = 0;
    loop {
        match follow_once(&tools, &run).await {
            Ok(Heard::Enough) => return,
            Ok(Heard::All) => {}
            Err(error) => warn!(op_key = %run.op_key, %error, "a run cannot be followed for now"),
        }
        match tools.deliveries.is_open(run.deployment).await {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
        attempt += 1;
        tokio::time::sleep(tools.patience.wait_after(attempt)).await;
    }
}

/// How following a run ended.
enum Heard {
    All,
    /// Nothing more can be recorded.
    Enough,
}

async fn follow_once(tools: &Tools, follow: &Follow) -> Result<Heard, BackendError> {
    let unknown = |error: StoreError| BackendError::Unavailable(error.to_string());
    let deployment = tools.reader.deployment(follow.deployment).await.map_err(unknown)?;
    let order = deployment.and_then(|deployment| order(&deployment, &follow.op_key));
    let Some(order) = order else { return Ok(Heard::All) };
    let backend = tools.backends.for_recipe(&order.recipe)?;
    let Some(begun) = within(tools, backend.find(&order)).await? else {
        return Err(BackendError::Unavailable("the backend knows of no such run".into()));
    };
    let (sender, received) = mpsc::channel(REPORTS);
    let run = &begun.run;
    let following = backend.follow(&order, run, sender);
    let delivering = async move {
        // Ours, so that it is closed when nothing more can be recorded, and the backend stops.
        let mut reports = received;
        while let Some(numbered) = reports.recv().await {
            match deliver(tools, follow, run, numbered).await {
                Ok(()) => {}
                Err(NotDelivered::Stopping) => return Heard::Enough,
                Err(NotDelivered::Store(reason)) => {
                    warn!(op_key = %follow.op_key, %reason, "a report cannot be looked up for now");
                    return Heard::All;
                }
            }
        }
        Heard::All
    };
    let (followed, heard) = tokio::join!(following, delivering);
    followed.map(|()| heard)
}

/// Delivers a report until it is on record, or until nothing that was tried put it there.
async fn deliver(
    tools: &Tools,
    follow: &Follow,
    run: &RunRef,
    Numbered { number, at, report }: Numbered,
) -> Result<(), NotDelivered> {
    let id = match &report {
        // The end has an id of its own: after a power cut numbers may have been used for what is gone.
        RunReport::Ended { .. } => format!("run/{run}/end"),
        RunReport::Started { .. }
        | RunReport::NotStarted { .. }
        | RunReport::Unknown { .. }
        | RunReport::Working { .. }
        | RunReport::Stage { .. } => format!("run/{run}/{number}"),
    };
    let mut told = Telling { id, again: 0, kept_aside: 0 };
    loop {
        let (deployment, op_key) = (follow.deployment, follow.op_key.clone());
        let event = Event::RunReported { deployment, op_key, at, report: report.clone() };
        let delivery = Delivery { source: SOURCE, id: told.next(), event };
        match tools.insist(delivery).await? {
            Accepted::Applied => return Ok(()),
            Accepted::Repeated if is_on_record(tools, follow, &report).await? => return Ok(()),
            Accepted::Repeated => {}
            Accepted::KeptAside => told.kept_aside += 1,
        }
        if told.kept_aside >= tools.patience.tries {
            return give_up(&told.id, &report);
        }
        if told.kept_aside > 0 {
            tokio::time::sleep(tools.patience.wait_after(told.kept_aside)).await;
        }
    }
}

/// How a report is told again: a delivery that was kept aside has used up its id.
struct Telling {
    id: String,
    again: u32,
    kept_aside: u32,
}

impl Telling {
    fn next(&mut self) -> String {
        let again = self.again;
        self.again += 1;
        if again == 0 { self.id.clone() } else { format!("{}/again/{again}", self.id) }
    }
}

/// Tells whether what a report says is known, so that its delivery was not one that was kept aside.
async fn is_on_record(
    tools: &Tools,
    follow: &Follow,
    report: &RunReport,
) -> Result<bool, NotDelivered> {
    if let RunReport::Stage { .. } = report {
        return Ok(true); // A stage is only shown, and the ones after it show it, too.
    }
    let read = tools.reader.deployment(follow.deployment).await;
    let Some(deployment) = read.map_err(|error| NotDelivered::Store(error.to_string()))? else {
        return Ok(true);
    };
    Ok(deployment.is_over()
        || match report {
            RunReport::Ended { .. } => false,
            RunReport::Working { commit } => {
                let run = deployment.run.as_ref();
                deployment.commit() == Some(commit)
                    || run.is_some_and(|run| run.wrong_commit.is_some())
            }
            RunReport::Started { .. }
            | RunReport::NotStarted { .. }
            | RunReport::Unknown { .. }
            | RunReport::Stage { .. } => true,
        })
}

/// What was only to be shown is left out; anything else ends following until wilco starts anew.
fn give_up(id: &str, report: &RunReport) -> Result<(), NotDelivered> {
    match report {
        RunReport::Stage { .. } => {
            warn!(delivery.id = id, "a stage cannot be recorded and is left out");
            Ok(())
        }
        RunReport::Started { .. }
        | RunReport::NotStarted { .. }
        | RunReport::Unknown { .. }
        | RunReport::Working { .. }
        | RunReport::Ended { .. } => {
            error!(
                delivery.id = id,
                "what a run did cannot be recorded; see the table `aside`, then start wilco again"
            );
            Err(NotDelivered::Stopping)
        }
    }
}
