//! Whose votes count in Slack.

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{Fault, Times, User};

const TICK: &str = "white_check_mark";

#[tokio::test]
async fn who_cannot_be_looked_up_is_refused_and_counts_after_reacting_anew() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.slack.fail("users.info", Fault::Error("internal_error"), Times::Always);
    scene.say("ben", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(!record.contains("approved by"), "{record}");
    scene.slack.heal("users.info");
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.contains("gates opened (ben)"));
}

/// Has somebody with an approver's account, but of this standing, react and say it in words.
async fn never_counts(change: impl FnOnce(&mut User)) {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let (ben, ts) = (user("ben"), scene.card(1).ts);
    let mut account = User::named("ben");
    change(&mut account);
    scene.slack.user(&ben, account);
    scene.slack.react(&ben, (CHANNEL, &ts), TICK).await;
    scene.stage.settle().await;
    scene.slack.mention(&ben, CHANNEL, "approve #1").await;
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(!record.contains("approved by"), "{record}");
}

#[tokio::test]
async fn a_guest_never_counts_in_slack() {
    never_counts(|user| user.is_restricted = true).await;
    never_counts(|user| user.is_ultra_restricted = true).await;
}

#[tokio::test]
async fn a_stranger_of_slack_connect_or_of_another_workspace_never_counts() {
    never_counts(|user| user.is_stranger = true).await;
    never_counts(|user| user.team_id = "T0987654321".into()).await;
}

#[tokio::test]
async fn a_bot_or_a_deactivated_user_never_counts_in_slack() {
    never_counts(|user| user.is_bot = true).await;
    never_counts(|user| user.deleted = true).await;
}

/// Has ben vote, then deactivated, then mina vote, which would be enough.
async fn leaves_after_voting(scene: &Scene, between: impl AsyncFnOnce()) {
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let mut ben = User::named("ben");
    ben.deleted = true;
    scene.slack.user(&user("ben"), ben);
    between().await;
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
    assert!(record.contains("approved by mina") && !record.contains("run started"), "{record}");
}

#[tokio::test]
async fn an_approver_who_was_deactivated_since_starts_nothing() {
    let scene = Scene::open().await;
    leaves_after_voting(&scene, async || {}).await;
}

#[tokio::test]
async fn an_approver_who_was_deactivated_while_nobody_listened_is_none_at_the_next_connection() {
    let scene = Scene::open().await;
    leaves_after_voting(&scene, async || {
        scene.go_away().await;
        scene.come_back().await;
        scene.stage.settle().await;
        let record = scene.record(1).await;
        assert!(record.contains("vote withdrawn by ben"), "{record}");
    })
    .await;
}

#[tokio::test]
async fn signs_are_read_once_slack_tells_whose_they_are() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.go_away().await;
    let ts = scene.card(1).ts;
    scene.slack.react(&user("ben"), (CHANNEL, &ts), TICK).await;
    let wait = Fault::RateLimited { retry_after_seconds: 1 };
    scene.slack.fail("users.info", wait, Times::Next(1));
    scene.come_back().await;
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(record.contains("approved by ben"), "{record}");
}

#[tokio::test]
async fn a_name_copied_from_an_approver_and_an_emoji_that_looks_like_a_tick_count_for_nothing() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let ts = scene.card(1).ts;
    for (number, name) in ["ben", "b\u{435}n", "ben\u{200b}", "\u{202e}neb"].iter().enumerate() {
        let id = format!("U0COPY{number}");
        scene.slack.user(&id, User::named(name));
        scene.slack.react(&id, (CHANNEL, &ts), TICK).await;
        scene.slack.mention(&id, CHANNEL, "approve #1").await;
        scene.stage.settle().await;
    }
    for name in ["white-check-mark", "white_check_mark_", "approved", "thumbsup-all"] {
        scene.slack.react(&user("ben"), (CHANNEL, &ts), name).await;
        scene.stage.settle().await;
    }
    let record = scene.record(1).await;
    assert!(!record.contains("approved by"), "{record}");
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.contains("gates opened (ben)"));
}

#[tokio::test]
async fn a_sign_a_skin_tone_a_button_and_words_are_one_vote() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.say("ben", "/react 👍🏽 #1").await;
    scene.press(&user("ben"), 1, "wilco.approve").await;
    scene.say("ben", "approve #1").await;
    let text = scene.card(1).text;
    assert!(text.contains("1 more approval"), "{text}");
    assert!(!scene.record(1).await.contains("run started"));
}

#[tokio::test]
async fn a_reaction_to_an_older_card_or_to_the_request_counts_for_nothing() {
    let scene = Scene::open().await;
    let request = scene.slack.mention(&user("ana"), CHANNEL, "deploy api to prod").await;
    scene.stage.settle().await;
    let old = scene.card(1).ts;
    let policy = r#"{ approvals = 2, from = ["approver"], expires = "23h" }"#;
    scene.stage.policy("api", "prod", policy).unwrap();
    scene.stage.reload().await.unwrap();
    scene.stage.settle().await;
    assert_eq!(scene.cards(1).len(), 2);
    for ts in [&old, &request] {
        for name in ["ben", "mina"] {
            scene.slack.react(&user(name), (CHANNEL, ts), TICK).await;
            scene.stage.settle().await;
        }
    }
    let record = scene.record(1).await;
    assert!(!record.contains("approved by"), "{record}");
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("approved by ben"));
}
