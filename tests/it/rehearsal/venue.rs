//! Moves the configuration of the scenarios from the console into chats.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::spot::Channel;

/// A chat, as the configuration names what is there.
pub struct Venue {
    /// Its key in people.toml and below `[channel.…]`.
    pub key: &'static str,
    /// Returns somebody's account.
    pub account: fn(&str) -> String,
    pub channel: fn(Channel) -> &'static str,
    /// Its own table of wilco.toml.
    pub table: String,
}

/// Who has no account in a chat, where there are several.
const ABSENT: [(&str, &str); 2] = [("mina", "discord"), ("carl", "slack")];

/// Puts accounts and channels of these chats in place of those of the console.
pub fn move_in(config: &Path, venues: &[Venue]) {
    let people = config.join("people.toml");
    let mut person = String::new();
    let mut moved = String::new();
    for line in fs::read_to_string(&people).unwrap().lines() {
        if let Some(name) = line.strip_prefix("[person.") {
            name.trim_end_matches(']').clone_into(&mut person);
        }
        let Some(accounts) = line.strip_prefix("console = [") else {
            writeln!(moved, "{line}").unwrap();
            continue;
        };
        let names =
            || accounts.trim_end_matches(']').split(", ").map(|name| name.trim_matches('"'));
        for venue in venues {
            if venues.len() > 1 && ABSENT.contains(&(&person, venue.key)) {
                continue;
            }
            let accounts: Vec<_> =
                names().map(|name| format!("\"{}\"", (venue.account)(name))).collect();
            writeln!(moved, "{} = [{}]", venue.key, accounts.join(", ")).unwrap();
        }
    }
    fs::write(&people, moved).unwrap();
    let root = config.join("wilco.toml");
    let places = |channel| -> String {
        let place = |venue: &Venue| format!("\n{} = \"{}\"", venue.key, (venue.channel)(channel));
        venues.iter().map(place).collect()
    };
    let text = fs::read_to_string(&root).unwrap();
    let console = "[channel.deploys]\nconsole = \"deploys\"";
    assert!(text.contains(console), "wilco.toml has no channel to move");
    let mut text = text.replace(console, &format!("[channel.deploys]{}", places(Channel::Deploys)));
    let team = format!("[channel.team]{}", places(Channel::Team));
    text = text.replace("[channel.team]\nconsole = \"team\"", &team);
    for venue in venues {
        write!(text, "\n{}", venue.table).unwrap();
    }
    if venues.len() > 1 {
        let seoul = places(Channel::Seoul);
        writeln!(text, "\n[channel.seoul]\nlocale=\"ko\"{seoul}").unwrap();
    }
    fs::write(&root, text).unwrap();
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(drop).unwrap() }
    }
}
