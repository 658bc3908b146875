//! What GitHub does not say, says late, or says twice: nothing is done twice for it, and no end is made up.

use std::time::Duration;

use tokio::time::timeout;
use wilco::backend::{Backend, BackendError, StartOrder};
use wilco_core::event::RunEnd;
use wilco_core::ids::RunRef;

use super::{Scene, deploying};
use crate::sim::github::{End, Fault, Job, Step, Times, Work};

const DISPATCH: &str = "actions/create-workflow-dispatch";
const LONG: Duration = Duration::from_hours(1);

/// Orders what is on record as this run.
fn known(order: &StartOrder, run: &RunRef) -> StartOrder {
    StartOrder { run: Some(run.clone()), ..order.clone() }
}

#[tokio::test]
async fn a_storm_of_5xx_begins_one_run() {
    for status in [500, 502] {
        let scene = Scene::open().await;
        let order = scene.order("42-k1", &scene.first).await;
        scene.github.fail(DISPATCH, Fault::ServerErrorAfterEffect(status), Times::Always);
        // However often somebody starts it: the first has the key, and the others do nothing.
        for _ in 0..20 {
            let started = scene.adapter.start(&order).await;
            assert!(matches!(started, Err(BackendError::Unknown(_))), "{started:?}");
        }
        assert_eq!(scene.github.dispatches(), 20, "nothing is sent twice behind anybody's back");
        let runs = scene.at().runs_of("42-k1");
        assert_eq!(runs.iter().filter(|run| run.work == Work::Begun).count(), 1);
        let found = scene.adapter.find(&order).await.unwrap().unwrap().run;
        assert_eq!(scene.end(&order, &found).await, RunEnd::Succeeded);
    }
}

#[tokio::test]
async fn a_run_that_stands_in_no_list_so_far_is_followed_and_stopped_by_its_number() {
    let scene = Scene::open().await;
    scene.github.listing_lag(LONG);
    scene.at().workflow(deploying().by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let order = known(&order, &run);
    assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, run);
    scene.adapter.cancel(&order).await.unwrap();
    assert_eq!(scene.at().runs_of("42-k1")[0].conclusion.as_deref(), Some("cancelled"));
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);
}

#[tokio::test]
async fn a_run_that_has_the_key_is_found_and_stopped_though_it_stands_in_no_list() {
    let scene = Scene::open().await;
    scene.github.listing_lag(LONG);
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::ServerErrorAfterEffect(502));
    assert!(scene.adapter.start(&order).await.is_err());
    let found = scene.adapter.find(&order).await.unwrap().unwrap();
    assert!(found.at.is_some(), "GitHub says when it began");
    assert_eq!(scene.end(&order, &found.run).await, RunEnd::Succeeded);

    scene.at().workflow(deploying().by_hand());
    let order = scene.order("43-k2", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::ServerErrorAfterEffect(502));
    assert!(scene.adapter.start(&order).await.is_err());
    let run = scene.at().runs_of("43-k2")[0].id;
    for _ in 0..2 {
        scene.at().move_on(run);
    }
    scene.adapter.cancel(&order).await.unwrap();
    assert_eq!(scene.at().runs_of("43-k2")[0].conclusion.as_deref(), Some("cancelled"));
    let found = scene.adapter.find(&order).await.unwrap().unwrap().run;
    assert_eq!(
        (found.to_string(), scene.end(&order, &found).await),
        (run.to_string(), RunEnd::Cancelled)
    );
}

#[tokio::test]
async fn a_key_that_wilco_shut_stays_shut_whatever_became_of_the_answer() {
    for operation in ["git/create-tag", "git/create-ref"] {
        let scene = Scene::open().await;
        let order = scene.order("42-k1", &scene.first).await;
        scene.github.fail_next(operation, Fault::ServerErrorAfterEffect(500));
        assert!(scene.adapter.cancel(&order).await.is_err(), "{operation}");
        scene.adapter.cancel(&order).await.unwrap();
        let late = scene.adapter.start(&order).await.unwrap().run;
        assert_eq!(scene.at().runs_of("42-k1")[0].work, Work::None, "{operation}");
        assert_ne!(scene.end(&order, &late).await, RunEnd::Succeeded);
    }
}

#[tokio::test]
async fn a_run_that_was_promised_and_never_began_is_lost_and_does_nothing_should_it_come() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::NeverBegun);
    let run = scene.adapter.start(&order).await.unwrap().run;
    let order = known(&order, &run);
    assert_eq!(scene.end(&order, &run).await, RunEnd::Lost);
    scene.adapter.start(&order).await.unwrap();
    assert_eq!(scene.at().runs_of("42-k1")[0].work, Work::None);
}

