//! What must hold for every line that anybody types, with the manifests that come with the bot.

#[path = "grammar/any_line.rs"]
mod any_line;
#[path = "grammar/courtesy.rs"]
mod courtesy;
mod manifests;
#[path = "grammar/misunderstood.rs"]
mod misunderstood;
#[path = "grammar/speaker.rs"]
mod speaker;
#[path = "grammar/team.rs"]
mod team;
#[path = "grammar/told.rs"]
mod told;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{CommandName, EnvironmentName};
use wilco_core::manifest::{Example, Manifest};
use wilco_core::request::{Heard, SyntaxError};

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
