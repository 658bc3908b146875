//! Modals: asked in answer to a command or a button, filled in, and sent off.

use serde_json::{Value, json};

use super::client::{button, fault, post, register, respond, row, with};
use super::{ANA, BEN, DEPLOYS, guild};
use crate::sim::discord::{Discord, Press, Slash};

/// Six rows with an input each.
fn six(row: &Value) -> Value {
    (0..6).map(|at| with(row.clone(), "/components/0/custom_id", json!(format!("i{at}")))).collect()
}

pub fn modal() -> Value {
    let input = json!({
        "type": 4, "custom_id": "reason", "style": 2, "label": "Why?", "min_length": 3,
        "max_length": 200, "required": true,
    });
    json!({ "custom_id": "reject:42", "title": "Reject", "components": [row(&json!([input]))] })
}

async fn asked() -> (Discord, String) {
    let discord = guild().await;
    let command = json!({ "name": "reject", "description": "Reject" });
    register(&discord, json!([command])).await;
    let slash = Slash { user: ANA, channel: DEPLOYS, command: "reject", options: &[] };
    let id = discord.slash(slash);
    (discord, id)
}

#[tokio::test]
async fn a_modal_is_filled_in_and_answered_like_a_command() {
    let (discord, id) = asked().await;
    assert_eq!(respond(&discord, &id, 9, modal()).await.status, 204);
    let open = discord.modals().remove(0);
    assert_eq!((open.user.as_str(), &open.data["title"]), (ANA, &json!("Reject")));
    assert_eq!((open.channel.as_str(), open.message.as_deref()), (DEPLOYS, None));
    assert_eq!(open.inputs().count(), 1);
    let sent = discord.submit(&id, &[("reason", "not on a Friday")]);
    assert!(discord.modals().is_empty());
    let wrong = respond(&discord, &sent, 7, json!({})).await;
    assert_eq!(fault(&wrong).0, "type", "there is no message that it could change");
    let said = json!({ "content": "rejected", "allowed_mentions": { "parse": [] } });
    assert_eq!(respond(&discord, &sent, 4, said).await.status, 204);
    assert_eq!(discord.messages(DEPLOYS)[0].content, "rejected");
}

#[tokio::test]
async fn a_modal_of_a_button_may_change_its_message() {
    let discord = guild().await;
    let rows = json!([row(&json!([button("reject:42", "Reject")]))]);
    let card = post(&discord, DEPLOYS, json!({ "content": "card", "components": rows })).await;
    let card = card.json()["id"].as_str().unwrap().to_owned();
    let press = Press { user: BEN, channel: DEPLOYS, message: &card, custom_id: "reject:42" };
    let id = discord.press(press);
    assert_eq!(respond(&discord, &id, 9, modal()).await.status, 204);
    let sent = discord.submit(&id, &[("reason", "no tests")]);
    let said =
        json!({ "content": "rejected", "components": [], "allowed_mentions": { "parse": [] } });
    assert_eq!(respond(&discord, &sent, 7, said).await.status, 204);
    let seen = discord.messages(DEPLOYS).remove(0);
    assert_eq!((seen.id, seen.content.as_str()), (card, "rejected"));
}

#[tokio::test]
async fn modals_beyond_the_limits_are_refused() {
    let (discord, id) = asked().await;
    let change = |place: &str, new: Value| with(modal(), place, new);
    let long = |length: usize| json!("x".repeat(length));
    let input = "data.components.0.components.0";
    let at = |rest: &str| format!("{input}{rest}");
    let one = modal()["components"][0].clone();
    let bad = "BASE_TYPE_BAD_LENGTH";
    let refused = [
        (change("/title", long(46)), "data.title".to_owned(), bad),
        (change("/title", Value::Null), "data.title".to_owned(), "BASE_TYPE_REQUIRED"),
        (change("/custom_id", long(101)), "data.custom_id".to_owned(), bad),
        (change("/components", json!([])), "data.components".to_owned(), bad),
        (change("/components", six(&one)), "data.components".to_owned(), bad),
        (
            change("/components", json!([one, one])),
            "data.components.1.components.0.custom_id".to_owned(),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            change("/components/0/components", json!([button("b", "Go")])),
            at(".type"),
            "UNION_TYPE_CHOICES",
        ),
        (
            change("/components/0", button("b", "Go")),
            "data.components.0.type".to_owned(),
            "UNION_TYPE_CHOICES",
        ),
        (change("/components/0/components/0/label", long(46)), at(".label"), bad),
        (change("/components/0/components/0/style", json!(3)), at(".style"), "BASE_TYPE_CHOICES"),
        (
            change("/components/0/components/0/value", long(4_001)),
            at(".value"),
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            change("/components/0/components/0/placeholder", long(101)),
            at(".placeholder"),
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            change("/components/0/components/0/max_length", json!(4_001)),
            at(""),
            "COMPONENT_VALIDATION_FAILED",
        ),
    ];
    for (data, place, code) in refused {
        let answer = respond(&discord, &id, 9, data).await;
        assert_eq!(fault(&answer), (place, code.to_owned()));
    }
    assert_eq!(respond(&discord, &id, 9, modal()).await.status, 204);
}
