//! Reports: what is not the run's changes nothing, and what is acknowledged is never lost.

use serde_json::{Value, json};
use wilco::backend::Backend;
use wilco_core::event::{RunEnd, RunReport, StageState};
use wilco_core::ids::CommitSha;

use super::{COMMIT, KEY, OTHERS_SECRET, Scene, to_the_end};
use crate::sim::webhook::{SECRET, header, post};

fn stage(name: &str, state: &str) -> Value {
    json!({ "report": "stage", "stage": name, "state": state })
}

fn succeeded() -> Value {
    json!({ "report": "ended", "end": "succeeded", "commit": COMMIT })
}

fn shown(reports: &[RunReport], name: &str) -> Option<StageState> {
    reports.iter().rev().find_map(|report| match report {
        RunReport::Stage { stage, state } if stage == name => Some(*state),
        _ => None,
    })
}

#[tokio::test]
async fn reports_that_come_late_twice_and_out_of_order_end_the_same() {
    let all = [
        stage("build", "running"),
        stage("build", "succeeded"),
        stage("ship", "running"),
        succeeded(),
    ];
    for order in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 1, 4, 3], [3, 4, 1, 2]] {
        let scene = Scene::understanding(&[]).await;
        let (ordered, run) = scene.started().await;
        let following = scene.following(&ordered, &run);
        for number in order.into_iter().chain(order) {
            let news = &all[number - 1];
            let number = u64::try_from(number).unwrap();
            let answer = scene.other.report(&scene.hook(), KEY, number, news).await;
            assert_eq!(answer.status, 202, "{order:?}: {number}");
        }
        let (reports, outcome) = to_the_end(following).await;
        assert_eq!(outcome.end, RunEnd::Succeeded);
        assert_eq!(shown(&reports, "build"), Some(StageState::Succeeded), "{order:?}: {reports:?}");
        assert_eq!(shown(&reports, "ship"), Some(StageState::Running), "{order:?}: {reports:?}");
        let commit = CommitSha::new(COMMIT).unwrap();
        assert!(reports.contains(&RunReport::Working { commit }), "{reports:?}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let mut scene = Scene::understanding(&[]).await;
    let (order, run) = scene.started().await;
    let failed =
        json!({ "report": "ended", "end": "failed", "status": 3, "log": "no \u{1b}[1mspace" });
    for (number, news) in [(1, stage("build", "failed")), (2, failed)] {
        assert_eq!(scene.other.report(&scene.hook(), KEY, number, &news).await.status, 202);
    }
    scene.restart().await;
    assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, run);
    let (reports, outcome) = scene.follow(&order, &run).await;
    assert_eq!(shown(&reports, "build"), Some(StageState::Failed));
    assert_eq!(
        (outcome.end, outcome.log_tail.as_str()),
        (RunEnd::Failed { status: 3 }, "no space")
    );
    // Following it again reports the same.
    assert_eq!(scene.follow(&order, &run).await.0, reports);
    assert_eq!(scene.adapter.kept().await.unwrap().as_slice(), std::slice::from_ref(&order.op_key));
    scene.adapter.forget(&order.op_key).await.unwrap();
    assert_eq!(
        scene.other.report(&scene.hook(), KEY, 1, &stage("build", "failed")).await.status,
        404
    );
}

#[tokio::test]
async fn an_end_that_got_lost_before_a_restart_is_asked_for() {
    let mut scene = Scene::open().await;
    let (order, run) = scene.started().await;
    scene.restart().await;
    scene.other.knows(KEY, 1, &stage("build", "succeeded"));
    scene.other.knows(KEY, 2, &succeeded());
    let (reports, outcome) = scene.follow(&order, &run).await;
    assert_eq!(outcome.end, RunEnd::Succeeded);
    assert_eq!(shown(&reports, "build"), Some(StageState::Succeeded));
}

#[tokio::test]
async fn a_run_of_another_commit_says_so_before_its_end() {
    let scene = Scene::open().await;
    let (order, run) = scene.started().await;
    let other = "9".repeat(40);
    let news = json!({ "report": "ended", "end": "succeeded", "commit": other });
    assert_eq!(scene.other.report(&scene.hook(), KEY, 1, &news).await.status, 202);
    let (reports, _) = scene.follow(&order, &run).await;
    let commit = CommitSha::new(&other).unwrap();
    assert_eq!(reports.last(), Some(&RunReport::Working { commit }), "{reports:?}");
}

#[tokio::test]
async fn a_report_that_is_forged_stale_or_anothers_changes_nothing() {
    let scene = Scene::open().await;
    let (order, run) = scene.started().await;
    let mut body = succeeded();
    (body["op_key"], body["number"]) = (KEY.into(), 1.into());
    let body = body.to_string();
    let hook = scene.hook();
    let now = scene.clock.now().0.div_euclid(1_000);
    let unknown = body.replace(KEY, "43-k1");
    let climbing = body.replace(KEY, "../../42-k1");
    for (what, headers, body, status) in [
        ("without a signature", vec![], &body, 401),
        ("forged", vec![header("guessed", now, &body)], &body, 401),
        ("of another body", vec![header(SECRET, now, "{}")], &body, 401),
        ("signed twice", vec![header(SECRET, now, &body), header("x", now, &body)], &body, 401),
        ("stale", vec![header(SECRET, now - 301, &body)], &body, 401),
        ("of the future", vec![header(SECRET, now + 301, &body)], &body, 401),
        ("of another pipeline", vec![header(OTHERS_SECRET, now, &body)], &body, 404),
        ("of an unknown run", vec![header(SECRET, now, &unknown)], &unknown, 404),
        ("of no key", vec![header(SECRET, now, &climbing)], &climbing, 400),
        ("of nothing", vec![header(SECRET, now, "{}")], &"{}".to_owned(), 400),
    ] {
        assert_eq!(post(&hook, &headers, body).await.status, status, "{what}");
    }
    let large = format!("{body}{}", " ".repeat(1024 * 1024));
    let headers = vec![header(SECRET, now, &large)];
    let sent = crate::sim::plain_http::Request { method: "POST", url: &hook, headers, body: large };
    assert_eq!(crate::sim::plain_http::send(&sent).await.unwrap().status, 413);
    // Nothing of it was heard: the end is what is reported now.
    let failed = json!({ "report": "ended", "end": "failed" });
    assert_eq!(scene.other.report(&hook, KEY, 1, &failed).await.status, 202);
    assert_eq!(scene.end(&order, &run).await, RunEnd::Failed { status: 1 });
    let counted = [("taken", 1), ("unknown", 2), ("unsigned", 6), ("unread", 1), ("malformed", 2)];
    assert_eq!(scene.counted(), counted);
}

#[tokio::test]
async fn after_the_end_and_under_a_number_that_is_taken_nothing_changes() {
    let scene = Scene::open().await;
    let (order, run) = scene.started().await;
    let hook = scene.hook();
    let failed = json!({ "report": "ended", "end": "failed" });
    for (number, news, status) in [
        (1, stage("build", "running"), 202),
        (1, stage("build", "failed"), 409),
        (2, failed.clone(), 202),
        (2, failed, 202),
        (2, succeeded(), 409),
        (3, succeeded(), 410),
    ] {
        assert_eq!(scene.other.report(&hook, KEY, number, &news).await.status, status, "{news}");
    }
    assert_eq!(scene.end(&order, &run).await, RunEnd::Failed { status: 1 });
    let counted = [("taken", 2), ("repeated", 1), ("late", 1), ("contradicts", 2)];
    assert_eq!(scene.counted(), counted);
}
