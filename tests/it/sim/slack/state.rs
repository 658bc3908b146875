//! What Slack knows: people, channels, messages, views, and who is connected.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::deliver::Given;
use super::fault::Faults;
use super::signed::HttpMode;
use super::socket::Link;
use super::tap::Tap;
use super::{BOT, BOT_USER, Bot, TEAM};
use crate::sim::reactions::Reactions;
use crate::sim::sent::Record;

/// A trigger opens one view within three seconds.
const TRIGGER: Duration = Duration::from_secs(3);

/// A person as `users.info` tells of them.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "these are Slack's own flags")]
pub struct User {
    pub name: String,
    pub is_bot: bool,
    pub deleted: bool,
    pub is_restricted: bool,
    pub is_ultra_restricted: bool,
    pub is_stranger: bool,
    pub team_id: String,
}

impl User {
    pub fn named(name: &str) -> User {
        User {
            name: name.to_owned(),
            is_bot: false,
            deleted: false,
            is_restricted: false,
            is_ultra_restricted: false,
            is_stranger: false,
            team_id: TEAM.to_owned(),
        }
    }
}

#[derive(Default)]
pub struct Channel {
    pub name: String,
    pub bot: Bot,
    pub is_archived: bool,
    /// Shared with another organisation.
    pub is_shared: bool,
    /// The one person of a direct message.
    pub with: Option<String>,
    pub absent: BTreeSet<String>,
    pub messages: Vec<Message>,
}

/// A message as it stands.
#[derive(Clone, Debug)]
pub struct Message {
    pub ts: String,
    pub thread_ts: Option<String>,
    pub user: String,
    pub text: String,
    /// Null when there are none.
    pub blocks: Value,
    pub edits: usize,
    /// Null when there is none.
    pub metadata: Value,
    /// Names with who stands behind them, in the order in which they came.
    pub reactions: Reactions,
}

impl Message {
    /// A message that says a text and no more.
    pub fn of(user: &str, ts: String, text: &str) -> Message {
        Message {
            ts,
            thread_ts: None,
            user: user.to_owned(),
            text: text.to_owned(),
            blocks: Value::Null,
            edits: 0,
            metadata: Value::Null,
            reactions: Vec::new(),
        }
    }

    /// The message as `conversations.history` shows it.
    pub fn shown(&self) -> Value {
        let mut shown = json!({
            "type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM,
        });
        if self.user == BOT_USER {
            shown["bot_id"] = BOT.into();
            shown["app_id"] = super::APP.into();
        }
        if !self.blocks.is_null() {
            shown["blocks"] = self.blocks.clone();
        }
        if let Some(thread) = &self.thread_ts {
            shown["thread_ts"] = thread.as_str().into();
        }
        if self.edits > 0 {
            shown["edited"] = json!({ "user": self.user, "ts": self.ts });
        }
        if !self.reactions.is_empty() {
            shown["reactions"] = self.reactions.iter().map(reaction).collect();
        }
        shown
    }
}

fn reaction((name, users): &(String, Vec<String>)) -> Value {
    json!({ "name": name, "users": users, "count": users.len() })
}

/// What one person saw.
#[derive(Clone, Debug)]
pub struct Ephemeral {
    pub ts: String,
    pub channel: String,
    pub user: String,
    pub thread_ts: Option<String>,
    pub text: String,
    pub blocks: Value,
}

/// An envelope's acknowledgement: when it came, and what it carried.
#[derive(Clone, Debug)]
pub struct Acknowledgement {
    pub after: Duration,
    pub payload: Value,
}

/// A modal that somebody has before them.
pub struct OpenView {
    pub user: String,
    pub view: Value,
}

/// Whom a response URL answers, and how often it still can.
pub struct ResponseUrl {
    pub channel: String,
    pub user: String,
    /// The message with the button, if it was one.
    pub ts: Option<String>,
    pub uses_left: u32,
}

struct Trigger {
    user: String,
    at: Instant,
    is_used: bool,
}

