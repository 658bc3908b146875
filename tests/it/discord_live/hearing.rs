//! What wilco hears while connections break and events come oddly.

use serde_json::json;

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{BOT_USER, GUILD, Resumable};

#[tokio::test]
async fn an_event_that_comes_twice_applies_once() {
    let scene = Scene::open().await;
    scene.discord.duplicate_next("MESSAGE_CREATE");
    scene.room().expect(1);
    scene.say("ana", "deploy web to prod").await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}

#[tokio::test]
async fn reactions_are_heard_in_the_order_in_which_they_came() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    for _ in 0..30 {
        scene.room().expect(2);
        scene.discord.react(&ben, (CHANNEL, &card), "👍");
        scene.discord.unreact(&ben, (CHANNEL, &card), "👍");
    }
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("vote withdrawn by ben"));
}

#[tokio::test]
async fn a_vote_that_changed_while_nobody_listened_is_seen_once_somebody_does() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let card = scene.card(1).id;
    scene.go_away().await;
    scene.discord.unreact(&user("ben"), (CHANNEL, &card), "✅");
    scene.discord.react(&user("mina"), (CHANNEL, &card), "✅");
    scene.come_back().await;
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
    assert!(record.contains("approved by mina"), "{record}");
    assert!(!record.contains("run started"), "{record}");
}

#[tokio::test]
async fn a_super_reaction_is_a_vote_and_one_vote_beside_another() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let card = scene.card(1).id;
    scene.go_away().await;
    scene.discord.super_react(&user("ben"), (CHANNEL, &card), "✅");
    scene.come_back().await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
    scene.go_away().await;
    scene.discord.react(&user("ben"), (CHANNEL, &card), "✅");
    scene.come_back().await;
    let record = scene.record(1).await;
    assert_eq!(record.matches("ben").count(), 1, "{record}");
}

#[tokio::test]
async fn a_new_session_reads_the_reactions_anew() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let card = scene.card(1).id;
    let mut figures = scene.room().adapter().figures();
    let connected = figures.borrow().connected;
    scene.discord.lose_next(1);
    scene.discord.react(&user("ben"), (CHANNEL, &card), "✅");
    scene.discord.invalidate_sessions(Resumable::No);
    figures.wait_for(|figures| figures.connected > connected).await.unwrap();
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
}

#[tokio::test]
async fn a_vote_in_an_event_that_cannot_be_read_is_found_at_the_message() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let card = scene.card(1).id;
    let mut figures = scene.room().adapter().figures();
    scene.discord.leave_out_of_next("MESSAGE_REACTION_ADD", "emoji");
    scene.discord.react(&user("ben"), (CHANNEL, &card), "✅");
    figures.wait_for(|figures| figures.undecoded > 0).await.unwrap();
    let is_read = |_: &_| (!scene.discord.calls("get_message").is_empty()).then_some(());
    scene.discord.until("a look at the message", is_read).await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
}

#[tokio::test]
async fn votes_that_somebody_else_took_away_are_gone() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let read = scene.discord.calls("get_message").len();
    scene.discord.clear_reactions((CHANNEL, &scene.card(1).id), None);
    let is_read = |_: &_| (scene.discord.calls("get_message").len() > read).then_some(());
    scene.discord.until("a look at the message", is_read).await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("vote withdrawn by ben"));
}

#[tokio::test]
async fn what_is_said_during_a_short_cut_is_heard_and_applies_once() {
    let scene = Scene::open().await;
    scene.discord.cut_connections();
    scene.say("ana", "deploy web to prod").await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}

#[tokio::test]
async fn kinds_of_events_that_say_nothing_to_wilco_are_not_missed() {
    let scene = Scene::open().await;
    let mut figures = scene.room().adapter().figures();
    for kind in ["VOICE_CHANNEL_EFFECT_SEND", "PRESENCE_UPDATE", "MESSAGE_REACTION_OF_TOMORROW"] {
        scene.discord.send_event(kind, json!({ "guild_id": GUILD, "new": [1, 2] }));
    }
    figures.wait_for(|figures| figures.unknown == 3).await.unwrap();
    assert_eq!(figures.borrow().undecoded, 0);
    // What says something to wilco is.
    for kind in ["THREAD_CREATE", "MESSAGE_CREATE"] {
        scene.discord.send_event(kind, json!({ "guild_id": GUILD }));
    }
    figures.wait_for(|figures| figures.undecoded == 2).await.unwrap();
    assert_eq!(figures.borrow().unknown, 3);
}

#[tokio::test]
async fn what_is_edited_afterwards_runs_nothing() {
    let scene = Scene::open().await;
    scene.room().expect(1);
    let message = scene.discord.mention(&user("ana"), CHANNEL, "deploy web to prod");
    scene.stage.settle().await;
    let record = scene.record(1).await;
    let text = format!("<@{BOT_USER}> deploy api to prod");
    scene.discord.edit_message((CHANNEL, &message), &text);
    scene.discord.delete_messages(CHANNEL, &[&message]);
    scene.say("ana", "whoami").await;
    assert_eq!(scene.record(1).await, record);
    assert_eq!(scene.cards(2).len(), 0);
}
