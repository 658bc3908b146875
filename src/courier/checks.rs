//! Deployments that wait for checks of their repository: these are read again and again, until they stand otherwise.

use wilco_core::checks::{Check, read_of};
use wilco_core::event::Event;
use wilco_core::gate::waits_for_checks;
use wilco_core::ids::{CommitSha, DeploymentId};

use super::worker::Attempt;
use super::{Tools, runs};
use crate::backend::Lookup;

/// Waits until the checks that a deployment waits for are not as they are on record.
///
/// They were read right before this was ordered, so it begins with a wait: a repository whose answers come and go
/// is asked no more often than any other.
pub async fn read(tools: &Tools, id: DeploymentId) -> Attempt {
    match until_otherwise(tools, id).await {
        Ok(checks) => Attempt::Done(Some(Event::ChecksRead { deployment: id, checks })),
        Err(attempt) => attempt,
    }
}

async fn until_otherwise(tools: &Tools, id: DeploymentId) -> Result<Vec<Check>, Attempt> {
    let Wanted { commit, lookup, .. } = wanted(tools, id).await?;
    let mut told = tools.backends.told_of_checks(&commit, &lookup);
    loop {
        tools.backends.until_checks_may_differ(&mut told).await;
        let Wanted { commit, lookup, known } = wanted(tools, id).await?;
        let read = tools.backends.checks(&commit, &lookup).await;
        let checks = read_of(&lookup.checks, &read);
        if checks != known {
            return Ok(checks);
        }
    }
}

/// What a deployment waits for.
struct Wanted {
    commit: CommitSha,
    lookup: Lookup,
    /// How the checks stand on record.
    known: Vec<Check>,
}

/// Returns what is to be read; without anything to wait for, there is nothing more to do.
async fn wanted(tools: &Tools, id: DeploymentId) -> Result<Wanted, Attempt> {
    let deployment = runs::read(tools, id).await?;
    let catalog = tools.catalog.borrow().clone();
    let lookup = runs::lookup(&catalog, &deployment).filter(|_| waits_for_checks(&deployment));
    let (Some(sealed), Some(mut lookup)) = (deployment.sealed, lookup) else {
        return Err(Attempt::Done(None));
    };
    lookup.checks = sealed.policy.checks;
    Ok(Wanted { commit: sealed.version.commit, lookup, known: deployment.checks })
}

/// Says that nobody could read them: they are unknown, which keeps everything shut, and are asked about again.
pub fn unread(deployment: DeploymentId) -> Event {
    Event::ChecksRead { deployment, checks: Vec::new() }
}
