//! The manifest by which Slack creates the app: <https://docs.slack.dev/reference/app-manifest>.

use serde_json::{Value, json};

/// How Slack reaches wilco.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// wilco opens a socket to Slack; nothing of it needs to be reachable from outside.
    Socket,
    /// Slack sends requests to this address, which ends without a slash: `https://deploys.example.com`.
    Http { base_url: String },
}

/// What the bot may do, each with why it must.
pub const SCOPES: &[(&str, &str)] = &[
    ("app_mentions:read", "to hear `@wilco deploy …`"),
    ("channels:history", "to ask whether something was said in a public channel before"),
    ("channels:read", "to tell a wrong channel id from one where the bot is missing"),
    ("chat:write", "to show cards and to answer"),
    ("commands", "to hear `/wilco …`"),
    ("groups:history", "to ask whether something was said in a private channel before"),
    ("groups:read", "to tell the same of a private channel"),
    ("im:history", "to hear what is said to it directly, and to ask what it answered there"),
    ("im:write", "to answer somebody directly where the channel is not for it"),
    ("reactions:read", "to count votes, and to read them again after an interruption"),
    ("reactions:write", "to put ✅ and ❌ below a card for people to press"),
    ("users:read", "to ask whether an account is a bot, a guest or deactivated before it counts"),
];

/// What Slack tells the bot of.
const EVENTS: &[&str] =
    &["app_home_opened", "app_mention", "message.im", "reaction_added", "reaction_removed"];

/// Names of apps and bots are at most this long.
const NAME_MAX: usize = 35;

/// Returns the manifest of an app of this name.
pub fn manifest(mode: &Mode, name: &str) -> Value {
    let name: String = name.chars().take(NAME_MAX).collect();
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    let mut manifest = json!({
        "display_information": {
            "name": name,
            "description": "Deploys from chat, with approvals by reaction and a record of who approved what",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": true,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": false,
            },
            "bot_user": { "display_name": name, "always_online": true },
            "slash_commands": [{
                "command": "/wilco",
                "description": "Deploy, roll back, and ask what is live",
                "usage_hint": "deploy api to prod",
                // People and channels arrive by id, which nobody can choose for themselves.
                "should_escape": true,
            }],
        },
        "oauth_config": { "scopes": { "bot": scopes } },
        "settings": {
            "event_subscriptions": { "bot_events": EVENTS },
            "interactivity": { "is_enabled": true },
            "org_deploy_enabled": false,
            "socket_mode_enabled": *mode == Mode::Socket,
            "token_rotation_enabled": false,
        },
    });
    if let Mode::Http { base_url } = mode {
        let hook = |name: &str| Value::from(format!("{base_url}/hooks/slack/{name}"));
        manifest["features"]["slash_commands"][0]["url"] = hook("commands");
        manifest["settings"]["event_subscriptions"]["request_url"] = hook("events");
        manifest["settings"]["interactivity"]["request_url"] = hook("interactions");
    }
    manifest
}

/// Returns the address at which Slack creates the app of a manifest.
pub fn creation_link(manifest: &Value) -> String {
    format!("https://api.slack.com/apps?new_app=1&manifest_json={}", encoded(&manifest.to_string()))
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&wilco_core::hex::hex(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn over_http() -> Value {
        manifest(&Mode::Http { base_url: "https://deploys.example.com".into() }, "wilco")
    }

    #[test]
    fn the_manifest_asks_for_the_scopes_that_the_docs_explain() {
        let page = include_str!("../../../docs/slack.md");
        let explained: BTreeSet<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | to "))
            .map(|(scope, _)| scope)
            .collect();
        let asked = &manifest(&Mode::Socket, "wilco")["oauth_config"]["scopes"]["bot"];
        let asked: BTreeSet<&str> =
            asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(explained, asked);
    }

    #[test]
    fn a_socket_needs_no_address() {
        let manifest = manifest(&Mode::Socket, "wilco");
        assert_eq!(manifest["settings"]["socket_mode_enabled"], true);
        assert!(!manifest.to_string().contains("url"), "{manifest}");
    }

    #[test]
    fn over_http_everything_has_its_address() {
        let manifest = over_http();
        let settings = &manifest["settings"];
        assert_eq!(settings["socket_mode_enabled"], false);
        assert_eq!(
            [
                &settings["event_subscriptions"]["request_url"],
                &settings["interactivity"]["request_url"],
                &manifest["features"]["slash_commands"][0]["url"],
            ],
            [
                "https://deploys.example.com/hooks/slack/events",
                "https://deploys.example.com/hooks/slack/interactions",
                "https://deploys.example.com/hooks/slack/commands",
            ]
        );
    }

    #[test]
    fn the_link_carries_the_whole_manifest() {
        let link = creation_link(&over_http());
        let json =
            link.strip_prefix("https://api.slack.com/apps?new_app=1&manifest_json=").unwrap();
        assert!(json.starts_with("%7B%22"), "{json}");
        let parts: Vec<&str> = json.split('%').collect();
        let bytes = parts[1..].iter().flat_map(|part| {
            let escaped = wilco_core::hex::unhex(&part[..2]).unwrap();
            escaped.into_iter().chain(part[2..].bytes()).collect::<Vec<u8>>()
        });
        let bytes: Vec<u8> = parts[0].bytes().chain(bytes).collect();
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), over_http());
    }
}
