//! What is not carried out stays without an answer, whatever else is said to whoever did it: they would take that for
//! the answer. And nothing is answered before it is on record.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use wilco::store::open::DATABASE;

use super::Scene;
use crate::rehearsal::discord_room::{self, CHANNEL, user};
use crate::sim::discord::{Fault, Message, Press, Slash, Times};

const RESPOND: &str = "create_interaction_response";
const WEB: [(&str, &str); 2] = [("service", "web"), ("environment", "prod")];

/// The store refuses what people do with commands, buttons and forms, as it does while the disk is full: with an
/// error that is not about the row, so that it is not kept aside either.
const REFUSE: &str = "create trigger refuse before insert on delivery
    when new.id like 'slash/%' or new.id like 'press/%' or new.id like 'reason/%'
    begin select json('{'); end";

fn slash(scene: &Scene, who: &str, command: &str, options: &[(&str, &str)]) -> String {
    scene.discord.slash(Slash { user: &user(who), channel: CHANNEL, command, options })
}

fn press(scene: &Scene, who: &str, message: &Message, begin: &str) -> String {
    let controls = message.controls();
    let found = controls.iter().find(|control| control.custom_id.starts_with(begin)).unwrap();
    let (user, custom_id) = (&user(who), found.custom_id.as_str());
    scene.discord.press(Press { user, channel: CHANNEL, message: &message.id, custom_id })
}

async fn database(scene: &Scene) -> SqliteConnection {
    let database = scene.stage.path("data").join(DATABASE);
    SqliteConnectOptions::new().filename(database).connect().await.unwrap()
}

async fn run(scene: &Scene, sql: &'static str) {
    let mut database = database(scene).await;
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

/// Returns what somebody was told directly.
fn told_directly(scene: &Scene, who: &str) -> Vec<String> {
    let direct = scene.discord.direct(&user(who));
    let said = direct.map(|direct| scene.discord.messages(&direct)).unwrap_or_default();
    said.iter().map(discord_room::words).collect()
}

/// Ana and ben each wait for votes: #1 and #2.
async fn waiting() -> Scene {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "deploy web to prod").await;
    scene
}

/// Tells ben something that has to do with nothing but his sign: that he may not approve what he asked for.
async fn tell_ben(scene: &Scene) {
    let before = told_directly(scene, "ben").len();
    scene.say("ben", "/react ✅ #2").await;
    assert_eq!(told_directly(scene, "ben").len(), before + 1);
}

/// Has ben do something that comes while a connection is made again, and that the store refuses.
async fn put_off_and_refused(scene: &Scene, act: impl FnOnce() -> String) {
    run(scene, REFUSE).await;
    scene.room().expect(1);
    scene.discord.cut_connections();
    let asked = act();
    assert_eq!(scene.discord.await_answer(&asked).await.kind, 5);
    scene.stage.settle().await;
    run(scene, "drop trigger refuse").await;
    tell_ben(scene).await;
    assert!(
        !scene.discord.acknowledged(&asked),
        "ben reads an answer: {:?}",
        scene.whispers("ben")
    );
}

#[tokio::test]
async fn a_command_that_was_put_off_and_cannot_be_recorded_is_never_answered() {
    let scene = waiting().await;
    put_off_and_refused(&scene, || slash(&scene, "ben", "deploy", &WEB)).await;
    assert_eq!(scene.cards(3).len(), 0);
}

#[tokio::test]
async fn a_press_that_was_put_off_and_cannot_be_recorded_is_never_answered() {
    for begin in ["wilco.approve", "wilco.reject"] {
        let scene = waiting().await;
        let record = scene.record(1).await;
        let card = scene.card(1);
        put_off_and_refused(&scene, || press(&scene, "ben", &card, begin)).await;
        assert_eq!(scene.record(1).await, record);
    }
}

#[tokio::test]
async fn a_yes_that_was_put_off_and_cannot_be_recorded_is_never_answered() {
    let scene = waiting().await;
    scene.press("ben", &scene.card(2), "wilco.abort").await;
    let question = scene.discord.ephemerals(Some(CHANNEL), Some(&user("ben"))).pop().unwrap();
    put_off_and_refused(&scene, || press(&scene, "ben", &question, "wilco.abort")).await;
    assert!(!scene.record(2).await.contains("cancelled"), "{}", scene.record(2).await);
}

