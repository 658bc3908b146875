//! The real app in the simulated Slack, while Slack fails, people do odd things, and connections break.

mod again;
mod foreign;
mod hearing;
mod languages;
mod news;
mod pace;
mod posting;
mod signed;
mod surfaces;
mod token;
mod who;

use serde_json::Value;

use crate::rehearsal::record;
use crate::rehearsal::slack_room::CHANNEL;
use crate::rehearsal::stage::{On, Stage};
use crate::sim::slack::{Message, Press, Slack};

/// A channel in Slack with wilco and everybody else in it.
struct Scene {
    stage: Stage,
    slack: Slack,
}

impl Scene {
    async fn open() -> Self {
        let stage = Stage::open(On::Slack, "deploys", &[]).await;
        stage.settle().await;
        let slack = stage.room().slack.clone();
        Self { stage, slack }
    }

    /// Says a line or reacts, and returns once everything is at rest again.
    async fn say(&self, account: &str, line: &str) {
        self.stage.say(account, line).await;
        self.stage.settle().await;
    }

    async fn record(&self, id: u64) -> String {
        record::describe(&self.stage.facts(id).await)
    }

    fn card(&self, id: u64) -> Message {
        self.cards(id).pop().unwrap()
    }

    /// Returns every message that is, or was, the card of a deployment.
    fn cards(&self, id: u64) -> Vec<Message> {
        let key = format!("card-{id}-");
        let mut messages = self.slack.messages(CHANNEL);
        messages.retain(|message| {
            let own = message.metadata["event_payload"]["key"].as_str();
            own.is_some_and(|own| own.starts_with(&key))
        });
        messages
    }

    async fn press(&self, user: &str, id: u64, action_id: &str) {
        let card = self.card(id);
        let value = value_of(&card.blocks, action_id);
        let value = value.unwrap_or_else(|| panic!("no {action_id} in {:#}", card.blocks));
        let (ts, channel) = (card.ts.as_str(), CHANNEL);
        let press = Press { user, channel, ts, action_id, value: &value };
        self.slack.press(press).await;
        self.stage.settle().await;
    }

    /// Ends every connection, as a network that is down would.
    async fn go_away(&self) {
        self.stage.room().leave().await;
    }

    /// Connects again, and returns once the reactions were read anew.
    async fn come_back(&self) {
        let before = self.slack.calls("reactions.get").len();
        self.stage.room().listen(self.stage.app()).await;
        let is_read = |slack: &Slack| (slack.calls("reactions.get").len() > before).then_some(());
        self.slack.until("a look at the reactions", is_read).await;
        self.stage.settle().await;
    }
}

fn value_of(blocks: &Value, action_id: &str) -> Option<String> {
    let blocks = blocks.as_array()?.iter();
    let mut elements = blocks.flat_map(|block| block["elements"].as_array().into_iter().flatten());
    let found = elements.find(|element| element["action_id"] == action_id)?;
    Some(found["value"].as_str()?.to_owned())
}
