//! Runs and jobs over REST: lists, single ones, an end before the end, and logs.

use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::{Moment, written, written_if};
use super::dispatch::Fate;
use super::person::person;
use super::run::{JobRun, Run, Stage, StepRun};
use super::state::Repository;
use super::workflow::Stop;

/// Source: "List workflow runs for a repository": no more than these with a filter.
const FILTERED_MAX: usize = 1_000;
/// Source: "Download job logs for a workflow run": the link lives a minute.
const LINK_LIVES: Duration = Duration::from_mins(1);

/// When somebody looks, and how late lists are.
#[derive(Clone, Copy)]
pub struct Look {
    pub now: Moment,
    pub lag: Duration,
}

impl Repository {
    pub fn run(&self, call: &Call) -> Result<&Run, Refusal> {
        self.runs.get(&call.number("run_id")?).ok_or_else(Refusal::not_found)
    }

    pub fn list_runs(&self, call: &Call, look: Look) -> Answer {
        let file = match call.part("workflow_id") {
            "" => None,
            name => Some(&self.workflow(name)?.file),
        };
        let mut runs: Vec<_> = self.runs.values().rev().collect();
        runs.retain(|run| file.is_none_or(|file| run.workflow.file == *file));
        runs.retain(|run| run.trigger.oddity.fate != Fate::Unlisted);
        runs.retain(|run| run.created + look.lag <= look.now);
        for (name, value) in &call.query {
            let value = value.as_str().unwrap_or_default();
            runs.retain(|run| is_meant(run, name, value));
        }
        let filters =
            ["actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"];
        if filters.iter().any(|name| call.asked(name).is_some()) {
            runs.truncate(FILTERED_MAX);
        }
        let page = call.page();
        let shown: Vec<_> = page.of(&runs).iter().map(|run| self.show_run(run)).collect();
        let body = json!({ "total_count": runs.len(), "workflow_runs": shown });
        Ok(page.reply(body, runs.len()))
    }

    pub fn get_run(&self, call: &Call) -> Answer {
        Ok(Reply::Body(self.show_run(self.run(call)?)))
    }

    /// Source: "Get a workflow run attempt".
    pub fn get_attempt(&self, call: &Call) -> Answer {
        let run = self.run(call)?;
        let mut shown = self.show_run(run);
        match (call.number("attempt_number")?, &run.first) {
            (1, Some(first)) => {
                shown["run_attempt"] = json!(1);
                shown["conclusion"] = json!(first.conclusion);
                shown["updated_at"] = json!(written(first.updated));
            }
            (1, None) | (2, Some(_)) => {}
            _ => return Err(Refusal::not_found()),
        }
        Ok(Reply::Body(shown))
    }

    pub fn list_jobs_of_attempt(&self, call: &Call) -> Answer {
        let run = self.run(call)?;
        let jobs = match (call.number("attempt_number")?, &run.first) {
            (1, Some(first)) => &first.jobs,
            (1, None) | (2, Some(_)) => &run.jobs,
            _ => return Err(Refusal::not_found()),
        };
        let shown: Vec<_> = jobs.iter().map(|job| self.show_job(run, job)).collect();
        Ok(call.page().counted("jobs", &shown))
    }

    pub fn list_jobs(&self, call: &Call) -> Answer {
        let run = self.run(call)?;
        let shown: Vec<_> = run.jobs.iter().map(|job| self.show_job(run, job)).collect();
        Ok(call.page().counted("jobs", &shown))
    }

    /// Cancels a run; one that does not heed it is asked and goes on.
    pub fn cancel(&mut self, call: &Call, now: Moment) -> Answer {
        let run = self.run(call)?;
        if run.stage == Stage::Over {
            let told = "Cannot cancel a workflow run that is completed.";
            return Err(Refusal::new(409, told));
        }
        let is_forced = call.operation == "actions/force-cancel-workflow-run";
        if is_forced || run.workflow.stop == Stop::AtOnce {
            let id = run.id;
            self.with_run(id, |run, repository| run.end("cancelled", now, repository));
        }
        Ok(Reply::Accepted(json!({})))
    }

    /// Where the log is; there is none before the job's end.
    pub fn job_logs(&self, call: &Call, now: Moment) -> Answer {
        let id = call.number("job_id")?;
        let mut jobs = self.runs.values().flat_map(|run| &run.jobs);
        let job = jobs.find(|job| job.id == id && job.completed.is_some());
        let job = job.ok_or_else(Refusal::not_found)?;
        let until = (now + LINK_LIVES).timestamp_millis();
        Ok(Reply::Elsewhere(format!("{}/_logs/{}/{until}", self.base, job.id)))
    }

    pub fn log(&self, job: u64) -> Option<String> {
        let job = self.runs.values().flat_map(|run| &run.jobs).find(|one| one.id == job)?;
        Some(job.log.join("\n") + "\n")
    }

