//! Runs of GitHub Actions: each is started once, found by its key, and followed to its end.
//!
//! GitHub itself keeps nobody from starting a workflow twice. So the workflow's first step claims the key by
//! making `refs/wilco/op/KEY` in the repository, which only one can: that is the fence, and what it points to is
//! the commit that the run really has.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use wilco_core::catalog::Recipe;
use wilco_core::ids::{CommitSha, OpKey, RefName, RepositoryName, RunRef};
use wilco_core::time::Timestamp;

use super::api::{Api, ApiError, Call};
use super::paths::reference;
use super::shapes::{Content, Dispatched, Reference, Run, Runs};
use super::versions::There;
use crate::backend::{BackendError, Begun, StartOrder};

/// What claims a key, and what keeps one from ever being claimed.
const CLAIM: &str = "wilco/op/";
const CANCELLED: &str = "wilco/cancelled/";

/// Where GitHub does not say which run it began, it is looked for so often.
const LOOKS: u32 = 6;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// As many of the newest runs of the workflow are looked through.
const RUNS_LOOKED_THROUGH: u32 = 100;

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
}

impl<'a> Workflow<'a> {
    /// The wiring hands over recipes of its own kind only.
    pub fn of(api: &'a Api, recipe: &'a Recipe) -> Result<Self, BackendError> {
        let Recipe::Github { repository, workflow, reference, deployments, reviews } = recipe
        else {
            return Err(BackendError::Refused("this recipe runs no workflow of GitHub".into()));
        };
        let (reference, deployments) = (reference.as_ref(), deployments.as_deref());
        Ok(Self { api, repository, file: workflow, reference, deployments, reviews })
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
            if let Some(begun) = self.find(&order.op_key).await? {
                return Ok(begun);
            }
            sleep(LOOK_EVERY).await;
        }
        Err(BackendError::Unknown("GitHub began a run and does not list it so far".into()))
    }

    /// Finds the run by its name, which has the key in it, and one that never began by its mark.
    pub async fn find(&self, op_key: &OpKey) -> Result<Option<Begun>, BackendError> {
        let path = format!(
            "/actions/workflows/{}/runs?event=workflow_dispatch&per_page={RUNS_LOOKED_THROUGH}",
            self.file
        );
        let runs: Runs = self.api.get(self.call("look for a run", path)).await?;
        // The oldest of several: a later one found the key claimed.
        let run = runs.workflow_runs.iter().rev().find(|run| is_of(run, op_key));
        if let Some(run) = run {
            return begun_as(run.id, began(run)).map(Some);
        }
        if self.points_to(CANCELLED, op_key).await?.is_some() {
            return never(op_key).map(Some);
        }
        Ok(None)
    }

    /// Returns the commit that claimed the key, once one did.
    pub async fn claimed(&self, op_key: &OpKey) -> Result<Option<CommitSha>, BackendError> {
        self.points_to(CLAIM, op_key).await
    }

    async fn points_to(
        &self,
        kind: &str,
        op_key: &OpKey,
    ) -> Result<Option<CommitSha>, BackendError> {
        let name = format!("{kind}{op_key}");
        let path = format!("/git/matching-refs/{}", reference(&name));
        let found: Vec<Reference> = self.api.get(self.call("look for a key", path)).await?;
        let whole = format!("refs/{name}");
        let found = found.iter().find(|found| found.name == whole);
        Ok(found.and_then(|found| CommitSha::new(found.object.sha.as_str()).ok()))
    }

    /// Asks a run to stop. One that was not started so far never will be: its key is claimed here.
    pub async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        let begun = self.find(&order.op_key).await?;
        let Some(begun) = begun else {
            // First the mark, so that whoever finds the key claimed also finds by whom.
            self.mark(CANCELLED, order).await?;
            return self.mark(CLAIM, order).await;
        };
        if begun.run.as_str() == order.op_key.as_str() {
            return Ok(());
        }
        let path = format!("/actions/runs/{}/cancel", begun.run);
        match self.api.post::<serde_json::Value>(self.call("stop a run", path), json!({})).await {
            // It is over.
            Ok(_) | Err(ApiError::Refused { status: 409, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn mark(&self, kind: &str, order: &StartOrder) -> Result<(), BackendError> {
        let body = json!({
            "ref": format!("refs/{kind}{}", order.op_key),
            "sha": order.commit.as_str(),
        });
        let call = self.call("claim a key", "/git/refs".into());
        match self.api.post::<serde_json::Value>(call, body).await {
            Ok(_) => Ok(()),
            Err(ApiError::Refused { status: 422, message, .. })
                if message.contains("already exists") =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
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

fn began(run: &Run) -> Option<Timestamp> {
    time(run.began_at.as_deref().or(run.created_at.as_deref()))
}

/// Reads a time of GitHub's.
pub fn time(text: Option<&str>) -> Option<Timestamp> {
    let time = chrono::DateTime::parse_from_rfc3339(text?).ok()?;
    Some(Timestamp(time.timestamp_millis()))
}
