//! Which reactions are votes.

use serde::{Deserialize, Serialize};

/// A reaction, told apart by what it is and never by a name that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emoji {
    /// A standard emoji, in Unicode.
    Unicode(String),
    /// One that a workspace or guild made, by its id; it never votes.
    Custom(String),
}

/// What a reaction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approve,
    Reject,
}

impl Emoji {
    /// Returns the vote that the emoji stands for, whatever its skin tone.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.plain()?.as_str() {
            "✅" | "👍" => Some(Verdict::Approve),
            "❌" | "👎" => Some(Verdict::Reject),
            _ => None,
        }
    }

    /// Returns the emoji without skin tone and presentation selector; `None` for a custom one.
    pub fn plain(&self) -> Option<String> {
        match self {
            Self::Unicode(text) => Some(
                text.chars()
                    .filter(|c| !matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{fe0e}' | '\u{fe0f}'))
                    .collect(),
            ),
            Self::Custom(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_tones_say_the_same() {
        for text in ["👍", "👍🏽", "👍🏿", "✅", "✅\u{fe0f}"] {
            assert_eq!(Emoji::Unicode(text.into()).verdict(), Some(Verdict::Approve), "{text}");
        }
        for text in ["👎🏻", "❌"] {
            assert_eq!(Emoji::Unicode(text.into()).verdict(), Some(Verdict::Reject), "{text}");
        }
    }

    #[test]
    fn a_custom_emoji_never_votes_whatever_its_name() {
        for text in ["✅", "white_check_mark", "+1"] {
            assert_eq!(Emoji::Custom(text.into()).verdict(), None);
        }
        for text in ["", "☑️", "✔️", "🎉", "✅✅", "ok"] {
            assert_eq!(Emoji::Unicode(text.into()).verdict(), None, "{text}");
        }
    }
}
