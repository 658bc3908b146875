//! The real app in the simulated Discord: commands, buttons, forms, and what goes wrong there.

mod commands;
mod faults;
mod guilds;
mod hearing;
mod languages;
mod late;
mod leaving;
mod left;
mod news;
mod offering;
mod order;
mod posting;
mod registering;
mod rereading;
mod token;
mod who;

use crate::rehearsal::discord_room::{self, CHANNEL, DiscordRoom, user};
use crate::rehearsal::record;
use crate::rehearsal::stage::{On, Stage};
use crate::sim::discord::{Discord, Message, Press, Slash};

/// A channel in Discord with wilco and everybody else in it.
struct Scene {
    stage: Stage,
    discord: Discord,
}

impl Scene {
    async fn open() -> Self {
        let stage = Stage::open(On::Discord, "deploys", &[]).await;
        stage.settle().await;
        let discord = stage.discord_room().discord.clone();
        Self { stage, discord }
    }

    fn room(&self) -> &DiscordRoom {
        self.stage.discord_room()
    }

    /// Starts anew with these lines of wilco.toml.
    async fn with(&mut self, settings: &[&str]) {
        self.stage.stop().await;
        for setting in settings {
            self.stage.set(setting);
        }
        self.stage.start().await.unwrap();
        self.stage.settle().await;
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
        let mut messages = self.discord.messages(CHANNEL);
        let id = id.to_string();
        messages.retain(|message| discord_room::number(message).as_deref() == Some(id.as_str()));
        messages
    }

    /// Sends a command off, and returns the interaction once everything is at rest.
    async fn slash(&self, account: &str, command: &str, options: &[(&str, &str)]) -> String {
        self.room().expect(1);
        let user = user(account);
        let slash = Slash { user: &user, channel: CHANNEL, command, options };
        let interaction = self.discord.slash(slash);
        self.stage.settle().await;
        interaction
    }

    /// Presses the button of a card that begins so, and returns the interaction.
    async fn press(&self, account: &str, message: &Message, begin: &str) -> String {
        let controls = message.controls();
        let found = controls.iter().find(|control| control.custom_id.starts_with(begin));
        let found = found.unwrap_or_else(|| panic!("no {begin} in {:#}", message.components));
        self.room().expect(1);
        let (user, custom_id) = (user(account), found.custom_id.as_str());
        let press = Press { user: &user, channel: CHANNEL, message: &message.id, custom_id };
        let interaction = self.discord.press(press);
        self.stage.settle().await;
        interaction
    }

    /// Returns what only this person sees, the oldest first.
    fn whispers(&self, account: &str) -> Vec<String> {
        let all = self.discord.ephemerals(Some(CHANNEL), Some(&user(account)));
        all.iter().map(discord_room::words).collect()
    }

    /// Ends the connection, as a network that is down would.
    async fn go_away(&self) {
        self.room().leave().await;
    }

    /// Connects again, and returns once the reactions were read anew.
    async fn come_back(&self) {
        self.room().listen(self.stage.app()).await;
        self.stage.settle().await;
    }
}