    pub fn show_run(&self, run: &Run) -> Value {
        let id = run.id;
        let url = self.api(&format!("/actions/runs/{id}"));
        let actor = person(&run.trigger.actor, &self.base);
        let head = self.commits.get(&run.trigger.head_sha).map(|commit| {
            let shown = self.show(commit);
            json!({
                "id": commit.sha,
                "tree_id": shown["commit"]["tree"]["sha"],
                "message": commit.change.message,
                "timestamp": written(commit.at),
                "author": { "name": shown["commit"]["author"]["name"], "email": shown["commit"]["author"]["email"] },
                "committer": { "name": "GitHub", "email": "noreply@github.com" },
            })
        });
        let below = |what: &str| format!("{url}/{what}");
        json!({
            "id": id,
            "name": run.workflow.name,
            "node_id": format!("WFR_{id}"),
            "head_branch": short(&run.trigger.reference),
            "head_sha": run.trigger.head_sha,
            "path": run.workflow.path(),
            "display_title": run.title,
            "run_number": run.number,
            "event": run.trigger.event,
            "status": run.status(),
            "conclusion": run.conclusion,
            "workflow_id": run.workflow.id,
            "check_suite_id": run.suite,
            "check_suite_node_id": format!("CS_{}", run.suite),
            "url": url,
            "html_url": self.page(&format!("/actions/runs/{id}")),
            "pull_requests": [],
            "created_at": written(run.created),
            "updated_at": written(run.updated),
            "actor": actor,
            "run_attempt": if run.first.is_some() { 2 } else { 1 },
            "referenced_workflows": [],
            "run_started_at": written(run.created),
            "triggering_actor": actor,
            "jobs_url": below("jobs"),
            "logs_url": below("logs"),
            "check_suite_url": self.api(&format!("/check-suites/{}", run.suite)),
            "artifacts_url": below("artifacts"),
            "cancel_url": below("cancel"),
            "rerun_url": below("rerun"),
            "previous_attempt_url": null,
            "workflow_url": self.api(&format!("/actions/workflows/{}", run.workflow.id)),
            "head_commit": head,
            "repository": self.minimal(),
            "head_repository": self.minimal(),
        })
    }

    pub fn show_job(&self, run: &Run, job: &JobRun) -> Value {
        let id = job.id;
        let has_begun = matches!(job.status, "in_progress" | "completed");
        let steps: Vec<_> =
            job.steps.iter().enumerate().map(|(at, step)| show_step(at + 1, step)).collect();
        json!({
            "id": id,
            "run_id": run.id,
            "workflow_name": run.workflow.name,
            "head_branch": short(&run.trigger.reference),
            "run_url": self.api(&format!("/actions/runs/{}", run.id)),
            "run_attempt": 1,
            "node_id": format!("CR_{id}"),
            "head_sha": run.trigger.head_sha,
            "url": self.api(&format!("/actions/jobs/{id}")),
            "html_url": self.page(&format!("/actions/runs/{}/job/{id}", run.id)),
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": written(job.created),
            "started_at": written(job.started),
            "completed_at": written_if(job.completed),
            "name": job.name,
            "steps": steps,
            "check_run_url": self.api(&format!("/check-runs/{id}")),
            "labels": ["ubuntu-latest"],
            "runner_id": has_begun.then_some(1),
            "runner_name": has_begun.then_some("GitHub Actions 1"),
            "runner_group_id": has_begun.then_some(0),
            "runner_group_name": has_begun.then_some("GitHub Actions"),
        })
    }
}

fn show_step(number: usize, step: &StepRun) -> Value {
    json!({
        "name": step.name,
        "status": if step.conclusion.is_some() { "completed" } else { "in_progress" },
        "conclusion": step.conclusion,
        "number": number,
        "started_at": written_if(step.started),
        "completed_at": written_if(step.completed),
    })
}

/// The name of a branch or tag without what says which of them it is.
pub fn short(reference: &str) -> &str {
    let name = reference.strip_prefix("refs/heads/").or(reference.strip_prefix("refs/tags/"));
    name.unwrap_or(reference)
}

fn is_meant(run: &Run, name: &str, value: &str) -> bool {
    match name {
        "actor" => run.trigger.actor == value,
        "branch" => short(&run.trigger.reference) == value,
        "check_suite_id" => run.suite.to_string() == value,
        "created" => is_within(run.created, value),
        "event" => run.trigger.event == value,
        "head_sha" => run.trigger.head_sha == value,
        "status" => run.status() == value || run.conclusion.as_deref() == Some(value),
        // Pages, and what GitHub does not know and passes over.
        _ => true,
    }
}

/// Source: "Understanding the search syntax", "Query for dates".
fn is_within(created: Moment, range: &str) -> bool {
    let at = created.timestamp();
    let begin = |text: &str| bounds(text).map_or(i64::MIN, |(begin, _)| begin);
    let end = |text: &str| bounds(text).map_or(i64::MAX, |(_, end)| end);
    if let Some((from, to)) = range.split_once("..") {
        return begin(from) <= at && at <= end(to);
    }
    if let Some(from) = range.strip_prefix(">=") {
        return begin(from) <= at;
    }
    if let Some(to) = range.strip_prefix("<=") {
        return at <= end(to);
    }
    if let Some(from) = range.strip_prefix('>') {
        return end(from) < at;
    }
    if let Some(to) = range.strip_prefix('<') {
        return at < begin(to);
    }
    begin(range) <= at && at <= end(range)
}

/// The first and the last second of a day or a moment; none for `*`.
fn bounds(text: &str) -> Option<(i64, i64)> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some((moment.timestamp(), moment.timestamp()));
    }
    let day: NaiveDate = text.parse().ok()?;
    let begin = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some((begin, begin + 86_399))
}
