//! What must hold for whatever is offered.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use wilco_core::deployment::{Kind, Outcome, Status};
use wilco_core::grammar::fields::FieldName::{self, *};
use wilco_core::grammar::fields::{Filled, Need};
use wilco_core::ids::{CommandName as Name, DeploymentId, EnvironmentName, ServiceName};
use wilco_core::manifest::Manifest;
use wilco_core::notice::Summary;
use wilco_core::suggest::{self, Asked, Recent, Room};

use crate::{CATALOG, DONE, SERVICES, misheard, sha, summary};

fn statuses() -> impl Strategy<Value = Status> {
    let ends = [Outcome::Succeeded, Outcome::Failed, Outcome::Cancelled].map(Status::Ended);
    select(
        [&[Status::Resolving, Status::Waiting, Status::Starting, Status::Running], &ends[..]]
            .concat(),
    )
}

/// Names that git allows, and some that it does not.
fn references() -> impl Strategy<Value = String> {
    prop_oneof![
        "v[0-9]\\.[0-9]",
        "[a-z]{1,6}/[a-z가-힣]{1,6}",
        "[!-~]{1,8}",
        "\\PC{1,10}",
        "[가-힣a-z0-9=@'\"`.!?~-]{1,10}",
        "x{90,110}",
        select(vec![
            "main", "HEAD", "to", "dry-run", "dry run", "시험", "help", "please", "해줘", "#1"
        ])
        .prop_map(str::to_owned),
    ]
}

fn recents() -> impl Strategy<Value = Recent> {
    let lanes: Vec<(&str, &str)> = SERVICES
        .iter()
        .flat_map(|(service, there)| there.iter().map(|environment| (*service, *environment)))
        .chain([("gone", "prod"), ("web", "gone")])
        .collect();
    let kinds = select(vec![
        Kind::Deploy,
        Kind::Rollback,
        Kind::Command { command: "smoke-test".parse().expect("a name") },
    ]);
    let one = (1..80_u64, select(lanes), statuses(), prop::option::of(references()), kinds);
    let one = one.prop_map(|(id, lane, status, reference, kind)| Summary {
        kind,
        commit: (status != Status::Resolving).then(|| sha(id % 30)),
        ..summary(id, lane, status, reference.as_deref())
    });
    prop::collection::vec(one, 0..60).prop_map(|read| {
        let live = read.iter().filter(|s| s.status == DONE).map(|s| s.deployment).take(3);
        let live: Vec<DeploymentId> = live.collect();
        Recent::new(read, live)
    })
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        3 => "[a-z0-9#.]{1,2}",
        1 => "[가-힣 /-]{1,2}",
        1 => "\\PC{0,20}",
    ]
}

fn a_field(of: fn(FieldName) -> bool) -> impl Strategy<Value = (&'static Name, FieldName)> {
    let all = CATALOG.commands.iter().flat_map(|(name, manifest)| {
        CATALOG.grammar.fields(manifest).into_iter().map(move |field| (name, field.name))
    });
    select(all.filter(|(_, field)| of(*field)).collect::<Vec<_>>())
}

