//! Payloads of Discord, in the shapes that it documents, and what each of them becomes.
//!
//! The simulation sends them over its gateway, so they are read in the way in which real ones are.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use wilco::chat::discord::api::Token;
use wilco::chat::discord::{Discord as Adapter, Figures, Options};
use wilco::delivery::{Accepted, Activity, Deliveries, Delivery, Submission};
use wilco::recall::Recall;

use crate::agreed;
use crate::sim::discord::{BOT_TOKEN, Discord, GUILD, MESSAGE_CONTENT};
use crate::store::record;

const FOLDER: &str = "discord";
/// What is taken, and becomes nothing.
const MARKER: &str = "reaction_on_others_message";

/// The real adapter in the simulated Discord, with nobody behind it.
struct Line {
    discord: Discord,
    figures: watch::Receiver<Figures>,
    heard: mpsc::Receiver<Submission>,
    _listening: JoinSet<()>,
}

impl Line {
    async fn open() -> Self {
        let discord = Discord::open().await;
        discord.privileged_intents(MESSAGE_CONTENT);
        let options = Options {
            api_url: discord.api_url(),
            token: Token::new(BOT_TOKEN),
            guilds: vec![GUILD.into()],
            prefix: Some("!".into()),
        };
        let adapter = Adapter::open(options).await.unwrap();
        let figures = adapter.figures();
        let (sender, heard) = mpsc::channel(64);
        let (activity, catalog) = (watch::channel(Activity::default()).1, record::catalog());
        let deliveries = Deliveries::new(sender, activity, watch::channel(Arc::default()).1);
        let (keeper, catalog) = watch::channel(Arc::new(catalog));
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            adapter.listen(deliveries, Recall::of_nothing(), catalog).await;
            drop(keeper);
        });
        let mut line = Self { discord, figures, heard, _listening: listening };
        let first = line.next().await;
        assert!(first.id.starts_with("connected/"), "{first:?}");
        line.figures.wait_for(|figures| figures.connected == 1).await.unwrap();
        line
    }

    /// Makes the next delivery durable, as far as the adapter knows.
    async fn next(&mut self) -> Delivery {
        let submission = self.heard.recv().await.unwrap();
        let Submission::Apply { delivery: Some(delivery), acknowledge, .. } = submission else {
            panic!("no delivery")
        };
        acknowledge.send(Ok(Accepted::Applied)).unwrap();
        delivery
    }

    /// Sends a payload, and returns what was delivered until it was taken or found to be unreadable.
    async fn became(&mut self, payload: &Value) -> Vec<Delivery> {
        let kind = payload["t"].as_str().unwrap();
        let before = *self.figures.borrow_and_update();
        self.discord.send_event(kind, payload["d"].clone());
        let mut all = Vec::new();
        // Where reactions were lost, all are read anew.
        let is_read_anew = |all: &[Delivery]| {
            all.iter().any(|delivery: &Delivery| delivery.id.starts_with("connected/"))
        };
        let is_about_many = ["REMOVE_ALL", "REMOVE_EMOJI"].iter().any(|end| kind.ends_with(end));
        loop {
            let now = *self.figures.borrow_and_update();
            let is_lost = now.undecoded > before.undecoded;
            let is_over = if is_about_many || (is_lost && kind.starts_with("MESSAGE_REACTION_")) {
                is_read_anew(&all)
            } else {
                is_lost || now.taken > before.taken
            };
            if is_over {
                return all;
            }
            let figures = self.figures.clone();
            tokio::select! {
                delivery = self.next() => all.push(delivery),
                changed = changed(figures, now) => changed,
            }
        }
    }

    /// What wilco answered so far, and forgets that it did.
    fn answers(&self) -> Vec<String> {
        let calls = self.discord.calls("create_interaction_response");
        self.discord.forget();
        calls.iter().map(|call| call["body"].to_string()).collect()
    }
}

async fn changed(mut figures: watch::Receiver<Figures>, from: Figures) {
    figures.wait_for(|figures| *figures != from).await.unwrap();
}

/// Nobody tells when such an event was left out: the next one is waited for.
fn is_silent(name: &str, payload: &Value) -> bool {
    name.ends_with("_by_us") || payload["t"] == "MESSAGE_UPDATE"
}

fn told(delivery: &Delivery) -> String {
    // Ids of wilco's own begin with what nobody knows.
    let parts: Vec<&str> = delivery.id.split('/').collect();
    let id = if parts.len() == 3 { format!("{}/…", parts[0]) } else { delivery.id.clone() };
    format!("    {id} {}\n", serde_json::to_string(&delivery.event).unwrap())
}

/// By what the ids of things that are new in a payload begin; three more digits follow.
const NEW: &str = "600000000000000";
const NEW_LENGTH: usize = NEW.len() + 3;
/// Ids have the time at which something was made above their lowest 22 bits, counted from Discord's own year.
const DISCORDS_EPOCH_MILLISECONDS: u64 = 1_420_070_400_000;

/// What is new now, since wilco looks at how old things are.
struct Now(u64);

impl Now {
    fn here() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        Self((u64::try_from(now).unwrap() - DISCORDS_EPOCH_MILLISECONDS) << 22)
    }

    fn made_now(&self, payload: &Value) -> Value {
        let mut text = payload.to_string();
        while let Some(at) = text.find(NEW) {
            let number: u64 = text[at + NEW.len()..at + NEW_LENGTH].parse().unwrap();
            text.replace_range(at..at + NEW_LENGTH, &(self.0 + number).to_string());
        }
        serde_json::from_str(&text).unwrap()
    }

    /// Returns a text with the ids that stand in the payload.
    fn as_agreed(&self, text: &str) -> String {
        let begin = self.0.to_string();
        let mut text = text.to_owned();
        for number in 0..1_000 {
            let id = (self.0 + number).to_string();
            if id.len() == begin.len() && text.contains(&id) {
                text = text.replace(&id, &format!("{NEW}{number:03}"));
            }
        }
        text
    }
}

/// `WILCO_BLESS=1` writes it anew, for a change made on purpose.
#[tokio::test]
async fn every_payload_becomes_what_was_agreed() {
    let mut line = Line::open().await;
    let marker = agreed::payload(FOLDER, MARKER);
    let mut text = String::new();
    for name in agreed::payloads(FOLDER) {
        let now = Now::here();
        let payload = now.made_now(&agreed::payload(FOLDER, &name));
        text.extend([&name, "\n"]);
        let lost = line.figures.borrow().undecoded;
        let became = if is_silent(&name, &payload) {
            line.discord.send_event(payload["t"].as_str().unwrap(), payload["d"].clone());
            line.became(&marker).await
        } else {
            line.became(&payload).await
        };
        text.extend(became.iter().map(|delivery| now.as_agreed(&told(delivery))));
        if line.figures.borrow().undecoded > lost {
            text.push_str("    cannot be read\n");
        } else if became.is_empty() {
            text.push_str("    nothing\n");
        }
        for answer in line.answers() {
            text.extend(["    answered with ", &now.as_agreed(&answer), "\n"]);
        }
    }
    agreed::compare_text("discord/becomes.txt", &text);
}
