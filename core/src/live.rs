//! What is live somewhere, and what made it so.

use serde::{Deserialize, Serialize};

use crate::deployment::Deployment;
use crate::ids::{CommitSha, DeploymentId, Place};
use crate::time::Timestamp;

/// What is live in a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub deployment: DeploymentId,
    pub commit: CommitSha,
    pub reference: Option<String>,
    pub at: Timestamp,
    /// The deployment whose version a rollback goes back to.
    pub rolls_back_to: Option<DeploymentId>,
    /// Where the cards are that say that it is live.
    pub places: Vec<Place>,
}

/// Returns what a deployment that is over made live; `None` when it made nothing live.
pub fn made_live(deployment: &Deployment) -> Option<Live> {
    let sealed = deployment.sealed.as_ref().filter(|_| deployment.made_live())?;
    Some(Live {
        deployment: deployment.id,
        commit: sealed.version.commit.clone(),
        reference: sealed.version.reference.clone(),
        at: deployment.ended_at?,
        rolls_back_to: deployment.rolls_back_to,
        places: deployment.places.clone(),
    })
}
