//! The tables for Slack: their defaults, their faults, and that every key is shown where people look.

use std::fs;
use std::path::Path;

use wilco::settings::slack::{API_URL, Mode, Slack};

use super::Configuration;

#[test]
fn slack_needs_a_workspace_and_has_defaults_for_the_rest() {
    let short = "[slack]\nworkspace = \"T0123456789\"\n";
    let settings = Configuration::with("config/wilco.toml", short).load().unwrap();
    let workspace = "T0123456789".to_owned();
    let api_url = API_URL.to_owned();
    let expected = Slack { mode: Mode::Socket, workspace, api_url, connections: 2 };
    assert_eq!(settings.slack, Some(expected));
    assert_eq!(settings.http, None, "nobody calls");
    let long = "[slack]\nmode = \"http\"\nworkspace = \"T1\"\nconnections = 10\n\
                api_url = \"https://slack-gov.com/api/\"\n[http]\nlisten = \"0.0.0.0:443\"\n\
                [channel.deploys]\nslack = \"C0123456789\"\n";
    let settings = Configuration::with("config/wilco.toml", long).load().unwrap();
    let slack = settings.slack.unwrap();
    assert_eq!((slack.mode, slack.connections), (Mode::Http, 10));
    assert_eq!(slack.api_url, "https://slack-gov.com/api");
    assert_eq!(settings.http.unwrap().listen.to_string(), "0.0.0.0:443");
    assert_eq!(settings.catalog.channels["deploys"][0].channel, "C0123456789");
    let usual = Configuration::with("config/wilco.toml", "[http]\n").load().unwrap();
    assert_eq!(usual.http.unwrap().listen.to_string(), "127.0.0.1:8080");
    let none = Configuration::with("config/wilco.toml", "").load().unwrap();
    assert_eq!(none.slack, None);
}

/// Fails unless a key is shown in the example of a configuration, and explained on the page about it.
pub fn is_shown(table: &str, key: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = fs::read_to_string(root.join("config/wilco.toml")).unwrap();
    let page = fs::read_to_string(root.join("docs/configuration.md")).unwrap();
    let after = example.split_once(&format!("[{table}]")).map(|(_, after)| after);
    let shown = after.is_some_and(|after| {
        let lines = after.lines().map(|line| line.trim_start_matches(['#', ' ']));
        lines.skip(1).take_while(|line| !line.starts_with('[')).any(|line| {
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        })
    });
    assert!(shown, "config/wilco.toml does not show `{key}` of [{table}]");
    let name = format!("| `{}.{key}` |", table.replace("deploys", "NAME"));
    assert!(page.contains(&name), "docs/configuration.md has no {name}");
}

#[test]
fn every_key_is_in_the_example_and_on_the_page() {
    for (table, key) in [
        ("slack", "mode"),
        ("slack", "workspace"),
        ("slack", "api_url"),
        ("slack", "connections"),
        ("github", "app"),
        ("github", "api_url"),
        ("http", "listen"),
        ("channel.deploys", "slack"),
    ] {
        is_shown(table, key);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/configuration.md")).unwrap();
    for secret in wilco::secrets::ALL {
        assert!(page.contains(&format!("`{}`", secret.name)), "{} is not explained", secret.name);
    }
}

#[test]
fn slack_says_what_is_wrong_with_it() {
    let slack = |line: &str| format!("[slack]\nworkspace = \"T0123456789\"\n{line}");
    for (text, said) in [
        (
            "[slack]".to_owned(),
            "1:1: `workspace` is missing in slack; say which workspace wilco is",
        ),
        (
            "[slack]\nworkspace = \"example\"".to_owned(),
            "2:13: `example` is not the id of a workspace; it is in the address of Slack",
        ),
        ("slack = \"T0123456789\"".to_owned(), "1:9: `slack` takes a table, and this is a text"),
        (
            slack("mode = \"sockets\""),
            "3:8: `sockets` is no mode of Slack; did you mean \"socket\"?",
        ),
        (slack("mode = \"carrier pigeon\""), "is no mode of Slack; choose \"socket\", or \"http\""),
        (
            slack("api_url = \"http://slack.example.com/api\""),
            "3:11: `http://slack.example.com/api` is not a safe address for tokens; write an address",
        ),
        (
            slack("api_url = \"http://127.0.0.1:80@slack.example.com/api\""),
            "3:11: `http://127.0.0.1:80@slack.example.com/api` is not a safe address for tokens",
        ),
        (slack("api_url = \"https:///api\""), "3:11: `https:///api` is not a safe address"),
        (slack("api_url = 5"), "`api_url` takes a text"),
        (slack("connections = 0"), "3:15: `connections` takes a number from 1 to 10"),
        (slack("connections = 11"), "3:15: `connections` takes a number from 1 to 10"),
        (slack("signing_secret = \"hunter2\""), "in slack; secrets come from the environment"),
        (slack("conections = 2"), "in slack; did you mean `connections`?"),
        (
            "[http]\nlisten = \"8080\"".to_owned(),
            "2:10: `8080` is no address to listen on; write an address and a port: \"127.0.0.1:8080\"",
        ),
        ("[http]\nport = 8080".to_owned(), "2:1: unknown key `port` in http"),
        (
            "[channel.deploys]\nslack = \"#deploys\"".to_owned(),
            "2:9: `#deploys` is not the id of a channel; copy its id from the end of the channel's",
        ),
        (
            "[channel.deploys]\nslack = \"T0123456789\"".to_owned(),
            "2:9: `T0123456789` is not the id of a channel",
        ),
    ] {
        let configuration = Configuration::with("config/wilco.toml", &text);
        let faults = configuration.faults();
        assert!(faults.contains(said), "{text}: {faults}");
        assert!(!faults.contains("hunter2"), "a secret is shown: {faults}");
    }
}
