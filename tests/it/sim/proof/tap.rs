//! What is there for measuring: it tells what the bot did, and forgets.

use serde_json::json;
use tokio::time::Instant;

use super::client::{Socket, call};
use super::{ANA, DEPLOYS, SECRET, workspace};
use crate::sim::slack::{Bot, Fault, Seen, What};

#[tokio::test]
async fn a_tap_tells_what_the_bot_did_for_whom_and_when() {
    let slack = workspace().await;
    let before = Instant::now().into_std();
    let _socket = Socket::open(&slack, 1).await;
    let mut tap = slack.tap();
    slack.slash(ANA, DEPLOYS, "status").await;
    let seen = tap.recv().await.unwrap();
    let Seen { what, user, at } = seen;
    assert_eq!((what, user.as_str()), (What::Acknowledged, ANA));
    assert!(at >= before);
    call(&slack, "chat.postEphemeral", json!({ "channel": DEPLOYS, "user": ANA, "text": "yes" }))
        .await;
    assert_eq!(tap.recv().await.unwrap().what, What::Told);
    assert_eq!(slack.ephemerals(None, None).len(), 1);
    slack.forget();
    assert_eq!(slack.ephemerals(None, None).len(), 0);
    assert_eq!(slack.calls("chat.postEphemeral").len(), 0);
}

#[tokio::test]
async fn a_fault_may_hit_one_channel_alone() {
    let slack = workspace().await;
    slack.channel(SECRET, "secret", Bot::In);
    slack.fail_in(DEPLOYS, "chat.postMessage", Fault::Error("is_archived"));
    for (channel, ok) in [(DEPLOYS, false), (SECRET, true)] {
        let answer =
            call(&slack, "chat.postMessage", json!({ "channel": channel, "text": "x" })).await;
        assert_eq!(answer["ok"], ok, "{channel}");
    }
}
