//! What people do, and what the bot hears of it.

use serde_json::json;

use super::client::{Socket, call, say};
use super::{ANA, BEN, DEPLOYS, SECRET, workspace};
use crate::sim::slack::{APP, BOT_USER, Press, TEAM};

#[tokio::test]
async fn a_mention_comes_over_the_socket_and_is_acknowledged() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let ts = slack.mention(ANA, DEPLOYS, "deploy api to prod").await;
    let frame = socket.next().await;
    let event = &frame["payload"]["event"];
    assert_eq!(frame["type"], "events_api");
    assert_eq!(frame["retry_attempt"], 0);
    assert_eq!(event["type"], "app_mention");
    assert_eq!(event["text"], format!("<@{BOT_USER}> deploy api to prod"));
    assert_eq!((&event["user"], &event["ts"]), (&json!(ANA), &json!(ts)));
    assert_eq!(frame["payload"]["api_app_id"], APP);
    assert_eq!(frame["payload"]["authorizations"][0]["team_id"], TEAM);
    let envelope = frame["envelope_id"].as_str().unwrap();
    let acknowledgement = slack.await_acknowledgement(envelope).await;
    assert!(acknowledgement.after.as_secs() < 3);
    assert_eq!(slack.envelopes(), [envelope]);
    assert_eq!(slack.conversation(DEPLOYS)[0].ts, ts);
    socket.close().await;
    slack.await_connections(0).await;
}

#[tokio::test]
async fn a_mention_in_a_thread_says_so_and_one_where_the_bot_is_not_goes_unheard() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    slack.mention(ANA, SECRET, "psst").await;
    let root = slack.mention(ANA, DEPLOYS, "status").await;
    slack.mention_in(BEN, (DEPLOYS, Some(&root)), "why").await;
    assert_eq!(socket.next().await["payload"]["event"]["ts"], root);
    assert_eq!(socket.next().await["payload"]["event"]["thread_ts"], root);
    assert_eq!(slack.conversation(DEPLOYS)[1].thread_ts, Some(root));
}

#[tokio::test]
async fn a_direct_message_that_is_edited_and_taken_away_is_told_each_time() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let (channel, ts) = slack.direct_message(ANA, "help").await;
    slack.edit_message((&channel, &ts), "help me").await.unwrap();
    slack.delete_message((&channel, &ts)).await.unwrap();
    let said = socket.next().await["payload"]["event"].clone();
    assert_eq!((&said["channel_type"], &said["text"]), (&json!("im"), &json!("help")));
    let changed = socket.next().await["payload"]["event"].clone();
    assert_eq!(changed["subtype"], "message_changed");
    assert_eq!(changed["message"]["text"], "help me");
    let gone = socket.next().await["payload"]["event"].clone();
    assert_eq!((&gone["subtype"], &gone["deleted_ts"]), (&json!("message_deleted"), &json!(ts)));
    assert!(slack.conversation(&channel).is_empty());
}

#[tokio::test]
async fn an_edited_mention_comes_again_as_a_new_event_that_says_so() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let ts = slack.mention(ANA, DEPLOYS, "deploy api").await;
    slack.edit_message((DEPLOYS, &ts), &format!("<@{BOT_USER}> deploy web")).await.unwrap();
    assert_eq!(slack.edit_message((DEPLOYS, &ts), "never mind").await, None);
    assert_eq!(slack.delete_message((DEPLOYS, &ts)).await, None);
    let (first, second) = (socket.next().await, socket.next().await);
    assert_ne!(first["payload"]["event_id"], second["payload"]["event_id"]);
    assert_eq!(second["payload"]["event"]["ts"], ts);
    assert!(second["payload"]["event"]["edited"].is_object());
}

