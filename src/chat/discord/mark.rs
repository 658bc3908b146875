//! What wilco says in Discord ends with a mark that nobody sees, by which it is found again.
//!
//! Discord lets a bot write nothing beside a message. It forgets nonces within minutes, and tells none when
//! messages are read. The words do not tell either: who approves, takes it back and approves again is told of in
//! the same words twice, and after a kill several lines may be in doubt at once, so that looking at the newest
//! does not help. A line must rather be said twice than be taken for another one. So each carries some of its
//! nonce, in characters without width that programs which do not know them show, and read aloud, as nothing.
//! They stand at the very end, where nothing that people wrote stands; what people write has lost them anyway.
//!
//! Should Discord ever take them away, nothing is found: cards by their buttons, and lines not at all.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A space of no width and a joiner of words, for 0 and 1. Whoever copies the end of a line and says it to wilco
/// is understood, since the grammar passes over these two.
const DIGITS: [char; 2] = ['\u{200b}', '\u{2060}'];

/// Two different messages have the same mark once in four thousand millions.
const BITS: usize = 32;

/// As much of what Discord takes is left for a mark.
pub const LENGTH: usize = 1 + BITS;

/// Returns the mark of what goes by this name.
pub fn of(name: &str) -> String {
    let digest = Sha256::new_with_prefix(b"wilco.discord.mark.1\n").chain_update(name).finalize();
    // It begins with a space, so that it is no part of the word before it, which somebody may copy.
    let mut mark = String::from(DIGITS[0]);
    for bit in 0..BITS {
        mark.push(DIGITS[usize::from(digest[bit / 8] >> (bit % 8) & 1)]);
    }
    mark
}

/// Returns the message with the mark of this name at the end of its text.
pub fn put(mut message: Value, name: &str) -> Value {
    let content = message["content"].as_str().unwrap_or_default();
    message["content"] = format!("{content}{}", of(name)).into();
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use serenity::model::id::UserId;
    use wilco_core::notice::Locale;
    use wilco_core::text::inert_lines;

    use super::*;
    use crate::chat::discord::face;
    use crate::chat::discord::text::tests::hostile;
    use crate::chat::whatever;

    fn content(message: &Value) -> &str {
        message["content"].as_str().unwrap()
    }

    #[test]
    fn a_mark_is_always_the_same_and_as_long_as_it_says() {
        let mark = of("wilco");
        assert_eq!(mark, of("wilco"));
        assert_eq!(mark.encode_utf16().count(), LENGTH);
        // What was marked by one version of wilco is found by the next.
        let bits: String = mark.chars().map(|c| if c == DIGITS[0] { '0' } else { '1' }).collect();
        assert_eq!(bits, "010110011000011010010000101101000");
    }

    proptest! {
        #[test]
        fn what_is_marked_is_taken_for_itself_and_for_nothing_else(
            text in hostile(), one in "[a-f0-9]{0,24}", other in "[a-f0-9]{0,24}",
        ) {
            let marked = put(json!({ "content": text }), &one);
            prop_assert!(content(&marked).ends_with(&of(&one)));
            prop_assert_eq!(content(&marked).ends_with(&of(&other)), one == other);
        }

        #[test]
        fn people_read_the_same_with_a_mark_and_cannot_write_one(text in hostile(), name in "\\PC{0,24}") {
            let said = inert_lines(&text, usize::MAX);
            let marked = put(json!({ "content": said.clone() }), &name);
            prop_assert_eq!(inert_lines(content(&marked), usize::MAX), said.clone());
            prop_assert!(!said.contains(DIGITS));
        }
    }

    proptest! {
        // What is drawn is large, so that a few are enough and many would take long.
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn there_is_room_for_the_mark_whatever_is_said(
            text in whatever::texts(&hostile().boxed(), "*"), user in 1_u64..,
            full in whatever::cards(whatever::texts(&hostile().boxed(), "*")),
        ) {
            let said = face::words(&text, Locale::En);
            let named = face::naming(UserId::new(user), said.clone());
            for message in [said, named, face::card(&full, "card-1-ff")] {
                let marked = put(message, "name");
                prop_assert!(content(&marked).encode_utf16().count() <= face::CONTENT_MAX);
            }
        }
    }
}
