//! What is registered in the guild: as the configuration says, and sent only when that changed.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::Scene;
use crate::sim::discord::{Discord, Fault, GUILD};

const SET: &str = "bulk_set_guild_application_commands";

fn sent(scene: &Scene) -> usize {
    scene.discord.calls(SET).len()
}

fn command(discord: &Discord, name: &str) -> Option<Value> {
    discord.commands(Some(GUILD)).into_iter().find(|command| command["name"] == name)
}

/// Returns once a command has this description.
async fn until_described(scene: &Scene, name: &str, description: &str) {
    let is_so = |discord: &Discord| {
        command(discord, name).filter(|command| command["description"] == description)
    };
    scene.discord.until(description, is_so).await;
}

/// Puts other words in place of what `smoke-test` is said to do.
async fn describe(scene: &Scene, from: &str, to: &str) {
    scene.stage.edit("../commands/smoke-test.toml", from, to).unwrap();
    scene.stage.reload().await.unwrap();
}

fn summary(scene: &Scene) -> String {
    command(&scene.discord, "smoke-test").unwrap()["description"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_field_can_hold_for_ever_is_a_choice_in_both_languages() {
    let scene = Scene::open().await;
    let language = command(&scene.discord, "language").unwrap();
    let option = &language["options"][0];
    let choices = option["choices"].as_array().unwrap();
    let values: Vec<_> = choices.iter().map(|choice| choice["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["en", "ko", "default"]);
    for choice in choices {
        let (en, ko) = (&choice["name"], &choice["name_localizations"]["ko"]);
        assert!(en.is_string() && ko.is_string(), "{choice:#}");
    }
    assert_ne!(option["autocomplete"], true);
    scene.slash("ana", "language", &[("language", "ko")]).await;
    assert!(scene.whispers("ana")[0].contains("한국어"), "{:?}", scene.whispers("ana"));
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>
#[tokio::test]
async fn every_command_is_within_the_limits_in_both_languages() {
    let scene = Scene::open().await;
    let commands = scene.discord.commands(Some(GUILD));
    let files = fs::read_dir(scene.stage.path("commands")).unwrap().count();
    assert_eq!(commands.len(), files);
    let described = |thing: &Value| {
        for text in [&thing["description"], &thing["description_localizations"]["ko"]] {
            let length = text.as_str().unwrap().chars().count();
            assert!((1..=100).contains(&length), "{thing:#}");
        }
        assert_ne!(thing["description"], thing["description_localizations"]["ko"], "{thing:#}");
    };
    let named = |name: &Value| {
        let name = name.as_str().unwrap();
        let fits = |c: char| c.is_alphanumeric() || "-_'".contains(c);
        let is_short = (1..=32).contains(&name.chars().count());
        assert!(is_short && name.chars().all(fits) && name.to_lowercase() == name, "{name}");
        name.to_owned()
    };
    let mut korean = Vec::new();
    for command in &commands {
        described(command);
        named(&command["name"]);
        korean.push(named(&command["name_localizations"]["ko"]));
        let options = command["options"].as_array().unwrap();
        assert!(options.len() <= 25);
        for option in options {
            described(option);
            named(&option["name"]);
            let name = named(&option["name_localizations"]["ko"]);
            assert!(!name.is_ascii(), "{name}");
        }
    }
    korean.sort_unstable();
    korean.dedup();
    assert_eq!(korean.len(), commands.len());
    let deploy = command(&scene.discord, "deploy").unwrap();
    assert_eq!(deploy["name_localizations"]["ko"], "배포");
    assert_eq!(deploy["options"][0]["name"], "service");
    assert_eq!(deploy["options"][0]["name_localizations"]["ko"], "서비스");
}

#[tokio::test]
async fn commands_are_sent_only_when_they_changed() {
    let mut scene = Scene::open().await;
    assert_eq!(sent(&scene), 1);
    scene.go_away().await;
    scene.come_back().await;
    scene.stage.stop().await;
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    // Changes what people may do and nothing of the commands.
    scene.stage.role("carl", "approver").unwrap();
    scene.stage.reload().await.unwrap();
    let before = summary(&scene);
    describe(&scene, &before, "Something else").await;
    until_described(&scene, "smoke-test", "Something else").await;
    assert_eq!(sent(&scene), 2);
    scene.go_away().await;
    scene.come_back().await;
    describe(&scene, "Something else", "Yet another").await;
    until_described(&scene, "smoke-test", "Yet another").await;
    assert_eq!(sent(&scene), 3);
}

#[tokio::test]
async fn a_registration_that_failed_is_made_later() {
    let scene = Scene::open().await;
    let retry_after = Duration::from_millis(10);
    scene.discord.fail_next(SET, Fault::BadGateway);
    scene.discord.fail_next(SET, Fault::RateLimited { retry_after });
    let before = summary(&scene);
    describe(&scene, &before, "Something else").await;
    until_described(&scene, "smoke-test", "Something else").await;
    // It is done, though the answer does not say so: it is not sent again.
    scene.discord.fail_next(SET, Fault::ServerErrorAfterEffect);
    describe(&scene, "Something else", "Yet another").await;
    until_described(&scene, "smoke-test", "Yet another").await;
    let looked = |discord: &Discord| discord.calls("list_guild_application_commands").len();
    let before = (sent(&scene), looked(&scene.discord));
    scene.discord.until("another look", |one| (looked(one) > before.1).then_some(())).await;
    describe(&scene, "Yet another", "The last").await;
    until_described(&scene, "smoke-test", "The last").await;
    assert_eq!(sent(&scene), before.0 + 1);
}

#[tokio::test]
async fn a_name_that_discord_cannot_take_breaks_nothing() {
    let scene = Scene::open().await;
    let (long, cut) = ("x".repeat(40), "x".repeat(32));
    let write = |name: &str| {
        let text = format!(
            "summary = {{ en = \"Of a team\", ko = \"팀 명령\" }}\n\
             say = [\"{name} <service> <environment>\"]\n\
             policy = {{ approvals = 0 }}\n\
             [pipeline]\nbackend = \"command\"\nrun = [\"./pipelines/deploy.sh\"]\n"
        );
        fs::write(scene.stage.path("commands").join(format!("{name}.toml")), text).unwrap();
    };
    // The second would be called as the shipped one is, and the third as the second one after its cut.
    for name in [&long, "smoke.test", &format!("{long}x"), "own.words"] {
        write(name);
    }
    let smoke = command(&scene.discord, "smoke-test").unwrap();
    scene.stage.reload().await.unwrap();
    let known = |discord: &Discord| command(discord, &cut);
    scene.discord.until("the command", known).await;
    let names = |name: &str| {
        let commands = scene.discord.commands(Some(GUILD));
        commands.iter().filter(|command| command["name"] == name).count()
    };
    assert_eq!((names("smoke-test"), names(&cut), names("own-words")), (1, 1, 1));
    assert_eq!(command(&scene.discord, "smoke-test").unwrap()["id"], smoke["id"]);
    let options = [("service", "web"), ("environment", "staging")];
    scene.slash("ana", "own-words", &options).await;
    scene.slash("ana", &cut, &options).await;
    let whispers = scene.whispers("ana");
    let is_understood = |said: &String| said.starts_with("Nothing is live yet for service `web`");
    assert!(whispers.len() == 2 && whispers.iter().all(is_understood), "{whispers:?}");
}
