//! Slash commands, buttons and forms.

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};

#[tokio::test]
async fn a_command_is_answered_so_that_only_whoever_asked_sees_it() {
    let scene = Scene::open().await;
    let interaction = scene.slash("ana", "whoami", &[]).await;
    assert_eq!(scene.whispers("ana").len(), 1);
    assert!(scene.whispers("ana")[0].starts_with("You are ana"), "{:?}", scene.whispers("ana"));
    assert!(scene.discord.answered(&interaction).is_some());
    assert_eq!(scene.discord.messages(CHANNEL).len(), 0);
}

#[tokio::test]
async fn a_command_asks_for_a_deployment_and_says_that_it_was_heard() {
    let scene = Scene::open().await;
    let options = [("service", "web"), ("environment", "prod")];
    scene.slash("ana", "deploy", &options).await;
    assert_eq!(scene.cards(1).len(), 1);
    assert_eq!(scene.whispers("ana"), ["Heard: deploy web prod"]);
    scene.slash("ben", "approve", &[("deployment", "#1")]).await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_button_votes_as_a_reaction_does_and_a_refusal_is_for_whoever_pressed() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.press("ana", &scene.card(1), "wilco.approve").await;
    assert_eq!(scene.whispers("ana").len(), 1, "{:?}", scene.whispers("ana"));
    scene.press("ben", &scene.card(1), "wilco.approve").await;
    assert!(scene.record(1).await.contains("gates opened (ben)"));
}

#[tokio::test]
async fn a_rejection_by_button_asks_why_and_keeps_the_reason() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let pressed = scene.press("ben", &scene.card(1), "wilco.reject").await;
    assert_eq!(scene.discord.modals().len(), 1);
    scene.room().expect(1);
    scene.discord.submit(&pressed, &[("reason", "Not on a Friday.")]);
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(record.contains("rejected"), "{record}");
    assert!(scene.card(1).words().contains("Not on a Friday"), "{}", scene.card(1).words());
}

#[tokio::test]
async fn an_abort_is_asked_about_first() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.press("ana", &scene.card(1), "wilco.abort").await;
    assert!(!scene.record(1).await.contains("cancel"), "{}", scene.record(1).await);
    let question = scene.discord.ephemerals(Some(CHANNEL), Some(&user("ana"))).pop().unwrap();
    scene.press("ana", &question, "wilco.leave").await;
    assert!(!scene.record(1).await.contains("cancel"));
    scene.press("ana", &scene.card(1), "wilco.abort").await;
    let question = scene.discord.ephemerals(Some(CHANNEL), Some(&user("ana"))).pop().unwrap();
    scene.press("ana", &question, "wilco.abort").await;
    let record = scene.record(1).await;
    assert!(record.contains("cancel"), "{record}");
}

#[tokio::test]
async fn the_log_of_a_deployment_is_in_the_thread_below_its_card() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let card = scene.card(1);
    let (thread, _) = scene.discord.thread(&card.id).unwrap();
    assert!(!scene.discord.messages(&thread).is_empty());
    let others: Vec<_> = scene.discord.messages(CHANNEL);
    assert_eq!(others.len(), 1, "{others:#?}");
}

#[tokio::test]
async fn a_card_has_its_signs_and_a_vote_that_does_not_count_is_answered_alone() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let signs: Vec<_> = scene.card(1).reactions.iter().map(|(sign, _)| sign.clone()).collect();
    assert_eq!(signs, ["✅", "❌"]);
    scene.say("ana", "/react ✅ #1").await;
    let direct = scene.discord.direct(&user("ana")).unwrap();
    assert_eq!(scene.discord.messages(&direct).len(), 1);
    assert_eq!(scene.discord.messages(CHANNEL).len(), 1);
}
