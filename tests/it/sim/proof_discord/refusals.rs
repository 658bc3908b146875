//! What Discord refuses in messages, at each limit and one beyond it.

use serde_json::{Value, json};

use super::client::{ask, ask_as, button, fault, post, row, say, with};
use super::{ANA, DEPLOYS, guild};
use crate::sim::discord::{BOT_TOKEN, Discord};
use crate::sim::plain_http::{Request, send};

fn long(length: usize) -> String {
    "x".repeat(length)
}

/// Posts each of these, which all must be taken.
async fn take(discord: &Discord, messages: &[Value]) {
    for message in messages {
        let answer = post(discord, DEPLOYS, message.clone()).await;
        assert_eq!(answer.status, 200, "{message}: {}", answer.body);
    }
}

/// Posts each of these, which must be refused at that place with that code.
async fn refuse(discord: &Discord, messages: &[(Value, &str, &str)]) {
    for (message, place, code) in messages {
        let answer = post(discord, DEPLOYS, message.clone()).await;
        assert_eq!(fault(&answer), ((*place).to_owned(), (*code).to_owned()), "{message}");
    }
}

#[tokio::test]
async fn texts_and_embeds_beyond_the_limits_are_refused() {
    let discord = guild().await;
    let embed = |part: &str, value: Value| json!({ "embeds": [{ part: value }] });
    let fields = |count: usize| Value::Array(vec![json!({ "name": "n", "value": "v" }); count]);
    take(
        &discord,
        &[
            json!({ "content": "한".repeat(2_000) }),
            embed("title", long(256).into()),
            embed("description", long(4_096).into()),
            embed("fields", fields(25)),
            embed("fields", json!([{ "name": long(256), "value": long(1_024), "inline": true }])),
            embed("footer", json!({ "text": long(2_048) })),
            embed("author", json!({ "name": long(256) })),
            json!({ "embeds": vec![json!({ "title": "x" }); 10] }),
            json!({ "embeds": [{ "description": long(3_000) }, { "description": long(3_000) }] }),
            json!({ "embeds": [{ "title": "x", "color": 0xFF_FFFF, "url": "https://example.com",
                "timestamp": "2026-01-02T03:04:05Z" }] }),
        ],
    )
    .await;
    let max = "BASE_TYPE_MAX_LENGTH";
    refuse(
        &discord,
        &[
            (json!({ "content": "한".repeat(2_001) }), "content", max),
            (json!({ "content": 5 }), "content", "STRING_TYPE_CONVERT"),
            (embed("title", long(257).into()), "embeds.0.title", max),
            (embed("description", long(4_097).into()), "embeds.0.description", max),
            (embed("fields", fields(26)), "embeds.0.fields", max),
            (
                embed("fields", json!([{ "name": long(257), "value": "v" }])),
                "embeds.0.fields.0.name",
                "BASE_TYPE_BAD_LENGTH",
            ),
            (
                embed("fields", json!([{ "name": "n", "value": long(1_025) }])),
                "embeds.0.fields.0.value",
                "BASE_TYPE_BAD_LENGTH",
            ),
            (
                embed("fields", json!([{ "name": "n" }])),
                "embeds.0.fields.0.value",
                "BASE_TYPE_REQUIRED",
            ),
            (
                embed("fields", json!([{ "name": " ", "value": "v" }])),
                "embeds.0.fields.0.name",
                "BASE_TYPE_REQUIRED",
            ),
            (
                embed("footer", json!({ "text": long(2_049) })),
                "embeds.0.footer.text",
                "BASE_TYPE_BAD_LENGTH",
            ),
            (
                embed("author", json!({ "name": long(257) })),
                "embeds.0.author.name",
                "BASE_TYPE_BAD_LENGTH",
            ),
            (json!({ "embeds": vec![json!({ "title": "x" }); 11] }), "embeds", max),
            (json!({ "embeds": { "title": "x" } }), "embeds", "LIST_TYPE_CONVERT"),
            (
                json!({ "embeds": [{ "description": long(3_000) }, { "description": long(3_001) }] }),
                "embeds.1",
                "MAX_EMBED_SIZE_EXCEEDED",
            ),
            (embed("color", "#ff0000".into()), "embeds.0.color", "NUMBER_TYPE_MAX"),
            (embed("url", "example".into()), "embeds.0.url", "URL_TYPE_INVALID_URL"),
            (embed("timestamp", "today".into()), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE"),
            (json!({ "content": "x", "nonce": long(26) }), "nonce", max),
            (json!({ "flags": 1 << 15 }), "flags", "COMPONENT_VALIDATION_FAILED"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_empty_message_is_none_and_an_edit_may_not_make_one() {
    let discord = guild().await;
    let empty = [json!({}), json!({ "content": " \n" }), json!({ "embeds": [{ "color": 5 }] })];
    for message in empty {
        let answer = post(&discord, DEPLOYS, message.clone()).await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(50_006)), "{message}");
    }
    let id = say(&discord, DEPLOYS, "card").await;
    let path = format!("/channels/{DEPLOYS}/messages/{id}");
    let edit = ask(&discord, "PATCH", &path, json!({ "content": "" })).await;
    assert_eq!(edit.json()["code"], 50_006);
    let allowed = json!({ "parse": [] });
    let embeds =
        json!({ "content": null, "embeds": [{ "title": "x" }], "allowed_mentions": allowed });
    assert_eq!(ask(&discord, "PATCH", &path, embeds).await.status, 200);
    assert_eq!(discord.messages(DEPLOYS)[0].words(), "x");
}

#[tokio::test]
async fn buttons_and_menus_beyond_the_limits_are_refused() {
    let discord = guild().await;
    let rows = |controls: Value| json!({ "components": [row(&controls)] });
    let many =
        |count: usize| -> Value { (0..count).map(|at| button(&format!("b{at}"), "Go")).collect() };
    let of_rows = |count: usize| -> Value {
        json!({ "components": (0..count).map(|at| row(&json!([button(&format!("r{at}"), "Go")])))
            .collect::<Vec<_>>() })
    };
    let option = |at: usize| json!({ "label": format!("o{at}"), "value": format!("v{at}") });
    let menu = |count: usize| -> Value {
        json!({ "type": 3, "custom_id": "m", "options": (0..count).map(option).collect::<Vec<_>>() })
    };
    let link = json!({ "type": 2, "style": 5, "label": "Look", "url": "https://example.com" });
    take(
        &discord,
        &[
            of_rows(5),
            rows(many(5)),
            rows(json!([button(&long(100), &long(80))])),
            rows(json!([link])),
            rows(json!([with(button("b", ""), "/emoji", json!({ "name": "✅" }))])),
            rows(json!([menu(25)])),
            rows(json!([with(menu(3), "/max_values", json!(3))])),
            rows(json!([{ "type": 5, "custom_id": "who" }])),
        ],
    )
    .await;
    let place = "components.0.components.0";
    let at = |rest: &str| format!("{place}{rest}");
    let invalid = "COMPONENT_VALIDATION_FAILED";
    let bad = "BASE_TYPE_BAD_LENGTH";
    let refused = [
        (of_rows(6), "components".to_owned(), "BASE_TYPE_MAX_LENGTH"),
        (rows(many(6)), "components.0.components".to_owned(), bad),
        (rows(json!([])), "components.0.components".to_owned(), bad),
        (rows(json!([button(&long(101), "Go")])), at(".custom_id"), bad),
        (rows(json!([button("b", &long(81))])), at(".label"), "BASE_TYPE_MAX_LENGTH"),
        (rows(json!([button("b", "")])), at(""), invalid),
        (rows(json!([button("", "Go")])), at(".custom_id"), "BASE_TYPE_REQUIRED"),
        (
            rows(json!([with(button("b", "Go"), "/style", json!(9))])),
            at(".style"),
            "BASE_TYPE_CHOICES",
        ),
        (rows(json!([with(button("b", "Go"), "/url", json!("https://x"))])), at(""), invalid),
        (rows(json!([with(link.clone(), "/custom_id", json!("b"))])), at(""), invalid),
        (rows(json!([with(link.clone(), "/url", Value::Null)])), at(".url"), "BASE_TYPE_REQUIRED"),
        (
            rows(json!([button("b", "Go"), button("b", "Stop")])),
            "components.0.components.1.custom_id".to_owned(),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (rows(json!([menu(26)])), at(".options"), bad),
        (rows(json!([menu(0)])), at(""), invalid),
        (
            rows(json!([with(menu(2), "/options/1/value", json!("v0"))])),
            at(".options.1"),
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        (
            rows(json!([with(menu(2), "/options/0/label", json!(long(101)))])),
            at(".options.0.label"),
            bad,
        ),
        (rows(json!([with(menu(2), "/min_values", json!(2))])), at(""), invalid),
        (rows(json!([menu(2), button("b", "Go")])), at(""), "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        (rows(json!([{ "type": 4, "custom_id": "t" }])), at(".type"), "UNION_TYPE_CHOICES"),
        (
            json!({ "components": [button("b", "Go")] }),
            "components.0.type".to_owned(),
            "UNION_TYPE_CHOICES",
        ),
    ];
    for (message, place, code) in refused {
        refuse(&discord, &[(message, &place, code)]).await;
    }
}

#[tokio::test]
async fn whom_a_message_may_wake_must_not_contradict_itself() {
    let discord = guild().await;
    let wake = |allowed: Value| json!({ "content": "x", "allowed_mentions": allowed });
    let exclusive = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";
    let ids: Vec<_> = (0..101).map(|at| (1_000 + at).to_string()).collect();
    refuse(
        &discord,
        &[
            (wake(json!({ "parse": ["users"], "users": [ANA] })), "allowed_mentions", exclusive),
            (wake(json!({ "parse": ["roles"], "roles": [ANA] })), "allowed_mentions", exclusive),
            (wake(json!({ "parse": ["all"] })), "allowed_mentions.parse.0", "BASE_TYPE_CHOICES"),
            (wake(json!({ "users": ["ana"] })), "allowed_mentions.users.0", "NUMBER_TYPE_COERCE"),
            (wake(json!({ "users": ids })), "allowed_mentions.users", "BASE_TYPE_MAX_LENGTH"),
            (
                wake(json!({ "users": [ANA, ANA] })),
                "allowed_mentions.users.1",
                "SET_TYPE_ALREADY_CONTAINS_VALUE",
            ),
        ],
    )
    .await;
    take(&discord, &[wake(json!({ "parse": ["users"], "users": [] }))]).await;
}

#[tokio::test]
async fn replies_threads_and_reactions_have_limits_too() {
    let discord = guild().await;
    let reply = |to: &str| json!({ "content": "x", "message_reference": { "message_id": to } });
    let code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE";
    refuse(&discord, &[(reply("1"), "message_reference", code)]).await;
    let lenient = with(reply("1"), "/message_reference/fail_if_not_exists", json!(false));
    let hello = discord.say(ANA, DEPLOYS, "hello");
    take(&discord, &[reply(&hello), lenient]).await;
    assert_eq!(discord.messages(DEPLOYS)[0].reply_to.as_deref(), Some(hello.as_str()));
    assert!(discord.messages(DEPLOYS)[0].waked.is_empty(), "it may wake nobody");

    let id = say(&discord, DEPLOYS, "card").await;
    let threads = format!("/channels/{DEPLOYS}/messages/{id}/threads");
    let refused = [
        (json!({}), "name", "BASE_TYPE_REQUIRED"),
        (json!({ "name": long(101) }), "name", "BASE_TYPE_BAD_LENGTH"),
        (
            json!({ "name": "log", "auto_archive_duration": 5 }),
            "auto_archive_duration",
            "BASE_TYPE_CHOICES",
        ),
    ];
    for (body, place, code) in refused {
        let answer = ask(&discord, "POST", &threads, body).await;
        assert_eq!(fault(&answer), (place.to_owned(), code.to_owned()));
    }
    assert_eq!(ask(&discord, "POST", &threads, json!({ "name": long(100) })).await.status, 201);
    let again = ask(&discord, "POST", &threads, json!({ "name": "log" })).await;
    assert_eq!((again.status, &again.json()["code"]), (400, &json!(160_004)));

    for at in 0..20 {
        let emoji = char::from_u32(0x1F600 + at).unwrap().to_string();
        discord.react(ANA, (DEPLOYS, &id), &emoji);
    }
    let own = format!("/channels/{DEPLOYS}/messages/{id}/reactions/%E2%9C%85/@me");
    assert_eq!(ask(&discord, "PUT", &own, Value::Null).await.json()["code"], 30_010);
}

#[tokio::test]
async fn bodies_must_be_json() {
    let discord = guild().await;
    let url = format!("{}/api/v10/channels/{DEPLOYS}/messages", discord.api_url());
    let headers = |kind: &str| {
        let token = ("authorization".to_owned(), format!("Bot {BOT_TOKEN}"));
        vec![token, ("content-type".to_owned(), kind.to_owned())]
    };
    for (kind, body, code) in [("application/json", "{", 50_109), ("text/plain", "{}", 50_035)] {
        let headers = headers(kind);
        let request = Request { method: "POST", url: &url, headers, body: body.to_owned() };
        assert_eq!(send(&request).await.unwrap().json()["code"], code);
    }
    let path = format!("/channels/{DEPLOYS}/messages");
    let refused = ask_as(&discord, None, ("POST", &path), json!({ "content": "x" })).await.unwrap();
    assert_eq!(refused.status, 401);
    assert!(discord.messages(DEPLOYS).is_empty());
}
