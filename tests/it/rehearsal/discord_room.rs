//! The same scenarios in Discord: what people say goes through the simulation, and so does what wilco says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tokio::task::JoinSet;

use wilco::app::App;
use wilco::chat::discord::api::Token;
use wilco::chat::discord::{Discord as Adapter, Options};
use wilco::recall::Recall;

use super::hearing::Hearing;
use super::spot::{Channel, Spot};
use super::venue::Venue;
use crate::sim::discord::{
    BOT_TOKEN, Discord, Fault, GUILD, Gateway, Member, Message, Press, Times, User,
};
use crate::sim::plain_http::PATIENCE;

pub const CHANNEL: &str = "200000000000000001";
const EVERYBODY: [&str; 7] = ["ana", "ben", "mina", "carl", "dana", "dana2", "stranger"];

/// What wilco asks for, and what fails while Discord cannot be reached.
const OPERATIONS: [&str; 11] = [
    "create_message",
    "update_message",
    "get_message",
    "list_messages",
    "list_message_reactions_by_emoji",
    "add_my_message_reaction",
    "create_thread_from_message",
    "create_dm",
    "get_guild_member",
    "get_gateway",
    "get_bot_gateway",
];

/// A channel in Discord with everybody who speaks in a scenario.
pub struct DiscordRoom {
    pub discord: Discord,
    config: PathBuf,
    adapter: Mutex<Option<Adapter>>,
    listening: Mutex<JoinSet<()>>,
    heard: Mutex<Heard>,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    speaker: String,
    /// As many events were set off since wilco listens; `None` while it does not.
    events: Option<u64>,
    /// How each message read when it was last looked at, by its id.
    messages: BTreeMap<String, String>,
}

impl DiscordRoom {
    /// Opens the channels with everybody in them.
    pub async fn open(config: &Path) -> Self {
        let discord = Discord::open().await;
        for channel in Channel::ALL {
            discord.channel(GUILD, id(channel), channel.name());
        }
        for name in EVERYBODY {
            discord.user(&user(name), User::named(name));
            discord.member(GUILD, &user(name), Member::default());
        }
        let (adapter, listening, heard) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { discord, config: config.to_owned(), adapter, listening, heard }
    }

    /// Returns how the configuration names what is here.
    pub fn venue(&self) -> Venue {
        let url = self.discord.api_url();
        Venue {
            key: "discord",
            account: |name| format!("{GUILD}/{}", user(name)),
            channel: id,
            table: format!("[discord]\nguilds = [\"{GUILD}\"]\napi_url = \"{url}\"\n"),
        }
    }

    /// Returns wilco as it is in the guilds of the configuration.
    pub async fn connect(&self) -> Adapter {
        let configured = wilco::settings::load(&self.config).unwrap().discord.unwrap();
        let adapter = Adapter::open(Options {
            api_url: configured.api_url,
            token: Token::new(BOT_TOKEN),
            guilds: configured.guilds,
            prefix: configured.prefix,
        });
        let adapter = adapter.await.unwrap();
        *self.adapter.lock().unwrap() = Some(adapter.clone());
        adapter
    }

    /// Returns wilco as it was connected last.
    pub fn adapter(&self) -> Adapter {
        self.adapter.lock().unwrap().clone().unwrap()
    }

    /// Listens for the app, and returns once the connection is there and the commands are known.
    pub async fn listen(&self, app: &App) {
        self.listen_by(app, app.recall.clone()).await;
    }

    /// Listens, and knows by this of recent deployments.
    pub async fn listen_by(&self, app: &App, recall: Recall) {
        let adapter = self.adapter();
        let (deliveries, catalog) = (app.deliveries.clone(), app.catalog.clone());
        let ready = adapter.figures().borrow().connected;
        let mut figures = adapter.figures();
        self.listening
            .lock()
            .unwrap()
            .spawn(async move { adapter.listen(deliveries, recall, catalog).await });
        figures.wait_for(|figures| figures.connected > ready).await.unwrap();
        let is_known =
            |discord: &Discord| (!discord.commands(Some(GUILD)).is_empty()).then_some(());
        self.discord.until("the commands", is_known).await;
        self.heard.lock().unwrap().events = Some(figures.borrow().taken);
    }

    pub async fn leave(&self) {
        let mut listening = std::mem::take(&mut *self.listening.lock().unwrap());
        self.deafen();
        listening.shutdown().await;
        self.discord.await_connections(0).await;
    }

    /// Says a line in the channel, or reacts where the console has a command for that.
    pub async fn say(&self, account: &str, line: &str) {
        self.say_at(Spot::In(Channel::Deploys), account, line).await;
    }

