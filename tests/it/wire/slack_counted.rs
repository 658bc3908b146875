//! How Slack's calls are counted for those who watch.

use std::sync::atomic::Ordering;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use wilco::http::tally::Ended;

use super::hooked::{COMMANDS, EVENTS, MIB, NOW, answer, head, hooked, signed};
use super::slack_in::payload;

#[tokio::test]
async fn every_call_of_slacks_is_counted_by_how_it_ended() {
    let hooked = hooked();
    let said = payload("mention").to_string();
    hooked.slack(EVENTS, &said).await;
    hooked.slack(EVENTS, &payload("url_verification").to_string()).await;
    hooked.slack(EVENTS, &payload("mention_edited").to_string()).await;
    hooked.slack(COMMANDS, "ssl_check=1&token=unused").await;
    for body in ["{", "null", "[]"] {
        hooked.slack(EVENTS, body).await;
    }
    for stamp in [NOW - 301, NOW + 301] {
        hooked.call(EVENTS, &signed(stamp, said.as_bytes()), said.as_bytes()).await;
    }
    hooked.call(EVENTS, &[], said.as_bytes()).await;
    hooked.call(EVENTS, &signed(NOW, b"{}"), said.as_bytes()).await;
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let large = format!("{}Content-Length: {}\r\n\r\n", head(EVENTS, &signed(NOW, b"")), MIB + 1);
    socket.write_all(large.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 413);
    hooked.refuses.store(true, Ordering::SeqCst);
    hooked.slack(EVENTS, &said).await;
    let all = Ended::ALL.into_iter().map(|ended| (ended.code(), hooked.tally.of(ended)));
    let counted: Vec<_> = all.filter(|(_, number)| *number > 0).collect();
    let expected = [
        ("taken", 2),
        ("ignored", 2),
        ("unsigned", 4),
        ("unread", 1),
        ("malformed", 3),
        ("not_delivered", 1),
    ];
    assert_eq!(counted, expected);
}
