//! Slack's names of reactions ↔ emoji.

use wilco_core::emoji::Emoji;

/// A standard emoji that says something to wilco.
struct Standard {
    unicode: &'static str,
    /// The first one is what wilco itself adds.
    names: &'static [&'static str],
    has_skin_tones: bool,
}

const STANDARD: [Standard; 4] = [
    Standard { unicode: "✅", names: &["white_check_mark"], has_skin_tones: false },
    Standard { unicode: "👍", names: &["+1", "thumbsup"], has_skin_tones: true },
    Standard { unicode: "❌", names: &["x"], has_skin_tones: false },
    Standard { unicode: "👎", names: &["-1", "thumbsdown"], has_skin_tones: true },
];

/// Returns what a reaction of this name is.
///
/// Slack tells reactions by name alone, so the name has to be enough. It is: a workspace cannot give
/// its own emoji a name that a standard emoji has, and an alias that it makes arrives under the
/// alias's name. These names are as old as Slack's emoji, so that no workspace took one before.
/// Whatever is not in the table counts as made by the workspace, since nothing else votes.
pub fn emoji(name: &str) -> Emoji {
    standard(name).map_or_else(|| Emoji::Custom(name.to_owned()), Emoji::Unicode)
}

fn standard(name: &str) -> Option<String> {
    let (base, suffix) = match name.split_once("::") {
        Some((base, suffix)) => (base, Some(suffix)),
        None => (name, None),
    };
    let found = STANDARD.iter().find(|standard| standard.names.contains(&base))?;
    let Some(suffix) = suffix else { return Some(found.unicode.to_owned()) };
    let tone = skin_tone(suffix).filter(|_| found.has_skin_tones)?;
    Some(format!("{}{tone}", found.unicode))
}

/// Slack counts the tones as Fitzpatrick's scale does, whose first two are one in Unicode.
fn skin_tone(suffix: &str) -> Option<char> {
    match suffix {
        "skin-tone-2" => Some('\u{1f3fb}'),
        "skin-tone-3" => Some('\u{1f3fc}'),
        "skin-tone-4" => Some('\u{1f3fd}'),
        "skin-tone-5" => Some('\u{1f3fe}'),
        "skin-tone-6" => Some('\u{1f3ff}'),
        _ => None,
    }
}

/// Returns the name under which a reaction is added; `None` for one that wilco never adds.
pub fn name(emoji: &Emoji) -> Option<&'static str> {
    let plain = emoji.plain()?;
    let found = STANDARD.iter().find(|standard| standard.unicode == plain)?;
    found.names.first().copied()
}

#[cfg(test)]
mod tests {
    use wilco_core::emoji::Verdict;

    use super::*;

    #[test]
    fn the_names_of_an_approval_approve_in_every_skin_tone() {
        for name in
            ["white_check_mark", "+1", "thumbsup", "+1::skin-tone-2", "thumbsup::skin-tone-6"]
        {
            assert_eq!(emoji(name).verdict(), Some(Verdict::Approve), "{name}");
        }
        assert_eq!(emoji("+1::skin-tone-3"), Emoji::Unicode("👍🏼".into()));
    }

    #[test]
    fn the_names_of_a_rejection_reject_in_every_skin_tone() {
        for name in ["x", "-1", "thumbsdown", "-1::skin-tone-4", "thumbsdown::skin-tone-5"] {
            assert_eq!(emoji(name).verdict(), Some(Verdict::Reject), "{name}");
        }
    }

    #[test]
    fn what_only_looks_like_a_vote_is_none() {
        for name in [
            "heavy_check_mark",
            "ballot_box_with_check",
            "heavy_multiplication_x",
            "negative_squared_cross_mark",
            "ok_hand",
            "thumbsup_all",
            "white-check-mark",
            "White_Check_Mark",
            "+1 ",
            "+1::skin-tone-1",
            "+1::skin-tone-7",
            "+1::",
            "+1::skin-tone-3::skin-tone-3",
            "x::skin-tone-3",
            "✅",
            "",
        ] {
            assert_eq!(emoji(name), Emoji::Custom(name.into()));
            assert_eq!(emoji(name).verdict(), None, "{name}");
        }
    }

    #[test]
    fn a_name_leads_there_and_back() {
        for standard in &STANDARD {
            let unicode = Emoji::Unicode(standard.unicode.into());
            assert!(unicode.verdict().is_some());
            assert_eq!(name(&unicode).map(emoji), Some(unicode));
        }
        assert_eq!(name(&Emoji::Unicode("👍🏿".into())), Some("+1"));
        assert_eq!(name(&Emoji::Custom("+1".into())), None);
        assert_eq!(name(&Emoji::Unicode("🎉".into())), None);
    }
}
