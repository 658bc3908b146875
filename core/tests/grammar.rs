//! What must hold for every line that anybody types, with the manifests that come with the bot.

mod manifests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{CommandName, EnvironmentName, RefName, ServiceName};
use wilco_core::manifest::{Example, Manifest};
use wilco_core::notice::{Locale, Notice};
use wilco_core::request::{Heard, Request, SyntaxError};
use wilco_core::time::Timestamp;
use wilco_core::wording::{Voice, say};

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
        SyntaxError::Hidden { word, character } => format!("hidden {character:?} in {word}"),
        SyntaxError::OpenQuote { text } => format!("open quote {text}"),
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
        ("deploy api to prod x=\"1", "open quote x=\"1"),
        ("deploy \"api to prod", "open quote \"api"),
        ("deploy api \"v1 to prod", "open quote \"v1"),
        ("“deploy api prod", "open quote \"deploy"),
        ("deploy 'api prod' staging", r#"deploy <service> "api prod""#),
        ("deploy a\u{200b}pi to prod", r"hidden '\u{200b}' in api"),
        ("de\u{ad}ploy api to prod", r"hidden '\u{ad}' in deploy"),
        ("배\u{200b}포 api prod", r"hidden '\u{200b}' in 배포"),
        ("deploy api to \u{202e}prod", r"hidden '\u{202e}' in prod"),
        ("deploy api to prod no\u{200d}te=1", r"hidden '\u{200d}' in note=1"),
        ("can i deploy a\u{200b}pi to prod", r"hidden '\u{200b}' in api"),
        ("reject #4\u{200b}2 because of x", r"hidden '\u{200b}' in #42"),
        ("fl\u{200b}y", r"hidden '\u{200b}' in fly"),
        ("status api x=1", "status parameter x=1"),
        ("approve #42 x=1", "approve parameter x=1"),
    ] {
        assert_eq!(answer(line), expected, "{line:?}");
    }
}

#[test]
fn quotes_around_a_name_say_nothing() {
    for (line, plain) in [
        ("deploy \"api\" to “prod”", "deploy api to prod"),
        ("deploy 'api@v1.4.2' to `prod`", "deploy api@v1.4.2 to prod"),
        ("“api”를 ‘prod’에 배포해줘", "api를 prod에 배포해줘"),
        ("`#42` 승인", "#42 승인"),
        ("\"status\"", "status"),
        ("“status api”", "status api"),
        ("`reject #42 because it's late`", "reject #42 because it's late"),
    ] {
        assert_eq!(GRAMMAR.hear(line), GRAMMAR.hear(plain), "{line}");
        assert!(matches!(GRAMMAR.hear(plain), Heard::Understood { .. }), "{plain}");
    }
}

#[test]
fn a_reason_may_hold_what_a_name_may_not() {
    for line in ["reject #42 'tis \"late", "reject #42 because 👩\u{200d}👧 and x\u{200b}y"] {
        assert!(matches!(GRAMMAR.hear(line), Heard::Understood { .. }), "{line}");
    }
}

/// Returns the grammar of the shipped commands and of some that a team wrote.
fn with_team_commands(written: &[(&str, &str, &[&str])]) -> Grammar {
    let mut all = MANIFESTS.clone();
    for (name, say, aliases) in written {
        let name = CommandName::new(*name).expect("a name");
        let manifest = Manifest {
            name: name.clone(),
            say: vec![(*say).into()],
            aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
            does: manifests::pipeline(),
            examples: vec![],
            ..MANIFESTS["smoke-test"].clone()
        };
        all.insert(name, manifest);
    }
    Grammar::new(&all, &Known::default()).expect("the manifests have no fault")
}

fn command_heard(grammar: &Grammar, line: &str) -> String {
    match grammar.hear(line) {
        Heard::Understood { command, .. } => command.to_string(),
        Heard::NotUnderstood(SyntaxError::Usage { command, .. }) => format!("{command}?"),
        Heard::NotUnderstood(error) => format!("{error:?}"),
    }
}

#[test]
fn the_longer_verb_is_meant() {
    let grammar = with_team_commands(&[
        ("deploy-docs", "deploy docs <service> <environment>", &["문서 배포", "배포 문서"]),
        ("deploy-the-lot", "deploy the lot <service> [in] <environment>", &[]),
    ]);
    for (line, expected) in [
        ("배포 이력 web staging", "history"),
        ("배포 이력 web", "history?"),
        ("web staging 배포 이력", "history"),
        ("배포 web staging", "deploy"),
        ("deploy docs web staging", "deploy-docs"),
        ("deploy docs web", "deploy-docs?"),
        ("deploy docs web to staging", "deploy-docs?"),
        ("deploy the lot web staging", "deploy-the-lot"),
        ("deploy the web to staging", "deploy"),
        ("배포 문서 web staging", "deploy-docs"),
        ("web staging 문서 배포", "deploy-docs"),
        ("web staging 배포", "deploy"),
        ("can i deploy docs web staging", "can"),
    ] {
        assert_eq!(command_heard(&grammar, line), expected, "{line}");
    }
    assert!(grammar.hides("docs").contains(&&MANIFESTS["deploy"].name));
    assert!(!GRAMMAR.hides("docs").contains(&&MANIFESTS["deploy"].name));
}

