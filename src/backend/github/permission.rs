//! What `wilco check` asks besides: whether wilco may do what only some configurations need.

use serde_json::{Value, json};
use wilco_core::ids::RepositoryName;

use super::Github;
use super::api::{ApiError, Call};
use super::paths::reference;
use super::probe;

/// git forbids two dots in a name, so nothing can be deployed from there.
const NOWHERE: &str = "wilco..check";

/// What a token or an app may be let do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    ReadChecks,
    ReadStatuses,
    ReadDeployments,
    WriteDeployments,
}

impl Permission {
    /// Returns what GitHub's settings call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadChecks => "Checks: read",
            Self::ReadStatuses => "Commit statuses: read",
            Self::ReadDeployments => "Deployments: read",
            Self::WriteDeployments => "Deployments: read and write",
        }
    }

    /// Says what it is for, in words that follow "to".
    pub fn what(self) -> &'static str {
        match self {
            Self::ReadChecks => "look at the checks of a commit",
            Self::ReadStatuses => "look at the statuses of a commit",
            Self::ReadDeployments => "look at deployments",
            Self::WriteDeployments => "change deployments",
        }
    }
}

/// Looks whether wilco has a permission, by asking for what changes nothing.
pub async fn probe(
    github: &Github,
    repository: &RepositoryName,
    permission: Permission,
) -> Result<(), ApiError> {
    let call = |path| Call { what: permission.what(), repository, path };
    let read = async |path| github.api.get::<Value>(call(path)).await.map(Some);
    let newest = async |what| {
        let branch = probe::repository(github, repository).await?;
        read(format!("/commits/heads/{}/{what}?per_page=1", reference(&branch))).await
    };
    let answer = match permission {
        Permission::ReadChecks => newest("check-runs").await,
        Permission::ReadStatuses => newest("status").await,
        Permission::ReadDeployments => read("/deployments?per_page=1".to_owned()).await,
        Permission::WriteDeployments => {
            let body = json!({ "ref": NOWHERE, "auto_merge": false, "required_contexts": [] });
            github.api.post(call("/deployments".to_owned()), body).await
        }
    };
    match answer {
        // Whoever may ask is told that there is no such ref, or no commit so far.
        Ok(_) | Err(ApiError::Refused { status: 409 | 422, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
