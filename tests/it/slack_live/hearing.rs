//! What wilco hears while connections break and envelopes come oddly.

use std::time::Duration;

use wilco::chat::slack::socket::Heartbeat;

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{BOT_USER, Disconnect, Slack};

const OPEN: &str = "apps.connections.open";
const TICK: &str = "white_check_mark";

#[tokio::test]
async fn an_envelope_that_comes_twice_applies_once() {
    let scene = Scene::open().await;
    scene.slack.duplicate_next_envelope();
    scene.say("ana", "deploy web to prod").await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}

#[tokio::test]
async fn an_approval_that_was_taken_back_does_not_count_when_it_comes_the_other_way_round() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let (ben, ts) = (user("ben"), scene.card(1).ts);
    scene.slack.reorder_next(2);
    scene.slack.react(&ben, (CHANNEL, &ts), TICK).await;
    scene.slack.unreact(&ben, (CHANNEL, &ts), TICK).await;
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(!record.contains("run started"), "{record}");
    scene.say("mina", "/react ✅ #1").await;
    assert!(scene.record(1).await.contains("gates opened (mina)"));
}

#[tokio::test]
async fn an_approval_taken_back_unheard_is_noticed_right_before_the_start() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let ts = scene.card(1).ts;
    // Mina's approval, which would be enough, comes before what ben did earlier.
    scene.slack.reorder_next(2);
    scene.slack.unreact(&user("ben"), (CHANNEL, &ts), TICK).await;
    scene.slack.react(&user("mina"), (CHANNEL, &ts), TICK).await;
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
    assert!(!record.contains("run started"), "{record}");
}

#[tokio::test]
async fn an_approval_taken_back_while_nobody_listened_is_gone_once_somebody_does() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let ts = scene.card(1).ts;
    scene.go_away().await;
    scene.slack.unreact(&user("ben"), (CHANNEL, &ts), TICK).await;
    scene.come_back().await;
    assert!(scene.record(1).await.ends_with("vote withdrawn by ben"));
    scene.say("mina", "/react ✅ #1").await;
    assert!(!scene.record(1).await.contains("run started"));
}

#[tokio::test]
async fn an_approval_given_while_nobody_listened_counts_once_somebody_does() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let ts = scene.card(1).ts;
    scene.go_away().await;
    scene.slack.react(&user("ben"), (CHANNEL, &ts), TICK).await;
    scene.come_back().await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
}

/// Waits until so many connections were asked for, and two of them stay.
async fn two_of(slack: &Slack, opened: usize) {
    let are_there = |slack: &Slack| {
        (slack.calls(OPEN).len() >= opened && slack.connections() == 2).then_some(())
    };
    slack.until("two connections", are_there).await;
}

#[tokio::test]
async fn connections_that_slack_ends_at_once_are_not_hammered_and_nothing_is_lost() {
    let scene = Scene::open().await;
    let opened = scene.slack.calls(OPEN).len();
    scene.slack.disconnect_in_a_burst(6);
    scene.slack.disconnect_all(Disconnect::RefreshRequested);
    two_of(&scene.slack, opened + 8).await;
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    // Each of the six that ended costs one more, and a stray try or two.
    assert!(scene.slack.calls(OPEN).len() <= opened + 12);
}

