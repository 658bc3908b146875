//! Somebody else's CI: it takes signed requests over plain HTTP, runs each key once, and fails on order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wilco::clock::Clock;
use wilco_core::hex::hex;

use super::plain_http::{Request, Response, send};

pub const SECRET: &str = "0123456789abcdef";

/// What becomes of the next request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answers so, and did or did not do what was asked.
    Before(u16, &'static str),
    After(u16, &'static str),
    CutBefore,
    CutAfter,
    /// Never answers, though it did it.
    HungAfter,
    /// Answers with this, though it did it.
    Garbled,
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    asked: Vec<Value>,
    taken: BTreeSet<String>,
    cancelled: BTreeSet<String>,
    /// Keys in the order in which something began to run.
    begun: Vec<String>,
    reports: BTreeMap<String, Vec<Value>>,
    /// Requests whose signature was wrong.
    forged: usize,
}

pub struct Other {
    pub url: String,
    clock: Clock,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl Drop for Other {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Other {
    pub async fn open(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/deploy?team=a", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (served, time) = (Arc::clone(&state), clock.clone());
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&served), time.clone()));
            }
        });
        Self { url, clock, state, serving }
    }

    pub fn fail_next(&self, fault: Fault) {
        self.state.lock().unwrap().faults.push_back(fault);
    }

    /// How often this was asked, of all requests that came.
    pub fn asked(&self, request: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.asked.iter().filter(|asked| asked["request"] == request).count()
    }

    pub fn last(&self) -> Value {
        self.state.lock().unwrap().asked.last().unwrap().clone()
    }

    /// How many runs began under a key.
    pub fn runs(&self, key: &str) -> usize {
        self.state.lock().unwrap().begun.iter().filter(|begun| *begun == key).count()
    }

    pub fn forged(&self) -> usize {
        self.state.lock().unwrap().forged
    }

    /// Knows this of a run from now on, and tells whoever asks.
    pub fn knows(&self, key: &str, number: u64, news: &Value) -> Value {
        let mut report = news.clone();
        (report["op_key"], report["number"]) = (key.into(), number.into());
        let mut state = self.state.lock().unwrap();
        state.reports.entry(key.to_owned()).or_default().push(report.clone());
        report
    }

    /// Forgets everything, as one does that keeps nothing over a restart.
    pub fn forget(&self) {
        let mut state = self.state.lock().unwrap();
        (state.taken, state.reports) = Default::default();
    }

    /// Reports to wilco; returns what it answers.
    pub async fn report(&self, hook: &str, key: &str, number: u64, news: &Value) -> Response {
        let body = self.knows(key, number, news).to_string();
        let stamp = self.clock.now().0.div_euclid(1_000);
        post(hook, &[header(SECRET, stamp, &body)], &body).await
    }
}

pub fn header(secret: &str, stamp: i64, body: &str) -> (String, String) {
    let mut code = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    code.update(format!("{stamp}.{body}").as_bytes());
    let signature = hex(&code.finalize().into_bytes());
    ("wilco-signature".into(), format!("t={stamp},v1={signature}"))
}

pub async fn post(url: &str, headers: &[(String, String)], body: &str) -> Response {
    let (headers, body) = (headers.to_vec(), body.to_owned());
    send(&Request { method: "POST", url, headers, body }).await.unwrap()
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, clock: Clock) {
    let Some((head, body)) = read(&mut stream).await else { return };
    let fault = state.lock().unwrap().faults.pop_front();
    let is_signed = head.lines().any(|line| {
        let stamp = clock.now().0.div_euclid(1_000);
        let (name, value) = header(SECRET, stamp, &body);
        line == format!("{name}: {value}")
    });
    let does = !matches!(fault, Some(Fault::Before(..) | Fault::CutBefore));
    let answer = {
        let mut state = state.lock().unwrap();
        let asked: Value = serde_json::from_str(&body).unwrap();
        state.asked.push(asked.clone());
        if !is_signed {
            state.forged += 1;
        }
        if does { state.act(&asked) } else { Value::Null }
    };
    let text = match fault {
        Some(Fault::CutBefore | Fault::CutAfter) => return,
        Some(Fault::HungAfter) => return std::future::pending().await,
        Some(Fault::Before(status, headers) | Fault::After(status, headers)) => {
            format!("HTTP/1.1 {status} So\r\n{headers}content-length: 0\r\n\r\n")
        }
        Some(Fault::Garbled) => "HTTQ/9 what\r\n\r\n".to_owned(),
        None => {
            let answer = answer.to_string();
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
        }
    };
    drop(stream.write_all(text.as_bytes()).await);
}

impl State {
    fn act(&mut self, asked: &Value) -> Value {
        let key = asked["op_key"].as_str().unwrap().to_owned();
        let is_known = self.taken.contains(&key);
        match asked["request"].as_str().unwrap() {
            "start" => {
                if self.taken.insert(key.clone()) && !self.cancelled.contains(&key) {
                    self.begun.push(key);
                }
            }
            "cancel" => drop(self.cancelled.insert(key.clone())),
            "status" => {}
            other => panic!("{other} was asked"),
        }
        let reports = asked["op_key"].as_str().and_then(|key| self.reports.get(key));
        json!({ "known": is_known, "reports": reports.cloned().unwrap_or_default() })
    }
}

/// Reads one request: its head and its body.
async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8(bytes.clone()).ok()?;
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length?.parse().ok()? {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
