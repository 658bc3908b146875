//! Reactions over REST. Source: Message, "Create Reaction" and "Get Reactions".

use super::BOT_USER;
use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::number;
use super::permission::{ADD_REACTIONS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY};
use super::place::page;
use super::state::State;

/// Emojis on one message. Source: Opcodes and Status Codes, JSON error code 30010.
const EMOJIS: usize = 20;
/// Users of a page.
const PAGE: usize = 25;
const PAGE_MAX: usize = 100;

impl State {
    /// Where a reaction is to be, and what it is.
    fn reacts(&self, call: &Call) -> Result<(String, String, String), Refusal> {
        let emoji = call.part("emoji_name");
        self.emoji(emoji)?;
        let message = self.stands(call)?;
        self.is_open(&message.channel)?;
        self.allowed(&message.channel, READ_MESSAGE_HISTORY)?;
        Ok((message.channel.clone(), message.id.clone(), emoji.to_owned()))
    }

    pub fn add_own_reaction(&mut self, call: &Call) -> Answer {
        let (channel, id, emoji) = self.reacts(call)?;
        let message = self.stands(call)?;
        let is_there = !message.reacted(&emoji).is_empty();
        let count = message.reactions.len();
        if !is_there {
            self.allowed(&channel, ADD_REACTIONS)?;
            if count >= EMOJIS {
                return Err(Refusal::new(400, 30_010, "Maximum number of reactions reached (20)"));
            }
        }
        if self.said(&channel, &id).add(&emoji, BOT_USER) {
            self.tell_of_reaction(
                "MESSAGE_REACTION_ADD",
                (&channel, &id),
                Some((BOT_USER, &emoji)),
            );
        }
        Ok(Reply::Empty)
    }

    pub fn delete_reaction(&mut self, call: &Call, user: &str) -> Answer {
        let (channel, id, emoji) = self.reacts(call)?;
        if user != BOT_USER {
            self.allowed(&channel, MANAGE_MESSAGES)?;
        }
        if self.said(&channel, &id).remove(&emoji, user) {
            self.tell_of_reaction("MESSAGE_REACTION_REMOVE", (&channel, &id), Some((user, &emoji)));
        }
        Ok(Reply::Empty)
    }

    pub fn delete_emoji(&mut self, call: &Call) -> Answer {
        let (channel, id, emoji) = self.reacts(call)?;
        self.allowed(&channel, MANAGE_MESSAGES)?;
        self.clear_emoji(&channel, &id, &emoji);
        Ok(Reply::Empty)
    }

    pub fn clear_emoji(&mut self, channel: &str, id: &str, emoji: &str) {
        self.said(channel, id).reactions.retain(|(known, _)| known != emoji);
        self.tell_of_reaction("MESSAGE_REACTION_REMOVE_EMOJI", (channel, id), Some(("", emoji)));
    }

    pub fn delete_all_reactions(&mut self, call: &Call) -> Answer {
        let message = self.stands(call)?;
        let (channel, id) = (message.channel.clone(), message.id.clone());
        self.allowed(&channel, MANAGE_MESSAGES)?;
        self.clear_reactions(&channel, &id);
        Ok(Reply::Empty)
    }

    pub fn clear_reactions(&mut self, channel: &str, id: &str) {
        self.said(channel, id).reactions.clear();
        self.tell_of_reaction("MESSAGE_REACTION_REMOVE_ALL", (channel, id), None);
    }

    /// Everybody behind an emoji, in the order of their ids.
    pub fn list_reactions(&self, call: &Call) -> Answer {
        let emoji = call.part("emoji_name");
        self.emoji(emoji)?;
        let message = self.stands(call)?;
        self.allowed(&message.channel, READ_MESSAGE_HISTORY)?;
        let limit = call.limit(PAGE, (1, PAGE_MAX))?;
        let after = call.asked("after").map_or(0, number);
        let users = match call.asked("type") {
            None | Some("0") => message.reacted(emoji),
            Some("1") => message.super_reacted(emoji),
            Some(kind) => return Err(Refusal::new(400, 50_035, &format!("type: {kind}"))),
        };
        Ok(Reply::Body(page(users, after, limit, |id| self.user(id))))
    }
}
