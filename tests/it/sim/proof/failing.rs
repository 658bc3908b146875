//! Calls that fail on order.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout};

use super::client::{call, say, try_call};
use super::{DEPLOYS, workspace};
use crate::sim::slack::{Fault, Slack, Times};

async fn post(slack: &Slack) -> std::io::Result<(u16, bool)> {
    let message = json!({ "channel": DEPLOYS, "text": "card" });
    let answer = try_call(slack, "chat.postMessage", message).await?;
    Ok((answer.status, answer.json()["ok"] == true))
}

#[tokio::test]
async fn a_call_fails_before_its_effect_or_after_it() {
    let slack = workspace().await;
    slack.fail_next("chat.postMessage", Fault::ServerErrorBefore);
    assert_eq!(post(&slack).await.unwrap(), (500, false));
    assert_eq!(slack.messages(DEPLOYS).len(), 0);
    slack.fail_next("chat.postMessage", Fault::ServerErrorAfterEffect);
    assert_eq!(post(&slack).await.unwrap(), (500, false));
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    slack.fail_next("chat.postMessage", Fault::GarbledAnswer);
    assert_eq!(post(&slack).await.unwrap(), (200, false));
    assert_eq!(slack.messages(DEPLOYS).len(), 2);
    slack.fail_next("chat.postMessage", Fault::ConnectionCutAfterEffect);
    assert!(post(&slack).await.is_err());
    assert_eq!(slack.messages(DEPLOYS).len(), 3);
    assert_eq!(post(&slack).await.unwrap(), (200, true));
}

#[tokio::test]
async fn a_limit_says_when_to_come_again() {
    let slack = workspace().await;
    slack.fail_next("chat.postMessage", Fault::RateLimited { retry_after_seconds: 7 });
    let message = json!({ "channel": DEPLOYS, "text": "card" });
    let answer = try_call(&slack, "chat.postMessage", message).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(answer.json()["error"], "ratelimited");
}

#[tokio::test]
async fn a_limit_holds_for_each_channel_by_itself() {
    let slack = workspace().await;
    slack.channel("C0OTHER000", "other", crate::sim::slack::Bot::In);
    slack.limit("chat.postMessage", 1);
    assert_eq!(post(&slack).await.unwrap().0, 200);
    assert_eq!(post(&slack).await.unwrap().0, 429);
    say(&slack, "C0OTHER000", "card").await;
    slack.heal("chat.postMessage");
    assert_eq!(post(&slack).await.unwrap().0, 200);
}

#[tokio::test]
async fn orders_hold_as_often_as_told() {
    let slack = workspace().await;
    slack.fail("chat.postMessage", Fault::Error("fatal_error"), Times::Next(2));
    slack.fail("chat.postMessage", Fault::Error("internal_error"), Times::Always);
    let mut errors = Vec::new();
    for _ in 0..4 {
        let answer = call(&slack, "chat.postMessage", json!({ "channel": DEPLOYS, "text": "x" }));
        errors.push(answer.await["error"].as_str().unwrap().to_owned());
    }
    assert_eq!(errors, ["fatal_error", "fatal_error", "internal_error", "internal_error"]);
    slack.heal("chat.postMessage");
    assert_eq!(post(&slack).await.unwrap(), (200, true));
    assert_eq!(slack.calls("chat.postMessage").len(), 5);
}

#[tokio::test]
async fn a_call_that_hangs_may_have_been_done() {
    let slack = workspace().await;
    for (fault, messages) in [(Fault::HangBefore, 0), (Fault::HangAfterEffect, 1)] {
        slack.fail_next("chat.postMessage", fault);
        let calls = slack.calls("chat.postMessage").len();
        let asker = slack.clone();
        let call = tokio::spawn(async move { post(&asker).await });
        slack
            .until("the call", |slack| {
                let is_called = slack.calls("chat.postMessage").len() > calls;
                (is_called && slack.messages(DEPLOYS).len() == messages).then_some(())
            })
            .await;
        let call = timeout(Duration::from_millis(50), call).await;
        assert!(call.is_err(), "there is no answer");
    }
}

#[tokio::test]
async fn a_slow_answer_comes() {
    let slack = workspace().await;
    slack.fail_next("chat.postMessage", Fault::SlowBy(Duration::from_millis(40)));
    let start = Instant::now();
    assert_eq!(post(&slack).await.unwrap(), (200, true));
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn nobody_answers_once_the_last_handle_is_gone() {
    let slack = workspace().await;
    let url = format!("{}/auth.test", slack.api_url());
    let another = slack.clone();
    drop(slack);
    assert_eq!(post(&another).await.unwrap(), (200, true));
    let mut changes = another.changes();
    drop(another);
    // The server held the last sender.
    let ended = async { while changes.changed().await.is_ok() {} };
    timeout(Duration::from_secs(20), ended).await.unwrap();
    let request = crate::sim::plain_http::Request {
        method: "POST",
        url: &url,
        headers: Vec::new(),
        body: String::new(),
    };
    assert!(crate::sim::plain_http::send(&request).await.is_err());
}
