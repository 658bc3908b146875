//! Runs that wait for somebody's approval of an environment.

use serde_json::{Value, json};

use super::access::Holder;
use super::answer::{Answer, Call, Refusal, Reply, wrong_type};
use super::clock::Moment;
use super::person::person;
use super::run::{Run, Stage};
use super::runs::short;
use super::state::{Environment, Repository};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Review {
    Approved,
    Rejected,
}

impl Repository {
    /// The environment that a run waits for.
    fn pending(&self, run: &Run) -> Option<(String, &Environment)> {
        let Stage::Waiting { job } = run.stage else { return None };
        let name = run.jobs[job].environment.clone()?;
        self.environments.get(&name).map(|environment| (name, environment))
    }

    pub fn pending_deployments(&self, call: &Call, holder: &Holder) -> Answer {
        let run = self.run(call)?;
        let pending = self.pending(run).into_iter();
        let shown = pending.map(|(name, environment)| {
            let may = matches!(holder, Holder::Person(login) if environment.reviewers.contains(login));
            let reviewers = environment.reviewers.iter();
            json!({
                "environment": {
                    "id": environment.id,
                    "node_id": format!("EN_{}", environment.id),
                    "name": name,
                    "url": self.api(&format!("/environments/{name}")),
                    "html_url": self.page(&format!("/deployments/activity_log?environments_filter={name}")),
                },
                "wait_timer": 0,
                "wait_timer_started_at": null,
                "current_user_can_approve": may,
                "reviewers": reviewers
                    .map(|login| json!({ "type": "User", "reviewer": person(login, &self.base) }))
                    .collect::<Vec<_>>(),
            })
        });
        Ok(Reply::Body(shown.collect()))
    }

    /// Source: "Review pending deployments for a workflow run"; only a required reviewer may.
    pub fn review_deployments(&mut self, call: &Call, holder: &Holder, now: Moment) -> Answer {
        call.only(&["environment_ids", "state", "comment"])?;
        let ids = &call.body["environment_ids"];
        let ids = ids.as_array().ok_or_else(|| wrong_type("environment_ids", ids, "array"))?;
        let ids: Vec<_> = ids.iter().filter_map(Value::as_u64).collect();
        let state = call.choice("state", &["approved", "rejected"])?;
        call.needed_text("comment")?;
        let run = self.run(call)?;
        let none = "No pending deployment requests to approve or reject";
        let pending = self.pending(run).filter(|(_, one)| ids.contains(&one.id));
        let (name, environment) = pending.ok_or_else(|| Refusal::unprocessable(none))?;
        let Holder::Person(login) = holder else {
            return Err(Refusal::new(403, "Resource not accessible by integration"));
        };
        if !environment.reviewers.contains(login) {
            return Err(Refusal::new(403, "You are not a required reviewer of this environment"));
        }
        let (id, sha) = (run.id, run.trigger.head_sha.clone());
        let branch = short(&run.trigger.reference).to_owned();
        let review = if state == "approved" { Review::Approved } else { Review::Rejected };
        self.review(id, review, now);
        let url = self.api("/deployments/1");
        Ok(Reply::Body(json!([{
            "url": url,
            "id": 1,
            "node_id": "DE_1",
            "sha": sha,
            "ref": branch,
            "task": "deploy",
            "payload": {},
            "original_environment": name,
            "environment": name,
            "description": null,
            "creator": person(login, &self.base),
            "created_at": super::clock::written(now),
            "updated_at": super::clock::written(now),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": self.api(""),
        }])))
    }

    /// Somebody decided; a run that waits for nobody stays what it is.
    pub fn review(&mut self, id: u64, review: Review, now: Moment) {
        self.with_run(id, |run, repository| {
            let Stage::Waiting { job } = run.stage else { return };
            match review {
                Review::Approved => run.begin_job(job, now, repository),
                Review::Rejected => run.end("failure", now, repository),
            }
        });
    }
}
