//! Messages and reactions over REST, when all is well.

use serde_json::{Value, json};
use serenity::all::{
    ButtonStyle, ChannelId, CreateActionRow, CreateButton, CreateEmbed, CreateMessage,
    CreateThread, EditMessage, GetMessages, MessageId, Nonce, ReactionType,
};

use super::client::{ask, post, read, say};
use super::serenity::library;
use super::{ANA, BEN, DEPLOYS, MINA, guild};
use crate::sim::discord::{BOT_USER, Discord, EMBED_LINKS, Overwrite};

fn channel() -> ChannelId {
    ChannelId::new(DEPLOYS.parse().unwrap())
}

#[tokio::test]
async fn the_library_posts_edits_reads_and_deletes() {
    let discord = guild().await;
    let http = library(&discord);
    let button = CreateButton::new("approve").label("Approve").style(ButtonStyle::Success);
    let embed = CreateEmbed::new().title("#42 api").field("Version", "v1", true);
    let message =
        CreateMessage::new().embed(embed).components(vec![CreateActionRow::Buttons(vec![button])]);
    let mut posted = channel().send_message(&http, message).await.unwrap();
    let seen = discord.messages(DEPLOYS).remove(0);
    assert_eq!(seen.words(), "#42 api\nVersion\nv1");
    let control = seen.controls().remove(0);
    assert_eq!((control.label.as_str(), control.style), ("Approve", 3));
    assert!(!control.is_disabled && seen.edits == 0);
    let edit = EditMessage::new().content("done").embeds(vec![]).components(vec![]);
    posted.edit(&http, edit).await.unwrap();
    let seen = discord.messages(DEPLOYS).remove(0);
    assert_eq!((seen.words().as_str(), seen.controls().len(), seen.edits), ("done", 0, 1));
    let found = channel().message(&http, posted.id).await.unwrap();
    assert_eq!((found.content.as_str(), found.edited_timestamp.is_some()), ("done", true));
    posted.delete(&http).await.unwrap();
    assert!(discord.messages(DEPLOYS).is_empty());
    assert_eq!(discord.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_nonce_gives_the_message_that_is_there_for_some_minutes() {
    let discord = guild().await;
    let http = library(&discord);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let message = CreateMessage::new().content("card").nonce(Nonce::String("card-42".into()));
        ids.push(channel().send_message(&http, message.enforce_nonce(true)).await.unwrap().id);
    }
    assert_eq!((ids[0], discord.messages(DEPLOYS).len()), (ids[1], 1));
    discord.skip(std::time::Duration::from_mins(6));
    let again = json!({ "content": "card", "nonce": "card-42", "enforce_nonce": true });
    assert_eq!(post(&discord, DEPLOYS, again).await.status, 200);
    let plain = json!({ "content": "card", "nonce": "card-42" });
    let last = post(&discord, DEPLOYS, plain).await.json();
    assert_eq!(last["nonce"], "card-42");
    assert_eq!(discord.messages(DEPLOYS).len(), 3);
    let id = last["id"].as_str().unwrap();
    let read_again = read(&discord, &format!("/channels/{DEPLOYS}/messages/{id}")).await;
    assert!(read_again["nonce"].is_null(), "it is lost when a message is read: {read_again}");
}

#[tokio::test]
async fn history_is_read_page_by_page() {
    let discord = guild().await;
    let http = library(&discord);
    let mut ids = Vec::new();
    for text in ["a", "b", "c", "d", "e"] {
        ids.push(say(&discord, DEPLOYS, text).await);
    }
    let texts = |messages: &Value| -> Vec<String> {
        let all = messages.as_array().unwrap();
        all.iter().map(|one| one["content"].as_str().unwrap().to_owned()).collect()
    };
    let path = |query: String| format!("/channels/{DEPLOYS}/messages?{query}");
    assert_eq!(texts(&read(&discord, &path(String::new())).await), ["e", "d", "c", "b", "a"]);
    assert_eq!(texts(&read(&discord, &path("limit=2".into())).await), ["e", "d"]);
    let before = path(format!("limit=2&before={}", ids[3]));
    assert_eq!(texts(&read(&discord, &before).await), ["c", "b"]);
    let after = path(format!("limit=2&after={}", ids[1]));
    assert_eq!(texts(&read(&discord, &after).await), ["d", "c"]);
    let around = path(format!("limit=3&around={}", ids[2]));
    assert_eq!(texts(&read(&discord, &around).await), ["d", "c", "b"]);
    let last = MessageId::new(ids[4].parse().unwrap());
    let found = channel().messages(&http, GetMessages::new().before(last).limit(1)).await.unwrap();
    assert_eq!(found[0].content, "d");
    for limit in ["0", "101", "many"] {
        let refused = ask(&discord, "GET", &path(format!("limit={limit}")), Value::Null).await;
        assert_eq!(super::client::fault(&refused).0, "limit");
    }
}

#[tokio::test]
async fn what_others_wrote_is_hidden_without_the_intent_for_it() {
    let discord = guild().await;
    discord.say(ANA, DEPLOYS, "a secret");
    let path = format!("/channels/{DEPLOYS}/messages");
    assert_eq!(read(&discord, &path).await[0]["content"], "");
    discord.privileged_intents(crate::sim::discord::MESSAGE_CONTENT);
    assert_eq!(read(&discord, &path).await[0]["content"], "a secret");
}

#[tokio::test]
async fn everybody_behind_a_reaction_is_listed_in_pages() {
    let discord = guild().await;
    let http = library(&discord);
    let id = say(&discord, DEPLOYS, "card").await;
    let message = MessageId::new(id.parse().unwrap());
    let emoji = ReactionType::Unicode("✅".to_owned());
    http.create_reaction(channel(), message, &emoji).await.unwrap();
    for person in [MINA, ANA, BEN] {
        discord.react(person, (DEPLOYS, &id), "✅");
    }
    let ids = |users: Vec<serenity::all::User>| -> Vec<String> {
        users.iter().map(|user| user.id.to_string()).collect()
    };
    let first = http.get_reaction_users(channel(), message, &emoji, 2, None).await.unwrap();
    assert_eq!(ids(first), [ANA, BEN]);
    let after = Some(BEN.parse().unwrap());
    let rest = http.get_reaction_users(channel(), message, &emoji, 100, after).await.unwrap();
    assert_eq!(ids(rest), [MINA, BOT_USER]);
    let shown = channel().message(&http, message).await.unwrap();
    assert_eq!((shown.reactions[0].count, shown.reactions[0].me), (4, true));
    http.delete_reaction_me(channel(), message, &emoji).await.unwrap();
    assert_eq!(discord.messages(DEPLOYS)[0].reacted("✅"), [MINA, ANA, BEN]);
}

#[tokio::test]
async fn a_reaction_that_is_there_needs_no_permission_to_be_added() {
    let discord = guild().await;
    let id = say(&discord, DEPLOYS, "card").await;
    let own = format!("/channels/{DEPLOYS}/messages/{id}/reactions/%E2%9C%85/@me");
    assert_eq!(ask(&discord, "PUT", &own, Value::Null).await.status, 204);
    let deny = Overwrite::deny(crate::sim::discord::ADD_REACTIONS);
    discord.overwrite(DEPLOYS, crate::sim::discord::GUILD, deny);
    discord.react(ANA, (DEPLOYS, &id), "✅");
    assert_eq!(discord.messages(DEPLOYS)[0].reacted("✅"), [BOT_USER, ANA]);
    let another = own.replace("%E2%9C%85", "%F0%9F%91%8D");
    assert_eq!(ask(&discord, "PUT", &another, Value::Null).await.json()["code"], 50_013);
}

#[tokio::test]
async fn a_thread_hangs_on_a_message_and_comes_back_when_somebody_writes() {
    let discord = guild().await;
    let http = library(&discord);
    let id = say(&discord, DEPLOYS, "card").await;
    let message = MessageId::new(id.parse().unwrap());
    let made = channel().create_thread_from_message(&http, message, CreateThread::new("log"));
    let thread = made.await.unwrap();
    assert_eq!(discord.thread(&id), Some((thread.id.to_string(), "log".to_owned())));
    assert_eq!(discord.thread("1"), None);
    let line = CreateMessage::new().content("started");
    thread.send_message(&http, line.clone()).await.unwrap();
    assert_eq!(discord.messages(&id)[0].content, "started");
    discord.shelve(&id, crate::sim::discord::Shelf::Archived);
    let first = discord.messages(&id)[0].id.clone();
    let path = format!("/channels/{id}/messages/{first}");
    let edit = json!({ "content": "x", "allowed_mentions": { "parse": [] } });
    let refused = ask(&discord, "PATCH", &path, edit).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(50_083)));
    thread.send_message(&http, line.clone()).await.unwrap();
    let shown = read(&discord, &format!("/channels/{id}")).await;
    assert_eq!(shown["thread_metadata"]["archived"], false);
    discord.shelve(&id, crate::sim::discord::Shelf::Locked);
    assert!(thread.send_message(&http, line).await.is_err());
    let open = json!({ "archived": false, "locked": false, "name": "log of #42" });
    let opened = ask(&discord, "PATCH", &format!("/channels/{id}"), open).await;
    assert_eq!(opened.json()["name"], "log of #42");
    assert_eq!(discord.conversation(&id).len(), 2);
}

