//! GitHub's webhooks, from the outside of a socket: what is believed, what is refused, and what it may cost.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use wilco::clock::Clock;
use wilco::delivery::{Accepted, NotDelivered};
use wilco::http::body::BodyLimits;
use wilco::http::github::{Called, Hooks, PATH, router};
use wilco::http::signed::{EmptySecret, Key};
use wilco::http::tally::{Ended, Tally};
use wilco::http::{Limits, Server, room};
use wilco_core::hex::hex;
use wilco_core::time::Timestamp;

use super::hooked::{Answer, LONG, MIB, NOW, answer, call, head};
use crate::agreed::{compare, payload, payloads};

const SECRET: &str = "It's a Secret to Everybody";

/// A server for webhooks, and what it passes on.
struct Hooked {
    server: Server,
    called: mpsc::UnboundedReceiver<Called>,
    tally: Arc<Tally>,
}

type Headers = Vec<(&'static str, String)>;

impl Hooked {
    fn open() -> Self {
        Self::that(Ok(Accepted::Applied), LONG)
    }

    /// Whatever is passed on ends like this; a body may take so long.
    fn that(accepts: Result<Accepted, NotDelivered>, within: Duration) -> Self {
        let (sender, called) = mpsc::unbounded_channel();
        let tally = Arc::new(Tally::default());
        let hooks = Hooks {
            key: Key::new(SECRET).unwrap(),
            clock: Clock::standing_at(Timestamp(NOW * 1000)),
            limits: BodyLimits { bytes_max: MIB, within },
            tally: Arc::clone(&tally),
        };
        let sink = move |called| {
            sender.send(called).unwrap();
            let accepts = accepts.clone();
            async move { accepts }
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let limits = Limits { head_within: LONG, connections: 64, grace: LONG };
        let server = Server::start(listener, router(hooks, sink), limits).unwrap();
        Self { server, called, tally }
    }

    async fn call(&self, headers: &Headers, body: &str) -> Answer {
        call(self.server.address(), PATH, headers, body.as_bytes()).await
    }

    async fn told(&self, event: &'static str, id: &str, body: &str) -> u16 {
        self.call(&signed(event, id, body), body).await.status
    }

    fn nothing_was_passed_on(&mut self) {
        assert_eq!(self.called.try_recv().ok(), None);
    }
}

fn signature(body: &str) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    code.update(body.as_bytes());
    format!("sha256={}", hex(&code.finalize().into_bytes()))
}

fn signed(event: &str, id: &str, body: &str) -> Headers {
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-GitHub-Event", event.to_owned()),
        ("X-GitHub-Delivery", id.to_owned()),
        ("X-Hub-Signature-256", signature(body)),
    ]
}

fn run_completed() -> String {
    payload("github", "workflow_run.completed").to_string()
}

#[tokio::test]
async fn every_webhook_becomes_what_was_agreed() {
    let mut hooked = Hooked::open();
    let mut all = serde_json::Map::new();
    for name in payloads("github") {
        let event = name.split('.').next().unwrap().to_owned();
        let body = payload("github", &name).to_string();
        let answer =
            hooked.call(&signed(&event, &name.replace(['.', '_'], "-"), &body), &body).await;
        let called = hooked.called.try_recv().ok();
        let heard = called.map(|called| {
            let run = called.run.map(|run| run.to_string());
            let checks =
                called.checks.map(|checks| format!("{} {}", checks.repository, checks.commit));
            json!({ "run": run, "checks": checks, "news": called.news })
        });
        all.insert(name, json!({ "status": answer.status, "heard": heard }));
    }
    compare("github-heard.json", &Value::Object(all));
}

#[tokio::test]
async fn a_signature_that_github_documents_is_right() {
    // From "Validating webhook deliveries": the secret above, and "Hello, World!".
    let right = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature("Hello, World!"), format!("sha256={right}"));
    let hooked = Hooked::open();
    assert_eq!(hooked.told("star", "1", "Hello, World!").await, 202);
    assert_eq!(hooked.tally.of(Ended::Ignored), 1);
}

#[test]
fn a_webhook_secret_of_nothing_is_refused() {
    for secret in ["", " \n"] {
        assert_eq!(Key::new(secret).err(), Some(EmptySecret));
    }
}

