//! Answers that come late, or to whom nobody can say anything any more.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use wilco::store::open::DATABASE;

use super::super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{Fault, Message, Press, Slash, User};

const REPLACE: &str = "update_original_webhook_message";

/// Asks who ana is; the answer is kept back until the token of the interaction is too old.
async fn ask_and_be_late(scene: &Scene) {
    let wait = Duration::from_millis(900);
    scene.discord.fail_next(REPLACE, Fault::RateLimited { retry_after: wait });
    scene.room().expect(1);
    let ana = user("ana");
    let (command, options): (_, &[_]) = ("whoami", &[]);
    scene.discord.slash(Slash { user: &ana, channel: CHANNEL, command, options });
    let is_tried = |_: &_| (!scene.discord.calls(REPLACE).is_empty()).then_some(());
    scene.discord.until("the first try", is_tried).await;
    scene.discord.skip(Duration::from_mins(16));
    scene.stage.settle().await;
}

#[tokio::test]
async fn an_answer_after_a_quarter_of_an_hour_is_told_directly() {
    let scene = Scene::open().await;
    ask_and_be_late(&scene).await;
    let direct = scene.discord.direct(&user("ana")).unwrap();
    let told = scene.discord.messages(&direct);
    assert!(told.len() == 1 && told[0].content.starts_with("You are ana"), "{told:?}");
}

#[tokio::test]
async fn an_answer_after_a_quarter_of_an_hour_to_somebody_closed_is_said_in_the_channel() {
    let scene = Scene::open().await;
    scene.discord.user(&user("ana"), User { is_closed: true, ..User::named("ana") });
    ask_and_be_late(&scene).await;
    let told = scene.discord.messages(CHANNEL).pop().unwrap();
    assert_eq!(told.waked, [user("ana")]);
    assert!(told.content.contains("You are ana"), "{}", told.content);
}

/// Does something while somebody else writes to the database, so that nothing is durable. Returns the kind of
/// the answer that came all the same.
async fn answer_while_nothing_is_durable(scene: &Scene, act: impl FnOnce() -> String) -> u64 {
    let database = scene.stage.path("data").join(DATABASE);
    let mut other = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
    scene.room().expect(1);
    let asked = act();
    let kind = scene.discord.await_answer(&asked).await.kind;
    // Were wilco killed now, nobody would have read that it is done.
    assert!(!scene.discord.acknowledged(&asked));
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    scene.stage.settle().await;
    assert!(scene.discord.acknowledged(&asked));
    kind
}

#[tokio::test]
async fn a_command_that_takes_long_to_be_recorded_is_put_off_and_answered_later() {
    let scene = Scene::open().await;
    let ana = user("ana");
    let options = [("service", "web"), ("environment", "prod")];
    let slash = Slash { user: &ana, channel: CHANNEL, command: "deploy", options: &options };
    assert_eq!(answer_while_nothing_is_durable(&scene, || scene.discord.slash(slash)).await, 5);
    assert_eq!(scene.whispers("ana"), ["Heard: deploy web prod"]);
    assert_eq!(scene.cards(1).len(), 1);
}

#[tokio::test]
async fn a_press_that_takes_long_to_be_recorded_is_put_off_and_counts() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    let (ben, id) = (user("ben"), button(&card, "wilco.approve"));
    let press = Press { user: &ben, channel: CHANNEL, message: &card.id, custom_id: &id };
    assert_eq!(answer_while_nothing_is_durable(&scene, || scene.discord.press(press)).await, 5);
    assert!(scene.record(1).await.contains("gates opened (ben)"));
    assert_eq!(scene.whispers("ben"), Vec::<String>::new());
}

#[tokio::test]
async fn a_rejection_that_takes_long_to_be_recorded_is_put_off_and_told_how_else() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    let (ben, id) = (user("ben"), button(&card, "wilco.reject"));
    let press = Press { user: &ben, channel: CHANNEL, message: &card.id, custom_id: &id };
    assert_eq!(answer_while_nothing_is_durable(&scene, || scene.discord.press(press)).await, 5);
    let told = scene.whispers("ben");
    assert!(told.len() == 1 && told[0].contains("say `reject #1`"), "{told:?}");
}

#[tokio::test]
async fn a_reason_that_takes_long_to_be_recorded_is_put_off_and_kept() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let asked = scene.press("ben", &scene.card(1), "wilco.reject").await;
    let submit = || scene.discord.submit(&asked, &[("reason", "Not on a Friday.")]);
    assert_eq!(answer_while_nothing_is_durable(&scene, submit).await, 5);
    assert!(scene.record(1).await.contains("rejected by ben"));
    assert_eq!(scene.whispers("ben"), Vec::<String>::new());
}

#[tokio::test]
async fn a_yes_that_takes_long_to_be_recorded_is_put_off_and_counts() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.press("ana", &scene.card(1), "wilco.abort").await;
    let question = scene.discord.ephemerals(Some(CHANNEL), Some(&user("ana"))).pop().unwrap();
    let (ana, id) = (user("ana"), button(&question, "wilco.abort"));
    let press = Press { user: &ana, channel: CHANNEL, message: &question.id, custom_id: &id };
    assert_eq!(answer_while_nothing_is_durable(&scene, || scene.discord.press(press)).await, 5);
    assert!(scene.record(1).await.ends_with("cancelled by ana"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_command_whose_first_answer_is_lost_is_answered_all_the_same() {
    for fault in [Fault::ServerErrorBefore, Fault::ServerErrorAfterEffect] {
        let scene = Scene::open().await;
        scene.discord.fail_next("create_interaction_response", fault);
        let options = [("service", "web"), ("environment", "prod")];
        let asked = scene.slash("ana", "deploy", &options).await;
        assert!(scene.discord.acknowledged(&asked), "nobody reads that wilco did not respond");
        assert!(scene.discord.failed_interactions().is_empty());
        assert_eq!(scene.cards(1).len(), 1);
        assert_eq!(scene.whispers("ana"), ["Heard: deploy web prod"]);
    }
}

/// Returns by what a button of a card is known.
fn button(card: &Message, begin: &str) -> String {
    let controls = card.controls();
    let found = controls.iter().find(|control| control.custom_id.starts_with(begin));
    found.unwrap().custom_id.clone()
}

#[tokio::test]
async fn an_answer_that_discord_took_in_spite_of_an_error_is_not_given_up() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    // A stranger may not reject, and is told so in the first answer to the press.
    let after = Fault::ServerErrorAfterEffect;
    scene.discord.fail_next("create_interaction_response", after);
    scene.press("stranger", &scene.card(1), "wilco.reject").await;
    assert_eq!(scene.whispers("stranger").len(), 1, "{:?}", scene.whispers("stranger"));
    assert!(!scene.record(1).await.contains("given up"), "{}", scene.record(1).await);
}
