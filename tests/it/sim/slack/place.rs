//! `conversations.*` and `users.info`: what can be read about places and people.

use serde_json::{Value, json};

use super::TEAM;
use super::answer::{Answer, Args};
use super::state::{Message, State};

/// A page without a limit.
const PAGE: usize = 100;

/// So many of those behind a reaction are named in passing; Slack promises no number.
const NAMED: usize = 3;

impl State {
    pub fn history(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let is_in_channel = |message: &&Message| {
            message.thread_ts.as_ref().is_none_or(|thread| *thread == message.ts)
        };
        let messages = self.room(&channel).messages.iter().filter(is_in_channel);
        let messages = messages.rev().filter(|message| is_within(args, message));
        Ok(page(args, messages))
    }

    pub fn replies(&mut self, args: &Args) -> Answer {
        let channel = self.entered(args)?;
        let thread = args.needed("ts")?;
        let messages = &self.room(&channel).messages;
        if !messages.iter().any(|message| message.ts == thread) {
            return Err("thread_not_found".into());
        }
        let is_in_thread = |message: &&Message| {
            message.ts == thread || message.thread_ts.as_deref() == Some(thread)
        };
        let messages = messages.iter().filter(is_in_thread);
        // The first message of a thread is always there.
        let messages = messages.filter(|message| message.ts == thread || is_within(args, message));
        Ok(page(args, messages))
    }

    pub fn channel_info(&mut self, args: &Args) -> Answer {
        let id = args.needed("channel")?;
        let Some(channel) = self.channels.get(id) else { return Err("channel_not_found".into()) };
        let mut info = json!({
            "id": id, "created": 1_700_000_000, "is_archived": channel.is_archived, "is_private": false,
            "is_ext_shared": channel.is_shared,
            "is_channel": channel.with.is_none(), "is_im": channel.with.is_some(),
            "is_member": channel.bot == super::Bot::In, "context_team_id": TEAM,
        });
        match &channel.with {
            Some(user) => info["user"] = user.as_str().into(),
            None => info["name"] = channel.name.as_str().into(),
        }
        Ok(json!({ "channel": info }))
    }

    pub fn open_direct(&mut self, args: &Args) -> Answer {
        let users = args.needed("users")?.to_owned();
        if !self.users.contains_key(&users) {
            return Err("user_not_found".into());
        }
        let channel = self.direct(&users);
        Ok(json!({ "channel": { "id": channel }, "no_op": false, "already_open": false }))
    }

    pub fn user_info(&mut self, args: &Args) -> Answer {
        let id = args.needed("user")?;
        let Some(user) = self.users.get(id) else { return Err("user_not_found".into()) };
        Ok(json!({ "user": {
            "id": id, "team_id": user.team_id, "name": user.name, "real_name": user.name,
            "deleted": user.deleted, "is_bot": user.is_bot, "is_app_user": false,
            "is_restricted": user.is_restricted, "is_ultra_restricted": user.is_ultra_restricted,
            "is_stranger": user.is_stranger, "is_admin": false, "is_owner": false,
            "tz": "Asia/Seoul", "updated": 1_700_000_000,
            "profile": { "display_name": user.name, "real_name": user.name, "team": user.team_id },
        } }))
    }
}

/// Timestamps compare as texts, since all are of one length.
fn is_within(args: &Args, message: &Message) -> bool {
    let is_inclusive = args.is_set("inclusive");
    let after = args
        .text("oldest")
        .is_none_or(|oldest| message.ts.as_str() > oldest || is_inclusive && message.ts == oldest);
    let before = args
        .text("latest")
        .is_none_or(|latest| message.ts.as_str() < latest || is_inclusive && message.ts == latest);
    after && before
}

fn page<'a>(args: &Args, messages: impl Iterator<Item = &'a Message>) -> Value {
    let limit = args.number("limit").unwrap_or(PAGE).clamp(1, 999);
    let from = args.text("cursor").and_then(|cursor| cursor.strip_prefix("page:")?.parse().ok());
    let from: usize = from.unwrap_or(0);
    let all: Vec<_> = messages.collect();
    let shown = all.iter().skip(from).take(limit).map(|message| in_passing(args, message));
    let shown: Vec<Value> = shown.collect();
    let has_more = from + shown.len() < all.len();
    let cursor = if has_more { format!("page:{}", from + limit) } else { String::new() };
    json!({
        "messages": shown, "has_more": has_more,
        "response_metadata": { "next_cursor": cursor },
    })
}

/// A message in a list: metadata only for who asks, and not everybody behind a reaction.
fn in_passing(args: &Args, message: &Message) -> Value {
    let mut shown = message.shown();
    if args.is_set("include_all_metadata") && !message.metadata.is_null() {
        shown["metadata"] = message.metadata.clone();
    }
    for reaction in shown["reactions"].as_array_mut().into_iter().flatten() {
        cut_users(reaction);
    }
    shown
}

/// Leaves the first few names; the count stays.
pub fn cut_users(reaction: &mut Value) {
    if let Some(users) = reaction["users"].as_array_mut() {
        users.truncate(NAMED);
    }
}