#[tokio::test]
async fn a_webhook_without_its_signature_is_refused() {
    let mut hooked = Hooked::open();
    let body = run_completed();
    let with = |value: Option<String>| {
        let mut headers = signed("workflow_run", "1", &body);
        headers.pop();
        headers.extend(value.map(|value| ("X-Hub-Signature-256", value)));
        headers
    };
    let right = signature(&body);
    let mut twice = with(Some(right.clone()));
    twice.push(("X-Hub-Signature-256", right.clone()));
    let mut old = with(None);
    old.push(("X-Hub-Signature", right.replace("sha256", "sha1")));
    let last = if right.ends_with('0') { "1" } else { "0" };
    for headers in [
        with(None),
        with(Some(String::new())),
        with(Some("sha256=".into())),
        with(Some(right.replace("sha256=", ""))),
        with(Some(right.replace("sha256=", "sha1="))),
        with(Some(format!("sha256={}", "g".repeat(64)))),
        with(Some(format!("sha256={}", "0".repeat(64)))),
        with(Some(right[..right.len() - 2].to_owned())),
        with(Some(format!("{}{last}", &right[..right.len() - 1]))),
        with(Some(signature(&format!("{body} ")))),
        twice,
        old,
    ] {
        let answer = hooked.call(&headers, &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{headers:?}");
    }
    assert_eq!(hooked.tally.of(Ended::Unsigned), 12);
    hooked.nothing_was_passed_on();
}

#[tokio::test]
async fn a_call_that_cannot_be_githubs_is_refused_before_its_body_is_read() {
    let hooked = Hooked::open();
    for headers in [vec![], vec![("X-Hub-Signature-256", signature("{}"))]] {
        let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
        let begun = format!("{}Content-Length: 1000\r\n\r\n", head(PATH, &headers));
        socket.write_all(begun.as_bytes()).await.unwrap();
        let status = answer(&mut socket).await.status;
        assert_eq!(status, if headers.is_empty() { 401 } else { 400 });
    }
}

#[tokio::test]
async fn a_webhook_that_is_replayed_is_passed_on_once_whatever_it_says_the_second_time() {
    let mut hooked = Hooked::open();
    let body = run_completed();
    assert_eq!(hooked.told("workflow_run", "72d3162e", &body).await, 202);
    assert!(hooked.called.try_recv().is_ok());
    let other = payload("github", "workflow_run.requested").to_string();
    for again in [&body, &other] {
        assert_eq!(hooked.told("workflow_run", "72d3162e", again).await, 202);
    }
    hooked.nothing_was_passed_on();
    assert_eq!(hooked.tally.of(Ended::Repeated), 2);
    // Who knows an id learns nothing by it without the secret.
    let mut unsigned = signed("workflow_run", "72d3162e", &body);
    unsigned.pop();
    assert_eq!(hooked.call(&unsigned, &body).await.status, 401);
}

#[tokio::test]
async fn what_became_so_long_ago_is_told_to_nobody() {
    let mut hooked = Hooked::open();
    let three_days = 3 * 24 * 3600;
    for (id, age, is_told) in [("1", three_days, true), ("2", three_days + 1, false)] {
        let at = chrono::DateTime::from_timestamp(NOW - age, 0).unwrap();
        let mut told = payload("github", "workflow_run.completed");
        told["workflow_run"]["updated_at"] = at.to_rfc3339().into();
        assert_eq!(hooked.told("workflow_run", id, &told.to_string()).await, 202);
        assert_eq!(hooked.called.try_recv().is_ok(), is_told, "{age}");
    }
    assert_eq!(hooked.tally.of(Ended::Late), 1);
}

#[tokio::test]
async fn a_webhook_of_a_mebibyte_is_read_and_a_byte_more_is_not() {
    let mut hooked = Hooked::open();
    let body = run_completed();
    let body = format!("{body}{}", " ".repeat(MIB - body.len()));
    assert_eq!(hooked.told("workflow_run", "1", &body).await, 202);
    assert!(hooked.called.try_recv().is_ok());
    let large = format!("{body} ");
    let headers = signed("workflow_run", "2", &large);
    // Nothing of it is sent: announcing it is enough.
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let announced = format!("{}Content-Length: {}\r\n\r\n", head(PATH, &headers), large.len());
    socket.write_all(announced.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 413);
    // Nor is one that does not say how large it is read to its end, which never comes.
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let begun = format!("{}Transfer-Encoding: chunked\r\n\r\n", head(PATH, &headers));
    socket.write_all(begun.as_bytes()).await.unwrap();
    for piece in large.as_bytes().chunks(MIB / 16) {
        let piece = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        // It may be answered before the last piece is written.
        drop(socket.write_all(&piece).await);
    }
    assert_eq!(answer(&mut socket).await.status, 413);
    hooked.nothing_was_passed_on();
    assert_eq!(hooked.tally.of(Ended::Unread), 2);
}

/// Returns a whole request after which the caller keeps its connection.
fn kept(path: &str, headers: &Headers, body: &str) -> String {
    let head = head(path, headers).replace("Connection: close\r\n", "");
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn what_is_answered_before_it_was_read_says_that_its_connection_closes_and_is_not_reset() {
    let mut hooked = Hooked::open();
    let large = format!("{}{}", run_completed(), " ".repeat(MIB));
    let oversized = signed("workflow_run", "1", &large);
    for (path, headers, status) in
        [(PATH, oversized, 413), (PATH, vec![], 401), ("/hooks/elsewhere", vec![], 404)]
    {
        let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
        let request = kept(path, &headers, &large);
        let (head, body) = request.split_at(request.len() - large.len());
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let read = tokio::time::timeout(LONG, socket.read_buf(&mut answer)).await;
            assert_ne!(read.expect("it is answered").unwrap(), 0);
        }
        let answer = String::from_utf8(answer).unwrap().to_lowercase();
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        // Whoever reads no answer before all is sent is let send it.
        for piece in body.as_bytes().chunks(MIB / 16) {
            socket.write_all(piece).await.expect("it is taken, though nobody reads it");
        }
        socket.shutdown().await.unwrap();
        let closed = tokio::time::timeout(LONG, socket.read(&mut [0])).await;
        assert_eq!(closed.expect("the server closes the connection").unwrap(), 0);
    }
    hooked.nothing_was_passed_on();
}

#[tokio::test]
async fn what_was_read_and_refused_keeps_its_connection() {
    let mut hooked = Hooked::open();
    let body = run_completed();
    let mut forged = signed("workflow_run", "1", &body);
    forged[3].1 = signature("another body");
    let good = signed("workflow_run", "1", &body);
    let last = format!("{}Content-Length: {}\r\n\r\n{body}", head(PATH, &good), body.len());
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let calls = [kept(PATH, &forged, &body), kept(PATH, &good, &body), last].concat();
    socket.write_all(calls.as_bytes()).await.unwrap();
    let answers = answer(&mut socket).await;
    let all = format!("{}\r\n\r\n{}", answers.head, answers.body);
    let statuses = all.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]);
    assert_eq!(statuses.collect::<Vec<_>>(), ["401", "202", "202"], "{all}");
    assert!(hooked.called.try_recv().is_ok());
    hooked.nothing_was_passed_on();
}

