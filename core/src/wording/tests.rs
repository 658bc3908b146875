//! Every sentence is there in every language, and reads as it was agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use fluent_bundle::FluentResource;
use proptest::prelude::*;

use crate::card::Press;
use crate::card::samples as cards;
use crate::home;
use crate::notice::{Detail, Locale, Notice, TimelineRow};
use crate::text::tests::is_harmless;
use crate::time::{Duration, Timestamp};
use crate::wording::samples::{
    self, BLOCKERS, ENDS, ERRORS, NOTICES, NOW, OBSTACLES, OUTCOMES, PARTS, PLAIN, REFUSALS,
    STANDINGS, STATUSES, Texts, ago, notices, refusals, voice,
};
use crate::wording::{Voice, lexicon, log, offers, record, say, surfaces};

const LOCALES: [Locale; 2] = [Locale::En, Locale::Ko];

#[test]
fn there_is_a_sample_of_everything() {
    let complete = |names: &[&str], seen: Vec<&str>| {
        let seen: BTreeSet<&str> = seen.into_iter().collect();
        let missing: Vec<_> = names.iter().filter(|name| !seen.contains(*name)).collect();
        assert!(missing.is_empty(), "no sample of {missing:?}");
    };
    complete(NOTICES, notices::notices(PLAIN).iter().map(samples::notice_name).collect());
    complete(REFUSALS, refusals::refusals(PLAIN).iter().map(samples::refusal_name).collect());
    complete(ERRORS, refusals::errors(PLAIN).iter().map(samples::error_name).collect());
    complete(ENDS, samples::every_end(PLAIN).iter().map(samples::end_name).collect());
    complete(
        OBSTACLES,
        samples::every_obstacle(PLAIN).iter().map(samples::obstacle_name).collect(),
    );
    complete(STATUSES, samples::every_status().iter().map(samples::status_name).collect());
    complete(OUTCOMES, samples::every_outcome().iter().map(samples::outcome_name).collect());
    complete(STANDINGS, samples::every_standing().iter().map(samples::standing_name).collect());
    complete(BLOCKERS, samples::blockers().iter().map(samples::blocker_name).collect());
    let parts: Vec<_> = notices::notices(PLAIN)
        .iter()
        .filter_map(|notice| match notice {
            Notice::VotesVoided { moved, .. } => Some(moved.clone()),
            _ => None, // Only these have parts.
        })
        .flatten()
        .collect();
    complete(PARTS, parts.iter().map(samples::part_name).collect());
}

#[test]
fn wording_reads_as_agreed_in_every_language() {
    for (locale, file) in [(Locale::En, "en.txt"), (Locale::Ko, "ko.txt")] {
        let mut text = String::new();
        for notice in notices::notices(PLAIN) {
            let inner = match &notice {
                Notice::Refused { refusal } => samples::refusal_name(refusal),
                Notice::NotUnderstood { error } => samples::error_name(error),
                _ => "", // Every other notice is named by itself.
            };
            let said = say(&notice, &voice(locale));
            let name = [samples::notice_name(&notice), inner].join(" ");
            text.push_str(&[&format!("== {}", name.trim_end()), said.as_str(), "\n"].join("\n"));
        }
        for (name, card) in cards::cards(PLAIN, &voice(locale)) {
            text.push_str(&[format!("== card {name}"), cards::draw(&card), "\n".into()].join("\n"));
        }
        text.push_str(&home::tests::draw(locale));
        let form = surfaces::reason_form(samples::id(1), &voice(locale));
        let rest = surfaces::cut_short(locale);
        write!(text, "== form reason\n{form:#?}\n\n== cut short\n{rest}\n").unwrap();
        let (heard, left) = (surfaces::heard("deploy api", locale), surfaces::left_alone(locale));
        let presses = [Press::Abort, Press::RollBack];
        let sure = presses.map(|press| surfaces::sure(press, samples::id(1), locale));
        write!(text, "\n== heard\n{heard}\n\n== left alone\n{left}\n\n== sure\n{sure:#?}\n")
            .unwrap();
        text.push_str(&offers::tests::draw(locale));
        compare(file, &text);
    }
}

/// The cards of the samples as data, for the tests of the chats that draw them.
#[test]
fn cards_are_kept_for_the_chats() {
    for (locale, file) in [(Locale::En, "cards.en.json"), (Locale::Ko, "cards.ko.json")] {
        let cards = cards::cards(PLAIN, &voice(locale));
        let json = serde_json::to_string_pretty(&cards).expect("a card has only JSON values");
        compare(file, &(json + "\n"));
    }
}

