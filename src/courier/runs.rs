//! Talking to backends: versions, starts that happen at most once, and stops.

use tokio::sync::mpsc;
use tracing::{info, warn};

use wilco_core::catalog::Catalog;
use wilco_core::decide::{Plan, plan};
use wilco_core::deployment::{Deployment, Status};
use wilco_core::effect::Target;
use wilco_core::event::{Event, RunReport};
use wilco_core::gate;
use wilco_core::ids::{CommitSha, DeploymentId, Digest, MessageRef, OpKey, RefName};
use wilco_core::time::Timestamp;

use super::worker::Attempt;
use super::{Follow, Tools, people, speak};
use crate::backend::{Backend, BackendError, Begun, Lookup, Purpose, StartOrder};
use crate::chat::ChatError;
use crate::delivery::Mark;
use crate::store::StoreError;
use crate::store::rows::Pending;
use crate::witness::Step;

/// A start that is to be made.
pub struct Start<'a> {
    pub deployment: DeploymentId,
    pub op_key: &'a OpKey,
    pub pending: &'a Pending,
    /// An earlier try may have started it.
    pub again: bool,
}

/// What came of a start, and when, where the backend knows.
struct Answer {
    at: Option<Timestamp>,
    report: RunReport,
}

impl From<Begun> for Answer {
    fn from(Begun { run, at }: Begun) -> Self {
        Self { at, report: RunReport::Started { run } }
    }
}

impl From<RunReport> for Answer {
    fn from(report: RunReport) -> Self {
        Self { at: None, report }
    }
}

pub async fn read(tools: &Tools, id: DeploymentId) -> Result<Deployment, Attempt> {
    match tools.reader.deployment(id).await {
        Ok(Some(deployment)) => Ok(deployment),
        Ok(None) => Err(Attempt::Never(format!("there is no deployment {id}"))),
        Err(error) => Err(Attempt::Later(error.to_string())),
    }
}

/// Returns what to look up for a deployment; `None` when it is no longer configured.
pub fn lookup(catalog: &Catalog, deployment: &Deployment) -> Option<Lookup> {
    let Plan { pipeline, policy, branches } =
        plan(catalog, &deployment.kind, &deployment.service, &deployment.environment)?;
    let configured = catalog.environment(&deployment.service, &deployment.environment)?;
    let reference = match &deployment.target {
        Target::Reference { reference } => {
            reference.clone().or_else(|| configured.reference.clone())
        }
        Target::Commit { commit, .. } => RefName::new(commit.as_str()).ok(),
    };
    Some(Lookup {
        repository: catalog.services.get(&deployment.service)?.repository.clone(),
        reference,
        live: None,
        branches: branches.to_vec(),
        risky: policy.risky.clone(),
        checks: policy.checks.clone(),
        recipe: pipeline.recipe.clone(),
        purpose: Purpose {
            deployment: Some(deployment.id),
            service: deployment.service.clone(),
            environment: deployment.environment.clone(),
            parameters: deployment.parameters.known().cloned().unwrap_or_default(),
            release: deployment.sealed.as_ref().and_then(|s| s.version.release()).map(Into::into),
        },
    })
}

