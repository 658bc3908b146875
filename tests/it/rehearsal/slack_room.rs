//! The same scenarios in Slack: what people say goes through the simulation, and so does what wilco says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use tokio::task::JoinSet;

use wilco::app::App;
use wilco::chat::slack::api::Token;
use wilco::chat::slack::pace::{Limits, Rate};
use wilco::chat::slack::socket::Heartbeat;
use wilco::chat::slack::{Mode, Options, Slack as Adapter};

use super::hearing::Hearing;
use super::spot::{Channel, Spot};
use super::venue::Venue;
use crate::sim::slack::{Bot, Fault, Message, Press, Slack, Times, User};

const WORKSPACE: &str = "T0123456789";
pub const CHANNEL: &str = "C0DEPLOYS1";
const CONNECTIONS: u32 = 2;
const EVERYBODY: [&str; 6] = ["ana", "ben", "mina", "carl", "dana", "dana2"];

/// What wilco calls, and what fails while Slack cannot be reached.
const METHODS: [&str; 8] = [
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "reactions.get",
    "reactions.add",
    "users.info",
    "conversations.history",
    "conversations.replies",
];

/// More than anybody says in a scenario, which lasts for seconds and has the messages of an hour.
const AT_ONCE: Rate = Rate { burst: 10_000, every: Duration::from_millis(1) };

/// A channel in Slack with everybody who speaks in a scenario.
pub struct SlackRoom {
    pub slack: Slack,
    adapter: Mutex<Option<Adapter>>,
    listening: Mutex<JoinSet<()>>,
    heard: Mutex<Heard>,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    speaker: String,
    ephemerals: usize,
    /// Where wilco was spoken to alone.
    direct: BTreeSet<String>,
    /// How each message read when it was last looked at, by channel and time.
    messages: BTreeMap<(String, String), String>,
}

impl SlackRoom {
    /// Opens the channels with everybody in them.
    pub async fn open() -> Self {
        let slack = Slack::open().await;
        for channel in Channel::ALL {
            slack.channel(id(channel), channel.name(), Bot::In);
        }
        for name in EVERYBODY {
            slack.user(&user(name), User::named(name));
        }
        let (adapter, listening, heard) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { slack, adapter, listening, heard }
    }

    /// Returns how the configuration names what is here.
    pub fn venue(&self) -> Venue {
        let url = self.slack.api_url();
        Venue {
            key: "slack",
            account: |name| format!("{WORKSPACE}/{}", user(name)),
            channel: id,
            table: format!("[slack]\nworkspace = \"{WORKSPACE}\"\napi_url = \"{url}\"\n"),
        }
    }

    /// Returns wilco as it is in this workspace.
    pub async fn connect(&self) -> Adapter {
        let adapter = self.adapter_with(Heartbeat::default()).await;
        *self.adapter.lock().unwrap() = Some(adapter.clone());
        adapter
    }

    /// Returns another way in, which notices so soon that a connection is dead.
    pub async fn adapter_with(&self, heartbeat: Heartbeat) -> Adapter {
        self.adapter_at(Limits { post: AT_ONCE, update: AT_ONCE }, heartbeat).await
    }

    /// Returns another way out, which goes no faster than this.
    pub async fn adapter_at(&self, limits: Limits, heartbeat: Heartbeat) -> Adapter {
        let adapter = Adapter::open(Options {
            api_url: self.slack.api_url(),
            token: Token::new("xoxb-wilco-test"),
            workspace: WORKSPACE.into(),
            mode: Mode::Socket {
                token: Token::new("xapp-wilco-test"),
                connections: CONNECTIONS,
                heartbeat,
            },
            limits,
        });
        adapter.await.unwrap()
    }

    /// Returns wilco as it was connected last.
    pub fn adapter(&self) -> Adapter {
        self.adapter.lock().unwrap().clone().unwrap()
    }

    /// Listens for the app, and returns once every connection is there.
    pub async fn listen(&self, app: &App) {
        self.listen_by(self.adapter(), app).await;
    }

    pub async fn listen_by(&self, adapter: Adapter, app: &App) {
        let hearing = adapter.hearing(app.deliveries.clone(), app.catalog.clone());
        self.listening.lock().unwrap().spawn(async move { adapter.listen(hearing).await });
        self.slack.await_connections(CONNECTIONS as usize).await;
    }

    pub async fn leave(&self) {
        let mut listening = std::mem::take(&mut *self.listening.lock().unwrap());
        listening.shutdown().await;
        self.slack.await_connections(0).await;
    }