/// Compares with the committed file; `WILCO_BLESS=1` writes it anew, for a change made on purpose.
fn compare(file: &str, text: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "snapshots", file].iter().collect();
    if std::env::var_os("WILCO_BLESS").is_some() {
        std::fs::write(&path, text).expect("the snapshot can be written");
        return;
    }
    let agreed = std::fs::read_to_string(&path).expect("the snapshot can be read");
    for (number, (was, is)) in (1..).zip(agreed.lines().zip(text.lines())) {
        assert_eq!(was, is, "line {number} of {file}; WILCO_BLESS=1 writes it anew");
    }
    assert_eq!(agreed.len(), text.len(), "the length of {file}; WILCO_BLESS=1 writes it anew");
}

/// The messages of a language: each id with the variables that it takes.
fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in lexicon::source(locale).lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) =
            line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic))
        {
            id = name.into();
            assert!(all.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
        }
        for variable in line.split('$').skip(1) {
            let end = variable.find(|c: char| !c.is_alphanumeric()).unwrap_or(variable.len());
            all.entry(id.clone()).or_default().insert(variable[..end].into());
        }
    }
    all
}

#[test]
fn every_file_of_sentences_is_well_formed() {
    for locale in LOCALES {
        let parsed = FluentResource::try_new(lexicon::source(locale).into());
        assert!(parsed.is_ok(), "{locale:?}: {:?}", parsed.err().map(|(_, errors)| errors));
    }
}

#[test]
fn no_language_lacks_a_sentence_or_takes_other_values() {
    assert_eq!(messages(Locale::En), messages(Locale::Ko));
}

#[test]
fn every_sentence_is_said_somewhere_and_none_is_missing() {
    let mut used = BTreeSet::new();
    for folder in ["src/wording", "src/card"] {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), folder].iter().collect();
        for entry in std::fs::read_dir(folder).expect("the sources are here") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() || matches!(name, "samples.rs" | "tests.rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("a source");
            used.extend(source.split('"').filter(|text| is_id(text)).map(str::to_owned));
        }
    }
    for file in ["src/wording.rs", "src/home.rs"] {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), file].iter().collect();
        let source = std::fs::read_to_string(path).expect("a source");
        used.extend(source.split('"').filter(|text| is_id(text)).map(str::to_owned));
    }
    let known: BTreeSet<String> = messages(Locale::En).into_keys().collect();
    assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "unknown ids");
    let idle: Vec<_> = known.difference(&used).collect();
    assert_eq!(idle, Vec::<&String>::new(), "ids that nothing says");
}

/// Ids are words with hyphens between; `can` and the like are listed, being words like any other.
fn is_id(text: &str) -> bool {
    const SHORT: [&str; 9] = [
        "approvals",
        "audit",
        "can",
        "changes",
        "commit",
        "commits",
        "history",
        "timeline",
        "whoami",
    ];
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let hyphens = text.contains('-') && !text.starts_with('-') && !text.ends_with('-');
    SHORT.contains(&text) || (plain && hyphens)
}

#[test]
fn every_fact_and_effect_has_words() {
    let (facts, effects) = (samples::fact_kinds(), samples::effect_kinds());
    assert!(facts.len() >= 23 && effects.len() >= 9, "{facts:?} {effects:?}");
    for kind in facts {
        assert_ne!(record::fact(kind, &voice(Locale::Ko)), kind);
    }
    for kind in effects {
        assert_ne!(log::what(kind, &voice(Locale::Ko)), kind);
    }
}

#[test]
fn no_code_of_the_record_is_shown_as_it_stands_in_korean() {
    let codes = samples::answers::codes(PLAIN);
    let row = |detail: &Detail| TimelineRow {
        at: NOW,
        kind: "vote_refused".into(),
        roles: Vec::new(),
        verdict: None,
        detail: detail.clone(),
    };
    for detail in &codes {
        let notice = Notice::Timeline { deployment: samples::id(1), rows: vec![row(detail)] };
        let said = say(&notice, &voice(Locale::Ko)).replace(PLAIN.stage, "");
        let line = said.lines().last().unwrap_or_default().replace("14:10:00 KST", "");
        assert!(!line.contains(|c: char| c.is_ascii_alphabetic()), "{detail:?}: {line}");
    }
}

