//! What may have been said before wilco stopped, and is tried again once Discord has forgotten the nonce.

use std::time::Duration;

use wilco::chat::{Chat as _, ShownCard};
use wilco_core::card::Card;
use wilco_core::ids::{MessageRef, Place, Platform};

use super::super::Scene;
use crate::agreed;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{CREATE_PUBLIC_THREADS, Discord, Fault, GUILD, Overwrite, Times};

const POST: &str = "create_message";

/// Something is said, of which wilco never hears what became; it starts again an hour later.
async fn in_doubt(scene: &mut Scene, fault: Fault, happens: impl AsyncFnOnce(&Scene)) {
    scene.discord.fail(POST, fault, Times::Always);
    let before = scene.discord.calls(POST).len();
    happens(scene).await;
    let is_tried = |discord: &Discord| (discord.calls(POST).len() > before).then_some(());
    scene.discord.until("the first try", is_tried).await;
    scene.stage.stop().await;
    scene.discord.heal(POST);
    scene.discord.skip(Duration::from_hours(1));
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
}

/// Ben approves, takes it back, and approves again, which is in doubt. Returns what the thread says.
async fn approves_again(fault: Fault) -> Vec<String> {
    let mut scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.say("ben", "/unreact ✅ #1").await;
    in_doubt(&mut scene, fault, async |scene| {
        scene.stage.say("ben", "/react ✅ #1").await;
    })
    .await;
    let lines = scene.discord.messages(&scene.card(1).id);
    lines.into_iter().map(|line| line.content).collect()
}

fn is_told_in_turn(lines: &[String]) {
    let [approved, taken_back, again] = lines else { panic!("{lines:#?}") };
    assert!(approved.contains("approved") && !taken_back.contains("approved"), "{lines:#?}");
    assert_eq!(approved, again);
}

#[tokio::test]
async fn a_line_of_which_nobody_knew_at_a_stop_is_found_much_later_and_not_said_twice() {
    is_told_in_turn(&approves_again(Fault::HangAfterEffect).await);
}

#[tokio::test]
async fn a_line_that_was_not_said_is_said_much_later_though_another_reads_the_same() {
    is_told_in_turn(&approves_again(Fault::HangBefore).await);
}

#[tokio::test]
async fn a_line_that_was_said_in_the_channel_for_want_of_a_thread_is_not_said_twice() {
    let mut scene = Scene::open().await;
    let nobody = Overwrite::deny(CREATE_PUBLIC_THREADS);
    scene.discord.overwrite(CHANNEL, GUILD, nobody);
    scene.say("ana", "deploy api to prod").await;
    scene.discord.fail_in(CHANNEL, POST, Fault::HangAfterEffect);
    scene.stage.say("ben", "/react ✅ #1").await;
    let is_said = |discord: &Discord| (discord.messages(CHANNEL).len() == 2).then_some(());
    scene.discord.until("the line", is_said).await;
    scene.stage.stop().await;
    scene.discord.heal(POST);
    scene.discord.skip(Duration::from_hours(1));
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    assert_eq!(scene.discord.messages(CHANNEL).len(), 2);
}

/// Returns everything that ana was told, wherever that was.
fn told(scene: &Scene) -> Vec<String> {
    let direct = scene.discord.direct(&user("ana"));
    let direct = direct.map(|direct| scene.discord.messages(&direct)).unwrap_or_default();
    let all = scene.discord.messages(CHANNEL).into_iter().chain(direct);
    let told = all.filter(|one| one.embeds[0].is_null()).map(|one| one.content);
    told.map(|words| words.trim_start_matches(&format!("<@{}> ", user("ana"))).to_owned()).collect()
}

/// Ana asks who she is, twice, and the second answer is in doubt.
async fn asks_twice(ask: impl AsyncFn(&Scene), fault: Fault) {
    let mut scene = Scene::open().await;
    ask(&scene).await;
    scene.stage.settle().await;
    in_doubt(&mut scene, fault, &ask).await;
    let told = told(&scene);
    assert!(told.len() == 2 && told[0] == told[1], "{told:#?}");
}

#[tokio::test]
async fn an_answer_in_a_channel_of_which_nobody_knew_at_a_stop_is_given_once() {
    let ask = async |scene: &Scene| scene.room().say("ana", "whoami").await;
    asks_twice(ask, Fault::HangAfterEffect).await;
    asks_twice(ask, Fault::HangBefore).await;
}

#[tokio::test]
async fn an_answer_in_a_direct_message_of_which_nobody_knew_at_a_stop_is_given_once() {
    let ask = async |scene: &Scene| {
        scene.room().expect(1);
        scene.discord.direct_message(&user("ana"), "whoami");
        scene.room().await_taken().await;
    };
    asks_twice(ask, Fault::HangAfterEffect).await;
    asks_twice(ask, Fault::HangBefore).await;
}

#[tokio::test]
async fn what_was_told_directly_and_nobody_knew_at_a_stop_is_told_once() {
    for fault in [Fault::HangAfterEffect, Fault::HangBefore] {
        let mut scene = Scene::open().await;
        scene.say("ana", "deploy web to prod").await;
        // Who asked may not approve, and is told so.
        in_doubt(&mut scene, fault, async |scene| {
            scene.stage.say("ana", "/react ✅ #1").await;
        })
        .await;
        assert_eq!(told(&scene).len(), 1, "{:#?}", told(&scene));
    }
}

