//! What goes wrong on order: calls that fail, limits, and connections that break.

use std::time::Duration;

use serde_json::json;

use super::Slack;
use super::socket::Frame;
use crate::sim::orders::{Orders, Times};
use crate::sim::wire::Wire;

pub type Faults = Orders<Fault>;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    RateLimited {
        retry_after_seconds: u64,
    },
    /// 500, and nothing was done.
    ServerErrorBefore,
    /// 500, though it was done.
    ServerErrorAfterEffect,
    /// Nothing is done, and no answer comes.
    HangBefore,
    /// It is done, and no answer comes.
    HangAfterEffect,
    /// It is done, and the connection is reset in place of an answer.
    ConnectionCutAfterEffect,
    /// `ok` is false and this is the `error`.
    Error(&'static str),
    /// It is done, and the answer is no JSON.
    GarbledAnswer,
    /// Nothing is done, and the caller is sent there.
    RedirectedTo(String),
    /// It is done, and answered, that much later.
    SlowBy(Duration),
}

/// Why Slack says goodbye to a connection.
#[derive(Clone, Copy, Debug)]
pub enum Disconnect {
    /// The connection stays for a while.
    Warning,
    RefreshRequested,
    LinkDisabled,
}

impl Disconnect {
    fn reason(self) -> &'static str {
        match self {
            Disconnect::Warning => "warning",
            Disconnect::RefreshRequested => "refresh_requested",
            Disconnect::LinkDisabled => "link_disabled",
        }
    }

    pub fn frame(self) -> String {
        let host = "applink-canary-1";
        json!({ "type": "disconnect", "reason": self.reason(), "debug_info": { "host": host } })
            .to_string()
    }
}

impl Slack {
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.fail(method, fault, Times::Next(1));
    }

    /// Orders come true one after the other.
    pub fn fail(&self, method: &str, fault: Fault, times: Times) {
        self.world.change(|state| state.faults.add(method, None, fault, times));
    }

    /// Every such call in one channel fails, and none elsewhere.
    pub fn fail_in(&self, channel: &str, method: &str, fault: Fault) {
        self.world.change(|state| state.faults.add(method, Some(channel), fault, Times::Always));
    }

    /// Takes back every order and limit for a method.
    pub fn heal(&self, method: &str) {
        self.world.change(|state| state.faults.heal(method));
    }

    /// Lets no more calls through, a second and channel.
    pub fn limit(&self, method: &str, calls: usize) {
        self.world.change(|state| state.faults.limit(method, calls));
    }

    /// Triggers that were given open nothing any more, as after three seconds.
    pub fn expire_triggers(&self) {
        self.world.change(super::state::State::expire_triggers);
    }

    /// Says goodbye to the connection that would get the next envelope.
    pub fn disconnect(&self, why: Disconnect) {
        self.world.change(|state| state.link.disconnect_next(why));
    }

    pub fn disconnect_all(&self, why: Disconnect) {
        self.world.change(|state| state.link.disconnect_all(why));
    }

    /// The next connections hear goodbye right after hello.
    pub fn disconnect_in_a_burst(&self, connections: usize) {
        self.world.change(|state| state.link.burst = connections);
    }

    /// Resets every open connection.
    pub fn cut_connections(&self) {
        self.world.change(|state| state.link.wires().for_each(Wire::tear));
    }

    /// Keeps every open connection open and lets nothing through it any more, either way.
    pub fn silence_connections(&self) {
        self.world.change(|state| state.link.wires().for_each(Wire::silence));
    }

    /// Begins a frame on every open connection and resets it before the end.
    pub fn cut_in_a_frame(&self) {
        self.world.change(|state| {
            state.link.wires().for_each(|wire| wire.tear_after(20));
            let frame = json!({ "type": "events_api", "payload": "x".repeat(1_000) });
            state.link.tell_all(&Frame::Text(frame.to_string()));
        });
    }

    /// Never hears of the next acknowledgements.
    pub fn lose_acknowledgements(&self, count: usize) {
        self.world.change(|state| state.link.lost_acknowledgements = count);
    }

    /// How many are still to be lost.
    pub fn to_be_lost(&self) -> usize {
        self.world.look(|state| state.link.lost_acknowledgements)
    }

    /// Gives the next envelope twice.
    pub fn duplicate_next_envelope(&self) {
        self.world.change(|state| state.link.duplicate = true);
    }

    /// Keeps the next envelopes until there are that many, and gives them the other way round.
    pub fn reorder_next(&self, envelopes: usize) {
        self.world.change(|state| state.link.hold(envelopes));
    }

    /// Opens no connection, for that reason, until it is told none.
    pub fn refuse_connections_open(&self, error: Option<&str>) {
        self.world.change(|state| state.closed = error.map(str::to_owned));
    }

    /// Pings every connection.
    pub fn ping(&self) {
        self.world.change(|state| state.link.tell_all(&Frame::Ping));
    }

    /// How many pings were answered.
    pub fn pongs(&self) -> usize {
        self.world.look(|state| state.link.pongs)
    }

    /// How many connections may get an envelope.
    pub fn connections(&self) -> usize {
        self.world.look(|state| state.link.open())
    }

    pub async fn await_connections(&self, count: usize) {
        self.until("the connections", |slack| (slack.connections() == count).then_some(())).await;
    }
}
