//! What is offered where, in which order, and in which words.

use std::collections::BTreeSet;

use wilco_core::deployment::{Kind, Outcome, Status};
use wilco_core::grammar::fields::FieldName::{self, *};
use wilco_core::ids::DeploymentId;
use wilco_core::notice::{Locale, Summary};
use wilco_core::suggest::{self, Asked, Recent};
use wilco_core::wording::offers::{field_description, field_name};

use crate::{CATALOG, DONE, ROOM, catalog, filled, offered, sha, summary, values};

/// One of each status, the newest last.
fn recent() -> Recent {
    let statuses = [
        DONE,
        Status::Ended(Outcome::Failed),
        DONE,
        Status::Running,
        Status::Waiting,
        Status::Resolving,
        Status::Ended(Outcome::Rejected),
    ];
    let lanes = [("web", "prod"), ("api", "staging")];
    let of = |(at, status): (usize, Status)| {
        let id = u64::try_from(at).expect("a small number") + 1;
        Summary {
            commit: (status != Status::Resolving).then(|| sha(id)),
            ..summary(id, lanes[at % 2], status, None)
        }
    };
    let api = summary(9, ("api", "staging"), DONE, Some("v2.0.0"));
    let command = Kind::Command { command: "smoke-test".parse().expect("a name") };
    let smoke = Summary { kind: command, ..summary(8, ("web", "prod"), DONE, Some("v0.9.0")) };
    let all = statuses.into_iter().enumerate().map(of).chain([smoke, api]);
    Recent::new(all, [DeploymentId(3), DeploymentId(9)])
}

#[test]
fn deployments_are_offered_where_they_make_sense() {
    for (command, expected) in [
        ("approve", &["#5", "#6", "#4"][..]),
        ("reject", &["#5", "#6", "#4"]),
        ("cancel", &["#6", "#5", "#4"]),
        ("retry", &["#7", "#2", "#9", "#8", "#3", "#1"]),
        ("why", &["#6", "#5", "#4", "#9", "#8", "#7", "#3", "#2", "#1"]),
        ("show", &["#9", "#8", "#7", "#6", "#5", "#4", "#3", "#2", "#1"]),
        // Those that were live and are not.
        ("rollback", &["#1"]),
    ] {
        let choices = offered(&recent(), command, &[], (Deployment, ""));
        assert_eq!(values(&choices), expected, "{command}");
    }
    let there = [(Service, "web"), (Environment, "staging")];
    assert_eq!(offered(&recent(), "rollback", &there, (Deployment, "")), []);
}

#[test]
fn a_deployment_is_found_by_its_number_and_by_what_it_is() {
    let numbers = Recent::new((1..=120).map(|id| summary(id, ("web", "prod"), DONE, None)), []);
    let find = |typed| offered(&numbers, "show", &[], (Deployment, typed));
    assert_eq!(values(&find("1"))[..3], ["#1", "#120", "#119"]);
    assert_eq!(values(&find("#12")), ["#12", "#120"]);
    let find = |typed| offered(&recent(), "show", &[], (Deployment, typed));
    assert_eq!(values(&find("api")), ["#9", "#6", "#4", "#2"]);
    assert_eq!(values(&find("대기")), ["#5"]);
    assert_eq!(values(&find("v2.0")), ["#9"]);
    assert_eq!(values(&find("nothing of the kind")), [""; 0]);
}

#[test]
fn versions_of_the_service_go_first_and_the_newest_of_them() {
    let web = [(Service, "web"), (Environment, "prod")];
    let choices = offered(&recent(), "deploy", &web, (Version, ""));
    let shown = choices.iter().map(|choice| choice.shown.en.as_str()).take(4).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [
            "v0.9.0: #8, web in prod",
            "0000008 (v0.9.0): #8, web in prod",
            "0000007: #7, web in prod",
            "0000005: #5, web in prod",
        ]
    );
    let live = choices.iter().find(|choice| choice.value == sha(3).as_str()).expect("it is live");
    assert_eq!(live.shown.en, "0000003: live, web in prod");
    assert_eq!(live.shown.ko, "0000003: 현재 배포됨, web (prod)");
    let api = offered(&recent(), "deploy", &[(Service, "API ")], (Version, ""));
    assert_eq!(values(&api)[..2], ["v2.0.0", sha(9).as_str()]);
    let typed = offered(&recent(), "changes", &web, (Version, "v"));
    assert_eq!(values(&typed)[..2], ["v0.9.0", "v2.0.0"]);
    let commit = offered(&recent(), "deploy", &web, (Version, "0000009"));
    assert_eq!(values(&commit), [sha(9).as_str()]);
}