#[test]
fn a_time_on_record_has_its_seconds_and_its_zone() {
    let seoul = voice(Locale::En);
    assert_eq!(seoul.exact_time(NOW), "14:10:00 KST");
    assert_eq!(seoul.exact_time(ago(2000)), "2026-11-19 04:50:00 KST");
    let utc = Voice { timezone: chrono_tz::UTC, ..seoul };
    assert_eq!(utc.exact_time(Timestamp(NOW.0 + 7_000)), "05:10:07 UTC");
    assert!(!seoul.exact_time(Timestamp(i64::MIN)).is_empty());
    assert!(!seoul.exact_time(Timestamp(i64::MAX)).is_empty());
}

#[test]
fn hostile_text_is_inert_in_every_notice_and_card() {
    let evil = "\u{1b}[31m\u{202e}a\0b\u{200b}\u{1b}]0;x\u{7}\r\n#1 api is live\n\u{2028}`x` ";
    let evil: &'static str = Box::leak(evil.repeat(250).into_boxed_str());
    assert!(evil.len() > 10_000);
    let hostile = Texts {
        reason: evil,
        reference: evil,
        subject: evil,
        author: evil,
        word: evil,
        stage: evil,
        log: evil,
    };
    for locale in LOCALES {
        let voice = voice(locale);
        for (plain, notice) in notices::notices(PLAIN).iter().zip(notices::notices(hostile)) {
            let said = say(&notice, &voice);
            assert!(is_harmless(&said), "{said:?}");
            assert!(said.chars().count() < 8000, "{} characters: {said}", said.chars().count());
            if let Notice::RunEnded { .. } = notice {
                assert!(said.lines().skip(1).all(|line| line.starts_with("│ ")), "{said}");
            } else {
                assert_eq!(said.lines().count(), say(plain, &voice).lines().count(), "{said}");
            }
        }
        for (name, card) in cards::cards(hostile, &voice) {
            for text in cards::texts(&card) {
                assert!(is_harmless(&text) && !text.contains('\n'), "{name}: {text:?}");
                assert!(text.chars().count() < 2000, "{name}: {text}");
            }
        }
    }
}

#[test]
fn a_time_names_its_day_unless_that_is_today() {
    let voice = voice(Locale::En);
    assert_eq!(voice.time(ago(5)), "14:05");
    assert_eq!(voice.time(ago(14 * 60 + 11)), "2026-11-19 23:59");
    assert_eq!(voice.time(ago(-10 * 60)), "2026-11-21 00:10");
    // Nothing that is on record can make it panic.
    assert!(!voice.time(Timestamp(i64::MIN)).is_empty());
    assert!(!voice.time(Timestamp(i64::MAX)).is_empty());
}

#[test]
fn a_length_of_time_reads_naturally_in_korean() {
    let voice = voice(Locale::Ko);
    assert_eq!(voice.duration(Duration::seconds(192)), "3분 12초");
    assert_eq!(voice.duration(Duration(400)), "0.4초");
    assert_eq!(voice.duration(Duration::seconds(51 * 3600)), "2일 3시간");
}

#[test]
fn a_version_is_named_only_by_what_adds_to_its_commit() {
    let (voice, commit) = (voice(Locale::En), samples::commit("4f2c91a"));
    assert_eq!(voice.version(Some("v1.1.0"), &commit), "v1.1.0 (4f2c91a)");
    for same in [None, Some("HEAD"), Some("4F2C91A"), Some("4f2c91a00"), Some("")] {
        assert_eq!(voice.version(same, &commit), "4f2c91a");
    }
}

#[test]
fn many_names_are_counted() {
    let names: Vec<String> = (1..=20).map(|n| format!("s{n}")).collect();
    let said = voice(Locale::En).any_of(&names);
    assert!(said.ends_with("s12 and 8 more"), "{said}");
}

proptest! {
    #[test]
    fn english_lengths_read_as_in_the_configuration(milliseconds in 0_i64..40_000_000_000) {
        let length = Duration(milliseconds);
        prop_assert_eq!(voice(Locale::En).duration(length), length.to_string());
    }

    #[test]
    fn no_time_on_record_panics(at: i64) {
        prop_assert!(!voice(Locale::Ko).time(Timestamp(at)).is_empty());
        prop_assert!(!voice(Locale::Ko).duration(NOW.since(Timestamp(at))).is_empty());
    }
}