#[tokio::test]
async fn people_are_waked_by_name_alone() {
    let discord = guild().await;
    let text = format!("<@{ANA}> and <@{BEN}>, @everyone: <@&{}>", crate::sim::discord::BOT_ROLE);
    post(&discord, DEPLOYS, json!({ "content": text })).await;
    let only = json!({ "content": text, "allowed_mentions": { "users": [ANA] } });
    post(&discord, DEPLOYS, only).await;
    assert_eq!(discord.complaints(), [""; 0]);
    let path = format!("/channels/{DEPLOYS}/messages");
    ask(&discord, "POST", &path, json!({ "content": text })).await;
    let all = json!({ "content": text, "allowed_mentions": { "parse": ["everyone"] } });
    ask(&discord, "POST", &path, all).await;
    let waked: Vec<_> = discord.messages(DEPLOYS).into_iter().map(|one| one.waked.len()).collect();
    assert_eq!(waked, [0, 1, 4, 1]);
    assert_eq!(discord.complaints().len(), 2, "{:?}", discord.complaints());
}

#[tokio::test]
async fn the_bot_needs_its_permissions() {
    let discord = guild().await;
    let deny = async |discord: &Discord, what: u64| {
        discord.overwrite(DEPLOYS, BOT_USER, Overwrite::deny(what));
        let card = json!({ "embeds": [{ "title": "card" }] });
        post(discord, DEPLOYS, card).await.json()["code"].clone()
    };
    assert_eq!(deny(&discord, crate::sim::discord::VIEW_CHANNEL).await, 50_001);
    assert_eq!(deny(&discord, crate::sim::discord::SEND_MESSAGES).await, 50_013);
    assert_eq!(deny(&discord, EMBED_LINKS).await, 50_013);
    assert!(discord.messages(DEPLOYS).is_empty());
    assert_eq!(discord.refused_requests(), 3);
    assert_eq!(deny(&discord, 0).await, Value::Null);
}
