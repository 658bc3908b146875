//! Socket Mode: tickets, connections, hello, and what the other side acknowledges.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::fault::Disconnect;
use super::state::State;
use super::{APP, World};
use crate::sim::wire::Wire;

/// More sockets an app cannot have.
const CONNECTIONS_MAX: usize = 10;

#[derive(Clone)]
pub enum Frame {
    Text(String),
    Ping,
    Close,
}

struct Connection {
    number: u64,
    frames: UnboundedSender<Frame>,
    wire: Wire,
    /// It has heard goodbye and gets nothing new.
    is_leaving: bool,
}

/// Envelopes that wait for others to go before them.
struct Held {
    wanted: usize,
    frames: Vec<String>,
}

#[derive(Default)]
pub struct Link {
    tickets: BTreeSet<String>,
    connections: Vec<Connection>,
    turn: usize,
    held: Option<Held>,
    pub duplicate: bool,
    /// So many acknowledgements never arrive.
    pub lost_acknowledgements: usize,
    pub burst: usize,
    pub pongs: usize,
}

impl Link {
    pub fn open(&self) -> usize {
        self.connections.iter().filter(|connection| !connection.is_leaving).count()
    }

    pub fn wires(&self) -> impl Iterator<Item = &Wire> {
        self.connections.iter().map(|connection| &connection.wire)
    }

    pub fn tell_all(&self, frame: &Frame) {
        for connection in &self.connections {
            // One that has just ended is about to be taken out.
            connection.frames.send(frame.clone()).ok();
        }
    }

    pub fn hold(&mut self, wanted: usize) {
        self.held = Some(Held { wanted, frames: Vec::new() });
    }

    /// Gives an envelope to one connection; false when there is none.
    pub fn hand(&mut self, frame: String) -> bool {
        if self.open() == 0 {
            return false;
        }
        let copies = if std::mem::take(&mut self.duplicate) { 2 } else { 1 };
        let mut frames = vec![frame; copies];
        if let Some(mut held) = self.held.take() {
            held.frames.append(&mut frames);
            if held.frames.len() < held.wanted {
                self.held = Some(held);
                return true;
            }
            frames = held.frames.into_iter().rev().collect();
        }
        for frame in frames {
            let Some(at) = self.next_connection() else { return false };
            self.connections[at].frames.send(Frame::Text(frame)).ok();
        }
        true
    }

    /// The connection whose turn it is.
    fn next_connection(&mut self) -> Option<usize> {
        let count = self.connections.len();
        let turn = (1..=count)
            .map(|step| (self.turn + step) % count)
            .find(|&at| !self.connections[at].is_leaving)?;
        self.turn = turn;
        Some(turn)
    }

    pub fn disconnect_next(&mut self, why: Disconnect) {
        if let Some(at) = self.next_connection() {
            self.connections[at].part(why);
        }
    }

    pub fn disconnect_all(&mut self, why: Disconnect) {
        self.connections.iter_mut().for_each(|connection| connection.part(why));
    }

    /// Ends what a test no longer wants to be connected.
    fn leave(&mut self, number: u64) {
        self.connections.retain(|connection| connection.number != number);
    }
}

impl Connection {
    fn part(&mut self, why: Disconnect) {
        self.frames.send(Frame::Text(why.frame())).ok();
        match why {
            Disconnect::Warning => {}
            Disconnect::RefreshRequested | Disconnect::LinkDisabled => {
                self.is_leaving = true;
                self.frames.send(Frame::Close).ok();
            }
        }
    }
}

impl State {
    /// `apps.connections.open`: an address for one connection.
    pub fn open_link(&mut self) -> Result<Value, String> {
        if let Some(error) = &self.closed {
            return Err(error.clone());
        }
        if self.link.connections.len() >= CONNECTIONS_MAX {
            return Err("too_many_websockets".to_owned());
        }
        let ticket = format!("{:032x}", self.next());
        let host = self.base.trim_start_matches("http://");
        let url = format!("ws://{host}/link?ticket={ticket}&app_id={APP}");
        self.link.tickets.insert(ticket);
        Ok(json!({ "url": url }))
    }

    fn enter(&mut self, wire: Wire) -> (u64, UnboundedReceiver<Frame>) {
        let (frames, outgoing) = unbounded_channel();
        let number = self.next();
        let mut connection = Connection { number, frames, wire, is_leaving: false };
        let hello = json!({
            "type": "hello",
            "num_connections": self.link.connections.len() + 1,
            "connection_info": { "app_id": APP },
            "debug_info": {
                "host": "applink-canary-1", "build_number": 10, "approximate_connection_time": 18060,
            },
        });
        connection.frames.send(Frame::Text(hello.to_string())).ok();
        if self.link.burst > 0 {
            self.link.burst -= 1;
            connection.part(Disconnect::RefreshRequested);
        }
        self.link.connections.push(connection);
        (number, outgoing)
    }
}

#[derive(Deserialize)]
pub struct Ticket {
    ticket: String,
}

pub async fn upgrade(
    Shared(world): Shared<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(Ticket { ticket }): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !world.change(|state| state.link.tickets.remove(&ticket)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| attend(world, wire, socket))
}

/// Writes what there is for a connection and reads what it says, until either side ends it.
async fn attend(world: Arc<World>, wire: Wire, mut socket: WebSocket) {
    let (number, mut outgoing) = world.change(|state| state.enter(wire));
    loop {
        let goes_on = tokio::select! {
            frame = outgoing.recv() => match frame {
                Some(frame) => write(&mut socket, frame).await,
                None => false,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(message)) => world.change(|state| state.hear(&message)),
                Some(Err(_)) | None => false,
            },
        };
        if !goes_on {
            break;
        }
    }
    world.change(|state| state.link.leave(number));
}

async fn write(socket: &mut WebSocket, frame: Frame) -> bool {
    let is_last = matches!(frame, Frame::Close);
    let message = match frame {
        Frame::Text(text) => Message::Text(text.into()),
        Frame::Ping => Message::Ping("Ping from applink-canary-1".into()),
        Frame::Close => Message::Close(None),
    };
    socket.send(message).await.is_ok() && !is_last
}

impl State {
    /// Returns whether the connection goes on.
    fn hear(&mut self, message: &Message) -> bool {
        match message {
            Message::Text(text) => {
                let frame: Value = serde_json::from_str(text).unwrap_or_default();
                match frame["envelope_id"].as_str() {
                    Some(_) if self.link.lost_acknowledgements > 0 => {
                        self.link.lost_acknowledgements -= 1;
                    }
                    Some(id) => self.acknowledge(id, &frame["payload"]),
                    None => self.complaints.push(format!("this acknowledges nothing: {text}")),
                }
                true
            }
            Message::Pong(_) => {
                self.link.pongs += 1;
                true
            }
            // The library has answered it.
            Message::Ping(_) => true,
            Message::Binary(_) => {
                self.complaints.push("Socket Mode knows no binary frames".to_owned());
                true
            }
            Message::Close(_) => false,
        }
    }
}
