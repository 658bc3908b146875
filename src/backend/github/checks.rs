//! How the checks of a commit stand: check runs, and statuses of the older kind.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;
use tracing::warn;
use wilco_core::checks::{Check, CheckState};
use wilco_core::ids::CommitSha;

use super::api::ApiError;
use super::paths::part;
use super::shapes::{CheckRun, CheckRuns, Status, Statuses};
use super::versions::There;

const PAGE: usize = 100;
/// A commit with more statuses than so many pages hold is one of which nobody knows all.
const PAGES_MAX: usize = 10;
/// A last look must not fail since there are many checks: those that were not read by then are unknown.
const READ_WITHIN: Duration = Duration::from_secs(15);

impl There<'_> {
    /// Reads each of these checks; what cannot be read is unknown.
    pub async fn checks(&self, commit: &CommitSha, names: &[String]) -> Vec<Check> {
        let unknown = |error: &str| {
            let repository = self.repository;
            warn!(%repository, %commit, error, "the checks of a commit cannot be read for now");
            Vec::new()
        };
        match timeout(READ_WITHIN, self.read_checks(commit, names)).await {
            Ok(Ok(checks)) => checks,
            Ok(Err(error)) => unknown(&error.to_string()),
            Err(_) => unknown("they took too long"),
        }
    }

    async fn read_checks(
        &self,
        commit: &CommitSha,
        names: &[String],
    ) -> Result<Vec<Check>, ApiError> {
        let statuses = self.statuses(commit).await?;
        let mut checks = Vec::new();
        for name in names {
            // One by one, so that an answer is small enough to be kept and asked for again at no cost.
            let path = format!(
                "/commits/{commit}/check-runs?check_name={}&filter=latest&per_page={PAGE}",
                part(name)
            );
            let call = self.call("look at the checks of a commit", path);
            let found: CheckRuns = self.api.get(call).await?;
            let state = if found.check_runs.len() as u64 >= found.total_count {
                let statuses = statuses.iter().filter(|status| status.context == *name);
                state(runs(&found.check_runs, (name, commit)).chain(statuses.map(of_status)))
            } else {
                CheckState::Unknown
            };
            checks.push(Check { name: name.clone(), state });
        }
        Ok(checks)
    }

    /// Returns the statuses of a commit, of each context the last, as GitHub itself gives them.
    async fn statuses(&self, commit: &CommitSha) -> Result<Vec<Status>, ApiError> {
        let what = "look at the statuses of a commit";
        let mut statuses = Vec::new();
        for page in 1..=PAGES_MAX {
            let path = format!("/commits/{commit}/status?per_page={PAGE}&page={page}");
            let found: Statuses = self.api.get(self.call(what, path)).await?;
            let is_last = found.statuses.len() < PAGE;
            statuses.extend(found.statuses);
            if is_last {
                return Ok(statuses);
            }
        }
        let reason = format!("there are more than {}", PAGE * PAGES_MAX);
        Err(ApiError::Unreached { what: what.into(), reason })
    }
}

/// Returns how the last run of this name stands, for each app that reports one: none speaks for another.
///
/// Which is the last, GitHub's numbers say, and no time that an app may choose.
fn runs<'a>(
    found: &'a [CheckRun],
    (name, commit): (&'a str, &'a CommitSha),
) -> impl Iterator<Item = CheckState> + use<'a> {
    let mut last: BTreeMap<Option<u64>, &CheckRun> = BTreeMap::new();
    let of_it = |run: &&CheckRun| run.name == name && run.head_sha == commit.as_str();
    for run in found.iter().filter(of_it) {
        let newest = last.entry(run.app.as_ref().map(|app| app.id)).or_insert(run);
        if run.id > newest.id {
            *newest = run;
        }
    }
    last.into_values().map(of_run)
}

/// What counts as passed is what GitHub itself takes for a required check: successful, skipped or neutral.
/// <https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-status-checks-before-merging>
fn of_run(run: &CheckRun) -> CheckState {
    match (run.status.as_str(), run.conclusion.as_deref()) {
        ("completed", Some("success" | "neutral" | "skipped")) => CheckState::Green,
        ("completed", _) => CheckState::Failed,
        _ => CheckState::Running,
    }
}

fn of_status(status: &Status) -> CheckState {
    match status.state.as_str() {
        "success" => CheckState::Green,
        "pending" => CheckState::Running,
        _ => CheckState::Failed,
    }
}

/// A check and a status of one name must both pass.
/// <https://docs.github.com/en/pull-requests/how-tos/merge-and-close-pull-requests/troubleshooting-required-status-checks>
fn state(states: impl Iterator<Item = CheckState>) -> CheckState {
    let rank = |state: &CheckState| match state {
        CheckState::Green => 0,
        CheckState::Missing => 1,
        CheckState::Running => 2,
        CheckState::Unknown => 3,
        CheckState::Failed => 4,
    };
    states.max_by_key(rank).unwrap_or(CheckState::Missing)
}
