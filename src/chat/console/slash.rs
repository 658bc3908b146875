//! Commands of the console itself, which begin with a slash: they stand for what a mouse does elsewhere.

use wilco_core::emoji::Emoji;
use wilco_core::event::Reaction;
use wilco_core::ids::{DeploymentId, PersonName};

use super::phrases::Phrase;

/// A command of the console, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slash {
    SpeakAs(PersonName),
    React { emoji: Emoji, deployment: DeploymentId, change: Reaction },
    Wait(DeploymentId),
    Quit,
    Help,
}

/// The commands as they are typed.
pub const USAGES: [(&str, &str); 6] = [
    ("as", "/as NAME"),
    ("react", "/react ✅ #1"),
    ("unreact", "/unreact ✅ #1"),
    ("wait", "/wait #1"),
    ("quit", "/quit"),
    ("help", "/help"),
];

/// An emoji is several characters at most: a base, a skin tone, joiners.
const EMOJI_BYTES_MAX: usize = 64;

impl Slash {
    /// Reads a line that begins with a slash; otherwise says what is wrong and what to do.
    pub fn read(line: &str) -> Result<Self, Phrase> {
        let mut words = line.trim_start_matches('/').split_whitespace();
        let name = words.next().unwrap_or_default().to_lowercase();
        let words: Vec<&str> = words.collect();
        let usage = |usage: &'static str| Err(Phrase::SlashUsage { usage });
        match (name.as_str(), words.as_slice()) {
            ("as", [name]) => match PersonName::new(*name) {
                Ok(name) => Ok(Self::SpeakAs(name)),
                Err(_) => Err(Phrase::BadName { name: quoted(name) }),
            },
            ("react", [one, other]) => read_reaction(one, other, Reaction::Added),
            ("unreact", [one, other]) => read_reaction(one, other, Reaction::Removed),
            ("wait", [number]) => Ok(Self::Wait(read_number(number)?)),
            ("quit", []) => Ok(Self::Quit),
            ("help", []) => Ok(Self::Help),
            (known, _) => match USAGES.iter().find(|(name, _)| *name == known) {
                Some((_, form)) => usage(form),
                None => Err(Phrase::UnknownSlash { word: quoted(known), nearest: nearest(known) }),
            },
        }
    }
}

/// The emoji and the number may stand in either order.
fn read_reaction(one: &str, other: &str, change: Reaction) -> Result<Slash, Phrase> {
    let (emoji, number) = if one.starts_with('#') { (other, one) } else { (one, other) };
    let deployment = read_number(number)?;
    Ok(Slash::React { emoji: read_emoji(emoji)?, deployment, change })
}

fn read_number(text: &str) -> Result<DeploymentId, Phrase> {
    text.parse().map_err(|_| Phrase::NotANumber { text: quoted(text) })
}

fn read_emoji(text: &str) -> Result<Emoji, Phrase> {
    let unicode = |emoji: &str| Ok(Emoji::Unicode(emoji.to_owned()));
    match text {
        ":white_check_mark:" => return unicode("✅"),
        ":+1:" | ":thumbsup:" => return unicode("👍"),
        ":x:" => return unicode("❌"),
        ":-1:" | ":thumbsdown:" => return unicode("👎"),
        _ => {}
    }
    let named = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    if let Some(name) = named.filter(|name| !name.is_empty() && name.len() <= EMOJI_BYTES_MAX) {
        return Ok(Emoji::Custom(name.to_owned()));
    }
    let is_emoji =
        !text.is_ascii() && text.len() <= EMOJI_BYTES_MAX && !text.chars().any(char::is_alphabetic);
    if is_emoji { unicode(text) } else { Err(Phrase::NotAnEmoji { text: quoted(text) }) }
}

fn nearest(word: &str) -> Option<&'static str> {
    let distance = |name: &str| strsim::damerau_levenshtein(name, word);
    let known = USAGES.iter().map(|(name, usage)| (distance(name), *name, *usage));
    let (distance, name, usage) = known.min_by_key(|(distance, ..)| *distance)?;
    // Beyond a third of the word it would be a guess.
    (distance <= name.len().div_ceil(3)).then_some(usage)
}

/// What somebody typed, short enough to be said back.
fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let mut short: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaction(emoji: Emoji, change: Reaction) -> Slash {
        Slash::React { emoji, deployment: DeploymentId(1), change }
    }

    #[test]
    fn every_usage_is_understood() {
        for (_, usage) in USAGES {
            assert!(Slash::read(&usage.replace("NAME", "ben")).is_ok(), "{usage}");
        }
    }

    #[test]
    fn reactions_are_read_in_either_order_and_by_their_names() {
        let yes = reaction(Emoji::Unicode("✅".into()), Reaction::Added);
        for line in ["/react ✅ #1", "/react #1 ✅", "/React  ✅ 1", "/react :white_check_mark: #1"]
        {
            assert_eq!(Slash::read(line), Ok(yes.clone()), "{line}");
        }
        let tada = reaction(Emoji::Unicode("🎉".into()), Reaction::Removed);
        assert_eq!(Slash::read("/unreact 🎉 #1"), Ok(tada));
        let custom = reaction(Emoji::Custom("ship_it".into()), Reaction::Added);
        assert_eq!(Slash::read("/react :ship_it: #1"), Ok(custom));
    }

    #[test]
    fn what_is_no_emoji_or_no_number_is_said_to_be_none() {
        for line in ["/react yes #1", "/react 네 #1", "/react + #1", "/react : #1"] {
            assert!(matches!(Slash::read(line), Err(Phrase::NotAnEmoji { .. })), "{line}");
        }
        for line in ["/react ✅ #0", "/wait soon", "/react ✅ ✅", "/wait #99999999999999999999"]
        {
            assert!(matches!(Slash::read(line), Err(Phrase::NotANumber { .. })), "{line}");
        }
        for line in ["/as", "/as a b", "/react ✅", "/quit now", "/wait"] {
            assert!(matches!(Slash::read(line), Err(Phrase::SlashUsage { .. })), "{line}");
        }
        assert!(matches!(Slash::read("/as Ben!"), Err(Phrase::BadName { .. })));
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest() {
        let nearest = |line| match Slash::read(line) {
            Err(Phrase::UnknownSlash { nearest, .. }) => nearest,
            other => panic!("{other:?}"),
        };
        assert_eq!(nearest("/raect ✅ #1"), Some("/react ✅ #1"));
        assert_eq!(nearest("/qiut"), Some("/quit"));
        assert_eq!(nearest("/deploy api"), None);
        assert_eq!(nearest("/"), None);
        assert_eq!(nearest(&format!("/{}", "x".repeat(8000))), None);
    }
}
