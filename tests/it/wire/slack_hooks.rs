//! Slack's calls over HTTP, from the outside of a socket.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use wilco::chat::slack::decode::Heard;
use wilco::chat::slack::hooks::{EmptySecret, SigningSecret};

use super::slack_in::payload;

use super::hooked::*; // Only what these tests stand on.

#[tokio::test]
async fn a_signed_event_is_heard_and_answered_with_nothing() {
    let mut hooked = hooked();
    let answer = hooked.slack(EVENTS, &payload("mention").to_string()).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let heard = hooked.heard.recv().await.unwrap();
    assert!(matches!(heard, Heard::Said { words, .. } if words == "deploy api to prod"));
}

#[tokio::test]
async fn commands_and_interactions_come_as_forms() {
    let mut hooked = hooked();
    let calls = [
        (COMMANDS, form(&payload("slash"))),
        (INTERACTIONS, form_with_payload("press_approve")),
        (INTERACTIONS, form_with_payload("form_reason")),
    ];
    for (path, body) in &calls {
        let answer = hooked.slack(path, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }
    assert!(matches!(hooked.heard.recv().await, Some(Heard::Said { ts: None, .. })));
    assert!(matches!(hooked.heard.recv().await, Some(Heard::Pressed { .. })));
    assert!(matches!(hooked.heard.recv().await, Some(Heard::Reason { .. })));
}

#[tokio::test]
async fn a_signature_that_another_program_made_is_right() {
    let hooked = hooked();
    // printf 'v0:1790000000:ssl_check=1&token=unused' | openssl dgst -sha256 -hmac …
    let headers = [
        ("X-Slack-Request-Timestamp", NOW.to_string()),
        (
            "X-Slack-Signature",
            "v0=716a98a41bf05b6e0bff67bc19490862ecf9e244b6619bfec4911b864554a3d3".to_owned(),
        ),
    ];
    let answer = hooked.call(COMMANDS, &headers, b"ssl_check=1&token=unused").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_call_without_its_signature_is_refused() {
    let mut hooked = hooked();
    let body = payload("mention").to_string();
    let [stamp, sign] = <[_; 2]>::try_from(signed(NOW, body.as_bytes())).unwrap();
    let bare = ("X-Slack-Signature", sign.1.trim_start_matches("v0=").to_owned());
    let other_version = ("X-Slack-Signature", sign.1.replace("v0=", "v1="));
    let not_hex = ("X-Slack-Signature", format!("v0={}", "g".repeat(64)));
    let empty = ("X-Slack-Signature", "v0=".to_owned());
    let not_a_number = ("X-Slack-Request-Timestamp", format!("+{NOW}"));
    for headers in [
        vec![],
        vec![stamp.clone()],
        vec![sign.clone()],
        vec![stamp.clone(), bare],
        vec![stamp.clone(), other_version],
        vec![stamp.clone(), not_hex],
        vec![stamp.clone(), empty],
        vec![not_a_number, sign.clone()],
        vec![stamp.clone(), sign.clone(), sign.clone()],
        vec![stamp.clone(), stamp.clone(), sign.clone()],
    ] {
        for path in [EVENTS, INTERACTIONS, COMMANDS] {
            let answer = hooked.call(path, &headers, body.as_bytes()).await;
            assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{headers:?}");
        }
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let mut hooked = hooked();
    let body = payload("mention").to_string();
    let right = signature(NOW, body.as_bytes());
    let last = if right.ends_with('0') { "1" } else { "0" };
    let wrong = [
        format!("{}{last}", &right[..right.len() - 1]),
        signature(NOW + 1, body.as_bytes()),
        right[..right.len() - 2].to_owned(),
        format!("v0={}", "0".repeat(64)),
    ];
    for wrong in wrong {
        let headers =
            [("X-Slack-Request-Timestamp", NOW.to_string()), ("X-Slack-Signature", wrong)];
        assert_eq!(hooked.call(EVENTS, &headers, body.as_bytes()).await.status, 401);
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_stamp_is_taken_for_five_minutes_and_not_a_second_longer() {
    let mut hooked = hooked();
    let body = payload("mention").to_string();
    for (stamp, status) in [
        (NOW - 300, 200),
        (NOW - 301, 401),
        (NOW + 300, 200),
        (NOW + 301, 401),
        (0, 401),
        (i64::MAX, 401),
    ] {
        let answer = hooked.call(EVENTS, &signed(stamp, body.as_bytes()), body.as_bytes()).await;
        assert_eq!(answer.status, status, "{stamp}");
    }
    for _ in 0..2 {
        assert!(hooked.heard.recv().await.is_some());
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn another_body_under_the_same_signature_is_refused() {
    let mut hooked = hooked();
    let body = payload("mention").to_string();
    let signed = signed(NOW, body.as_bytes());
    // The same JSON with one more space: what counts is the bytes.
    let others =
        [body.replace("to prod", "to test"), format!("{body} "), String::new(), "{".to_owned()];
    for other in others {
        assert_eq!(hooked.call(EVENTS, &signed, other.as_bytes()).await.status, 401);
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_valid_call_that_is_replayed_has_the_same_delivery_id() {
    let mut hooked = hooked();
    for (path, body) in [
        (EVENTS, payload("mention").to_string()),
        (EVENTS, payload("reaction_added").to_string()),
        (COMMANDS, form(&payload("slash"))),
        (INTERACTIONS, form_with_payload("press_approve")),
    ] {
        let signed = signed(NOW, body.as_bytes());
        for _ in 0..2 {
            assert_eq!(hooked.call(path, &signed, body.as_bytes()).await.status, 200);
        }
        let first = hooked.heard.recv().await.unwrap();
        assert_eq!(hooked.heard.recv().await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not() {
    let mut hooked = hooked();
    let body = padded(MIB);
    assert_eq!(hooked.slack(EVENTS, &body).await.status, 200);
    assert!(hooked.heard.recv().await.is_some());

    let large = format!("{body} ");
    let headers = signed(NOW, large.as_bytes());
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let announced = format!("{}Content-Length: {}\r\n\r\n", head(EVENTS, &headers), large.len());
    // Nothing of it is sent: announcing it is enough.
    socket.write_all(announced.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 413);
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_body_that_does_not_announce_its_size_is_cut_off_at_a_mebibyte() {
    let mut hooked = hooked();
    let large = padded(MIB + 1);
    let headers = signed(NOW, large.as_bytes());
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let begun = format!("{}Transfer-Encoding: chunked\r\n\r\n", head(EVENTS, &headers));
    socket.write_all(begun.as_bytes()).await.unwrap();
    // The body never ends, so that only its size can be the reason for an answer.
    for piece in large.as_bytes().chunks(MIB / 16) {
        socket.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
        socket.write_all(piece).await.unwrap();
        if piece.len() > 1 {
            socket.write_all(b"\r\n").await.unwrap();
        }
    }
    assert_eq!(answer(&mut socket).await.status, 413);
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_call_that_cannot_be_slacks_is_refused_before_its_body_is_read() {
    let hooked = hooked();
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let head = format!("{}Content-Length: 1000\r\n\r\n", head(EVENTS, &[]));
    socket.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 401);
}

#[tokio::test]
async fn who_is_slow_with_the_head_is_cut_off() {
    let hooked = hooked_with(Patience { head: Duration::from_millis(50), ..PATIENT });
    for begun in ["", "POST", "POST /hooks/slack/events HTTP/1.1\r\nHost: localhost\r\nX-Slack"] {
        let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
        socket.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(LONG, socket.read_to_end(&mut rest)).await;
        closed.expect("the server closes the connection").unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{begun:?}");
    }
}

#[tokio::test]
async fn who_is_slow_with_the_body_is_cut_off() {
    let mut hooked = hooked_with(Patience { body: Duration::from_millis(50), ..PATIENT });
    let body = payload("mention").to_string();
    let headers = signed(NOW, body.as_bytes());
    for sent in [0, 1, body.len() - 1] {
        let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
        let head = format!("{}Content-Length: {}\r\n\r\n", head(EVENTS, &headers), body.len());
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&body.as_bytes()[..sent]).await.unwrap();
        assert_eq!(answer(&mut socket).await.status, 408);
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_has_ended() {
    let mut hooked = hooked_with(Patience { connections: 1, ..PATIENT });
    hooked.permits.forget_permits(Semaphore::MAX_PERMITS);
    let address = hooked.server.address();
    let body = payload("mention").to_string();
    let calling = || {
        let body = body.clone();
        let signed = signed(NOW, body.as_bytes());
        tokio::spawn(async move { call(address, EVENTS, &signed, body.as_bytes()).await.status })
    };
    let first = calling();
    assert!(hooked.heard.recv().await.is_some());
    let second = calling();
    // Elsewhere call after call is heard and answered meanwhile, and the second one here is not even heard.
    let mut elsewhere = hooked_with(PATIENT);
    for _ in 0..20 {
        assert_eq!(elsewhere.slack(EVENTS, &body).await.status, 200);
        assert!(elsewhere.heard.recv().await.is_some());
    }
    hooked.nothing_was_heard();
    hooked.permits.add_permits(1);
    assert_eq!(first.await.unwrap(), 200);
    assert!(hooked.heard.recv().await.is_some());
    hooked.permits.add_permits(1);
    assert_eq!(second.await.unwrap(), 200);
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_makes_room_for_another() {
    let hooked =
        hooked_with(Patience { head: Duration::from_millis(200), connections: 1, ..PATIENT });
    let mut idle = TcpStream::connect(hooked.server.address()).await.unwrap();
    let answer = hooked.slack(EVENTS, &payload("mention").to_string()).await;
    assert_eq!(answer.status, 200);
    // Which of the two ends gets through first is up to a machine that is busy.
    let ended = tokio::time::timeout(LONG, idle.read(&mut [0])).await;
    assert_eq!(ended.expect("the idle one ends").unwrap(), 0);
}

#[tokio::test]
async fn a_challenge_is_answered_only_where_it_is_signed() {
    let mut hooked = hooked();
    let asked = payload("url_verification");
    let answer = hooked.slack(EVENTS, &asked.to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, asked["challenge"].as_str().unwrap());
    assert!(answer.head.to_lowercase().contains("content-type: text/plain"), "{}", answer.head);
    let unsigned = hooked.call(EVENTS, &[], asked.to_string().as_bytes()).await;
    assert_eq!((unsigned.status, unsigned.body.as_str()), (401, ""));
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn what_could_not_be_accepted_is_not_acknowledged() {
    let mut hooked = hooked();
    hooked.refuses.store(true, Ordering::SeqCst);
    let body = payload("mention").to_string();
    let answer = hooked.slack(EVENTS, &body).await;
    assert_eq!(answer.status, 503);
    // Slack must send it again.
    assert!(!answer.head.to_lowercase().contains("x-slack-no-retry"), "{}", answer.head);
    hooked.refuses.store(false, Ordering::SeqCst);
    assert_eq!(hooked.slack(EVENTS, &body).await.status, 200);
    let first = hooked.heard.recv().await.unwrap();
    assert_eq!(hooked.heard.recv().await.unwrap(), first);
}

#[tokio::test]
async fn nothing_is_acknowledged_before_it_was_accepted() {
    let mut hooked = hooked();
    hooked.permits.forget_permits(Semaphore::MAX_PERMITS);
    let address = hooked.server.address();
    let body = payload("mention").to_string();
    let calling = tokio::spawn(async move {
        call(address, EVENTS, &signed(NOW, body.as_bytes()), body.as_bytes()).await.status
    });
    assert!(hooked.heard.recv().await.is_some());
    assert!(!calling.is_finished());
    hooked.permits.add_permits(1);
    assert_eq!(calling.await.unwrap(), 200);
}

#[tokio::test]
async fn what_slack_need_not_send_again_says_so() {
    let mut hooked = hooked();
    for (path, body) in [
        (EVENTS, "{".to_owned()),
        (EVENTS, "null".to_owned()),
        (EVENTS, payload("reaction_no_event_id").to_string()),
        (COMMANDS, "text=hi".to_owned()),
        (COMMANDS, "%FF&=%".to_owned()),
        (INTERACTIONS, "payload=%7B".to_owned()),
        (INTERACTIONS, "payloads=x".to_owned()),
        (INTERACTIONS, "payload=%FF%FE%00".to_owned()),
    ] {
        let answer = hooked.slack(path, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.head.to_lowercase().contains("x-slack-no-retry: 1"), "{}", answer.head);
    }
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn what_says_nothing_to_wilco_is_acknowledged_and_not_heard() {
    let mut hooked = hooked();
    for name in ["mention_edited", "mention_other_team", "direct_by_us", "channel_created"] {
        assert_eq!(hooked.slack(EVENTS, &payload(name).to_string()).await.status, 200);
    }
    // Slack's check of the certificate.
    assert_eq!(hooked.slack(COMMANDS, "ssl_check=1&token=unused").await.status, 200);
    hooked.nothing_was_heard();
}

#[tokio::test]
async fn a_server_that_stops_answers_what_is_under_way_and_takes_nothing_new() {
    let mut hooked = hooked();
    hooked.permits.forget_permits(Semaphore::MAX_PERMITS);
    let address = hooked.server.address();
    let idle = TcpStream::connect(address).await.unwrap();
    let body = payload("mention").to_string();
    let calling = tokio::spawn(async move {
        call(address, EVENTS, &signed(NOW, body.as_bytes()), body.as_bytes()).await.status
    });
    assert!(hooked.heard.recv().await.is_some());
    let stopping = tokio::spawn(hooked.server.stop());
    // Once the listener is gone, nothing new is taken.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    hooked.permits.add_permits(1);
    assert_eq!(calling.await.unwrap(), 200);
    drop(idle);
    tokio::time::timeout(LONG, stopping).await.expect("it stops").unwrap();
}

#[test]
fn a_server_without_a_secret_cannot_be_made() {
    for nothing in ["", "  ", "\n"] {
        assert_eq!(SigningSecret::new(nothing).err(), Some(EmptySecret));
    }
}
