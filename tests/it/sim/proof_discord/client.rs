//! Plain requests, as wilco's library makes them.

use std::io;

use serde_json::{Value, json};

use crate::sim::discord::{BOT_TOKEN, Discord};
use crate::sim::plain_http::{Request, Response, send};

/// Asks with the bot's token; a null body is none.
pub async fn ask(discord: &Discord, method: &str, path: &str, body: Value) -> Response {
    try_ask(discord, method, path, body).await.unwrap()
}

pub async fn try_ask(
    discord: &Discord,
    method: &str,
    path: &str,
    body: Value,
) -> io::Result<Response> {
    ask_as(discord, Some(BOT_TOKEN), (method, path), body).await
}

pub async fn ask_as(
    discord: &Discord,
    token: Option<&str>,
    (method, path): (&str, &str),
    body: Value,
) -> io::Result<Response> {
    let url = format!("{}/api/v10{path}", discord.api_url());
    let authorisation = token.map(|token| ("authorization".to_owned(), format!("Bot {token}")));
    let mut headers: Vec<_> = authorisation.into_iter().collect();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    if !body.is_empty() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    send(&Request { method, url: &url, headers, body }).await
}

pub async fn read(discord: &Discord, path: &str) -> Value {
    ask(discord, "GET", path, Value::Null).await.json()
}

/// Posts a message, with whom it may wake said, and returns the answer.
pub async fn post(discord: &Discord, channel: &str, mut message: Value) -> Response {
    if message["allowed_mentions"].is_null() {
        message["allowed_mentions"] = json!({ "parse": [] });
    }
    ask(discord, "POST", &format!("/channels/{channel}/messages"), message).await
}

/// Posts a text and returns the message's id.
pub async fn say(discord: &Discord, channel: &str, text: &str) -> String {
    let answer = post(discord, channel, json!({ "content": text })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Registers commands in the guild.
pub async fn register(discord: &Discord, commands: Value) -> Response {
    let path = format!(
        "/applications/{}/guilds/{}/commands",
        crate::sim::discord::APP,
        crate::sim::discord::GUILD
    );
    ask(discord, "PUT", &path, commands).await
}

/// Answers an interaction; nobody needs a token of the bot for that.
pub async fn respond(discord: &Discord, interaction: &str, kind: u64, data: Value) -> Response {
    let token = discord.token_of(interaction);
    let path = format!("/interactions/{interaction}/{token}/callback");
    ask_as(discord, None, ("POST", &path), json!({ "type": kind, "data": data })).await.unwrap()
}

/// A request about the messages that answer an interaction.
pub async fn follow(
    discord: &Discord,
    interaction: &str,
    (method, message): (&str, &str),
    body: Value,
) -> Response {
    let token = discord.token_of(interaction);
    let path = format!("/webhooks/{}/{token}{message}", crate::sim::discord::APP);
    ask_as(discord, None, (method, &path), body).await.unwrap()
}

/// A row with a button.
pub fn button(custom_id: &str, label: &str) -> Value {
    json!({ "type": 2, "style": 3, "label": label, "custom_id": custom_id })
}

pub fn row(controls: &Value) -> Value {
    json!({ "type": 1, "components": controls })
}

/// A value with one field changed; the place is written `/options/0/name`.
pub fn with(mut value: Value, place: &str, new: Value) -> Value {
    match value.pointer_mut(place) {
        Some(old) => *old = new,
        None => {
            let (parent, name) = place.rsplit_once('/').unwrap();
            value.pointer_mut(parent).unwrap()[name] = new;
        }
    }
    value
}

/// The first fault of a refused body: where, and its code.
pub fn fault(answer: &Response) -> (String, String) {
    fn first(value: &Value, place: &str) -> Option<(String, String)> {
        for (name, inner) in value.as_object()? {
            if name == "_errors" {
                return Some((place.to_owned(), inner[0]["code"].as_str()?.to_owned()));
            }
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            if let Some(found) = first(inner, &place) {
                return Some(found);
            }
        }
        None
    }
    let body = answer.json();
    assert_eq!((answer.status, &body["code"]), (400, &json!(50_035)), "{}", answer.body);
    first(&body["errors"], "").unwrap_or_else(|| panic!("no fault in {body:#}"))
}