#[tokio::test]
async fn a_reason_that_was_put_off_and_cannot_be_recorded_is_never_answered() {
    let scene = waiting().await;
    let form = scene.press("ben", &scene.card(1), "wilco.reject").await;
    let reason = [("reason", "Not on a Friday.")];
    put_off_and_refused(&scene, || scene.discord.submit(&form, &reason)).await;
    assert!(!scene.record(1).await.contains("rejected"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_rejection_that_cannot_be_recorded_is_left_to_discord() {
    let scene = waiting().await;
    run(&scene, REFUSE).await;
    let asked = scene.press("ben", &scene.card(1), "wilco.reject").await;
    run(&scene, "drop trigger refuse").await;
    tell_ben(&scene).await;
    assert!(scene.discord.answered(&asked).is_none(), "{:?}", scene.whispers("ben"));
}

#[tokio::test]
async fn a_command_of_which_discord_says_nothing_is_never_answered() {
    let scene = Scene::open().await;
    // Discord took the word that wilco thinks, and says so neither time that it is asked.
    scene.discord.fail_next(RESPOND, Fault::ServerErrorAfterEffect);
    scene.discord.fail_next(RESPOND, Fault::ServerErrorBefore);
    scene.room().expect(2);
    scene.discord.cut_connections();
    scene.discord.mention(&user("ana"), CHANNEL, "whoami");
    let asked = slash(&scene, "ana", "deploy", &WEB);
    scene.stage.settle().await;
    assert_eq!(scene.cards(1).len(), 0);
    assert_eq!(scene.discord.answered(&asked).unwrap().kind, 5);
    assert!(
        !scene.discord.acknowledged(&asked),
        "ana reads an answer: {:?}",
        scene.whispers("ana")
    );
    let told = [told_directly(&scene, "ana"), replies(&scene)].concat();
    assert!(told.len() == 1 && told[0].starts_with("You are ana"), "{told:?}");
}

/// Returns what was said in reply to somebody, in the channel.
fn replies(scene: &Scene) -> Vec<String> {
    let mut said = scene.discord.messages(CHANNEL);
    said.retain(|message| message.reply_to.is_some());
    said.iter().map(discord_room::words).collect()
}

#[tokio::test]
async fn an_answer_to_something_else_is_no_answer_to_a_press_before_it_is_on_record() {
    let scene = waiting().await;
    let card = scene.card(1);
    scene.room().expect(3);
    // Ben's own answer takes a few tries; what comes after mina's command waits until Discord said of that.
    scene.discord.fail("create_message", Fault::ServerErrorBefore, Times::Next(4));
    scene.discord.fail_next(RESPOND, Fault::SlowBy(Duration::from_millis(900)));
    scene.discord.cut_connections();
    scene.discord.mention(&user("ben"), CHANNEL, "whoami");
    slash(&scene, "mina", "whoami", &[]);
    let is_asked = |_: &_| (!scene.discord.calls(RESPOND).is_empty()).then_some(());
    scene.discord.until("mina's command is put off", is_asked).await;
    let asked = press(&scene, "ben", &card, "wilco.reject");
    scene.discord.await_answer(&asked).await;
    let mut database = database(&scene).await;
    let known = sqlx::query("select 1 from delivery where id = ?").bind(format!("press/{asked}"));
    assert!(known.fetch_optional(&mut database).await.unwrap().is_some(), "it is not on record");
    database.close().await.unwrap();
    scene.stage.settle().await;
    assert!(scene.discord.acknowledged(&asked));
}

#[tokio::test]
async fn whoever_changed_their_mind_is_told_what_comes_after() {
    let scene = waiting().await;
    scene.press("ben", &scene.card(2), "wilco.abort").await;
    let question = scene.discord.ephemerals(Some(CHANNEL), Some(&user("ben"))).pop().unwrap();
    scene.press("ben", &question, "wilco.leave").await;
    let before = scene.whispers("ben").len();
    scene.say("ben", "/react ✅ #2").await;
    assert_eq!(scene.whispers("ben").len(), before + 1, "{:?}", scene.whispers("ben"));
}
