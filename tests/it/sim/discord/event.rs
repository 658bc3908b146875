//! What the gateway tells, to whom: each session hears what its intents ask for.
//!
//! Source of the intents: Gateway, "List of Intents".

use serde_json::{Value, json};

use super::message::Message;
use super::state::{Kind, State};
use super::{APP, BOT_USER, Discord};

pub const GUILDS: u64 = 1;
pub const GUILD_MEMBERS: u64 = 1 << 1;
pub const GUILD_PRESENCES: u64 = 1 << 8;
pub const GUILD_MESSAGES: u64 = 1 << 9;
pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
pub const DIRECT_MESSAGES: u64 = 1 << 12;
pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
pub const MESSAGE_CONTENT: u64 = 1 << 15;
/// Those that a developer must switch on first.
pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;

/// Something that occurred.
#[derive(Clone)]
pub struct Event {
    pub name: String,
    pub data: Value,
    /// What hears it who may not read messages, if that is something else.
    pub veiled: Option<Value>,
    /// One of these must have been asked for; none is for everybody.
    pub intents: u64,
}

impl Event {
    pub fn new(name: &str, intents: u64, data: Value) -> Event {
        Event { name: name.to_owned(), data, veiled: None, intents }
    }

    /// What a session with these intents hears of it.
    pub fn heard(&self, intents: u64) -> Option<&Value> {
        if self.intents != 0 && self.intents & intents == 0 {
            return None;
        }
        let is_veiled = intents & MESSAGE_CONTENT == 0;
        Some(self.veiled.as_ref().filter(|_| is_veiled).unwrap_or(&self.data))
    }
}

impl State {
    fn intent_of(&self, channel: &str, in_guild: u64, direct: u64) -> u64 {
        if self.guild_of(channel).is_some() { in_guild } else { direct }
    }

    /// `MESSAGE_CREATE` or `MESSAGE_UPDATE`.
    pub fn tell_of_message(&mut self, name: &str, message: &Message) {
        if message.is_ephemeral() || !self.hears(&message.channel) {
            return;
        }
        let intents = self.intent_of(&message.channel, GUILD_MESSAGES, DIRECT_MESSAGES);
        let dressed = |mut shown: Value| {
            // Nobody hears of the reactions here, and everything is told in which guild it was.
            if let Some(guild) = self.guild_of(&message.channel) {
                if let Some(member) = self.membership(&guild, message.by()) {
                    shown["member"] = member;
                }
                shown["guild_id"] = guild.into();
            }
            shown
        };
        let (data, veiled) = (dressed(self.shown(message)), dressed(self.veiled(message)));
        self.tell(Event { name: name.to_owned(), data, veiled: Some(veiled), intents });
    }

    pub fn tell_of_deletion(&mut self, channel: &str, ids: &[String]) {
        if !self.hears(channel) {
            return;
        }
        let intents = self.intent_of(channel, GUILD_MESSAGES, DIRECT_MESSAGES);
        let mut data = json!({ "channel_id": channel, "guild_id": self.guild_of(channel) });
        let name = match ids {
            [id] => {
                data["id"] = id.as_str().into();
                "MESSAGE_DELETE"
            }
            _ => {
                data["ids"] = json!(ids);
                "MESSAGE_DELETE_BULK"
            }
        };
        self.tell(Event::new(name, intents, data));
    }

    /// One of the `MESSAGE_REACTION_…` events.
    pub fn tell_of_reaction(&mut self, name: &str, at: (&str, &str), who: Option<(&str, &str)>) {
        let (channel, id) = at;
        if !self.hears(channel) {
            return;
        }
        let intents = self.intent_of(channel, GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGE_REACTIONS);
        let guild = self.guild_of(channel);
        let mut data = json!({ "channel_id": channel, "message_id": id });
        if let Some(guild) = &guild {
            data["guild_id"] = guild.as_str().into();
        }
        if let Some((user, emoji)) = who {
            data["emoji"] = self.emoji(emoji).unwrap_or_default();
            // Of an emoji that was taken away whole, no more is told.
            if !user.is_empty() {
                data["burst"] = false.into();
                data["type"] = 0.into();
                data["user_id"] = user.into();
            }
            if name == "MESSAGE_REACTION_ADD" {
                let author = self.find(channel, id).map(|message| message.by().to_owned());
                data["message_author_id"] = json!(author);
                if let Some(member) = guild.and_then(|guild| self.member(&guild, user)) {
                    data["member"] = member;
                }
            }
        }
        self.tell(Event::new(name, intents, data));
    }

    pub fn tell_of_channel(&mut self, name: &str, id: &str) {
        let data = self.channel(id);
        self.tell(Event::new(name, GUILDS, data));
    }

    /// Whether the bot hears what goes on in a channel.
    fn hears(&self, channel: &str) -> bool {
        self.may(BOT_USER, channel, super::permission::VIEW_CHANNEL)
    }

    pub fn tell(&mut self, event: Event) {
        self.link.give(event);
    }

    /// What a session hears first.
    pub fn ready(&self, session: &str) -> Value {
        let unavailable = |id: &String| json!({ "id": id, "unavailable": true });
        let host = self.base.trim_start_matches("http://");
        json!({
            "v": 10, "user": self.own_user(), "session_id": session, "session_type": "normal",
            "guilds": self.guilds.keys().map(unavailable).collect::<Vec<_>>(),
            "resume_gateway_url": format!("ws://{host}/socket/resume"), "shard": [0, 1],
            "application": { "id": APP, "flags": self.application_flags() },
            "private_channels": [], "relationships": [], "geo_ordered_rtc_regions": [],
        })
    }

    /// The guilds, which follow on ready one by one.
    pub fn arrivals(&self, intents: u64) -> Vec<Event> {
        let guild = |id: &String| Event::new("GUILD_CREATE", GUILDS, self.whole_guild(id, intents));
        self.guilds.keys().map(guild).collect()
    }
}

impl Discord {
    /// Gives an event as it stands, whatever may be wrong with it, to every session.
    pub fn send_event(&self, name: &str, data: Value) {
        self.world.change(|state| state.tell(Event::new(name, 0, data)));
    }

    /// Writes a frame as it stands to every connection.
    pub fn send_frame(&self, frame: &str) {
        self.world.change(|state| state.link.tell_all(frame));
    }

    /// A thread that is put away, or put away and locked, or taken out again.
    pub fn shelve(&self, thread: &str, shelf: Shelf) {
        self.world.change(|state| {
            let Kind::Thread { is_archived, is_locked, .. } = &mut state.room(thread).kind else {
                panic!("{thread} is no thread")
            };
            *is_archived = shelf != Shelf::Open;
            *is_locked = shelf == Shelf::Locked;
            state.tell_of_channel("THREAD_UPDATE", thread);
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shelf {
    Open,
    Archived,
    Locked,
}
