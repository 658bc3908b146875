//! The checks that a policy asks for, as GitHub shows them for the sealed commit.

use std::time::Duration;

use tokio::time::timeout;
use wilco::backend::{Backends, Lookup};
use wilco_core::checks::CheckState::{self, Failed, Green, Missing, Running, Unknown};
use wilco_core::checks::read_of;

use super::{Scene, repository};
use crate::sim::github::{Fault, Times};

const CHECKS: &str = "checks/list-for-ref";
const STATUSES: &str = "repos/get-combined-status-for-ref";

fn asking(names: &[&str]) -> Lookup {
    let checks = names.iter().map(|name| (*name).to_owned()).collect();
    Lookup { checks, ..Scene::lookup(Some("main")) }
}

async fn states(scene: &Scene, names: &[&str]) -> Vec<CheckState> {
    let lookup = asking(names);
    let backends: Backends = scene.backends();
    let read = backends.checks(&scene.first, &lookup).await;
    read_of(&lookup.checks, &read).into_iter().map(|check| check.state).collect()
}

#[tokio::test]
async fn what_counts_as_passed_is_what_github_takes_for_a_required_check() {
    let scene = Scene::open().await;
    let sha = scene.first.as_str();
    for (name, conclusion, expected) in [
        ("success", Some("success"), Green),
        ("neutral", Some("neutral"), Green),
        ("skipped", Some("skipped"), Green),
        ("failure", Some("failure"), Failed),
        ("cancelled", Some("cancelled"), Failed),
        ("timed_out", Some("timed_out"), Failed),
        ("action_required", Some("action_required"), Failed),
        ("stale", Some("stale"), Failed),
        ("build (ubuntu, 1.95) \"#?&", None, Running),
    ] {
        scene.at().check(sha, name, conclusion);
        assert_eq!(states(&scene, &[name]).await, [expected], "{name}");
    }
    for (state, expected) in
        [("success", Green), ("pending", Running), ("failure", Failed), ("error", Failed)]
    {
        let context = format!("ci/{state}");
        scene.at().status(sha, &context, state);
        assert_eq!(states(&scene, &[&context]).await, [expected], "{context}");
    }
    assert_eq!(states(&scene, &["lint", "success"]).await, [Missing, Green]);
    assert_eq!(scene.github.refused_requests(), 0);
}

#[tokio::test]
async fn the_last_of_a_name_counts_and_a_check_and_a_status_of_one_name_must_both_pass() {
    let scene = Scene::open().await;
    let (at, sha) = (scene.at(), scene.first.as_str());
    for (conclusion, expected) in [
        (Some("failure"), Failed),
        (None, Running),
        (Some("success"), Green),
        (Some("failure"), Failed),
    ] {
        at.check(sha, "build", conclusion);
        assert_eq!(states(&scene, &["build"]).await, [expected]);
    }
    at.check(sha, "build", Some("success"));
    for (state, expected) in [("pending", Running), ("failure", Failed), ("success", Green)] {
        at.status(sha, "build", state);
        assert_eq!(states(&scene, &["build"]).await, [expected], "{state}");
    }
    // Another commit's checks say nothing of this one.
    let other = at.commit("main", crate::sim::github::Change::by("ben", "Second"));
    at.check(&other, "build", Some("failure"));
    at.check(&other, "lint", Some("success"));
    assert_eq!(states(&scene, &["build", "lint"]).await, [Green, Missing]);
}

#[tokio::test]
async fn a_check_is_found_behind_hundreds_of_others() {
    let scene = Scene::open().await;
    let sha = scene.first.as_str();
    for number in 0..230 {
        scene.at().status(sha, &format!("ci/{number}"), "success");
        scene.at().check(sha, &format!("job {number}"), Some("success"));
    }
    scene.at().status(sha, "ci/last", "failure");
    scene.at().check(sha, "job last", Some("failure"));
    let names = ["ci/0", "ci/229", "ci/last", "job 0", "job 229", "job last"];
    assert_eq!(states(&scene, &names).await, [Green, Green, Failed, Green, Green, Failed]);
    assert_eq!(scene.github.refused_requests(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_unknown_and_the_version_is_known_all_the_same() {
    let retry_after = Duration::from_secs(7);
    for operation in [CHECKS, STATUSES] {
        for fault in [
            Fault::ServerErrorBefore(502),
            Fault::ConnectionCutBefore,
            Fault::GarbledAnswer,
            Fault::Error { status: 403, message: "Resource not accessible by integration" },
            Fault::SecondaryLimit { status: 429, retry_after },
        ] {
            let scene = Scene::open().await;
            scene.at().check(scene.first.as_str(), "build", Some("success"));
            scene.github.fail(operation, fault.clone(), Times::Always);
            let found = scene.backends().resolve(&asking(&["build"])).await;
            let read = found.map(|found| read_of(&["build".into()], &found.checks));
            let states: Vec<_> = read.iter().flatten().map(|check| check.state).collect();
            // A limit that came with the checks keeps the rest of the look from being taken, which is no either.
            let is_limit = matches!(fault, Fault::SecondaryLimit { .. });
            assert!(states == [Unknown] || is_limit && read.is_err(), "{fault:?}: {read:?}");
        }
    }
}

#[tokio::test]
async fn the_last_look_reads_them_anew_and_asking_again_costs_nothing_of_the_limit() {
    let scene = Scene::open().await;
    let lookup = asking(&["build"]);
    let (at, sha) = (scene.at(), scene.first.as_str());
    at.check(sha, "build", Some("success"));
    let found = scene.backends().resolve(&lookup).await.unwrap();
    assert_eq!(found.checks[0].state, Green);
    at.check(sha, "build", Some("failure"));
    let confirmed = scene.backends().confirm(&scene.first, &lookup).await.unwrap();
    assert_eq!(confirmed.checks[0].state, Failed);
    let used = scene.github.used();
    assert_eq!(states(&scene, &["build"]).await, [Failed]);
    assert_eq!(scene.github.used(), used);
}

#[tokio::test]
async fn whoever_waits_for_checks_is_woken_by_a_hint() {
    let scene = Scene::open().await;
    let (backends, hurry) = (scene.backends(), scene.adapter.hurry());
    let mut told = backends.told_of_checks(&scene.first, &asking(&["build"]));
    hurry.look_at_checks(&repository(), &scene.first);
    let soon = timeout(Duration::from_secs(12), backends.until_checks_may_differ(&mut told));
    assert!(soon.await.is_ok(), "it is time to look only after 15 s");
}
