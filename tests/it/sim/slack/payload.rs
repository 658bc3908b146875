//! What Slack writes into events, commands and interactions.

use serde_json::{Value, json};

use super::state::{Message, State};
use super::{APP, BOT_USER, COMMAND, TEAM};

/// The old token that Slack still sends and nobody shall trust.
const VERIFICATION: &str = "verification-is-outdated";
const DOMAIN: &str = "example";

/// Who reacted to what, with what.
#[derive(Clone, Copy)]
pub struct Reaction<'a> {
    pub user: &'a str,
    pub channel: &'a str,
    pub ts: &'a str,
    pub name: &'a str,
}

impl State {
    /// Wraps an event as the Events API does.
    pub fn event(&mut self, event: &Value) -> Value {
        let event_id = format!("Ev{:09}", self.next());
        json!({
            "token": VERIFICATION, "team_id": TEAM, "context_team_id": TEAM,
            "context_enterprise_id": null, "api_app_id": APP, "event": event,
            "type": "event_callback", "event_id": event_id, "event_time": 1_700_000_000,
            "authorizations": [{
                "enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false, "event_context": format!("4-{event_id}"),
        })
    }

    /// The fields of a slash command.
    pub fn command(&mut self, user: &str, channel: &str, text: &str) -> Value {
        let answers = super::state::ResponseUrl::of(channel, user, None);
        let response_url = self.new_response_url("commands", answers);
        let trigger_id = self.new_trigger(user);
        let channel_name = self.channel_name(channel);
        let user_name = self.user_name(user);
        json!({
            "token": VERIFICATION, "team_id": TEAM, "team_domain": DOMAIN, "channel_id": channel,
            "channel_name": channel_name, "user_id": user, "user_name": user_name,
            "command": COMMAND, "text": text, "api_app_id": APP, "is_enterprise_install": "false",
            "response_url": response_url, "trigger_id": trigger_id,
        })
    }

    /// What every interaction says of who, where and when.
    pub fn interaction(&mut self, kind: &str, user: &str) -> Value {
        let name = self.user_name(user);
        let trigger_id = self.new_trigger(user);
        json!({
            "type": kind, "api_app_id": APP, "token": VERIFICATION, "enterprise": null,
            "is_enterprise_install": false, "trigger_id": trigger_id,
            "team": { "id": TEAM, "domain": DOMAIN },
            "user": { "id": user, "username": name, "name": name, "team_id": TEAM },
        })
    }

    pub fn channel_name(&self, channel: &str) -> String {
        match self.channels.get(channel) {
            Some(channel) if channel.with.is_none() => channel.name.clone(),
            _ => "directmessage".to_owned(),
        }
    }

    fn user_name(&self, user: &str) -> String {
        let user = self.users.get(user).unwrap_or_else(|| panic!("there is no user {user}"));
        user.name.clone()
    }
}

/// A direct message, of a person or of the bot itself.
pub fn message(channel: &str, message: &Message) -> Value {
    let mut event = message.shown();
    event["channel"] = channel.into();
    event["channel_type"] = "im".into();
    event["event_ts"] = message.ts.as_str().into();
    event
}

pub fn mention(channel: &str, message: &Message, event_ts: &str) -> Value {
    let mut event = message.shown();
    event["type"] = "app_mention".into();
    event["channel"] = channel.into();
    event["event_ts"] = event_ts.into();
    event
}

/// A direct message that says something else now.
pub fn changed(channel: &str, before: &Value, after: &Value, event_ts: &str) -> Value {
    json!({
        "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel,
        "channel_type": "im", "message": after, "previous_message": before, "ts": event_ts,
        "event_ts": event_ts,
    })
}

/// A direct message that is gone.
pub fn deleted(channel: &str, before: &Value, event_ts: &str) -> Value {
    json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel,
        "channel_type": "im", "deleted_ts": before["ts"], "previous_message": before,
        "ts": event_ts, "event_ts": event_ts,
    })
}

pub fn reaction(kind: &str, reaction: &Reaction<'_>, item_user: &str, event_ts: &str) -> Value {
    json!({
        "type": kind, "user": reaction.user, "reaction": reaction.name, "item_user": item_user,
        "item": { "type": "message", "channel": reaction.channel, "ts": reaction.ts },
        "event_ts": event_ts,
    })
}

pub fn home_opened(user: &str, channel: &str, event_ts: &str) -> Value {
    json!({
        "type": "app_home_opened", "user": user, "channel": channel, "tab": "home",
        "event_ts": event_ts,
    })
}
