//! GitHub: where versions are looked up, and workflows of GitHub Actions as pipelines.

pub mod actions;
pub mod api;
pub mod auth;
mod checks;
mod client;
mod fence;
mod follow;
pub mod hurry;
mod kept;
pub mod lately;
mod limit;
mod log;
mod names;
mod pace;
mod paths;
pub mod permission;
pub mod probe;
mod reviews;
mod shapes;
mod shown;
mod tail;
mod versions;

use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use wilco_core::catalog::{Recipe, Repository};
use wilco_core::checks::Check;
use wilco_core::ids::{CommitSha, Digest, OpKey, RunRef};

use actions::Workflow;
use api::Api;
use follow::Follower;
use hurry::Hurry;
use versions::There;

use super::{Backend, BackendError, Begun, Found, Lookup, Numbered, Source, Stands, StartOrder};

/// How long wilco waits for GitHub, and how often it looks.
#[derive(Debug, Clone, Copy)]
pub struct Paces {
    /// An answer of GitHub's is there by then, or something is wrong.
    pub answered_within: Duration,
    /// How far GitHub's lists of runs may lag behind, and more.
    pub settle: Duration,
    /// How soon a run that moves is asked about again; one that stands still is asked about less often.
    pub look_every: Duration,
    /// How often a run is looked for that began without GitHub saying which one it is.
    pub found_every: Duration,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            answered_within: Duration::from_secs(20),
            settle: Duration::from_secs(30),
            look_every: Duration::from_secs(2),
            found_every: Duration::from_secs(2),
        }
    }
}

/// One GitHub: the one on the web, or a server of one's own.
#[derive(Clone)]
pub struct Github {
    api: Api,
    paces: Paces,
    hurry: Hurry,
}

impl Github {
    pub fn new(api: Api) -> Self {
        let (paces, hurry) = (Paces::default(), Hurry::default());
        Self { api, paces, hurry }
    }

    /// Returns what wakes those who follow a run, or wait for checks.
    pub fn hurry(&self) -> Hurry {
        self.hurry.clone()
    }

    /// Returns how many calls remain of GitHub's limit, as its last answer said.
    pub fn remaining(&self) -> Option<u64> {
        self.api.remaining()
    }

    /// Waits and looks at other paces than the usual ones.
    #[must_use]
    pub fn with_paces(self, paces: Paces) -> Self {
        let mut api = self.api;
        api.answered_within = paces.answered_within;
        Self { api, paces, ..self }
    }

    /// Waits so long for a run to stand in GitHub's lists before it counts as never begun.
    #[must_use]
    pub fn with_settle(self, settle: Duration) -> Self {
        let paces = Paces { settle, ..self.paces };
        Self { paces, ..self }
    }

    fn there<'a>(&'a self, lookup: &'a Lookup) -> Result<There<'a>, BackendError> {
        match &lookup.repository {
            Some(Repository::Github(repository)) => Ok(There { api: &self.api, repository }),
            Some(Repository::Path(_)) | None => {
                Err(BackendError::Refused("this is no repository on GitHub".into()))
            }
        }
    }
}

/// Returns what approvals are bound to: the recipe's words, and the bytes of the workflow file.
fn fingerprint(recipe: &Recipe, file: &str) -> Result<Digest, BackendError> {
    let json = serde_json::to_vec(recipe)
        .map_err(|error| BackendError::Refused(format!("cannot write the recipe: {error}")))?;
    let mut hasher = Sha256::new_with_prefix(b"wilco.github.1\n");
    for part in [&json[..], file.as_bytes()] {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    Ok(Digest(hasher.finalize().into()))
}

#[async_trait]
impl Source for Github {
    async fn resolve(&self, lookup: &Lookup) -> Result<Found, BackendError> {
        self.there(lookup)?.resolve(lookup).await
    }

    async fn confirm(&self, commit: &CommitSha, lookup: &Lookup) -> Result<Stands, BackendError> {
        self.there(lookup)?.confirm(commit, lookup).await
    }

    async fn checks(&self, commit: &CommitSha, lookup: &Lookup) -> Vec<Check> {
        match self.there(lookup) {
            Ok(there) => there.checks(commit, &lookup.checks).await,
            Err(_) => Vec::new(),
        }
    }
}

#[async_trait]
impl Backend for Github {
    async fn fingerprint(
        &self,
        _commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Digest, BackendError> {
        let workflow = Workflow::of(self, &lookup.recipe)?;
        fingerprint(&lookup.recipe, &workflow.file_now().await?)
    }

    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        let workflow = Workflow::of(self, &order.recipe)?;
        // However long ago it was approved, nothing else than that is started.
        if fingerprint(&order.recipe, &workflow.file_now().await?)? != order.fingerprint {
            let reason = "the workflow file is not the one that was approved";
            return Err(BackendError::Refused(reason.into()));
        }
        workflow.start(order).await
    }

    async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError> {
        Workflow::of(self, &order.recipe)?.find(order).await
    }

    fn settle(&self) -> Duration {
        self.paces.settle
    }

    async fn follow(
        &self,
        order: &StartOrder,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError> {
        let workflow = Workflow::of(self, &order.recipe)?;
        let followed = self.hurry.follow(run);
        Follower::new(workflow, (order, run)).follow(&followed, &reports).await
    }

    async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        Workflow::of(self, &order.recipe)?.cancel(order).await
    }

    /// GitHub keeps its runs by itself. The refs that claim keys stay: they are what keeps a run that comes
    /// late from doing anything.
    async fn kept(&self) -> Result<Vec<OpKey>, BackendError> {
        Ok(Vec::new())
    }

    async fn forget(&self, _op_key: &OpKey) -> Result<(), BackendError> {
        Ok(())
    }
}
