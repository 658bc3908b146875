//! What must hold for every line that anybody types, with the manifests that come with the bot.

mod manifests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{CommandName, EnvironmentName, RefName, ServiceName};
use wilco_core::manifest::{Example, Manifest};
use wilco_core::request::{Heard, Request, SyntaxError};

static MANIFESTS: LazyLock<BTreeMap<CommandName, Manifest>> = LazyLock::new(manifests::shipped);
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| grammar("prod"));

/// Returns the grammar of a place where this environment exists and nothing else does.
fn grammar(environment: &str) -> Grammar {
    let environment = EnvironmentName::new(environment).expect("a name");
    let known = Known { environments: [environment].into(), ..Known::default() };
    Grammar::new(&MANIFESTS, &known).expect("the manifests have no fault")
}

#[test]
fn every_example_means_what_its_manifest_says() {
    let wrong: Vec<String> =
        MANIFESTS.values().flat_map(|manifest| GRAMMAR.check_examples(manifest)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_command_has_examples_in_english_and_korean() {
    for manifest in MANIFESTS.values() {
        let korean = |example: &&Example| example.say.chars().any(|c| ('가'..='힣').contains(&c));
        let count = manifest.examples.iter().filter(korean).count();
        assert!(count > 0 && count < manifest.examples.len(), "{}", manifest.name);
    }
}

/// Returns everything that the agreed wording of a language quotes, each with the line where it stands.
fn quoted(snapshot: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let quotes = |line: &'static str| line.split('`').skip(1).step_by(2);
    snapshot.lines().flat_map(move |line| quotes(line).map(move |quote| (quote, line)))
}

#[test]
fn every_sentence_that_a_message_tells_people_to_say_can_be_said() {
    /// What is quoted and has several words, though nobody is to say it to wilco.
    const NOT_SAID: [&str; 3] = ["wilco audit verify", "dry run", "slack"];
    for snapshot in [include_str!("snapshots/en.txt"), include_str!("snapshots/ko.txt")] {
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
    words(include_str!("snapshots/en.txt"), &["help", "status", "whoami"]);
    words(include_str!("snapshots/ko.txt"), &["도움말", "상태", "내정보"]);
}

/// Returns what was not understood, as one line without the forms.
fn answer(line: &str) -> String {
    let error = match GRAMMAR.hear(line) {
        Heard::Understood { command, request } => return format!("{command}: {request:?}"),
        Heard::NotUnderstood(error) => error,
    };
    match error {
        SyntaxError::Empty => "empty".into(),
        SyntaxError::TooLong { characters, most } => format!("{characters} of {most}"),
        SyntaxError::UnknownCommand { word, nearest } => format!("unknown {word} {nearest:?}"),
        SyntaxError::Usage { command, unexpected, usage } => {
            assert!(!usage.is_empty(), "{line}");
            format!("{command} usage {unexpected:?}")
        }
        SyntaxError::Slot { command, slot, text, usage } => {
            assert!(!usage.is_empty(), "{line}");
            format!("{command} <{slot}> {text:?}")
        }
        SyntaxError::Parameter { command, text } => format!("{command} parameter {text}"),
    }
}

#[test]
fn a_line_that_is_not_understood_says_what_is_wrong_with_it() {
    for (line, expected) in [
        ("", "empty"),
        (" \u{200b}\n", "empty"),
        ("deplyo api prod", r#"unknown deplyo Some("deploy")"#),
        ("deploy! api prod", r#"unknown deploy! Some("deploy")"#),
        ("베포 api prod", r#"unknown 베포 Some("배포")"#),
        ("api prod 베포해줘", r#"unknown 베포해줘 Some("배포해줘")"#),
        ("api prod deploy", r#"unknown api Some("deploy")"#),
        ("please fly", "unknown fly None"),
        ("web 스테이징", "unknown web None"),
        ("감사합니다", "unknown 감사합니다 None"),
        ("can i fly", "unknown fly None"),
        ("deploy", "deploy usage None"),
        ("please deploy api to", "deploy usage None"),
        ("api 배포", "deploy usage None"),
        ("deploy the to prod", r#"deploy usage Some("to")"#),
        ("deploy api prod now", r#"deploy usage Some("now")"#),
        ("deploy api v1.4.2 prod", r#"deploy usage Some("prod")"#),
        ("deploy api to prod and web", r#"deploy usage Some("and")"#),
        ("deploy api to prod\nreject #42", r#"deploy usage Some("reject")"#),
        ("approve #42 #43", "approve usage Some(\"#43\")"),
        ("reject #42 because", "reject usage None"),
        ("can i can i deploy api to prod", r#"can usage Some("can")"#),
        ("can", "can usage None"),
        ("deploy ../x to prod", r#"deploy <service> "../x""#),
        ("deploy аpi to prod", r#"deploy <service> "аpi""#),
        ("deploy a\u{0}pi to prod", "deploy <service> \"a\u{fffd}pi\""),
        ("deploy api@ to prod", "deploy usage None"),
        ("deploy api@a..b to prod", r#"deploy <version> "a..b""#),
        ("deploy @v1 to prod", "deploy usage None"),
        ("web 스테이징 배포", r#"deploy <environment> "스테이징""#),
        ("approve api", r#"approve <deployment> "api""#),
        ("approve #0", "approve <deployment> \"#0\""),
        ("live api prod at 25:99", r#"live <moment> "25:99""#),
        ("live api prod yesterday 25:00", r#"live <moment> "yesterday 25:00""#),
        ("help 없음", r#"help <command> "없음""#),
        ("deploy api to prod x=1 X=2", "deploy parameter X=2"),
        ("deploy api to prod x=\"1", "deploy parameter x=\"1"),
        ("status api x=1", "status parameter x=1"),
        ("approve #42 x=1", "approve parameter x=1"),
    ] {
        assert_eq!(answer(line), expected, "{line:?}");
    }
}

#[test]
fn a_line_has_two_thousand_characters_at_most() {
    let reason = "가".repeat(2000 - "reject #1 ".len());
    assert!(answer(&format!("reject #1 {reason}")).starts_with("reject: "));
    assert_eq!(answer(&format!("reject #1 {reason}가")), "2001 of 2000");
}

#[test]
fn what_status_asks_about_depends_on_what_exists() {
    let means = |line: &str, slot: &str, value: &str| Example {
        say: line.into(),
        means: BTreeMap::from([(slot.into(), value.into())]),
    };
    let status = &MANIFESTS["status"];
    let examples = vec![
        means("status prod", "environment", "prod"),
        means("status PROD", "environment", "prod"),
        means("prod 상태", "environment", "prod"),
        means("status nowhere", "service", "nowhere"),
        means("status in nowhere", "environment", "nowhere"),
    ];
    let manifest = Manifest { examples, ..status.clone() };
    assert_eq!(GRAMMAR.check_examples(&manifest), Vec::<String>::new());
}

#[test]
fn an_example_that_lies_is_told() {
    let example = |say: &str, means: &[(&str, &str)]| Example {
        say: say.into(),
        means: means.iter().map(|(slot, value)| ((*slot).into(), (*value).into())).collect(),
    };
    let examples = vec![
        example("deploy api to prod", &[("service", "web"), ("version", "v1")]),
        example("status", &[]),
        example("fly", &[]),
    ];
    let manifest = Manifest { examples, ..MANIFESTS["deploy"].clone() };
    assert_eq!(
        GRAMMAR.check_examples(&manifest),
        [
            "In the example `deploy api to prod`, `environment` is heard as `prod`, but `means` leaves it out.",
            "In the example `deploy api to prod`, `service` is heard as `api`, but `means` says `web`.",
            "In the example `deploy api to prod`, `version` is not heard, but `means` says `v1`.",
            "The example `status` is heard as the command `status`.",
            "The example `fly` is not understood: no command begins with `fly`.",
        ]
    );
}

#[test]
fn help_shows_forms_that_can_be_said() {
    let usage = GRAMMAR.usage(&MANIFESTS["rollback"].name);
    assert_eq!(usage[0], "rollback <service> in <environment> [to <deployment>]");
    assert!(GRAMMAR.vocabulary().any(|word| word == "배포"));
    assert_eq!(GRAMMAR.command_of("SHIP").map(CommandName::as_str), Some("deploy"));
    assert!(!GRAMMAR.hides("to").is_empty());
}

/// Says a pattern: each choice in it is made by the next number, each slot filled from the values.
struct Speaker<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    values: &'a BTreeMap<&'static str, String>,
    means: BTreeMap<String, String>,
}

impl Speaker<'_> {
    fn say(&mut self, pattern: &str) -> String {
        let mut said = String::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            let end = match c {
                '[' | '(' => {
                    let end = closing(rest);
                    let mut ways: Vec<&str> = alternatives(&rest[1..end]);
                    if c == '[' {
                        ways.push("");
                    }
                    let choice = self.choices.next().map_or(0, |n| usize::from(*n) % ways.len());
                    said.push_str(&self.say(ways[choice]));
                    end + 1
                }
                '<' => {
                    let end = rest.find('>').expect("a slot is closed");
                    said.push_str(&self.fill(&rest[1..end]));
                    end + 1
                }
                c => {
                    said.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[end..];
        }
        said
    }

    fn fill(&mut self, slot: &str) -> String {
        match slot {
            "dry-run" => drop(self.means.insert("dry_run".into(), "true".into())),
            "request" => {
                let means = [("request", "deploy"), ("service", "api"), ("environment", "prod")];
                self.means.extend(means.map(|(slot, value)| (slot.into(), value.into())));
            }
            slot => drop(self.means.insert(slot.into(), self.values[slot].clone())),
        }
        self.values[slot].clone()
    }
}

fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        depth += i32::from("[(".contains(c)) - i32::from("])".contains(c));
        if depth == 0 {
            return index;
        }
    }
    text.len()
}

fn alternatives(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = |c: char| {
        depth += i32::from("[(".contains(c)) - i32::from("])".contains(c));
        c == '|' && depth == 0
    };
    text.split(split).collect()
}

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
    fn every_form_of_every_command_can_be_said(
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
            ("request", "deploy api to prod".to_owned()),
            ("dry-run", "dry run".to_owned()),
        ]);
        for manifest in MANIFESTS.values() {
            for pattern in &manifest.say {
                let mut speaker =
                    Speaker { choices: choices.iter().cycle(), values: &values, means: BTreeMap::new() };
                let say = speaker.say(pattern);
                let example = Example { say, means: speaker.means };
                let manifest = Manifest { examples: vec![example], ..manifest.clone() };
                prop_assert_eq!(grammar.check_examples(&manifest), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn case_and_spaces_and_what_is_invisible_change_nothing(
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
                (Some(5), c) => noisy.extend([c, '\u{200d}']),
                (_, c) => noisy.push(c),
            }
        }
        prop_assert_eq!(GRAMMAR.hear(&noisy), GRAMMAR.hear(say), "{:?}", noisy);
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