#[tokio::test]
async fn a_connection_that_slack_warns_of_is_replaced_and_nothing_is_lost() {
    let scene = Scene::open().await;
    let opened = scene.slack.calls(OPEN).len();
    scene.slack.disconnect(Disconnect::Warning);
    two_of(&scene.slack, opened + 1).await;
    scene.say("ana", "deploy web to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_of_a_frame_is_made_again() {
    let scene = Scene::open().await;
    let opened = scene.slack.calls(OPEN).len();
    scene.slack.cut_in_a_frame();
    two_of(&scene.slack, opened + 2).await;
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
}

#[tokio::test]
async fn what_is_edited_afterwards_runs_nothing_and_changes_no_request() {
    let scene = Scene::open().await;
    let ana = user("ana");
    let ts = scene.slack.mention(&ana, CHANNEL, "deploy web to prod").await;
    scene.stage.settle().await;
    let record = scene.record(1).await;
    let text = format!("<@{BOT_USER}> deploy api to prod");
    scene.slack.edit_message((CHANNEL, &ts), &text).await;
    scene.stage.settle().await;
    scene.slack.delete_message((CHANNEL, &ts)).await;
    scene.stage.settle().await;
    assert_eq!(scene.record(1).await, record);
    assert_eq!(scene.cards(2).len(), 0);
}

#[tokio::test]
async fn a_connection_that_is_let_go_of_closes_whatever_it_was_doing() {
    let scene = Scene::open().await;
    let mut number = 0;
    for turns in 0..60 {
        for _ in 0..3 {
            number += 1;
            scene.slack.mention(&user("ana"), CHANNEL, &format!("whoami {number}")).await;
        }
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        // It fails when a connection stays.
        scene.go_away().await;
        scene.stage.room().listen(scene.stage.app()).await;
    }
}

#[tokio::test]
async fn what_was_never_delivered_or_whose_acknowledgement_was_lost_comes_again_and_applies_once() {
    let scene = Scene::open().await;
    scene.slack.redeliver_after(Duration::from_secs(1));
    scene.slack.lose_acknowledgements(1);
    scene.slack.mention(&user("ana"), CHANNEL, "deploy web to prod").await;
    let is_lost = |slack: &Slack| (slack.to_be_lost() == 0).then_some(());
    scene.slack.until("an acknowledgement that is lost", is_lost).await;
    let opened = scene.slack.calls(OPEN).len();
    scene.slack.cut_connections();
    await_words(&scene, "deploy web to prod", 1).await;
    two_of(&scene.slack, opened + 2).await;
    // This one is handed to a connection that breaks before a byte of it is written.
    scene.slack.mention(&user("ana"), CHANNEL, "deploy api to prod").await;
    scene.slack.cut_connections();
    await_words(&scene, "deploy api to prod", 2).await;
    assert_eq!([1, 2, 3].map(|id| scene.cards(id).len()), [1, 1, 0]);
    let said = [1, 2].map(|id| scene.card(id).text);
    assert!(said[0].contains("web") && said[1].contains("api"), "{said:?}");
}

/// Waits until a line of somebody was acknowledged, and all is at rest that came of it.
async fn await_words(scene: &Scene, words: &str, id: u64) {
    let is_taken = |slack: &Slack| {
        slack.acknowledged_words().iter().any(|said| said.ends_with(words)).then_some(())
    };
    scene.slack.until("the acknowledgement", is_taken).await;
    scene.slack.until("the card", |_| scene.cards(id).pop()).await;
}

#[tokio::test]
async fn what_was_acknowledged_right_before_a_cut_is_carried_out() {
    let scene = Scene::open().await;
    for number in 1..=4 {
        scene.slack.mention(&user("ana"), CHANNEL, "deploy web to prod").await;
        scene.slack.await_all_acknowledged().await;
        let opened = scene.slack.calls(OPEN).len();
        scene.slack.cut_connections();
        scene.slack.until("the card", |_| scene.cards(number).pop()).await;
        two_of(&scene.slack, opened + 2).await;
    }
    scene.stage.settle().await;
    assert_eq!([1, 2, 3, 4, 5].map(|id| scene.cards(id).len()), [1, 1, 1, 1, 0]);
}

#[tokio::test]
async fn a_connection_that_fell_silent_is_noticed_and_replaced() {
    let scene = Scene::open().await;
    scene.go_away().await;
    let room = scene.stage.room();
    let heartbeat = Heartbeat { ping_seconds: 1, missed_max: 2 };
    let adapter = room.adapter_with(heartbeat).await;
    room.listen_by(adapter, scene.stage.app()).await;
    let opened = scene.slack.calls(OPEN).len();
    scene.slack.silence_connections();
    // Slack does not know yet that they are dead, so it counts them, too.
    let are_new = |slack: &Slack| {
        (slack.calls(OPEN).len() >= opened + 2 && slack.connections() >= 4).then_some(())
    };
    scene.slack.until("two more connections", are_new).await;
    scene.slack.redeliver_after(Duration::from_millis(50));
    scene.slack.mention(&user("ana"), CHANNEL, "deploy web to prod").await;
    await_words(&scene, "deploy web to prod", 1).await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}
