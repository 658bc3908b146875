//! Runs that somebody has run once more.

use super::clock::Moment;
use super::run::{JobRun, Run, Stage};

/// How a run stood when somebody re-ran it.
pub struct Attempt {
    pub conclusion: Option<String>,
    pub updated: Moment,
    pub jobs: Vec<JobRun>,
}

/// What somebody has run once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rerun {
    Everything,
    /// What did not succeed; what did keeps its conclusion.
    WhatFailed,
}

impl Run {
    /// Somebody re-runs it, where each job works in the first attempt only: the others are skipped. A run of which
    /// every job was skipped is skipped, and one of which a job has succeeded is a success.
    pub fn rerun(&mut self, what: Rerun, at: Moment) {
        assert!(self.stage == Stage::Over && self.first.is_none(), "only what is over is re-run");
        let (conclusion, updated) = (self.conclusion.clone(), self.updated);
        self.first = Some(Attempt { conclusion, updated, jobs: self.jobs.clone() });
        let succeeded = |job: &JobRun| job.conclusion.as_deref() == Some("success");
        for job in &mut self.jobs {
            if what == Rerun::Everything || !succeeded(job) {
                (job.plan, job.steps) = (Vec::new(), Vec::new());
                job.close("skipped", at);
            }
        }
        let conclusion = if self.jobs.iter().any(succeeded) { "success" } else { "skipped" };
        (self.conclusion, self.updated) = (Some(conclusion.to_owned()), at);
    }
}
