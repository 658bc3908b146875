//! What webhooks tell of. Source: "Webhook events and payloads".

use std::sync::Arc;

use serde_json::{Value, json};

use super::check::{CheckRun, Status};
use super::clock::written;
use super::person::{actions_app, person};
use super::release::Release;
use super::run::Run;
use super::runs::short;
use super::state::Repository;

/// Something that whoever listens is told.
#[derive(Clone, Debug)]
pub struct News {
    pub event: &'static str,
    pub action: Option<&'static str>,
    /// As text, since it is the bytes that are signed.
    pub body: Arc<str>,
}

impl News {
    /// News of a repository, beside what every webhook says.
    pub fn new(
        event: &'static str,
        action: Option<&'static str>,
        mut body: Value,
        repository: &Repository,
        sender: &str,
    ) -> News {
        if let Some(action) = action {
            body["action"] = action.into();
        }
        let mut owner = person(repository.owner(), &repository.base);
        body["repository"] = repository.full();
        if let ("push", Some(pushed)) = (event, repository.pushed) {
            // In seconds, and in pushes alone.
            body["repository"]["pushed_at"] = pushed.timestamp().into();
        }
        body["organization"] = json!({ "login": owner["login"], "id": owner["id"] });
        owner = person(sender, &repository.base);
        body["sender"] = owner;
        News { event, action, body: body.to_string().into() }
    }
}

impl Repository {
    pub fn tell_of_run(&mut self, run: &Run, action: &'static str) {
        let body = json!({
            "workflow_run": self.show_run(run),
            "workflow": self.show_workflow(&run.workflow),
        });
        let news = News::new("workflow_run", Some(action), body, self, &run.trigger.actor);
        self.news.push(news);
    }

    pub fn tell_of_job(&mut self, run: &Run, job: usize, action: &'static str) {
        let body = json!({ "workflow_job": self.show_job(run, &run.jobs[job]) });
        let news = News::new("workflow_job", Some(action), body, self, &run.trigger.actor);
        self.news.push(news);
    }

    /// Repositories hear of suites only once they are complete.
    pub fn tell_of_suite(&mut self, run: &Run) {
        let sha = &run.trigger.head_sha;
        let url = self.api(&format!("/check-suites/{}", run.suite));
        let suite = json!({
            "id": run.suite,
            "node_id": format!("CS_{}", run.suite),
            "head_branch": short(&run.trigger.reference),
            "head_sha": sha,
            "status": run.status(),
            "conclusion": run.conclusion,
            "url": url,
            "before": null,
            "after": sha,
            "pull_requests": [],
            "app": actions_app(&self.base),
            "created_at": written(run.created),
            "updated_at": written(run.updated),
            "rerequestable": true,
            "runs_rerequestable": false,
            "latest_check_runs_count": run.jobs.len(),
            "check_runs_url": format!("{url}/check-runs"),
            "head_commit": self.show_run(run)["head_commit"],
        });
        let body = json!({ "check_suite": suite });
        let news = News::new("check_suite", Some("completed"), body, self, &run.trigger.actor);
        self.news.push(news);
    }

    /// Source: `check_run`, of which repositories hear when one begins and when it is complete.
    pub fn tell_of_check(&mut self, check: &CheckRun) {
        let action = if check.conclusion.is_some() { "completed" } else { "created" };
        let mut shown = self.show_check(check);
        let at = written(check.at);
        shown["check_suite"] = json!({
            "id": check.suite,
            "node_id": format!("CS_{}", check.suite),
            "head_branch": self.default_branch,
            "head_sha": check.sha,
            "status": check.status,
            "conclusion": check.conclusion,
            "url": self.api(&format!("/check-suites/{}", check.suite)),
            "before": null,
            "after": check.sha,
            "pull_requests": [],
            "app": actions_app(&self.base),
            "created_at": at,
            "updated_at": at,
        });
        let body = json!({ "check_run": shown });
        self.news.push(News::new("check_run", Some(action), body, self, "ci[bot]"));
    }

    /// Source: `status`, the one event that has no action, and times that are written otherwise.
    pub fn tell_of_status(&mut self, status: &Status) {
        let commit = self.commits.get(&status.sha).map(|commit| self.show(commit));
        let at = written(status.at).replace('Z', "+00:00");
        let heads = self.refs.iter().filter(|(_, sha)| **sha == status.sha);
        let heads = heads.filter_map(|(name, sha)| {
            Some(self.show_branch(name.strip_prefix("refs/heads/")?, sha))
        });
        let body = json!({
            "id": status.id,
            "sha": status.sha,
            "name": self.name,
            "target_url": null,
            "avatar_url": person("ci", &self.base)["avatar_url"],
            "context": status.context,
            "description": null,
            "state": status.state,
            "commit": commit,
            "branches": heads.collect::<Vec<_>>(),
            "created_at": at,
            "updated_at": at,
        });
        self.news.push(News::new("status", None, body, self, "ci[bot]"));
    }

    /// Source: `release`, whose actions of one publication are created, published and released.
    pub fn tell_of_release(&mut self, release: &Release, action: &'static str) {
        let body = json!({ "release": self.show_release(release) });
        let news = News::new("release", Some(action), body, self, &release.login);
        self.news.push(news);
    }
}
