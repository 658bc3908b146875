//! Connections that end: what was missed is told again, or read from the messages.

use std::time::Duration;

use super::super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{Hearing, Resumable};
use crate::wait::until_seen;

async fn approved(scene: &Scene) {
    until_seen("the vote is on record", async || {
        scene.record(1).await.contains("approved by ben").then_some(())
    })
    .await;
    scene.stage.settle().await;
    assert_eq!(scene.record(1).await.matches("approved by ben").count(), 1);
}

async fn waiting() -> Scene {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene
}

fn vote(scene: &Scene) {
    scene.discord.react(&user("ben"), (CHANNEL, &scene.card(1).id), "✅");
}

/// Somebody votes while a connection ends so.
async fn hears_in_spite_of(code: u16) {
    let scene = waiting().await;
    scene.discord.close_connections(code);
    vote(&scene);
    approved(&scene).await;
}

#[tokio::test]
async fn a_vote_while_discord_goes_away_counts_once() {
    hears_in_spite_of(1001).await;
}

#[tokio::test]
async fn a_vote_while_discord_has_an_unknown_error_counts_once() {
    hears_in_spite_of(4000).await;
}

#[tokio::test]
async fn a_vote_while_the_place_in_the_session_is_wrong_counts_once() {
    hears_in_spite_of(4007).await;
}

#[tokio::test]
async fn a_vote_while_the_session_timed_out_counts_once() {
    hears_in_spite_of(4009).await;
}

#[tokio::test]
async fn what_nobody_heard_before_a_session_timed_out_is_read_afterwards() {
    let scene = waiting().await;
    let mut figures = scene.room().adapter().figures();
    let connected = figures.borrow().connected;
    scene.discord.lose_next(1);
    vote(&scene);
    scene.discord.expire_sessions();
    scene.discord.close_connections(4009);
    figures.wait_for(|figures| figures.connected > connected).await.unwrap();
    approved(&scene).await;
}

#[tokio::test]
async fn a_session_that_goes_on_has_missed_nothing() {
    let scene = waiting().await;
    let before = scene.discord.greetings();
    scene.discord.cut_connections();
    vote(&scene);
    approved(&scene).await;
    let after = scene.discord.greetings();
    assert_eq!(after.identified, before.identified);
    assert!(after.resumed > before.resumed);
}

#[tokio::test]
async fn a_session_that_is_invalid_for_now_goes_on() {
    let scene = waiting().await;
    scene.discord.invalidate_sessions(Resumable::Yes);
    vote(&scene);
    approved(&scene).await;
}

#[tokio::test]
async fn without_answers_to_heartbeats_reactions_are_read_anew() {
    let scene = waiting().await;
    scene.go_away().await;
    scene.discord.heartbeat_interval(Duration::from_millis(300));
    scene.discord.hear_heartbeats(Hearing::Deaf);
    scene.come_back().await;
    let mut figures = scene.room().adapter().figures();
    let connected = figures.borrow().connected;
    scene.discord.lose_next(1);
    vote(&scene);
    scene.discord.expire_sessions();
    figures.wait_for(|figures| figures.connected > connected).await.unwrap();
    scene.discord.hear_heartbeats(Hearing::Good);
    approved(&scene).await;
}
