//! Pipeline backends: what every one of them can do, and the one place that names them.

pub mod command;
pub mod git;
pub mod github;
pub mod webhook;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use wilco_core::catalog::{Recipe, Repository};
use wilco_core::checks::Check;
use wilco_core::deployment::{Change, PathsRead, Version};
use wilco_core::event::{Confirmation, Resolution, RunReport};
use wilco_core::ids::{
    CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, RefName, RunRef, ServiceName,
};
use wilco_core::person::Author;
use wilco_core::request::Parameters;
use wilco_core::time::Timestamp;

/// How often checks are read that somebody waits for. What did not change costs nothing of a limit.
const CHECKS_EVERY: std::time::Duration = std::time::Duration::from_secs(15);

/// A system that knows commits: where versions are looked up.
#[async_trait]
pub trait Source: Send + Sync {
    /// Looks up what a ref stands for, and what would ship.
    async fn resolve(&self, lookup: &Lookup) -> Result<Found, BackendError>;

    /// Looks once more at a commit that is sealed.
    async fn confirm(&self, commit: &CommitSha, lookup: &Lookup) -> Result<Stands, BackendError>;

    /// Reads how the checks that are asked for stand; one that the answer does not name cannot be read.
    async fn checks(&self, commit: &CommitSha, lookup: &Lookup) -> Vec<Check>;
}

/// A system that runs pipelines.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Returns the digest of what the recipe leads to for this commit: the bytes of a script, say.
    ///
    /// Approvals are bound to it, so whatever would run something else has another one.
    async fn fingerprint(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Digest, BackendError>;

    /// Starts the run, at most once for its key however often it is called.
    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError>;

    /// Finds the run that was started under the key of this order; `None` when there is none so far.
    async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError>;

    /// Returns how long after a start `find` may still not see its run.
    fn settle(&self) -> std::time::Duration;

    /// Reports the run from its beginning to its end, then returns.
    ///
    /// Each report carries its number in the run and its time, the same however often the run is followed.
    async fn follow(
        &self,
        order: &StartOrder,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError>;

    /// Asks the run under the key of this order to stop. It is no error if it is over.
    ///
    /// A run that was not started so far never will be: `start` is then refused.
    async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError>;

    /// Returns the keys of the runs of which something is kept.
    async fn kept(&self) -> Result<Vec<OpKey>, BackendError>;

    /// Removes what is kept of a run whose end is on record. A run that still goes on stays.
    async fn forget(&self, op_key: &OpKey) -> Result<(), BackendError>;
}

/// What a ref turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub version: Version,
    /// Branches that contain the commit; asked for only where the environment restricts them.
    pub branches: Vec<String>,
    /// What would ship: commits since what is live, newest first, cut to a bounded number.
    pub changes: Vec<Change>,
    /// How many commits there are, also those that were cut; `None` where nothing is live to compare with.
    pub changes_total: Option<u64>,
    /// Everybody who wrote what ships; `None` where that cannot be known.
    pub authors: Option<Vec<Author>>,
    /// Changed paths that match one of those looked for, bounded.
    pub risky: Vec<String>,
    /// Whether every changed path was looked at.
    pub paths: PathsRead,
}

/// What is still so of a sealed commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub commit_exists: bool,
    pub branches: Vec<String>,
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
    /// Patterns of changed paths that the answer must name.
    pub risky: Vec<String>,
    /// Checks of the repository that must be green.
    pub checks: Vec<String>,
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

/// What is open: where versions are looked up, and what runs pipelines.
#[derive(Clone)]
pub struct Backends {
    pub git: Arc<dyn Source>,
    pub command: Arc<dyn Backend>,
    /// Open where the configuration says something of GitHub.
    pub github: Option<github::Github>,
    /// Open where the configuration says something of webhooks.
    pub webhook: Option<webhook::Webhook>,
}

impl Backends {
    /// Returns those that need nothing but this machine.
    pub fn local(command: Arc<dyn Backend>) -> Self {
        Self { git: Arc::new(git::LocalGit), command, github: None, webhook: None }
    }

