//! Requests that fail on order.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::client::{post, say, try_ask};
use super::{DEPLOYS, OTHER, guild};
use crate::sim::discord::{Discord, Fault, Times};

async fn try_post(discord: &Discord) -> io::Result<(u16, Value)> {
    let message = json!({ "content": "card", "allowed_mentions": { "parse": [] } });
    let path = format!("/channels/{DEPLOYS}/messages");
    let answer = try_ask(discord, "POST", &path, message).await?;
    Ok((answer.status, answer.json()["id"].clone()))
}

#[tokio::test]
async fn a_request_fails_before_its_effect_or_after_it() {
    let discord = guild().await;
    let error = Fault::Error { status: 403, code: 50_001, message: "Missing Access" };
    let orders = [
        (Fault::ServerErrorBefore, Some(500), 0),
        (Fault::BadGateway, Some(502), 0),
        (error, Some(403), 0),
        (Fault::ServerErrorAfterEffect, Some(500), 1),
        (Fault::GarbledAnswer, Some(200), 2),
        (Fault::AnswerWithout("id"), Some(200), 3),
        (Fault::ConnectionCutAfterEffect, None, 4),
    ];
    for (fault, status, messages) in orders {
        discord.fail_next("create_message", fault.clone());
        let answer = try_post(&discord).await.ok();
        assert_eq!(answer.as_ref().map(|answer| answer.0), status, "{fault:?}");
        assert_eq!(answer.map_or(Value::Null, |answer| answer.1), Value::Null);
        assert_eq!(discord.messages(DEPLOYS).len(), messages, "{fault:?}");
    }
    assert_eq!(try_post(&discord).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_limit_says_when_to_come_again_and_for_what_it_holds() {
    let discord = guild().await;
    let retry_after = Duration::from_millis(1_500);
    discord.fail_next("create_message", Fault::RateLimited { retry_after });
    discord.fail_next("create_message", Fault::RateLimitedGlobally { retry_after });
    for is_global in [false, true] {
        let answer = post(&discord, DEPLOYS, json!({ "content": "card" })).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")));
        let body = answer.json();
        assert_eq!((&body["retry_after"], &body["global"]), (&json!(1.5), &json!(is_global)));
        let scope = if is_global { "global" } else { "user" };
        assert_eq!(answer.header("x-ratelimit-scope"), Some(scope));
        assert_eq!(answer.header("x-ratelimit-global"), is_global.then_some("true"));
    }
    assert_eq!((discord.refused_requests(), discord.messages(DEPLOYS).len()), (2, 0));
}

#[tokio::test]
async fn a_limit_holds_for_each_channel_by_itself() {
    let discord = guild().await;
    discord.limit("create_message", 1);
    assert_eq!(try_post(&discord).await.unwrap().0, 200);
    assert_eq!(try_post(&discord).await.unwrap().0, 429);
    say(&discord, OTHER, "card").await;
    discord.heal("create_message");
    assert_eq!(try_post(&discord).await.unwrap().0, 200);
}

#[tokio::test]
async fn orders_hold_as_often_as_told_and_in_one_channel_alone() {
    let discord = guild().await;
    discord.fail("create_message", Fault::ServerErrorBefore, Times::Next(2));
    discord.fail("create_message", Fault::BadGateway, Times::Always);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(try_post(&discord).await.unwrap().0);
    }
    assert_eq!(statuses, [500, 500, 502, 502]);
    discord.heal("create_message");
    discord.fail_in(DEPLOYS, "create_message", Fault::ServerErrorBefore);
    assert_eq!(try_post(&discord).await.unwrap().0, 500);
    say(&discord, OTHER, "card").await;
    assert_eq!(discord.calls("create_message").len(), 6);
    assert_eq!(discord.calls("create_message")[0]["body"]["content"], "card");
    assert_eq!(discord.calls("create_message")[0]["channel_id"], DEPLOYS);
}

#[tokio::test]
async fn a_request_that_hangs_may_have_been_done() {
    let discord = guild().await;
    for (fault, messages) in [(Fault::HangBefore, 0), (Fault::HangAfterEffect, 1)] {
        discord.fail_next("create_message", fault);
        let calls = discord.calls("create_message").len();
        let asker = discord.clone();
        let call = tokio::spawn(async move { try_post(&asker).await });
        discord
            .until("the request", |discord| {
                let is_called = discord.calls("create_message").len() > calls;
                (is_called && discord.messages(DEPLOYS).len() == messages).then_some(())
            })
            .await;
        let call = timeout(Duration::from_millis(50), call).await;
        assert!(call.is_err(), "there is no answer");
    }
}

#[tokio::test]
async fn a_slow_answer_comes() {
    let discord = guild().await;
    discord.fail_next("create_message", Fault::SlowBy(Duration::from_millis(40)));
    let start = Instant::now();
    assert_eq!(try_post(&discord).await.unwrap().0, 200);
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn nobody_answers_once_the_last_handle_is_gone() {
    let discord = guild().await;
    let url = format!("{}/api/v10/gateway", discord.api_url());
    let another = discord.clone();
    drop(discord);
    assert_eq!(try_post(&another).await.unwrap().0, 200);
    let mut changes = another.changes();
    drop(another);
    while changes.changed().await.is_ok() {}
    assert!(crate::sim::plain_http::is_gone(&url).await);
}
