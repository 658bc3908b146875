//! Forms, pages and slash commands.

use serde_json::json;

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{Bot, Fault, Slack};

const REJECT: &str = "wilco.reject";

#[tokio::test]
async fn who_presses_reject_is_asked_why_and_the_reason_is_kept() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.press(&user("ben"), 1, REJECT).await;
    let view = scene.slack.until("the form", |slack: &Slack| slack.views().pop()).await;
    let reason = json!({ "type": "plain_text_input", "value": "not on a Friday" });
    let values = json!({ "reason": { "reason": reason } });
    scene.slack.submit_view(&user("ben"), view["id"].as_str().unwrap(), values).await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("rejected by ben"));
    assert!(scene.card(1).blocks.to_string().contains("not on a Friday"));
}

#[tokio::test]
async fn who_cannot_be_asked_why_in_time_is_told_how_else_to_reject() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    for (times, error) in [(1, "expired_trigger_id"), (2, "trigger_expired")] {
        scene.slack.fail_next("views.open", Fault::Error(error));
        scene.press(&user("ben"), 1, REJECT).await;
        assert!(scene.slack.views().is_empty());
        let told = scene.slack.ephemerals(None, Some(&user("ben")));
        assert_eq!(told.len(), times, "{told:?}");
        assert!(told[0].text.contains("say `reject #1` with your reason after it"), "{told:?}");
    }
    assert!(!scene.record(1).await.contains("rejected by"));
    scene.say("ben", "reject #1 because not on a Friday").await;
    assert!(scene.record(1).await.ends_with("rejected by ben"));
}

#[tokio::test]
async fn who_may_not_reject_is_told_so_and_gets_no_form() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.press(&user("carl"), 1, REJECT).await;
    assert!(scene.slack.views().is_empty());
    assert_eq!(scene.slack.ephemerals(None, Some(&user("carl"))).len(), 1);
    assert!(!scene.record(1).await.contains("rejected by"));
}

#[tokio::test]
async fn the_page_of_an_approver_shows_what_waits_for_them() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.slack.open_home(&user("ben")).await;
    scene.stage.settle().await;
    let home = scene.slack.until("the page", |slack: &Slack| slack.home(&user("ben"))).await;
    assert!(home.to_string().contains("#1 web"), "{home:#}");
}

#[tokio::test]
async fn a_slash_command_where_wilco_is_not_is_answered_directly() {
    let scene = Scene::open().await;
    scene.slack.channel("C0SECRET00", "secret", Bot::Out);
    scene.slack.slash(&user("ana"), "C0SECRET00", "whoami").await;
    scene.stage.settle().await;
    let posts = scene.slack.calls("chat.postMessage");
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0]["channel"], user("ana"));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_cut_with_a_sentence_that_says_so() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let (ben, ts) = (user("ben"), scene.card(1).ts);
    scene.slack.react(&ben, (CHANNEL, &ts), "white_check_mark").await;
    // A second sign of the same person is put on record and said nowhere, so this is over soon.
    for _ in 0..2 {
        for _ in 0..90 {
            scene.slack.react(&ben, (CHANNEL, &ts), "+1").await;
            scene.slack.unreact(&ben, (CHANNEL, &ts), "+1").await;
        }
        scene.stage.settle().await;
        // As much once more would be too fast for one account at once.
        scene.stage.clock.advance(120_000);
    }
    scene.say("ana", "audit #1").await;
    let answer = scene.slack.ephemerals(None, Some(&user("ana"))).pop().unwrap();
    let blocks = answer.blocks.to_string();
    assert!(
        blocks.contains("ask whoever runs wilco for what `wilco audit export` writes"),
        "{blocks}"
    );
    assert!(blocks.chars().count() < 13_000);
}
