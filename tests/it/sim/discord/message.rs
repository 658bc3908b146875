//! A message as it stands, and as it is shown to people and to the bot.

use serde_json::{Value, json};

use super::clock::{self, number};
use super::state::State;
use super::{APP, BOT_USER, payload};
use crate::sim::reactions::{self, Reactions};

/// Flags of a message. Source: Message, "Message Flags".
pub const HAS_THREAD: u64 = 1 << 5;
pub const EPHEMERAL: u64 = 1 << 6;
pub const LOADING: u64 = 1 << 7;

#[derive(Clone, Debug)]
pub enum Author {
    User(String),
    /// It writes under a name of its own, and is no user.
    Webhook {
        id: String,
        name: String,
    },
}

/// A message as it stands.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub channel: String,
    pub author: Author,
    pub content: String,
    /// Lists, which may be empty.
    pub embeds: Value,
    pub components: Value,
    pub flags: u64,
    pub edits: usize,
    /// When it was edited last, as Discord writes times.
    pub edited_at: Option<String>,
    /// Emojis with who stands behind them, in the order in which they came.
    pub reactions: Reactions,
    /// The same for super reactions.
    pub supers: Reactions,
    pub reply_to: Option<String>,
    /// The channel and id of a message that was passed on in this one.
    pub forwards: Option<(String, String)>,
    /// Who was waked by it: ids of users and roles, and `everyone`.
    pub waked: Vec<String>,
    /// Who alone sees it.
    pub only_for: Option<String>,
    /// Of the interaction that it answers.
    pub interaction: Option<String>,
    pub nonce: Value,
}

/// A button or a menu of a message.
#[derive(Clone, Debug)]
pub struct Control {
    pub custom_id: String,
    pub label: String,
    pub style: u64,
    pub is_disabled: bool,
    /// As it was sent.
    pub whole: Value,
}

impl Message {
    /// A message that says a text and no more.
    pub fn of(author: Author, id: String, channel: &str, content: &str) -> Message {
        Message {
            id,
            channel: channel.to_owned(),
            author,
            content: content.to_owned(),
            embeds: json!([]),
            components: json!([]),
            flags: 0,
            edits: 0,
            edited_at: None,
            reactions: Vec::new(),
            supers: Vec::new(),
            reply_to: None,
            forwards: None,
            waked: Vec::new(),
            only_for: None,
            interaction: None,
            nonce: Value::Null,
        }
    }

    /// The account that wrote it; a webhook's id is one too.
    pub fn by(&self) -> &str {
        match &self.author {
            Author::User(id) | Author::Webhook { id, .. } => id,
        }
    }

    pub fn is_ephemeral(&self) -> bool {
        self.only_for.is_some()
    }

    /// Its buttons and menus, in the order in which they stand.
    pub fn controls(&self) -> Vec<Control> {
        let rows = self.components.as_array().into_iter().flatten();
        let all = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.map(|control| Control {
            custom_id: text(&control["custom_id"]),
            label: text(&control["label"]),
            style: control["style"].as_u64().unwrap_or_default(),
            is_disabled: control["disabled"] == true,
            whole: control.clone(),
        })
        .collect()
    }

    /// The message as people see it: without characters that have no width.
    pub fn seen(mut self) -> Message {
        self.content.retain(|c| !matches!(c, '\u{200b}' | '\u{2060}'));
        self
    }

    /// Everything that can be read in it, one part a line.
    pub fn words(&self) -> String {
        let mut words = vec![self.content.as_str()];
        let text = |value: &'_ Value| -> Option<String> { value.as_str().map(str::to_owned) };
        let mut parts = Vec::new();
        for embed in self.embeds.as_array().into_iter().flatten() {
            parts.extend(text(&embed["author"]["name"]));
            parts.extend(text(&embed["title"]));
            parts.extend(text(&embed["description"]));
            for field in embed["fields"].as_array().into_iter().flatten() {
                parts.extend(text(&field["name"]));
                parts.extend(text(&field["value"]));
            }
            parts.extend(text(&embed["footer"]["text"]));
        }
        words.extend(parts.iter().map(String::as_str));
        words.retain(|part| !part.is_empty());
        words.join("\n")
    }

