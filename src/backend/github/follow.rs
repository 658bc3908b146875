//! What a run does, as reports: the same ones with the same numbers however often it is asked.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::ids::{CommitSha, RunRef};
use wilco_core::time::Timestamp;

use super::actions::{Workflow, began, time};
use super::fence::Claim;
use super::fingerprint;
use super::hurry::Followed;
use super::log;
use super::pace::{Pace, Showed};
use super::reviews::Reviews;
use super::shapes::{Job, Jobs, Run};
use super::shown::{Shown, State};
use crate::backend::{BackendError, Numbered, StartOrder};
use crate::plain::{cut, plain};

/// However much is heard of a run, so much time lies between two looks at it.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// A run that has its key works on whether GitHub shows it or not: it is looked for so often before it is lost.
const LOOKS_FOR_CLAIMED: usize = 10;
/// Jobs are read in pages of so many, and no further than this.
const PAGE: usize = 100;
const PAGES_MAX: usize = 5;
const STAGE_LENGTH_MAX: usize = 60;
/// Steps of one job get numbers below this, so that those of the next job are never the same.
const STEPS_MAX: u64 = 1_000;

/// Steps that GitHub puts around those of the workflow.
const OWN_STEPS: [&str; 2] = ["Set up job", "Complete job"];

/// Numbers of reports: the beginning, the commit, two for each step, and the end.
const STARTED: u64 = 0;
const WORKING: u64 = 1;
const FIRST_STAGE: u64 = 2;
const ENDED: u64 = u64::MAX;

/// Why a run was stopped by wilco.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// Its workflow file is not the one that was approved.
    Moved,
    TookTooLong,
}

/// Follows one run of a workflow.
pub struct Follower<'a> {
    workflow: Workflow<'a>,
    order: &'a StartOrder,
    run: &'a RunRef,
    /// Numbers that were reported.
    told: BTreeSet<u64>,
    /// Whether the file of the run was looked at: it stays what it is.
    is_looked_at: bool,
    /// Whose the key is, once it is somebody's: that stays, too.
    claim: Option<Claim>,
    stopped: Option<Stopped>,
    reviews: Reviews<'a>,
    /// GitHub's own page of it, where the configuration asks for one.
    shown: Option<Shown<'a>>,
    /// Where people see the run.
    page: Option<String>,
}

/// What one look at a run showed.
struct Look {
    news: Vec<Numbered>,
    is_over: bool,
}

impl<'a> Follower<'a> {
    pub fn new(workflow: Workflow<'a>, (order, run): (&'a StartOrder, &'a RunRef)) -> Self {
        // A list of GitHub's may lack for that long what was made just now.
        let settle = workflow.paces.settle;
        let (told, is_looked_at, claim, stopped) = (BTreeSet::new(), false, None, None);
        let reviews = Reviews::new(workflow.reviews, order, run);
        let shown = workflow.deployments.map(|name| Shown::new(name, order, settle));
        let page = None;
        Self { workflow, order, run, told, is_looked_at, claim, stopped, reviews, shown, page }
    }

    /// Has GitHub's own pages say how it is going, before the end is known here: afterwards nobody follows it.
    async fn show(&mut self, news: &[Numbered]) {
        // What never began there is shown nowhere.
        let (Some(shown), Some(page)) = (&mut self.shown, self.page.as_deref()) else { return };
        shown.show(&self.workflow, State::InProgress, Some(page)).await;
        if let Some(end) = news.iter().find_map(end_of) {
            let state = State::of_end(end);
            shown.show(&self.workflow, state, Some(page)).await;
        }
    }

    /// What GitHub's pages do not say by now they may be told a few times more.
    async fn show_again(&mut self, end: Option<&RunEnd>) {
        if let (Some(shown), Some(end), Some(page)) = (&mut self.shown, end, &self.page) {
            shown.insist(&self.workflow, State::of_end(end), Some(page)).await;
        }
    }

