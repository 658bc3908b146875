//! One person reads their language, and everybody in a channel the channel's.

use serde_json::Value;

use wilco_core::ids::PersonName;
use wilco_core::notice::Locale;

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{Bot, Slack, User};

const LANGUAGE: &str = "wilco.language";
const SEOUL: &str = "C0SEOUL000";

impl Scene {
    /// Opens somebody's page, and returns it.
    async fn home(&self, account: &str) -> Value {
        self.slack.open_home(&user(account)).await;
        self.stage.settle().await;
        self.slack.home(&user(account)).unwrap()
    }

    async fn pick(&self, account: &str, locale: &str) -> Value {
        self.slack.pick_at_home(&user(account), LANGUAGE, locale).await;
        self.stage.settle().await;
        self.slack.home(&user(account)).unwrap()
    }

    /// Returns what was said last to somebody alone.
    fn told(&self, account: &str) -> String {
        self.slack.ephemerals(None, Some(&user(account))).pop().unwrap().text
    }

    async fn chosen(&self, person: &str) -> Option<Locale> {
        let origin = self.stage.app().reader.origin().await.unwrap().unwrap();
        origin.chosen.get(&PersonName::new(person).unwrap()).copied()
    }
}

/// Returns the list of languages on a page.
fn list(home: &Value) -> Option<&Value> {
    let lists = home["blocks"].as_array()?.iter().map(|block| &block["accessory"]);
    lists.into_iter().find(|list| list["action_id"] == LANGUAGE)
}

fn picked(home: &Value) -> &str {
    list(home).unwrap()["initial_option"]["value"].as_str().unwrap()
}

#[tokio::test]
async fn who_picks_a_language_is_spoken_to_in_it_from_then_on_and_nobody_else_is() {
    let scene = Scene::open().await;
    let home = scene.home("ben").await;
    assert_eq!(picked(&home), "en");
    let names: Vec<&Value> = list(&home).unwrap()["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["text"]["text"])
        .collect();
    assert_eq!(names, ["English", "한국어"]);

    let home = scene.pick("ben", "ko").await;
    assert_eq!((picked(&home), scene.chosen("ben").await), ("ko", Some(Locale::Ko)));
    assert!(home.to_string().contains("내 승인을 기다리는 배포"), "{home:#}");

    scene.say("ben", "whoami").await;
    assert!(scene.told("ben").contains("역할"), "{}", scene.told("ben"));
    scene.say("ana", "whoami").await;
    assert!(scene.told("ana").contains("roles"), "{}", scene.told("ana"));
    scene.say("ana", "deploy web to prod").await;
    assert!(scene.card(1).text.contains("waits for"), "everybody reads the card");
    scene.press(&user("ben"), 1, "wilco.reject").await;
    let form = scene.slack.until("the form", |slack: &Slack| slack.views().pop()).await;
    assert_eq!(form["title"]["text"], "#1 거절");

    let home = scene.pick("ben", "en").await;
    assert_eq!((picked(&home), scene.chosen("ben").await), ("en", Some(Locale::En)));
    assert_eq!(scene.slack.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn who_is_nobody_or_a_guest_chooses_nothing_and_reads_why() {
    let scene = Scene::open().await;
    scene.slack.user(&user("stranger"), User::named("stranger"));
    assert!(list(&scene.home("stranger").await).is_none());

    scene.slack.user(&user("carl"), User { is_restricted: true, ..User::named("carl") });
    assert_eq!(picked(&scene.home("carl").await), "en");
    let home = scene.pick("carl", "ko").await;
    assert_eq!((picked(&home), scene.chosen("carl").await), ("en", None));
    assert!(home.to_string().contains("Guests may not"), "{home:#}");
    let home = scene.home("carl").await;
    assert!(!home.to_string().contains("Guests may not"), "{home:#}");
}

#[tokio::test]
async fn each_card_is_in_the_language_of_its_channel() {
    let scene = Scene::open().await;
    scene.slack.channel(SEOUL, "seoul", Bot::In);
    let seoul = format!("[channel.seoul]\nslack = \"{SEOUL}\"\nlocale = \"ko\"\n\n[console]");
    scene.stage.edit("wilco.toml", "[console]", &seoul).unwrap();
    let api = "[service.api]\npath    = \"../repository\"\nchannel = ";
    let there = format!("{api}\"seoul\"");
    scene.stage.edit("services.toml", &format!("{api}\"deploys\""), &there).unwrap();
    scene.stage.reload().await.unwrap();

    scene.say("ana", "deploy web to prod").await;
    scene.say("ana", "deploy api to prod").await;
    let of = |channel: &str| scene.slack.messages(channel).pop().unwrap();
    assert!(of(CHANNEL).text.contains("waits for 1 approval"), "{}", of(CHANNEL).text);
    assert!(of(SEOUL).text.contains("대기 중입니다"), "{}", of(SEOUL).text);
    let buttons = of(SEOUL).blocks.to_string();
    assert!(buttons.contains("승인") && !buttons.contains("Approve"), "{buttons}");

    // ana chose nothing, so she is answered as everybody else is wherever she asks.
    scene.slack.mention(&user("ana"), SEOUL, "whoami").await;
    scene.stage.settle().await;
    assert!(scene.told("ana").contains("역할"), "{}", scene.told("ana"));
    scene.say("ana", "whoami").await;
    assert!(scene.told("ana").contains("roles"), "{}", scene.told("ana"));
    // The log is everybody's, too, whoever set it off.
    scene.say("ana", "언어 영어").await;
    scene.slack.mention(&user("ana"), SEOUL, "cancel #2").await;
    scene.stage.settle().await;
    let said: Vec<String> = scene.slack.messages(SEOUL).into_iter().map(|m| m.text).collect();
    assert!(said.iter().any(|text| text.contains("실행 전에 취소했습니다")), "{said:?}");
}
