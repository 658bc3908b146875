//! What goes wrong in the simulated GitHub at random, and how it is well again.

use std::time::Duration;

use super::super::random::Random;
use super::hub::Hub;
use crate::sim::github::{Fault, Mishap, Server, Times};

const DISPATCH: &str = "actions/create-workflow-dispatch";

/// What wilco asks of GitHub. The more often it stands here, the more often it fails.
const OPERATIONS: [&str; 22] = [
    DISPATCH,
    DISPATCH,
    DISPATCH,
    DISPATCH,
    DISPATCH,
    DISPATCH,
    "actions/cancel-workflow-run",
    "actions/download-job-logs-for-workflow-run",
    "actions/get-workflow-run",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run-attempt",
    "actions/list-workflow-runs",
    "actions/list-workflow-runs",
    "git/create-ref",
    "git/create-tag",
    "git/get-ref",
    "git/get-tag",
    "git/list-matching-refs",
    "repos/compare-commits-with-basehead",
    "repos/get",
    "repos/get-commit",
    "repos/get-content",
];

/// Shorter than wilco waits for a run to be listed, as lists of GitHub's are.
const LAG_MAX_MILLISECONDS: u64 = 200;

/// Far longer than that: what was begun is then begun once more, and the fence alone keeps it from working twice.
const LONG_LAG: Duration = Duration::from_secs(3);

/// What wilco is told about runs.
const EVENTS: [&str; 2] = ["workflow_run", "workflow_job"];

/// Breaks something, or nothing, or has somebody push.
pub fn worsen(hub: &Hub, random: &mut Random) {
    let github = &hub.github;
    match random.within(0..16) {
        0 => {
            github.listing_lag(Duration::from_millis(random.within(0..LAG_MAX_MILLISECONDS)));
        }
        1 => github.server(Server::BeforeRunDetails),
        2 => github.server(Server::Recent),
        3 => hub.push(random),
        4 => github.listing_lag(LONG_LAG),
        5 => github.reorder_next(usize::try_from(random.within(2..6)).unwrap()),
        6 => {
            let late = Mishap::Late(Duration::from_millis(random.within(1..2_000)));
            let mishap = *random.of(&[Mishap::Never, Mishap::Twice, late]).unwrap();
            github.mishap_next(random.of(&EVENTS).unwrap(), mishap);
        }
        _ => {
            let operation = *random.of(&OPERATIONS).unwrap();
            let times = usize::try_from(random.within(1..4)).unwrap();
            github.fail(operation, fault(hub, operation, random), Times::Next(times));
        }
    }
}

/// What GitHub says of a workflow that is not there, and of a run that it does not show so far.
const ABSENT: Fault = Fault::Error { status: 404, message: "Not Found" };

fn fault(hub: &Hub, operation: &str, random: &mut Random) -> Fault {
    let soon = Duration::from_millis(random.within(1..80));
    let status = if random.within(0..2) == 0 { 500 } else { 502 };
    if operation == DISPATCH {
        match random.within(0..10) {
            0 => return Fault::OtherCommit(hub.other_commit.clone()),
            1 => return Fault::NeverBegun,
            2 => return Fault::Twice,
            3 => return Fault::AnswerWithout("workflow_run_id"),
            4 => return Fault::Unlisted,
            5 => return ABSENT,
            _ => {}
        }
    }
    if operation == "actions/get-workflow-run" && random.within(0..4) == 0 {
        return ABSENT;
    }
    match random.within(0..12) {
        0 => {
            let status = if status == 500 { 403 } else { 429 };
            Fault::SecondaryLimit { status, retry_after: Duration::from_secs(1) }
        }
        1 | 2 => Fault::ServerErrorBefore(status),
        3..=5 => Fault::ServerErrorAfterEffect(status),
        6 => Fault::ConnectionCutBefore,
        7 => Fault::ConnectionCutAfterEffect,
        8 => Fault::HangBefore,
        9 => Fault::HangAfterEffect,
        10 => Fault::GarbledAnswer,
        _ => Fault::SlowBy(soon),
    }
}

/// Has everything go well from now on.
pub fn clear_up(hub: &Hub) {
    for operation in OPERATIONS {
        hub.github.heal(operation);
    }
    hub.github.listing_lag(Duration::ZERO);
    hub.github.server(Server::Recent);
}
