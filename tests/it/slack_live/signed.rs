//! The same deployment where Slack calls wilco, instead of wilco connecting to Slack.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wilco::chat::slack::hooks::{self, Hooks, SigningSecret};
use wilco::clock::Clock;
use wilco::delivery::NotDelivered;
use wilco::http::body::BodyLimits;
use wilco::http::tally::Tally;
use wilco::http::{Limits, Server};

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{Forgery, Slack};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Lets the scene's wilco be called; returns its address. The first `unanswered` calls are taken in
/// and yet answered with 503.
fn serve(scene: &Scene, unanswered: usize) -> (Server, String) {
    let adapter = scene.stage.room().adapter();
    let app = scene.stage.app();
    let hearing = adapter.hearing(app.deliveries.clone(), app.catalog.clone());
    let hooks = Hooks {
        secret: SigningSecret::new(SECRET).unwrap(),
        us: adapter.us().clone(),
        clock: Clock::System,
        limits: BodyLimits::default(),
        tally: Arc::new(Tally::default()),
    };
    let taken = Arc::new(AtomicUsize::new(0));
    let router = hooks::router(hooks, move |heard| {
        let (hearing, taken) = (Arc::clone(&hearing), Arc::clone(&taken));
        async move {
            let accepted = hearing.accept(heard).await?;
            let is_answered = taken.fetch_add(1, Ordering::Relaxed) >= unanswered;
            if is_answered { Ok(accepted) } else { Err(NotDelivered::Stopping) }
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(listener, router, Limits::default()).unwrap();
    let address = format!("http://{}/hooks/slack", server.address());
    (server, address)
}

#[tokio::test]
async fn a_deployment_through_signed_calls_is_the_same_and_what_is_forged_or_old_is_refused() {
    let scene = Scene::open().await;
    scene.go_away().await;
    let (server, address) = serve(&scene, 0);
    let call = |what: &str| scene.slack.http_mode(&format!("{address}/{what}"), SECRET);
    call("events");
    assert!(scene.slack.verify_url().await);
    for forgery in [Forgery::WrongSignature, Forgery::OldTimestamp] {
        let status = scene.slack.forge(&user("ana"), "deploy web to prod", forgery).await;
        assert_eq!(status, Some(401));
    }
    scene.stage.settle().await;
    assert_eq!(scene.slack.messages(CHANNEL).len(), 0);
    call("commands");
    scene.slack.slash(&user("ana"), CHANNEL, "deploy web to prod").await;
    let is_shown = |slack: &Slack| (!slack.messages(CHANNEL).is_empty()).then_some(());
    scene.slack.until("the card", is_shown).await;
    scene.stage.settle().await;
    call("interactions");
    scene.press(&user("ben"), 1, "wilco.approve").await;
    let record = scene.record(1).await;
    assert!(record.ends_with("gates opened (ben) · run started · run ended (succeeded)"));
    server.stop().await;
}

#[tokio::test]
async fn an_event_that_slack_sends_again_applies_once() {
    let scene = Scene::open().await;
    scene.go_away().await;
    let (server, address) = serve(&scene, 2);
    scene.slack.http_mode(&format!("{address}/events"), SECRET);
    scene.slack.mention(&user("ana"), CHANNEL, "deploy web to prod").await;
    let is_shown = |slack: &Slack| (!slack.messages(CHANNEL).is_empty()).then_some(());
    scene.slack.until("the card", is_shown).await;
    scene.stage.settle().await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
    server.stop().await;
}

#[tokio::test]
async fn nothing_starts_on_an_approval_that_was_taken_back_while_the_connection_was_down() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let ts = scene.card(1).ts;
    scene.go_away().await;
    scene.slack.unreact(&user("ben"), (CHANNEL, &ts), "white_check_mark").await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
    // What would be enough comes another way, before anything was read anew.
    let (server, address) = serve(&scene, 0);
    scene.slack.http_mode(&format!("{address}/interactions"), SECRET);
    scene.press(&user("mina"), 1, "wilco.approve").await;
    let seen = "approved by mina · vote withdrawn by ben";
    let record = scene.record(1).await;
    assert!(record.contains(seen) && !record.contains("run started"), "{record}");
    server.stop().await;
}