#[tokio::test]
async fn a_repository_that_is_out_of_sight_for_a_while_loses_no_run() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let absent = Fault::Error { status: 404, message: "Not Found" };
    let operations = ["actions/get-workflow-run", "git/list-matching-refs"];
    for operation in operations {
        scene.github.fail(operation, absent.clone(), Times::Always);
    }
    let (sender, mut reports) = tokio::sync::mpsc::channel(8);
    let followed = scene.adapter.follow(&order, &run, sender).await;
    assert!(followed.is_err(), "{followed:?}");
    assert!(reports.recv().await.is_none(), "nothing is known of it");
    for operation in operations {
        scene.github.heal(operation);
    }
    assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn of_two_runs_the_one_that_has_the_key_is_followed() {
    let scene = Scene::open().await;
    let steps = vec![Step::named("Ship")];
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", steps)]).by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::Twice);
    scene.adapter.start(&order).await.unwrap();
    let runs = scene.at().runs_of("42-k1");
    let (first, second) = (runs[0].id, runs[1].id);
    // The one that began later is faster at the fence.
    for run in [second, second, second, first, first] {
        scene.at().move_on(run);
    }
    let runs = scene.at().runs_of("42-k1");
    assert_eq!((runs[0].work, runs[1].work), (Work::None, Work::Begun));
    // Whoever followed the first one hears of no end, and looks again.
    let (sender, mut reports) = tokio::sync::mpsc::channel(64);
    let run = RunRef::new(first.to_string()).unwrap();
    let following = scene.adapter.follow(&order, &run, sender);
    timeout(Duration::from_mins(1), following).await.expect("it is over").unwrap();
    while let Some(numbered) = reports.recv().await {
        let is_end = matches!(numbered.report, wilco_core::event::RunReport::Ended { .. });
        assert!(!is_end, "{numbered:?}");
    }
    let found = scene.adapter.find(&order).await.unwrap().unwrap().run;
    assert_eq!(found.as_str(), second.to_string());
    for _ in 0..3 {
        scene.at().move_on(second);
    }
    assert_eq!(scene.end(&order, &found).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn a_run_that_was_kept_out_is_no_end_and_the_one_with_the_key_is_followed_at_once() {
    let scene = Scene::open().await;
    scene.github.listing_lag(LONG);
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::Twice);
    let answered = scene.adapter.start(&order).await.unwrap().run;
    let works: Vec<Work> = scene.at().runs_of("42-k1").iter().map(|run| run.work).collect();
    assert_eq!(works, [Work::Begun, Work::None], "GitHub named the one that came too late");
    let order = known(&order, &answered);
    assert_eq!(scene.numbered(&order, &answered).await, [], "nothing is told of it");
    let found = scene.adapter.find(&order).await.unwrap().unwrap().run;
    assert_ne!(found, answered);
    assert_eq!(scene.end(&order, &found).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn two_runs_of_a_workflow_without_the_fence_are_no_success_and_come_to_an_end() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().without_fence());
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::Twice);
    scene.adapter.start(&order).await.unwrap();
    let found = scene.adapter.find(&order).await.unwrap().unwrap().run;
    let end = scene.end(&order, &found).await;
    assert!(matches!(end, RunEnd::NotRunnable { .. }), "{end:?}");
}

#[tokio::test]
async fn a_run_that_a_hundred_newer_ones_push_down_is_found() {
    let scene = Scene::open().await;
    let steps = vec![Step::named("Ship").ending(End::Success)];
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", steps)]));
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let newer = scene.order("43-k2", &scene.first).await;
    for _ in 0..100 {
        scene.adapter.start(&newer).await.unwrap();
    }
    assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, run);
}

#[tokio::test]
async fn a_run_for_another_commit_does_nothing_where_the_first_step_looks() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().checking());
    let other = scene.at().commit("main", crate::sim::github::Change::by("eve", "Not approved"));
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next(DISPATCH, Fault::OtherCommit(other));
    let run = scene.adapter.start(&order).await.unwrap().run;
    let (_, outcome) = scene.follow(&order, &run).await;
    assert_eq!(outcome.end, RunEnd::Failed { status: 1 });
    assert!(outcome.log_tail.contains("it is for "), "{}", outcome.log_tail);
    assert_eq!(scene.at().runs_of("42-k1")[0].work, Work::None);
}
