//! A simulated Discord on this machine: its REST API and its gateway, both v10, with people who talk.
//!
//! It keeps what was said, refuses what Discord refuses, and fails in the ways in which Discord fails when told to.
//! Pages named as sources are those of Discord's documentation for developers.

mod act;
mod answer;
mod chat;
mod check;
mod clock;
mod command;
mod controls;
mod event;
mod fault;
mod gateway;
mod interaction;
mod link;
mod manifest;
mod message;
mod payload;
mod people;
mod permission;
mod place;
mod reaction;
mod rest;
mod route;
mod server;
mod state;
mod tap;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

pub use super::orders::Times;
pub use act::{Press, Slash};
pub use event::{GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT, Shelf};
pub use fault::{Fault, Gateway, Hearing, Resumable};
pub use message::Message;
pub use permission::{
    ADD_REACTIONS, ADMINISTRATOR, CREATE_PUBLIC_THREADS, EMBED_LINKS, EVERYONE, MANAGE_MESSAGES,
    MANAGE_THREADS, Overwrite, READ_MESSAGE_HISTORY, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
};
pub use state::{Member, Role, User};
pub use tap::{Seen, What};

use super::sent::Record;
use super::world::{self, Keeper};
use gateway::AUTHENTICATION_FAILED;
use state::{Channel, Kind, State};

/// The application, which is not the same as its user.
pub const APP: &str = "900000000000000001";
pub const BOT_USER: &str = "900000000000000002";
pub const BOT_TOKEN: &str = "OTAwMDAwMDAwMDAwMDAwMDAy.wilco.test";
/// The guild that is always there, with the bot in it.
pub const GUILD: &str = "700000000000000001";
/// The role that the bot got there with its invitation.
pub const BOT_ROLE: &str = "700000000000000002";

/// Why Discord would not take a message; `None` where it would.
pub fn refuses(message: &Value) -> Option<Value> {
    check::message(message, "", check::Act::Create).err().map(|refusal| refusal.body())
}

/// Why Discord would not open a modal; `None` where it would.
pub fn refuses_modal(modal: &Value) -> Option<Value> {
    controls::modal(modal).err().map(|refusal| refusal.body())
}

/// A handle; the server ends with the last one.
#[derive(Clone)]
pub struct Discord {
    world: Arc<World>,
    _keeper: Arc<Keeper>,
}

/// What the handles and the server share.
type World = world::World<State>;

impl Discord {
    /// A Discord that keeps what it is sent where `WILCO_SENT` says.
    pub async fn open() -> Discord {
        Discord::open_with(Record::open("discord")).await
    }

    /// One that keeps it in this folder.
    pub async fn open_keeping(folder: &Path) -> Discord {
        Discord::open_with(Record::within("discord", folder)).await
    }

    /// One for tests of the simulation itself, whose requests are not wilco's and wrong on purpose.
    pub async fn open_unrecorded() -> Discord {
        Discord::open_with(Record::none("discord")).await
    }

    async fn open_with(record: Record) -> Discord {
        let (world, keeper) = world::open(|base| State::new(base, record), server::serve).await;
        Discord { world, _keeper: keeper }
    }

    /// What stands in place of `https://discord.com`, without a slash at its end.
    pub fn api_url(&self) -> String {
        self.world.base.clone()
    }

    /// A person or another bot, or a changed one; in no guild yet.
    pub fn user(&self, id: &str, user: User) {
        clock::number(id);
        self.world.change(|state| state.users.insert(id.to_owned(), user));
    }

    /// Another guild that the bot is in.
    pub fn guild(&self, id: &str, name: &str) {
        clock::number(id);
        self.world.change(|state| {
            state.found(id, name);
            for guild in state.arrivals(GUILD_MEMBERS) {
                if guild.data["id"] == id {
                    state.tell(guild);
                }
            }
        });
    }

    /// A text channel that everybody in the guild sees; called again it only changes the name.
    pub fn channel(&self, guild: &str, id: &str, name: &str) {
        clock::number(id);
        self.world.change(|state| {
            let is_new = !state.channels.contains_key(id);
            let kind = Kind::Text { guild: guild.to_owned() };
            let channel =
                state.channels.entry(id.to_owned()).or_insert_with(|| Channel::new(kind, name));
            name.clone_into(&mut channel.name);
            state.tell_of_channel(if is_new { "CHANNEL_CREATE" } else { "CHANNEL_UPDATE" }, id);
        });
    }

