//! Socket Mode when connections break and envelopes go astray.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Socket, call_as, say};
use super::{ANA, BEN, DEPLOYS, workspace};
use crate::sim::slack::{APP_TOKEN, Disconnect, Slack};

#[tokio::test]
async fn each_envelope_goes_to_one_connection() {
    let slack = workspace().await;
    let mut one = Socket::open(&slack, 1).await;
    let mut two = Socket::open_unheard(&slack, 1).await;
    let hello = two.next().await;
    assert_eq!((&hello["type"], &hello["num_connections"]), (&json!("hello"), &json!(2)));
    assert!(hello["connection_info"]["app_id"].is_string());
    for text in ["a", "b"] {
        slack.mention(ANA, DEPLOYS, text).await;
    }
    let frames = [one.next().await, two.next().await];
    assert_ne!(frames[0]["envelope_id"], frames[1]["envelope_id"]);
    slack.await_all_acknowledged().await;
    assert_eq!(slack.envelopes().len(), 2);
}

#[tokio::test]
async fn what_nobody_acknowledges_comes_again_and_what_nobody_was_there_for_too() {
    let slack = workspace().await;
    slack.redeliver_after(Duration::from_millis(30));
    slack.mention(ANA, DEPLOYS, "deploy").await;
    let mut socket = Socket::open(&slack, 1).await;
    let frame = socket.next().await;
    assert!(frame["retry_attempt"].as_u64().unwrap() > 0);
    assert_eq!(frame["retry_reason"], "timeout");
    slack.await_all_acknowledged().await;

    socket.keep_still();
    slack.mention(ANA, DEPLOYS, "deploy").await;
    let (first, second) = (socket.next().await, socket.next().await);
    assert_eq!(first["payload"]["event_id"], second["payload"]["event_id"]);
    assert_ne!(first["envelope_id"], second["envelope_id"]);
    assert_eq!((&first["retry_attempt"], &second["retry_attempt"]), (&json!(0), &json!(1)));
    assert!(slack.acknowledged(first["envelope_id"].as_str().unwrap()).is_none());
}

#[tokio::test]
async fn envelopes_come_twice_and_out_of_order_when_told() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    slack.duplicate_next_envelope();
    slack.mention(ANA, DEPLOYS, "one").await;
    assert_eq!(socket.next().await, socket.next().await);
    slack.reorder_next(2);
    let first = slack.mention(ANA, DEPLOYS, "two").await;
    let second = slack.mention(ANA, DEPLOYS, "three").await;
    let order = [socket.next().await, socket.next().await];
    let order: Vec<_> = order.iter().map(|frame| &frame["payload"]["event"]["ts"]).collect();
    assert_eq!(order, [&second, &first]);
}

#[tokio::test]
async fn any_frame_can_be_sent_as_it_is() {
    let slack = workspace().await;
    let frame = json!({ "type": "events_api", "envelope_id": "e-1", "payload": { "odd": null } });
    assert!(!slack.send_envelope(&frame), "nobody is there");
    let mut socket = Socket::open(&slack, 1).await;
    assert!(slack.send_envelope(&frame));
    assert_eq!(socket.next().await, frame);
    slack.await_acknowledgement("e-1").await;
    assert!(slack.send_envelope(&json!({ "type": "unheard_of" })));
    assert_eq!(socket.next().await["type"], "unheard_of");
    assert_eq!(slack.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_goodbye_says_why_and_only_a_warning_leaves_the_connection() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 2).await;
    slack.disconnect_all(Disconnect::Warning);
    for _ in 0..2 {
        let frame = socket.next().await;
        assert_eq!((&frame["type"], &frame["reason"]), (&json!("disconnect"), &json!("warning")));
    }
    slack.disconnect(Disconnect::RefreshRequested);
    assert_eq!(socket.next().await["reason"], "refresh_requested");
    assert_eq!(socket.next().await["type"], "gone");
    slack.await_connections(1).await;
    slack.disconnect_all(Disconnect::LinkDisabled);
    assert_eq!(socket.next().await["reason"], "link_disabled");
    slack.await_connections(0).await;
}

#[tokio::test]
async fn in_a_burst_connections_hear_goodbye_right_after_hello() {
    let slack = workspace().await;
    slack.disconnect_in_a_burst(2);
    for _ in 0..2 {
        let mut socket = Socket::open_unheard(&slack, 1).await;
        assert_eq!(socket.next().await["type"], "hello");
        assert_eq!(socket.next().await["type"], "disconnect");
        assert_eq!(socket.next().await["type"], "gone");
    }
    Socket::open(&slack, 1).await;
}

#[tokio::test]
async fn connections_are_cut_between_frames_and_in_the_middle_of_one() {
    let slack = workspace().await;
    let cuts: [fn(&Slack); 2] = [Slack::cut_connections, Slack::cut_in_a_frame];
    for cut in cuts {
        let mut socket = Socket::open(&slack, 1).await;
        cut(&slack);
        assert_eq!(socket.next().await["type"], "error");
        assert_eq!(socket.next().await["type"], "gone");
        slack.await_connections(0).await;
        let ts = say(&slack, DEPLOYS, "still here").await;
        assert_eq!(slack.react(BEN, (DEPLOYS, &ts), "+1").await, None, "nobody heard it");
    }
}

#[tokio::test]
async fn a_connection_that_fell_silent_takes_envelopes_along_and_answers_nothing() {
    let slack = workspace().await;
    let mut socket = Socket::open(&slack, 1).await;
    slack.silence_connections();
    slack.mention(ANA, DEPLOYS, "deploy").await;
    slack.ping();
    assert_eq!((slack.connections(), slack.envelopes().len()), (1, 1));
    slack.cut_connections();
    assert_eq!(socket.next().await["type"], "error", "the envelope never came");
    assert_eq!(slack.pongs(), 0);
    assert!(slack.acknowledged(&slack.envelopes()[0]).is_none());
}

#[tokio::test]
async fn no_connection_is_opened_when_it_is_refused_or_one_too_many() {
    let slack = workspace().await;
    let open =
        async || -> Value { call_as(&slack, Some(APP_TOKEN), "apps.connections.open").await };
    slack.refuse_connections_open(Some("internal_error"));
    assert_eq!(open().await["error"], "internal_error");
    slack.refuse_connections_open(None);
    assert!(open().await["url"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
    let _socket = Socket::open(&slack, 10).await;
    assert_eq!(open().await["error"], "too_many_websockets");
}

#[tokio::test]
async fn pings_are_answered() {
    let slack = workspace().await;
    let _socket = Socket::open(&slack, 1).await;
    slack.ping();
    slack.until("the pong", |slack| (slack.pongs() == 1).then_some(())).await;
}
