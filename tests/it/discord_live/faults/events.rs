//! Events that come twice, in another order, or without what they should say.

use super::super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::Resumable;

#[tokio::test]
async fn a_command_that_comes_twice_asks_once_and_is_answered_once() {
    let scene = Scene::open().await;
    scene.room().expect(1);
    scene.discord.duplicate_next("INTERACTION_CREATE");
    scene.slash("ana", "deploy", &[("service", "web"), ("environment", "prod")]).await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
    assert_eq!(scene.discord.calls("create_interaction_response").len(), 1);
}

#[tokio::test]
async fn the_answer_after_a_command_that_came_twice_takes_no_others_place() {
    let scene = Scene::open().await;
    scene.room().expect(1);
    scene.discord.duplicate_next("INTERACTION_CREATE");
    scene.slash("ana", "whoami", &[]).await;
    let who = scene.whispers("ana");
    assert!(who.len() == 1 && who[0].starts_with("You are ana"), "{who:?}");
    scene.slash("ana", "status", &[]).await;
    let both = scene.whispers("ana");
    assert_eq!(both.len(), 2, "{both:?}");
    assert_eq!(both[0], who[0]);
    assert!(!both[1].starts_with("Heard"), "{both:?}");
}

#[tokio::test]
async fn a_press_that_comes_twice_votes_once() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.room().expect(1);
    scene.discord.duplicate_next("INTERACTION_CREATE");
    scene.press("ben", &scene.card(1), "wilco.approve").await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
    assert_eq!(scene.discord.calls("create_interaction_response").len(), 1);
}

#[tokio::test]
async fn a_reaction_that_comes_twice_votes_once() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.room().expect(1);
    scene.discord.duplicate_next("MESSAGE_REACTION_ADD");
    scene.say("ben", "/react ✅ #1").await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_vote_that_seems_to_stand_since_events_changed_places_starts_nothing() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    scene.room().expect(2);
    scene.discord.reorder_next(2);
    scene.discord.react(&ben, (CHANNEL, &card), "✅");
    scene.discord.unreact(&ben, (CHANNEL, &card), "✅");
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(!record.contains("run started"), "{record}");
    assert!(record.ends_with("vote withdrawn by ben"), "{record}");
}

#[tokio::test]
async fn a_vote_that_seems_gone_since_events_changed_places_is_found_with_the_next_session() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    scene.room().expect(2);
    scene.discord.reorder_next(2);
    scene.discord.unreact(&ben, (CHANNEL, &card), "✅");
    scene.discord.react(&ben, (CHANNEL, &card), "✅");
    scene.stage.settle().await;
    let mut figures = scene.room().adapter().figures();
    let connected = figures.borrow().connected;
    scene.discord.invalidate_sessions(Resumable::No);
    figures.wait_for(|figures| figures.connected > connected).await.unwrap();
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_command_that_cannot_be_read_is_counted_and_changes_nothing() {
    let scene = Scene::open().await;
    let mut figures = scene.room().adapter().figures();
    scene.discord.leave_out_of_next("INTERACTION_CREATE", "data");
    let asked = [("service", "web"), ("environment", "prod")];
    let (ana, command) = (user("ana"), "deploy");
    let slash =
        crate::sim::discord::Slash { user: &ana, channel: CHANNEL, command, options: &asked };
    let interaction = scene.discord.slash(slash);
    figures.wait_for(|figures| figures.undecoded == 1).await.unwrap();
    assert!(scene.discord.answered(&interaction).is_none());
    // Whoever reads that nobody answered asks again.
    scene.slash("ana", "deploy", &asked).await;
    assert_eq!((scene.cards(1).len(), scene.cards(2).len()), (1, 0));
}
