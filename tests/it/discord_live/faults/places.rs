//! Threads and cards that are not as wilco left them.

use std::time::Duration;

use super::super::Scene;
use crate::rehearsal::discord_room::CHANNEL;
use crate::sim::discord::{Fault, MANAGE_THREADS, Overwrite, Shelf};

/// A deployment of which something was told in the thread below its card, and then this befell the thread.
async fn told_after(befalls: impl Fn(&Scene, &str)) -> (Scene, String) {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let thread = scene.card(1).id;
    assert_eq!(scene.discord.messages(&thread).len(), 1);
    befalls(&scene, &thread);
    scene.say("mina", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
    (scene, thread)
}

#[tokio::test]
async fn a_thread_that_was_put_away_comes_back_with_the_next_line() {
    let (scene, thread) =
        told_after(|scene, thread| scene.discord.shelve(thread, Shelf::Archived)).await;
    assert!(scene.discord.messages(&thread).len() > 1);
    assert_eq!(scene.discord.messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn what_would_be_said_in_a_locked_thread_is_said_in_the_channel() {
    let (scene, thread) = told_after(|scene, thread| {
        let nobody = Overwrite::deny(MANAGE_THREADS);
        scene.discord.overwrite(CHANNEL, crate::sim::discord::GUILD, nobody);
        scene.discord.shelve(thread, Shelf::Locked);
    })
    .await;
    assert_eq!(scene.discord.messages(&thread).len(), 1);
    assert!(scene.discord.messages(CHANNEL).len() > 1);
}

#[tokio::test]
async fn a_thread_that_was_deleted_is_opened_anew() {
    let (scene, thread) = told_after(|scene, thread| scene.discord.delete_channel(thread)).await;
    assert!(!scene.discord.messages(&thread).is_empty());
    assert_eq!(scene.discord.messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_line_of_the_log_that_may_have_been_said_is_not_said_twice() {
    for fault in [
        Fault::ServerErrorAfterEffect,
        Fault::ConnectionCutAfterEffect,
        Fault::GarbledAnswer,
        Fault::AnswerWithout("id"),
    ] {
        let (scene, thread) =
            told_after(|scene, _| scene.discord.fail_next("create_message", fault.clone())).await;
        let lines = scene.discord.messages(&thread);
        let mut once: Vec<_> = lines.iter().map(|line| &line.content).collect();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), lines.len(), "{fault:?}: {lines:#?}");
    }
}

#[tokio::test]
async fn a_card_that_is_out_of_date_once_it_is_posted_is_put_right() {
    let scene = Scene::open().await;
    // It is over before the answer to its first card comes, so nobody knows which message that is.
    let slow = Fault::SlowBy(Duration::from_millis(700));
    scene.discord.fail_next("create_message", slow);
    scene.say("ana", "deploy web@nowhere-at-all to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    let title = scene.card(1).embeds[0]["title"].clone();
    assert!(title.as_str().unwrap().starts_with('🚨'), "{title}");
}

#[tokio::test]
async fn a_card_that_was_deleted_after_a_vote_keeps_the_vote() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let old = scene.card(1).id;
    scene.discord.delete_messages(CHANNEL, &[&old]);
    scene.say("mina", "approve #1").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
    assert_ne!(scene.card(1).id, old);
}
