//! What people say at once is heard in the order in which they said it.

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};

/// Fewer than one person may say at once.
const TIMES: u64 = 15;

#[tokio::test]
async fn lines_that_are_said_at_once_are_heard_in_their_order() {
    let mut scene = Scene::open().await;
    scene.with(&["open_per_person = 50", "open_per_lane = 50"]).await;
    scene.room().expect(TIMES);
    for number in 1..=TIMES {
        let line = format!("deploy web to staging note=n{number}");
        scene.discord.mention(&user("ana"), CHANNEL, &line);
    }
    scene.stage.settle().await;
    let reader = &scene.stage.app().reader;
    for number in 1..=TIMES {
        let deployment = reader.deployment(wilco_core::ids::DeploymentId(number)).await.unwrap();
        let asked = format!("{:?}", deployment.unwrap().parameters);
        assert!(asked.contains(&format!("\"n{number}\"")), "#{number} asks for {asked}");
    }
}
