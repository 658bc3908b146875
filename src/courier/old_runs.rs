//! Old runs: what a backend keeps of them is removed once their end is on record and newer ones follow.

use tracing::{info, warn};

use wilco_core::deployment::Deployment;
use wilco_core::ids::{DeploymentId, OpKey};
use wilco_core::seal::deployment_of;

use super::Tools;
use crate::backend::{Backend, BackendError};

/// Of the newest runs everything is kept, to look into.
const KEPT: usize = 200;

/// At most so many are removed at one time; the rest goes after the next run.
const REMOVED_MAX: usize = 256;

/// Removes old runs, a bounded number at a time.
pub async fn forget(tools: Tools) {
    for backend in tools.backends.keeping() {
        match forget_old(&tools, backend).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "old runs were removed"),
            Err(error) => warn!(%error, "old runs stay for now"),
        }
    }
}

async fn forget_old(tools: &Tools, backend: &dyn Backend) -> Result<usize, BackendError> {
    let mut removed = 0;
    for (deployment, op_key) in old(backend.kept().await?) {
        if removed == REMOVED_MAX {
            break;
        }
        let read = tools.reader.deployment(deployment).await;
        let read = read.map_err(|error| BackendError::Unavailable(error.to_string()))?;
        if read.is_some_and(|deployment| has_ended_with(&deployment, &op_key)) {
            match backend.forget(&op_key).await {
                Ok(()) => removed += 1,
                // One that cannot be removed must not keep the others.
                Err(error) => warn!(%error, "an old run stays for now"),
            }
        }
    }
    Ok(removed)
}

/// Returns the runs that are not among the newest, the oldest first.
fn old(kept: Vec<OpKey>) -> Vec<(DeploymentId, OpKey)> {
    let ours = kept.into_iter().filter_map(|op_key| Some((deployment_of(&op_key)?, op_key)));
    let mut ours: Vec<_> = ours.collect();
    ours.sort_unstable();
    ours.truncate(ours.len().saturating_sub(KEPT));
    ours
}

/// Tells whether the end of the run is on record: of any other, its directory may be all that is known.
fn has_ended_with(deployment: &Deployment, op_key: &OpKey) -> bool {
    deployment.is_over() && deployment.run.as_ref().is_some_and(|run| run.op_key == *op_key)
}
