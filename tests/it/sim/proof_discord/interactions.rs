//! Slash commands, completions, buttons and menus, and the answers to them.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{ask, button, fault, follow, post, read, register, respond, row};
use super::{ANA, BEN, DEPLOYS, guild};
use crate::sim::discord::{APP, BOT_USER, Discord, Press, Slash};

const SILENT: &str = "parse";

/// Says a text and wakes nobody.
fn text(content: &str) -> Value {
    json!({ "content": content, "allowed_mentions": { SILENT: [] } })
}

fn whisper(content: &str) -> Value {
    let mut told = text(content);
    told["flags"] = 64.into();
    told
}

async fn with_command() -> Discord {
    let discord = guild().await;
    let option = |name: &str, kind: u64| json!({ "type": kind, "name": name, "description": "x" });
    let mut service = option("service", 3);
    service["autocomplete"] = true.into();
    let options =
        [service, option("count", 4), option("dry", 5), option("share", 10), option("role", 8)];
    let command = json!({ "name": "deploy", "description": "Deploy", "options": options });
    assert_eq!(register(&discord, json!([command])).await.status, 200);
    discord
}

fn deploy<'a>(options: &'a [(&'a str, &'a str)]) -> Slash<'a> {
    Slash { user: ANA, channel: DEPLOYS, command: "deploy", options }
}

#[tokio::test]
async fn an_answer_is_seen_by_all_or_by_one() {
    let discord = with_command().await;
    let first = discord.slash(deploy(&[("service", "api"), ("count", "3"), ("dry", "true")]));
    assert_eq!(respond(&discord, &first, 4, text("It begins")).await.status, 204);
    let second =
        discord.slash(deploy(&[("share", "0.5"), ("role", crate::sim::discord::BOT_ROLE)]));
    assert_eq!(respond(&discord, &second, 4, whisper("You may not")).await.status, 204);
    assert_eq!(discord.messages(DEPLOYS)[0].content, "It begins");
    let whispered = discord.ephemerals(Some(DEPLOYS), Some(ANA)).remove(0);
    assert_eq!(
        (whispered.content.as_str(), whispered.only_for.as_deref()),
        ("You may not", Some(ANA))
    );
    assert!(discord.ephemerals(None, Some(BEN)).is_empty());
    assert_eq!(discord.messages(DEPLOYS).len(), 1);
    let listed = read(&discord, &format!("/channels/{DEPLOYS}/messages")).await;
    assert_eq!(listed.as_array().unwrap().len(), 1, "nobody else can read what was whispered");
    let hidden = format!("/channels/{DEPLOYS}/messages/{}", whispered.id);
    assert_eq!(read(&discord, &hidden).await["code"], 10_008);
    let answered = discord.await_answer(&second).await;
    assert_eq!((answered.kind, &answered.data["flags"]), (4, &json!(64)));
    assert!(answered.after < Duration::from_secs(3));
    discord.await_all_answered().await;
    assert_eq!(listed[0]["interaction_metadata"]["user"]["id"], ANA);
    assert_eq!(discord.complaints(), [""; 0]);
}

#[tokio::test]
async fn an_answer_comes_once_in_time_and_with_its_token() {
    let discord = with_command().await;
    let id = discord.slash(deploy(&[]));
    let wrong = format!("/interactions/{id}/wrong/callback");
    let body = json!({ "type": 5 });
    assert_eq!(ask(&discord, "POST", &wrong, body).await.json()["code"], 10_062);
    let early = follow(&discord, &id, ("POST", ""), text("x")).await;
    assert_eq!((early.status, &early.json()["code"]), (404, &json!(10_015)));
    assert_eq!(respond(&discord, &id, 5, json!({})).await.status, 204);
    let again = respond(&discord, &id, 5, json!({})).await;
    assert_eq!((again.status, &again.json()["code"]), (400, &json!(40_060)));
    let late = discord.slash(deploy(&[]));
    assert_eq!(discord.answered(&late).map(|answered| answered.kind), None);
    discord.skip(Duration::from_secs(4));
    assert_eq!(respond(&discord, &late, 4, text("x")).await.json()["code"], 10_062);
    assert_eq!(discord.failed_interactions(), [late]);
    discord.skip(Duration::from_mins(15));
    let old = follow(&discord, &id, ("POST", ""), text("x")).await;
    assert_eq!((old.status, &old.json()["code"]), (401, &json!(50_027)));
}

