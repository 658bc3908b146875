//! A simulated Discord in which half of the people send `/whoami` and the others press a button of a card.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::load::{Act, CHANNELS, Did, PEOPLE, Seen, Town};
use crate::place::Joined;
use crate::sim::discord::{self, Discord, GUILD, Member, Press, Slash, User, What};

const COMMAND: &str = "whoami";
/// By this the button is found that is pressed; what follows is each bot's own.
pub const BUTTON: &str = "wilco.approve";
/// Heartbeats come more often than Discord asks for, since by them the simulation knows what to forget.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What people do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Commands,
    Presses,
    /// Whoever has an even number sends commands.
    Both,
}

/// What a bot says to a command when the first answer was given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Nothing: the first answer says it all.
    AtOnce,
    /// The first answer is replaced by what came of it.
    Replaces,
}

pub struct DiscordTown {
    pub discord: Discord,
    pub doing: Doing,
    reply: Reply,
    seen: UnboundedReceiver<discord::Seen>,
    /// The card of each channel with its button.
    cards: Vec<(String, String)>,
}

impl DiscordTown {
    pub async fn open(reply: Reply) -> Self {
        let discord = Discord::open_unrecorded().await;
        discord.heartbeat_interval(HEARTBEAT);
        for number in 0..CHANNELS {
            discord.channel(GUILD, &channel(number), &format!("deploys{number}"));
        }
        for number in 0..PEOPLE {
            discord.user(&user(number), User::named(&format!("person{number}")));
            discord.member(GUILD, &user(number), Member::default());
        }
        let seen = discord.tap();
        Self { discord, doing: Doing::Both, reply, seen, cards: Vec::new() }
    }

    /// Returns what a configuration says that is in it.
    pub fn joined(&self) -> Joined {
        let accounts = (0..PEOPLE).map(|number| format!("\"{GUILD}/{}\"", user(number))).collect();
        let api_url = self.discord.api_url();
        let table = format!("\n[discord]\nguilds = [\"{GUILD}\"]\napi_url = \"{api_url}\"\n");
        Joined { platform: "discord", accounts, table }
    }

    fn commands(&self, act: Act) -> bool {
        match self.doing {
            Doing::Commands => true,
            Doing::Presses => false,
            Doing::Both => act.person.is_multiple_of(2),
        }
    }
}

impl Town for DiscordTown {
    async fn arrived(&self) {
        self.discord.await_connections(1).await;
        let has_commands = |one: &Discord| {
            let commands = one.commands(Some(GUILD));
            commands.iter().any(|command| command["name"] == COMMAND).then_some(())
        };
        self.discord.until("the commands", has_commands).await;
    }

    /// Asks for a deployment in every channel, which nobody who asks may approve.
    async fn prepare(&mut self) {
        for number in 0..CHANNELS {
            let words =
                format!("deploy s{number}@4f2c91a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6 to prod");
            self.discord.mention(&user(0), &channel(number), &words);
            let button = |one: &Discord| {
                let messages = one.messages(&channel(number));
                let mut buttons = messages.iter().flat_map(|message| {
                    let controls = message.controls().into_iter();
                    controls.map(|control| (message.id.clone(), control.custom_id))
                });
                buttons.find(|(_, custom_id)| custom_id.starts_with(BUTTON))
            };
            self.cards.push(self.discord.until("a card with a button", button).await);
        }
    }

    async fn act(&self, act: Act) {
        let (user, channel) = (user(act.person), channel(act.channel));
        if self.commands(act) {
            let (user, channel) = (user.as_str(), channel.as_str());
            self.discord.slash(Slash { user, channel, command: COMMAND, options: &[] });
        } else {
            let (message, custom_id) = &self.cards[act.channel];
            let (user, channel) = (user.as_str(), channel.as_str());
            self.discord.press(Press { user, channel, message, custom_id });
        }
    }

    async fn seen(&mut self) -> Seen {
        loop {
            let discord::Seen { what, user, at } =
                self.seen.recv().await.expect("the town is there");
            let person = number(&user);
            let is_command = self.commands(Act { person, channel: 0 });
            let did = match what {
                What::Answered => Did::Acknowledged,
                // The first answer only repeats what was asked.
                What::Told if is_command && self.reply == Reply::Replaces => continue,
                What::Told | What::Replaced => Did::Told,
            };
            return Seen { did, person, at };
        }
    }

    fn forget(&self, open: usize) {
        // An interaction that is forgotten can no longer be answered.
        if open == 0 {
            self.discord.forget();
        }
    }
}

/// People and channels are numbered behind these.
const USERS: u64 = 500_000_000_000_000_000;
const PLACES: u64 = 600_000_000_000_000_000;

fn user(number: usize) -> String {
    (USERS + number as u64).to_string()
}

fn channel(number: usize) -> String {
    (PLACES + number as u64).to_string()
}

fn number(user: &str) -> usize {
    usize::try_from(user.parse::<u64>().unwrap() - USERS).unwrap()
}
