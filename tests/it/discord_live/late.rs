//! What comes when nobody waits for it any more: Discord said that wilco did not respond, and people try again.

use std::time::Duration;

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{Discord, Fault, Message, Press, Slash, Times};
use crate::wait::until_seen;

const RESPOND: &str = "create_interaction_response";
const WEB: [(&str, &str); 2] = [("service", "web"), ("environment", "prod")];

/// More than Discord waits for a first answer.
const TOO_LONG: Duration = Duration::from_secs(5);

/// How a session ends that then goes on, and tells what was missed.
const ENDS: [fn(&Discord); 3] = [
    Discord::cut_connections,
    |discord| discord.close_connections(4000),
    Discord::ask_to_reconnect,
];

fn deploy(scene: &Scene) -> String {
    let ana = user("ana");
    let slash = Slash { user: &ana, channel: CHANNEL, command: "deploy", options: &WEB };
    scene.discord.slash(slash)
}

fn press(scene: &Scene, card: &Message, begin: &str) -> String {
    let (ben, controls) = (user("ben"), card.controls());
    let found = controls.iter().find(|control| control.custom_id.starts_with(begin)).unwrap();
    let custom_id = &found.custom_id;
    scene.discord.press(Press { user: &ben, channel: CHANNEL, message: &card.id, custom_id })
}

fn late(scene: &Scene) -> u64 {
    scene.room().adapter().figures().borrow().late
}

/// Has somebody do something right when the connection ends, of which wilco hears when it is too late.
async fn too_late(scene: &Scene, end: fn(&Discord), act: impl FnOnce() -> String) {
    let before = late(scene);
    scene.room().expect(1);
    end(&scene.discord);
    let interaction = act();
    scene.discord.skip(TOO_LONG);
    scene.stage.settle().await;
    assert_eq!(late(scene) - before, 1);
    assert!(scene.discord.failed_interactions().contains(&interaction));
}

/// The same, and wilco hears of it in time. Returns the kind of the answer.
async fn in_time(scene: &Scene, act: impl FnOnce() -> String) -> u64 {
    scene.room().expect(1);
    scene.discord.cut_connections();
    let interaction = act();
    scene.stage.settle().await;
    assert_eq!(late(scene), 0);
    assert!(scene.discord.acknowledged(&interaction));
    scene.discord.answered(&interaction).unwrap().kind
}

#[tokio::test]
async fn a_command_that_comes_too_late_asks_for_nothing_and_once_when_it_is_said_again() {
    for end in ENDS {
        let scene = Scene::open().await;
        too_late(&scene, end, || deploy(&scene)).await;
        assert_eq!(scene.cards(1).len(), 0);
        assert_eq!(scene.whispers("ana"), Vec::<String>::new());
        scene.slash("ana", "deploy", &WEB).await;
        assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
        assert_eq!(scene.whispers("ana"), ["Heard: deploy web prod"]);
    }
}

#[tokio::test]
async fn a_command_that_was_missed_and_comes_in_time_is_carried_out_and_answered() {
    let scene = Scene::open().await;
    assert_eq!(in_time(&scene, || deploy(&scene)).await, 5);
    assert_eq!(scene.cards(1).len(), 1);
    assert_eq!(scene.whispers("ana"), ["Heard: deploy web prod"]);
    // Once everything that was missed has come, nothing is put off without need.
    let next = scene.slash("ana", "whoami", &[]).await;
    assert_eq!(scene.discord.answered(&next).unwrap().kind, 4);
}

#[tokio::test]
async fn a_press_that_comes_too_late_is_no_vote_and_is_one_when_it_is_made_again() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let (card, record) = (scene.card(1), scene.record(1).await);
    let approve = || press(&scene, &card, "wilco.approve");
    too_late(&scene, Discord::cut_connections, approve).await;
    assert_eq!(scene.record(1).await, record);
    scene.press("ben", &card, "wilco.approve").await;
    assert_eq!(scene.record(1).await.matches("approved by ben").count(), 1);
    assert!(scene.record(1).await.contains("gates opened (ben)"));
}

#[tokio::test]
async fn a_press_that_was_missed_and_comes_in_time_is_a_vote() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    assert_eq!(in_time(&scene, || press(&scene, &card, "wilco.approve")).await, 5);
    assert!(scene.record(1).await.contains("gates opened (ben)"));
    assert_eq!(scene.whispers("ben"), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_missed_is_decided_before_what_was_done_after_it() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    // Discord takes its time to say whether it still waits for the first of the two.
    scene.discord.fail_next(RESPOND, Fault::SlowBy(Duration::from_millis(700)));
    scene.room().expect(2);
    scene.discord.cut_connections();
    let (ana, options) = (user("ana"), [("deployment", "#1")]);
    scene.discord.slash(Slash {
        user: &ana,
        channel: CHANNEL,
        command: "cancel",
        options: &options,
    });
    scene.discord.react(&user("ben"), (CHANNEL, &card.id), "✅");
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(record.contains("cancelled by ana") && !record.contains("gates opened"), "{record}");
}

