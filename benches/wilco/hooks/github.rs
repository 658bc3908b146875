//! GitHub as far as wilco hears of it: requests as they stand on the wire, and connections that are kept.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use wilco::http::github::PATH;
use wilco::http::signed::Key;
use wilco_core::hex::hex;

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Writes requests; each tells of a run of which nobody heard before.
pub struct Github {
    key: Key,
    told: Value,
    run: u64,
}

impl Github {
    pub fn new() -> Self {
        let told = include_str!("../../../tests/wire/github/workflow_run.completed.json");
        let told = serde_json::from_str(told).unwrap();
        Self { key: Key::new(SECRET).unwrap(), told, run: 0 }
    }

    /// Returns what GitHub says of the next run, which failed at this time.
    pub fn failed(&mut self, at: DateTime<Utc>) -> String {
        self.ended(at, ("failure", "main"))
    }

    /// Returns the same of one that succeeded where nothing failed: nobody asked to be told of that.
    pub fn succeeded(&mut self, at: DateTime<Utc>) -> String {
        self.ended(at, ("success", "quiet"))
    }

    fn ended(&mut self, at: DateTime<Utc>, (conclusion, branch): (&str, &str)) -> String {
        self.run += 1;
        let run = &mut self.told["workflow_run"];
        run["id"] = self.run.into();
        run["updated_at"] = at.to_rfc3339().into();
        run["conclusion"] = conclusion.into();
        run["head_branch"] = branch.into();
        self.told.to_string()
    }

    /// Returns a request with this body, under an id of its own.
    pub fn signed(&self, body: &str) -> Arc<[u8]> {
        Self::request(&self.key, body)
    }

    /// Returns one that somebody signed who does not know the secret.
    pub fn forged(body: &str) -> Arc<[u8]> {
        Self::request(&Key::new("guessed").unwrap(), body)
    }

    fn request(key: &Key, body: &str) -> Arc<[u8]> {
        let signature = hex(&key.sign(&[body.as_bytes()]));
        let (id, length) = (Uuid::new_v4(), body.len());
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: wilco.example.com\r\nUser-Agent: GitHub-Hookshot/0123abc\r\n\
             Accept: */*\r\nContent-Type: application/json\r\nX-GitHub-Event: workflow_run\r\n\
             X-GitHub-Delivery: {id}\r\nX-Hub-Signature-256: sha256={signature}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        (head + body).into_bytes().into()
    }
}

/// A connection that is kept for as long as wilco keeps it.
pub struct Caller {
    address: SocketAddr,
    stream: TcpStream,
}

impl Caller {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { address, stream: open(address).await }
    }

    /// Sends a request, and returns the status of its answer.
    pub async fn call(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let read = self.stream.read_buf(&mut answer).await.unwrap();
            assert!(read > 0, "the connection ended before the answer did");
        }
        let answer = String::from_utf8(answer).unwrap().to_lowercase();
        assert!(answer.contains("content-length: 0"), "answers have no body: {answer}");
        if answer.contains("connection: close") {
            self.stream = open(self.address).await;
        }
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

async fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    // Nothing waits for more to be sent with it.
    stream.set_nodelay(true).unwrap();
    stream
}

/// Asks as those do who watch over wilco.
pub async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = open(address).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
