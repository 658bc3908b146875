//! Courtesy, haste and quotes around a name change nothing; a mark of a verb's own does.

use std::collections::BTreeMap;

use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{EnvironmentName, ServiceName};
use wilco_core::manifest::{Example, Manifest};
use wilco_core::request::Heard;

use crate::{GRAMMAR, MANIFESTS, answer};

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
