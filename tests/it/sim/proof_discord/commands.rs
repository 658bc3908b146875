//! Application commands: what is registered, what is refused, and how many a day.

use std::time::Duration;

use serde_json::{Value, json};
use serenity::all::{CommandOptionType, CreateCommand, CreateCommandOption, GuildId};

use super::client::{ask, fault, read, register, with};
use super::guild;
use super::serenity::library;
use crate::sim::discord::{APP, GUILD};

fn command(name: &str) -> Value {
    let choice = json!({ "name": "prod", "value": "prod", "name_localizations": { "ko": "운영" } });
    json!({
        "name": name, "description": "Deploy", "name_localizations": { "ko": "배포" },
        "description_localizations": { "ko": "배포합니다" },
        "options": [
            { "type": 3, "name": "service", "description": "Which", "required": true,
              "autocomplete": true },
            { "type": 3, "name": "environment", "description": "Where", "required": true,
              "choices": [choice] },
            { "type": 5, "name": "dry", "description": "Only look" },
        ],
    })
}

#[tokio::test]
async fn the_library_registers_and_the_same_name_keeps_its_id() {
    let discord = guild().await;
    let http = library(&discord);
    http.set_application_id(APP.parse::<u64>().unwrap().into());
    let guild = GuildId::new(GUILD.parse().unwrap());
    let option = CreateCommandOption::new(CommandOptionType::String, "service", "Which")
        .required(true)
        .set_autocomplete(true);
    let deploy = CreateCommand::new("deploy").description("Deploy").name_localized("ko", "배포");
    let deploy = deploy.add_option(option);
    let first = guild.set_commands(&http, vec![deploy.clone()]).await.unwrap();
    assert_eq!(first[0].name_localizations.as_ref().unwrap()["ko"], "배포");
    let again = guild.set_commands(&http, vec![deploy]).await.unwrap();
    assert_eq!((again[0].id, again.len()), (first[0].id, 1));
    assert_ne!(again[0].version, first[0].version);
    let listed = guild.get_commands(&http).await.unwrap();
    assert!(listed[0].name_localizations.is_none(), "only who asks hears of translations");
    let path = format!("/applications/{APP}/guilds/{GUILD}/commands");
    let told = read(&discord, &format!("{path}?with_localizations=true")).await;
    assert_eq!(told[0]["name_localizations"]["ko"], "배포");
    let one = format!("{path}/{}", first[0].id);
    assert_eq!(ask(&discord, "DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(ask(&discord, "DELETE", &one, Value::Null).await.json()["code"], 10_063);
    assert!(discord.commands(Some(GUILD)).is_empty());

    let everywhere = format!("/applications/{APP}/commands");
    assert_eq!(ask(&discord, "POST", &everywhere, command("deploy")).await.status, 201);
    assert_eq!(ask(&discord, "POST", &everywhere, command("deploy")).await.status, 200);
    assert_eq!(read(&discord, &everywhere).await[0]["name"], "deploy");
    assert_eq!(ask(&discord, "PUT", &everywhere, json!([])).await.status, 200);
    assert!(discord.commands(None).is_empty());
}

#[tokio::test]
async fn commands_beyond_the_limits_are_refused() {
    let discord = guild().await;
    assert_eq!(register(&discord, json!([command("deploy")])).await.status, 200);
    let change = |place: &str, new: Value| with(command("deploy"), place, new);
    let long = |length: usize| json!("x".repeat(length));
    let option = |at: usize| json!({ "type": 3, "name": format!("o{at}"), "description": "x" });
    let choice = |at: usize| json!({ "name": format!("c{at}"), "value": format!("v{at}") });
    let options = |count: usize| -> Value { (0..count).map(option).collect() };
    let choices = |count: usize| -> Value { (0..count).map(choice).collect() };
    let large: Value = (0..25)
        .map(|at| with(with(option(at), "/choices", choices(25)), "/description", long(100)))
        .map(|mut option| {
            for choice in option["choices"].as_array_mut().unwrap() {
                choice["value"] = format!("{:>100}", choice["value"].as_str().unwrap()).into();
            }
            option
        })
        .collect();
    let sub = json!({ "type": 1, "name": "now", "description": "x" });
    let name = "APPLICATION_COMMAND_INVALID_NAME";
    let bad = "BASE_TYPE_BAD_LENGTH";
    let required = "BASE_TYPE_REQUIRED";
    let refused = [
        (change("/name", json!("Deploy")), "0.name", name),
        (change("/name", json!("deploy now")), "0.name", name),
        (change("/name", long(33)), "0.name", bad),
        (change("/name", Value::Null), "0.name", required),
        (change("/description", long(101)), "0.description", bad),
        (change("/description", json!("")), "0.description", required),
        (change("/type", json!(9)), "0.type", "BASE_TYPE_CHOICES"),
        (
            change("/name_localizations", json!({ "kr": "배포" })),
            "0.name_localizations.kr",
            "BASE_TYPE_CHOICES",
        ),
        (change("/name_localizations/ko", json!("배포 하기")), "0.name_localizations.ko", name),
        (change("/description_localizations/ko", long(101)), "0.description_localizations.ko", bad),
        (change("/options", options(26)), "0.options", "BASE_TYPE_MAX_LENGTH"),
        (change("/options/0/name", json!("Service")), "0.options.0.name", name),
        (change("/options/2/type", json!(99)), "0.options.2.type", "BASE_TYPE_CHOICES"),
        (
            change("/options/0/required", json!(false)),
            "0.options.1",
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            change("/options/1/name", json!("service")),
            "0.options.1",
            "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        ),
        (change("/options/1/choices", choices(26)), "0.options.1.choices", "BASE_TYPE_MAX_LENGTH"),
        (
            change("/options/0/choices", choices(1)),
            "0.options.0.choices",
            "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES_INVALID",
        ),
        (
            change("/options/1/choices/0/value", json!(5)),
            "0.options.1.choices.0.value",
            "STRING_TYPE_CONVERT",
        ),
        (change("/options/1/choices/0/name", long(101)), "0.options.1.choices.0.name", bad),
        (change("/options/1/choices/0/value", long(101)), "0.options.1.choices.0.value", bad),
        (change("/options/2/choices", choices(1)), "0.options.2", "COMPONENT_VALIDATION_FAILED"),
        (
            change("/options/2", sub.clone()),
            "0.options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            change("/default_member_permissions", json!("all")),
            "0.default_member_permissions",
            "COMPONENT_VALIDATION_FAILED",
        ),
        (change("/options", large), "0", "APPLICATION_COMMAND_TOO_LARGE"),
    ];
    for (command, place, code) in refused {
        let answer = register(&discord, json!([command])).await;
        assert_eq!(fault(&answer), (place.to_owned(), code.to_owned()), "{command}");
    }
    let twice = register(&discord, json!([command("deploy"), command("deploy")])).await;
    assert_eq!(fault(&twice).1, "APPLICATION_COMMANDS_DUPLICATE_NAME");
    assert_eq!(discord.commands(Some(GUILD)).len(), 1, "what was there is there");

    let group = json!({ "type": 2, "name": "group", "description": "x", "options": [sub] });
    let nested = json!({ "name": "a", "description": "x", "options": [group] });
    assert_eq!(register(&discord, json!([nested])).await.status, 200);
    let too_deep = with(nested, "/options/0/options/0/options", json!([sub]));
    let place = fault(&register(&discord, json!([too_deep])).await).0;
    assert_eq!(place, "0.options.0.options.0.options.0.type");
}

#[tokio::test]
async fn a_guild_has_a_hundred_commands_and_two_hundred_new_ones_a_day() {
    let discord = guild().await;
    let many = |prefix: &str, count: usize| -> Value {
        let one = |at: usize| json!({ "name": format!("{prefix}{at}"), "description": "x" });
        (0..count).map(one).collect()
    };
    assert_eq!(register(&discord, many("a", 101)).await.status, 400);
    assert_eq!(register(&discord, many("a", 100)).await.status, 200);
    let path = format!("/applications/{APP}/guilds/{GUILD}/commands");
    assert_eq!(ask(&discord, "POST", &path, command("more")).await.json()["code"], 30_032);
    assert_eq!(register(&discord, many("a", 100)).await.status, 200, "none of them is new");
    assert_eq!(register(&discord, many("b", 100)).await.status, 200);
    let refused = register(&discord, many("c", 1)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(30_034)));
    discord.skip(Duration::from_hours(25));
    assert_eq!(register(&discord, many("c", 1)).await.status, 200);
}