    /// Says a line in the channel, or reacts where the console has a command for that.
    pub async fn say(&self, account: &str, line: &str) {
        self.say_at(Spot::In(Channel::Deploys), account, line).await;
    }

    pub async fn say_at(&self, spot: Spot, account: &str, line: &str) {
        let user = user(account);
        self.slack.user(&user, User::named(account));
        self.speaks(account);
        let words: Vec<&str> = line.split(' ').collect();
        let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match (spot, &words[..]) {
            (Spot::In(channel), ["/react", sign, number]) => {
                let (place, ts) = (id(channel), self.card_in(channel, number));
                // Whoever reacted already takes it away and puts it there again.
                if self.has_reacted((place, &ts), name(sign), &user) {
                    self.slack.unreact(&user, (place, &ts), name(sign)).await;
                }
                self.slack.react(&user, (place, &ts), name(sign)).await;
            }
            (Spot::In(channel), ["/unreact", sign, number]) => {
                let ts = self.card_in(channel, number);
                self.slack.unreact(&user, (id(channel), &ts), name(sign)).await;
            }
            (Spot::In(channel), _) => drop(self.slack.mention(&user, id(channel), &escaped).await),
            (Spot::Below(channel, number), _) => {
                let card = self.card_in(channel, &number.to_string());
                self.slack.mention_in(&user, (id(channel), Some(&card)), &escaped).await;
            }
            (Spot::Alone, _) => {
                let (channel, _) = self.slack.direct_message(&user, &escaped).await;
                self.heard.lock().unwrap().direct.insert(channel);
            }
        }
    }

    /// Notes who does something, so that it can be told from what is said to somebody else.
    pub fn speaks(&self, account: &str) {
        account.clone_into(&mut self.heard.lock().unwrap().speaker);
    }

    /// Has every request fail and no connection hold, as when Slack is down.
    pub fn break_off(&self) {
        for method in METHODS {
            self.slack.fail(method, Fault::ServerErrorBefore, Times::Always);
        }
        self.slack.refuse_connections_open(Some("internal_error"));
        self.slack.cut_connections();
    }

    /// Takes that back, and returns once wilco is connected again.
    pub async fn mend(&self) {
        for method in METHODS {
            self.slack.heal(method);
        }
        self.slack.refuse_connections_open(None);
        self.slack.await_connections(CONNECTIONS as usize).await;
    }

    /// Counts how often reactions were read.
    pub fn reads(&self) -> usize {
        self.slack.calls("reactions.get").len()
    }

    pub async fn await_more_reads(&self, reads: usize) {
        let more = |slack: &Slack| (slack.calls("reactions.get").len() > reads).then_some(());
        self.slack.until("a look at the reactions", more).await;
    }

    fn has_reacted(&self, (channel, ts): (&str, &str), name: &str, user: &str) -> bool {
        let messages = self.slack.messages(channel);
        let signs = messages.iter().filter(|message| message.ts == ts).flat_map(|m| &m.reactions);
        signs.filter(|(sign, _)| sign == name).any(|(_, users)| users.iter().any(|u| u == user))
    }

    /// Returns the newest card of a deployment.
    fn card_in(&self, channel: Channel, number: &str) -> String {
        let key = format!("card-{}-", number.trim_start_matches('#'));
        let is_card = |message: &&Message| {
            message.metadata["event_payload"]["key"].as_str().is_some_and(|k| k.starts_with(&key))
        };
        let messages = self.slack.messages(id(channel));
        let card = messages.iter().rfind(is_card);
        card.unwrap_or_else(|| panic!("there is no card {number}")).ts.clone()
    }

    /// Writes what is new as the console would have written it.
    pub fn hear(&self, hearing: &Hearing) {
        self.hear_alone(hearing);
        self.hear_in(Channel::Deploys, hearing);
    }

    /// Writes what only one person sees.
    pub fn hear_alone(&self, hearing: &Hearing) {
        let mut heard = self.heard.lock().unwrap();
        assert_eq!(self.slack.complaints(), Vec::<String>::new());
        let ephemerals = self.slack.ephemerals(None, None);
        for said in &ephemerals[heard.ephemerals..] {
            hearing.add(addressed(&heard.speaker, &said.user, &words(&said.text, &said.blocks)));
        }
        heard.ephemerals = ephemerals.len();
        for channel in heard.direct.clone() {
            for message in self.slack.messages(&channel) {
                let text = words(&message.text, &message.blocks);
                if heard.is_news(&channel, &message.ts, &text) {
                    let to = format!("U{}", &channel[1..]);
                    hearing.add(addressed(&heard.speaker, &to, &text));
                }
            }
        }
    }