    /// Returns the backend that runs a recipe.
    pub fn for_recipe(&self, recipe: &Recipe) -> Result<&dyn Backend, BackendError> {
        match recipe {
            Recipe::Command { .. } => Ok(&*self.command),
            Recipe::Github { .. } => Ok(self.github()?),
            Recipe::Webhook { .. } => {
                let why =
                    "wilco was started without webhooks: set their secrets and start it again";
                let webhook = self.webhook.as_ref();
                Ok(webhook.ok_or_else(|| BackendError::Unavailable(why.into()))?)
            }
        }
    }

    /// Returns the backends that keep something of runs on this machine.
    pub fn keeping(&self) -> Vec<&dyn Backend> {
        let webhook = self.webhook.as_ref().map(|webhook| webhook as &dyn Backend);
        std::iter::once(&*self.command).chain(webhook).collect()
    }

    fn source(&self, repository: Option<&Repository>) -> Result<&dyn Source, BackendError> {
        match repository {
            Some(Repository::Path(_)) | None => Ok(&*self.git),
            Some(Repository::Github(_)) => Ok(self.github()?),
        }
    }

    /// A configuration that speaks of GitHub for the first time is read by a wilco that runs without it.
    fn github(&self) -> Result<&github::Github, BackendError> {
        let why = "wilco was started without GitHub: set WILCO_GITHUB_TOKEN and start it again";
        self.github.as_ref().ok_or_else(|| BackendError::Unavailable(why.into()))
    }

    /// Looks up what a ref stands for, what would ship, and what the recipe leads to.
    pub async fn resolve(&self, lookup: &Lookup) -> Result<Resolution, BackendError> {
        let found = self.source(lookup.repository.as_ref())?.resolve(lookup).await?;
        let mut lookup = lookup.clone();
        lookup.purpose.release = found.version.release().map(Into::into);
        let backend = self.for_recipe(&lookup.recipe)?;
        let fingerprint = backend.fingerprint(&found.version.commit, &lookup).await?;
        let checks = self.checks(&found.version.commit, &lookup).await;
        let Found { version, branches, changes, changes_total, authors, risky, paths } = found;
        Ok(Resolution {
            version,
            branches,
            changes,
            changes_total,
            authors,
            risky,
            paths,
            checks,
            fingerprint,
        })
    }

    /// Looks once more at a commit that is sealed, and at what the recipe leads to.
    pub async fn confirm(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Confirmation, BackendError> {
        let source = self.source(lookup.repository.as_ref())?;
        let Stands { commit_exists, branches } = source.confirm(commit, lookup).await?;
        let fingerprint = self.for_recipe(&lookup.recipe)?.fingerprint(commit, lookup).await?;
        let checks = self.checks(commit, lookup).await;
        Ok(Confirmation { commit_exists, branches, fingerprint, checks })
    }

    /// Reads how the checks that are asked for stand; one that the answer does not name cannot be read.
    pub async fn checks(&self, commit: &CommitSha, lookup: &Lookup) -> Vec<Check> {
        match self.source(lookup.repository.as_ref()) {
            Ok(source) if !lookup.checks.is_empty() => source.checks(commit, lookup).await,
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    /// Returns by what it is known that checks may stand otherwise, before it is time to look again.
    pub fn told_of_checks(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Option<github::lately::Told> {
        let Some(Repository::Github(repository)) = &lookup.repository else { return None };
        let github = self.github.as_ref()?;
        Some(github.hurry().told_of_checks(repository, commit))
    }

    /// Waits until it makes sense to read checks again.
    pub async fn until_checks_may_differ(&self, told: &mut Option<github::lately::Told>) {
        let told = async {
            match told {
                Some(told) => told.heard().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = told => {}
            () = tokio::time::sleep(CHECKS_EVERY) => {}
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
    /// The run that is on record as the one under this key.
    pub run: Option<RunRef>,
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
    /// It is certain that nothing happened; the backend says how long to wait.
    #[error("{reason}")]
    TooFast { reason: String, wait: std::time::Duration },
    /// Nobody can tell whether it happened.
    #[error("{0}")]
    Unknown(String),
}

impl BackendError {
    /// Tells whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Unavailable(_) | Self::TooFast { .. } | Self::Unknown(_) => true,
        }
    }
}
