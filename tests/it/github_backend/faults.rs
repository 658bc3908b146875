//! GitHub that fails in the ways in which it does: what may have happened is never done again blindly.

use std::time::Duration;

use wilco::backend::{Backend, BackendError};
use wilco_core::event::RunEnd;

use super::Scene;
use crate::sim::github::{Fault, Times, Work};

const DISPATCH: &str = "actions/create-workflow-dispatch";

#[tokio::test]
async fn a_dispatch_is_sent_once_whatever_becomes_of_its_answer() {
    for (fault, began) in [
        (Fault::ServerErrorAfterEffect(500), 1),
        (Fault::ServerErrorAfterEffect(502), 1),
        (Fault::ConnectionCutAfterEffect, 1),
        (Fault::GarbledAnswer, 1),
        (Fault::AnswerWithout("workflow_run_id"), 1),
        (Fault::ServerErrorBefore(500), 0),
        (Fault::ServerErrorBefore(502), 0),
        (Fault::ConnectionCutBefore, 0),
    ] {
        let scene = Scene::open().await;
        let order = scene.order("42-k1", &scene.first).await;
        scene.github.fail_next(DISPATCH, fault.clone());
        let started = scene.adapter.start(&order).await;
        assert!(matches!(started, Err(BackendError::Unknown(_))), "{fault:?}: {started:?}");
        assert_eq!(scene.github.dispatches(), 1, "{fault:?}");
        assert_eq!(scene.at().runs_of("42-k1").len(), began, "{fault:?}");
        assert_eq!(scene.adapter.find(&order).await.unwrap().is_some(), began == 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_limit_is_no_start_and_says_how_long_to_wait() {
    for status in [403, 429] {
        let scene = Scene::open().await;
        let order = scene.order("42-k1", &scene.first).await;
        let retry_after = Duration::from_secs(7);
        scene.github.fail_next(DISPATCH, Fault::SecondaryLimit { status, retry_after });
        let Err(BackendError::TooFast { wait, .. }) = scene.adapter.start(&order).await else {
            panic!()
        };
        assert_eq!((wait, scene.at().runs_of("42-k1").len()), (retry_after, 0));
        // Until then GitHub is left alone.
        let calls = scene.github.dispatches();
        assert!(matches!(scene.adapter.start(&order).await, Err(BackendError::TooFast { .. })));
        assert_eq!(scene.github.dispatches(), calls);
    }
}

#[tokio::test]
async fn a_limit_of_which_github_says_no_length_is_a_minute() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    let message =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    scene.github.fail_next(DISPATCH, Fault::Error { status: 403, message });
    let Err(BackendError::TooFast { wait, .. }) = scene.adapter.start(&order).await else {
        panic!()
    };
    assert_eq!(wait, Duration::from_mins(1));
    let looked = scene.adapter.find(&order).await;
    assert!(matches!(looked, Err(BackendError::TooFast { .. })), "{looked:?}");
}

#[tokio::test]
async fn a_storm_of_failures_while_a_run_is_found_and_followed_loses_nothing() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    for operation in ["actions/get-workflow-run", "actions/list-jobs-for-workflow-run-attempt"] {
        scene.github.fail(operation, Fault::ServerErrorBefore(502), Times::Next(1));
        let (sender, _receiver) = tokio::sync::mpsc::channel(8);
        let followed = scene.adapter.follow(&order, &run, sender).await;
        assert!(matches!(followed, Err(BackendError::Unavailable(_))), "{followed:?}");
    }
    assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn two_runs_under_one_key_work_once() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::Twice);
    scene.adapter.start(&order).await.unwrap();
    let runs = scene.at().runs_of("42-k1");
    assert_eq!(runs.len(), 2);
    assert_eq!(runs.iter().filter(|run| run.work == Work::Begun).count(), 1);
}
