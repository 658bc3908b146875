//! Runs of GitHub Actions: each is started once, found by its key, and followed to its end.
//!
//! That a key works once is the fence's: see `fence`.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::time::sleep;
use wilco_core::catalog::Recipe;
use wilco_core::ids::{OpKey, RefName, RepositoryName, RunRef};
use wilco_core::time::Timestamp;

use super::Github;
use super::api::{Api, ApiError, Call};
use super::fence::Claim;
use super::shapes::{Content, Dispatched, Run, Runs};
use super::versions::There;
use crate::backend::{BackendError, Begun, StartOrder};

/// Where GitHub does not say which run it began, it is looked for so often.
const LOOKS: u32 = 6;
/// A run that is looked for by its name began a moment ago, so it stands among the newest.
const NEWEST: usize = 100;

/// What every workflow is given besides the parameters of its pipeline.
pub const INPUTS: [&str; 6] =
    ["deployment", "op_key", "service", "environment", "commit", "version"];

/// One workflow in one repository.
pub struct Workflow<'a> {
    pub api: &'a Api,
    pub repository: &'a RepositoryName,
    pub file: &'a str,
    pub reference: Option<&'a RefName>,
    /// The environment under which GitHub's pages show it.
    pub deployments: Option<&'a str>,
    /// Environments that wilco may approve.
    pub reviews: &'a [String],
    pub paces: super::Paces,
}

impl<'a> Workflow<'a> {
    /// The wiring hands over recipes of its own kind only.
    pub fn of(github: &'a Github, recipe: &'a Recipe) -> Result<Self, BackendError> {
        let Recipe::Github { repository, workflow, reference, deployments, reviews } = recipe
        else {
            return Err(BackendError::Refused("this recipe runs no workflow of GitHub".into()));
        };
        let (api, paces) = (&github.api, github.paces);
        let (reference, deployments) = (reference.as_ref(), deployments.as_deref());
        Ok(Self { api, repository, file: workflow, reference, deployments, reviews, paces })
    }

    pub fn call<'b>(&'b self, what: &'b str, path: String) -> Call<'b> {
        Call { what, repository: self.repository, path }
    }

    /// Returns the branch or tag whose workflow file runs.
    pub async fn branch(&self) -> Result<String, BackendError> {
        match self.reference {
            Some(reference) => Ok(reference.as_str().to_owned()),
            None => There { api: self.api, repository: self.repository }.default_branch().await,
        }
    }

    /// Returns what git calls the bytes of the workflow file, at a branch or a commit.
    pub async fn file_at(&self, place: &str) -> Result<String, BackendError> {
        self.content_at(place).await.map(|content| content.sha)
    }

