//! What messages tell people to say, they can say.

use wilco_core::notice::{Locale, Notice};
use wilco_core::request::Heard;
use wilco_core::time::Timestamp;
use wilco_core::wording::{Voice, say};

use crate::{GRAMMAR, answer};

/// Returns everything that the agreed wording of a language quotes, each with the line where it stands.
fn quoted(snapshot: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let quotes = |line: &'static str| line.split('`').skip(1).step_by(2);
    snapshot.lines().flat_map(move |line| quotes(line).map(move |quote| (quote, line)))
}

#[test]
fn every_sentence_that_a_message_tells_people_to_say_can_be_said() {
    /// What is quoted and has several words, though nobody is to say it to wilco.
    const NOT_SAID: [&str; 3] = ["wilco audit", "dry run", "slack"];
    for snapshot in [include_str!("../snapshots/en.txt"), include_str!("../snapshots/ko.txt")] {
        let mut said = 0;
        for (quote, line) in quoted(snapshot) {
            if NOT_SAID.iter().any(|begin| quote.starts_with(begin)) {
                continue;
            }
            let is_moment = quote.contains(':');
            // A command alone is named; a file, a service or a word of somebody is no sentence.
            if !is_moment && !quote.contains(' ') {
                continue;
            }
            let spoken = if is_moment { format!("live api prod {quote}") } else { quote.into() };
            let heard = GRAMMAR.hear(&spoken);
            assert!(matches!(heard, Heard::Understood { .. }), "{line}: {}", answer(&spoken));
            said += 1;
        }
        assert!(said > 40, "{said}");
    }
}

#[test]
fn every_word_that_a_message_tells_people_to_say_can_be_said() {
    let words = |snapshot, all: &[&str]| {
        let quoted: Vec<&str> = quoted(snapshot).map(|(quote, _)| quote).collect();
        for word in all {
            assert!(quoted.contains(word), "nothing tells anybody to say `{word}`");
            assert!(matches!(GRAMMAR.hear(word), Heard::Understood { .. }), "{}", answer(word));
        }
    };
    words(include_str!("../snapshots/en.txt"), &["help", "status", "whoami"]);
    words(include_str!("../snapshots/ko.txt"), &["도움말", "상태", "내정보"]);
}

#[test]
fn a_moment_that_is_none_is_answered_with_forms_that_can_be_said() {
    let Heard::NotUnderstood(error) = GRAMMAR.hear("live api prod at 25:99") else {
        panic!("25:99 is no moment");
    };
    for locale in [Locale::En, Locale::Ko] {
        let timezone = "UTC".parse().expect("a time zone");
        let voice = Voice { locale, timezone, now: Timestamp(0) };
        let said = say(&Notice::NotUnderstood { error: error.clone() }, &voice);
        let sentence = said.lines().next().unwrap_or_default();
        let quoted = sentence.split('`').skip(1).step_by(2);
        let moments: Vec<&str> = quoted.filter(|text| !["25:99", "live"].contains(text)).collect();
        assert_eq!(moments.len(), 4, "{said}");
        for moment in moments {
            let line = format!("live api prod at {moment}");
            assert!(matches!(GRAMMAR.hear(&line), Heard::Understood { .. }), "{line}");
        }
    }
}
