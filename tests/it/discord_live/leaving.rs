//! Whoever leaves after a vote counts no more.

use super::Scene;
use crate::rehearsal::discord_room::user;
use crate::sim::discord::GUILD;

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
