//! Commands that a team wrote, beside those that come with the bot.

use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::CommandName;
use wilco_core::manifest::Manifest;
use wilco_core::request::{Heard, SyntaxError};

use crate::{GRAMMAR, MANIFESTS, manifests};

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