#[test]
fn a_team_command_is_said_in_both_orders_and_both_languages() {
    let grammar = with_team_commands(&[(
        "load-test",
        "load test <service> [in|on] <environment>",
        &["load", "부하", "부하 시험"],
    )]);
    for line in [
        "load test web staging",
        "please load test web in staging",
        "load web staging",
        "부하 web staging",
        "부하 web을 staging에서",
        "부하 시험 web staging",
        "web staging 부하",
        "web을 staging에서 부하 시험해줘",
        "web staging 부하 시험 부탁해요",
        "web staging 부하 by=me",
    ] {
        assert_eq!(command_heard(&grammar, line), "load-test", "{line}");
    }
    for line in [
        "smoke-test web staging",
        "please smoke-test web staging",
        "스모크테스트 web staging",
        "스모크테스트 web staging 해줘",
        "web staging 스모크테스트",
        "web을 staging에서 스모크테스트해줘",
        "web staging 스모크 테스트 해 주세요",
    ] {
        assert_eq!(command_heard(&grammar, line), "smoke-test", "{line}");
    }
}

#[test]
fn courtesy_and_haste_change_nothing() {
    for (line, plain) in [
        ("deploy api to prod!", "deploy api to prod"),
        ("deploy api to prod.", "deploy api to prod"),
        ("deploy api to prod ~!", "deploy api to prod"),
        ("deploy api to prod please", "deploy api to prod"),
        ("deploy api to prod note=1 thanks!", "deploy api to prod note=1"),
        ("please deploy api prod please!!", "deploy api prod"),
        ("can i deploy api to prod please?", "can i deploy api to prod"),
        ("배포 api prod 해줘", "배포 api prod"),
        ("배포 api prod 해 주세요!", "배포 api prod"),
        ("api prod 배포 부탁드립니다.", "api prod 배포"),
        ("api prod 배포~", "api prod 배포"),
        ("#42 승인!", "#42 승인"),
        ("status please", "status"),
        ("please status", "status"),
        ("thanks", "thanks"),
        ("why #42?", "why #42"),
        ("why #42 ?", "why #42"),
        ("reject #42 please", "reject #42"),
        ("#42 거절 해줘", "#42 거절"),
    ] {
        assert_eq!(GRAMMAR.hear(line), GRAMMAR.hear(plain), "{line}");
    }
    assert!(answer("reject #42 not today, please!").contains("not today, please!"));
}

#[test]
fn a_verb_with_a_mark_of_its_own_is_never_the_plain_verb() {
    for line in [
        "deploy! api to prod",
        "deploy! api to prod please",
        "please deploy! api prod!",
        "배포! api prod 해줘",
        "api prod 배포!",
        "api prod 배포 !",
        "api prod 배포! 해줘",
        "api prod 배포해줘!!",
        "api prod 배포!.",
        "api to prod rollback!",
        "can i deploy! api to prod",
    ] {
        assert!(matches!(GRAMMAR.hear(line), Heard::NotUnderstood(_)), "{line}");
    }
}

#[test]
fn a_name_that_looks_like_courtesy_is_one_where_it_exists() {
    let service = ServiceName::new("please").expect("a name");
    let environment = EnvironmentName::new("prod.").expect("a name");
    let known = Known { services: [service].into(), environments: [environment].into() };
    let grammar = Grammar::new(&MANIFESTS, &known).expect("the manifests have no fault");
    let status = Manifest {
        examples: vec![
            Example {
                say: "status please".into(),
                means: BTreeMap::from([("service".into(), "please".into())]),
            },
            Example {
                say: "status api prod.".into(),
                means: BTreeMap::from([
                    ("service".into(), "api".into()),
                    ("environment".into(), "prod.".into()),
                ]),
            },
        ],
        ..MANIFESTS["status"].clone()
    };
    assert_eq!(grammar.check_examples(&status), Vec::<String>::new());
}

#[test]
fn a_line_has_two_thousand_characters_at_most() {
    let reason = "가".repeat(2000 - "reject #1 ".len());
    assert!(answer(&format!("reject #1 {reason}")).starts_with("reject: "));
    assert_eq!(answer(&format!("reject #1 {reason}가")), "2001 of 2000");
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

/// Returns the forms that begin with the command's own verb, said with each alias instead.
fn aliased(manifest: &Manifest) -> Vec<String> {
    let bare = |pattern: &str| pattern.strip_prefix("[please] ").unwrap_or(pattern).to_owned();
    let verb = bare(&manifest.say[0]).split(' ').next().unwrap_or_default().to_owned();
    let rests: Vec<String> = manifest
        .say
        .iter()
        .filter_map(|pattern| bare(pattern).strip_prefix(&verb).map(str::to_owned))
        .filter(|rest| rest.is_empty() || rest.starts_with(' '))
        .collect();
    let said =
        |alias: &String| rests.iter().map(|rest| format!("{alias}{rest}")).collect::<Vec<_>>();
    manifest.aliases.iter().flat_map(said).collect()
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
