//! Whoever leaves after a vote counts no more, and a vote that wilco is not let see starts nothing.

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{Fault, GUILD, Times};

/// Has ben vote, then leave, then mina vote, which would be enough.
async fn leaves_after_voting(scene: &Scene, between: impl AsyncFnOnce()) {
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.discord.leave(GUILD, &user("ben"));
    between().await;
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
    assert!(record.contains("approved by mina") && !record.contains("run started"), "{record}");
}

#[tokio::test]
async fn an_approver_who_left_the_server_since_starts_nothing() {
    let scene = Scene::open().await;
    leaves_after_voting(&scene, async || {}).await;
}

#[tokio::test]
async fn an_approver_who_left_while_nobody_listened_is_none_at_the_next_connection() {
    let scene = Scene::open().await;
    leaves_after_voting(&scene, async || {
        scene.go_away().await;
        scene.come_back().await;
        let record = scene.record(1).await;
        assert!(record.contains("vote withdrawn by ben"), "{record}");
    })
    .await;
}

/// Has ben take his vote back unheard, then mina vote, which would be enough, where the card cannot be read.
async fn is_not_let_see(status: u16, code: u32) {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.discord.lose_next(1);
    scene.discord.unreact(&user("ben"), (CHANNEL, &scene.card(1).id), "✅");
    let refused = Fault::Error { status, code, message: "no" };
    scene.discord.fail("get_message", refused, Times::Always);
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(!record.contains("gates opened"), "{record}");
    assert!(!record.contains("run started"), "{record}");
}

#[tokio::test]
async fn a_vote_in_a_channel_that_wilco_may_not_see_any_more_starts_nothing() {
    is_not_let_see(403, 50_001).await;
}

#[tokio::test]
async fn a_vote_that_wilco_cannot_read_without_its_token_starts_nothing() {
    is_not_let_see(401, 0).await;
}

#[tokio::test]
async fn a_card_whose_signs_could_not_be_put_there_gets_them_once_it_changes() {
    let scene = Scene::open().await;
    scene.discord.fail("add_my_message_reaction", Fault::ServerErrorBefore, Times::Next(2));
    scene.say("ana", "deploy api to prod").await;
    assert!(scene.card(1).reactions.is_empty());
    scene.say("ben", "approve #1").await;
    let signs: Vec<_> = scene.card(1).reactions.iter().map(|(sign, _)| sign.clone()).collect();
    assert_eq!(signs, ["✅", "❌"]);
}

#[tokio::test]
async fn whoever_put_several_signs_there_is_looked_up_once_at_each_look() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let (ben, card) = (user("ben"), scene.card(1).id);
    scene.go_away().await;
    for sign in ["✅", "👍"] {
        scene.discord.react(&ben, (CHANNEL, &card), sign);
    }
    scene.discord.super_react(&ben, (CHANNEL, &card), "👍");
    let of_ben = |scene: &Scene| {
        let calls = scene.discord.calls("get_guild_member");
        calls.iter().filter(|call| call["user_id"] == ben.as_str()).count()
    };
    let before = of_ben(&scene);
    scene.come_back().await;
    assert_eq!(of_ben(&scene) - before, 1);
    let record = scene.record(1).await;
    assert!(record.contains("approved by ben"), "{record}");
    // The next look is a new one: whoever left in between counts no more.
    scene.go_away().await;
    scene.discord.leave(GUILD, &ben);
    scene.come_back().await;
    assert_eq!(of_ben(&scene) - before, 2);
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
}
