//! A server for Slack's calls, and a caller that writes them by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};

use wilco::chat::slack::decode::Heard;
use wilco::chat::slack::hooks::{Hooks, SigningSecret, router};
use wilco::clock::Clock;
use wilco::delivery::{Accepted, NotDelivered};
use wilco::http::body::BodyLimits;
use wilco::http::tally::Tally;
use wilco::http::{Limits, Server};
use wilco_core::hex::hex;
use wilco_core::time::Timestamp;

use super::slack_in::{payload, us};

pub const SECRET: &str = "e6b19c573432dcc6b075501d51b51bb8";
pub const NOW: i64 = 1_790_000_000;
pub const EVENTS: &str = "/hooks/slack/events";
pub const INTERACTIONS: &str = "/hooks/slack/interactions";
pub const COMMANDS: &str = "/hooks/slack/commands";
pub const MIB: usize = 1024 * 1024;

/// Nothing in these tests takes longer, however busy the machine is.
pub const LONG: Duration = Duration::from_mins(1);

/// A server whose sink can be made to refuse, and takes one permit for each delivery.
pub struct Hooked {
    pub server: Server,
    pub heard: mpsc::UnboundedReceiver<Heard>,
    pub permits: Arc<Semaphore>,
    pub refuses: Arc<AtomicBool>,
    pub tally: Arc<Tally>,
}

#[derive(Clone, Copy)]
pub struct Patience {
    pub head: Duration,
    pub body: Duration,
    pub connections: usize,
}

pub const PATIENT: Patience = Patience { head: LONG, body: LONG, connections: 64 };

pub fn hooked() -> Hooked {
    hooked_with(PATIENT)
}

pub fn hooked_with(patience: Patience) -> Hooked {
    let (sender, heard) = mpsc::unbounded_channel();
    let permits = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let refuses = Arc::new(AtomicBool::new(false));
    let (gate, refusing) = (permits.clone(), refuses.clone());
    let sink = move |heard| {
        let (sender, gate, refusing) = (sender.clone(), gate.clone(), refusing.clone());
        async move {
            sender.send(heard).unwrap();
            gate.acquire().await.unwrap().forget();
            let refuses = refusing.load(Ordering::SeqCst);
            if refuses { Err(NotDelivered::Stopping) } else { Ok(Accepted::Applied) }
        }
    };
    let tally = Arc::new(Tally::default());
    let hooks = Hooks {
        secret: SigningSecret::new(SECRET).unwrap(),
        us: us(),
        clock: Clock::standing_at(Timestamp(NOW * 1000 + 999)),
        limits: BodyLimits { bytes_max: MIB, within: patience.body },
        tally: Arc::clone(&tally),
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let limits =
        Limits { head_within: patience.head, connections: patience.connections, grace: LONG };
    let server = Server::start(listener, router(hooks, sink), limits).unwrap();
    Hooked { server, heard, permits, refuses, tally }
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Hooked {
    pub async fn call(&self, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
        call(self.server.address(), path, headers, body).await
    }

    /// Calls as Slack does.
    pub async fn slack(&self, path: &str, body: &str) -> Answer {
        self.call(path, &signed(NOW, body.as_bytes()), body.as_bytes()).await
    }

    pub fn nothing_was_heard(&mut self) {
        assert_eq!(self.heard.try_recv().ok(), None);
    }
}

pub fn signature(stamp: i64, body: &[u8]) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    code.update(format!("v0:{stamp}:").as_bytes());
    code.update(body);
    format!("v0={}", hex(&code.finalize().into_bytes()))
}

pub fn signed(stamp: i64, body: &[u8]) -> Vec<(&'static str, String)> {
    vec![
        ("X-Slack-Request-Timestamp", stamp.to_string()),
        ("X-Slack-Signature", signature(stamp, body)),
    ]
}

pub fn head(path: &str, headers: &[(&str, String)]) -> String {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head
}

pub async fn call(to: SocketAddr, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
    let mut socket = TcpStream::connect(to).await.unwrap();
    let head = format!("{}Content-Length: {}\r\n\r\n", head(path, headers), body.len());
    socket.write_all(head.as_bytes()).await.unwrap();
    // It may answer and close before it has read everything.
    drop(socket.write_all(body).await);
    answer(&mut socket).await
}

/// Reads until the server closes.
pub async fn answer(socket: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = socket.read_to_end(&mut bytes);
    tokio::time::timeout(LONG, read).await.expect("the server closes the connection").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head ends with an empty line");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub fn form(fields: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().unwrap() {
        form.append_pair(name, value.as_str().unwrap());
    }
    form.finish()
}

pub fn form_with_payload(name: &str) -> String {
    form(&serde_json::json!({ "payload": payload(name).to_string() }))
}

/// Spaces after JSON are JSON.
pub fn padded(length: usize) -> String {
    let body = payload("mention").to_string();
    let spaces = " ".repeat(length - body.len());
    body + &spaces
}
