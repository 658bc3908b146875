//! What wilco says → lines of a transcript that read the same on every platform and every time.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::discord_room;
use super::spot::Channel;
use crate::sim::discord::GUILD;

/// Keeps what is written to the console, message by message.
#[derive(Clone, Default)]
pub struct Hearing(Arc<Mutex<Vec<String>>>);

impl Write for Hearing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let message = String::from_utf8(bytes.to_vec()).map_err(io::Error::other)?;
        self.0.lock().unwrap().push(message);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Hearing {
    /// Keeps one message, as the console would write it.
    pub fn add(&self, message: String) {
        self.0.lock().unwrap().push(message);
    }

    /// Moves what the console says of another channel to those who hear that one.
    pub fn move_from(&self, channel: Channel, other: &Self) {
        let mark = format!("#{} ", channel.name());
        let mut messages = self.0.lock().unwrap();
        for message in std::mem::take(&mut *messages) {
            let (lead, rest) = match message.strip_prefix("  · ") {
                Some(rest) => ("  · ", rest),
                None => ("", &*message),
            };
            match rest.strip_prefix(&mark) {
                Some(words) => other.add(format!("{lead}{words}")),
                None => messages.push(message),
            }
        }
    }

    /// Returns what was heard since the last time: answers, then the log, then how the cards read now.
    ///
    /// A card is one message that is edited, and the log is a thread of its own, so on no platform
    /// does their order among each other mean anything; nor does what a card read for a moment.
    pub fn take(&self) -> Vec<String> {
        let messages = std::mem::take(&mut *self.0.lock().unwrap());
        let (mut answers, mut log, mut cards) = (vec![], vec![], vec![]);
        for message in messages {
            if message.starts_with("> ") {
                continue; // The console repeats what was said.
            }
            if message.starts_with("  · ") {
                log.push(message);
            } else if let Some(number) = card(&message) {
                cards.retain(|(other, _)| *other != number);
                cards.push((number, message));
            } else {
                answers.push(message);
            }
        }
        cards.sort();
        let cards = cards.into_iter().map(|(_, card)| card);
        let messages = answers.into_iter().chain(log).chain(cards);
        messages.flat_map(|message| message.lines().filter_map(line).collect::<Vec<_>>()).collect()
    }
}

/// Returns whose card a message is: one line that begins with the number.
fn card(message: &str) -> Option<u64> {
    let calm = ["ALARM: ", "경보: "].iter().find_map(|alarm| message.strip_prefix(alarm));
    let (number, rest) = calm.unwrap_or(message).strip_prefix('#')?.split_once(' ')?;
    (rest.matches('\n').count() == 1).then(|| number.parse().ok())?
}

fn line(line: &str) -> Option<String> {
    let line = shown(&without_chance(line)?);
    Some(format!("< {line}").trim_end().to_owned())
}

/// Takes out what is random, such as hashes; rows about cards depend on when each platform answers.
fn without_chance(line: &str) -> Option<String> {
    let line = &of_no_platform(line);
    let words: Vec<&str> = line.split(' ').collect();
    let hash = |word: &str| word.len() == 10 && word.chars().all(|c| c.is_ascii_hexdigit());
    let key = |word: &str| word.split_once('-').is_some_and(|(_, rest)| rest.len() == 20);
    let bare = |word: &str| hash(word.trim_end_matches([',', '.', ':'])) || key(word);
    if !words.iter().any(|word| bare(word)) {
        return Some(line.to_owned());
    }
    if ["card shown", "카드 표시"].iter().any(|shown| line.contains(shown)) {
        return None;
    }
    let is_row = line.starts_with("  ");
    let words = words.iter().enumerate().map(|(index, word)| match word {
        word if key(word) && word.contains('/') => {
            format!("{}/~-~", word.rsplit_once('/').map_or("", |(before, _)| before))
        }
        word if bare(word) => word.replace(|c: char| c.is_ascii_hexdigit(), "~"),
        word if key(word) => "~-~".into(),
        _ if matches!(words.get(index.wrapping_sub(1)), Some(&("audit" | "감사"))) => "~".into(),
        word if is_row && index < 8 && word.parse::<u64>().is_ok() => "~~".into(),
        word => (*word).to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    // How wide the column of numbers is depends on the rows about cards.
    Some(
        line.trim_start()
            .strip_prefix("~~")
            .map_or_else(|| line.clone(), |rest| format!("  ~~  {}", rest.trim_start())),
    )
}

/// Says of an account only that it is one, on whichever platform.
fn of_no_platform(line: &str) -> String {
    let line = mentions(&by_name(line));
    let line = line.replace("`slack:T0123456789/", "`").replace("slack:T0123456789/", "account ");
    let line = line.replace("slack = [\"T0123456789/", "PLATFORM = [\"");
    let line = line.replace("console:local/", "account ").replace("`console:", "`");
    let line = line.replace("`T0123456789/", "`").replace("\"T0123456789/", "\"");
    let line = line.replace(&format!("`discord:{GUILD}/"), "`");
    let line = line.replace(&format!("discord:{GUILD}/"), "account ");
    let line = line.replace(&format!("\"{GUILD}/"), "\"").replace("discord = [", "PLATFORM = [");
    line.replace("console = [", "PLATFORM = [").replace("slack = [", "PLATFORM = [")
}

/// Puts `@ana` in place of `<@ana>`, as chats show it. What only looks like somebody's account stays what it is.
fn mentions(line: &str) -> String {
    let mut pieces = line.split("<@");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('>').filter(|(name, _)| is_name(name)) {
            Some((name, rest)) => whole.extend(["@", name, rest]),
            None => whole.extend(["<@", piece]),
        }
    }
    whole
}

/// Tells whether somebody of a scenario is called so.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Puts the name of an account in place of its id in Slack or in Discord.
pub fn by_name(line: &str) -> String {
    let mut pieces = line.split("U0");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit());
        let (id, rest) = piece.split_at(end.unwrap_or(piece.len()));
        whole += &id.to_lowercase();
        whole += rest;
    }
    discord_room::by_name(&whole)
}

/// Makes visible what steers a terminal or the direction of text.
pub fn shown(line: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    line.chars()
        .flat_map(|c| if steers(c) { c.escape_unicode().collect() } else { vec![c] })
        .collect()
}
