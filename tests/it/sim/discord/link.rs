//! Sessions of the gateway: what each was told, and which connection it has now.
//!
//! Source: Gateway, "Connection Lifecycle".

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use crate::sim::wire::Wire;

#[derive(Clone)]
pub enum Frame {
    Text(String),
    Close(u16),
}

pub struct Connection {
    pub number: u64,
    pub frames: UnboundedSender<Frame>,
    pub wire: Wire,
    /// None until it has identified itself or resumed.
    pub session: Option<String>,
}

impl Connection {
    pub fn send(&self, frame: &Value) {
        // One that has just ended is about to be taken out.
        self.frames.send(Frame::Text(frame.to_string())).ok();
    }

    pub fn close(&self, code: u16) {
        self.frames.send(Frame::Close(code)).ok();
    }
}

/// What was told to somebody, so that it can be told again.
pub struct Session {
    pub id: String,
    pub intents: u64,
    sequence: u64,
    told: Vec<(u64, Value)>,
    /// The highest number that a heartbeat said it had.
    pub acknowledged: u64,
    /// It cannot be resumed.
    pub is_over: bool,
}

impl Session {
    pub fn new(id: String, intents: u64) -> Session {
        Session { id, intents, sequence: 0, told: Vec::new(), acknowledged: 0, is_over: false }
    }

    pub fn note(&mut self, name: &str, data: &Value) -> Value {
        self.sequence += 1;
        let frame = json!({ "op": 0, "s": self.sequence, "t": name, "d": data });
        self.told.push((self.sequence, frame.clone()));
        frame
    }

    /// Everything after a number; none when there never was such a number.
    pub fn since(&self, sequence: u64) -> Option<Vec<Value>> {
        let after = self.told.iter().filter(|(number, _)| *number > sequence);
        (sequence <= self.sequence).then(|| after.map(|(_, frame)| frame.clone()).collect())
    }
}

/// Events that wait for others to go before them.
struct Held {
    wanted: usize,
    events: Vec<Event>,
}

#[derive(Default)]
pub struct Link {
    pub connections: Vec<Connection>,
    pub sessions: Vec<Session>,
    pub identified: usize,
    pub resumed: usize,
    pub heartbeats: usize,
    /// Heartbeats get no answer.
    pub is_deaf: bool,
    /// What the next who identifies or resumes hears in place of an answer.
    pub at_entry: Vec<Entry>,
    /// No connection comes about.
    pub is_closed: bool,
    /// In milliseconds; Discord's own unless told.
    pub heartbeat_interval: Option<u64>,
    held: Option<Held>,
    duplicate: BTreeSet<String>,
    /// Fields that the next event of a name will lack.
    pub missing: Vec<(String, String)>,
    lost: usize,
}

/// How somebody is received who wants to enter.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    Close(u16),
    /// With the word that it may resume, or must begin anew.
    Invalid(super::Resumable),
}

impl Link {
    /// Connections that may hear events.
    pub fn open(&self) -> usize {
        self.connections.iter().filter(|connection| connection.session.is_some()).count()
    }

    pub fn wires(&self) -> impl Iterator<Item = &Wire> {
        self.connections.iter().map(|connection| &connection.wire)
    }

    pub fn at(&mut self, number: u64) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.number == number)
    }

    pub fn tell_all(&self, frame: &str) {
        for connection in &self.connections {
            connection.frames.send(Frame::Text(frame.to_owned())).ok();
        }
    }

    pub fn close_all(&self, code: u16) {
        self.connections.iter().for_each(|connection| connection.close(code));
    }

    pub fn leave(&mut self, number: u64) {
        self.connections.retain(|connection| connection.number != number);
    }

    pub fn hold(&mut self, wanted: usize) {
        self.held = Some(Held { wanted, events: Vec::new() });
    }

    /// Gives the next event of that name, or of any name, twice.
    pub fn duplicate(&mut self, name: &str) {
        self.duplicate.insert(name.to_owned());
    }

    /// Forgets the next events altogether.
    pub fn lose(&mut self, events: usize) {
        self.lost = events;
    }

    /// Gives an event to every session that asked for such.
    pub fn give(&mut self, mut event: Event) {
        if self.lost > 0 {
            self.lost -= 1;
            return;
        }
        if let Some(at) = self.missing.iter().position(|(name, _)| *name == event.name) {
            let (_, field) = self.missing.remove(at);
            for data in [Some(&mut event.data), event.veiled.as_mut()].into_iter().flatten() {
                without(data, &field);
            }
        }
        let is_twice = self.duplicate.remove(&event.name);
        let mut events = vec![event; if is_twice { 2 } else { 1 }];
        if let Some(mut held) = self.held.take() {
            held.events.append(&mut events);
            if held.events.len() < held.wanted {
                self.held = Some(held);
                return;
            }
            events = held.events.into_iter().rev().collect();
        }
        for event in events {
            for session in &mut self.sessions {
                let Some(data) = event.heard(session.intents) else { continue };
                let frame = session.note(&event.name, data);
                let has_it = |one: &&Connection| one.session.as_ref() == Some(&session.id);
                self.connections.iter().filter(has_it).for_each(|one| one.send(&frame));
            }
        }
    }

    /// Tells one session alone.
    pub fn tell_session(&mut self, id: &str, event: &Event) {
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return;
        };
        let Some(data) = event.heard(session.intents) else { return };
        let frame = session.note(&event.name, data);
        let has_it = |one: &&Connection| one.session.as_deref() == Some(id);
        self.connections.iter().filter(has_it).for_each(|one| one.send(&frame));
    }

    /// Forgets what nobody will ask for again.
    pub fn forget(&mut self) {
        for session in &mut self.sessions {
            let acknowledged = session.acknowledged;
            session.told.retain(|(number, _)| *number > acknowledged);
        }
    }

    /// Nobody can go on where they were: a session lasts as long as its connection.
    pub fn expire(&mut self) {
        self.sessions.iter_mut().for_each(|session| session.is_over = true);
        let is_used =
            |id: &str| self.connections.iter().any(|one| one.session.as_deref() == Some(id));
        self.sessions.retain(|session| is_used(&session.id));
    }
}

/// Takes a field away; the place is written `d.user.id` without its beginning.
fn without(data: &mut Value, field: &str) {
    let (place, name) = field.rsplit_once('.').unwrap_or(("", field));
    let mut inner = data;
    for step in place.split('.').filter(|step| !step.is_empty()) {
        inner = &mut inner[step];
    }
    let fields = inner.as_object_mut().unwrap_or_else(|| panic!("{place} has no fields"));
    assert!(fields.remove(name).is_some(), "there is no {field} to take away");
}
