//! Discord's reactions ↔ emoji.

use serenity::model::channel::ReactionType;
use wilco_core::emoji::Emoji;

/// Those that may be votes, as Discord names them in addresses; skin tones are reactions of their own.
pub const VOTES: [&str; 14] =
    ["✅", "❌", "👍", "👍🏻", "👍🏼", "👍🏽", "👍🏾", "👍🏿", "👎", "👎🏻", "👎🏼", "👎🏽", "👎🏾", "👎🏿"];

/// What wilco puts below a card for people to press.
pub const SEEDS: [&str; 2] = ["✅", "❌"];

/// Returns what a reaction is. One that a guild made has an id, whatever its name is.
pub fn emoji(reaction: &ReactionType) -> Emoji {
    match reaction {
        ReactionType::Unicode(text) => Emoji::Unicode(text.clone()),
        ReactionType::Custom { id, .. } => Emoji::Custom(id.to_string()),
        // A kind that is not known yet is no vote.
        _ => Emoji::Custom(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reaction_that_is_asked_for_is_a_vote() {
        for text in VOTES {
            assert!(Emoji::Unicode(text.into()).verdict().is_some(), "{text}");
        }
        assert!(SEEDS.iter().all(|seed| VOTES.contains(seed)));
    }

    #[test]
    fn what_a_guild_made_never_votes_whatever_its_name() {
        let json = r#"{"id":"41771983429993937","name":"✅","animated":false}"#;
        let reaction: ReactionType = serde_json::from_str(json).unwrap();
        assert_eq!(emoji(&reaction), Emoji::Custom("41771983429993937".into()));
        assert_eq!(emoji(&reaction).verdict(), None);
    }
}
