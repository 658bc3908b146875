//! The Web API when all is well.

use serde_json::{Value, json};
use slack_morphism::prelude::*;

use super::client::{call, call_by_form, library, read, say, token, try_call};
use super::{ANA, BEN, DEPLOYS, MINA, SECRET, workspace};
use crate::sim::slack::{BOT, BOT_TOKEN, BOT_USER, TEAM, User};

#[tokio::test]
async fn the_library_posts_and_updates_and_knows_itself() {
    let slack = workspace().await;
    let client = library(&slack);
    let token = token(BOT_TOKEN);
    let session = client.open_session(&token);
    let who = session.auth_test().await.unwrap();
    assert_eq!(who.user_id.to_string(), BOT_USER);
    let content = SlackMessageContent::new().with_text("hello".into());
    let post = SlackApiChatPostMessageRequest::new(DEPLOYS.into(), content);
    let posted = session.chat_post_message(&post).await.unwrap();
    let content = SlackMessageContent::new().with_text("hello, all".into());
    let update = SlackApiChatUpdateRequest::new(DEPLOYS.into(), content, posted.ts.clone());
    session.chat_update(&update).await.unwrap();
    let ana = session.users_info(&SlackApiUsersInfoRequest::new(ANA.into())).await.unwrap();
    assert_eq!(ana.user.name.as_deref(), Some("ana"));
    let message = slack.messages(DEPLOYS).remove(0);
    assert_eq!((message.text.as_str(), message.edits), ("hello, all", 1));
    assert_eq!(message.ts, posted.ts.to_string());
    assert_eq!(slack.calls("chat.update")[0]["text"], "hello, all");
}