#[tokio::test]
async fn who_is_slow_with_a_webhook_is_cut_off() {
    let mut hooked = Hooked::that(Ok(Accepted::Applied), Duration::from_millis(50));
    let body = run_completed();
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    let headers = signed("workflow_run", "1", &body);
    let begun = format!("{}Content-Length: {}\r\n\r\n{{", head(PATH, &headers), body.len());
    socket.write_all(begun.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 408);
    hooked.nothing_was_passed_on();
}

#[tokio::test]
async fn what_could_not_be_recorded_is_not_answered_as_if_it_were_and_may_come_again() {
    let mut hooked = Hooked::that(Err(NotDelivered::Stopping), LONG);
    for _ in 0..2 {
        assert_eq!(hooked.told("workflow_run", "1", &run_completed()).await, 503);
        assert!(hooked.called.try_recv().is_ok());
    }
    assert_eq!(hooked.tally.of(Ended::NotDelivered), 2);
}

#[tokio::test]
async fn what_is_no_webhook_of_githubs_is_refused() {
    let mut hooked = Hooked::open();
    let body = run_completed();
    for (id, status) in [("", 400), ("a b", 400), (&*"a".repeat(65), 400), (&*"a".repeat(64), 202)]
    {
        assert_eq!(hooked.told("workflow_run", id, &body).await, status, "{id:?}");
    }
    assert!(hooked.called.try_recv().is_ok());
    for body in ["", "{", "null", "[]", r#"{"action":"completed"}"#, "\u{0}"] {
        assert_eq!(hooked.told("workflow_run", "1", body).await, 400, "{body:?}");
    }
    let mut form = signed("workflow_run", "2", &body);
    form[0].1 = "application/x-www-form-urlencoded".to_owned();
    assert_eq!(hooked.call(&form, &body).await.status, 415);
    let get = "GET /hooks/github HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut socket = TcpStream::connect(hooked.server.address()).await.unwrap();
    socket.write_all(get.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 405);
    let headers = signed("workflow_run", "3", &body);
    let elsewhere = call(hooked.server.address(), "/hooks/github/x", &headers, body.as_bytes());
    assert_eq!(elsewhere.await.status, 404);
    hooked.nothing_was_passed_on();
}

#[tokio::test]
async fn whoever_watches_is_answered_while_every_hook_waits() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let stuck = axum::routing::post(async move || {
        arrived.send(()).unwrap();
        std::future::pending::<()>().await;
    });
    let hooks = room::bounded(axum::Router::new().route("/hooks/stuck", stuck), 1);
    let router = hooks.route("/healthz", axum::routing::get(async || "ok"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let limits = Limits { connections: 32, head_within: LONG, grace: Duration::ZERO };
    let server = Server::start(listener, router, limits).unwrap();
    let address = server.address();
    let calling =
        |()| tokio::spawn(async move { call(address, "/hooks/stuck", &[], b"").await.status });
    let mut calls: Vec<_> = std::iter::repeat_n((), 1 + room::WAITING).map(calling).collect();
    arrivals.recv().await.unwrap();
    // One more than may wait is told to come again: which of them is up to the machine.
    calls.push(calling(()));
    let refused = loop {
        if let Some(at) = calls.iter().position(tokio::task::JoinHandle::is_finished) {
            break calls.remove(at).await.unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(refused, 503);
    let mut socket = TcpStream::connect(address).await.unwrap();
    let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.write_all(get.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 200);
    assert!(arrivals.try_recv().is_err(), "one is answered at a time");
    for call in calls {
        call.abort();
    }
    server.stop().await;
}
