//! Pipeline backends: what every one of them can do, and the one place that names them.

pub mod command;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use wilco_core::catalog::{Recipe, Repository};
use wilco_core::event::{Confirmation, Resolution, RunReport};
use wilco_core::ids::{
    CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, RefName, RunRef, ServiceName,
};
use wilco_core::request::Parameters;
use wilco_core::time::Timestamp;

/// A system that knows commits and runs pipelines.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Looks up what a ref stands for, and what would ship.
    async fn resolve(&self, lookup: &Lookup) -> Result<Resolution, BackendError>;

    /// Looks once more at a commit that is sealed.
    async fn confirm(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Confirmation, BackendError>;

    /// Starts the run, at most once for its key however often it is called.
    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError>;

    /// Finds the run that was started under the key; `None` when there is none so far.
    async fn find(&self, op_key: &OpKey) -> Result<Option<Begun>, BackendError>;

    /// Returns how long after a start `find` may still not see its run.
    fn settle(&self) -> std::time::Duration;

    /// Reports the run from its beginning to its end, then returns.
    ///
    /// Each report carries its number in the run and its time, the same however often the run is followed.
    async fn follow(
        &self,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError>;

    /// Asks the run under this key to stop. It is no error if it is over.
    ///
    /// A run that was not started so far never will be: `start` is then refused.
    async fn cancel(&self, op_key: &OpKey) -> Result<(), BackendError>;

    /// Returns the keys of the runs of which something is kept.
    async fn kept(&self) -> Result<Vec<OpKey>, BackendError>;

    /// Removes what is kept of a run whose end is on record. A run that still goes on stays.
    async fn forget(&self, op_key: &OpKey) -> Result<(), BackendError>;
}

/// What to look up.
#[derive(Debug, Clone)]
pub struct Lookup {
    pub repository: Option<Repository>,
    /// What somebody typed; `None` is the repository's default.
    pub reference: Option<RefName>,
    /// What is live, to list the commits since; `None` lists none.
    pub live: Option<CommitSha>,
    /// The answer must name those branches that contain the commit and match one of these patterns.
    pub branches: Vec<String>,
    pub recipe: Recipe,
    pub purpose: Purpose,
}

/// What the version is for: the values that lead a recipe to one file or another.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// `None` where nothing is to be deployed.
    pub deployment: Option<DeploymentId>,
    pub service: ServiceName,
    pub environment: EnvironmentName,
    pub parameters: Parameters,
    /// The release that was sealed, for the last look.
    pub release: Option<String>,
}

impl Purpose {
    /// Somebody only wants to know; nothing is to be deployed.
    pub fn none(service: &ServiceName, environment: &EnvironmentName) -> Self {
        Self {
            deployment: None,
            service: service.clone(),
            environment: environment.clone(),
            parameters: Parameters::default(),
            release: None,
        }
    }
}

/// What to run.
#[derive(Debug, Clone)]
pub struct StartOrder {
    pub op_key: OpKey,
    pub deployment: DeploymentId,
    pub service: ServiceName,
    pub environment: EnvironmentName,
    pub commit: CommitSha,
    /// The release's name if it has one. A branch is none: it would be at another commit tomorrow.
    pub release: Option<String>,
    pub parameters: Parameters,
    pub recipe: Recipe,
    /// What the recipe led to when it was approved; nothing else is started.
    pub fingerprint: Digest,
    pub timeout: std::time::Duration,
}

/// A run that a backend has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub run: RunRef,
    /// When it began, where the backend knows.
    pub at: Option<Timestamp>,
}

/// One report of a run. It is also a line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    pub number: u64,
    /// When it occurred, where the backend knows; an earlier wilco's runner did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    pub report: RunReport,
}

/// Why a backend did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// It is certain that nothing happened, and asking again would end the same way.
    #[error("{0}")]
    Refused(String),
    /// It is certain that nothing happened; later it may work.
    #[error("{0}")]
    Unavailable(String),
    /// Nobody can tell whether it happened.
    #[error("{0}")]
    Unknown(String),
}

impl BackendError {
    /// Tells whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Unavailable(_) | Self::Unknown(_) => true,
        }
    }
}
