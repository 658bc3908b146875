//! When votes are read from the messages again: soon after something was missed, and not for each miss.

use std::time::{Duration, Instant};

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{Discord, Fault, Resumable, Times};

/// More than a second's worth, whatever a bot does that tidies up.
const MISSES: usize = 40;

#[tokio::test]
async fn many_misses_in_a_row_are_made_good_by_a_few_looks_and_one_after_the_last() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    let at = (CHANNEL, card.as_str());
    let looks = || scene.discord.calls("get_message").len();
    let (before, began) = (looks(), Instant::now());
    let mut figures = scene.room().adapter().figures();
    for miss in 0..MISSES {
        scene.discord.leave_out_of_next("MESSAGE_REACTION_ADD", "emoji");
        scene.discord.react(&ben, at, "👀");
        let all = miss as u64 + 1;
        figures.wait_for(|figures| figures.undecoded >= all).await.unwrap();
        scene.discord.lose_next(1);
        scene.discord.unreact(&ben, at, "👀");
    }
    // The last one is a vote, and whatever was read before it did not show it.
    let first = scene.discord.until("a first look", |_| (looks() > before).then(looks)).await;
    scene.stage.settle().await;
    assert!(!scene.record(1).await.contains("approved by ben"));
    scene.discord.leave_out_of_next("MESSAGE_REACTION_ADD", "emoji");
    scene.discord.react(&ben, at, "✅");
    scene.discord.until("a look after the last", |_| (looks() > first).then_some(())).await;
    let approved = async || scene.record(1).await.ends_with("approved by ben").then_some(());
    crate::wait::until_seen("the vote is on record", approved).await;
    // One at once and then one a second at the most, however long the machine took for it.
    let (made, most) = (looks() - before, 2 + began.elapsed().as_secs());
    assert!(made as u64 <= most, "{made} looks for {MISSES} misses in {:?}", began.elapsed());
}

#[tokio::test]
async fn every_new_session_reads_the_votes_again_and_the_last_one_finds_what_stands() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    let mut figures = scene.room().adapter().figures();
    for session in 0..3 {
        let connected = figures.borrow().connected;
        // Nobody hears of it, and each time it is otherwise than before.
        scene.discord.lose_next(1);
        if session % 2 == 0 {
            scene.discord.react(&ben, (CHANNEL, &card), "✅");
        } else {
            scene.discord.unreact(&ben, (CHANNEL, &card), "✅");
        }
        scene.discord.invalidate_sessions(Resumable::No);
        figures.wait_for(|figures| figures.connected > connected).await.unwrap();
    }
    let approved = async || scene.record(1).await.ends_with("approved by ben").then_some(());
    crate::wait::until_seen("the vote is on record", approved).await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_vote_on_a_card_of_which_wilco_does_not_know_yet_counts_once_it_does() {
    let scene = Scene::open().await;
    let late = Fault::SlowBy(Duration::from_millis(1_500));
    scene.discord.fail_next("create_message", late);
    scene.stage.say("ana", "deploy api to prod").await;
    let card = scene.discord.until("the card", |_| scene.cards(1).pop()).await;
    scene.room().expect(1);
    scene.discord.react(&user("ben"), (CHANNEL, &card.id), "✅");
    scene.room().await_taken().await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
}

#[tokio::test]
async fn a_vote_on_a_card_that_is_found_again_after_the_connection_was_made_counts() {
    let mut scene = Scene::open().await;
    scene.discord.fail("create_message", Fault::HangAfterEffect, Times::Always);
    scene.stage.say("ana", "deploy api to prod").await;
    let card = scene.discord.until("the card", |_| scene.cards(1).pop()).await;
    scene.stage.stop().await;
    scene.discord.heal("create_message");
    scene.discord.react(&user("ben"), (CHANNEL, &card.id), "✅");
    // Until then it is looked for in vain, so the reactions that are read at the connection are those of no card.
    scene.discord.fail("list_messages", Fault::ServerErrorBefore, Times::Always);
    let discord = scene.discord.clone();
    let looks = |discord: &Discord| discord.calls("list_messages").len();
    let mended = async {
        discord.await_connections(1).await;
        let before = looks(&discord);
        discord.until("it is looked for", |now| (looks(now) >= before + 3).then_some(())).await;
        discord.heal("list_messages");
    };
    let (started, ()) = tokio::join!(scene.stage.start(), mended);
    started.unwrap();
    scene.stage.settle().await;
    assert!(scene.record(1).await.ends_with("approved by ben"), "{}", scene.record(1).await);
    assert_eq!(scene.cards(1).len(), 1);
}
