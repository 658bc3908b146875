//! What Slack refuses, and what it lets pass though nobody wants it.

use serde_json::{Value, json};

use super::client::{call, call_as, read, say};
use super::{ANA, BEN, DEPLOYS, SECRET, workspace};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, Slack};

async fn posted(slack: &Slack, blocks: Value) -> String {
    let message = json!({ "channel": DEPLOYS, "text": "card", "blocks": blocks });
    let answer = call(slack, "chat.postMessage", message).await;
    if answer["error"] == "invalid_blocks" {
        assert!(answer["response_metadata"]["messages"][0].is_string());
    }
    answer["error"].as_str().unwrap_or("ok").to_owned()
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

fn button(label: &str, value: &str) -> Value {
    let text = json!({ "type": "plain_text", "text": label });
    json!({ "type": "button", "action_id": "go", "text": text, "value": value })
}

fn with(mut block: Value, name: &str, value: Value) -> Value {
    block[name] = value;
    block
}

fn row(elements: &Value) -> Value {
    json!({ "type": "actions", "elements": elements })
}

#[tokio::test]
async fn tokens_and_scopes_are_asked_for() {
    let slack = workspace().await;
    let error = async |token, method| call_as(&slack, token, method).await["error"].clone();
    assert_eq!(error(Some("xoxb-other"), "auth.test").await, "invalid_auth");
    assert_eq!(error(None, "auth.test").await, "not_authed");
    assert_eq!(error(Some(APP_TOKEN), "auth.test").await, "not_allowed_token_type");
    assert_eq!(error(Some(BOT_TOKEN), "apps.connections.open").await, "not_allowed_token_type");
    slack.scopes(&["commands"]);
    let refused = call_as(&slack, Some(BOT_TOKEN), "chat.postMessage").await;
    assert_eq!(refused["error"], "missing_scope");
    assert_eq!(
        (&refused["needed"], &refused["provided"]),
        (&json!("chat:write"), &json!("commands"))
    );
}

#[tokio::test]
async fn a_message_needs_words_in_measure() {
    let slack = workspace().await;
    let say = async |text: &str| {
        let message = json!({ "channel": DEPLOYS, "text": text });
        call(&slack, "chat.postMessage", message).await["error"].clone()
    };
    assert_eq!(say("").await, "no_text");
    assert_eq!(say(&"가".repeat(40_001)).await, "msg_too_long");
    assert!(say(&"가".repeat(40_000)).await.is_null());
}

#[tokio::test]
async fn blocks_beyond_the_limits_are_refused() {
    let slack = workspace().await;
    let long = |count| "x".repeat(count);
    let fine = [
        json!([section(&long(3_000))]),
        Value::Array(vec![json!({ "type": "divider" }); 50]),
        json!([row(&json!([button(&long(75), &long(2_000))]))]),
        json!([{ "type": "header", "text": { "type": "plain_text", "text": long(150) } }]),
        json!([{ "type": "context", "elements": [{ "type": "mrkdwn", "text": "x" }] }]),
        json!([{ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" }]),
        json!([{ "type": "markdown", "text": "**x**" }]),
        json!([{ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [] }] }]),
        json!([{ "type": "section", "fields": [{ "type": "mrkdwn", "text": "x" }] }]),
    ];
    for blocks in fine {
        assert_eq!(posted(&slack, blocks.clone()).await, "ok", "{blocks}");
    }
    let option = json!({ "text": { "type": "plain_text", "text": long(76) }, "value": "a" });
    let select = json!({ "type": "static_select", "action_id": "s", "options": [option] });
    let confirm = json!({ "title": { "type": "mrkdwn", "text": "Sure?" } });
    let refused = [
        json!("not blocks"),
        json!([section(&long(3_001))]),
        json!([section("")]),
        json!([{ "type": "section" }]),
        json!([{ "type": "section", "fields": [{ "type": "mrkdwn", "text": long(2_001) }] }]),
        json!([{ "type": "section", "text": { "type": "markdown", "text": "x" } }]),
        json!([{ "type": "sections" }]),
        json!([{ "type": "header", "text": { "type": "mrkdwn", "text": "x" } }]),
        json!([{ "type": "header", "text": { "type": "plain_text", "text": long(151) } }]),
        json!([{ "type": "image", "image_url": "https://example.com/a.png" }]),
        Value::Array(vec![json!({ "type": "divider" }); 51]),
        json!([row(&json!([]))]),
        json!([row(&json!([button(&long(76), "1")]))]),
        json!([row(&json!([button("Go", &long(2_001))]))]),
        json!([row(&json!([button("Go", "1"), button("Go", "2")]))]),
        json!([row(&json!([with(button("Go", "1"), "style", json!("red"))]))]),
        json!([row(&json!([with(button("Go", "1"), "confirm", confirm)]))]),
        json!([row(&json!([{ "type": "buton" }]))]),
        json!([row(&json!([select]))]),
        json!([with(section("a"), "block_id", json!(long(256)))]),
        json!([
            with(section("a"), "block_id", json!("1")),
            with(section("b"), "block_id", json!("1"))
        ]),
    ];
    for blocks in refused {
        assert_eq!(posted(&slack, blocks.clone()).await, "invalid_blocks", "{blocks}");
    }
    let much = Value::Array(vec![section(&long(2_641)); 5]);
    assert_eq!(posted(&slack, much).await, "msg_blocks_too_long");
}

#[tokio::test]
async fn places_and_messages_must_exist_and_be_open_to_the_bot() {
    let slack = workspace().await;
    let theirs = slack.mention(ANA, DEPLOYS, "hello").await;
    let error = async |method: &str, args: Value| call(&slack, method, args).await["error"].clone();
    let at = |channel: &str, ts: &str| json!({ "channel": channel, "ts": ts, "text": "x" });
    assert_eq!(error("chat.postMessage", json!({ "text": "x" })).await, "invalid_arguments");
    assert_eq!(error("chat.postMessage", at("C0NOWHERE0", "")).await, "channel_not_found");
    assert_eq!(error("chat.postMessage", at(SECRET, "")).await, "not_in_channel");
    assert_eq!(error("chat.update", at(DEPLOYS, "1.1")).await, "message_not_found");
    assert_eq!(error("chat.update", at(DEPLOYS, &theirs)).await, "cant_update_message");
    assert_eq!(error("chat.delete", at(DEPLOYS, &theirs)).await, "cant_delete_message");
    let reply = json!({ "channel": DEPLOYS, "text": "x", "thread_ts": "1.1" });
    assert_eq!(error("chat.postMessage", reply).await, "thread_not_found");
    let odd = json!({ "channel": DEPLOYS, "timestamp": theirs, "name": ":+1:" });
    assert_eq!(error("reactions.add", odd).await, "invalid_name");
    slack.leave(BEN, DEPLOYS);
    let whisper = json!({ "channel": DEPLOYS, "user": BEN, "text": "x" });
    assert_eq!(error("chat.postEphemeral", whisper).await, "user_not_in_channel");
    assert_eq!(
        error("conversations.open", json!({ "users": "U0NOBODY00" })).await,
        "user_not_found"
    );
    let nobody = read(&slack, "users.info", "user=U0NOBODY00").await;
    assert_eq!(nobody["error"], "user_not_found");
    let nowhere = read(&slack, "conversations.info", "channel=C0NOWHERE0").await;
    assert_eq!(nowhere["error"], "channel_not_found");
}

#[tokio::test]
async fn views_beyond_the_limits_are_refused() {
    let slack = workspace().await;
    let publish = async |view: Value| {
        let answer = call(&slack, "views.publish", json!({ "user_id": ANA, "view": view })).await;
        answer["error"].as_str().unwrap_or("ok").to_owned()
    };
    let home = json!({ "type": "home", "blocks": [section("hello")] });
    assert_eq!(publish(home.clone()).await, "ok");
    let many = Value::Array(vec![section("x"); 101]);
    assert_eq!(publish(with(home.clone(), "blocks", many)).await, "invalid_arguments");
    let secret = json!("x".repeat(3_001));
    assert_eq!(publish(with(home.clone(), "private_metadata", secret)).await, "invalid_arguments");
    assert_eq!(publish(with(home.clone(), "type", json!("modal"))).await, "invalid_arguments");
    let large = Value::Array(vec![section(&"x".repeat(3_000)); 90]);
    assert_eq!(publish(with(home.clone(), "blocks", large)).await, "view_too_large");
    let nobody = json!({ "user_id": "U0NOBODY00", "view": home });
    assert_eq!(call(&slack, "views.publish", nobody).await["error"], "user_not_found");

    let label = json!({ "type": "plain_text", "text": "Why?" });
    let element = json!({ "type": "plain_text_input", "action_id": "text" });
    let input = json!({ "type": "input", "label": label, "element": element });
    let title = json!({ "type": "plain_text", "text": "x".repeat(25) });
    let modal = json!({ "type": "modal", "title": title, "blocks": [input] });
    let answer = call(&slack, "views.open", json!({ "trigger_id": "1", "view": modal })).await;
    let faults = answer["response_metadata"]["messages"].as_array().unwrap();
    assert_eq!(faults.len(), 2, "the title is too long, and an input needs a submit: {faults:?}");
    let none = call(&slack, "views.open", json!({ "trigger_id": "1" })).await;
    assert_eq!(none["error"], "invalid_arguments");
}

#[tokio::test]
async fn whoever_wakes_everybody_is_complained_of() {
    let slack = workspace().await;
    say(&slack, DEPLOYS, "&lt;!channel&gt; look").await;
    assert_eq!(slack.complaints(), [""; 0]);
    say(&slack, DEPLOYS, "<!channel> look").await;
    posted(&slack, json!([section("hi <!here|here>")])).await;
    let home = json!({ "type": "home", "blocks": [section("<!everyone>")] });
    call(&slack, "views.publish", json!({ "user_id": ANA, "view": home })).await;
    assert_eq!(slack.complaints().len(), 3);
}

#[tokio::test]
async fn json_where_slack_reads_none_is_complained_of_as_is_an_unknown_method() {
    let slack = workspace().await;
    call(&slack, "users.info", json!({ "user": ANA })).await;
    assert_eq!(slack.complaints(), ["users.info reads a form or the query, not JSON"]);
    let unknown = call(&slack, "chat.postMesage", json!({})).await;
    assert_eq!(unknown["error"], "unknown_method");
    assert_eq!(slack.complaints().len(), 2);
}