#[test]
fn a_version_that_cannot_be_said_or_is_too_long_is_not_offered() {
    let long = "x".repeat(101);
    let odd =
        ["HEAD", "v1\u{200b}", "v1\u{2013}2", "a b", "\"'`", &long, "ok", "v1로그인", "a=b", "to"];
    let all = odd.iter().zip(1..).map(|(name, id)| Summary {
        commit: None,
        ..summary(id, ("web", "prod"), DONE, Some(name))
    });
    let choices = offered(&Recent::new(all, []), "deploy", &[(Service, "web")], (Version, ""));
    assert_eq!(values(&choices), ["to", "a=b", "v1로그인", "ok", "\"'`"]);
}

#[test]
fn environments_are_those_of_the_service() {
    let find = |command, there: &[(FieldName, &str)], field| {
        let choices = offered(&recent(), command, there, (field, ""));
        values(&choices).join(" ")
    };
    assert_eq!(find("deploy", &[(Service, "web")], Environment), "prod lab staging");
    assert_eq!(find("deploy", &[(Service, "worker-2.eu")], Environment), "staging");
    assert_eq!(find("deploy", &[(Service, "nobody")], Environment), "");
    assert_eq!(find("deploy", &[], Environment), "staging prod lab");
    let web = (Service, "web");
    assert_eq!(find("promote", &[web, (From, "staging")], To), "prod lab");
    assert_eq!(find("promote", &[web, (To, "prod")], From), "lab staging");
    assert_eq!(find("promote", &[web, (From, "staging")], From), "prod lab staging");
}

#[test]
fn services_commands_and_languages_are_offered() {
    let find = |command, field, typed| {
        let choices = offered(&recent(), command, &[], (field, typed));
        values(&choices).join(" ")
    };
    assert_eq!(find("deploy", Service, ""), "api web lab worker-2.eu");
    assert_eq!(find("deploy", Service, "W"), "web worker-2.eu");
    assert_eq!(find("deploy", Service, "eu"), "worker-2.eu");
    assert_eq!(find("help", Command, "롤백"), "rollback");
    assert_eq!(find("help", Command, "pro"), "promote approve");
    assert_eq!(find("language", Language, ""), "en ko default");
    assert_eq!(find("language", Language, "한국"), "ko");
    for field in [Reason, Moment, Request, DryRun, Parameters] {
        assert_eq!(find("deploy", field, ""), "");
    }
}

#[test]
fn what_has_no_room_is_left_out_at_the_end() {
    let names: Vec<String> = (0..40).map(|number| format!("s{number:02}")).collect();
    let services: Vec<(&str, &[&str])> =
        names.iter().map(|name| (name.as_str(), &["prod"][..])).collect();
    let catalog = catalog(&services);
    let recent = Recent::new([summary(1, ("s39", "prod"), DONE, None)], []);
    let (manifest, filled) = (&catalog.commands["deploy"], filled(&[]));
    let asked = Asked { manifest, field: Service, filled: &filled, typed: "" };
    let choices = suggest::choices(&catalog, &recent, &asked, ROOM);
    assert_eq!((choices.len(), choices[0].value.as_str()), (25, "s39"));
    assert_eq!(choices[1].value, "s00");
}

#[test]
fn the_later_of_two_readings_holds() {
    let (before, after) = (Status::Running, DONE);
    let read = [before, after].map(|status| summary(1, ("web", "prod"), status, None));
    let recent = Recent::new(read, []);
    assert_eq!(recent.newest_first().len(), 1);
    assert_eq!(recent.newest_first()[0].status, after);
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>
#[test]
fn every_field_has_a_name_and_a_description_that_a_form_has_room_for() {
    for locale in Locale::ALL {
        let mut names = BTreeSet::new();
        for field in FieldName::ALL {
            assert_eq!(FieldName::of_code(field.code()), Some(field));
            let (name, description) = (field_name(field, locale), field_description(field, locale));
            assert!((1..=32).contains(&name.chars().count()), "{name}");
            assert!((1..=100).contains(&description.encode_utf16().count()), "{description}");
            let fits = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
            assert!(name.chars().all(fits) && name.to_lowercase() == name, "{name}");
            assert!(names.insert(name.replace(' ', "")), "{name}");
        }
    }
    assert!(CATALOG.commands.len() > 20);
}
