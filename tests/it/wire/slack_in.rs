//! Payloads of Slack, in the shapes that it documents, and what each of them becomes.

use proptest::prelude::*;
use serde_json::{Value, json};

use wilco::chat::slack::decode::{self, Heard, Malformed, Us};

use crate::agreed;

pub fn us() -> Us {
    Us {
        team: "T0TEAM".into(),
        bot_user: "U0WILCO".into(),
        bot_id: Some("B0WILCO".into()),
        app: Some("A0WILCO".into()),
    }
}

pub fn payload(name: &str) -> Value {
    agreed::payload("slack", name)
}

fn names() -> Vec<String> {
    agreed::payloads("slack")
}

fn heard(payload: &Value) -> Result<Heard, Malformed> {
    decode::event(&payload.to_string(), &us())
}

fn is_ignored(payload: &Value) -> bool {
    matches!(heard(payload), Ok(Heard::Ignored(_)))
}

fn id(name: &str) -> String {
    id_of(heard(&payload(name)).unwrap())
}

fn id_of(heard: Heard) -> String {
    match heard {
        Heard::Said { id, .. }
        | Heard::Reacted { id, .. }
        | Heard::Pressed { id, .. }
        | Heard::Reason { id, .. }
        | Heard::HomeOpened { id, .. }
        | Heard::LanguagePicked { id, .. } => id,
        Heard::Ignored(why) => panic!("ignored: {why}"),
    }
}

/// `WILCO_BLESS=1` writes it anew, for a change made on purpose.
#[test]
fn every_payload_becomes_what_was_agreed() {
    let mut text = String::new();
    for name in names() {
        let line = match heard(&payload(&name)) {
            Ok(Heard::Ignored(why)) => format!("ignored: {why}"),
            Ok(heard) => format!("{heard:?}"),
            Err(malformed) => format!("malformed: {malformed}"),
        };
        text.extend([&name, "\n    ", &line, "\n"]);
    }
    agreed::compare_text("slack/becomes.txt", &text);
}

#[test]
fn one_message_has_one_id_however_it_arrives() {
    let mention = id("mention");
    assert_eq!(mention, id("mention_in_envelope"));
    assert_eq!(mention, id("mention_retried_envelope"));
    let mut as_message = payload("direct");
    as_message["event"]["channel"] = json!("C0OPS");
    as_message["event"]["ts"] = json!("1790000000.000100");
    assert_eq!(mention, id_of(heard(&as_message).unwrap()));
}

#[test]
fn a_reaction_that_came_twice_is_two_and_one_sent_twice_is_one() {
    let first = payload("reaction_added");
    let mut second = first.clone();
    assert_eq!(heard(&first), heard(&second));
    second["event_id"] = json!("Ev0LATER");
    assert_ne!(id_of(heard(&first).unwrap()), id_of(heard(&second).unwrap()));
}

#[test]
fn a_press_has_one_id_in_an_envelope_and_without() {
    assert_eq!(id("press_approve"), id("press_in_envelope"));
    assert_ne!(id("slash"), id("slash_in_envelope"));
}

#[test]
fn nobody_of_another_workspace_is_heard_wherever_it_is_named() {
    let places = [
        ("mention", vec!["/team_id", "/event/team"]),
        ("direct", vec!["/team_id", "/event/team"]),
        ("reaction_added", vec!["/team_id"]),
        ("home_opened", vec!["/team_id"]),
        ("slash", vec!["/team_id"]),
        ("press_approve", vec!["/team/id", "/user/team_id"]),
        ("form_reason", vec!["/team/id", "/user/team_id"]),
    ];
    for (name, places) in places {
        for place in &places {
            let mut changed = payload(name);
            *changed.pointer_mut(place).unwrap() = json!("T0OTHER");
            assert!(is_ignored(&changed), "{name} with another {place}");
        }
        let mut nameless = payload(name);
        for place in &places {
            *nameless.pointer_mut(place).unwrap() = Value::Null;
        }
        assert!(is_ignored(&nameless), "{name} without a workspace");
    }
}

#[test]
fn a_workspace_without_a_name_is_nobodys() {
    let nameless = Us { team: String::new(), ..us() };
    let mut changed = payload("reaction_added");
    changed["team_id"] = json!("");
    let heard = decode::event_value(&changed, &nameless);
    assert!(matches!(heard, Ok(Heard::Ignored(_))), "{heard:?}");
}

#[test]
fn what_is_no_json_is_an_error_that_quotes_nothing() {
    for raw in ["", "{", "null", "[]", "\"deploy api\"", "{\"type\":\"event_callback\"", "\u{0}"] {
        let error = decode::event(raw, &us()).unwrap_err().to_string();
        assert!(error.starts_with("cannot read what Slack sent: "), "{error}");
        assert!(!error.contains("deploy"), "{error}");
    }
    let deep = "[".repeat(100_000);
    assert!(decode::event(&deep, &us()).is_err());
}

#[test]
fn ids_that_are_none_are_an_error() {
    for (name, place) in [
        ("mention", "/event/user"),
        ("mention", "/event/channel"),
        ("mention", "/event/ts"),
        ("reaction_added", "/event_id"),
        ("reaction_added", "/event/item/ts"),
        ("slash", "/trigger_id"),
        ("slash", "/user_id"),
        ("press_approve", "/container/message_ts"),
        ("press_approve", "/trigger_id"),
        ("form_reason", "/user/id"),
    ] {
        for wrong in [json!("C1/1.2"), json!(""), json!("a b"), json!("é"), json!("a".repeat(129))]
        {
            let mut changed = payload(name);
            *changed.pointer_mut(place).unwrap() = wrong.clone();
            assert!(heard(&changed).is_err(), "{name} with {wrong} as {place}");
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        proptest::sample::select(vec![
            "event_callback",
            "block_actions",
            "T0TEAM",
            "message",
            "im"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            "[a-z_]{1,8}",
            proptest::sample::select(vec![
                "type",
                "event",
                "payload",
                "envelope_id",
                "command",
                "actions",
                "view",
                "user",
                "team",
                "item",
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place of a payload, as a JSON pointer.
fn pointers(value: &Value, prefix: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{prefix}/{key}");
        found.push(pointer.clone());
        pointers(child, &pointer, found);
    }
}

proptest! {
    #[test]
    fn any_json_is_read_without_a_panic(value in any_json()) {
        drop(heard(&value));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
        drop(decode::event(&text, &us()));
    }

    /// One that still is heard is of our own workspace.
    #[test]
    fn a_payload_with_anything_in_one_place_is_read_without_a_panic(
        name in proptest::sample::select(names()),
        place in any::<proptest::sample::Index>(),
        other in any_json(),
    ) {
        let mut changed = payload(&name);
        let mut places = Vec::new();
        pointers(&changed, "", &mut places);
        let place: &String = place.get(&places);
        *changed.pointer_mut(place).unwrap() = other;
        match heard(&changed) {
            Ok(
                Heard::Said { account, .. }
                | Heard::Reacted { account, .. }
                | Heard::Pressed { account, .. }
                | Heard::Reason { account, .. }
                | Heard::HomeOpened { account, .. }
                | Heard::LanguagePicked { account, .. },
            ) => prop_assert_eq!(account.workspace, "T0TEAM"),
            Ok(Heard::Ignored(_)) | Err(_) => {}
        }
    }
}
