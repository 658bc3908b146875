//! The same scenarios in Discord: what people say goes through the simulation, and so does what wilco says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tokio::task::JoinSet;

use wilco::app::App;
use wilco::chat::discord::api::Token;
use wilco::chat::discord::{Discord as Adapter, Options};

use super::hearing::Hearing;
use crate::sim::discord::{BOT_TOKEN, Discord, GUILD, Member, Message, User};
use crate::sim::plain_http::PATIENCE;

pub const CHANNEL: &str = "200000000000000001";
const EVERYBODY: [&str; 7] = ["ana", "ben", "mina", "carl", "dana", "dana2", "stranger"];

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
    /// As many events were set off since wilco listens.
    events: u64,
    /// How each message read when it was last looked at, by its id.
    messages: BTreeMap<String, String>,
}

impl DiscordRoom {
    /// Opens the channel, and rewrites the configuration so that it takes place there.
    pub async fn open(config: &Path) -> Self {
        let discord = Discord::open().await;
        discord.channel(GUILD, CHANNEL, "deploys");
        let people = config.join("people.toml");
        let text = fs::read_to_string(&people).unwrap();
        fs::write(&people, text.lines().map(|line| in_discord(line) + "\n").collect::<String>())
            .unwrap();
        let root = config.join("wilco.toml");
        let text = fs::read_to_string(&root).unwrap();
        let place = format!("[channel.deploys]\ndiscord = \"{CHANNEL}\"");
        let text = text.replace("[channel.deploys]\nconsole = \"deploys\"", &place);
        let url = discord.api_url();
        let table = format!("\n[discord]\nguilds = [\"{GUILD}\"]\napi_url = \"{url}\"\n");
        fs::write(&root, text + &table).unwrap();
        for name in EVERYBODY {
            discord.user(&user(name), User::named(name));
            discord.member(GUILD, &user(name), Member::default());
        }
        let (adapter, listening, heard) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { discord, config: config.to_owned(), adapter, listening, heard }
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
        let adapter = self.adapter();
        let (deliveries, catalog) = (app.deliveries.clone(), app.catalog.clone());
        let recall = app.recall.clone();
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
        self.heard.lock().unwrap().events = figures.borrow().taken;
    }

    pub async fn leave(&self) {
        let mut listening = std::mem::take(&mut *self.listening.lock().unwrap());
        listening.shutdown().await;
        self.discord.await_connections(0).await;
    }

    /// Says a line, or reacts where the console has a command for that.
    pub async fn say(&self, account: &str, line: &str) {
        let id = user(account);
        account.clone_into(&mut self.heard.lock().unwrap().speaker);
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["/react", sign, number] => {
                let card = self.card(number).id;
                // Whoever reacted already takes it away and puts it there again.
                if self.card(number).reacted(sign).contains(&id) {
                    self.expect(1);
                    self.discord.unreact(&id, (CHANNEL, &card), sign);
                }
                self.expect(1);
                self.discord.react(&id, (CHANNEL, &card), sign);
            }
            ["/unreact", sign, number] => {
                self.expect(1);
                self.discord.unreact(&id, (CHANNEL, &self.card(number).id), sign);
            }
            _ => {
                self.expect(1);
                self.discord.mention(&id, CHANNEL, line);
            }
        }
        self.await_taken().await;
    }

    /// Notes that so many more events are set off.
    pub fn expect(&self, events: u64) {
        self.heard.lock().unwrap().events += events;
    }

    /// Returns once every event that was set off was taken.
    pub async fn await_taken(&self) {
        let wanted = self.heard.lock().unwrap().events;
        let mut figures = self.adapter().figures();
        let taken = figures.wait_for(|figures| figures.taken >= wanted);
        let taken = tokio::time::timeout(PATIENCE, taken).await;
        assert!(taken.is_ok_and(|taken| taken.is_ok()), "what people did was not taken");
    }

    /// Returns the newest card of a deployment.
    pub fn card(&self, number: &str) -> Message {
        let wanted = number.trim_start_matches('#');
        let mut messages = self.discord.messages(CHANNEL);
        messages.retain(|message| self::number(message).as_deref() == Some(wanted));
        messages.pop().unwrap_or_else(|| panic!("there is no card {number}"))
    }

    /// Writes what is new as the console would have written it.
    pub fn hear(&self, hearing: &Hearing) {
        assert_eq!(self.discord.complaints(), Vec::<String>::new());
        let mut heard = self.heard.lock().unwrap();
        let speaker = heard.speaker.clone();
        let mut is_news = |message: &Message, text: &str| {
            let before = heard.messages.insert(message.id.clone(), text.to_owned());
            before.as_deref() != Some(text)
        };
        for said in self.discord.ephemerals(None, None) {
            let text = words(&said);
            if is_news(&said, &text) {
                hearing.add(addressed(&speaker, said.only_for.as_deref(), &text));
            }
        }
        for name in EVERYBODY {
            let Some(direct) = self.discord.direct(&user(name)) else { continue };
            for said in self.discord.messages(&direct) {
                let text = words(&said);
                if is_news(&said, &text) {
                    hearing.add(addressed(&speaker, Some(&user(name)), &text));
                }
            }
        }
        let messages = self.discord.messages(CHANNEL);
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for message in &messages {
            if let Some(number) = number(message) {
                newest.insert(number, message.id.clone());
            }
        }
        for message in &messages {
            let text = words(message);
            let is_news = is_news(message, &text);
            match number(message) {
                _ if !is_news => {}
                // What is out of date is not what the card reads now.
                Some(number) if newest[&number] != message.id => {}
                Some(_) => hearing.add(unescaped(&message.content) + "\n"),
                None if message.reply_to.is_some() => {
                    let to = message.waked.first().map(String::as_str);
                    hearing.add(addressed(&speaker, to, &text));
                }
                None => hearing.add(logged(&text)),
            }
        }
        for message in &messages {
            let Some((thread, _)) = self.discord.thread(&message.id) else { continue };
            for line in self.discord.messages(&thread) {
                let text = words(&line);
                if is_news(&line, &text) {
                    hearing.add(logged(&text));
                }
            }
        }
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

fn unescaped(text: &str) -> String {
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

/// Puts accounts of Discord in place of those of the console.
fn in_discord(line: &str) -> String {
    let Some(accounts) = line.strip_prefix("console = [") else { return line.to_owned() };
    let accounts = accounts
        .trim_end_matches(']')
        .split(", ")
        .map(|quoted| format!("\"{GUILD}/{}\"", user(quoted.trim_matches('"'))));
    format!("discord = [{}]", accounts.collect::<Vec<_>>().join(", "))
}