    /// Writes what everybody in a channel sees.
    pub fn hear_in(&self, channel: Channel, hearing: &Hearing) {
        let mut heard = self.heard.lock().unwrap();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for message in self.slack.messages(id(channel)) {
            if let Some(number) = number(&message) {
                newest.insert(number, message.ts.clone());
            }
        }
        for message in self.slack.messages(id(channel)) {
            let text = words(&message.text, &message.blocks);
            if !heard.is_news(id(channel), &message.ts, &text) {
                continue;
            }
            match number(&message) {
                // What is out of date is not what the card reads now.
                Some(number) if newest[&number] != message.ts => {}
                Some(_) => hearing.add(unescaped(&message.text) + "\n"),
                None if tells_news(&message) => hearing.add(unescaped(&message.text) + "\n"),
                None => hearing.add(logged(&text)),
            }
        }
    }

    /// Presses the button of the newest message in a channel that says what one could type instead.
    pub async fn press(&self, channel: Channel, account: &str, words: &str) {
        self.speaks(account);
        let messages = self.slack.messages(id(channel));
        let is_it = |message: &&Message| message.text.contains(&format!("`{words}`"));
        let message = messages.iter().rfind(is_it).unwrap_or_else(|| panic!("nobody says {words}"));
        let (ts, button) = (&message.ts, button(message).expect("it has a button"));
        let text = |name: &str| button[name].as_str().unwrap().to_owned();
        let (action_id, value, user) = (&text("action_id"), &text("value"), &user(account));
        let channel = id(channel);
        self.slack.press(Press { user, channel, ts, action_id, value }).await;
    }

    /// Counts the messages in a channel, without what stands in threads.
    pub fn count(&self, channel: Channel) -> usize {
        let messages = self.slack.messages(id(channel));
        messages.iter().filter(|message| message.thread_ts.is_none()).count()
    }
}

impl Heard {
    /// Tells whether a message reads otherwise than before, and notes how it reads.
    fn is_news(&mut self, channel: &str, ts: &str, text: &str) -> bool {
        let place = (channel.to_owned(), ts.to_owned());
        self.messages.insert(place, text.to_owned()).as_deref() != Some(text)
    }
}

fn id(channel: Channel) -> &'static str {
    match channel {
        Channel::Deploys => CHANNEL,
        Channel::Seoul => "C0SEOUL001",
        Channel::Random => "C0RANDOM01",
        Channel::Team => "C0TEAM0001",
    }
}

/// Tells whether a message tells of something outside; what follows stands in its thread.
fn tells_news(message: &Message) -> bool {
    let key = message.metadata["event_payload"]["key"].as_str();
    message.thread_ts.is_none() && key.is_some_and(|key| key.starts_with("news-"))
}

fn button(message: &Message) -> Option<&serde_json::Value> {
    let blocks = message.blocks.as_array().into_iter().flatten();
    let mut elements = blocks.flat_map(|block| block["elements"].as_array().into_iter().flatten());
    elements.find(|element| element["type"] == "button")
}

/// Returns whose card a message is.
fn number(message: &Message) -> Option<String> {
    let key = message.metadata["event_payload"]["key"].as_str()?.strip_prefix("card-")?;
    Some(key.split('-').next()?.to_owned())
}

fn addressed(speaker: &str, to: &str, text: &str) -> String {
    if user(speaker) == to {
        return format!("{text}\n");
    }
    format!("(to {}) {text}\n", to.trim_start_matches("U0").to_lowercase())
}

fn logged(text: &str) -> String {
    let mut lines = String::new();
    for (index, line) in text.lines().enumerate() {
        lines += if index == 0 { "  · " } else { "    " };
        lines += line;
        lines.push('\n');
    }
    lines
}

/// Returns the words of a message: all of its sections, since its text may be cut.
fn words(text: &str, blocks: &serde_json::Value) -> String {
    let sections: Vec<&str> = blocks
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "section")
        .filter_map(|block| block["text"]["text"].as_str())
        .collect();
    if sections.is_empty() { unescaped(text) } else { unescaped(&sections.concat()) }
}

pub fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Returns the user id of an account's name.
pub fn user(name: &str) -> String {
    format!("U0{}", name.to_uppercase())
}

/// Returns Slack's name of a reaction.
fn name(sign: &str) -> &'static str {
    match sign {
        "✅" => "white_check_mark",
        "👍" => "+1",
        "👍🏽" => "+1::skin-tone-4",
        "❌" => "x",
        "👎" => "-1",
        "🎉" => "tada",
        other => panic!("the room does not know {other}"),
    }
}
