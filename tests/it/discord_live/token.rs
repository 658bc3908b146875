//! A token that Discord does not take any more, and takes again: nothing that was to be said is lost.

use std::collections::BTreeSet;

use super::Scene;
use crate::rehearsal::discord_room::CHANNEL;
use crate::sim::discord::{Fault, Times};

/// Everything that wilco calls with its token to show and to say something.
const CALLS: [&str; 6] = [
    "create_message",
    "update_message",
    "get_message",
    "list_messages",
    "create_thread_from_message",
    "add_my_message_reaction",
];

fn refuse(scene: &Scene) {
    let refused = Fault::Error { status: 401, code: 0, message: "401: Unauthorized" };
    for call in CALLS {
        scene.discord.fail(call, refused.clone(), Times::Always);
    }
}

/// Has wilco meet so many refusals.
async fn is_refused(scene: &Scene, times: usize) {
    let so_often = |_: &_| (scene.discord.refused_requests() >= times).then_some(());
    scene.discord.until("the refusals", so_often).await;
}

fn heal(scene: &Scene) {
    for call in CALLS {
        scene.discord.heal(call);
    }
}

/// The card is there once, and so is each line of its log.
fn all_is_said_once(scene: &Scene) {
    assert_eq!(scene.cards(1).len(), 1);
    assert!(scene.card(1).embeds[0]["title"].as_str().unwrap().starts_with('✅'));
    let mut lines = scene.discord.messages(CHANNEL);
    lines.retain(|line| line.id != scene.card(1).id);
    // What is said before there is a card is said beside it.
    if let Some((thread, _)) = scene.discord.thread(&scene.card(1).id) {
        lines.extend(scene.discord.messages(&thread));
    }
    let once: BTreeSet<_> = lines.iter().map(|line| &line.content).collect();
    assert!(!lines.is_empty() && once.len() == lines.len(), "{lines:#?}");
}

#[tokio::test]
async fn cards_and_lines_wait_for_the_token_and_discord_is_hardly_asked_meanwhile() {
    let scene = Scene::open().await;
    refuse(&scene);
    scene.stage.say("ana", "deploy web to staging").await;
    is_refused(&scene, 3).await;
    assert_eq!(scene.discord.conversation(CHANNEL).len(), 1);
    heal(&scene);
    scene.stage.settle().await;
    all_is_said_once(&scene);
    assert!(!scene.record(1).await.contains("given up"), "{}", scene.record(1).await);
    // One each time, after one second, two and four; one more may have been under way with the first.
    let refused = scene.discord.refused_requests();
    assert!(refused <= 5, "{refused} refusals");
}

#[tokio::test]
async fn cards_and_lines_that_waited_for_a_token_are_shown_after_a_start_with_another() {
    let mut scene = Scene::open().await;
    refuse(&scene);
    scene.stage.say("ana", "deploy web to staging").await;
    is_refused(&scene, 2).await;
    scene.stage.stop().await;
    heal(&scene);
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    all_is_said_once(&scene);
}
