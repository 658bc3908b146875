//! Starts: each is sent once, and what became of it is said as it is.

use std::time::Duration;

use wilco::backend::{Backend, BackendError};
use wilco_core::catalog::{Asked, Recipe};
use wilco_core::event::RunEnd;
use wilco_core::ids::secret::SecretName;

use super::{COMMIT, KEY, Scene};
use crate::sim::webhook::{Fault, Other};

#[tokio::test]
async fn a_start_says_what_was_approved_and_is_signed() {
    let scene = Scene::open().await;
    let (_, run) = scene.started().await;
    assert_eq!((run.as_str(), scene.other.runs(KEY)), (KEY, 1));
    let asked = scene.other.last();
    assert_eq!((&asked["request"], &asked["op_key"]), (&"start".into(), &KEY.into()));
    assert_eq!((&asked["commit"], &asked["environment"]), (&COMMIT.into(), &"prod".into()));
    assert_eq!((&asked["version"], &asked["timeout_seconds"]), (&"v1.4.2".into(), &1800.into()));
    assert_eq!(scene.other.forged(), 0);
}

#[tokio::test]
async fn a_start_is_sent_once_whatever_becomes_of_its_answer() {
    for (fault, runs) in [
        (Fault::After(500, ""), 1),
        (Fault::After(502, ""), 1),
        (Fault::After(503, ""), 1),
        (Fault::After(409, ""), 1),
        (Fault::After(302, "location: /elsewhere\r\n"), 1),
        (Fault::CutAfter, 1),
        (Fault::Garbled, 1),
        (Fault::Before(500, ""), 0),
        (Fault::CutBefore, 0),
    ] {
        let scene = Scene::open().await;
        scene.other.fail_next(fault.clone());
        let order = scene.order().await;
        let started = scene.adapter.start(&order).await;
        assert!(matches!(started, Err(BackendError::Unknown(_))), "{fault:?}: {started:?}");
        assert_eq!((scene.other.asked("start"), scene.other.runs(KEY)), (1, runs), "{fault:?}");
        let found = scene.adapter.find(&order).await.unwrap();
        assert_eq!(found.is_some(), runs == 1, "{fault:?}");
        // Only whoever knows that it did not begin starts it again, and then it runs once.
        scene.adapter.start(&order).await.unwrap();
        assert_eq!(scene.other.runs(KEY), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_says_nothing() {
    let scene = Scene::open().await;
    scene.other.fail_next(Fault::HungAfter);
    let order = scene.order().await;
    // The courier waits for no call longer than this.
    let call = scene.adapter.start(&order);
    assert!(tokio::time::timeout(Duration::from_millis(200), call).await.is_err());
    assert!(scene.adapter.find(&order).await.unwrap().is_some());
    assert_eq!((scene.other.asked("start"), scene.other.runs(KEY)), (1, 1));
}

#[tokio::test]
async fn what_certainly_did_not_happen_is_said_so_and_is_not_asked_about() {
    for fault in [Fault::Before(400, ""), Fault::Before(401, ""), Fault::Before(404, "")] {
        let scene = Scene::understanding(&[]).await;
        scene.other.fail_next(fault.clone());
        let order = scene.order().await;
        let started = scene.adapter.start(&order).await;
        assert!(matches!(started, Err(BackendError::Refused(_))), "{fault:?}: {started:?}");
        assert_eq!(scene.adapter.find(&order).await, Ok(None), "{fault:?}");
    }
    for (fault, seconds) in [
        (Fault::Before(429, "retry-after: 7\r\n"), 7),
        (Fault::Before(429, ""), 60),
        (Fault::Before(503, "retry-after: 99999\r\n"), 3600),
    ] {
        let scene = Scene::understanding(&[]).await;
        scene.other.fail_next(fault.clone());
        let order = scene.order().await;
        let Err(BackendError::TooFast { wait, .. }) = scene.adapter.start(&order).await else {
            panic!("{fault:?}")
        };
        assert_eq!(wait, Duration::from_secs(seconds), "{fault:?}");
        assert_eq!(scene.adapter.find(&order).await, Ok(None), "{fault:?}");
    }
    let scene = Scene::understanding(&[]).await;
    let Recipe::Webhook { report_to, secret, understands, .. } = scene.recipe() else { panic!() };
    let url = "http://127.0.0.1:1/".into();
    let order = scene.order_of(KEY, Recipe::Webhook { url, report_to, secret, understands }).await;
    let started = scene.adapter.start(&order).await;
    assert!(matches!(started, Err(BackendError::Unavailable(_))), "{started:?}");
    assert_eq!(scene.adapter.find(&order).await, Ok(None));
}

#[tokio::test]
async fn no_request_goes_where_a_redirect_leads() {
    for (status, is_certain) in [(301, true), (302, false), (303, false), (307, true), (308, true)]
    {
        let scene = Scene::open().await;
        let trap = Other::open(scene.clock.clone()).await;
        let location: &'static str = format!("location: {}\r\n", trap.url).leak();
        scene.other.fail_next(Fault::Before(status, location));
        let started = scene.adapter.start(&scene.order().await).await;
        assert_eq!(matches!(started, Err(BackendError::Refused(_))), is_certain, "{started:?}");
        assert_eq!(matches!(started, Err(BackendError::Unknown(_))), !is_certain, "{started:?}");
        assert_eq!(trap.asked("start"), 0, "{status}");
    }
}

#[tokio::test]
async fn a_start_of_which_nobody_can_tell_is_not_made_again_and_a_report_shows_it() {
    let mut scene = Scene::understanding(&[]).await;
    scene.other.fail_next(Fault::CutAfter);
    let order = scene.order().await;
    assert!(matches!(scene.adapter.start(&order).await, Err(BackendError::Unknown(_))));
    scene.restart().await;
    let found = scene.adapter.find(&order).await;
    assert!(matches!(found, Err(BackendError::Unknown(_))), "{found:?}");
    let news = serde_json::json!({ "report": "started" });
    assert_eq!(scene.other.report(&scene.hook(), KEY, 1, &news).await.status, 202);
    assert!(scene.adapter.find(&order).await.unwrap().is_some());
    assert_eq!((scene.other.asked("start"), scene.other.asked("status")), (1, 0));
}

#[tokio::test]
async fn what_was_cancelled_before_it_began_never_begins() {
    let scene = Scene::understanding(&[Asked::Cancel]).await;
    let order = scene.order().await;
    scene.adapter.cancel(&order).await.unwrap();
    let started = scene.adapter.start(&order).await;
    assert!(matches!(started, Err(BackendError::Refused(_))), "{started:?}");
    let run = scene.adapter.find(&order).await.unwrap().unwrap().run;
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);
    assert_eq!((scene.other.asked("start"), scene.other.asked("cancel")), (0, 0));
}

#[tokio::test]
async fn a_start_that_is_on_its_way_while_it_is_cancelled_never_begins() {
    let scene = Scene::open().await;
    let order = scene.order().await;
    scene.other.fail_next(Fault::CutBefore);
    assert!(matches!(scene.adapter.start(&order).await, Err(BackendError::Unknown(_))));
    scene.adapter.cancel(&order).await.unwrap();
    let run = scene.adapter.find(&order).await.unwrap().unwrap().run;
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);
    assert_eq!(scene.other.runs(KEY), 0);
}

#[tokio::test]
async fn another_recipe_than_the_approved_one_and_a_secret_that_is_missing_start_nothing() {
    let scene = Scene::open().await;
    let mut order = scene.order().await;
    let Recipe::Webhook { secret, .. } = &mut order.recipe else { panic!() };
    *secret = Some(SecretName::new("missing").unwrap());
    let started = scene.adapter.start(&order).await;
    assert!(matches!(started, Err(BackendError::Refused(_))), "{started:?}");
    let order = scene.order_of(KEY, order.recipe).await;
    let started = scene.adapter.start(&order).await;
    assert!(matches!(started, Err(BackendError::Unavailable(_))), "{started:?}");
    assert_eq!(scene.other.asked("start"), 0);
}