#[tokio::test]
async fn a_rejection_that_comes_too_late_asks_nothing() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let (card, record) = (scene.card(1), scene.record(1).await);
    let reject = || press(&scene, &card, "wilco.reject");
    too_late(&scene, Discord::cut_connections, reject).await;
    assert_eq!(scene.record(1).await, record);
    assert_eq!(scene.whispers("ben"), Vec::<String>::new());
}

#[tokio::test]
async fn a_rejection_that_was_missed_and_comes_in_time_is_told_how_else() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    assert_eq!(in_time(&scene, || press(&scene, &card, "wilco.reject")).await, 5);
    let told = scene.whispers("ben");
    assert!(told.len() == 1 && told[0].contains("say `reject #1`"), "{told:?}");
}

#[tokio::test]
async fn a_reason_that_comes_too_late_rejects_nothing_and_does_when_it_is_given_again() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let reason = [("reason", "Not on a Friday.")];
    let asked = scene.press("ben", &scene.card(1), "wilco.reject").await;
    let record = scene.record(1).await;
    let submit = || scene.discord.submit(&asked, &reason);
    too_late(&scene, Discord::cut_connections, submit).await;
    assert_eq!(scene.record(1).await, record);
    // Discord's clock leapt here, which is noticed at the next thing that somebody does.
    scene.say("ana", "whoami").await;
    let asked = scene.press("ben", &scene.card(1), "wilco.reject").await;
    scene.room().expect(1);
    scene.discord.submit(&asked, &reason);
    scene.stage.settle().await;
    assert_eq!(scene.record(1).await.matches("rejected by ben").count(), 1);
}

#[tokio::test]
async fn a_reason_that_was_missed_and_comes_in_time_is_kept() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let asked = scene.press("ben", &scene.card(1), "wilco.reject").await;
    let submit = || scene.discord.submit(&asked, &[("reason", "Not on a Friday.")]);
    assert_eq!(in_time(&scene, submit).await, 5);
    assert!(scene.record(1).await.contains("rejected by ben"));
    assert_eq!(scene.whispers("ben"), Vec::<String>::new());
}

#[tokio::test]
async fn a_command_on_a_line_that_stood_still_asks_for_nothing_although_no_connection_ended() {
    let scene = Scene::open().await;
    scene.say("ana", "whoami").await;
    let before = scene.discord.greetings();
    scene.room().expect(1);
    scene.discord.silence_connections();
    let interaction = deploy(&scene);
    until_seen("the application did not respond", async || {
        scene.discord.failed_interactions().contains(&interaction).then_some(())
    })
    .await;
    scene.discord.let_through();
    scene.stage.settle().await;
    let after = scene.discord.greetings();
    assert_eq!((after.identified, after.resumed), (before.identified, before.resumed));
    assert_eq!((scene.cards(1).len(), late(&scene)), (0, 1));
    scene.slash("ana", "deploy", &WEB).await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}

#[tokio::test]
async fn a_missed_command_that_comes_twice_asks_once() {
    let scene = Scene::open().await;
    scene.room().expect(1);
    scene.discord.duplicate_next("INTERACTION_CREATE");
    in_time(&scene, || deploy(&scene)).await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
    assert_eq!(scene.discord.calls(RESPOND).len(), 1);
}

#[tokio::test]
async fn an_answer_that_discord_took_in_spite_of_an_error_is_taken_as_one_in_time() {
    for fault in [Fault::ServerErrorAfterEffect, Fault::ConnectionCutAfterEffect] {
        let scene = Scene::open().await;
        scene.discord.fail_next(RESPOND, fault);
        assert_eq!(in_time(&scene, || deploy(&scene)).await, 5);
        assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
    }
}

#[tokio::test]
async fn what_discord_says_nothing_of_is_left_and_asked_about_no_more_than_twice() {
    for fault in [Fault::ServerErrorBefore, Fault::HangBefore] {
        let scene = Scene::open().await;
        scene.discord.fail(RESPOND, fault, Times::Always);
        scene.room().expect(1);
        scene.discord.cut_connections();
        deploy(&scene);
        scene.stage.settle().await;
        assert_eq!((scene.cards(1).len(), late(&scene)), (0, 0));
        assert_eq!(scene.discord.calls(RESPOND).len(), 2);
        scene.discord.heal(RESPOND);
        scene.slash("ana", "deploy", &WEB).await;
        assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
    }
}