pub struct State {
    pub base: String,
    pub users: BTreeMap<String, User>,
    pub channels: BTreeMap<String, Channel>,
    pub ephemerals: Vec<Ephemeral>,
    pub views: BTreeMap<String, OpenView>,
    pub homes: BTreeMap<String, Value>,
    pub response_urls: BTreeMap<String, ResponseUrl>,
    pub scopes: Vec<String>,
    pub calls: Vec<(String, Value)>,
    pub complaints: Vec<String>,
    pub faults: Faults,
    /// Why no connection can be opened.
    pub closed: Option<String>,
    pub link: Link,
    pub http: Option<HttpMode>,
    pub given: Vec<Given>,
    pub redeliver_after: Option<Duration>,
    /// Events that the bot's own calls made, in the order in which they go out.
    pub to_give: VecDeque<Value>,
    pub record: Record,
    pub tap: Tap,
    triggers: BTreeMap<String, Trigger>,
    count: u64,
    clock: u64,
}

/// What wilco's manifest asks for.
const SCOPES: &[&str] = &[
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "reactions:write",
    "users:read",
];

impl State {
    pub fn new(base: &str, record: Record) -> State {
        let mut bot = User::named("wilco");
        bot.is_bot = true;
        State {
            base: base.to_owned(),
            users: BTreeMap::from([(BOT_USER.to_owned(), bot)]),
            channels: BTreeMap::new(),
            ephemerals: Vec::new(),
            views: BTreeMap::new(),
            homes: BTreeMap::new(),
            response_urls: BTreeMap::new(),
            scopes: SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
            calls: Vec::new(),
            complaints: Vec::new(),
            faults: Faults::default(),
            closed: None,
            link: Link::default(),
            http: None,
            given: Vec::new(),
            redeliver_after: None,
            to_give: VecDeque::new(),
            record,
            tap: Tap::default(),
            triggers: BTreeMap::new(),
            count: 0,
            clock: 0,
        }
    }

    /// A number that was never given.
    pub fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// A timestamp after all others.
    pub fn next_ts(&mut self) -> String {
        self.clock += 1;
        format!("1700000000.{:06}", 99 + self.clock)
    }

    pub fn new_trigger(&mut self, user: &str) -> String {
        let id = format!("{}.{TEAM}.{:032x}", 1_700_000_000_000 + self.next(), self.count);
        let trigger = Trigger { user: user.to_owned(), at: Instant::now(), is_used: false };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// Takes a trigger: whose it was, or why it opens nothing.
    pub fn take_trigger(&mut self, id: &str) -> Result<String, &'static str> {
        let trigger = self.triggers.get_mut(id).ok_or("expired_trigger_id")?;
        if trigger.is_used {
            return Err("exchanged_trigger_id");
        }
        if trigger.at.elapsed() > TRIGGER {
            return Err("expired_trigger_id");
        }
        trigger.is_used = true;
        Ok(trigger.user.clone())
    }

    pub fn expire_triggers(&mut self) {
        self.triggers.clear();
    }

    /// An address that answers a slash command or a button, up to five times.
    pub fn new_response_url(&mut self, kind: &str, mut answers: ResponseUrl) -> String {
        answers.uses_left = 5;
        let path = format!("/{kind}/{TEAM}/{}/{:024x}", 1000 + self.next(), self.count);
        let url = format!("{}{path}", self.base);
        self.response_urls.insert(path, answers);
        url
    }

    /// A channel that a test speaks of.
    pub fn room(&mut self, channel: &str) -> &mut Channel {
        self.channels.get_mut(channel).unwrap_or_else(|| panic!("there is no channel {channel}"))
    }

    /// A message that a test speaks of.
    pub fn said(&mut self, channel: &str, ts: &str) -> &mut Message {
        let found = self.room(channel).messages.iter_mut().find(|message| message.ts == ts);
        found.unwrap_or_else(|| panic!("there is no message {ts} in {channel}"))
    }

    /// The channel of the direct messages with a person, which is made when it is not there.
    pub fn direct(&mut self, user: &str) -> String {
        assert!(self.users.contains_key(user), "there is no user {user}");
        let id = format!("D{}", &user[1..]);
        let channel = self.channels.entry(id.clone()).or_default();
        channel.with = Some(user.to_owned());
        id
    }

    pub fn is_in(&self, user: &str, channel: &str) -> bool {
        let Some(channel) = self.channels.get(channel) else { return false };
        if user == BOT_USER {
            return channel.bot == Bot::In;
        }
        self.users.contains_key(user)
            && !channel.absent.contains(user)
            && channel.with.as_deref().is_none_or(|with| with == user)
    }
}
