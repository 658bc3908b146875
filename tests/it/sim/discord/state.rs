//! What Discord knows: people, guilds, channels, messages, commands, and what is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::clock::Clock;
use super::fault::Faults;
use super::interaction::{Interaction, Modal};
use super::link::Link;
use super::message::Message;
use super::permission::{self, Overwrite};
use super::tap::Tap;
use super::{BOT_ROLE, BOT_USER, GUILD};
use crate::sim::sent::Record;

#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    /// The name that is shown, which need not be unique.
    pub shown_name: Option<String>,
    pub is_bot: bool,
    /// Takes no direct messages from strangers, bots among them.
    pub is_closed: bool,
}

impl User {
    pub fn named(name: &str) -> User {
        User { name: name.to_owned(), shown_name: None, is_bot: false, is_closed: false }
    }
}

/// Somebody's place in a guild.
#[derive(Clone, Default, Debug)]
pub struct Member {
    pub nick: Option<String>,
    pub roles: Vec<String>,
    /// Has not agreed to the rules of the guild yet.
    pub is_pending: bool,
}

#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub permissions: u64,
}

#[derive(Default)]
pub struct Guild {
    pub name: String,
    pub owner: String,
    pub roles: BTreeMap<String, Role>,
    pub members: BTreeMap<String, Member>,
    /// Names by id.
    pub emojis: BTreeMap<String, String>,
}

pub enum Kind {
    Text { guild: String },
    Direct { with: String },
    Thread { guild: String, parent: String, is_archived: bool, is_locked: bool },
}

pub struct Channel {
    pub kind: Kind,
    /// The type that Discord gives it, which for a channel of a guild can be another than text.
    pub number: u8,
    pub name: String,
    pub overwrites: BTreeMap<String, Overwrite>,
    pub messages: Vec<Message>,
}

impl Channel {
    pub fn new(kind: Kind, name: &str) -> Channel {
        let name = name.to_owned();
        Channel { kind, number: 0, name, overwrites: BTreeMap::new(), messages: Vec::new() }
    }

    pub fn guild(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { guild } | Kind::Thread { guild, .. } => Some(guild),
            Kind::Direct { .. } => None,
        }
    }
}

/// A message that was posted under a nonce which must not occur twice.
pub struct Nonce {
    pub channel: String,
    pub value: Value,
    pub message: String,
    pub at: Duration,
}

pub struct State {
    pub base: String,
    pub clock: Clock,
    pub users: BTreeMap<String, User>,
    pub guilds: BTreeMap<String, Guild>,
    pub channels: BTreeMap<String, Channel>,
    /// By guild; under the empty name those of every guild.
    pub commands: BTreeMap<String, Vec<Value>>,
    /// When a command was made, and where.
    pub creations: Vec<(String, Duration)>,
    pub interactions: BTreeMap<String, Interaction>,
    pub modals: Vec<Modal>,
    pub nonces: Vec<Nonce>,
    /// Nobody has the token any more.
    pub has_other_token: bool,
    /// Privileged intents that the application may ask for.
    pub privileged: u64,
    pub calls: Vec<(String, Value)>,
    pub complaints: Vec<String>,
    /// Answers with 401, 403 and 429.
    pub refused: usize,
    pub faults: Faults,
    pub link: Link,
    pub record: Record,
    pub tap: Tap,
    pub typing: BTreeSet<String>,
}

impl State {
    pub fn new(base: &str, record: Record) -> State {
        let mut bot = User::named("wilco");
        bot.is_bot = true;
        let mut state = State {
            base: base.to_owned(),
            clock: Clock::new(),
            users: BTreeMap::from([(BOT_USER.to_owned(), bot)]),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            commands: BTreeMap::new(),
            creations: Vec::new(),
            interactions: BTreeMap::new(),
            modals: Vec::new(),
            nonces: Vec::new(),
            has_other_token: false,
            privileged: 0,
            calls: Vec::new(),
            complaints: Vec::new(),
            refused: 0,
            faults: Faults::default(),
            link: Link::default(),
            record,
            tap: Tap::default(),
            typing: BTreeSet::new(),
        };
        state.found(GUILD, "Example");
        state
    }