/// Returns what could be in the other fields: what a form needs, and some of the rest.
fn others(manifest: &Manifest, but: FieldName, picks: &[Index]) -> Filled {
    let lanes: Vec<(&str, &[&str])> = SERVICES.into();
    let mut filled = Filled::new();
    let (service, there) = *picks[0].get(&lanes);
    for (field, pick) in CATALOG.grammar.fields(manifest).iter().zip(&picks[1..]) {
        if field.name == but || (field.need == Need::Optional && pick.index(2) == 0) {
            continue;
        }
        let value = match field.name {
            Service => service,
            Environment | From | To => pick.get(there),
            Version => pick.get(&["main", "v1.4.2", "feature/로그인"]),
            Deployment => pick.get(&["#1", "#77"]),
            Reason => "too late",
            Moment => "yesterday 09:00",
            Command => "deploy",
            Request => "whoami",
            Language => "ko",
            DryRun => "true",
            Parameters => continue,
        };
        filled.insert(field.name, value.to_owned());
    }
    filled
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_offered_is_heard_as_just_that(
        recent in recents(),
        (command, field) in a_field(|_| true),
        picks in prop::collection::vec(any::<Index>(), 14),
        typed in typed(),
        most in 1..=25_usize,
    ) {
        let manifest = &CATALOG.commands[command];
        let filled = others(manifest, field, &picks);
        let asked = Asked { manifest, field, filled: &filled, typed: &typed };
        let room = Room { choices: most, characters: 100 };
        let choices = suggest::choices(&CATALOG, &recent, &asked, room);
        prop_assert!(choices.len() <= most);
        let distinct: BTreeSet<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
        prop_assert_eq!(distinct.len(), choices.len());
        prop_assert!(field.is_offered() || choices.is_empty());
        for choice in &choices {
            prop_assert!((1..=100).contains(&choice.value.encode_utf16().count()));
            for shown in [&choice.shown.en, &choice.shown.ko] {
                prop_assert!(!shown.is_empty() && !shown.contains(char::is_control), "{shown:?}");
            }
            let mut whole = filled.clone();
            whole.insert(field, choice.value.clone());
            prop_assert_eq!(misheard(&CATALOG, manifest, &whole), Vec::<String>::new());
        }
        let begins = |value: &str| {
            let bare = |text: &str| text.trim().trim_start_matches('#').to_lowercase();
            bare(value).starts_with(&bare(&typed))
        };
        let first_other = choices.iter().position(|choice| !begins(&choice.value));
        let rest = &choices[first_other.unwrap_or(choices.len())..];
        prop_assert!(!rest.iter().any(|choice| begins(&choice.value)), "{choices:?}");
    }

    #[test]
    fn environments_belong_to_the_service(
        recent in recents(),
        (command, field) in a_field(|field| matches!(field, Environment | From | To)),
        service in "[a-z]{1,3}|api|lab|web|WEB |worker-2.eu",
        typed in typed(),
    ) {
        let manifest = &CATALOG.commands[command];
        let filled = Filled::from([(Service, service.clone())]);
        let asked = Asked { manifest, field, filled: &filled, typed: &typed };
        let room = Room { choices: 25, characters: 100 };
        for choice in suggest::choices(&CATALOG, &recent, &asked, room) {
            let service = ServiceName::new(service.trim().to_lowercase()).expect("a name");
            let environment = EnvironmentName::new(choice.value).expect("a name");
            prop_assert!(CATALOG.environment(&service, &environment).is_some());
        }
    }

    #[test]
    fn where_nothing_is_typed_the_newest_go_first(recent in recents()) {
        let ids = |command: &str| {
            let (manifest, filled) = (&CATALOG.commands[command], Filled::new());
            let asked = Asked { manifest, field: Deployment, filled: &filled, typed: "" };
            let room = Room { choices: 25, characters: 100 };
            let choices = suggest::choices(&CATALOG, &recent, &asked, room);
            choices.iter().map(|choice| choice.value.parse().expect("a number")).collect::<Vec<DeploymentId>>()
        };
        let all: Vec<DeploymentId> = recent.newest_first().iter().map(|s| s.deployment).collect();
        prop_assert_eq!(&ids("show")[..], &all[..all.len().min(25)]);
        prop_assert!(all.is_sorted_by(|a, b| a > b));
        let open: BTreeSet<DeploymentId> = recent
            .newest_first()
            .iter()
            .filter(|s| s.status.outcome().is_none())
            .map(|s| s.deployment)
            .collect();
        for command in ["approve", "reject", "cancel"] {
            prop_assert!(ids(command).iter().all(|id| open.contains(id)), "{command}");
        }
    }
}
