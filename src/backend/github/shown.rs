//! A deployment as GitHub's own pages show it, where the configuration asks for that. It is for people to look at:
//! whatever goes wrong with it is in the log, and changes nothing about the deployment itself.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tracing::warn;
use wilco_core::event::RunEnd;

use super::actions::Workflow;
use super::api::ApiError;
use super::shapes::{DeploymentStatus, ShownDeployment};
use crate::backend::StartOrder;

/// So many calls may fail before GitHub's page is left as it is.
const FAILURES_MAX: u32 = 5;
/// The end of a run is not held up for longer than this.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(2);
/// <https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status>
const DESCRIPTION_CHARACTERS_MAX: usize = 140;
const PAGE: usize = 100;

/// What GitHub says of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    InProgress,
    Success,
    Failure,
    /// Somebody stopped it.
    Inactive,
    /// Nobody knows what it did.
    Error,
}

impl State {
    pub fn of_end(end: &RunEnd) -> Self {
        match end {
            RunEnd::Succeeded => Self::Success,
            RunEnd::Failed { .. } | RunEnd::TimedOut => Self::Failure,
            RunEnd::Cancelled => Self::Inactive,
            RunEnd::Killed { .. } | RunEnd::NotRunnable { .. } | RunEnd::Lost => Self::Error,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Inactive => "inactive",
            Self::Error => "error",
        }
    }
}

/// The deployment of one run on GitHub's pages.
pub struct Shown<'a> {
    environment: &'a str,
    order: &'a StartOrder,
    /// How long a list may lack what was made just now.
    settle: Duration,
    known: Option<Known>,
    failures: u32,
}

struct Known {
    id: u64,
    /// The last status that GitHub has; a later wilco finds it there.
    state: Option<String>,
}

impl<'a> Shown<'a> {
    pub fn new(environment: &'a str, order: &'a StartOrder, settle: Duration) -> Self {
        Self { environment, order, settle, known: None, failures: 0 }
    }

    /// Has GitHub's pages say so, if they do not yet.
    pub async fn show(&mut self, workflow: &Workflow<'_>, state: State, log: Option<&str>) {
        if self.failures >= FAILURES_MAX {
            return;
        }
        let shown = timeout(SHOWN_WITHIN, self.try_to_show(workflow, state, log)).await;
        let failure = match shown {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".into(),
        };
        // What became of it is read anew: it may be there by now.
        self.known = None;
        self.failures += 1;
        let (id, left) = (self.order.deployment, FAILURES_MAX - self.failures);
        warn!(deployment.id = %id, %failure, left, "GitHub's pages do not show deployment {id} as it is");
    }

    /// Tries until GitHub's pages show the end, or it was tried often enough.
    pub async fn insist(&mut self, workflow: &Workflow<'_>, state: State, log: Option<&str>) {
        while self.failures < FAILURES_MAX && !self.shows(state) {
            sleep(PAUSE.min(self.settle)).await;
            self.show(workflow, state, log).await;
        }
    }

    fn shows(&self, state: State) -> bool {
        self.known.as_ref().and_then(|known| known.state.as_deref()) == Some(state.name())
    }

    async fn try_to_show(
        &mut self,
        workflow: &Workflow<'_>,
        state: State,
        log: Option<&str>,
    ) -> Result<(), ApiError> {
        if self.known.is_none() {
            self.known = Some(self.find_or_create(workflow).await?);
        }
        let Some(known) = &mut self.known else { return Ok(()) };
        // In order: what is over does not go on again, and nothing is said twice.
        if known.state.as_deref().is_some_and(|now| now != State::InProgress.name())
            || known.state.as_deref() == Some(state.name())
        {
            return Ok(());
        }
        let path = format!("/deployments/{}/statuses", known.id);
        let mut body = json!({
            "state": state.name(),
            "description": description(self.order),
            "environment": self.environment,
            "auto_inactive": true,
        });
        if let Some(log) = log {
            body["log_url"] = log.into();
        }
        let call = workflow.call("say how a deployment is going", path);
        workflow.api.post::<Value>(call, body).await?;
        known.state = Some(state.name().into());
        Ok(())
    }

    /// A deployment has the key of its run in its payload: by that it is found again, and never made twice.
    async fn find_or_create(&self, workflow: &Workflow<'_>) -> Result<Known, ApiError> {
        if let Some(known) = self.find(workflow).await? {
            return Ok(known);
        }
        // One that was made right before wilco was stopped may be missing from the list.
        sleep(PAUSE.min(self.settle)).await;
        if let Some(known) = self.find(workflow).await? {
            return Ok(known);
        }
        let body = json!({
            "ref": self.order.commit.as_str(),
            "task": "deploy",
            // GitHub must neither merge anything nor judge checks: wilco has.
            "auto_merge": false,
            "required_contexts": [],
            "payload": { "op_key": self.order.op_key.as_str() },
            "environment": self.environment,
            "description": description(self.order),
        });
        let call = workflow.call("show a deployment", "/deployments".into());
        match workflow.api.post::<ShownDeployment>(call, body).await? {
            Some(made) => Ok(Known { id: made.id, state: None }),
            None => Err(ApiError::Unknown {
                what: "show a deployment".into(),
                reason: "GitHub says nothing of it".into(),
            }),
        }
    }

    async fn find(&self, workflow: &Workflow<'_>) -> Result<Option<Known>, ApiError> {
        let path = format!(
            "/deployments?environment={}&sha={}&task=deploy&per_page={PAGE}",
            super::paths::part(self.environment),
            self.order.commit
        );
        let call = workflow.call("look for a deployment", path);
        let found: Vec<ShownDeployment> = workflow.api.get(call).await?;
        // The oldest of several.
        let ours = found.iter().rev().find(|one| one.has_key(self.order.op_key.as_str()));
        let Some(ours) = ours else { return Ok(None) };
        let path = format!("/deployments/{}/statuses?per_page={PAGE}", ours.id);
        let call = workflow.call("look at how a deployment is going", path);
        let statuses: Vec<DeploymentStatus> = workflow.api.get(call).await?;
        // The newest is first. One that GitHub itself made inactive since was over before.
        Ok(Some(Known { id: ours.id, state: statuses.into_iter().next().map(|one| one.state) }))
    }
}

fn description(order: &StartOrder) -> String {
    let StartOrder { deployment, service, environment, .. } = order;
    let text = format!("wilco {deployment}: {service} to {environment}");
    text.chars().take(DESCRIPTION_CHARACTERS_MAX).collect()
}