    pub async fn say_at(&self, spot: Spot, account: &str, line: &str) {
        let user = user(account);
        self.speaks(account);
        let words: Vec<&str> = line.split(' ').collect();
        match (spot, &words[..]) {
            (Spot::In(channel), ["/react", sign, number]) => {
                let card = self.card_in(channel, number);
                let place = (id(channel), card.id.as_str());
                // Whoever reacted already takes it away and puts it there again.
                if card.reacted(sign).contains(&user) {
                    self.expect(1);
                    self.discord.unreact(&user, place, sign);
                }
                self.expect(1);
                self.discord.react(&user, place, sign);
            }
            (Spot::In(channel), ["/unreact", sign, number]) => {
                let card = self.card_in(channel, number);
                self.expect(1);
                self.discord.unreact(&user, (id(channel), &card.id), sign);
            }
            (Spot::In(channel), _) => {
                self.expect(1);
                self.discord.mention(&user, id(channel), line);
            }
            (Spot::Below(channel, number), _) => {
                let (thread, _) = self.thread_below(&self.card_in(channel, &number.to_string()));
                self.expect(1);
                self.discord.mention(&user, &thread, line);
            }
            (Spot::Alone, _) => {
                self.expect(1);
                self.discord.direct_message(&user, line);
            }
        }
        self.await_taken().await;
    }

    /// Notes who does something, so that it can be told from what is said to somebody else.
    pub fn speaks(&self, account: &str) {
        account.clone_into(&mut self.heard.lock().unwrap().speaker);
    }

    /// Notes that nobody hears what people do from now on.
    fn deafen(&self) {
        self.heard.lock().unwrap().events = None;
    }

    /// Has every request fail and no connection hold, as when Discord is down.
    pub async fn break_off(&self) {
        self.deafen();
        let down = Fault::Error { status: 503, code: 0, message: "down" };
        for operation in OPERATIONS {
            self.discord.fail(operation, down.clone(), Times::Always);
        }
        self.discord.gateway(Gateway::Closed);
        self.discord.expire_sessions();
        self.discord.cut_connections();
        self.discord.await_connections(0).await;
    }

    /// Takes that back, and returns once wilco is connected again.
    pub async fn mend(&self) {
        for operation in OPERATIONS {
            self.discord.heal(operation);
        }
        let mut figures = self.adapter().figures();
        let connected = figures.borrow().connected;
        self.discord.gateway(Gateway::Open);
        let again = figures.wait_for(|figures| figures.connected > connected);
        let again = tokio::time::timeout(PATIENCE, again).await;
        let taken = again.expect("it connects again").unwrap().taken;
        self.heard.lock().unwrap().events = Some(taken);
    }

    /// Notes that so many more events are set off.
    pub fn expect(&self, events: u64) {
        if let Some(known) = &mut self.heard.lock().unwrap().events {
            *known += events;
        }
    }

    /// Returns once every event that was set off was taken.
    pub async fn await_taken(&self) {
        let Some(wanted) = self.heard.lock().unwrap().events else { return };
        let mut figures = self.adapter().figures();
        let taken = figures.wait_for(|figures| figures.taken >= wanted);
        let taken = tokio::time::timeout(PATIENCE, taken).await;
        assert!(taken.is_ok_and(|taken| taken.is_ok()), "what people did was not taken");
    }

    /// Returns the newest card of a deployment.
    fn card_in(&self, channel: Channel, number: &str) -> Message {
        let wanted = number.trim_start_matches('#');
        let mut messages = self.discord.messages(id(channel));
        messages.retain(|message| self::number(message).as_deref() == Some(wanted));
        messages.pop().unwrap_or_else(|| panic!("there is no card {number}"))
    }

    fn thread_below(&self, card: &Message) -> (String, String) {
        self.discord.thread(&card.id).unwrap_or_else(|| panic!("no thread below {card:#?}"))
    }

    /// Writes what is new as the console would have written it.
    pub fn hear(&self, hearing: &Hearing) {
        self.hear_alone(hearing);
        self.hear_in(Channel::Deploys, hearing);
    }

    /// Writes what only one person sees.
    pub fn hear_alone(&self, hearing: &Hearing) {
        assert_eq!(self.discord.complaints(), Vec::<String>::new());
        let mut heard = self.heard.lock().unwrap();
        for said in self.discord.ephemerals(None, None) {
            let text = words(&said);
            if heard.is_news(&said, &text) {
                hearing.add(addressed(&heard.speaker, said.only_for.as_deref(), &text));
            }
        }
        for name in EVERYBODY {
            let Some(direct) = self.discord.direct(&user(name)) else { continue };
            for said in self.discord.messages(&direct) {
                let text = words(&said);
                if heard.is_news(&said, &text) {
                    hearing.add(addressed(&heard.speaker, Some(&user(name)), &text));
                }
            }
        }
    }

