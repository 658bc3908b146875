//! What is offered while somebody types a command.

use wilco::recall::Recalling;

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::Slash;

/// A value, and how it is shown.
type Offered = (String, String);

impl Scene {
    async fn offered(&self, command: &str, options: &[(&str, &str)], option: &str) -> Vec<Offered> {
        self.room().expect(1);
        let user = user("ana");
        let slash = Slash { user: &user, channel: CHANNEL, command, options };
        let interaction = self.discord.type_into(slash, option);
        let answer = self.discord.await_answer(&interaction).await;
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let offered = |one: &serde_json::Value| {
            assert!(one["name_localizations"].is_null(), "Discord would go by its own language");
            (text(&one["value"]), text(&one["name"]))
        };
        answer.data["choices"].as_array().unwrap().iter().map(offered).collect()
    }

    /// Returns what is offered for the last of the options.
    async fn values(&self, command: &str, options: &[(&str, &str)]) -> Vec<String> {
        let (option, _) = options.last().unwrap();
        let offered = self.offered(command, options, option).await;
        offered.into_iter().map(|(value, _)| value).collect()
    }
}

#[tokio::test]
async fn what_is_offered_is_what_there_is() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.values("deploy", &[("service", "w")]).await, ["web"]);
    let typed = [("service", "web"), ("environment", "pr")];
    assert_eq!(scene.values("deploy", &typed).await, ["prod"]);
    assert_eq!(scene.values("approve", &[("deployment", "")]).await, ["#1"]);
    assert_eq!(scene.values("help", &[("command", "roll")]).await, ["rollback"]);
}

#[tokio::test]
async fn numbers_and_versions_are_offered_right_after_a_restart() {
    let mut scene = Scene::open().await;
    scene.stage.repository.tag("v9.0.0");
    scene.say("ana", "deploy web@v9.0.0 to staging").await;
    scene.stage.repository.push("topic", "Try something");
    scene.say("ana", "deploy api@topic to prod").await;
    scene.stage.stop().await;
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    let waiting = scene.offered("approve", &[("deployment", "")], "deployment").await;
    let [(value, en)] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!(value, "#2");
    assert!(en.starts_with("#2 deploy api in prod, topic") && en.ends_with(": waiting"), "{en}");
    let typed = [("service", "web"), ("environment", "prod"), ("version", "")];
    let versions = scene.offered("deploy", &typed, "version").await;
    assert_eq!(versions[0].0, "v9.0.0");
    assert_eq!(versions[0].1, "v9.0.0: live, web in staging");
    assert_eq!(versions[1].0.len(), 40);
    let others: Vec<&str> = versions[2..].iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(others[0], "topic", "of the other service: {others:?}");
    assert_eq!(others.len(), 2);
    // What is offered is what is meant.
    let chosen = [("service", "web"), ("environment", "prod"), ("version", &*versions[1].0)];
    scene.slash("ana", "deploy", &chosen).await;
    assert!(scene.record(3).await.contains(&versions[1].0[..7]), "{}", scene.record(3).await);
}

#[tokio::test]
async fn what_has_changed_since_is_offered_at_once() {
    let scene = Scene::open().await;
    assert_eq!(scene.values("approve", &[("deployment", "")]).await, [""; 0]);
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.values("approve", &[("deployment", "")]).await, ["#1"]);
    scene.slash("ben", "approve", &[("deployment", "#1")]).await;
    assert_eq!(scene.values("approve", &[("deployment", "")]).await, [""; 0]);
    let shown = scene.offered("show", &[("deployment", "1")], "deployment").await;
    assert!(shown[0].1.ends_with(": live"), "{shown:?}");
    let there = [("service", "web"), ("environment", "prod"), ("deployment", "")];
    assert_eq!(scene.values("rollback", &there).await, [""; 0]);
    scene.say("ana", "deploy web to prod").await;
    scene.say("ben", "approve #2").await;
    assert_eq!(scene.values("rollback", &there).await, ["#1"]);
}

#[tokio::test]
async fn a_name_that_needs_quotes_is_heard_as_it_was_offered() {
    let mut scene = Scene::open().await;
    scene.stage.repository.push("v1로그인", "Add a form");
    scene.say("ana", "deploy \"web@v1로그인\" to staging").await;
    let typed = [("service", "web"), ("environment", "staging"), ("version", "v1")];
    assert_eq!(scene.values("deploy", &typed).await[0], "v1로그인");
    let chosen = [("service", "web"), ("environment", "staging"), ("version", "v1로그인")];
    scene.slash("ana", "deploy", &chosen).await;
    assert_eq!(scene.whispers("ana"), ["Heard: deploy \"web@v1로그인\" staging"]);
    let record = scene.record(2).await;
    assert!(record.ends_with("run ended (succeeded)"), "{record}");
}

/// More than wait for the store at once.
const TYPED: usize = 80;

#[tokio::test]
async fn a_store_that_does_not_answer_holds_up_neither_what_is_offered_nor_anything_else() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.go_away().await;
    let app = scene.stage.app();
    let (reader, catalog) = (app.reader.clone(), app.catalog.clone());
    // Whoever asks waits for ever: nobody reads for them.
    let (recall, _hangs) = Recalling::new(reader, catalog, app.deliveries.activity());
    scene.room().listen_by(app, recall).await;
    scene.stage.settle().await;
    let (ana, mina, command) = (user("ana"), user("mina"), "approve");
    let options = [("deployment", "")];
    let typing = Slash { user: &mina, channel: CHANNEL, command, options: &options };
    let typed: Vec<_> = (0..TYPED).map(|_| scene.discord.type_into(typing, "deployment")).collect();
    // What somebody says meanwhile is taken and done.
    let slash = Slash { user: &ana, channel: CHANNEL, command: "whoami", options: &[] };
    let asked = scene.discord.slash(slash);
    scene.discord.await_answer(&asked).await;
    let is_told = |said: &String| said.starts_with("You are ana");
    let answer = |_: &_| scene.whispers("ana").pop().filter(is_told);
    scene.discord.until("the answer", answer).await;
    // Discord takes no offer after three seconds, and so does the simulation.
    for interaction in &typed {
        let answer = scene.discord.await_answer(interaction).await;
        assert_eq!(answer.data["choices"], serde_json::json!([]));
    }
    scene.room().expect(TYPED as u64 + 1);
    // What the configuration says needs no store.
    assert_eq!(scene.values("deploy", &[("service", "w")]).await, ["web"]);
    let typed = [("service", "web"), ("environment", "pr")];
    assert_eq!(scene.values("deploy", &typed).await, ["prod"]);
}

#[tokio::test]
async fn what_is_offered_is_in_the_language_of_whoever_types() {
    let scene = Scene::open().await;
    scene.stage.repository.tag("v9.0.0");
    scene.say("ana", "deploy web@v9.0.0 to staging").await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ana", "language ko").await;
    let waiting = scene.offered("approve", &[("deployment", "")], "deployment").await;
    let [(value, ko)] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!(value, "#2");
    assert!(ko.starts_with("#2 api (prod) 배포, v9.0.0") && ko.ends_with(": 대기 중"), "{ko}");
    let typed = [("service", "web"), ("environment", "prod"), ("version", "v")];
    let versions = scene.offered("deploy", &typed, "version").await;
    let shown = ("v9.0.0".to_owned(), "v9.0.0: 현재 배포됨, web (staging)".to_owned());
    assert_eq!(versions[0], shown);
}