    /// A guild that the bot was invited to.
    pub fn found(&mut self, id: &str, name: &str) {
        let everyone = Role { name: "@everyone".to_owned(), permissions: permission::EVERYONE };
        let own = Role { name: "wilco".to_owned(), permissions: permission::EVERYONE };
        let own_role = if id == GUILD { BOT_ROLE.to_owned() } else { self.clock.next_id() };
        let member = Member { roles: vec![own_role.clone()], ..Member::default() };
        let guild = Guild {
            name: name.to_owned(),
            owner: "1".to_owned(),
            roles: BTreeMap::from([(id.to_owned(), everyone), (own_role, own)]),
            members: BTreeMap::from([(BOT_USER.to_owned(), member)]),
            emojis: BTreeMap::new(),
        };
        self.guilds.insert(id.to_owned(), guild);
    }

    /// A channel that a test speaks of.
    pub fn room(&mut self, channel: &str) -> &mut Channel {
        self.channels.get_mut(channel).unwrap_or_else(|| panic!("there is no channel {channel}"))
    }

    /// A guild that a test speaks of.
    pub fn house(&mut self, guild: &str) -> &mut Guild {
        self.guilds.get_mut(guild).unwrap_or_else(|| panic!("there is no guild {guild}"))
    }

    /// A message that a test speaks of.
    pub fn said(&mut self, channel: &str, id: &str) -> &mut Message {
        let found = self.room(channel).messages.iter_mut().find(|message| message.id == id);
        found.unwrap_or_else(|| panic!("there is no message {id} in {channel}"))
    }

    /// The guild of a channel; none for direct messages.
    pub fn guild_of(&self, channel: &str) -> Option<String> {
        self.channels.get(channel)?.guild().map(str::to_owned)
    }

    /// The channel of the direct messages with a person, which is made when it is not there.
    pub fn direct(&mut self, user: &str) -> String {
        assert!(self.users.contains_key(user), "there is no user {user}");
        let is_it =
            |channel: &Channel| matches!(&channel.kind, Kind::Direct { with } if with == user);
        let known = self.channels.iter().find(|(_, channel)| is_it(channel));
        if let Some((id, _)) = known {
            return id.clone();
        }
        let id = self.clock.next_id();
        let channel = Channel::new(Kind::Direct { with: user.to_owned() }, "");
        self.channels.insert(id.clone(), channel);
        id
    }

    /// A channel that the bot names, if it may see it.
    pub fn entered(&self, channel: &str) -> Result<&Channel, Refusal> {
        let found = self.channels.get(channel).ok_or_else(Refusal::unknown_channel)?;
        if !self.may(BOT_USER, channel, permission::VIEW_CHANNEL) {
            return Err(Refusal::missing_access());
        }
        Ok(found)
    }

    /// Refuses what the bot may not do in a channel that it sees.
    pub fn allowed(&self, channel: &str, permissions: u64) -> Result<(), Refusal> {
        self.entered(channel)?;
        let is_allowed = self.may(BOT_USER, channel, permissions);
        if is_allowed { Ok(()) } else { Err(Refusal::missing_permissions()) }
    }

    /// The emoji of a reaction as Discord tells it, or why there is none.
    pub fn emoji(&self, written: &str) -> Result<Value, Refusal> {
        let unknown = || Refusal::new(400, 10_014, "Unknown Emoji");
        if let Some((name, id)) = written.split_once(':') {
            let is_there = |guild: &Guild| guild.emojis.contains_key(id);
            let is_known = self.guilds.values().any(is_there);
            return if is_known { Ok(json!({ "id": id, "name": name })) } else { Err(unknown()) };
        }
        // An emoji is written as itself, not by its name.
        let is_plain = written.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if is_plain { Err(unknown()) } else { Ok(json!({ "id": null, "name": written })) }
    }
}