    /// Makes a channel one of another type, by Discord's number for it: 2 is voice, 4 a category.
    pub fn channel_type(&self, id: &str, number: u8) {
        self.world.change(|state| state.room(id).number = number);
    }

    /// Somebody makes a new token in the developer portal: the one that was is worth nothing any more.
    pub fn reset_token(&self) {
        self.world.change(|state| {
            state.has_other_token = true;
            state.link.close_all(AUTHENTICATION_FAILED);
        });
    }

    /// What a channel gives to or takes from somebody, or a role; a guild's id is everybody.
    pub fn overwrite(&self, channel: &str, whose: &str, overwrite: Overwrite) {
        self.world.change(|state| {
            state.room(channel).overwrites.insert(whose.to_owned(), overwrite);
            state.tell_of_channel("CHANNEL_UPDATE", channel);
        });
    }

    /// An emoji of a guild's own.
    pub fn emoji(&self, guild: &str, id: &str, name: &str) {
        self.world.change(|state| state.house(guild).emojis.insert(id.to_owned(), name.to_owned()));
    }

    /// Which privileged intents are switched on for the application; none, unless told.
    pub fn privileged_intents(&self, intents: u64) {
        self.world.change(|state| state.privileged = intents);
    }

    /// The bot's own messages that everybody sees, as they stand, the oldest first.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let mut all = self.conversation(channel);
        all.retain(|message| message.by() == BOT_USER);
        all
    }

    /// Everybody's messages as people see them now, the oldest first.
    pub fn conversation(&self, channel: &str) -> Vec<Message> {
        let mut all = self.world.look(|state| state.room(channel).messages.clone());
        all.retain(|message| !message.is_ephemeral());
        all.into_iter().map(Message::seen).collect()
    }

    /// What only one person saw, in one channel or for one person, or all.
    pub fn ephemerals(&self, channel: Option<&str>, user: Option<&str>) -> Vec<Message> {
        let mut all: Vec<Message> = self.world.look(|state| {
            let messages = state.channels.values().flat_map(|channel| &channel.messages);
            messages.filter(|message| message.is_ephemeral()).cloned().collect()
        });
        all.retain(|one| channel.is_none_or(|channel| one.channel == channel));
        all.retain(|one| user.is_none_or(|user| one.only_for.as_deref() == Some(user)));
        all.sort_by_key(|one| clock::number(&one.id));
        all
    }

    /// The thread that hangs on a message, if there is one: its id and name. Look into it by its id.
    pub fn thread(&self, message: &str) -> Option<(String, String)> {
        self.world.look(|state| {
            let thread = state.channels.get(message)?;
            Some((message.to_owned(), thread.name.clone()))
        })
    }

    /// The commands of a guild, or those of all guilds under no name.
    pub fn commands(&self, guild: Option<&str>) -> Vec<Value> {
        let scope = guild.unwrap_or_default();
        self.world.look(|state| state.commands.get(scope).cloned().unwrap_or_default())
    }

    /// Every request of an operation: `body`, `query` and the parts of the path.
    pub fn calls(&self, operation: &str) -> Vec<Value> {
        let is_it = |call: &&(String, Value)| call.0 == operation;
        self.world
            .look(|state| state.calls.iter().filter(is_it).map(|call| call.1.clone()).collect())
    }

    /// Where the bot said that it is writing.
    pub fn is_typing(&self, channel: &str) -> bool {
        self.world.look(|state| state.typing.contains(channel))
    }

    /// Answers with 401, 403 and 429: ten thousand in ten minutes block an address.
    pub fn refused_requests(&self) -> usize {
        self.world.look(|state| state.refused)
    }

    /// What Discord would have let pass and nobody wants.
    pub fn complaints(&self) -> Vec<String> {
        self.world.look(|state| state.complaints.clone())
    }

    /// Counts whatever happens here.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.changes()
    }

    /// Waits for a thing, and fails with its name when it does not come.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Discord) -> Option<T>) -> T {
        world::until(what, self.changes(), || look(self)).await
    }
}
