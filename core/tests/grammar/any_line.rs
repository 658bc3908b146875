//! Lines that nobody thought of.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wilco_core::ids::{RefName, ServiceName};
use wilco_core::manifest::{Example, Manifest};
use wilco_core::request::{Heard, Request, SyntaxError};

use crate::speaker::{Speaker, aliased};
use crate::{GRAMMAR, MANIFESTS, grammar};

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9]{0,8}([._-][a-z0-9]{1,8})?"
        .prop_filter("a word of a command", |name| GRAMMAR.hides(name).is_empty())
}

fn version() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9._/@+-]{0,20}".prop_filter("a ref", |version| {
        RefName::new(version.as_str()).is_ok()
            && GRAMMAR.hides(&version.to_ascii_lowercase()).is_empty()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_makes_it_panic(line in any::<String>()) {
        GRAMMAR.hear(&line);
    }

    #[test]
    fn no_line_of_its_own_words_makes_it_panic(
        words in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(GRAMMAR.vocabulary().map(str::to_owned).collect::<Vec<_>>()),
                "[ -~]{0,8}",
                "[\u{1100}-\u{11ff}\u{ac00}-\u{ac20}\u{200b}-\u{200f}\u{0}-\u{20}“”‘’—=@#?]{0,6}",
                proptest::sample::select(vec!["to", "in", "i", "api", "prod", "#42", "를", "a=\"b", "dry", "run"])
                    .prop_map(str::to_owned),
            ],
            0..12,
        ),
    ) {
        GRAMMAR.hear(&words.join(" "));
        GRAMMAR.hear(&words.concat());
    }

    #[test]
    fn every_form_of_every_command_can_be_said_with_every_alias(
        service in name(),
        names in (name(), name(), name()),
        version in version(),
        number in 1..=i64::MAX,
        choices in proptest::collection::vec(any::<u8>(), 1..12),
    ) {
        prop_assume!(service != names.0);
        let grammar = grammar(&names.0);
        let values = BTreeMap::from([
            ("service", service),
            ("environment", names.0),
            ("version", version),
            ("deployment", format!("#{number}")),
            ("from", names.1),
            ("to", names.2),
            ("reason", "it = “broken”, no?".to_owned()),
            ("moment", "2026-11-19 14:05".to_owned()),
            ("command", "deploy".to_owned()),
            ("language", "ko".to_owned()),
            ("request", "deploy api to prod".to_owned()),
            ("dry-run", "dry run".to_owned()),
        ]);
        for manifest in MANIFESTS.values() {
            for pattern in manifest.say.iter().cloned().chain(aliased(manifest)) {
                let mut speaker =
                    Speaker { choices: choices.iter().cycle(), values: &values, means: BTreeMap::new() };
                let say = speaker.say(&pattern);
                let example = Example { say, means: speaker.means };
                let manifest = Manifest { examples: vec![example], ..manifest.clone() };
                prop_assert_eq!(grammar.check_examples(&manifest), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn case_and_spaces_and_what_chats_leave_between_words_change_nothing(
        index in any::<prop::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 1..12),
    ) {
        let examples: Vec<&Example> =
            MANIFESTS.values().flat_map(|manifest| &manifest.examples).collect();
        let say = &examples[index.index(examples.len())].say;
        // A reason and a quoted value are kept as typed; a version keeps its case.
        prop_assume!(!["“", "\"", "Friday", "테스트가"].iter().any(|kept| say.contains(kept)));
        let versioned = say.contains('@') || say.contains("feature-x");
        let mut noise = noise.iter().cycle().map(|n| n % 8);
        let mut noisy = String::from("\u{200b} ");
        for c in say.chars() {
            match (noise.next(), c) {
                (Some(0 | 1), ' ') => noisy.push_str("\u{a0} \t"),
                (Some(2), ' ') => noisy.push('\u{3000}'),
                (Some(3), c) if !versioned => noisy.extend(c.to_uppercase()),
                (Some(4), c @ '!'..='~') if c != '?' => {
                    noisy.extend(char::from_u32(u32::from(c) + 0xfee0));
                }
                (Some(5), ' ') => noisy.push_str("\u{200b} \u{feff}"),
                (_, c) => noisy.push(c),
            }
        }
        prop_assert_eq!(GRAMMAR.hear(&noisy), GRAMMAR.hear(say), "{:?}", noisy);
    }

    #[test]
    fn a_hidden_character_inside_a_word_is_never_left_out(
        index in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        hidden in proptest::sample::select(vec![
            '\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{ad}', '\u{fe0f}', '\u{3164}',
        ]),
    ) {
        let examples: Vec<&Example> =
            MANIFESTS.values().flat_map(|manifest| &manifest.examples).collect();
        let say = &examples[index.index(examples.len())].say;
        // Reasons and quoted values are text, of which only what can be seen is kept.
        prop_assume!(!["“", "\"", "Friday", "테스트가"].iter().any(|text| say.contains(text)));
        let letters: Vec<char> = say.chars().collect();
        let inside: Vec<usize> = (1..letters.len())
            .filter(|at| letters[*at] != ' ' && letters[at - 1] != ' ')
            .collect();
        prop_assume!(!inside.is_empty());
        let at = inside[place.index(inside.len())];
        let line: String = letters[..at].iter().chain([&hidden]).chain(&letters[at..]).collect();
        let Heard::NotUnderstood(SyntaxError::Hidden { character, .. }) = GRAMMAR.hear(&line) else {
            return Err(TestCaseError::fail(format!("{line:?}")));
        };
        prop_assert_eq!(character, hidden);
    }

    #[test]
    fn a_name_that_nobody_knows_is_passed_on_as_it_is(service in name(), environment in name()) {
        let line = format!("deploy {service} to {environment}");
        let Heard::Understood { request: Request::Deploy { service: heard, environment: place, .. }, .. } =
            GRAMMAR.hear(&line)
        else {
            return Err(TestCaseError::fail(line));
        };
        prop_assert_eq!(heard, ServiceName::new(service).expect("a name"));
        prop_assert_eq!(place.as_str(), environment);
    }
}