    /// Reports until the run is over or nobody listens.
    pub async fn follow(
        mut self,
        followed: &Followed,
        reports: &mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError> {
        let mut pace = Pace::new(self.workflow.paces.look_every);
        loop {
            let Look { news, is_over } = self.look().await?;
            self.show(&news).await;
            let end = news.iter().find_map(end_of).cloned();
            let mut showed = Showed::Nothing;
            for numbered in news {
                if !self.told.insert(numbered.number) {
                    continue;
                }
                showed = Showed::News;
                if reports.send(numbered).await.is_err() {
                    return Ok(());
                }
            }
            if is_over {
                self.show_again(end.as_ref()).await;
                return Ok(());
            }
            tokio::select! {
                () = reports.closed() => return Ok(()),
                () = sleep(pace.after(showed, self.workflow.api.remaining())) => {}
                () = heard(followed) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<Look, BackendError> {
        // It was cancelled before it began.
        if self.run.as_str() == self.order.op_key.as_str() {
            return Ok(over(Vec::new(), None, without_log(RunEnd::Cancelled)));
        }
        let claimed = match self.claim().await? {
            // This one is kept out. Whoever follows the other comes back with its end.
            Some(Claim::Run { run, .. }) if run != *self.run => return Ok(kept_out()),
            Some(Claim::Run { commit, .. }) => Some(commit),
            Some(Claim::Nobody) | None => None,
        };
        let Some(run) = self.workflow.state(self.run).await? else {
            return self.missing().await;
        };
        self.page.clone_from(&run.html_url);
        let started = RunReport::Started { run: self.run.clone() };
        let mut news = vec![Numbered { number: STARTED, at: began(&run), report: started }];
        news.extend(claimed.clone().map(|commit| Numbered {
            number: WORKING,
            at: None,
            report: RunReport::Working { commit },
        }));
        let jobs = self.jobs().await?;
        news.extend(stages(&jobs));
        self.stop_if_need_be(&run).await?;
        let proven = claimed.as_ref().filter(|_| self.stopped.is_none());
        news.extend(self.reviews.look(&self.workflow, run.status.as_deref(), proven).await?);
        if run.status.as_deref() != Some("completed") {
            // It may stand in GitHub's queue for ever, and does nothing even if it should come out of it.
            if self.claim == Some(Claim::Nobody) && is_yet_to_begin(&run) {
                let end = self.end(Some("cancelled"), None);
                return Ok(over(news, None, without_log(end)));
            }
            return Ok(Look { news, is_over: false });
        }
        // It ended without the key: nobody may have it afterwards, since its lane is free then.
        if claimed.is_none() {
            let claim = self.workflow.shut(&self.order.op_key).await?;
            self.claim = Some(claim.clone());
            if let Claim::Run { .. } = claim {
                return Ok(Look { news, is_over: false });
            }
        }
        let end = self.end(run.conclusion.as_deref(), claimed.as_ref());
        let log_tail = match end {
            RunEnd::Failed { .. } => log::of_failed_job(&self.workflow, &jobs).await,
            // Nothing in a log says more than the end itself.
            RunEnd::Succeeded
            | RunEnd::Killed { .. }
            | RunEnd::Cancelled
            | RunEnd::TimedOut
            | RunEnd::Lost
            | RunEnd::NotRunnable { .. } => String::new(),
        };
        Ok(over(news, time(run.updated_at.as_deref()), RunOutcome { end, log_tail }))
    }

    /// Returns whose the key is by now.
    async fn claim(&mut self) -> Result<Option<Claim>, BackendError> {
        if self.claim.is_none() {
            self.claim = self.workflow.claim(&self.order.op_key).await?;
        }
        Ok(self.claim.clone())
    }

    /// A run that GitHub does not show may only not be shown so far. If it should come after all, it does nothing.
    async fn missing(&mut self) -> Result<Look, BackendError> {
        let had_key = matches!(self.claim, Some(Claim::Run { .. }));
        let looks = if had_key { LOOKS_FOR_CLAIMED } else { 1 };
        for _ in 0..looks {
            sleep(self.workflow.paces.settle).await;
            if self.workflow.state(self.run).await?.is_some() {
                return Ok(Look { news: Vec::new(), is_over: false });
            }
        }
        let claim = self.workflow.shut(&self.order.op_key).await?;
        self.claim = Some(claim.clone());
        match claim {
            Claim::Run { run, .. } if run != *self.run => return Ok(kept_out()),
            // It began meanwhile, so it is there.
            Claim::Run { .. } if !had_key => return Ok(Look { news: Vec::new(), is_over: false }),
            Claim::Run { .. } | Claim::Nobody => {}
        }
        Ok(over(Vec::new(), None, without_log(RunEnd::Lost)))
    }

    async fn jobs(&self) -> Result<Vec<Job>, BackendError> {
        let mut jobs = Vec::new();
        for page in 1..=PAGES_MAX {
            let of_run = format!("/actions/runs/{}/attempts/1", self.run);
            let path = format!("{of_run}/jobs?per_page={PAGE}&page={page}");
            let call = self.workflow.call("look at the jobs of a run", path);
            let found = self.workflow.api.get::<Jobs>(call).await?.jobs;
            let is_last = found.len() < PAGE;
            jobs.extend(found);
            if is_last {
                break;
            }
        }
        // GitHub promises no order, and names of stages come from it.
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Stops a run of another file than the approved one, and one that takes longer than it may.
    async fn stop_if_need_be(&mut self, run: &Run) -> Result<(), BackendError> {
        if let Some(head) = run.head_sha.as_deref().filter(|_| !self.is_looked_at) {
            let is_approved = match self.workflow.file_at(head).await {
                Ok(file) => fingerprint(&self.order.recipe, &file)? == self.order.fingerprint,
                // There is none at all.
                Err(BackendError::Refused(_)) => false,
                Err(error) => return Err(error),
            };
            self.is_looked_at = true;
            if !is_approved {
                self.stopped = Some(Stopped::Moved);
                self.workflow.cancel(self.order).await?;
            }
        }
        let is_over = run.status.as_deref() == Some("completed");
        let takes_too_long = self.age(run).is_some_and(|age| age > self.order.timeout);
        if self.stopped.is_none() && !is_over && takes_too_long {
            self.stopped = Some(Stopped::TookTooLong);
            self.workflow.cancel(self.order).await?;
        }
        Ok(())
    }

    /// Returns how long ago a run began. Both times are GitHub's own, so a wrong clock here does no harm.
    fn age(&self, run: &Run) -> Option<Duration> {
        let (began, now) = began(run).zip(self.workflow.api.now())?;
        u64::try_from(now.since(began).0).ok().map(Duration::from_millis)
    }

    fn end(&self, conclusion: Option<&str>, claimed: Option<&CommitSha>) -> RunEnd {
        match (self.stopped, conclusion) {
            (Some(Stopped::Moved), _) => RunEnd::NotRunnable {
                reason: "its workflow file is not the one that was approved".into(),
            },
            (Some(Stopped::TookTooLong), Some("cancelled")) | (_, Some("timed_out")) => {
                RunEnd::TimedOut
            }
            // Nobody knows what it did: not even whether it was for the sealed commit.
            (_, Some("success")) if claimed.is_none() => RunEnd::NotRunnable {
                reason: "the workflow claimed no key, so nobody knows which commit it had; its first step \
                         must be the one that `wilco github workflow` prints"
                    .into(),
            },
            (_, Some("success")) => RunEnd::Succeeded,
            (_, Some("failure")) => RunEnd::Failed { status: 1 },
            (_, Some("cancelled")) => RunEnd::Cancelled,
            (_, other) => RunEnd::NotRunnable {
                reason: format!("GitHub ended it as {}", plain(other.unwrap_or("nothing"))),
            },
        }
    }
}

/// Returns a moment after something was heard: more often comes with it.
async fn heard(followed: &Followed) {
    followed.heard().await;
    sleep(BETWEEN_LOOKS).await;
}

fn end_of(numbered: &Numbered) -> Option<&RunEnd> {
    match &numbered.report {
        RunReport::Ended { outcome } => Some(&outcome.end),
        RunReport::Started { .. }
        | RunReport::NotStarted { .. }
        | RunReport::Unknown { .. }
        | RunReport::Working { .. }
        | RunReport::Stage { .. } => None,
    }
}

/// <https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository>
fn is_yet_to_begin(run: &Run) -> bool {
    matches!(run.status.as_deref(), Some("queued" | "requested" | "pending"))
}

fn over(mut news: Vec<Numbered>, at: Option<Timestamp>, outcome: RunOutcome) -> Look {
    news.push(Numbered { number: ENDED, at, report: RunReport::Ended { outcome } });
    Look { news, is_over: true }
}

/// Nothing is told of a run that another one kept out.
fn kept_out() -> Look {
    Look { news: Vec::new(), is_over: true }
}

fn without_log(end: RunEnd) -> RunOutcome {
    RunOutcome { end, log_tail: String::new() }
}

/// Returns what became of each step. Steps of the first job have their own names, those of others their job's too.
fn stages(jobs: &[Job]) -> Vec<Numbered> {
    let mut news = Vec::new();
    for (index, job) in jobs.iter().enumerate() {
        let shown = job.steps.iter().filter(|step| !is_githubs_own(&step.name, job));
        for (number, step) in (0..STEPS_MAX).zip(shown) {
            let name =
                if index == 0 { step.name.clone() } else { format!("{}: {}", job.name, step.name) };
            let stage = cut(&plain(&name), STAGE_LENGTH_MAX).to_owned();
            let number = FIRST_STAGE + 2 * (job.id.wrapping_mul(STEPS_MAX).wrapping_add(number));
            let mut add = |number, at: &Option<String>, state| {
                let report = RunReport::Stage { stage: stage.clone(), state };
                news.push(Numbered { number, at: time(at.as_deref()), report });
            };
            if step.started_at.is_some() && step.conclusion.as_deref() != Some("skipped") {
                add(number, &step.started_at, StageState::Running);
            }
            match (step.status.as_deref(), step.conclusion.as_deref()) {
                (Some("completed"), Some("success")) => {
                    add(number + 1, &step.completed_at, StageState::Succeeded);
                }
                (Some("completed"), Some("skipped")) => {
                    add(number + 1, &step.completed_at, StageState::Skipped);
                }
                (Some("completed"), _) => add(number + 1, &step.completed_at, StageState::Failed),
                _ => {}
            }
        }
    }
    news
}

/// Tells what GitHub added: what begins and ends a job, and what cleans up after a step, which has that step's name.
fn is_githubs_own(step: &str, job: &Job) -> bool {
    let cleaned_up = step.strip_prefix("Post ");
    OWN_STEPS.contains(&step)
        || cleaned_up.is_some_and(|name| job.steps.iter().any(|other| other.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_adds_is_no_stage_and_what_a_team_names_like_it_is_one() {
        let names = ["Set up job", "Check out", "Post to Slack", "Post Check out", "Complete job"];
        let steps: Vec<_> = names
            .iter()
            .map(|name| {
                serde_json::json!({
                    "name": name, "status": "completed", "conclusion": "success",
                    "started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T00:00:01Z",
                })
            })
            .collect();
        let job = serde_json::json!({ "id": 7, "name": "deploy", "steps": steps });
        let jobs: Vec<Job> = vec![serde_json::from_value(job).unwrap()];
        let ended = stages(&jobs).into_iter().filter_map(|numbered| match numbered.report {
            RunReport::Stage { stage, state: StageState::Succeeded } => Some(stage),
            _ => None,
        });
        assert_eq!(ended.collect::<Vec<_>>(), ["Check out", "Post to Slack"]);
    }
}
