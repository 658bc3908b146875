//! What is said again, and what is looked for before: where it hides, is gone, or cannot be looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{BOT_USER, Bot, Fault, Slack, Times};

const POST: &str = "chat.postMessage";

/// The signs that wilco itself put below a card.
fn own_signs(scene: &Scene) -> Vec<String> {
    let reactions = scene.card(1).reactions.into_iter();
    let own = reactions.filter(|(_, users)| users.iter().any(|user| user == BOT_USER));
    own.map(|(name, _)| name).collect()
}

#[tokio::test]
async fn a_card_that_was_found_again_has_its_signs_to_click_on() {
    let scene = Scene::open().await;
    scene.slack.fail_next(POST, Fault::ServerErrorAfterEffect);
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(own_signs(&scene), ["white_check_mark", "x"]);
}

#[tokio::test]
async fn signs_that_came_too_fast_are_put_there_once_slack_lets_them() {
    let scene = Scene::open().await;
    scene.slack.fail_next("reactions.add", Fault::RateLimited { retry_after_seconds: 1 });
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(own_signs(&scene), ["white_check_mark", "x"]);
}

#[tokio::test]
async fn signs_that_failed_are_put_there_when_the_card_changes() {
    let scene = Scene::open().await;
    scene.slack.fail("reactions.add", Fault::ServerErrorBefore, Times::Next(2));
    scene.say("ana", "deploy api to prod").await;
    assert_eq!(own_signs(&scene), [""; 0]);
    scene.say("ben", "approve #1").await;
    assert_eq!(own_signs(&scene), ["white_check_mark", "x"]);
}

#[tokio::test]
async fn a_card_that_takes_the_place_of_a_deleted_one_is_not_posted_twice() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.slack.delete_message((CHANNEL, &scene.card(1).ts)).await;
    scene.slack.fail(POST, Fault::ServerErrorAfterEffect, Times::Next(3));
    scene.say("ben", "approve #1").await;
    assert_eq!(scene.cards(1).len(), 1);
}

#[tokio::test]
async fn a_card_that_is_out_of_date_once_it_is_posted_is_put_right() {
    let scene = Scene::open().await;
    // It is over before the answer to its first card comes.
    scene.slack.fail_next(POST, Fault::SlowBy(Duration::from_millis(700)));
    scene.say("ana", "deploy web@nowhere-at-all to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    let title = scene.card(1).blocks[0]["text"]["text"].clone();
    assert!(title.as_str().unwrap().starts_with('🚨'), "{title}");
    // What happened is told below it, and not beside it.
    let messages = scene.slack.messages(CHANNEL);
    assert!(messages.iter().all(|message| {
        message.ts == scene.card(1).ts || message.thread_ts.as_ref() == Some(&scene.card(1).ts)
    }));
}

#[tokio::test]
async fn a_line_at_the_end_of_a_long_thread_is_found_and_not_posted_twice() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.slack.chatter(&user("mina"), (CHANNEL, &scene.card(1).ts), 250);
    scene.slack.fail_next(POST, Fault::ServerErrorAfterEffect);
    scene.say("ben", "approve #1").await;
    let mut seen = BTreeSet::new();
    for message in scene.slack.conversation(CHANNEL) {
        let key = message.metadata["event_payload"]["key"].as_str();
        assert!(key.is_none_or(|key| seen.insert(key.to_owned())), "twice: {}", message.text);
    }
}

#[tokio::test]
async fn a_slash_command_in_the_conversation_of_two_others_is_answered_directly() {
    let scene = Scene::open().await;
    scene.slack.channel("D0OTHERS00", "directmessage", Bot::Out);
    scene.slack.slash(&user("ana"), "D0OTHERS00", "whoami").await;
    scene.stage.settle().await;
    assert_eq!(answers_to_ana(&scene).await, 1);
}

#[tokio::test]
async fn an_answer_is_given_although_nobody_can_look_whether_it_was() {
    let scene = Scene::open().await;
    scene.slack.channel("C0SECRET00", "secret", Bot::Out);
    scene.slack.fail_next(POST, Fault::ServerErrorBefore);
    scene.slack.slash(&user("ana"), "C0SECRET00", "whoami").await;
    scene.stage.settle().await;
    assert_eq!(answers_to_ana(&scene).await, 1);
}

/// How often ana was answered where nobody else reads it.
async fn answers_to_ana(scene: &Scene) -> usize {
    // What she asks there herself makes sure that there is such a place.
    let (direct, _) = scene.slack.direct_message(&user("ana"), "whoami").await;
    scene.stage.settle().await;
    scene.slack.messages(&direct).len() - 1
}

#[tokio::test]
async fn a_card_that_slack_holds_up_is_edited_once_for_all_that_came_meanwhile() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let before = scene.slack.calls("chat.update").len();
    scene.slack.fail_next("chat.update", Fault::RateLimited { retry_after_seconds: 1 });
    let ts = scene.card(1).ts;
    let is_asked = |slack: &Slack| (slack.calls("chat.update").len() > before).then_some(());
    scene.slack.react(&user("ben"), (CHANNEL, &ts), "white_check_mark").await;
    scene.slack.until("the edit that Slack holds up", is_asked).await;
    for _ in 0..4 {
        scene.slack.unreact(&user("ben"), (CHANNEL, &ts), "white_check_mark").await;
        scene.slack.react(&user("ben"), (CHANNEL, &ts), "white_check_mark").await;
    }
    scene.stage.settle().await;
    // The one that was held up, the same once more, and one for all the rest.
    assert_eq!(scene.slack.calls("chat.update").len() - before, 3);
    assert!(scene.card(1).blocks.to_string().contains("1 of 2"), "{:#}", scene.card(1).blocks);
}

#[tokio::test]
async fn a_channel_that_takes_one_message_a_second_gets_each_once_and_in_order() {
    let scene = Scene::open().await;
    scene.slack.limit(POST, 1);
    scene.slack.limit("chat.update", 1);
    scene.say("ana", "deploy web to staging").await;
    scene.slack.heal(POST);
    scene.slack.heal("chat.update");
    let said = scene.slack.messages(CHANNEL);
    let mut keys: Vec<_> =
        said.iter().filter_map(|said| said.metadata["event_payload"]["key"].as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), said.len());
    assert!(scene.card(1).text.contains("is live in staging"), "{}", scene.card(1).text);
}

#[tokio::test]
async fn what_is_live_no_more_is_shown_so_and_a_card_that_was_deleted_does_not_come_back() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to staging").await;
    scene.say("ana", "deploy web to staging").await;
    let text = scene.card(1).text;
    assert!(text.contains("#2 has replaced it since."), "{text}");
    scene.slack.delete_message((CHANNEL, &scene.card(2).ts)).await;
    scene.say("ana", "deploy web to staging").await;
    assert_eq!([1, 2, 3].map(|id| scene.cards(id).len()), [1, 0, 1]);
    // What it says stays true.
    assert_eq!(scene.card(1).text, text);
}
