//! What goes wrong in a scenario's GitHub, in words.

use std::time::Duration;

use crate::sim::github::{Fault, Github, Mishap, Times};

const DISPATCH: &str = "actions/create-workflow-dispatch";

/// All that wilco asks GitHub for.
const EVERYTHING: [&str; 17] = [
    DISPATCH,
    "actions/cancel-workflow-run",
    "actions/download-job-logs-for-workflow-run",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run-attempt",
    "actions/list-workflow-runs",
    "git/create-ref",
    "git/create-tag",
    "git/get-ref",
    "git/list-matching-refs",
    "repos/compare-commits-with-basehead",
    "repos/get",
    "repos/get-branch",
    "repos/get-commit",
    "repos/get-content",
    "repos/get-latest-release",
    "repos/list-branches",
];

/// What webhooks tell of.
const TOLD: [&str; 3] = ["push", "release", "workflow_run"];

/// How much of GitHub wilco sees.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    #[default]
    All,
    /// Lists lack what began lately.
    NotLately,
    Nothing,
}

/// Orders a fault, or takes all back; `None` where a scenario has no such step.
pub fn order(github: &Github, sight: &mut Sight, words: &[&str]) -> Option<()> {
    match words {
        ["next", "dispatch", rest @ ..] => {
            let fault = dispatch(github, rest)?;
            github.fail_next(DISPATCH, fault);
        }
        ["every", "dispatch", rest @ ..] => {
            github.fail(DISPATCH, dispatch(github, rest)?, Times::Always);
        }
        ["the", "next", number, event, "come", "twice"] => {
            let event = TOLD.into_iter().find(|told| told == event)?;
            for _ in 0..number.parse().ok()? {
                github.mishap_next(event, Mishap::Twice);
            }
        }
        ["the", "next", number, "webhooks", "come", "backwards"] => {
            github.reorder_next(number.parse().ok()?);
        }
        ["lists", "lag"] => {
            github.listing_lag(LONG);
            *sight = Sight::NotLately;
        }
        ["is", "out", "of", "reach"] => {
            for operation in EVERYTHING {
                github.fail(operation, Fault::ConnectionCutBefore, Times::Always);
            }
            *sight = Sight::Nothing;
        }
        ["is", "well", "again"] => {
            for operation in EVERYTHING {
                github.heal(operation);
            }
            github.listing_lag(Duration::ZERO);
            *sight = Sight::All;
        }
        _ => return None,
    }
    Some(())
}

/// Longer than any conversation.
const LONG: Duration = Duration::from_hours(10_000);

fn dispatch(github: &Github, words: &[&str]) -> Option<Fault> {
    Some(match words {
        ["answers", status, "after", "it", "began"] => {
            Fault::ServerErrorAfterEffect(status.parse().ok()?)
        }
        ["answers", status, "and", "nothing", "began"] => {
            Fault::ServerErrorBefore(status.parse().ok()?)
        }
        ["is", "cut", "off", "after", "it", "began"] => Fault::ConnectionCutAfterEffect,
        ["is", "too", "fast"] => {
            Fault::SecondaryLimit { status: 403, retry_after: Duration::from_secs(1) }
        }
        ["begins", "twice"] => Fault::Twice,
        ["is", "for", branch] => {
            let name = format!("refs/heads/{branch}");
            Fault::OtherCommit(github.at("acme/api").refs().get(&name)?.clone())
        }
        _ => return None,
    })
}