    /// Who reacted with an emoji.
    pub fn reacted(&self, emoji: &str) -> &[String] {
        let found = self.reactions.iter().find(|(known, _)| known == emoji);
        found.map_or(&[], |(_, users)| users)
    }

    /// Who super-reacted with an emoji.
    pub fn super_reacted(&self, emoji: &str) -> &[String] {
        let found = self.supers.iter().find(|(known, _)| known == emoji);
        found.map_or(&[], |(_, users)| users)
    }

    /// Returns whether it is new.
    pub fn add(&mut self, emoji: &str, user: &str) -> bool {
        reactions::add(&mut self.reactions, emoji, user)
    }

    /// Returns whether it was there.
    pub fn remove(&mut self, emoji: &str, user: &str) -> bool {
        reactions::remove(&mut self.reactions, emoji, user)
    }
}

impl State {
    /// A message as Discord tells of it to somebody who may read all of it.
    pub fn shown(&self, message: &Message) -> Value {
        let mut shown = self.shown_alone(message);
        if let Some(id) = &message.reply_to {
            shown["type"] = 19.into();
            shown["message_reference"] = json!({
                "type": 0, "message_id": id, "channel_id": message.channel,
                "guild_id": self.guild_of(&message.channel),
            });
            let replied = self.find(&message.channel, id);
            shown["referenced_message"] = replied.map_or(Value::Null, |one| self.shown_alone(one));
        }
        if let Some((channel, id)) = &message.forwards {
            shown["message_reference"] = json!({
                "type": 1, "message_id": id, "channel_id": channel, "guild_id": self.guild_of(channel),
            });
            let passed_on = self.find(channel, id).map(|one| self.shown_alone(one));
            shown["message_snapshots"] = passed_on.iter().map(snapshot).collect();
        }
        shown
    }

    fn shown_alone(&self, message: &Message) -> Value {
        let waked = message.waked.iter().filter(|who| *who != "everyone");
        let (users, roles): (Vec<_>, Vec<_>) = waked.partition(|id| self.users.contains_key(*id));
        let users: Vec<_> = users.into_iter().map(|id| self.user(id)).collect();
        let mut shown = json!({
            "id": message.id, "channel_id": message.channel, "type": 0, "content": message.content,
            "timestamp": clock::made(&message.id), "tts": false,
            "edited_timestamp": message.edited_at,
            "mention_everyone": message.waked.iter().any(|who| who == "everyone"),
            "mentions": users, "mention_roles": roles, "attachments": [], "embeds": message.embeds,
            "components": message.components, "pinned": false, "flags": message.flags,
        });
        match &message.author {
            Author::User(id) => shown["author"] = self.user(id),
            Author::Webhook { id, name } => {
                shown["author"] = payload::webhook(id, name);
                shown["webhook_id"] = id.as_str().into();
            }
        }
        if message.by() == BOT_USER {
            shown["application_id"] = APP.into();
        }
        if let Some(interaction) =
            message.interaction.as_ref().and_then(|id| self.interactions.get(id))
        {
            shown["webhook_id"] = APP.into();
            shown["interaction_metadata"] = self.metadata(interaction);
        }
        if !message.nonce.is_null() {
            shown["nonce"] = message.nonce.clone();
        }
        let mut emojis: Vec<&String> = Vec::new();
        for (emoji, _) in message.reactions.iter().chain(&message.supers) {
            if !emojis.contains(&emoji) {
                emojis.push(emoji);
            }
        }
        if !emojis.is_empty() {
            shown["reactions"] = emojis.iter().map(|one| self.reaction(message, one)).collect();
        }
        if message.flags & HAS_THREAD != 0 && self.channels.contains_key(&message.id) {
            shown["thread"] = self.channel(&message.id);
        }
        shown
    }

