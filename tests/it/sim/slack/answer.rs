//! The Web API: who may call what, with which arguments, and what the answer looks like.

use serde_json::{Map, Value, json};

use super::state::State;
use super::{APP_TOKEN, BOT, BOT_TOKEN, BOT_USER, TEAM};

/// Why Slack does not do it.
#[derive(Debug)]
pub struct Refusal {
    pub error: String,
    /// What stands beside the error.
    pub more: Value,
}

impl From<&str> for Refusal {
    fn from(error: &str) -> Refusal {
        Refusal { error: error.to_owned(), more: json!({}) }
    }
}

impl From<String> for Refusal {
    fn from(error: String) -> Refusal {
        Refusal { error, more: json!({}) }
    }
}

impl Refusal {
    /// An error with its reasons in `response_metadata`.
    pub fn because(error: &str, reasons: &[String]) -> Refusal {
        let messages: Vec<_> = reasons.iter().map(|reason| format!("[ERROR] {reason}")).collect();
        let more = json!({ "response_metadata": { "messages": messages } });
        Refusal { error: error.to_owned(), more }
    }
}

pub type Answer = Result<Value, Refusal>;

/// Arguments from the query, a form or JSON: in the first two everything is a text.
#[derive(Clone, Default)]
pub struct Args(pub Map<String, Value>);

impl Args {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || {
            let reason = format!("missing required field: {name} [json-pointer:/{name}]");
            Refusal::because("invalid_arguments", &[reason])
        };
        self.text(name).ok_or_else(missing)
    }

    pub fn is_set(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(is_set)) => *is_set,
            Some(Value::String(text)) => text == "true" || text == "1",
            _ => false,
        }
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        let value = self.0.get(name)?;
        value
            .as_u64()
            .and_then(|number| number.try_into().ok())
            .or_else(|| value.as_str()?.parse().ok())
    }

    /// Something with parts, which a form carries as JSON in a text.
    pub fn parts(&self, name: &str) -> Option<Value> {
        match self.0.get(name) {
            None | Some(Value::Null) => None,
            Some(value @ Value::String(text)) => {
                Some(serde_json::from_str(text).unwrap_or_else(|_| value.clone()))
            }
            Some(value) => Some(value.clone()),
        }
    }
}

/// What a token must be allowed for a method; none means any token will do.
fn scope(method: &str, channel: &str) -> Option<&'static str> {
    let is_direct = channel.starts_with('D');
    match method {
        "chat.postMessage" | "chat.update" | "chat.postEphemeral" | "chat.delete" => {
            Some("chat:write")
        }
        "conversations.history" | "conversations.replies" if is_direct => Some("im:history"),
        "conversations.history" | "conversations.replies" => Some("channels:history"),
        "conversations.info" if is_direct => Some("im:read"),
        "conversations.info" => Some("channels:read"),
        "conversations.open" => Some("im:write"),
        "reactions.add" | "reactions.remove" => Some("reactions:write"),
        "reactions.get" => Some("reactions:read"),
        "users.info" => Some("users:read"),
        "team.info" => Some("team:read"),
        _ => None,
    }
}

impl State {
    /// Does what a method does, and gives its answer with `ok`.
    pub fn answer(&mut self, method: &str, token: Option<&str>, args: &Args) -> Value {
        let answer = self.admit(method, token, args).and_then(|()| self.carry_out(method, args));
        match answer {
            Ok(mut answer) => {
                answer["ok"] = true.into();
                answer
            }
            Err(Refusal { error, mut more }) => {
                more["ok"] = false.into();
                more["error"] = error.into();
                more
            }
        }
    }

    fn admit(&self, method: &str, token: Option<&str>, args: &Args) -> Result<(), Refusal> {
        let expected = if method == "apps.connections.open" { APP_TOKEN } else { BOT_TOKEN };
        match token {
            None => return Err("not_authed".into()),
            Some(token) if token == expected => {}
            Some(BOT_TOKEN | APP_TOKEN) => return Err("not_allowed_token_type".into()),
            Some(_) => return Err("invalid_auth".into()),
        }
        let Some(needed) = scope(method, args.text("channel").unwrap_or_default()) else {
            return Ok(());
        };
        if self.scopes.iter().any(|scope| scope == needed) {
            return Ok(());
        }
        let more = json!({ "needed": needed, "provided": self.scopes.join(",") });
        Err(Refusal { error: "missing_scope".to_owned(), more })
    }

    fn carry_out(&mut self, method: &str, args: &Args) -> Answer {
        match method {
            "auth.test" => Ok(json!({
                "url": "https://example.slack.com/", "team": "Example", "user": "wilco",
                "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false,
            })),
            "apps.connections.open" => self.open_link().map_err(Refusal::from),
            "chat.postMessage" => self.post_message(args),
            "chat.postEphemeral" => self.post_ephemeral(args),
            "chat.update" => self.update_message(args),
            "chat.delete" => self.delete_own(args),
            "chat.getPermalink" => self.permalink(args),
            "conversations.history" => self.history(args),
            "conversations.replies" => self.replies(args),
            "conversations.info" => self.channel_info(args),
            "conversations.open" => self.open_direct(args),
            "reactions.add" => self.add_reaction(args),
            "reactions.remove" => self.remove_reaction(args),
            "reactions.get" => self.reactions(args),
            "users.info" => self.user_info(args),
            "team.info" => Ok(json!({ "team": {
                "id": TEAM, "name": "Example", "domain": "example", "email_domain": "",
                "url": "https://example.slack.com/",
            } })),
            "views.open" => self.open_view(args),
            "views.update" => self.update_view(args),
            "views.publish" => self.publish_home(args),
            _ => {
                self.complaints.push(format!("{method} was called, which nobody needs"));
                Err("unknown_method".into())
            }
        }
    }
}