#[tokio::test]
async fn where_wilco_may_not_look_a_line_is_said_twice_rather_than_never() {
    let mut scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let refused = Fault::Error { status: 403, code: 50_001, message: "Missing Access" };
    scene.discord.fail("list_messages", refused, Times::Always);
    in_doubt(&mut scene, Fault::HangBefore, async |scene| {
        scene.stage.say("ben", "/unreact ✅ #1").await;
    })
    .await;
    assert_eq!(scene.discord.messages(&scene.card(1).id).len(), 2);
}

/// Shows a card that may have been posted already, much later.
async fn show_again(
    scene: &Scene,
    (card, key): (&Card, &str),
    shown: Option<&MessageRef>,
) -> String {
    scene.discord.skip(Duration::from_hours(1));
    let place = Place::in_channel(Platform::Discord, CHANNEL);
    let wanted = ShownCard { place: &place, card, shown, key, maybe_done: true };
    scene.room().adapter().show_card(&wanted).await.unwrap().message
}

#[tokio::test]
async fn a_card_in_any_state_of_which_nobody_knew_is_found_much_later_and_reads_anew() {
    let scene = Scene::open().await;
    let cards = agreed::cards("en");
    let (_, last) = cards.last().unwrap();
    for (number, (name, card)) in cards.iter().enumerate() {
        let key = format!("card-1-{number:020}");
        let posted = show_again(&scene, (card, &key), None).await;
        assert_eq!(scene.discord.messages(CHANNEL).len(), number + 1, "{name}");
        assert_eq!(show_again(&scene, (last, &key), None).await, posted, "{name}");
        assert_eq!(show_again(&scene, (card, &key), None).await, posted, "{name}, once more");
        assert_eq!(scene.discord.messages(CHANNEL).len(), number + 1, "{name}");
    }
}

#[tokio::test]
async fn a_card_is_found_behind_what_people_said_since() {
    let scene = Scene::open().await;
    let (_, card) = &agreed::cards("en")[0];
    let posted = show_again(&scene, (card, "card-1-ff"), None).await;
    for _ in 0..250 {
        scene.discord.say(&user("ana"), CHANNEL, "Lunch?");
    }
    assert_eq!(show_again(&scene, (card, "card-1-ff"), None).await, posted);
}

#[tokio::test]
async fn a_card_in_the_place_of_one_that_is_gone_is_posted_once() {
    let scene = Scene::open().await;
    let (_, card) = &agreed::cards("en")[0];
    let place = Place::in_channel(Platform::Discord, CHANNEL);
    let message = show_again(&scene, (card, "card-1-ff"), None).await;
    scene.discord.delete_messages(CHANNEL, &[&message]);
    let gone = MessageRef { place, message };
    let posted = show_again(&scene, (card, "card-1-ff"), Some(&gone)).await;
    assert_ne!(posted, gone.message);
    assert_eq!(show_again(&scene, (card, "card-1-ff"), Some(&gone)).await, posted);
    assert_eq!(scene.discord.messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_card_of_an_earlier_record_is_not_taken_for_the_one_with_its_number() {
    let mut scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.say("ana", "cancel #1").await;
    let old = scene.card(1);
    assert_eq!(old.controls().len(), 0);
    scene.stage.stop().await;
    std::fs::remove_dir_all(scene.stage.path("data")).unwrap();
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    scene.discord.fail_next(POST, Fault::ServerErrorBefore);
    scene.say("ana", "deploy web to prod").await;
    assert!(!scene.discord.calls("list_messages").is_empty());
    let cards = scene.cards(1);
    assert_eq!((cards.len(), cards[0].edits), (2, old.edits));
    assert_eq!(cards[0].embeds, old.embeds);
}

#[tokio::test]
async fn whoever_copies_the_end_of_what_wilco_said_is_understood() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let posted = scene.discord.calls(POST).pop().unwrap();
    let (_, end) = posted["body"]["content"].as_str().unwrap().rsplit_once('.').unwrap();
    assert!(!end.is_empty() && end.chars().all(|c| !c.is_alphanumeric()), "{end:?}");
    scene.say("ben", &format!("approve #1{end}")).await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn signs_that_failed_are_put_below_a_card_with_the_next_connection() {
    let scene = Scene::open().await;
    scene.discord.fail("add_my_message_reaction", Fault::ServerErrorBefore, Times::Next(2));
    scene.say("ana", "deploy api to prod").await;
    assert!(scene.card(1).reactions.is_empty());
    scene.go_away().await;
    scene.come_back().await;
    let signs: Vec<_> = scene.card(1).reactions.iter().map(|(sign, _)| sign.clone()).collect();
    assert_eq!(signs, ["✅", "❌"]);
    // Whoever takes them away does not want them.
    scene.discord.clear_reactions((CHANNEL, &scene.card(1).id), None);
    scene.go_away().await;
    scene.come_back().await;
    assert!(scene.card(1).reactions.is_empty());
}
