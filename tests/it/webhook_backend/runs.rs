//! Runs that are silent, too slow, stopped or forgotten: an end is what the other side says, or what is known.

use serde_json::json;
use wilco::backend::{Backend, BackendError};
use wilco_core::catalog::Asked;
use wilco_core::event::RunEnd;

use super::{COMMIT, KEY, Scene, to_the_end};
use crate::sim::webhook::Fault;
use crate::wait::until_seen;

const MINUTE: i64 = 60_000;

async fn asked(scene: &Scene, request: &str, times: usize) {
    until_seen(request, async || (scene.other.asked(request) >= times).then_some(())).await;
}

#[tokio::test]
async fn a_silent_run_is_asked_about_through_every_failure() {
    let scene = Scene::open().await;
    let (order, run) = scene.started().await;
    for fault in [
        Fault::Before(502, ""),
        Fault::CutBefore,
        Fault::Garbled,
        Fault::Before(429, "retry-after: 0\r\n"),
    ] {
        scene.other.fail_next(fault);
    }
    let following = scene.following(&order, &run);
    asked(&scene, "status", 5).await;
    scene.other.knows(KEY, 1, &json!({ "report": "ended", "end": "succeeded", "commit": COMMIT }));
    assert_eq!(to_the_end(following).await.1.end, RunEnd::Succeeded);
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_stopped_and_times_out() {
    let scene = Scene::understanding(&[Asked::Cancel]).await;
    let (order, run) = scene.started().await;
    scene.other.fail_next(Fault::Before(502, ""));
    let following = scene.following(&order, &run);
    scene.clock.advance(31 * MINUTE);
    asked(&scene, "cancel", 2).await;
    let news = json!({ "report": "ended", "end": "cancelled" });
    assert_eq!(scene.other.report(&scene.hook(), KEY, 1, &news).await.status, 202);
    assert_eq!(to_the_end(following).await.1.end, RunEnd::TimedOut);
}

#[tokio::test]
async fn who_promised_to_stop_and_is_silent_has_stopped_and_is_not_heard_any_more() {
    let scene = Scene::understanding(&[Asked::Cancel]).await;
    let (order, run) = scene.started().await;
    scene.adapter.cancel(&order).await.unwrap();
    let following = scene.following(&order, &run);
    scene.clock.advance(3 * MINUTE);
    assert_eq!(to_the_end(following).await.1.end, RunEnd::Cancelled);
    let news = json!({ "report": "ended", "end": "succeeded", "commit": COMMIT });
    assert_eq!(scene.other.report(&scene.hook(), KEY, 1, &news).await.status, 410);
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);
}

#[tokio::test]
async fn a_run_that_cannot_be_stopped_keeps_its_lane_until_somebody_says_its_end() {
    let scene = Scene::understanding(&[]).await;
    let (order, run) = scene.started().await;
    let cancelled = scene.adapter.cancel(&order).await;
    assert!(matches!(cancelled, Err(BackendError::Refused(_))), "{cancelled:?}");
    let mut following = scene.following(&order, &run);
    scene.clock.advance(600 * MINUTE);
    // It began, and nothing else comes.
    assert!(following.recv().await.is_some());
    let silence = tokio::time::timeout(20 * super::PACE.ask_every, following.recv()).await;
    assert!(silence.is_err(), "{silence:?}");
    let news = json!({ "report": "ended", "end": "failed", "log": "the CI is gone" });
    assert_eq!(scene.other.report(&scene.hook(), KEY, 1000, &news).await.status, 202);
    assert_eq!(to_the_end(following).await.1.log_tail, "the CI is gone");
}

#[tokio::test]
async fn a_run_that_is_denied_again_and_again_is_over_and_nobody_knows_how() {
    let scene = Scene::open().await;
    let (order, run) = scene.started().await;
    scene.other.forget();
    assert_eq!(scene.end(&order, &run).await, RunEnd::Lost);
    assert!(scene.other.asked("status") >= 3);
    assert_eq!(scene.other.runs(KEY), 1);
}
