//! Lines that are not understood, and what is said about them.

use wilco_core::request::Heard;

use crate::{GRAMMAR, MANIFESTS, answer};

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
fn a_reason_may_hold_what_a_name_may_not() {
    for line in ["reject #42 'tis \"late", "reject #42 because 👩\u{200d}👧 and x\u{200b}y"] {
        assert!(matches!(GRAMMAR.hear(line), Heard::Understood { .. }), "{line}");
    }
}

#[test]
fn a_line_has_two_thousand_characters_at_most() {
    let reason = "가".repeat(2000 - "reject #1 ".len());
    assert!(answer(&format!("reject #1 {reason}")).starts_with("reject: "));
    assert_eq!(answer(&format!("reject #1 {reason}가")), "2001 of 2000");
}

#[test]
fn what_is_said_to_everybody_is_about_a_command_only_where_it_nearly_is_one() {
    for example in MANIFESTS.values().flat_map(|manifest| &manifest.examples) {
        assert!(GRAMMAR.hear(&example.say).is_about_a_command(), "{}", example.say);
    }
    for line in ["deploy", "deplyo api to prod", "approve", "deploy \"api to prod", "롤백"] {
        assert!(GRAMMAR.hear(line).is_about_a_command(), "{line}");
    }
    for line in ["", "weather in seoul", "!!", "오늘 점심 뭐 먹지", &"deploy ".repeat(1_000)]
    {
        assert!(!GRAMMAR.hear(line).is_about_a_command(), "{line}");
    }
}
