//! The gateway's side of a connection: hello, identify, resume, heartbeats.
//!
//! Source: Gateway, "Connection Lifecycle"; Opcodes and Status Codes, "Gateway Opcodes" and "Close Event Codes".

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::{Event, PRIVILEGED};
use super::link::{Connection, Entry, Frame, Session};
use super::state::State;
use super::{BOT_TOKEN, Resumable, World};
use crate::sim::wire::Wire;

const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
pub const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;
const INVALID_SEQUENCE: u16 = 4007;
const INVALID_SHARD: u16 = 4010;
const INVALID_VERSION: u16 = 4012;
const INVALID_INTENTS: u16 = 4013;
const DISALLOWED_INTENTS: u16 = 4014;

/// Milliseconds between heartbeats, as Discord mostly asks for.
const HEARTBEAT: u64 = 41_250;

/// Every intent that there is, polls and automatic moderation too.
const INTENTS: u64 = 0x0331_FFFF;

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    v: String,
    #[serde(default)]
    encoding: Option<String>,
}

pub async fn upgrade(
    Shared(world): Shared<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if world.look(|state| state.link.is_closed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_json = wanted.encoding.is_none_or(|encoding| encoding == "json");
    let is_spoken = wanted.v == "10" && is_json;
    upgrade.on_upgrade(move |socket| attend(world, wire, socket, is_spoken))
}

/// Writes what there is for a connection and reads what it says, until either side ends it.
async fn attend(world: Arc<World>, wire: Wire, mut socket: WebSocket, is_spoken: bool) {
    let (number, mut outgoing) = world.change(|state| state.enter(wire));
    if !is_spoken {
        world.look(|state| state.close(number, INVALID_VERSION));
    }
    loop {
        let goes_on = tokio::select! {
            biased;
            incoming = socket.recv() => match incoming {
                Some(Ok(message)) => world.change(|state| state.hear(number, &message)),
                Some(Err(_)) | None => false,
            },
            frame = outgoing.recv() => match frame {
                Some(frame) => write(&mut socket, frame).await,
                None => false,
            },
        };
        if !goes_on {
            break;
        }
    }
    world.change(|state| state.link.leave(number));
}

async fn write(socket: &mut WebSocket, frame: Frame) -> bool {
    match frame {
        Frame::Text(text) => socket.send(Message::Text(text.into())).await.is_ok(),
        Frame::Close(code) => {
            let frame = CloseFrame { code, reason: "on order".into() };
            // Whoever closes first waits for nobody here.
            socket.send(Message::Close(Some(frame))).await.ok();
            false
        }
    }
}

impl State {
    fn enter(&mut self, wire: Wire) -> (u64, UnboundedReceiver<Frame>) {
        let (frames, outgoing) = unbounded_channel();
        let number = super::clock::number(&self.clock.next_id());
        let connection = Connection { number, frames, wire, session: None };
        let interval = self.link.heartbeat_interval.unwrap_or(HEARTBEAT);
        connection.send(&json!({
            "op": 10, "s": null, "t": null,
            "d": { "heartbeat_interval": interval, "_trace": ["[\"gateway-simulated\"]"] },
        }));
        self.link.connections.push(connection);
        (number, outgoing)
    }

    fn close(&mut self, number: u64, code: u16) {
        if let Some(connection) = self.link.at(number) {
            connection.close(code);
            connection.session = None;
        }
    }

    fn send(&mut self, number: u64, frame: &Value) {
        if let Some(connection) = self.link.at(number) {
            connection.send(frame);
        }
    }

    /// Returns whether the connection goes on.
    fn hear(&mut self, number: u64, message: &Message) -> bool {
        match message {
            Message::Text(text) => {
                match serde_json::from_str::<Value>(text) {
                    Ok(frame) if frame.is_object() => self.obey(number, &frame),
                    Ok(_) | Err(_) => self.close(number, DECODE_ERROR),
                }
                true
            }
            Message::Binary(_) => {
                self.close(number, DECODE_ERROR);
                true
            }
            // The library has answered it.
            Message::Ping(_) | Message::Pong(_) => true,
            Message::Close(frame) => {
                // Who says goodbye with 1000 or 1001 ends the session.
                let is_goodbye =
                    frame.as_ref().is_some_and(|frame| matches!(frame.code, 1000 | 1001));
                let session = self.link.at(number).and_then(|one| one.session.take());
                if let Some(session) = session.filter(|_| is_goodbye) {
                    self.link.sessions.retain(|one| one.id != session);
                }
                false
            }
        }
    }

    fn obey(&mut self, number: u64, frame: &Value) {
        let has_session = self.link.at(number).is_some_and(|one| one.session.is_some());
        match frame["op"].as_u64() {
            Some(1) => self.heartbeat(number, &frame["d"]),
            Some(2 | 6) if has_session => self.close(number, ALREADY_AUTHENTICATED),
            Some(2) => self.identify(number, &frame["d"]),
            Some(6) => self.resume(number, &frame["d"]),
            // How the bot looks in the list of members shows nowhere.
            Some(3) if has_session => {}
            Some(3 | 4 | 8 | 31) if !has_session => self.close(number, NOT_AUTHENTICATED),
            Some(op @ (4 | 8 | 31)) => {
                self.complaints.push(format!("operation {op} was sent, which nobody needs"));
            }
            _ => self.close(number, UNKNOWN_OPCODE),
        }
    }

    fn heartbeat(&mut self, number: u64, last: &Value) {
        self.link.heartbeats += 1;
        let session = self.link.at(number).and_then(|one| one.session.clone());
        let session = self.link.sessions.iter_mut().find(|one| Some(&one.id) == session.as_ref());
        if let Some(session) = session {
            session.acknowledged = last.as_u64().unwrap_or_default();
        }
        if !self.link.is_deaf {
            self.send(number, &json!({ "op": 11, "d": null, "s": null, "t": null }));
        }
    }

    /// Whether an order says how to receive this one.
    fn received_on_order(&mut self, number: u64) -> bool {
        if self.link.at_entry.is_empty() {
            return false;
        }
        match self.link.at_entry.remove(0) {
            Entry::Close(code) => self.close(number, code),
            Entry::Invalid(resumable) => self.send(number, &resumable.frame()),
        }
        true
    }

    fn identify(&mut self, number: u64, asked: &Value) {
        self.link.identified += 1;
        let token = asked["token"].as_str().unwrap_or_default();
        if self.has_other_token || token.trim_start_matches("Bot ") != BOT_TOKEN {
            return self.close(number, AUTHENTICATION_FAILED);
        }
        let properties = &asked["properties"];
        if ["os", "browser", "device"].iter().any(|name| !properties[name].is_string()) {
            return self.close(number, DECODE_ERROR);
        }
        if !asked["shard"].is_null() && asked["shard"] != json!([0, 1]) {
            return self.close(number, INVALID_SHARD);
        }
        let Some(intents) = asked["intents"].as_u64().filter(|asked| asked & !INTENTS == 0) else {
            return self.close(number, INVALID_INTENTS);
        };
        if intents & PRIVILEGED & !self.privileged != 0 {
            return self.close(number, DISALLOWED_INTENTS);
        }
        if self.received_on_order(number) {
            return;
        }
        let id = format!("{:032x}", super::clock::number(&self.clock.next_id()));
        self.link.sessions.push(Session::new(id.clone(), intents));
        if let Some(connection) = self.link.at(number) {
            connection.session = Some(id.clone());
        }
        let ready = Event::new("READY", 0, self.ready(&id));
        self.link.tell_session(&id, &ready);
        for guild in self.arrivals(intents) {
            self.link.tell_session(&id, &guild);
        }
    }

    fn resume(&mut self, number: u64, asked: &Value) {
        self.link.resumed += 1;
        let token = asked["token"].as_str().unwrap_or_default();
        if self.has_other_token || token.trim_start_matches("Bot ") != BOT_TOKEN {
            return self.close(number, AUTHENTICATION_FAILED);
        }
        if self.received_on_order(number) {
            return;
        }
        let id = asked["session_id"].as_str().unwrap_or_default().to_owned();
        let found = self.link.sessions.iter().find(|one| one.id == id && !one.is_over);
        let Some(session) = found else {
            return self.send(number, &Resumable::No.frame());
        };
        let sequence = asked["seq"].as_u64().unwrap_or(u64::MAX);
        let Some(missed) = session.since(sequence) else {
            return self.close(number, INVALID_SEQUENCE);
        };
        // A session has one connection at a time.
        for other in
            self.link.connections.iter_mut().filter(|one| one.session.as_ref() == Some(&id))
        {
            other.session = None;
        }
        let Some(connection) = self.link.at(number) else { return };
        for frame in &missed {
            connection.send(frame);
        }
        connection.session = Some(id.clone());
        let resumed = Event::new("RESUMED", 0, json!({ "_trace": ["[\"gateway-simulated\"]"] }));
        self.link.tell_session(&id, &resumed);
    }
}

impl Resumable {
    pub fn frame(self) -> Value {
        json!({ "op": 9, "d": matches!(self, Resumable::Yes), "s": null, "t": null })
    }
}
