//! `reactions.*`, and what a reaction of anybody does to a message.

use serde_json::{Value, json};

use super::answer::{Answer, Args};
use super::place::cut_users;
use super::state::{Message, State};
use super::{BOT_USER, payload};
use crate::sim::reactions;

impl Message {
    /// Returns whether it is new.
    pub fn add(&mut self, name: &str, user: &str) -> bool {
        reactions::add(&mut self.reactions, name, user)
    }

    /// Returns whether it was there.
    pub fn remove(&mut self, name: &str, user: &str) -> bool {
        reactions::remove(&mut self.reactions, name, user)
    }
}

impl State {
    pub fn add_reaction(&mut self, args: &Args) -> Answer {
        let name = emoji(args)?;
        let message = self.named(args, "timestamp")?;
        if !message.add(&name, BOT_USER) {
            return Err("already_reacted".into());
        }
        self.tell_of_own("reaction_added", args, &name);
        Ok(json!({}))
    }

    pub fn remove_reaction(&mut self, args: &Args) -> Answer {
        let name = emoji(args)?;
        let message = self.named(args, "timestamp")?;
        if !message.remove(&name, BOT_USER) {
            return Err("no_reaction".into());
        }
        self.tell_of_own("reaction_removed", args, &name);
        Ok(json!({}))
    }

    /// A bot hears of its own reactions too.
    fn tell_of_own(&mut self, kind: &str, args: &Args, name: &str) {
        let (Some(channel), Some(ts)) = (args.text("channel"), args.text("timestamp")) else {
            return;
        };
        let event = self.reacted(kind, payload::Reaction { user: BOT_USER, channel, ts, name });
        self.to_give.push_back(event);
    }

    pub fn reactions(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let mut shown = self.named(args, "timestamp")?.shown();
        if !args.is_set("full") {
            for reaction in shown["reactions"].as_array_mut().into_iter().flatten() {
                cut_users(reaction);
            }
        }
        Ok(json!({ "type": "message", "channel": channel, "message": shown }))
    }

    /// The event of a reaction.
    pub fn reacted(&mut self, kind: &str, reaction: payload::Reaction<'_>) -> Value {
        let item_user = self.said(reaction.channel, reaction.ts).user.clone();
        let event_ts = self.next_ts();
        let event = payload::reaction(kind, &reaction, &item_user, &event_ts);
        self.event(&event)
    }
}

/// Names are letters, digits and `_ + - '`, perhaps with a skin tone.
fn emoji(args: &Args) -> Result<String, super::answer::Refusal> {
    let name = args.needed("name")?;
    let plain = name.split_once("::skin-tone-").map_or(name, |(plain, _)| plain);
    let is_plain = plain.chars().all(|c| c.is_ascii_alphanumeric() || "_+-'".contains(c));
    if is_plain { Ok(name.to_owned()) } else { Err("invalid_name".into()) }
}
