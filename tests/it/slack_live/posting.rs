//! What wilco says while the Web API fails.

use std::time::Duration;

use tokio::time::Instant;

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{Fault, Slack, Times};

const POST: &str = "chat.postMessage";

/// Whatever happens to the post of a card, there is one card in the end, and it takes votes.
async fn one_card_in_spite_of(fault: Fault) {
    let scene = Scene::open().await;
    scene.slack.fail_next(POST, fault);
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    scene.say("ben", "/react ✅ #1").await;
    assert_eq!(scene.cards(1).len(), 1);
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_post_that_came_too_fast_waits_as_long_as_slack_says_and_is_made_once() {
    let began = Instant::now();
    one_card_in_spite_of(Fault::RateLimited { retry_after_seconds: 1 }).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_card_that_was_posted_in_spite_of_an_error_is_found_and_not_posted_twice() {
    one_card_in_spite_of(Fault::ServerErrorAfterEffect).await;
}

#[tokio::test]
async fn a_card_that_was_not_posted_because_of_an_error_is_posted() {
    one_card_in_spite_of(Fault::ServerErrorBefore).await;
}

#[tokio::test]
async fn a_card_whose_answer_was_cut_off_is_not_posted_twice() {
    one_card_in_spite_of(Fault::ConnectionCutAfterEffect).await;
}

#[tokio::test]
async fn a_card_whose_answer_was_garbled_is_not_posted_twice() {
    one_card_in_spite_of(Fault::GarbledAnswer).await;
}

#[tokio::test]
async fn nothing_is_sent_to_where_a_redirect_points() {
    let elsewhere = Slack::open_unrecorded().await;
    let address = format!("{}/{POST}", elsewhere.api_url());
    one_card_in_spite_of(Fault::RedirectedTo(address)).await;
    assert_eq!(elsewhere.calls(POST).len(), 0);
}

#[tokio::test]
async fn a_card_whose_post_hangs_is_posted_once() {
    one_card_in_spite_of(Fault::HangBefore).await;
}

#[tokio::test]
async fn a_card_whose_answer_hangs_is_not_posted_twice() {
    one_card_in_spite_of(Fault::HangAfterEffect).await;
}

#[tokio::test]
async fn a_card_of_which_nobody_knew_at_a_stop_is_found_after_the_start() {
    let mut scene = Scene::open().await;
    scene.slack.fail(POST, Fault::HangAfterEffect, Times::Always);
    scene.stage.say("ana", "deploy web to prod").await;
    let is_posted = |slack: &Slack| (!slack.messages(CHANNEL).is_empty()).then_some(());
    scene.slack.until("the card", is_posted).await;
    scene.stage.stop().await;
    scene.slack.heal(POST);
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    assert_eq!(scene.cards(1).len(), 1);
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_post_that_does_not_end_holds_up_no_acknowledgement_and_no_other_channel() {
    let scene = Scene::open().await;
    scene.slack.fail("chat.postEphemeral", Fault::HangBefore, Times::Always);
    scene.stage.say("ana", "whoami").await;
    let is_asked = |slack: &Slack| (!slack.calls("chat.postEphemeral").is_empty()).then_some(());
    scene.slack.until("the call that hangs", is_asked).await;
    scene.slack.await_all_acknowledged().await;
    // Another one is acknowledged, and another channel gets its answer, while it hangs.
    scene.stage.say("ana", "whoami").await;
    scene.slack.await_all_acknowledged().await;
    let (direct, _) = scene.slack.direct_message(&user("ben"), "whoami").await;
    let is_answered = |slack: &Slack| (!slack.messages(&direct).is_empty()).then_some(());
    scene.slack.until("the answer elsewhere", is_answered).await;
    assert_eq!(scene.slack.ephemerals(None, None).len(), 0);
    scene.slack.heal("chat.postEphemeral");
}

#[tokio::test]
async fn a_card_that_somebody_deleted_is_posted_again_and_its_votes_stay() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "approve #1").await;
    scene.slack.delete_message((CHANNEL, &scene.card(1).ts)).await;
    scene.say("mina", "approve #1").await;
    assert_eq!(scene.cards(1).len(), 1);
    let record = scene.record(1).await;
    assert!(record.contains("gates opened"), "{record}");
}

#[tokio::test]
async fn a_reaction_to_a_card_that_is_gone_by_then_counts_and_a_new_card_takes_the_rest() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let old = scene.card(1).ts;
    scene.slack.reorder_next(2);
    scene.slack.react(&user("ben"), (CHANNEL, &old), "white_check_mark").await;
    scene.slack.delete_message((CHANNEL, &old)).await;
    scene.say("mina", "status").await;
    let record = scene.record(1).await;
    assert!(record.ends_with("approved by ben"), "{record}");
    assert_eq!(scene.cards(1).len(), 1);
    assert_ne!(scene.card(1).ts, old);
    // What is gone can be read neither after a connection was lost nor before the start.
    scene.go_away().await;
    scene.come_back().await;
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.contains("gates opened (ben, mina) · run started"), "{record}");
    assert_eq!(scene.cards(1).len(), 1);
}

#[tokio::test]
async fn slow_posts_hold_up_no_acknowledgement_and_no_other_channel() {
    const LINES: usize = 60;
    let scene = Scene::open().await;
    let slow = Fault::SlowBy(Duration::from_millis(80));
    scene.slack.fail_in(CHANNEL, "chat.postEphemeral", slow);
    for _ in 0..LINES {
        scene.stage.say("ana", "whoami").await;
    }
    let (direct, _) = scene.slack.direct_message(&user("ben"), "whoami").await;
    scene.slack.await_all_acknowledged().await;
    let told = || scene.slack.ephemerals(Some(CHANNEL), None).len();
    // In a row they take almost five seconds; nobody waited for the last of them.
    assert!(told() < LINES, "every answer came before the last acknowledgement");
    let is_answered = |slack: &Slack| (!slack.messages(&direct).is_empty()).then_some(());
    scene.slack.until("the answer elsewhere", is_answered).await;
    assert!(told() < LINES, "the answer elsewhere came after all of these");
    scene.slack.heal("chat.postEphemeral");
    scene.stage.settle().await;
    assert_eq!(told(), LINES);
}
