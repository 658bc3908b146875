//! What was found out about a commit: check runs, and statuses of the older kind.

use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::{Moment, written, written_if};
use super::history::Commit;
use super::person::{actions_app, person};
use super::state::Repository;

#[derive(Clone, Debug)]
pub struct CheckRun {
    pub id: u64,
    pub sha: String,
    pub name: String,
    pub suite: u64,
    pub status: &'static str,
    /// None while it goes on.
    pub conclusion: Option<String>,
    pub at: Moment,
}

#[derive(Clone, Debug)]
pub struct Status {
    pub id: u64,
    pub sha: String,
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
    pub at: Moment,
}

impl Repository {
    pub fn commit_for(&self, reference: &str) -> Result<&Commit, Refusal> {
        let none = || Refusal::unprocessable(&format!("No commit found for SHA: {reference}"));
        self.find(reference).ok_or_else(none)
    }

    /// The check runs of a commit, of each name the last alone or all.
    ///
    /// A job is one too, for the head that its run began on: also that of a deployment.
    fn checks(&self, sha: &str, filter: &str) -> Vec<CheckRun> {
        let runs = self.runs.values().filter(|run| run.trigger.head_sha == sha);
        let jobs = runs.flat_map(|run| run.jobs.iter().map(|job| job.check(sha, run.suite)));
        let own = self.check_runs.iter().filter(|check| check.sha == sha).cloned();
        let here: Vec<_> = own.chain(jobs).collect();
        let is_last = |check: &&CheckRun| {
            filter == "all" || !here.iter().any(|one| one.name == check.name && one.id > check.id)
        };
        here.iter().filter(is_last).cloned().collect()
    }

    /// The statuses of a commit, of each context the last.
    fn contexts(&self, sha: &str) -> Vec<&Status> {
        let here: Vec<_> = self.statuses.iter().filter(|status| status.sha == sha).collect();
        let is_last = |status: &&Status| {
            !here.iter().any(|one| one.context == status.context && one.id > status.id)
        };
        here.iter().copied().filter(is_last).collect()
    }

    pub fn list_checks(&self, call: &Call) -> Answer {
        let commit = self.commit_for(call.part("ref"))?;
        let mut checks = self.checks(&commit.sha, call.asked("filter").unwrap_or("latest"));
        let (name, status) = (call.asked("check_name"), call.asked("status"));
        checks.retain(|check| name.is_none_or(|name| check.name == name));
        checks.retain(|check| status.is_none_or(|status| check.status == status));
        let shown: Vec<_> = checks.iter().map(|check| self.show_check(check)).collect();
        Ok(call.page().counted("check_runs", &shown))
    }

    pub fn show_check(&self, check: &CheckRun) -> Value {
        json!({
            "id": check.id,
            "head_sha": check.sha,
            "node_id": format!("CR_{}", check.id),
            "external_id": "",
            "url": self.api(&format!("/check-runs/{}", check.id)),
            "html_url": self.page(&format!("/runs/{}", check.id)),
            "details_url": self.page(&format!("/runs/{}", check.id)),
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": written(check.at),
            "completed_at": written_if(check.conclusion.is_some().then_some(check.at)),
            "output": {
                "title": null, "summary": null, "text": null, "annotations_count": 0,
                "annotations_url": self.api(&format!("/check-runs/{}/annotations", check.id)),
            },
            "name": check.name,
            "check_suite": { "id": check.suite },
            "app": actions_app(&self.base),
            "pull_requests": [],
        })
    }

    pub fn combined_status(&self, call: &Call) -> Answer {
        let commit = self.commit_for(call.part("ref"))?;
        let contexts = self.contexts(&commit.sha);
        let shown: Vec<_> = contexts
            .iter()
            .map(|status| {
                json!({
                    "url": self.api(&format!("/statuses/{}", status.sha)),
                    "avatar_url": person("ci", &self.base)["avatar_url"],
                    "id": status.id,
                    "node_id": format!("SC_{}", status.id),
                    "state": status.state,
                    "description": null,
                    "target_url": null,
                    "context": status.context,
                    "created_at": written(status.at),
                    "updated_at": written(status.at),
                })
            })
            .collect();
        let page = call.page();
        Ok(page.reply(
            json!({
                "state": combined(&contexts),
                "statuses": page.of(&shown),
                "sha": commit.sha,
                "total_count": shown.len(),
                "repository": self.minimal(),
                "commit_url": self.api(&format!("/commits/{}", commit.sha)),
                "url": self.api(&format!("/commits/{}/status", commit.sha)),
            }),
            shown.len(),
        ))
    }

    /// Whether these contexts are good at a commit; without names, whether all are that there are.
    pub fn is_green(&self, sha: &str, names: Option<&[&str]>) -> Green {
        let checks = self.checks(sha, "latest").into_iter().map(|check| {
            let good = ["success", "neutral", "skipped"];
            let conclusion = check.conclusion.as_deref();
            let is_good = conclusion.is_some_and(|one| good.contains(&one));
            (check.name, is_good)
        });
        let contexts = self.contexts(sha).into_iter();
        let contexts = contexts.map(|status| (status.context.clone(), status.state == "success"));
        let all: Vec<_> = checks.chain(contexts).collect();
        let is_good = match names {
            Some(names) => names.iter().all(|name| all.iter().any(|one| one.0 == *name && one.1)),
            None => all.iter().all(|one| one.1),
        };
        if is_good { Green::Yes } else { Green::No }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Green {
    Yes,
    No,
}

/// Source: "Get the combined status for a specific reference".
fn combined(contexts: &[&Status]) -> &'static str {
    let has = |states: &[&str]| contexts.iter().any(|one| states.contains(&one.state.as_str()));
    if has(&["error", "failure"]) {
        "failure"
    } else if contexts.is_empty() || has(&["pending"]) {
        "pending"
    } else {
        "success"
    }
}

/// The pull requests that became a commit, and the branches that it is the head of.
impl Repository {
    pub fn list_pulls(&self, call: &Call) -> Answer {
        let commit = self.commit_for(call.part("commit_sha"))?;
        let here = self.pulls.iter().filter(|pull| pull.sha == commit.sha);
        let shown: Vec<_> = here
            .map(|pull| {
                json!({
                    "id": pull.number + 1_000_000,
                    "node_id": format!("PR_{}", pull.number),
                    "number": pull.number,
                    "state": "closed",
                    "locked": false,
                    "title": pull.title,
                    "user": person(&pull.login, &self.base),
                    "body": null,
                    "draft": false,
                    "url": self.api(&format!("/pulls/{}", pull.number)),
                    "html_url": self.page(&format!("/pull/{}", pull.number)),
                    "created_at": written(commit.at),
                    "updated_at": written(commit.at),
                    "closed_at": written(commit.at),
                    "merged_at": written(commit.at),
                    "merge_commit_sha": pull.sha,
                    "labels": [],
                    "head": { "ref": pull.branch, "sha": pull.sha },
                    "base": { "ref": self.default_branch },
                })
            })
            .collect();
        Ok(call.page().bare(&shown))
    }

    pub fn branches_where_head(&self, call: &Call) -> Answer {
        let commit = self.commit_for(call.part("commit_sha"))?;
        let branches = self.refs.iter().filter_map(|(name, sha)| {
            let name = name.strip_prefix("refs/heads/").filter(|_| *sha == commit.sha)?;
            Some(self.show_branch(name, sha))
        });
        Ok(Reply::Body(branches.collect()))
    }
}
