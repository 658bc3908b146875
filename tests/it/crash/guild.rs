//! People in the simulated Discord who do things at random, and what they were told is taken in.

use std::collections::BTreeSet;

use super::connected::{EVERYBODY, IN_DISCORD};
use super::premises::commit;
use super::random::Random;
use crate::rehearsal::discord_room::{number, user};
use crate::sim::discord::{Discord, GUILD, Member, Message, Press, Slash, User};

/// New deployments that wait for votes are asked for while fewer do.
const WAITING_MAX: usize = 6;

/// Who votes; ana asks.
pub const VOTERS: [&str; 2] = ["ben", "mina"];
const SIGN: &str = "✅";

/// Something that somebody did and Discord waits for.
struct Asked {
    interaction: String,
    /// Under this id it is on record.
    delivery: String,
    /// Of a deployment, the version, which nobody else asks for.
    version: Option<String>,
}

pub struct Guild {
    pub discord: Discord,
    asked: Vec<Asked>,
    /// Versions that somebody asked for in words.
    pub said: BTreeSet<String>,
    count: u64,
}

impl Guild {
    pub async fn open() -> Self {
        let discord = Discord::open().await;
        discord.channel(GUILD, IN_DISCORD, "deploys");
        for name in EVERYBODY {
            discord.user(&user(name), User::named(name));
            discord.member(GUILD, &user(name), Member::default());
        }
        Self { discord, asked: Vec::new(), said: BTreeSet::new(), count: 0 }
    }

    /// Has somebody do something.
    pub fn act(&mut self, random: &mut Random) {
        let waiting = self.waiting();
        match random.within(0..16) {
            0 | 1 => self.deploy_in_words(),
            2 | 3 => self.deploy_nothing(),
            4 => self.deploy(random, "staging"),
            5 | 6 if waiting.len() < WAITING_MAX => self.deploy(random, "prod"),
            5..=9 => self.react(random, &waiting),
            10 | 11 => self.press(random, &waiting, "wilco.approve"),
            12 => self.ask_about(random, &waiting, "approve"),
            13 => self.ask_about(random, &waiting, "cancel"),
            14 => self.press(random, &waiting, "wilco.reject"),
            _ => self.submit(),
        }
    }

    /// Returns how many interactions were answered.
    pub fn answered(&self) -> usize {
        self.acknowledged().count()
    }

    /// Returns the ids under which must be on record what people were told is taken in.
    pub fn deliveries(&self) -> Vec<String> {
        self.acknowledged().map(|asked| asked.delivery.clone()).collect()
    }

    /// Returns the versions for which people were told that it is taken in.
    pub fn versions(&self) -> BTreeSet<String> {
        self.acknowledged().filter_map(|asked| asked.version.clone()).collect()
    }

    /// Returns the cards on which votes are wanted.
    pub fn waiting(&self) -> Vec<Message> {
        let mut cards = self.discord.messages(IN_DISCORD);
        cards.retain(|card| control(card, "wilco.approve").is_some());
        cards
    }

    fn acknowledged(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| self.discord.acknowledged(&asked.interaction))
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn note(&mut self, kind: &str, interaction: String, version: Option<String>) {
        let delivery = format!("{kind}/{interaction}");
        self.asked.push(Asked { interaction, delivery, version });
    }

    /// A version that is nowhere: it is asked for, put on record, and over at once.
    fn nowhere(&mut self) -> String {
        format!("n{}-of-nobody", self.next())
    }

    fn deploy_in_words(&mut self) {
        let version = self.nowhere();
        let words = format!("deploy web@{version} to staging");
        self.discord.mention(&user("ana"), IN_DISCORD, &words);
        self.said.insert(version);
    }

    fn deploy_nothing(&mut self) {
        let version = self.nowhere();
        self.command("web", "staging", version);
    }

    fn deploy(&mut self, random: &mut Random, environment: &str) {
        let version = commit(self.next());
        if random.within(0..3) == 0 {
            let words = format!("deploy api@{version} to {environment}");
            self.discord.mention(&user("ana"), IN_DISCORD, &words);
            self.said.insert(version);
        } else {
            self.command("api", environment, version);
        }
    }

    fn command(&mut self, service: &str, environment: &str, version: String) {
        let options =
            [("service", service), ("environment", environment), ("version", version.as_str())];
        let interaction = self.slash("ana", "deploy", &options);
        self.note("slash", interaction, Some(version));
    }

    fn slash(&self, who: &str, command: &str, options: &[(&str, &str)]) -> String {
        self.discord.slash(Slash { user: &user(who), channel: IN_DISCORD, command, options })
    }

    /// Puts a reaction there or takes it away.
    fn react(&self, random: &mut Random, waiting: &[Message]) {
        let (Some(card), Some(who)) = (random.of(waiting), random.of(&VOTERS)) else { return };
        let (user, at) = (user(who), (IN_DISCORD, card.id.as_str()));
        if card.reacted(SIGN).contains(&user) {
            self.discord.unreact(&user, at, SIGN);
        } else {
            self.discord.react(&user, at, SIGN);
        }
    }

    fn press(&mut self, random: &mut Random, waiting: &[Message], begin: &str) {
        let (Some(card), Some(who)) = (random.of(waiting), random.of(&VOTERS)) else { return };
        let Some(custom_id) = control(card, begin) else { return };
        let (user, custom_id) = (user(who), custom_id.as_str());
        let press = Press { user: &user, channel: IN_DISCORD, message: &card.id, custom_id };
        let interaction = self.discord.press(press);
        self.note("press", interaction, None);
    }

    fn ask_about(&mut self, random: &mut Random, waiting: &[Message], command: &str) {
        let (Some(card), Some(who)) = (random.of(waiting), random.of(&VOTERS)) else { return };
        let deployment = format!("#{}", number(card).unwrap());
        let interaction = self.slash(who, command, &[("deployment", &deployment)]);
        self.note("slash", interaction, None);
    }

    /// Says why, where somebody is asked.
    fn submit(&mut self) {
        let Some(form) = self.discord.modals().pop() else { return };
        let reason = [("reason", "Not while this is being tested.")];
        let interaction = self.discord.submit(&form.interaction, &reason);
        self.note("reason", interaction, None);
    }
}

fn control(card: &Message, begin: &str) -> Option<String> {
    let mut controls = card.controls().into_iter();
    controls.find(|one| one.custom_id.starts_with(begin)).map(|one| one.custom_id)
}
