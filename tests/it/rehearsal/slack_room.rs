//! The same scenarios in Slack: what people say goes through the simulation, and so does what wilco says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use tokio::task::JoinSet;

use wilco::app::App;
use wilco::chat::slack::api::Token;
use wilco::chat::slack::pace::{Limits, Rate};
use wilco::chat::slack::socket::Heartbeat;
use wilco::chat::slack::{Mode, Options, Slack as Adapter};

use super::hearing::Hearing;
use crate::sim::slack::{Bot, Message, Slack, User};

const WORKSPACE: &str = "T0123456789";
pub const CHANNEL: &str = "C0DEPLOYS1";
const CONNECTIONS: u32 = 2;

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
    /// How each message read when it was last looked at, by channel and time.
    messages: BTreeMap<(String, String), String>,
}

impl SlackRoom {
    /// Opens the channel, and rewrites the configuration so that it takes place there.
    pub async fn open(config: &Path) -> Self {
        let slack = Slack::open().await;
        slack.channel(CHANNEL, "deploys", Bot::In);
        let people = config.join("people.toml");
        let text = fs::read_to_string(&people).unwrap();
        fs::write(&people, text.lines().map(|line| in_slack(line) + "\n").collect::<String>())
            .unwrap();
        let root = config.join("wilco.toml");
        let text = fs::read_to_string(&root).unwrap();
        let place = format!("[channel.deploys]\nslack = \"{CHANNEL}\"");
        let text = text.replace("[channel.deploys]\nconsole = \"deploys\"", &place);
        let table =
            format!("\n[slack]\nworkspace = \"{WORKSPACE}\"\napi_url = \"{}\"\n", slack.api_url());
        fs::write(&root, text + &table).unwrap();
        let room = Self {
            slack,
            adapter: Mutex::default(),
            listening: Mutex::default(),
            heard: Mutex::default(),
        };
        for name in ["ana", "ben", "mina", "carl", "dana", "dana2"] {
            room.slack.user(&user(name), User::named(name));
        }
        room
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

    /// Says a line, or reacts where the console has a command for that.
    pub async fn say(&self, account: &str, line: &str) {
        let id = user(account);
        self.slack.user(&id, User::named(account));
        account.clone_into(&mut self.heard.lock().unwrap().speaker);
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["/react", sign, number] => {
                let ts = self.card(number);
                // Whoever reacted already takes it away and puts it there again.
                if self.has_reacted(&ts, name(sign), &id) {
                    self.slack.unreact(&id, (CHANNEL, &ts), name(sign)).await;
                }
                self.slack.react(&id, (CHANNEL, &ts), name(sign)).await;
            }
            ["/unreact", sign, number] => {
                let ts = self.card(number);
                self.slack.unreact(&id, (CHANNEL, &ts), name(sign)).await;
            }
            _ => {
                let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                self.slack.mention(&id, CHANNEL, &escaped).await;
            }
        }
    }

    fn has_reacted(&self, ts: &str, name: &str, user: &str) -> bool {
        let messages = self.slack.messages(CHANNEL);
        let signs = messages.iter().filter(|message| message.ts == ts).flat_map(|m| &m.reactions);
        signs.filter(|(sign, _)| sign == name).any(|(_, users)| users.iter().any(|u| u == user))
    }

    /// Returns the newest card of a deployment.
    pub fn card(&self, number: &str) -> String {
        let key = format!("card-{}-", number.trim_start_matches('#'));
        let is_card = |message: &&Message| {
            message.metadata["event_payload"]["key"].as_str().is_some_and(|k| k.starts_with(&key))
        };
        let messages = self.slack.messages(CHANNEL);
        let card = messages.iter().rfind(is_card);
        card.unwrap_or_else(|| panic!("there is no card {number}")).ts.clone()
    }

    /// Writes what is new as the console would have written it.
    pub fn hear(&self, hearing: &Hearing) {
        let mut heard = self.heard.lock().unwrap();
        assert_eq!(self.slack.complaints(), Vec::<String>::new());
        let ephemerals = self.slack.ephemerals(None, None);
        for said in &ephemerals[heard.ephemerals..] {
            hearing.add(addressed(&heard.speaker, &said.user, &words(&said.text, &said.blocks)));
        }
        heard.ephemerals = ephemerals.len();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for message in self.slack.messages(CHANNEL) {
            if let Some(number) = number(&message) {
                newest.insert(number, message.ts.clone());
            }
        }
        for message in self.slack.messages(CHANNEL) {
            let text = words(&message.text, &message.blocks);
            let place = (CHANNEL.to_owned(), message.ts.clone());
            if heard.messages.insert(place, text.clone()).as_ref() == Some(&text) {
                continue;
            }
            match number(&message) {
                // What is out of date is not what the card reads now.
                Some(number) if newest[&number] != message.ts => {}
                Some(_) => hearing.add(unescaped(&message.text) + "\n"),
                None => hearing.add(logged(&text)),
            }
        }
    }
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

fn unescaped(text: &str) -> String {
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

/// Puts accounts of Slack in place of those of the console.
fn in_slack(line: &str) -> String {
    let Some(accounts) = line.strip_prefix("console = [") else { return line.to_owned() };
    let accounts = accounts
        .trim_end_matches(']')
        .split(", ")
        .map(|quoted| format!("\"{WORKSPACE}/{}\"", user(quoted.trim_matches('"'))));
    format!("slack = [{}]", accounts.collect::<Vec<_>>().join(", "))
}
