//! Requests that fail on order.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::client::{DISPATCHES, Says, get, order, try_ask_as};
use super::{API, opened};
use crate::sim::github::{Fault, Github, Times};

const DISPATCH: &str = "actions/create-workflow-dispatch";
const USUAL: Says<'static> = Says::USUAL;

async fn try_dispatch(github: &Github) -> Option<(u16, Value)> {
    let body = order("k1", &"0".repeat(40));
    let answer = try_ask_as(github, USUAL, ("POST", DISPATCHES), body).await.ok()?;
    Some((answer.status, answer.json()["workflow_run_id"].clone()))
}

#[tokio::test]
async fn a_request_fails_before_its_effect_or_after_it() {
    let (github, _) = opened().await;
    for (fault, status, runs) in [
        (Fault::ServerErrorBefore(500), Some(500), 0),
        (Fault::ServerErrorBefore(502), Some(502), 0),
        (Fault::ConnectionCutBefore, None, 0),
        (Fault::Error { status: 404, message: "Not Found" }, Some(404), 0),
        (Fault::ServerErrorAfterEffect(500), Some(500), 1),
        (Fault::ServerErrorAfterEffect(502), Some(502), 2),
        (Fault::ConnectionCutAfterEffect, None, 3),
        (Fault::GarbledAnswer, Some(200), 4),
        (Fault::AnswerWithout("workflow_run_id"), Some(200), 5),
    ] {
        github.fail_next(DISPATCH, fault.clone());
        let answer = try_dispatch(&github).await;
        assert_eq!(answer.as_ref().map(|answer| answer.0), status, "{fault:?}");
        assert_eq!(answer.map_or(Value::Null, |answer| answer.1), Value::Null);
        assert_eq!(github.at(API).runs().len(), runs, "{fault:?}");
    }
    assert_eq!(try_dispatch(&github).await.unwrap().0, 200);
    assert_eq!(github.dispatches(), 10);
}

#[tokio::test]
async fn orders_hold_as_often_as_told_and_in_one_repository_alone() {
    let (github, _) = opened().await;
    github.repository("acme/web");
    github.fail("repos/get", Fault::ServerErrorBefore(500), Times::Next(2));
    github.fail("repos/get", Fault::ServerErrorBefore(502), Times::Always);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&github, "/repos/acme/api").await.status);
    }
    assert_eq!(statuses, [500, 500, 502, 502]);
    github.heal("repos/get");
    github.fail_in("acme/web", "repos/get", Fault::ServerErrorBefore(500));
    assert_eq!(get(&github, "/repos/acme/api").await.status, 200);
    assert_eq!(get(&github, "/repos/acme/web").await.status, 500);
    assert_eq!(github.calls("repos/get")[5]["repo"], "web");
}

#[tokio::test]
async fn a_request_that_hangs_may_have_been_done() {
    let (github, _) = opened().await;
    for (fault, runs) in [(Fault::HangBefore, 0), (Fault::HangAfterEffect, 1)] {
        github.fail_next(DISPATCH, fault);
        let (asker, calls) = (github.clone(), github.dispatches());
        let call = tokio::spawn(async move { try_dispatch(&asker).await });
        let is_there = |github: &Github| {
            let is_called = github.dispatches() > calls;
            (is_called && github.at(API).runs().len() == runs).then_some(())
        };
        github.until("the request", is_there).await;
        assert!(timeout(Duration::from_millis(50), call).await.is_err(), "there is no answer");
    }
}

#[tokio::test]
async fn a_slow_answer_comes() {
    let (github, _) = opened().await;
    github.fail_next(DISPATCH, Fault::SlowBy(Duration::from_millis(40)));
    let start = Instant::now();
    assert_eq!(try_dispatch(&github).await.unwrap().0, 200);
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn nobody_answers_once_the_last_handle_is_gone() {
    let (github, _) = opened().await;
    let url = format!("{}/repos/acme/api", github.api_url());
    let another = github.clone();
    drop(github);
    assert_eq!(get(&another, "/repos/acme/api").await.status, 200);
    let mut changes = another.changes();
    drop(another);
    while changes.changed().await.is_ok() {}
    assert!(crate::sim::plain_http::is_gone(&url).await);
}