#[tokio::test]
async fn json_forms_and_queries_are_read_alike_and_timestamps_rise() {
    let slack = workspace().await;
    let first = say(&slack, DEPLOYS, "one").await;
    let form = format!("channel={DEPLOYS}&text=two+%26+a+half&blocks=%5B%5D");
    let second = call_by_form(&slack, "chat.postMessage", &form).await["ts"].clone();
    let query = format!("channel={DEPLOYS}&text=three");
    let third = read(&slack, "chat.postMessage", &query).await["ts"].clone();
    assert_eq!(first, "1700000000.000100");
    assert!(first.as_str() < second.as_str().unwrap());
    assert!(second.as_str() < third.as_str());
    let texts: Vec<_> = slack.messages(DEPLOYS).into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["one", "two & a half", "three"]);
    let answer = try_call(&slack, "auth.test", json!({})).await.unwrap();
    assert!(answer.header("x-oauth-scopes").unwrap().contains("chat:write"));
    assert_eq!(answer.json()["bot_id"], BOT);
    assert_eq!(read(&slack, "team.info", "").await["needed"], "team:read");
    slack.scopes(&["team:read"]);
    assert_eq!(read(&slack, "team.info", "").await["team"]["id"], TEAM);
    assert_eq!(slack.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_thread_and_a_channel_are_read_page_by_page() {
    let slack = workspace().await;
    let root = say(&slack, DEPLOYS, "root").await;
    for text in ["a", "b", "c"] {
        let reply = json!({ "channel": DEPLOYS, "text": text, "thread_ts": root });
        assert_eq!(call(&slack, "chat.postMessage", reply).await["ok"], true);
    }
    let last = say(&slack, DEPLOYS, "last").await;
    let texts = |answer: &Value| -> Vec<String> {
        let messages = answer["messages"].as_array().unwrap();
        messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    };
    let thread = format!("channel={DEPLOYS}&ts={root}&limit=2");
    let page = read(&slack, "conversations.replies", &thread).await;
    assert_eq!((texts(&page), &page["has_more"]), (vec!["root".into(), "a".into()], &json!(true)));
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap();
    let page = read(&slack, "conversations.replies", &format!("{thread}&cursor={cursor}")).await;
    assert_eq!((texts(&page), &page["has_more"]), (vec!["b".into(), "c".into()], &json!(false)));
    assert_eq!(page["response_metadata"]["next_cursor"], "");

    let history = |more: String| read_history(&slack, more);
    assert_eq!(texts(&history(String::new()).await), ["last", "root"]);
    assert_eq!(texts(&history(format!("&oldest={root}")).await), ["last"]);
    assert_eq!(texts(&history(format!("&latest={last}")).await), ["root"]);
    let both = format!("&oldest={root}&latest={last}&inclusive=true");
    assert_eq!(texts(&history(both).await).len(), 2);
    let missing = format!("channel={DEPLOYS}&ts=1600000000.000000");
    let missing = read(&slack, "conversations.replies", &missing).await;
    assert_eq!(missing["error"], "thread_not_found");
}

async fn read_history(slack: &crate::sim::slack::Slack, more: String) -> Value {
    read(slack, "conversations.history", &format!("channel={DEPLOYS}{more}")).await
}

#[tokio::test]
async fn metadata_is_kept_and_shown_to_who_asks() {
    let slack = workspace().await;
    let metadata = json!({ "event_type": "deployment", "event_payload": { "number": 42 } });
    let card = json!({ "channel": DEPLOYS, "text": "card", "metadata": metadata });
    let ts = call(&slack, "chat.postMessage", card).await["ts"].clone();
    let silent = read_history(&slack, String::new()).await;
    assert!(silent["messages"][0]["metadata"].is_null());
    let told = read_history(&slack, "&include_all_metadata=true".to_owned()).await;
    assert_eq!(told["messages"][0]["metadata"], metadata);
    let update = json!({ "channel": DEPLOYS, "ts": ts, "text": "card 2" });
    call(&slack, "chat.update", update.clone()).await;
    assert_eq!(slack.messages(DEPLOYS)[0].metadata, metadata);
    let mut update = update;
    update["metadata"] = json!({});
    call(&slack, "chat.update", update).await;
    assert!(slack.messages(DEPLOYS)[0].metadata.is_null());
}

#[tokio::test]
async fn everybody_behind_a_reaction_is_named_only_in_full() {
    let slack = workspace().await;
    let ts = say(&slack, DEPLOYS, "deploy?").await;
    let seed = json!({ "channel": DEPLOYS, "timestamp": ts, "name": "+1" });
    assert_eq!(call(&slack, "reactions.add", seed.clone()).await["ok"], true);
    assert_eq!(call(&slack, "reactions.add", seed.clone()).await["error"], "already_reacted");
    for person in [ANA, BEN, MINA] {
        slack.react(person, (DEPLOYS, &ts), "+1").await;
    }
    let query = format!("channel={DEPLOYS}&timestamp={ts}");
    let part = read(&slack, "reactions.get", &query).await["message"]["reactions"][0].clone();
    assert_eq!((part["users"].as_array().unwrap().len(), &part["count"]), (3, &json!(4)));
    let full = read(&slack, "reactions.get", &format!("{query}&full=true")).await;
    let users = json!([BOT_USER, ANA, BEN, MINA]);
    assert_eq!(full["message"]["reactions"][0]["users"], users);
    let listed = read_history(&slack, String::new()).await;
    assert_eq!(listed["messages"][0]["reactions"][0]["users"].as_array().unwrap().len(), 3);
    assert_eq!(call(&slack, "reactions.remove", seed.clone()).await["ok"], true);
    assert_eq!(call(&slack, "reactions.remove", seed).await["error"], "no_reaction");
}

#[tokio::test]
async fn places_and_people_are_told_as_they_are() {
    let slack = workspace().await;
    let mut guest = User::named("mina");
    guest.is_restricted = true;
    guest.deleted = true;
    slack.user(MINA, guest);
    let mina = read(&slack, "users.info", &format!("user={MINA}")).await["user"].clone();
    assert_eq!((&mina["is_restricted"], &mina["deleted"]), (&json!(true), &json!(true)));
    assert_eq!(mina["is_bot"], false);
    let bot = read(&slack, "users.info", &format!("user={BOT_USER}")).await["user"].clone();
    assert_eq!(bot["is_bot"], true);
    let info = read(&slack, "conversations.info", &format!("channel={SECRET}")).await;
    assert_eq!(info["channel"]["is_member"], false);
    let opened = call(&slack, "conversations.open", json!({ "users": ANA })).await;
    let direct = opened["channel"]["id"].as_str().unwrap();
    // Wilco asks nothing about conversations with one person, so its manifest leaves that out.
    let query = format!("channel={direct}");
    let refused = read(&slack, "conversations.info", &query).await;
    assert_eq!(
        (&refused["error"], &refused["needed"]),
        (&json!("missing_scope"), &json!("im:read"))
    );
    slack.scopes(&["chat:write", "im:read"]);
    let info = read(&slack, "conversations.info", &query).await;
    assert_eq!((&info["channel"]["is_im"], &info["channel"]["user"]), (&json!(true), &json!(ANA)));
    say(&slack, ANA, "posted to the person").await;
    assert_eq!(slack.messages(direct)[0].text, "posted to the person");
}

#[tokio::test]
async fn a_message_has_a_link_and_can_be_taken_away() {
    let slack = workspace().await;
    let ts = say(&slack, DEPLOYS, "card").await;
    let query = format!("channel={DEPLOYS}&message_ts={ts}");
    let link = read(&slack, "chat.getPermalink", &query).await["permalink"].clone();
    assert_eq!(link, format!("https://example.slack.com/archives/{DEPLOYS}/p1700000000000100"));
    let delete = json!({ "channel": DEPLOYS, "ts": ts });
    assert_eq!(call(&slack, "chat.delete", delete.clone()).await["ok"], true);
    assert_eq!(call(&slack, "chat.delete", delete).await["error"], "message_not_found");
    assert!(slack.messages(DEPLOYS).is_empty());
}
