//! The way of an envelope to wilco: given once, given again, acknowledged.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::signed::Posting;
use super::state::{Acknowledgement, State};
use super::tap::What;
use super::{Slack, World};

/// Slack tries an event so often again.
pub const RETRIES_MAX: u64 = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    EventsApi,
    SlashCommands,
    Interactive,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::EventsApi => "events_api",
            Kind::SlashCommands => "slash_commands",
            Kind::Interactive => "interactive",
        }
    }
}

/// Something for wilco.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub kind: Kind,
    pub payload: Value,
}

impl Envelope {
    pub fn event(payload: Value) -> Envelope {
        Envelope { kind: Kind::EventsApi, payload }
    }

    fn frame(&self, envelope_id: &str, attempt: u64) -> Value {
        let view_submission = self.payload["type"] == "view_submission";
        let mut frame = json!({
            "envelope_id": envelope_id,
            "type": self.kind.name(),
            "payload": self.payload,
            "accepts_response_payload": self.kind == Kind::SlashCommands || view_submission,
        });
        if self.kind == Kind::EventsApi {
            frame["retry_attempt"] = attempt.into();
            frame["retry_reason"] = if attempt == 0 { "" } else { "timeout" }.into();
        }
        frame
    }
}

/// An envelope that went out.
pub struct Given {
    id: String,
    envelope: Envelope,
    at: Instant,
    pub acknowledged: Option<Acknowledgement>,
}

/// What became of an envelope.
pub enum Handed {
    /// A connection has it.
    Over,
    /// Nobody was there.
    Lost,
    /// It is still to be posted.
    Post(Posting),
}

impl State {
    /// Gives an envelope to a connection, or says where to post it.
    pub fn give(&mut self, envelope: &Envelope, attempt: u64) -> (String, Handed) {
        let number = self.next();
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        if let Some(http) = &self.http {
            return (id, Handed::Post(http.posting(envelope)));
        }
        let frame = envelope.frame(&id, attempt).to_string();
        if !self.link.hand(frame) {
            return (id, Handed::Lost);
        }
        self.given.push(Given {
            id: id.clone(),
            envelope: envelope.clone(),
            at: Instant::now(),
            acknowledged: None,
        });
        (id, Handed::Over)
    }

    pub fn acknowledge(&mut self, id: &str, payload: &Value) {
        let Some(given) = self.given.iter_mut().rfind(|given| given.id == id) else {
            self.complaints.push(format!("there was no envelope {id}"));
            return;
        };
        if given.acknowledged.is_some() {
            return;
        }
        let after = given.at.elapsed();
        given.acknowledged = Some(Acknowledgement { after, payload: payload.clone() });
        let envelope = given.envelope.clone();
        let user = envelope.payload["user_id"].as_str().unwrap_or_default();
        self.tap.tell(What::Acknowledged, user);
        self.answered(&envelope, payload);
    }

    /// Does what the answer to an envelope asks for.
    pub fn answered(&mut self, envelope: &Envelope, answer: &Value) {
        match envelope.kind {
            Kind::EventsApi => {}
            Kind::SlashCommands => self.answer_command(&envelope.payload, answer),
            Kind::Interactive => self.answer_submission(&envelope.payload, answer),
        }
    }

    fn is_acknowledged(&self, event_id: &Value) -> bool {
        let mut given = self.given.iter();
        given.any(|given| {
            given.envelope.payload["event_id"] == *event_id && given.acknowledged.is_some()
        })
    }
}

impl World {
    /// Gives an envelope, and returns its id once a connection has it or a post was answered.
    pub async fn hand_over(self: &Arc<Self>, envelope: Envelope) -> Option<String> {
        let (id, handed) = self.change(|state| state.give(&envelope, 0));
        let delay = self.look(|state| state.redeliver_after);
        match handed {
            Handed::Post(posting) => return posting.send(self, &envelope).await.then_some(id),
            Handed::Over | Handed::Lost => {}
        }
        if let Some(delay) = delay.filter(|_| envelope.kind == Kind::EventsApi) {
            tokio::spawn(insist(Arc::downgrade(self), envelope, delay));
        }
        matches!(handed, Handed::Over).then_some(id)
    }

    /// Gives the events that the bot's own calls made.
    pub async fn give_waiting(self: &Arc<Self>) {
        while let Some(event) = self.look(|state| state.to_give.pop_front()) {
            self.hand_over(Envelope::event(event)).await;
        }
    }
}

/// Gives an event again, each time in a new envelope, until somebody acknowledges one.
async fn insist(world: Weak<World>, envelope: Envelope, delay: Duration) {
    for attempt in 1..=RETRIES_MAX {
        sleep(delay).await;
        let Some(world) = world.upgrade() else { return };
        let event_id = &envelope.payload["event_id"];
        if world.look(|state| state.is_acknowledged(event_id)) {
            return;
        }
        world.change(|state| state.give(&envelope, attempt));
    }
}

impl Slack {
    /// Gives a frame as it stands to one connection; whether there was one.
    pub fn send_envelope(&self, frame: &Value) -> bool {
        let envelope = Envelope::event(frame["payload"].clone());
        self.world.change(|state| {
            let is_handed = state.link.hand(frame.to_string());
            if let Some(id) = frame["envelope_id"].as_str().filter(|_| is_handed) {
                let (id, at) = (id.to_owned(), Instant::now());
                state.given.push(Given { id, envelope, at, acknowledged: None });
            }
            is_handed
        })
    }

    /// The ids of all envelopes that a connection was given, the oldest first.
    pub fn envelopes(&self) -> Vec<String> {
        self.world.look(|state| state.given.iter().map(|given| given.id.clone()).collect())
    }

    /// What was said in the events that were acknowledged, in any of their envelopes.
    pub fn acknowledged_words(&self) -> Vec<String> {
        let text =
            |given: &Given| given.envelope.payload["event"]["text"].as_str().map(str::to_owned);
        self.world.look(|state| {
            let taken = state.given.iter().filter(|given| given.acknowledged.is_some());
            taken.filter_map(text).collect()
        })
    }

    /// What is read in the payloads that were acknowledged, in any of their envelopes.
    pub fn taken<T>(&self, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        self.world.look(|state| {
            let taken = state.given.iter().filter(|given| given.acknowledged.is_some());
            taken.filter_map(|given| read(&given.envelope.payload)).collect()
        })
    }

    /// How and when an envelope was acknowledged.
    pub fn acknowledged(&self, envelope_id: &str) -> Option<Acknowledgement> {
        self.world.look(|state| {
            let given = state.given.iter().find(|given| given.id == envelope_id);
            given.and_then(|given| given.acknowledged.clone())
        })
    }

    pub async fn await_acknowledgement(&self, envelope_id: &str) -> Acknowledgement {
        self.until("the acknowledgement", |slack| slack.acknowledged(envelope_id)).await
    }

    /// Waits until every envelope that was given is acknowledged.
    pub async fn await_all_acknowledged(&self) {
        let all = |slack: &Slack| {
            let open = |given: &Given| given.acknowledged.is_none();
            slack.world.look(|state| (!state.given.iter().any(open)).then_some(()))
        };
        self.until("all acknowledgements", all).await;
    }
}