    /// Returns the workflow file as it is at a branch or a commit.
    pub async fn content_at(&self, place: &str) -> Result<Content, BackendError> {
        let path =
            format!("/contents/.github/workflows/{}?ref={}", self.file, super::paths::part(place));
        match self.api.get::<Content>(self.call("look at a workflow file", path)).await {
            Ok(content) => Ok(content),
            Err(error) if error.is_absent() => {
                let (file, repository) = (self.file, self.repository);
                Err(BackendError::Refused(format!(
                    "there is no .github/workflows/{file} on `{place}` of {repository}; `wilco github \
                     workflow` prints one"
                )))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns what approvals are bound to besides the recipe's own words.
    pub async fn file_now(&self) -> Result<String, BackendError> {
        self.file_at(&self.branch().await?).await
    }

    /// Asks for a run, once. Whatever becomes of that, the fence keeps a second one from doing anything.
    pub async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        let branch = self.branch().await?;
        let inputs = inputs(order);
        let mut body = json!({ "ref": branch, "inputs": inputs, "return_run_details": true });
        let begun = match self.dispatch(body.clone()).await {
            // A server before 3.21 does not know how to say which run it began, and refuses the question.
            Err(ApiError::Refused { status: 400 | 422, message, .. })
                if message.contains("return_run_details") =>
            {
                if let Some(fields) = body.as_object_mut() {
                    fields.remove("return_run_details");
                }
                self.dispatch(body).await
            }
            begun => begun,
        };
        match begun {
            Ok(Some(dispatched)) => begun_as(dispatched.workflow_run_id, None),
            Ok(None) => self.find_soon(order).await,
            Err(error) if error.is_absent() => {
                let (file, repository) = (self.file, self.repository);
                Err(BackendError::Refused(format!(
                    "there is no workflow {file} in {repository} that wilco may start: it must be on the \
                     default branch, and the token needs \"Actions: write\""
                )))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn dispatch(&self, body: serde_json::Value) -> Result<Option<Dispatched>, ApiError> {
        let path = format!("/actions/workflows/{}/dispatches", self.file);
        self.api.post(self.call("start a workflow", path), body).await
    }

    /// GitHub began a run and did not say which one; its lists lag behind.
    async fn find_soon(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        for _ in 0..LOOKS {
            // Whatever keeps it from being found: it began.
            let found = self.find(order).await;
            if let Some(begun) = found.map_err(|error| BackendError::Unknown(error.to_string()))? {
                return Ok(begun);
            }
            sleep(self.paces.found_every).await;
        }
        Err(BackendError::Unknown("GitHub began a run and does not list it so far".into()))
    }

    /// Finds the run that has the key; before one has it, a run is known by its name, or by its number alone where
    /// it began a moment ago and stands in no list.
    pub async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError> {
        let claim = self.claim(&order.op_key).await?;
        if let Some(Claim::Run { run, began: at, .. }) = claim {
            return Ok(Some(Begun { run, at }));
        }
        if let Some(run) = likeliest(&self.listed(&order.op_key).await?) {
            return begun_as(run.id, began(run)).map(Some);
        }
        if let Some(run) = &order.run {
            return Ok(Some(Begun { run: run.clone(), at: None }));
        }
        claim.map(|_| never(&order.op_key)).transpose()
    }

    /// Returns a run; `None` where GitHub shows none: somebody deleted it, or it is not shown so far.
    ///
    /// What somebody re-runs does nothing, and ends as skipped or, where a job had succeeded, as a success: what
    /// the run did is what its first attempt did.
    pub async fn state(&self, run: &RunRef) -> Result<Option<Run>, BackendError> {
        let path = format!("/actions/runs/{run}");
        let newest: Option<Run> = self.unless_absent(path).await?;
        match newest {
            Some(Run { attempt: Some(2..), .. }) => {
                self.unless_absent(format!("/actions/runs/{run}/attempts/1")).await
            }
            newest => Ok(newest),
        }
    }

    async fn unless_absent(&self, path: String) -> Result<Option<Run>, BackendError> {
        match self.api.get(self.call("look at a run", path)).await {
            Ok(run) => Ok(Some(run)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether a run is one of this workflow's under this key.
    pub fn is_ours(&self, run: &Run, op_key: &OpKey) -> bool {
        let ours = format!(".github/workflows/{}", self.file);
        let file = run.path.as_deref().and_then(|path| path.split('@').next());
        file.is_none_or(|file| file == ours) && is_of(run, op_key)
    }

    /// Returns the newest runs whose name has the key, the oldest first.
    async fn listed(&self, op_key: &OpKey) -> Result<Vec<Run>, BackendError> {
        let path = format!(
            "/actions/workflows/{}/runs?event=workflow_dispatch&per_page={NEWEST}",
            self.file
        );
        let runs: Runs = self.api.get(self.call("look for a run", path)).await?;
        let mut found = runs.workflow_runs;
        found.retain(|run| is_of(run, op_key));
        found.sort_by_key(|run| run.id);
        Ok(found)
    }

    /// Asks a run to stop. One that was not started so far never will be: its key is claimed here.
    pub async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        let listed = self.listed(&order.op_key).await?;
        let listed = listed.iter().map(|run| run.id.to_string());
        let known = order.run.iter().map(ToString::to_string);
        let runs: BTreeSet<String> = listed.chain(known).collect();
        for run in &runs {
            self.stop(order, run).await?;
        }
        // Nor will one that GitHub lists too late, or that somebody begins anew.
        match self.shut(&order.op_key).await? {
            Claim::Run { run, .. } if !runs.contains(run.as_str()) => {
                self.stop(order, run.as_str()).await
            }
            Claim::Run { .. } | Claim::Nobody => Ok(()),
        }
    }

    async fn stop(&self, order: &StartOrder, run: &str) -> Result<(), BackendError> {
        if run == order.op_key.as_str() {
            return Ok(()); // It was cancelled before it began.
        }
        let path = format!("/actions/runs/{run}/cancel");
        match self.api.post::<serde_json::Value>(self.call("stop a run", path), json!({})).await {
            Ok(_) => Ok(()),
            // It is over, or GitHub has not queued it so far.
            Err(error @ ApiError::Refused { status: 409, .. }) => {
                self.unless_working(order, run, error).await
            }
            // GitHub promised it, and it is not there; should it come, it does nothing.
            Err(error) if error.is_absent() => self.shut(&order.op_key).await.map(drop),
            Err(error) => Err(error.into()),
        }
    }

    /// Passes over that GitHub does not stop a run which is over, or which can never work since it has no key.
    async fn unless_working(
        &self,
        order: &StartOrder,
        run: &str,
        error: ApiError,
    ) -> Result<(), BackendError> {
        let Ok(run) = RunRef::new(run) else { return Err(error.into()) };
        let state = self.state(&run).await?;
        if state.is_none_or(|state| state.status.as_deref() == Some("completed")) {
            return Ok(());
        }
        match self.shut(&order.op_key).await? {
            Claim::Run { run: other, .. } if other == run => {
                Err(BackendError::Unavailable(error.to_string()))
            }
            Claim::Run { .. } | Claim::Nobody => Ok(()),
        }
    }
}

/// Of several runs that have no key so far, one that failed will never have it.
fn likeliest(runs: &[Run]) -> Option<&Run> {
    let succeeded = |run: &&Run| run.conclusion.as_deref() == Some("success");
    let may_still = |run: &&Run| !has_failed(run);
    runs.iter().find(succeeded).or_else(|| runs.iter().find(may_still)).or(runs.first())
}

fn has_failed(run: &Run) -> bool {
    run.status.as_deref() == Some("completed") && run.conclusion.as_deref() != Some("success")
}

/// The run's own name has the key as a word of its own.
fn is_of(run: &Run, op_key: &OpKey) -> bool {
    let title = run.display_title.as_deref().unwrap_or_default();
    title
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .any(|word| word == op_key.as_str())
}

fn inputs(order: &StartOrder) -> serde_json::Map<String, serde_json::Value> {
    let values = [
        order.deployment.to_string(),
        order.op_key.to_string(),
        order.service.to_string(),
        order.environment.to_string(),
        order.commit.to_string(),
        order.release.clone().unwrap_or_default(),
    ];
    let own = INPUTS.into_iter().zip(values);
    let given = order.parameters.iter().map(|(name, value)| (name.as_str(), value.clone()));
    own.chain(given).map(|(name, value)| (name.to_owned(), value.into())).collect()
}

fn begun_as(id: u64, at: Option<Timestamp>) -> Result<Begun, BackendError> {
    let run = RunRef::new(id.to_string())
        .map_err(|error| BackendError::Unknown(format!("cannot name run {id}: {error}")))?;
    Ok(Begun { run, at })
}

/// What stands for a run that was cancelled before it began.
fn never(op_key: &OpKey) -> Result<Begun, BackendError> {
    let run = RunRef::new(op_key.as_str())
        .map_err(|error| BackendError::Refused(format!("cannot name run {op_key}: {error}")))?;
    Ok(Begun { run, at: None })
}

/// Returns when a run began, by GitHub's clock.
pub fn began(run: &Run) -> Option<Timestamp> {
    time(run.began_at.as_deref().or(run.created_at.as_deref()))
}

/// Reads a time of GitHub's.
pub fn time(text: Option<&str>) -> Option<Timestamp> {
    let time = chrono::DateTime::parse_from_rfc3339(text?).ok()?;
    Some(Timestamp(time.timestamp_millis()))
}
