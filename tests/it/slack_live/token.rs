//! A token that Slack does not take any more, and takes again: nothing that was to be said is lost.

use std::collections::BTreeSet;

use super::Scene;
use crate::rehearsal::slack_room::CHANNEL;
use crate::sim::slack::{Fault, Slack, Times};

const CALLS: [&str; 3] = ["chat.postMessage", "chat.update", "reactions.add"];

/// Has somebody say something while the token is not taken, until wilco met that twice.
async fn say_in_vain(scene: &Scene, code: &'static str, (account, line): (&str, &str)) {
    let asked = |slack: &Slack| CALLS.map(|call| slack.calls(call).len()).iter().sum::<usize>();
    let before = asked(&scene.slack);
    for call in CALLS {
        scene.slack.fail(call, Fault::Error(code), Times::Always);
    }
    scene.stage.say(account, line).await;
    let so_often = |slack: &Slack| (asked(slack) >= before + 2).then_some(());
    scene.slack.until("the refusals", so_often).await;
    let refused = asked(&scene.slack) - before;
    assert!(refused <= 3, "{refused} refusals");
    for call in CALLS {
        scene.slack.heal(call);
    }
    scene.stage.settle().await;
}

#[tokio::test]
async fn cards_and_lines_wait_for_the_token_and_slack_is_hardly_asked_meanwhile() {
    for code in ["invalid_auth", "token_revoked", "account_inactive"] {
        let scene = Scene::open().await;
        say_in_vain(&scene, code, ("ana", "deploy web to prod")).await;
        assert_eq!(scene.cards(1).len(), 1);
        say_in_vain(&scene, code, ("ben", "approve #1")).await;
        assert_eq!(scene.cards(1).len(), 1);
        let said = scene.slack.messages(CHANNEL);
        let once: BTreeSet<_> = said.iter().map(|one| &one.text).collect();
        assert!(said.len() > 1 && once.len() == said.len(), "{said:#?}");
        let record = scene.record(1).await;
        assert!(record.ends_with("run ended (succeeded)"), "{record}");
    }
}