#[tokio::test]
async fn reactions_come_and_go_and_stay_in_the_state_when_nobody_listens() {
    let slack = workspace().await;
    let ts = say(&slack, DEPLOYS, "deploy?").await;
    assert_eq!(slack.react(ANA, (DEPLOYS, &ts), "eyes").await, None);
    let mut socket = Socket::open(&slack, 1).await;
    slack.react(BEN, (DEPLOYS, &ts), "+1::skin-tone-3").await.unwrap();
    slack.unreact(ANA, (DEPLOYS, &ts), "eyes").await.unwrap();
    let added = socket.next().await["payload"]["event"].clone();
    assert_eq!(added["type"], "reaction_added");
    assert_eq!(added["reaction"], "+1::skin-tone-3");
    assert_eq!(added["item"], json!({ "type": "message", "channel": DEPLOYS, "ts": ts }));
    assert_eq!(added["item_user"], BOT_USER);
    assert_eq!(socket.next().await["payload"]["event"]["type"], "reaction_removed");
    let expected = [("+1::skin-tone-3".to_owned(), vec![BEN.to_owned()])];
    assert_eq!(slack.messages(DEPLOYS)[0].reactions, expected);
}

#[tokio::test]
async fn the_bot_hears_itself_in_direct_messages_and_of_its_own_reactions() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let opened = call(&slack, "conversations.open", json!({ "users": ANA })).await;
    let channel = opened["channel"]["id"].as_str().unwrap();
    let ts = say(&slack, channel, "hello").await;
    let update = json!({ "channel": channel, "ts": ts, "text": "hello ana" });
    call(&slack, "chat.update", update).await;
    call(&slack, "reactions.add", json!({ "channel": channel, "timestamp": ts, "name": "wave" }))
        .await;
    let said = socket.next().await["payload"]["event"].clone();
    assert_eq!((&said["type"], &said["user"]), (&json!("message"), &json!(BOT_USER)));
    assert!(said["bot_id"].is_string());
    assert_eq!(socket.next().await["payload"]["event"]["subtype"], "message_changed");
    assert_eq!(socket.next().await["payload"]["event"]["user"], BOT_USER);
}

#[tokio::test]
async fn a_button_that_is_pressed_says_which_on_what_and_by_whom() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    let button = json!({
        "type": "button", "action_id": "approve", "value": "42",
        "text": { "type": "plain_text", "text": "Approve" },
    });
    let blocks = json!([{ "type": "actions", "block_id": "vote", "elements": [button] }]);
    let card = json!({ "channel": DEPLOYS, "text": "Deploy?", "blocks": blocks });
    let ts = call(&slack, "chat.postMessage", card).await["ts"].as_str().unwrap().to_owned();
    let press = |ts| Press { user: BEN, channel: DEPLOYS, ts, action_id: "approve", value: "42" };
    slack.press(press(&ts)).await.unwrap();
    let payload = socket.next().await["payload"].clone();
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["actions"][0]["value"], "42");
    assert_eq!(payload["actions"][0]["block_id"], "vote");
    assert_eq!(payload["message"]["ts"], ts);
    assert_eq!(payload["container"]["is_ephemeral"], false);
    assert_eq!(payload["user"]["id"], BEN);

    let only = json!({ "channel": DEPLOYS, "user": BEN, "text": "Sure?", "blocks": blocks });
    let only = call(&slack, "chat.postEphemeral", only).await["message_ts"].clone();
    slack.press(press(only.as_str().unwrap())).await.unwrap();
    let payload = socket.next().await["payload"].clone();
    assert_eq!(payload["container"]["is_ephemeral"], true);
    assert!(payload["message"].is_null());
}

#[tokio::test]
async fn the_home_tab_is_opened_published_and_pressed() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    slack.open_home(ANA).await.unwrap();
    let opened = socket.next().await["payload"]["event"].clone();
    assert_eq!((&opened["type"], &opened["tab"]), (&json!("app_home_opened"), &json!("home")));
    let button = json!({
        "type": "button", "action_id": "refresh",
        "text": { "type": "plain_text", "text": "Refresh" },
    });
    let view = json!({ "type": "home", "blocks": [{ "type": "actions", "elements": [button] }] });
    call(&slack, "views.publish", json!({ "user_id": ANA, "view": view })).await;
    assert_eq!(slack.home(BEN), None);
    slack.press_at_home(ANA, "refresh").await.unwrap();
    let payload = socket.next().await["payload"].clone();
    assert_eq!(payload["container"]["view_id"], slack.home(ANA).unwrap()["id"]);
}
