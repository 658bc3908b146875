//! What goes wrong on order: requests that fail, limits, and connections that break.

use std::time::Duration;

use serde_json::json;

use super::Discord;
use super::link::Entry;
use super::state::State;
use crate::sim::orders::{Orders, Times};
use crate::sim::wire::Wire;

pub type Faults = Orders<Fault>;

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 for this route.
    RateLimited { retry_after: Duration },
    /// 429 for everything.
    RateLimitedGlobally { retry_after: Duration },
    /// 500, and nothing was done.
    ServerErrorBefore,
    /// 500, though it was done.
    ServerErrorAfterEffect,
    /// 502 with a page for people, and nothing was done.
    BadGateway,
    /// Nothing is done, and no answer comes.
    HangBefore,
    /// It is done, and no answer comes.
    HangAfterEffect,
    /// It is done, and the connection is reset in place of an answer.
    ConnectionCutAfterEffect,
    /// Nothing is done, and this is the answer.
    Error { status: u16, code: u32, message: &'static str },
    /// It is done, and the answer is no JSON.
    GarbledAnswer,
    /// It is done, and the answer lacks a field.
    AnswerWithout(&'static str),
    /// Nothing is done, and the caller is sent there.
    RedirectedTo(String),
    /// It is done, and answered, that much later.
    SlowBy(Duration),
}

/// Whether a session may be resumed.
#[derive(Clone, Copy, Debug)]
pub enum Resumable {
    Yes,
    No,
}

impl Discord {
    /// Operations have the names of Discord's OpenAPI description: `create_message`.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.fail(operation, fault, Times::Next(1));
    }

    /// Orders come true one after the other.
    pub fn fail(&self, operation: &str, fault: Fault, times: Times) {
        self.order((operation, None), fault, times);
    }

    /// Every such request in one channel, or about one guild as a whole, fails, and none elsewhere.
    pub fn fail_in(&self, channel: &str, operation: &str, fault: Fault) {
        self.order((operation, Some(channel)), fault, Times::Always);
    }

    fn order(&self, (operation, channel): (&str, Option<&str>), fault: Fault, times: Times) {
        assert!(super::route::is_known(operation), "there is no {operation}");
        self.world.change(|state| state.faults.add(operation, channel, fault, times));
    }

    /// Takes back every order and limit for an operation.
    pub fn heal(&self, operation: &str) {
        self.world.change(|state| state.faults.heal(operation));
    }

    /// Lets no more requests through, a second and channel.
    pub fn limit(&self, operation: &str, requests: usize) {
        self.world.change(|state| state.faults.limit(operation, requests));
    }

    /// Lets Discord's clock go on: interactions and nonces grow old.
    pub fn skip(&self, time: Duration) {
        self.world.change(|state| state.clock.skip(time));
    }

    /// Ends every connection with a close code; its session may be resumed.
    pub fn close_connections(&self, code: u16) {
        self.world.change(|state| state.link.close_all(code));
    }

    /// Ends the next connections with a close code once they say who they are.
    pub fn close_at_entry(&self, code: u16, connections: usize) {
        let entries = vec![Entry::Close(code); connections];
        self.world.change(|state| state.link.at_entry.extend(entries));
    }

    /// Tells the next who says who they are that there is no such session.
    pub fn invalidate_at_entry(&self, resumable: Resumable) {
        self.world.change(|state| state.link.at_entry.push(Entry::Invalid(resumable)));
    }

    /// Tells every connection that its session is over.
    pub fn invalidate_sessions(&self, resumable: Resumable) {
        self.world.change(|state| {
            if matches!(resumable, Resumable::No) {
                state.link.expire();
            }
            state.link.tell_all(&resumable.frame().to_string());
        });
    }

    /// Sessions end with their connections from now on, as after a time without one.
    pub fn expire_sessions(&self) {
        self.world.change(|state| state.link.expire());
    }

    /// Asks every connection to come back.
    pub fn ask_to_reconnect(&self) {
        let frame = json!({ "op": 7, "d": null, "s": null, "t": null }).to_string();
        self.world.change(|state| state.link.tell_all(&frame));
    }

    /// Asks every connection for a heartbeat.
    pub fn ask_for_heartbeat(&self) {
        let frame = json!({ "op": 1, "d": null, "s": null, "t": null }).to_string();
        self.world.change(|state| state.link.tell_all(&frame));
    }

    /// What later connections are told; it is 41 seconds unless told.
    pub fn heartbeat_interval(&self, interval: Duration) {
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.world.change(|state| state.link.heartbeat_interval = Some(interval));
    }

    /// Whether heartbeats get an answer.
    pub fn hear_heartbeats(&self, hearing: Hearing) {
        self.world.change(|state| state.link.is_deaf = hearing == Hearing::Deaf);
    }

    /// Resets every open connection.
    pub fn cut_connections(&self) {
        self.world.change(|state| state.link.wires().for_each(Wire::tear));
    }

    /// Keeps every open connection open and lets nothing through it any more, either way.
    pub fn silence_connections(&self) {
        self.world.change(|state| state.link.wires().for_each(Wire::silence));
    }

    /// Lets through again what was kept back, as after a network that stood still.
    pub fn let_through(&self) {
        self.world.change(|state| state.link.wires().for_each(Wire::speak));
    }

    /// Begins a frame on every open connection and resets it before the end.
    pub fn cut_in_a_frame(&self) {
        self.world.change(|state| {
            state.link.wires().for_each(|wire| wire.tear_after(20));
            state.link.tell_all(&json!({ "op": 11, "d": "x".repeat(1_000) }).to_string());
        });
    }

    /// Opens no connection, or does so again.
    pub fn gateway(&self, gateway: Gateway) {
        self.world.change(|state| state.link.is_closed = gateway == Gateway::Closed);
    }

    /// Gives the next event of that name twice.
    pub fn duplicate_next(&self, event: &str) {
        self.world.change(|state| state.link.duplicate(event));
    }

    /// Keeps the next events until there are that many, and gives them the other way round.
    pub fn reorder_next(&self, events: usize) {
        self.world.change(|state| state.link.hold(events));
    }

    /// Tells nobody of the next events, ever.
    pub fn lose_next(&self, events: usize) {
        self.world.change(|state| state.link.lose(events));
    }

    /// Takes a field out of the next event of that name; the place is written `member.user`.
    pub fn leave_out_of_next(&self, event: &str, field: &str) {
        let missing = (event.to_owned(), field.to_owned());
        self.world.change(|state| state.link.missing.push(missing));
    }

    /// How many connections hear events.
    pub fn connections(&self) -> usize {
        self.world.look(|state| state.link.open())
    }

    pub async fn await_connections(&self, count: usize) {
        self.until("the connections", |one| (one.connections() == count).then_some(())).await;
    }

    /// How often somebody identified, resumed, and sent a heartbeat.
    pub fn greetings(&self) -> Greetings {
        let count = |state: &mut State| Greetings {
            identified: state.link.identified,
            resumed: state.link.resumed,
            heartbeats: state.link.heartbeats,
        };
        self.world.look(count)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hearing {
    Deaf,
    Good,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gateway {
    Open,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Greetings {
    pub identified: usize,
    pub resumed: usize,
    pub heartbeats: usize,
}