    /// The same without what the bot may not read of other people's messages.
    pub fn veiled(&self, message: &Message) -> Value {
        let mut shown = self.shown(message);
        if !self.is_for_bot(message) {
            veil(&mut shown);
            let inside = shown.get_mut("message_snapshots").and_then(Value::as_array_mut);
            for inside in inside.into_iter().flatten() {
                veil(&mut inside["message"]);
            }
        }
        let replied = message.reply_to.as_ref().and_then(|id| self.find(&message.channel, id));
        if replied.is_some_and(|replied| !self.is_for_bot(replied)) {
            veil(&mut shown["referenced_message"]);
        }
        shown
    }

    /// Its own messages, direct ones and those that name it are the bot's to read in any case.
    /// Source: Gateway, "Message Content Intent".
    fn is_for_bot(&self, message: &Message) -> bool {
        message.by() == BOT_USER
            || self.guild_of(&message.channel).is_none()
            || message.waked.iter().any(|id| id == BOT_USER)
    }

    /// A message as the bot may read it over REST. The nonce is told to whoever sent it, and no more.
    /// Source: Message, "Message Object": it is for validating that a message was sent.
    pub fn read(&self, message: &Message) -> Value {
        let may_read = self.privileged & super::event::MESSAGE_CONTENT != 0;
        let mut read = if may_read { self.shown(message) } else { self.veiled(message) };
        read.as_object_mut().and_then(|fields| fields.remove("nonce"));
        read
    }

    fn reaction(&self, message: &Message, emoji: &str) -> Value {
        let (users, supers) = (message.reacted(emoji), message.super_reacted(emoji));
        json!({
            "count": users.len() + supers.len(),
            "count_details": { "burst": supers.len(), "normal": users.len() },
            "me": users.iter().any(|user| user == BOT_USER), "me_burst": false,
            "emoji": self.emoji(emoji).unwrap_or_default(), "burst_colors": [],
        })
    }

    pub fn find(&self, channel: &str, id: &str) -> Option<&Message> {
        // What is looked for is mostly new.
        self.channels.get(channel)?.messages.iter().rfind(|message| message.id == id)
    }

    /// Puts a message where it belongs; the order is that of the ids.
    pub fn keep(&mut self, message: Message) {
        let messages = &mut self.room(&message.channel).messages;
        let at = messages.partition_point(|known| number(&known.id) < number(&message.id));
        messages.insert(at, message);
    }
}

/// Whom a text wakes: users, roles and `everyone`, as far as it may.
pub fn waked(content: &str, allowed: &Value) -> Vec<String> {
    let parses = |kind: &str| {
        allowed.is_null()
            || allowed["parse"].as_array().is_some_and(|all| all.iter().any(|k| k == kind))
    };
    let lists = |kind: &str, id: &str| {
        allowed[kind].as_array().is_some_and(|ids| ids.iter().any(|known| known == id))
    };
    let mut waked = Vec::new();
    for (kind, begin) in [("users", "<@"), ("roles", "<@&")] {
        let ids = named(content, begin).into_iter();
        waked.extend(ids.filter(|id| parses(kind) || lists(kind, id)));
    }
    if parses("everyone") && (content.contains("@everyone") || content.contains("@here")) {
        waked.push("everyone".to_owned());
    }
    waked
}

/// Ids in a text that are written between such a beginning and `>`.
fn named(text: &str, begin: &str) -> Vec<String> {
    let parts = text.split(begin).skip(1);
    let ids =
        parts.filter_map(|part| part.split_once('>')).map(|(id, _)| id.trim_start_matches('!'));
    let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
    ids.filter(is_id).map(str::to_owned).collect()
}

/// A message as it is told of inside another: without who wrote it, and without its id.
fn snapshot(message: &Value) -> Value {
    let parts = [
        "type",
        "content",
        "embeds",
        "attachments",
        "timestamp",
        "edited_timestamp",
        "flags",
        "mentions",
        "mention_roles",
        "components",
    ];
    let told = parts.iter().map(|&part| (part.to_owned(), message[part].clone()));
    json!({ "message": Value::Object(told.collect()) })
}

fn veil(shown: &mut Value) {
    shown["content"] = "".into();
    for part in ["embeds", "components", "attachments"] {
        shown[part] = json!([]);
    }
}
