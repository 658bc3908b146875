//! Several guilds at once, and lines that begin with a prefix.

use std::fs;

use serde_json::json;

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user, words};
use crate::sim::discord::{BOT_USER, Discord, Fault, GUILD, MESSAGE_CONTENT, Member};

const SET: &str = "bulk_set_guild_application_commands";

const ELSEWHERE: &str = "700000000000000009";
const THERE: &str = "200000000000000009";

impl Scene {
    /// Opens a second guild with everybody in it, which is wilco's too, and in which mina is known.
    async fn in_two_guilds() -> Self {
        let mut scene = Self::open().await;
        scene.discord.guild(ELSEWHERE, "elsewhere");
        scene.discord.channel(ELSEWHERE, THERE, "deploys-too");
        for name in ["ana", "ben", "mina"] {
            scene.discord.member(ELSEWHERE, &user(name), Member::default());
        }
        let path = scene.stage.path("config/people.toml");
        let people = fs::read_to_string(&path).unwrap();
        let known = |guild: &str| format!("\"{guild}/{}\"", user("mina"));
        let both = format!("{}, {}", known(GUILD), known(ELSEWHERE));
        fs::write(&path, people.replace(&known(GUILD), &both)).unwrap();
        scene.with(&[&format!("guilds = [\"{GUILD}\", \"{ELSEWHERE}\"]")]).await;
        scene
    }

    /// Mentions wilco in a channel, and returns once everything is at rest.
    async fn mention(&self, account: &str, channel: &str, line: &str) {
        self.room().expect(1);
        self.discord.mention(&user(account), channel, line);
        self.stage.settle().await;
    }

    /// Says something to everybody in the channel of the scene, which wilco may hear.
    async fn say_to_all(&self, line: &str) {
        self.room().expect(1);
        self.discord.say(&user("ana"), CHANNEL, line);
        self.stage.settle().await;
    }

    fn said_by_wilco(&self) -> Vec<String> {
        let mut messages = self.discord.messages(CHANNEL);
        messages.retain(|message| message.by() == BOT_USER);
        messages.iter().map(words).collect()
    }
}

#[tokio::test]
async fn people_of_every_guild_of_the_configuration_are_heard_as_who_they_are_there() {
    let scene = Scene::in_two_guilds().await;
    assert!(!scene.discord.commands(Some(ELSEWHERE)).is_empty());
    scene.say("ana", "deploy web to prod").await;
    // In the second guild ben is nobody that people.toml names, though he is somebody in the first.
    scene.mention("ben", THERE, "approve #1").await;
    assert!(!scene.record(1).await.contains("approved by"));
    scene.mention("mina", THERE, "approve #1").await;
    assert!(scene.record(1).await.contains("gates opened (mina)"));
}

#[tokio::test]
async fn reactions_in_a_second_guild_are_read_anew_as_of_its_members() {
    let mut scene = Scene::in_two_guilds().await;
    scene.with(&[&format!("discord = \"{THERE}\"")]).await;
    scene.say("ana", "deploy web to prod").await;
    let cards = scene.discord.messages(THERE);
    let card = cards.last().unwrap().id.clone();
    scene.go_away().await;
    scene.discord.react(&user("ben"), (THERE, &card), "✅");
    scene.come_back().await;
    assert!(!scene.record(1).await.contains("approved by"));
    scene.go_away().await;
    scene.discord.react(&user("mina"), (THERE, &card), "✅");
    scene.come_back().await;
    assert!(scene.record(1).await.contains("gates opened (mina)"));
}

#[tokio::test]
async fn a_guild_that_is_out_of_reach_keeps_nobody_in_another_from_anything() {
    let scene = Scene::in_two_guilds().await;
    let gone = json!({ "id": GUILD, "unavailable": true });
    scene.discord.send_event("GUILD_DELETE", gone);
    scene.mention("mina", THERE, "deploy web to staging").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
    // Once something comes from there again it is heard, without another connection.
    scene.say("ana", "deploy web to prod").await;
    scene.say("ben", "/react ✅ #2").await;
    assert!(scene.record(2).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn a_guild_that_refuses_commands_keeps_them_from_no_other() {
    let scene = Scene::in_two_guilds().await;
    let no = Fault::Error { status: 403, code: 50_001, message: "Missing Access" };
    scene.discord.fail_in(GUILD, SET, no);
    let path = scene.stage.path("commands/smoke-test.toml");
    let (before, named) = (fs::read_to_string(&path).unwrap(), "Look whether it is well");
    let summary = before.lines().find(|line| line.starts_with("summary")).unwrap().to_owned();
    let other = format!("summary = {{ en = \"{named}\", ko = \"되는지 보기\" }}");
    fs::write(&path, before.replace(&summary, &other)).unwrap();
    scene.stage.reload().await.unwrap();
    let described = |one: &Discord, guild| {
        let commands = one.commands(Some(guild));
        commands.iter().any(|command| command["description"] == named)
    };
    let is_told = |one: &Discord| described(one, ELSEWHERE).then_some(());
    scene.discord.until("the commands elsewhere", is_told).await;
    assert!(!described(&scene.discord, GUILD), "they were refused there");
    // What cannot be chosen from a list can still be said.
    scene.say("ana", "deploy web to staging").await;
    assert!(scene.record(1).await.ends_with("run ended (succeeded)"));
}

#[tokio::test]
async fn with_a_prefix_commands_are_heard_and_what_is_none_is_not_answered() {
    let mut scene = Scene::open().await;
    scene.discord.privileged_intents(MESSAGE_CONTENT);
    scene.with(&[&format!("guilds = [\"{GUILD}\"]\nprefix = \"!\"")]).await;
    for line in ["!weather in seoul", "deploy web to prod", "!", "thanks !status"] {
        scene.say_to_all(line).await;
    }
    assert_eq!(scene.said_by_wilco(), Vec::<String>::new());
    scene.say_to_all("!deploy wbe to prod").await;
    let answer = scene.said_by_wilco().pop().unwrap();
    assert!(answer.contains("web"), "{answer}");
    scene.say_to_all("! deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
}

#[tokio::test]
async fn without_a_prefix_wilco_does_not_ask_to_read_what_is_not_said_to_it() {
    let scene = Scene::open().await;
    scene.say_to_all("!deploy web to prod").await;
    assert_eq!(scene.said_by_wilco(), Vec::<String>::new());
}