/// Looks up the version that a deployment asks for.
pub async fn resolve(tools: &Tools, id: DeploymentId) -> Attempt {
    let deployment = match read(tools, id).await {
        Ok(deployment) => deployment,
        Err(attempt) => return attempt,
    };
    let catalog = tools.catalog.borrow().clone();
    let Some(mut lookup) = lookup(&catalog, &deployment) else {
        return Attempt::Never("it is no longer configured".into());
    };
    lookup.live = match live_commit(tools, &deployment).await {
        Ok(live) => live,
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let answered = |answer| {
        Attempt::Done(Some(Event::Resolved { deployment: id, catalog: catalog.digest, answer }))
    };
    match within(tools, tools.backends.resolve(&lookup)).await {
        Ok(resolution) => answered(Ok(resolution)),
        // A version that is not there is an answer to whoever asked, and no failure of wilco's.
        Err(BackendError::Refused(reason)) => answered(Err(reason)),
        Err(error) => failed(&error),
    }
}

async fn live_commit(
    tools: &Tools,
    deployment: &Deployment,
) -> Result<Option<CommitSha>, StoreError> {
    let (service, environment) = (&deployment.service, &deployment.environment);
    let live = tools.reader.live_summaries((service, service), Some(environment)).await?;
    Ok(live.into_iter().next().and_then(|summary| summary.commit))
}

/// Looks once more at what a deployment has sealed.
///
/// Votes are read anew first: one that was taken back while nobody listened must not start anything.
pub async fn confirm(tools: &Tools, id: DeploymentId, seal: Digest, sequence: i64) -> Attempt {
    let deployment = match read(tools, id).await {
        Ok(deployment) => deployment,
        Err(attempt) => return attempt,
    };
    let now = (sequence, tools.clock.now().0);
    let unread = match people::read_all(tools, &deployment.cards, now).await {
        Ok(unread) => unread,
        Err(attempt) => return attempt,
    };
    let unread = match needed(tools, id, unread).await {
        Ok(unread) => unread,
        Err(attempt) => return attempt,
    };
    let catalog = tools.catalog.borrow().clone();
    let (Some(lookup), Some(commit)) = (lookup(&catalog, &deployment), deployment.commit()) else {
        return Attempt::Never("it is no longer configured".into());
    };
    let answered = |answer| {
        let (deployment, catalog, unread) = (id, catalog.digest, unread.clone());
        Attempt::Done(Some(Event::Confirmed { deployment, seal, catalog, answer, unread }))
    };
    match within(tools, tools.backends.confirm(commit, &lookup)).await {
        Ok(confirmation) => answered(Ok(confirmation)),
        Err(BackendError::Refused(reason)) => answered(Err(reason)),
        Err(error) => failed(&error),
    }
}

/// Returns the cards that were not read, unless a vote on one of them is needed: then nothing starts before it was.
///
/// An outage of one chat must not keep people in the other from deploying. A rejection in the one that is out of
/// reach is not heard then, as if it had come too late.
async fn needed(
    tools: &Tools,
    id: DeploymentId,
    unread: Vec<(MessageRef, ChatError)>,
) -> Result<Vec<MessageRef>, Attempt> {
    let (cards, mut errors): (Vec<_>, Vec<_>) = unread.into_iter().unzip();
    let Some(error) = errors.pop() else { return Ok(cards) };
    let deployment = read(tools, id).await?;
    let people = tools.catalog.borrow().people.clone();
    if !gate::is_approved_without(&deployment, &people, &cards) {
        return Err(speak::failed(&error));
    }
    warn!(deployment.id = %id, %error, "deployment {id} goes on although reactions cannot be read");
    Ok(cards)
}

/// Starts a run at most once: marked before the call, and asked about before any second one.
pub async fn start(tools: &Tools, follow: &mpsc::Sender<Follow>, start: &Start<'_>) -> Attempt {
    let mut sound = tools.sound.clone();
    if sound.wait_for(|sound| *sound).await.is_err() {
        return Attempt::Later("the database was not found sound".into());
    }
    let deployment = match read(tools, start.deployment).await {
        Ok(deployment) => deployment,
        Err(attempt) => return attempt,
    };
    let holds_key = deployment.run.as_ref().is_some_and(|run| run.op_key == *start.op_key);
    if deployment.status != Status::Starting || !holds_key {
        return Attempt::Done(None);
    }
    let Some(order) = order(&deployment, start.op_key) else {
        return Attempt::Never("nothing is sealed".into());
    };
    let backend = match tools.backends.for_recipe(&order.recipe) {
        Ok(backend) => backend,
        Err(error) => return failed(&error),
    };
    let Answer { at, report } = if start.pending.attempting || start.again {
        match reconcile(tools, backend, &order, "wilco was stopped during the start").await {
            Ok(answer) => answer,
            Err(error) => return failed(&error),
        }
    } else {
        let mark = Some(Mark::Attempting(start.pending.sequence));
        if let Err(error) = tools.deliveries.submit(None, mark).await {
            return Attempt::Later(error.to_string());
        }
        tools.witness.step(Step::BeforeEffect("call_start")).await;
        let started = within(tools, backend.start(&order)).await;
        tools.witness.step(Step::AfterEffect("call_start")).await;
        match started {
            Ok(begun) => begun.into(),
            Err(BackendError::Refused(reason)) => RunReport::NotStarted { reason }.into(),
            Err(error @ (BackendError::Unavailable(_) | BackendError::TooFast { .. })) => {
                return failed(&error);
            }
            Err(BackendError::Unknown(reason)) => {
                match reconcile(tools, backend, &order, &reason).await {
                    Ok(answer) => answer,
                    Err(error) => return failed(&error),
                }
            }
        }
    };
    // A run of which nobody knows whether it began may still turn up.
    if let RunReport::Started { .. } | RunReport::Unknown { .. } = &report {
        let (deployment, op_key) = (start.deployment, start.op_key.clone());
        // Whoever follows runs lives as long as the courier does.
        drop(follow.send(Follow { deployment, op_key }).await);
    }
    let (deployment, op_key) = (start.deployment, start.op_key.clone());
    Attempt::Done(Some(Event::RunReported { deployment, op_key, at, report }))
}

/// Returns what was ordered for a deployment under this key; `None` where nothing is sealed.
pub fn order(deployment: &Deployment, op_key: &OpKey) -> Option<StartOrder> {
    let sealed = deployment.sealed.as_ref()?;
    let timeout = u64::try_from(sealed.pipeline.timeout.0).unwrap_or_default();
    Some(StartOrder {
        op_key: op_key.clone(),
        deployment: deployment.id,
        service: deployment.service.clone(),
        environment: deployment.environment.clone(),
        commit: sealed.version.commit.clone(),
        release: sealed.version.release().map(Into::into),
        parameters: deployment.parameters.known().cloned().unwrap_or_default(),
        recipe: sealed.pipeline.recipe.clone(),
        fingerprint: sealed.fingerprint,
        timeout: std::time::Duration::from_millis(timeout),
        run: deployment.run.as_ref().and_then(|run| run.run.clone()),
    })
}

/// Finds out whether a start happened, and only if it certainly did not, starts once more under the same key.
///
/// An error is a start that certainly did not happen and may work later.
async fn reconcile(
    tools: &Tools,
    backend: &dyn Backend,
    order: &StartOrder,
    cause: &str,
) -> Result<Answer, BackendError> {
    for settled in [false, true] {
        if settled {
            tokio::time::sleep(backend.settle()).await;
        }
        match within(tools, backend.find(order)).await {
            Ok(Some(begun)) => return Ok(begun.into()),
            Ok(None) => {}
            Err(error) => {
                let reason = both(cause, &error.to_string());
                return Ok(RunReport::Unknown { reason }.into());
            }
        }
    }
    info!(op_key = %order.op_key, "the backend knows of no run; it is started once more");
    Ok(match within(tools, backend.start(order)).await {
        Ok(begun) => begun.into(),
        Err(BackendError::Refused(reason)) => RunReport::NotStarted { reason }.into(),
        Err(error @ (BackendError::Unavailable(_) | BackendError::TooFast { .. })) => {
            return Err(error);
        }
        Err(error @ BackendError::Unknown(_)) => match within(tools, backend.find(order)).await {
            Ok(Some(begun)) => begun.into(),
            Ok(None) | Err(_) => {
                RunReport::Unknown { reason: both(cause, &error.to_string()) }.into()
            }
        },
    })
}

/// Says two reasons, and one where they are the same.
fn both(cause: &str, error: &str) -> String {
    if cause == error { cause.to_owned() } else { format!("{cause}; {error}") }
}

/// Stops a run, and follows it from now on if nobody did.
pub async fn cancel(
    tools: &Tools,
    follow: &mpsc::Sender<Follow>,
    id: DeploymentId,
    op_key: &OpKey,
) -> Attempt {
    let deployment = match read(tools, id).await {
        Ok(deployment) => deployment,
        Err(attempt) => return attempt,
    };
    let open = deployment.ended_at.is_none();
    let Some(order) = order(&deployment, op_key).filter(|_| open) else {
        return Attempt::Done(None);
    };
    let backend = match tools.backends.for_recipe(&order.recipe) {
        Ok(backend) => backend,
        Err(error) => return failed(&error),
    };
    match within(tools, backend.cancel(&order)).await {
        Ok(()) => {
            // Whoever follows runs lives as long as the courier does.
            drop(follow.send(Follow { deployment: id, op_key: op_key.clone() }).await);
            Attempt::Done(None)
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &BackendError) -> Attempt {
    match error {
        BackendError::Refused(reason) => Attempt::Never(reason.clone()),
        BackendError::TooFast { reason, wait } => Attempt::NotBefore(*wait, reason.clone()),
        BackendError::Unavailable(reason) | BackendError::Unknown(reason) => {
            Attempt::Later(reason.clone())
        }
    }
}

/// Bounds a call: what takes too long may or may not have happened.
pub async fn within<T>(
    tools: &Tools,
    call: impl Future<Output = Result<T, BackendError>>,
) -> Result<T, BackendError> {
    match tokio::time::timeout(tools.patience.call, call).await {
        Ok(result) => result,
        Err(_) => Err(BackendError::Unknown("no answer in time".into())),
    }
}
