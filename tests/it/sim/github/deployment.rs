//! Deployments as GitHub's own pages show them, and what became of each.

use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply, Switch};
use super::check::Green;
use super::clock::{Moment, written};
use super::history::Change;
use super::news::News;
use super::person::person;
use super::runs::short;
use super::state::Repository;

const STATES: &[&str] =
    &["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
const DESCRIPTION_MAX: usize = 140;

#[derive(Clone, Debug)]
pub struct Deployment {
    pub id: u64,
    pub sha: String,
    pub reference: String,
    pub task: String,
    pub environment: String,
    pub description: Option<String>,
    pub payload: Value,
    pub is_production: bool,
    pub is_transient: bool,
    pub creator: String,
    pub at: Moment,
    pub statuses: Vec<DeploymentStatus>,
}

#[derive(Clone, Debug)]
pub struct DeploymentStatus {
    pub id: u64,
    pub state: String,
    pub description: String,
    pub environment: String,
    pub log_url: String,
    pub environment_url: String,
    pub creator: String,
    pub at: Moment,
}

impl Repository {
    pub fn create_deployment(&mut self, call: &Call, creator: &str, now: Moment) -> Answer {
        call.only(&[
            "ref",
            "task",
            "auto_merge",
            "required_contexts",
            "payload",
            "environment",
            "description",
            "transient_environment",
            "production_environment",
        ])?;
        let reference = call.needed_text("ref")?;
        let none = || Refusal::unprocessable(&format!("No ref found for: {reference}"));
        let sha = self.find(reference).ok_or_else(none)?.sha.clone();
        if call.switch("auto_merge", Switch::On)? == Switch::On
            && let Some(merged) = self.auto_merged(reference, &sha, now)
        {
            return merged;
        }
        if self.is_green(&sha, call.texts("required_contexts")?.as_deref()) == Green::No {
            let told = format!("Conflict: Commit status checks failed for {reference}.");
            return Err(Refusal::new(409, &told));
        }
        let environment = call.text("environment")?.unwrap_or("production");
        let usual = if environment == "production" { Switch::On } else { Switch::Off };
        let deployment = Deployment {
            id: self.numbers.next(),
            sha,
            reference: reference.to_owned(),
            task: call.text("task")?.unwrap_or("deploy").to_owned(),
            environment: environment.to_owned(),
            description: call.text("description")?.map(str::to_owned),
            payload: call.body["payload"].clone(),
            is_production: call.switch("production_environment", usual)? == Switch::On,
            is_transient: call.switch("transient_environment", Switch::Off)? == Switch::On,
            creator: creator.to_owned(),
            at: now,
            statuses: Vec::new(),
        };
        let shown = self.show_deployment(&deployment);
        self.deployments.push(deployment);
        Ok(Reply::Created(shown))
    }

    /// Source: "Create a deployment": a branch that is behind the default one gets its commits merged first.
    fn auto_merged(&mut self, reference: &str, sha: &str, now: Moment) -> Option<Answer> {
        let branch = format!("refs/heads/{}", short(reference));
        let default = self.refs.get(&format!("refs/heads/{}", self.default_branch))?.clone();
        let is_topic = self.refs.contains_key(&branch) && short(reference) != self.default_branch;
        if !is_topic || self.ancestors(sha).contains(&default) {
            return None;
        }
        let message = format!("Merge {} into {}", self.default_branch, short(reference));
        let parents = vec![sha.to_owned(), default];
        let merged = self.add(parents, Change::by("web-flow", &message), now);
        self.refs.insert(branch, merged);
        let told =
            format!("Auto-merged {} into {} on deployment.", self.default_branch, short(reference));
        Some(Ok(Reply::Accepted(json!({ "message": told }))))
    }

    pub fn list_deployments(&self, call: &Call) -> Reply {
        let filter = |name: &str, value: &str| call.asked(name).is_none_or(|asked| asked == value);
        let here = self.deployments.iter().rev().filter(|one| {
            filter("environment", &one.environment)
                && filter("sha", &one.sha)
                && filter("ref", &one.reference)
                && filter("task", &one.task)
        });
        let shown: Vec<_> = here.map(|one| self.show_deployment(one)).collect();
        call.page().bare(&shown)
    }

    fn deployment(&self, call: &Call) -> Result<&Deployment, Refusal> {
        let id = call.number("deployment_id")?;
        self.deployments.iter().find(|one| one.id == id).ok_or_else(Refusal::not_found)
    }

    pub fn get_deployment(&self, call: &Call) -> Answer {
        Ok(Reply::Body(self.show_deployment(self.deployment(call)?)))
    }

    pub fn list_deployment_statuses(&self, call: &Call) -> Answer {
        let deployment = self.deployment(call)?;
        let statuses = deployment.statuses.iter().rev();
        let shown: Vec<_> = statuses.map(|one| self.show_status(deployment, one)).collect();
        Ok(call.page().bare(&shown))
    }

    pub fn create_deployment_status(&mut self, call: &Call, creator: &str, now: Moment) -> Answer {
        call.only(&[
            "state",
            "target_url",
            "log_url",
            "description",
            "environment",
            "environment_url",
            "auto_inactive",
        ])?;
        let state = call.choice("state", STATES)?;
        let description = call.text("description")?.unwrap_or_default();
        if description.chars().count() > DESCRIPTION_MAX {
            let told = format!("description is too long (maximum is {DESCRIPTION_MAX} characters)");
            return Err(Refusal::invalid("DeploymentStatus", "description", &told));
        }
        for name in ["log_url", "target_url", "environment_url"] {
            let url = call.text(name)?.unwrap_or_default();
            if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
                let told = format!("{name} must use http(s) scheme");
                return Err(Refusal::invalid("DeploymentStatus", name, &told));
            }
        }
        let deployment = self.deployment(call)?.clone();
        let environment = call.text("environment")?.unwrap_or(&deployment.environment);
        let log_url = call.text("log_url")?.or(call.text("target_url")?).unwrap_or_default();
        let status = DeploymentStatus {
            id: self.numbers.next(),
            state: state.to_owned(),
            description: description.to_owned(),
            environment: environment.to_owned(),
            log_url: log_url.to_owned(),
            environment_url: call.text("environment_url")?.unwrap_or_default().to_owned(),
            creator: creator.to_owned(),
            at: now,
        };
        let shown = self.show_status(&deployment, &status);
        if state == "success" && call.switch("auto_inactive", Switch::On)? == Switch::On {
            self.make_others_inactive(&deployment, &status);
        }
        self.add_status(deployment.id, &status);
        Ok(Reply::Created(shown))
    }

    fn add_status(&mut self, id: u64, status: &DeploymentStatus) {
        let Some(deployment) = self.deployments.iter_mut().find(|one| one.id == id) else { return };
        deployment.statuses.push(status.clone());
        let deployment = deployment.clone();
        let body = json!({
            "deployment_status": self.show_status(&deployment, status),
            "deployment": self.show_deployment(&deployment),
            "check_run": null,
            "workflow": null,
            "workflow_run": null,
        });
        let news = News::new("deployment_status", Some("created"), body, self, &status.creator);
        self.news.push(news);
    }

    /// Source: "Create a deployment status", `auto_inactive`.
    fn make_others_inactive(&mut self, deployment: &Deployment, status: &DeploymentStatus) {
        let is_other = |one: &&Deployment| {
            let was_good = one.statuses.last().is_some_and(|last| last.state == "success");
            one.id != deployment.id
                && one.environment == deployment.environment
                && !one.is_transient
                && !one.is_production
                && was_good
        };
        let others: Vec<u64> = self.deployments.iter().filter(is_other).map(|one| one.id).collect();
        for other in others {
            let (id, state) = (self.numbers.next(), "inactive".to_owned());
            self.add_status(other, &DeploymentStatus { id, state, ..status.clone() });
        }
    }

    fn show_deployment(&self, deployment: &Deployment) -> Value {
        let url = self.api(&format!("/deployments/{}", deployment.id));
        let empty = deployment.payload.is_null();
        json!({
            "url": url,
            "id": deployment.id,
            "node_id": format!("DE_{}", deployment.id),
            "task": deployment.task,
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": deployment.description,
            "created_at": written(deployment.at),
            "updated_at": written(deployment.statuses.last().map_or(deployment.at, |one| one.at)),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": self.api(""),
            "creator": person(&deployment.creator, &self.base),
            "sha": deployment.sha,
            "ref": deployment.reference,
            "payload": if empty { json!({}) } else { deployment.payload.clone() },
            "transient_environment": deployment.is_transient,
            "production_environment": deployment.is_production,
            "performed_via_github_app": null,
        })
    }

    fn show_status(&self, deployment: &Deployment, status: &DeploymentStatus) -> Value {
        let url = self.api(&format!("/deployments/{}", deployment.id));
        json!({
            "url": format!("{url}/statuses/{}", status.id),
            "id": status.id,
            "node_id": format!("DES_{}", status.id),
            "state": status.state,
            "creator": person(&status.creator, &self.base),
            "description": status.description,
            "environment": status.environment,
            "target_url": status.log_url,
            "created_at": written(status.at),
            "updated_at": written(status.at),
            "deployment_url": url,
            "repository_url": self.api(""),
            "environment_url": status.environment_url,
            "log_url": status.log_url,
            "performed_via_github_app": null,
        })
    }
}
