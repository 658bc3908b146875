//! What wilco says while the REST API fails.

use std::time::Duration;

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{CREATE_PUBLIC_THREADS, Fault, Overwrite, Times};

const POST: &str = "create_message";

/// Whatever happens to the post of a card, there is one card in the end, and it takes votes.
async fn one_card_in_spite_of(fault: Fault) {
    let scene = Scene::open().await;
    scene.discord.fail_next(POST, fault);
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    scene.say("ben", "/react ✅ #1").await;
    assert_eq!(scene.cards(1).len(), 1);
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_card_that_came_too_fast_for_discord_is_posted_once() {
    one_card_in_spite_of(Fault::RateLimited { retry_after: Duration::from_millis(500) }).await;
}

#[tokio::test]
async fn a_card_that_was_not_posted_because_of_an_error_of_discord_is_posted() {
    one_card_in_spite_of(Fault::ServerErrorBefore).await;
}

#[tokio::test]
async fn a_card_that_was_posted_in_spite_of_an_error_of_discord_is_not_posted_twice() {
    one_card_in_spite_of(Fault::ServerErrorAfterEffect).await;
    one_card_in_spite_of(Fault::ConnectionCutAfterEffect).await;
}

#[tokio::test]
async fn a_card_whose_answer_cannot_be_read_is_not_posted_twice() {
    one_card_in_spite_of(Fault::GarbledAnswer).await;
    one_card_in_spite_of(Fault::AnswerWithout("id")).await;
}

#[tokio::test]
async fn a_card_of_which_nobody_knew_at_a_stop_is_found_after_the_start_and_much_later() {
    let mut scene = Scene::open().await;
    scene.discord.fail(POST, Fault::HangAfterEffect, Times::Always);
    scene.stage.say("ana", "deploy web to prod").await;
    let is_posted = |_: &_| (!scene.discord.messages(CHANNEL).is_empty()).then_some(());
    scene.discord.until("the card", is_posted).await;
    scene.stage.stop().await;
    scene.discord.heal(POST);
    // By then Discord has forgotten the nonce.
    scene.discord.skip(Duration::from_hours(1));
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    assert_eq!(scene.cards(1).len(), 1);
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_card_that_somebody_deleted_is_shown_anew_and_takes_votes() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let old = scene.card(1).id;
    scene.discord.delete_messages(CHANNEL, &[&old]);
    scene.say("ana", "deploy web to prod").await;
    scene.press("ana", &scene.card(2), "wilco.approve").await;
    scene.say("ben", "approve #1").await;
    assert!(scene.record(1).await.contains("gates opened (ben)"));
    assert_eq!(scene.cards(1).len(), 1);
    assert_ne!(scene.card(1).id, old);
}

#[tokio::test]
async fn where_there_can_be_no_thread_the_log_is_told_all_the_same() {
    let scene = Scene::open().await;
    let nobody = Overwrite::deny(CREATE_PUBLIC_THREADS);
    scene.discord.overwrite(CHANNEL, crate::sim::discord::GUILD, nobody);
    scene.say("ana", "deploy web to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.discord.thread(&scene.card(1).id).is_none());
    assert!(scene.discord.messages(CHANNEL).len() > 1);
}

#[tokio::test]
async fn whoever_takes_no_direct_messages_is_told_in_the_channel() {
    let scene = Scene::open().await;
    let closed =
        crate::sim::discord::User { is_closed: true, ..crate::sim::discord::User::named("ana") };
    scene.discord.user(&user("ana"), closed);
    scene.say("ana", "deploy web to prod").await;
    scene.say("ana", "/react ✅ #1").await;
    let told = scene.discord.messages(CHANNEL).pop().unwrap();
    assert_eq!(told.waked, [user("ana")]);
}

#[tokio::test]
async fn an_answer_whose_interaction_is_over_is_told_directly() {
    let scene = Scene::open().await;
    scene.discord.fail("update_original_webhook_message", over(), Times::Always);
    scene.slash("ana", "whoami", &[]).await;
    let direct = scene.discord.direct(&user("ana")).unwrap();
    assert_eq!(scene.discord.messages(&direct).len(), 1);
}

fn over() -> Fault {
    Fault::Error { status: 401, code: 50_027, message: "Invalid Webhook Token" }
}

#[tokio::test]
async fn what_is_live_no_more_is_shown_so_and_a_card_that_was_deleted_does_not_come_back() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to staging").await;
    scene.say("ana", "deploy web to staging").await;
    let text = scene.card(1).content;
    assert!(text.contains("#2 has replaced it since."), "{text}");
    scene.discord.delete_messages(CHANNEL, &[&scene.card(2).id]);
    scene.say("ana", "deploy web to staging").await;
    assert_eq!([1, 2, 3].map(|id| scene.cards(id).len()), [1, 0, 1]);
    // What it says stays true.
    assert_eq!(scene.card(1).content, text);
}