    /// Writes what everybody in a channel sees.
    pub fn hear_in(&self, channel: Channel, hearing: &Hearing) {
        let mut heard = self.heard.lock().unwrap();
        let messages = self.discord.messages(id(channel));
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for message in &messages {
            if let Some(number) = number(message) {
                newest.insert(number, message.id.clone());
            }
        }
        for message in &messages {
            let text = words(message);
            let is_news = heard.is_news(message, &text);
            match number(message) {
                _ if !is_news => {}
                // What is out of date is not what the card reads now.
                Some(number) if newest[&number] != message.id => {}
                Some(_) => hearing.add(unescaped(&message.content) + "\n"),
                None if message.reply_to.is_some() => {
                    let to = message.waked.first().map(String::as_str);
                    hearing.add(addressed(&heard.speaker, to, &text));
                }
                None if message.embeds[0]["title"].is_string() => {
                    hearing.add(unescaped(&message.content) + "\n");
                }
                None => hearing.add(logged(&text)),
            }
        }
        for message in &messages {
            let Some((thread, _)) = self.discord.thread(&message.id) else { continue };
            for line in self.discord.messages(&thread) {
                let text = words(&line);
                if !heard.is_news(&line, &text) {
                    continue;
                }
                let to = line.waked.first().map(String::as_str);
                hearing.add(match line.reply_to {
                    Some(_) => addressed(&heard.speaker, to, &text),
                    None => logged(&text),
                });
            }
        }
    }
}

impl DiscordRoom {
    /// Presses the button of the newest message in a channel that says what one could type instead.
    pub async fn press(&self, channel: Channel, account: &str, words: &str) {
        self.speaks(account);
        let messages = self.discord.messages(id(channel));
        let says = |message: &&Message| unescaped(&message.content).contains(words);
        let message = messages.iter().rfind(says).unwrap_or_else(|| panic!("no {words}"));
        let controls = message.controls();
        let custom_id = &controls.first().expect("it has a button").custom_id;
        self.expect(1);
        let (user, channel, message) = (&user(account), id(channel), &message.id);
        self.discord.press(Press { user, channel, message, custom_id });
        self.await_taken().await;
    }

    pub fn count(&self, channel: Channel) -> usize {
        self.discord.messages(id(channel)).len()
    }
}

impl Heard {
    /// Tells whether a message reads otherwise than before, and notes how it reads.
    fn is_news(&mut self, message: &Message, text: &str) -> bool {
        self.messages.insert(message.id.clone(), text.to_owned()).as_deref() != Some(text)
    }
}

fn id(channel: Channel) -> &'static str {
    match channel {
        Channel::Deploys => CHANNEL,
        Channel::Seoul => "200000000000000002",
        Channel::Random => "200000000000000003",
        Channel::Team => "200000000000000004",
    }
}

/// Returns whose card a message is.
pub fn number(message: &Message) -> Option<String> {
    let title = message.embeds[0]["title"].as_str()?;
    let (_, rest) = title.rsplit_once('#')?;
    Some(rest.chars().take_while(char::is_ascii_digit).collect())
}

fn addressed(speaker: &str, to: Option<&str>, text: &str) -> String {
    match to {
        Some(to) if user(speaker) != to => format!("(to {}) {text}\n", by_name(to)),
        Some(_) | None => format!("{text}\n"),
    }
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

/// Returns the words of a message: its text, and the embeds in which it goes on.
pub fn words(message: &Message) -> String {
    let embeds = message.embeds.as_array().into_iter().flatten();
    let more = embeds.filter_map(|embed| embed["description"].as_str());
    let all: Vec<&str> = std::iter::once(message.content.as_str()).chain(more).collect();
    unescaped(&all.join("\n"))
}

pub fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        plain.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    plain
}

/// Returns the user id of an account's name: two digits for each of its characters.
pub fn user(name: &str) -> String {
    let digits = |c: char| (u32::from(c) - 38).to_string();
    format!("90{}", name.chars().map(digits).collect::<String>())
}

/// Puts the name of an account in place of its id.
pub fn by_name(text: &str) -> String {
    // The id of one may be the beginning of another's.
    EVERYBODY.iter().rev().fold(text.to_owned(), |text, name| text.replace(&user(name), name))
}
