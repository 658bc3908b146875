//! Slash commands, response URLs and modals.

use serde_json::{Value, json};

use super::client::{Socket, call, respond};
use super::{ANA, BEN, DEPLOYS, workspace};
use crate::sim::slack::{COMMAND, Press};

#[tokio::test]
async fn a_slash_command_is_answered_at_once_or_through_its_url() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    socket.answer_with(json!({ "payload": { "text": "Looking …" } }));
    let envelope = slack.slash(ANA, DEPLOYS, "status").await.unwrap();
    let frame = socket.next().await;
    let payload = &frame["payload"];
    assert_eq!((&frame["type"], &payload["command"]), (&json!("slash_commands"), &json!(COMMAND)));
    assert_eq!(frame["accepts_response_payload"], true);
    let acknowledgement = slack.await_acknowledgement(&envelope).await;
    assert_eq!(acknowledgement.payload["text"], "Looking …");
    let url = payload["response_url"].as_str().unwrap();
    let answer = respond(url, json!({ "text": "All is well" })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    let aloud = json!({ "text": "All is well", "response_type": "in_channel" });
    respond(url, aloud).await;

    let seen: Vec<_> = slack.ephemerals(Some(DEPLOYS), Some(ANA));
    let texts: Vec<_> = seen.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["Looking …", "All is well"]);
    assert!(slack.ephemerals(None, Some(BEN)).is_empty());
    assert_eq!(slack.messages(DEPLOYS)[0].text, "All is well");
    assert_eq!(slack.calls("response_url").len(), 2);
    for _ in 0..3 {
        assert_eq!(respond(url, json!({ "text": "more" })).await.status, 200);
    }
    assert_eq!(respond(url, json!({ "text": "too much" })).await.status, 404);
    let strange = url.replace("/commands/", "/actions/");
    assert_eq!(respond(&strange, json!({ "text": "x" })).await.status, 404);
    assert_eq!(slack.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_button_s_url_replaces_and_takes_away_its_message() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let button = json!({
        "type": "section", "text": { "type": "mrkdwn", "text": "*Sure?*" },
        "accessory": {
            "type": "button", "action_id": "sure", "value": "yes",
            "text": { "type": "plain_text", "text": "Yes" },
        },
    });
    let card = json!({ "channel": DEPLOYS, "text": "Sure?", "blocks": [button] });
    let ts = call(&slack, "chat.postMessage", card.clone()).await["ts"].clone();
    let ts = ts.as_str().unwrap();
    let sure = Press { user: ANA, channel: DEPLOYS, ts, action_id: "sure", value: "yes" };
    slack.press(sure).await.unwrap();
    let payload = socket.next().await["payload"].clone();
    let url = payload["response_url"].as_str().unwrap();
    let done = json!({ "text": "Done", "blocks": [], "replace_original": true });
    assert_eq!(respond(url, done).await.status, 200);
    let message = slack.messages(DEPLOYS).remove(0);
    assert_eq!((message.text.as_str(), message.edits), ("Done", 1));
    assert_eq!(message.blocks, Value::Null);
    respond(url, json!({ "delete_original": true })).await;
    assert!(slack.messages(DEPLOYS).is_empty());
    let gone = json!({ "text": "Done", "replace_original": true });
    assert_eq!(respond(url, gone).await.status, 400);

    let mut whisper = card;
    whisper["user"] = BEN.into();
    let ts = call(&slack, "chat.postEphemeral", whisper).await["message_ts"].clone();
    let ts = ts.as_str().unwrap();
    let sure = Press { user: BEN, channel: DEPLOYS, ts, action_id: "sure", value: "yes" };
    slack.press(sure).await.unwrap();
    let payload = socket.next().await["payload"].clone();
    let url = payload["response_url"].as_str().unwrap();
    respond(url, json!({ "text": "Done", "replace_original": true })).await;
    let seen = slack.ephemerals(None, None).remove(0);
    assert_eq!((seen.text.as_str(), seen.ts.as_str(), seen.thread_ts), ("Done", ts, None));
    assert_eq!((seen.channel.as_str(), seen.user.as_str()), (DEPLOYS, BEN));
    assert!(seen.blocks.is_null());
}

fn modal(title: &str) -> Value {
    json!({
        "type": "modal", "callback_id": "reason", "private_metadata": "42",
        "title": { "type": "plain_text", "text": title },
        "submit": { "type": "plain_text", "text": "Reject" },
        "blocks": [{
            "type": "input", "block_id": "why", "label": { "type": "plain_text", "text": "Why?" },
            "element": { "type": "plain_text_input", "action_id": "text" },
        }],
    })
}

/// A trigger out of a slash command.
async fn trigger(slack: &crate::sim::slack::Slack, socket: &mut Socket) -> String {
    slack.slash(ANA, DEPLOYS, "reject 42").await.unwrap();
    let frame = socket.next().await;
    frame["payload"]["trigger_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_modal_opens_once_a_trigger_and_closes_when_it_is_sent_off() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let trigger_id = trigger(&slack, &mut socket).await;
    let open = json!({ "trigger_id": trigger_id, "view": modal("Reject") });
    let view = call(&slack, "views.open", open.clone()).await["view"].clone();
    assert_eq!(call(&slack, "views.open", open).await["error"], "exchanged_trigger_id");
    let update = json!({ "view_id": view["id"], "hash": view["hash"], "view": modal("Again") });
    assert_eq!(call(&slack, "views.update", update.clone()).await["ok"], true);
    assert_eq!(call(&slack, "views.update", update).await["error"], "hash_conflict");
    assert_eq!(slack.views()[0]["title"]["text"], "Again");

    let id = view["id"].as_str().unwrap();
    let values = json!({ "why": { "text": { "type": "plain_text_input", "value": "no" } } });
    socket.answer_with(json!({ "payload": { "response_action": "errors", "errors": {} } }));
    let envelope = slack.submit_view(ANA, id, values.clone()).await.unwrap();
    slack.await_acknowledgement(&envelope).await;
    assert_eq!(slack.views().len(), 1);
    let payload = socket.next().await["payload"].clone();
    assert_eq!(payload["type"], "view_submission");
    assert_eq!(payload["view"]["private_metadata"], "42");
    assert_eq!(payload["view"]["callback_id"], "reason");
    assert_eq!(payload["view"]["state"]["values"], values);

    for (action, titles) in [("update", vec!["Third"]), ("push", vec!["Third", "Third"])] {
        let answer = json!({ "response_action": action, "view": modal("Third") });
        socket.answer_with(json!({ "payload": answer }));
        let envelope = slack.submit_view(ANA, id, values.clone()).await.unwrap();
        slack.await_acknowledgement(&envelope).await;
        let views = slack.views();
        let shown: Vec<_> = views.iter().map(|view| &view["title"]["text"]).collect();
        assert_eq!(shown, titles);
    }
    socket.answer_with(json!({}));
    let envelope = slack.submit_view(ANA, id, values).await.unwrap();
    slack.await_acknowledgement(&envelope).await;
    assert_eq!(slack.views().len(), 1);
    assert_eq!(slack.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_trigger_does_not_last_and_cannot_be_made_up() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let trigger_id = trigger(&slack, &mut socket).await;
    slack.expire_triggers();
    for trigger_id in [trigger_id.as_str(), "1.2.made-up"] {
        let open = json!({ "trigger_id": trigger_id, "view": modal("Reject") });
        assert_eq!(call(&slack, "views.open", open).await["error"], "expired_trigger_id");
    }
    let update = json!({ "view_id": "V0", "view": modal("Reject") });
    assert_eq!(call(&slack, "views.update", update).await["error"], "not_found");
}
