//! `chat.*`: what the bot says, says better, and takes back.

use serde_json::{Value, json};

use super::answer::{Answer, Args, Refusal};
use super::payload;
use super::state::{Ephemeral, Message, State};
use super::tap::What;
use super::{BOT_USER, blocks};

const TEXT_MAX: usize = 40_000;

/// What a message says.
pub struct Content {
    pub text: String,
    /// Null when there are none.
    pub blocks: Value,
}

impl Content {
    /// Reads and checks what a message shall say.
    pub fn of(args: &Args) -> Result<Content, Refusal> {
        let text = args.text("text").unwrap_or_default().to_owned();
        let blocks = args.parts("blocks").unwrap_or_default();
        let is_empty = blocks.as_array().is_some_and(Vec::is_empty);
        if text.trim().is_empty() && (blocks.is_null() || is_empty) {
            return Err("no_text".into());
        }
        if text.chars().count() > TEXT_MAX {
            return Err("msg_too_long".into());
        }
        if !blocks.is_null() {
            blocks::check_message(&blocks)?;
        }
        Ok(Content { text, blocks })
    }
}

impl State {
    /// The channel that a call names, if the bot is in it.
    pub fn entered(&mut self, args: &Args) -> Result<String, Refusal> {
        let channel = args.needed("channel")?.to_owned();
        if !self.channels.contains_key(&channel) {
            return Err("channel_not_found".into());
        }
        if !self.is_in(BOT_USER, &channel) {
            return Err("not_in_channel".into());
        }
        Ok(channel)
    }

    pub fn post_message(&mut self, args: &Args) -> Answer {
        let content = Content::of(args)?;
        let to = args.needed("channel")?;
        let channel =
            if self.users.contains_key(to) { self.direct(to) } else { self.entered(args)? };
        let thread_ts = args.text("thread_ts").map(str::to_owned);
        if let Some(thread) = &thread_ts
            && !self.room(&channel).messages.iter().any(|message| message.ts == *thread)
        {
            return Err("thread_not_found".into());
        }
        let mut message = Message::of(BOT_USER, self.next_ts(), &content.text);
        message.thread_ts = thread_ts;
        message.blocks = content.blocks;
        message.metadata = args.parts("metadata").unwrap_or_default();
        Ok(self.post(&channel, message))
    }

    /// Puts a message of the bot into a channel.
    pub fn post(&mut self, channel: &str, message: Message) -> Value {
        let shown = message.shown();
        if self.room(channel).with.is_some() {
            // A bot hears itself in direct messages.
            let event = payload::message(channel, &message);
            let event = self.event(&event);
            self.to_give.push_back(event);
        }
        self.room(channel).messages.push(message);
        json!({ "channel": channel, "ts": shown["ts"], "message": shown })
    }

    pub fn post_ephemeral(&mut self, args: &Args) -> Answer {
        let content = Content::of(args)?;
        let channel = self.entered(args)?;
        let user = args.needed("user")?.to_owned();
        if !self.is_in(&user, &channel) {
            return Err("user_not_in_channel".into());
        }
        let thread_ts = args.text("thread_ts").map(str::to_owned);
        let ts = self.whisper(Ephemeral {
            ts: String::new(),
            channel,
            user,
            thread_ts,
            text: content.text,
            blocks: content.blocks,
        });
        Ok(json!({ "message_ts": ts }))
    }

    /// Shows something to one person, under a timestamp of its own.
    pub fn whisper(&mut self, mut ephemeral: Ephemeral) -> String {
        ephemeral.ts = self.next_ts();
        let ts = ephemeral.ts.clone();
        self.tap.tell(What::Told, &ephemeral.user);
        self.ephemerals.push(ephemeral);
        ts
    }

    /// A message in the channel that a call names.
    pub fn named(&mut self, args: &Args, ts: &str) -> Result<&mut Message, Refusal> {
        let channel = self.entered(args)?;
        let ts = args.needed(ts)?;
        let message = self.room(&channel).messages.iter_mut().find(|message| message.ts == ts);
        message.ok_or_else(|| "message_not_found".into())
    }

    pub fn update_message(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let message = self.named(args, "ts")?;
        if message.user != BOT_USER {
            return Err("cant_update_message".into());
        }
        let content = Content::of(args)?;
        let before = message.shown();
        message.revise(content);
        if let Some(metadata) = args.parts("metadata") {
            let is_empty = metadata.as_object().is_some_and(serde_json::Map::is_empty);
            message.metadata = if is_empty { Value::Null } else { metadata };
        }
        let shown = message.shown();
        if self.room(&channel).with.is_some() {
            let event_ts = self.next_ts();
            let event = payload::changed(&channel, &before, &shown, &event_ts);
            let event = self.event(&event);
            self.to_give.push_back(event);
        }
        let (text, ts) = (&shown["text"], &shown["ts"]);
        Ok(json!({ "channel": channel, "ts": ts, "text": text, "message": shown }))
    }

    pub fn delete_own(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let message = self.named(args, "ts")?;
        if message.user != BOT_USER {
            return Err("cant_delete_message".into());
        }
        let ts = message.ts.clone();
        self.room(&channel).messages.retain(|message| message.ts != ts);
        Ok(json!({ "channel": channel, "ts": ts }))
    }

    pub fn permalink(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let message = self.named(args, "message_ts")?;
        let link = format!(
            "https://example.slack.com/archives/{channel}/p{}",
            message.ts.replace('.', "")
        );
        Ok(json!({ "channel": channel, "permalink": link }))
    }

    /// Complains of a text that would wake everybody in the channel.
    pub fn listen_for_shouts(&mut self, method: &str, args: &Args) {
        let mut texts = Vec::new();
        for name in ["text", "markdown_text"] {
            texts.extend(args.text(name).map(str::to_owned));
        }
        for name in ["blocks", "attachments", "view"] {
            gather_texts(&args.parts(name).unwrap_or_default(), &mut texts);
        }
        for text in texts {
            if ["<!channel", "<!here", "<!everyone"].iter().any(|shout| text.contains(shout)) {
                self.complaints.push(format!("{method} wakes everybody: {text}"));
            }
        }
    }
}

impl Message {
    /// Blocks that are not named stay.
    pub fn revise(&mut self, content: Content) {
        self.text = content.text;
        if !content.blocks.is_null() {
            let is_empty = content.blocks.as_array().is_some_and(Vec::is_empty);
            self.blocks = if is_empty { Value::Null } else { content.blocks };
        }
        self.edits += 1;
    }
}

/// Everything in blocks that people read.
fn gather_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather_texts(item, texts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text)
                        if ["text", "fallback", "pretext", "title", "alt_text"]
                            .contains(&name.as_str()) =>
                    {
                        texts.push(text.clone());
                    }
                    _ => gather_texts(value, texts),
                }
            }
        }
        _ => {}
    }
}
