//! Runs that wait for somebody's approval of an environment on GitHub: the card says so, and where the configuration
//! names the environment, wilco gives the approval that was given in chat.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tracing::{info, warn};
use wilco_core::event::{RunReport, StageState};
use wilco_core::ids::{CommitSha, RunRef};

use super::actions::Workflow;
use super::api::ApiError;
use super::shapes::Waiting;
use crate::backend::{Numbered, StartOrder};
use crate::plain::{cut, plain};

/// Numbers of reports from here on are those of environments; those of steps are lower by far.
const FIRST: u64 = 1 << 62;
const TRIES_MAX: u32 = 3;
const NAME_LENGTH_MAX: usize = 40;

/// The environments that one run waits for.
pub struct Reviews<'a> {
    order: &'a StartOrder,
    run: &'a RunRef,
    /// Environments that wilco may approve.
    named: &'a [String],
    /// What it waited for when it was looked at last.
    waiting: BTreeMap<u64, String>,
    /// How often wilco tried to approve each. What was approved is waited for no more, so that happens once.
    tries: BTreeMap<u64, u32>,
}

impl<'a> Reviews<'a> {
    pub fn new(named: &'a [String], order: &'a StartOrder, run: &'a RunRef) -> Self {
        let (waiting, tries) = (BTreeMap::new(), BTreeMap::new());
        Self { order, run, named, waiting, tries }
    }

    /// Returns what the run waits for and what it waits for no more, and approves what wilco is to approve.
    ///
    /// `claimed` is the commit that the run proved to have. A run that proved none, or another one, is approved
    /// by nobody but people on GitHub: an environment hands out its secrets with the approval.
    pub async fn look(
        &mut self,
        workflow: &Workflow<'_>,
        status: Option<&str>,
        claimed: Option<&CommitSha>,
    ) -> Result<Vec<Numbered>, ApiError> {
        let pending = match status {
            Some("waiting") => self.pending(workflow).await?,
            _ => Vec::new(),
        };
        let now: BTreeMap<u64, String> =
            pending.iter().map(|one| (one.environment.id, one.environment.name.clone())).collect();
        let gone = self.waiting.iter().filter(|(id, _)| !now.contains_key(id));
        let mut news: Vec<Numbered> =
            gone.map(|(id, name)| report(*id, name, StageState::Succeeded)).collect();
        news.extend(now.iter().map(|(id, name)| report(*id, name, StageState::Running)));
        self.waiting = now;
        if claimed == Some(&self.order.commit) {
            for one in &pending {
                self.approve(workflow, one).await;
            }
        }
        Ok(news)
    }

    async fn pending(&self, workflow: &Workflow<'_>) -> Result<Vec<Waiting>, ApiError> {
        let path = format!("/actions/runs/{}/pending_deployments", self.run);
        workflow.api.get(workflow.call("look at what a run waits for", path)).await
    }

    /// Approves one environment. What became of it is seen at the next look.
    async fn approve(&mut self, workflow: &Workflow<'_>, one: &Waiting) {
        let environment = &one.environment;
        let tries = self.tries.entry(environment.id).or_default();
        let is_named = self.named.contains(&environment.name);
        if !is_named || !one.current_user_can_approve || *tries >= TRIES_MAX {
            return;
        }
        *tries += 1;
        let id = self.order.deployment;
        let path = format!("/actions/runs/{}/pending_deployments", self.run);
        let body = json!({
            "environment_ids": [environment.id],
            "state": "approved",
            "comment": format!("wilco {id} was approved in chat for {}", self.order.commit),
        });
        let call = workflow.call("approve an environment", path);
        match workflow.api.post::<Value>(call, body).await {
            Ok(_) => info!(deployment.id = %id, "an environment was approved for deployment {id}"),
            Err(error) => {
                let left = TRIES_MAX - *tries;
                warn!(deployment.id = %id, %error, left, "an environment is not approved for deployment {id}");
            }
        }
    }
}

fn report(id: u64, name: &str, state: StageState) -> Numbered {
    let stage = format!("GitHub review: {}", cut(&plain(name), NAME_LENGTH_MAX));
    let offset = match state {
        StageState::Running => 0,
        StageState::Succeeded | StageState::Failed | StageState::Skipped => 1,
    };
    let number = FIRST + 2 * (id % FIRST) + offset;
    Numbered { number, at: None, report: RunReport::Stage { stage, state } }
}