#[tokio::test]
async fn each_kind_takes_its_own_answers() {
    let discord = with_command().await;
    let rows = json!([row(&json!([button("go", "Go")]))]);
    let card = post(&discord, DEPLOYS, json!({ "content": "card", "components": rows })).await;
    let card = card.json()["id"].as_str().unwrap().to_owned();
    let press =
        || discord.press(Press { user: BEN, channel: DEPLOYS, message: &card, custom_id: "go" });
    let slash = || discord.slash(deploy(&[]));
    let typing = || discord.type_into(deploy(&[("service", "a")]), "service");
    let kinds: [(&dyn Fn() -> String, &[u64]); 3] =
        [(&slash, &[4, 5, 9]), (&press, &[4, 5, 6, 7, 9]), (&typing, &[8])];
    for (act, fits) in kinds {
        for kind in [1, 2, 4, 5, 6, 7, 8, 9, 10] {
            let data = match kind {
                8 => json!({ "choices": [] }),
                9 => super::modals::modal(),
                _ => text("x"),
            };
            let answer = respond(&discord, &act(), kind, data).await;
            let taken = answer.status == 204;
            assert_eq!(taken, fits.contains(&kind), "{kind}: {}", answer.body);
            if !taken {
                assert_eq!(fault(&answer), ("type".to_owned(), "BASE_TYPE_CHOICES".to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn what_is_put_off_is_said_later_and_more_follows() {
    let discord = with_command().await;
    let id = discord.slash(deploy(&[]));
    respond(&discord, &id, 5, json!({ "flags": 64 })).await;
    let loading = discord.ephemerals(None, None).remove(0);
    assert!(loading.content.is_empty() && loading.flags & 128 != 0);
    let filled = follow(&discord, &id, ("PATCH", "/messages/@original"), text("here")).await;
    assert_eq!((filled.status, &filled.json()["flags"]), (200, &json!(64)));
    let empty = follow(&discord, &id, ("POST", ""), json!({})).await;
    assert_eq!(empty.json()["code"], 50_006);
    let more = follow(&discord, &id, ("POST", "?wait=true"), text("and here")).await.json();
    assert_eq!(discord.messages(DEPLOYS)[0].content, "and here");
    let path = format!("/messages/{}", more["id"].as_str().unwrap());
    let edited = follow(&discord, &id, ("PATCH", &path), text("and there")).await;
    assert_eq!(edited.json()["content"], "and there");
    assert_eq!(
        follow(&discord, &id, ("GET", &path), Value::Null).await.json()["content"],
        "and there"
    );
    for gone in [&path, "/messages/@original"] {
        assert_eq!(follow(&discord, &id, ("DELETE", gone), Value::Null).await.status, 204);
        let missing = follow(&discord, &id, ("GET", gone), Value::Null).await;
        assert_eq!(missing.json()["code"], 10_008);
    }
    assert!(discord.ephemerals(None, None).is_empty() && discord.messages(DEPLOYS).is_empty());
    let other = discord.say(ANA, DEPLOYS, "not an answer");
    let foreign = follow(&discord, &id, ("GET", &format!("/messages/{other}")), Value::Null).await;
    assert_eq!(foreign.json()["code"], 10_008);

    let second = discord.slash(deploy(&[]));
    respond(&discord, &second, 5, json!({ "flags": 64 })).await;
    follow(&discord, &second, ("POST", ""), text("the first to follow fills it")).await;
    let seen = discord.ephemerals(None, Some(ANA)).remove(0);
    assert_eq!((seen.content.as_str(), seen.flags), ("the first to follow fills it", 64));
    let whispered = follow(&discord, &second, ("POST", ""), whisper("psst")).await;
    assert_eq!(whispered.status, 200);
    assert_eq!(discord.ephemerals(None, Some(ANA)).len(), 2);
}

#[tokio::test]
async fn a_button_changes_its_message_or_says_nothing() {
    let discord = with_command().await;
    let rows = json!([row(&json!([button("go", "Go")]))]);
    let card = post(&discord, DEPLOYS, json!({ "content": "card", "components": rows })).await;
    let card = card.json()["id"].as_str().unwrap().to_owned();
    let press = || Press { user: BEN, channel: DEPLOYS, message: &card, custom_id: "go" };
    let id = discord.press(press());
    assert_eq!(respond(&discord, &id, 7, text("pressed")).await.status, 204);
    let seen = discord.messages(DEPLOYS).remove(0);
    assert_eq!((seen.content.as_str(), seen.controls().len(), seen.edits), ("pressed", 1, 1));
    let id = discord.press(press());
    assert_eq!(respond(&discord, &id, 6, Value::Null).await.status, 204);
    let edit = json!({ "content": "over", "components": [], "allowed_mentions": { SILENT: [] } });
    follow(&discord, &id, ("PATCH", "/messages/@original"), edit).await;
    let seen = discord.messages(DEPLOYS).remove(0);
    assert_eq!((seen.content.as_str(), seen.controls().len()), ("over", 0));
    assert_eq!(seen.by(), BOT_USER);
    assert_eq!(discord.calls("create_interaction_response").len(), 2);
}

#[tokio::test]
async fn a_menu_gives_what_was_chosen_and_a_whisper_has_buttons_too() {
    let discord = with_command().await;
    let option = json!({ "label": "prod", "value": "p" });
    let menu = json!({ "type": 3, "custom_id": "where", "options": [option] });
    let id = discord.slash(deploy(&[]));
    let mut said = whisper("Where to?");
    said["components"] = json!([row(&json!([menu])), row(&json!([button("go", "Go")]))]);
    respond(&discord, &id, 4, said).await;
    let message = discord.ephemerals(None, None).remove(0).id;
    let press = |custom_id| Press { user: ANA, channel: DEPLOYS, message: &message, custom_id };
    let chosen = discord.choose(press("where"), &["p"]);
    respond(&discord, &chosen, 7, text("prod it is")).await;
    let pressed = discord.press(press("go"));
    respond(&discord, &pressed, 6, Value::Null).await;
    let seen = discord.ephemerals(None, Some(ANA)).remove(0);
    assert_eq!(seen.content, "prod it is");
    let path = format!("/webhooks/{APP}/{}/messages/@original", discord.token_of(&pressed));
    assert_eq!(read(&discord, &path).await["id"], message);
}

#[tokio::test]
async fn a_completion_offers_no_more_than_fits() {
    let discord = with_command().await;
    let typed = |option: &str| discord.type_into(deploy(&[(option, "a")]), option);
    let offer = |count: usize, value: &str| {
        let choice = |at: usize| json!({ "name": format!("n{at}"), "value": value });
        json!({ "choices": (0..count).map(choice).collect::<Vec<_>>() })
    };
    let id = typed("service");
    let cases = [
        (json!({}), "data.choices", "BASE_TYPE_REQUIRED"),
        (offer(26, "v"), "data.choices", "BASE_TYPE_MAX_LENGTH"),
        (offer(1, &"v".repeat(101)), "data.choices.0.value", "BASE_TYPE_BAD_LENGTH"),
        (
            json!({ "choices": [{ "name": "n", "value": 5 }] }),
            "data.choices.0.value",
            "STRING_TYPE_CONVERT",
        ),
        (json!({ "choices": [{ "value": "v" }] }), "data.choices.0.name", "BASE_TYPE_REQUIRED"),
    ];
    for (data, place, code) in cases {
        let answer = respond(&discord, &id, 8, data).await;
        assert_eq!(fault(&answer), (place.to_owned(), code.to_owned()));
    }
    assert_eq!(respond(&discord, &id, 8, offer(25, "v")).await.status, 204);
    assert_eq!(discord.answered(&id).unwrap().data["choices"].as_array().unwrap().len(), 25);
}

#[tokio::test]
async fn answers_are_held_to_the_limits_of_messages() {
    let discord = with_command().await;
    let id = discord.slash(deploy(&[]));
    let long = respond(&discord, &id, 4, text(&"x".repeat(2_001))).await;
    assert_eq!(fault(&long).0, "data.content");
    assert_eq!(respond(&discord, &id, 4, json!({})).await.json()["code"], 50_006);
    assert_eq!(respond(&discord, &id, 4, json!({ "content": "x" })).await.status, 204);
    assert_eq!(discord.complaints().len(), 1, "it does not say whom it may wake");
}
