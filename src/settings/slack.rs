//! The table `[slack]`: which workspace, and how wilco hears of it.
//!
//! Tokens are never written here: see [`crate::secrets`].

use crate::settings::fault::{Reported, nearest, quote};
use crate::settings::people::slack_id;
use crate::settings::reader::Value;

/// Where Slack is, unless the configuration says otherwise.
pub const API_URL: &str = "https://slack.com/api";

const SLACK_KEYS: &[&str] = &["mode", "workspace", "api_url", "connections"];
const WORKSPACE_EXAMPLE: &str = "T0123456789";
const MODES: [&str; 2] = ["socket", "http"];
const URL_LENGTH_MAX: usize = 512;

/// Slack takes so many connections of one app.
/// <https://docs.slack.dev/apis/events-api/using-socket-mode>
const CONNECTIONS_MAX: i64 = 10;
const CONNECTIONS: u32 = 2;

/// How wilco hears what people do in Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Wilco connects to Slack.
    Socket,
    /// Slack calls wilco.
    Http,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slack {
    pub mode: Mode,
    pub workspace: String,
    pub api_url: String,
    pub connections: u32,
}

pub fn slack(value: Value<'_>) -> Result<Slack, Reported> {
    let table = value.table("slack", SLACK_KEYS)?;
    let mode = table.optional("mode").map_or(Ok(Mode::Socket), mode);
    let why = "say which workspace wilco is in: `workspace = \"T0123456789\"`";
    let workspace = table.required("workspace", why).and_then(workspace);
    let api_url = table.optional("api_url").map_or(Ok(API_URL.to_owned()), api_url);
    let connections = table.optional("connections").map_or(Ok(CONNECTIONS), connections);
    let (mode, workspace) = (mode?, workspace?);
    Ok(Slack { mode, workspace, api_url: api_url?, connections: connections? })
}

fn connections(value: Value<'_>) -> Result<u32, Reported> {
    let number = value.number(1..CONNECTIONS_MAX + 1)?;
    Ok(u32::try_from(number).unwrap_or(CONNECTIONS))
}

fn mode(value: Value<'_>) -> Result<Mode, Reported> {
    match value.text("socket")? {
        "socket" => Ok(Mode::Socket),
        "http" => Ok(Mode::Http),
        other => {
            let next_step = match nearest(other, MODES) {
                Some(mode) => format!("did you mean \"{mode}\"?"),
                None => "choose \"socket\", or \"http\" where Slack can reach this machine".into(),
            };
            Err(value.fault(&format!("{} is no mode of Slack", quote(other)), Some(next_step)))
        }
    }
}

fn workspace(value: Value<'_>) -> Result<String, Reported> {
    let text = value.text(WORKSPACE_EXAMPLE)?;
    if slack_id(text, &['T', 'E']) {
        return Ok(text.to_owned());
    }
    let next_step =
        "it is in the address of Slack in a browser: app.slack.com/client/T0123456789/…";
    Err(value
        .fault(&format!("{} is not the id of a workspace", quote(text)), Some(next_step.into())))
}

fn api_url(value: Value<'_>) -> Result<String, Reported> {
    address_for_tokens(value, API_URL)
}

/// Tells whether an address is in the open only on this machine, and has nobody's name or password in it.
pub fn is_safe_for_secrets(text: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    // What stands before an `@` is no host, however much it looks like one.
    let host = text.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let is_host = host.is_some_and(|host| !host.is_empty() && !host.contains(['@', '\\']));
    let is_safe = text.starts_with("https://") || local.iter().any(|start| text.starts_with(start));
    is_host && is_safe
}

/// Reads the address of an API; tokens go there, so it is never in the open but on this machine.
pub fn address_for_tokens(value: Value<'_>, usual: &'static str) -> Result<String, Reported> {
    let text = value.line(usual, URL_LENGTH_MAX)?;
    if is_safe_for_secrets(&text) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    let next_step = format!("write an address that begins with https://, such as \"{usual}\"");
    Err(value.fault(&format!("{} is not a safe address for tokens", quote(&text)), Some(next_step)))
}

/// Reads the channel that a logical channel is in Slack.
pub fn channel(value: Value<'_>) -> Result<String, Reported> {
    let text = value.text("C0123456789")?;
    if slack_id(text, &['C', 'G']) {
        return Ok(text.to_owned());
    }
    let next_step = "copy its id from the end of the channel's details in Slack, never its name: \
                     \"C0123456789\"";
    Err(value.fault(&format!("{} is not the id of a channel", quote(text)), Some(next_step.into())))
}
