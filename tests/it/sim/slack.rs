//! A simulated Slack on this machine: its Web API, Socket Mode and signed requests, with people who talk.
//!
//! It keeps what was said, refuses what Slack refuses, and fails in the ways in which Slack fails when told to.

mod answer;
mod blocks;
mod chat;
mod deliver;
mod fault;
mod payload;
mod people;
mod place;
mod press;
mod reaction;
mod respond;
mod server;
mod signed;
mod socket;
mod state;
mod tap;
mod view;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

pub use super::orders::Times;
pub use fault::{Disconnect, Fault};
pub use press::Press;
pub use signed::Forgery;
pub use state::{Ephemeral, Message, User};
pub use tap::{Seen, What};

use super::sent::Record;
use super::world::{self, Keeper};
use state::{Channel, State};

pub const TEAM: &str = "T0123456789";
pub const BOT_USER: &str = "U0WILCO000";
pub const BOT: &str = "B0WILCO000";
pub const APP: &str = "A0WILCO000";
pub const BOT_TOKEN: &str = "xoxb-wilco-test";
pub const APP_TOKEN: &str = "xapp-wilco-test";
pub const COMMAND: &str = "/wilco";

/// A handle; the server ends with the last one.
#[derive(Clone)]
pub struct Slack {
    world: Arc<World>,
    _keeper: Arc<Keeper>,
}

/// What the handles and the server share.
type World = world::World<State>;

impl Slack {
    /// A workspace that keeps what it is sent where `WILCO_SENT` says.
    pub async fn open() -> Slack {
        Slack::open_with(Record::open("slack")).await
    }

    /// One for tests of the simulation itself, whose requests are not wilco's and wrong on purpose.
    pub async fn open_unrecorded() -> Slack {
        Slack::open_with(Record::none("slack")).await
    }

    async fn open_with(record: Record) -> Slack {
        let (world, keeper) = world::open(|base| State::new(base, record), server::serve).await;
        Slack { world, _keeper: keeper }
    }

    /// Where the Web API is, without a slash at its end.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.world.base)
    }

    /// A person, or a changed one.
    pub fn user(&self, id: &str, user: User) {
        self.world.change(|state| state.users.insert(id.to_owned(), user));
    }

    /// A channel with everybody in it, and perhaps the bot; called again it only changes these two.
    pub fn channel(&self, id: &str, name: &str, bot: Bot) {
        self.world.change(|state| {
            let channel = state.channels.entry(id.to_owned()).or_insert_with(Channel::default);
            name.clone_into(&mut channel.name);
            channel.bot = bot;
        });
    }

    pub fn archive(&self, channel: &str) {
        self.world.change(|state| state.room(channel).is_archived = true);
    }

    /// Shares a channel with another organisation.
    pub fn share(&self, channel: &str) {
        self.world.change(|state| state.room(channel).is_shared = true);
    }

    pub fn leave(&self, user: &str, channel: &str) {
        self.world.change(|state| state.room(channel).absent.insert(user.to_owned()));
    }

    /// What the bot's token may do; everything that wilco asks for, unless told.
    pub fn scopes(&self, scopes: &[&str]) {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.world.change(|state| state.scopes = scopes);
    }

    /// The bot's own messages as they stand, the oldest first.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let mut all = self.conversation(channel);
        all.retain(|message| message.user == BOT_USER);
        all
    }

    /// Everybody's messages as they stand, the oldest first.
    pub fn conversation(&self, channel: &str) -> Vec<Message> {
        self.world.look(|state| state.room(channel).messages.clone())
    }

    /// What only one person saw, in one channel or for one person, or all.
    pub fn ephemerals(&self, channel: Option<&str>, user: Option<&str>) -> Vec<Ephemeral> {
        let mut all = self.world.look(|state| state.ephemerals.clone());
        all.retain(|one| channel.is_none_or(|channel| one.channel == channel));
        all.retain(|one| user.is_none_or(|user| one.user == user));
        all
    }

    /// The modals that are open, the oldest first.
    pub fn views(&self) -> Vec<Value> {
        self.world.look(|state| state.views.values().map(|open| open.view.clone()).collect())
    }

    /// The home tab that was published for a person.
    pub fn home(&self, user: &str) -> Option<Value> {
        self.world.look(|state| state.homes.get(user).cloned())
    }

    /// The arguments of every call of a method; `response_url` is one too.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let is_it = |call: &&(String, Value)| call.0 == method;
        self.world
            .look(|state| state.calls.iter().filter(is_it).map(|call| call.1.clone()).collect())
    }

    /// What Slack would have let pass and nobody wants.
    pub fn complaints(&self) -> Vec<String> {
        self.world.look(|state| state.complaints.clone())
    }

    /// Counts whatever happens here.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.changes()
    }

    /// Waits for a thing, and fails with its name when it does not come.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Slack) -> Option<T>) -> T {
        world::until(what, self.changes(), || look(self)).await
    }

    /// Gives events that nobody acknowledged again after that time, three times at most.
    pub fn redeliver_after(&self, delay: Duration) {
        self.world.change(|state| state.redeliver_after = Some(delay));
    }
}

/// Whether the bot is in a channel.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Bot {
    #[default]
    In,
    Out,
}
