//! HTTP in place of Socket Mode: signed requests to wilco, tried again, or forged.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::time::timeout;

use super::deliver::{Envelope, Kind, RETRIES_MAX};
use super::state::{Message, State};
use super::{Slack, World, payload};
use crate::sim::plain_http::{Request, Response, send};

/// Slack waits no longer for an answer.
const ANSWER: Duration = Duration::from_secs(3);

/// A signature older than this is void.
const OLD: Duration = Duration::from_mins(6);

#[derive(Clone)]
pub struct HttpMode {
    url: String,
    signing_secret: String,
}

/// How a request is no request of Slack's.
#[derive(Clone, Copy, Debug)]
pub enum Forgery {
    WrongSignature,
    /// Signed well, but long ago.
    OldTimestamp,
    /// Signed well, but by a clock that is far ahead.
    FutureTimestamp,
    /// Signed for another body.
    AnotherBody,
}

/// A request that is ready to be signed.
pub struct Posting {
    mode: HttpMode,
    content_type: &'static str,
    body: String,
}

impl HttpMode {
    pub fn posting(&self, envelope: &Envelope) -> Posting {
        let form = "application/x-www-form-urlencoded";
        let (content_type, body) = match envelope.kind {
            Kind::EventsApi => ("application/json", envelope.payload.to_string()),
            Kind::Interactive => {
                (form, format!("payload={}", escaped(&envelope.payload.to_string())))
            }
            Kind::SlashCommands => {
                let fields = envelope.payload.as_object().into_iter().flatten();
                let pairs: Vec<_> = fields
                    .map(|(name, value)| {
                        format!("{name}={}", escaped(value.as_str().unwrap_or_default()))
                    })
                    .collect();
                (form, pairs.join("&"))
            }
        };
        Posting { mode: self.clone(), content_type, body }
    }
}

impl Posting {
    /// Posts until it is taken, events more than once; returns whether it was.
    pub async fn send(&self, world: &Arc<World>, envelope: &Envelope) -> bool {
        let tries = if envelope.kind == Kind::EventsApi { RETRIES_MAX } else { 0 };
        for attempt in 0..=tries {
            let response = self.post(None, attempt).await;
            if let Some(response) = response.filter(|one| (200..300).contains(&one.status)) {
                world.change(|state| state.answered(envelope, &response.json()));
                return true;
            }
        }
        false
    }

    async fn post(&self, forgery: Option<Forgery>, attempt: u64) -> Option<Response> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let signed_at = match forgery {
            Some(Forgery::OldTimestamp) => now.saturating_sub(OLD),
            Some(Forgery::FutureTimestamp) => now + OLD,
            Some(Forgery::WrongSignature | Forgery::AnotherBody) | None => now,
        };
        let timestamp = signed_at.as_secs().to_string();
        let mut signature = signature(&self.mode.signing_secret, &timestamp, &self.body);
        let mut body = self.body.clone();
        match forgery {
            Some(Forgery::WrongSignature) => signature = format!("v0={:064}", 0),
            // Still the same JSON or form.
            Some(Forgery::AnotherBody) => body.push(' '),
            Some(Forgery::OldTimestamp | Forgery::FutureTimestamp) | None => {}
        }
        let mut headers = vec![
            ("content-type".to_owned(), self.content_type.to_owned()),
            ("x-slack-request-timestamp".to_owned(), timestamp),
            ("x-slack-signature".to_owned(), signature),
        ];
        if attempt > 0 {
            headers.push(("x-slack-retry-num".to_owned(), attempt.to_string()));
            headers.push(("x-slack-retry-reason".to_owned(), "http_error".to_owned()));
        }
        let request = Request { method: "POST", url: &self.mode.url, headers, body };
        timeout(ANSWER, send(&request)).await.ok()?.ok()
    }
}

impl Slack {
    /// From now on posts to this address in place of Socket Mode.
    pub fn http_mode(&self, url: &str, signing_secret: &str) {
        let mode = HttpMode { url: url.to_owned(), signing_secret: signing_secret.to_owned() };
        self.world.change(|state| state.http = Some(mode));
    }

    /// Posts an event as it stands; returns the status of the answer.
    pub async fn post_event(&self, payload: &Value, attempt: u64) -> Option<u16> {
        let envelope = Envelope::event(payload.clone());
        let posting = self.world.look(|state| state.http_mode().posting(&envelope));
        posting.post(None, attempt).await.map(|response| response.status)
    }

    /// Sends a direct message that Slack did not sign; returns the status of the answer.
    pub async fn forge(&self, user: &str, text: &str, forgery: Forgery) -> Option<u16> {
        let posting = self.world.change(|state| {
            let channel = state.direct(user);
            let message = Message::of(user, state.next_ts(), text);
            let event = payload::message(&channel, &message);
            let envelope = Envelope::event(state.event(&event));
            state.http_mode().posting(&envelope)
        });
        posting.post(Some(forgery), 0).await.map(|response| response.status)
    }

    /// Asks whether the address is wilco's; returns whether it gave the challenge back.
    pub async fn verify_url(&self) -> bool {
        let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
        let asked = json!({ "type": "url_verification", "token": "", "challenge": challenge });
        let posting = self.world.look(|state| state.http_mode().posting(&Envelope::event(asked)));
        let Some(answer) = posting.post(None, 0).await else { return false };
        let given = answer.json();
        let given = given["challenge"].as_str().unwrap_or(&answer.body);
        answer.status == 200 && given == challenge
    }
}

impl State {
    fn http_mode(&self) -> &HttpMode {
        self.http.as_ref().expect("call http_mode first")
    }
}

pub fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={}", hex.concat())
}

/// A text as it stands in a form.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
