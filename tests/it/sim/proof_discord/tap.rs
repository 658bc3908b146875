//! What is there for measuring: it tells what the bot did, and forgets; and what was sent is kept.

use serde_json::{Value, json};

use super::client::{follow, register, respond, say};
use super::socket::{INTENTS, Socket};
use super::{ANA, DEPLOYS, guild};
use crate::sim::discord::{BOT_TOKEN, Discord, GUILD, Seen, Slash, What};

#[tokio::test]
async fn a_tap_tells_what_the_bot_did_for_whom_and_when() {
    let discord = guild().await;
    register(&discord, json!([{ "name": "status", "description": "x" }])).await;
    let before = std::time::Instant::now();
    let mut socket = Socket::enter(&discord, INTENTS).await;
    let mut tap = discord.tap();
    let slash = Slash { user: ANA, channel: DEPLOYS, command: "status", options: &[] };
    let id = discord.slash(slash);
    socket.event("INTERACTION_CREATE").await;
    let whisper = json!({ "content": "fine", "flags": 64, "allowed_mentions": { "parse": [] } });
    respond(&discord, &id, 4, whisper).await;
    let better = json!({ "content": "better", "allowed_mentions": { "parse": [] } });
    follow(&discord, &id, ("PATCH", "/messages/@original"), better).await;
    for expected in [What::Told, What::Answered, What::Replaced] {
        let Seen { what, user, at } = tap.recv().await.unwrap();
        assert_eq!((what, user.as_str()), (expected, ANA));
        assert!(at >= before);
    }
    say(&discord, DEPLOYS, "card").await;
    socket.event("MESSAGE_CREATE").await;
    socket.beat(4).await;
    discord.forget();
    assert!(
        discord.ephemerals(None, None).is_empty() && discord.calls("create_message").is_empty()
    );
    assert!(discord.answered(&id).is_none());
    assert_eq!(discord.messages(DEPLOYS).len(), 1);
}

#[tokio::test]
async fn what_was_sent_is_kept_without_what_authorises_it() {
    let folder = tempfile::tempdir().unwrap();
    let discord = Discord::open_keeping(folder.path()).await;
    discord.channel(GUILD, DEPLOYS, "deploys");
    say(&discord, DEPLOYS, "card").await;
    super::client::read(&discord, &format!("/channels/{DEPLOYS}/messages?limit=5")).await;
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert!(file.file_name().to_string_lossy().starts_with("discord-"));
    let kept = std::fs::read_to_string(file.path()).unwrap();
    let lines: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let path = format!("/api/v10/channels/{DEPLOYS}/messages");
    assert_eq!(
        lines[0],
        json!({
            "platform": "discord", "method": "POST", "path": path, "query": {},
            "headers": { "content-type": "application/json" },
            "body": { "content": "card", "allowed_mentions": { "parse": [] } },
        })
    );
    assert_eq!((&lines[1]["method"], &lines[1]["query"]["limit"]), (&json!("GET"), &json!("5")));
    assert!(!kept.contains(BOT_TOKEN));
}
