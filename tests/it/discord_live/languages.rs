//! In which language people are spoken to: in threads, and before anything is decided.

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user, words};
use crate::sim::discord::{Press, Shelf, Slash};

/// How wilco begins to say what is waited for.
const KO: &str = "#1 배포가 기다리는 것:";

/// The number that Discord has for a forum.
const FORUM: u8 = 15;

impl Scene {
    /// Opens a Korean channel in an English configuration.
    async fn in_korean() -> Self {
        let mut scene = Self::open().await;
        let changed = scene.stage.edit("wilco.toml", "# locale = \"ko\"", "locale = \"ko\"");
        changed.unwrap();
        scene.with(&[]).await;
        scene
    }

    /// Names wilco there, and returns how it answers below that.
    async fn answered_in(&self, channel: &str, account: &str, line: &str) -> String {
        self.room().expect(1);
        let said = self.discord.mention(&user(account), channel, line);
        self.stage.settle().await;
        let messages = self.discord.messages(channel);
        let is_answer = |to: &Option<String>| to.as_deref() == Some(said.as_str());
        let answer = messages.iter().find(|message| is_answer(&message.reply_to));
        words(answer.unwrap_or_else(|| panic!("no answer in {messages:#?}")))
    }

    /// Returns the newest message that only this person sees in a channel.
    fn whisper_in(&self, channel: &str, account: &str) -> String {
        let whispers = self.discord.ephemerals(Some(channel), Some(&user(account)));
        words(whispers.last().unwrap())
    }

    async fn slash_in(&self, channel: &str, account: &str, command: &str, options: Options<'_>) {
        self.room().expect(1);
        let user = user(account);
        self.discord.slash(Slash { user: &user, channel, command, options });
        self.stage.settle().await;
    }

    /// Returns the question that comes when somebody presses Abort on the card.
    async fn asked_whether_to_abort(&self, account: &str) -> crate::sim::discord::Message {
        self.press(account, &self.card(1), "wilco.abort").await;
        self.discord.ephemerals(Some(CHANNEL), Some(&user(account))).pop().unwrap()
    }
}

type Options<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn the_thread_below_a_card_speaks_as_its_channel_does() {
    let scene = Scene::in_korean().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    let (thread, _) = scene.discord.thread(&scene.card(1).id).unwrap();
    let answer = scene.answered_in(&thread, "ana", "why #1").await;
    assert!(answer.starts_with(KO), "{answer}");
    scene.slash_in(&thread, "ana", "why", &[("deployment", "#1")]).await;
    let whisper = scene.whisper_in(&thread, "ana");
    assert!(whisper.starts_with(KO), "{whisper}");
    // A vote in words is acknowledged there too.
    let answer = scene.answered_in(&thread, "mina", "approve #1").await;
    assert!(answer.starts_with("#1 건을 접수했습니다."), "{answer}");
    assert_eq!(scene.discord.messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_thread_that_people_began_is_known_also_after_a_start_and_once_it_is_taken_out_again() {
    let mut scene = Scene::in_korean().await;
    scene.say("ana", "deploy api to prod").await;
    let thread = scene.discord.begin_thread(CHANNEL, "talk");
    let answer = scene.answered_in(&thread, "ana", "why #1").await;
    assert!(answer.starts_with(KO), "{answer}");
    for shelf in [Shelf::Open, Shelf::Archived] {
        scene.discord.shelve(&thread, shelf);
        scene.with(&[]).await;
        let answer = scene.answered_in(&thread, "ana", "why #1").await;
        assert!(answer.starts_with(KO), "{shelf:?}: {answer}");
    }
}

#[tokio::test]
async fn a_thread_that_no_event_told_of_is_known_by_what_is_asked_there() {
    let scene = Scene::in_korean().await;
    scene.say("ana", "deploy api to prod").await;
    scene.discord.lose_next(1);
    let thread = scene.discord.begin_thread(CHANNEL, "talk");
    scene.slash_in(&thread, "ana", "why", &[("deployment", "#1")]).await;
    let whisper = scene.whisper_in(&thread, "ana");
    assert!(whisper.starts_with(KO), "{whisper}");
}

#[tokio::test]
async fn what_is_asked_for_in_a_thread_has_its_card_in_the_channel() {
    let mut scene = Scene::in_korean().await;
    scene.stage.edit("services.toml", "channel = \"deploys\"\n", "").unwrap();
    scene.with(&[]).await;
    let thread = scene.discord.begin_thread(CHANNEL, "talk");
    let answer = scene.answered_in(&thread, "ana", "deploy web to prod").await;
    assert!(answer.starts_with("#1 건을 접수했습니다."), "{answer}");
    assert_eq!(scene.cards(1).len(), 1);
    assert!(scene.card(1).words().contains("대기 중"), "{}", scene.card(1).words());
    scene.say("ben", "/react ✅ #1").await;
    let (log, _) = scene.discord.thread(&scene.card(1).id).unwrap();
    assert!(!scene.discord.messages(&log).is_empty());
}

#[tokio::test]
async fn a_post_in_a_forum_is_a_place_of_its_own() {
    let mut scene = Scene::open().await;
    let forum = "200000000000000077";
    scene.discord.channel(crate::sim::discord::GUILD, forum, "ideas");
    scene.discord.channel_type(forum, FORUM);
    scene.stage.edit("services.toml", "channel = \"deploys\"\n", "").unwrap();
    scene.with(&[]).await;
    let post = scene.discord.begin_thread(forum, "an idea");
    scene.room().expect(1);
    scene.discord.mention(&user("ana"), &post, "deploy web to prod");
    scene.stage.settle().await;
    let has_card = |channel: &str| {
        let messages = scene.discord.messages(channel);
        messages.iter().any(|message| !message.controls().is_empty())
    };
    assert_eq!([forum, &post].map(has_card), [false, true]);
}

#[tokio::test]
async fn a_receipt_is_in_the_language_of_whoever_asked() {
    let scene = Scene::open().await;
    let options = [("service", "web"), ("environment", "prod")];
    scene.say("ana", "language ko").await;
    scene.slash("ana", "deploy", &options).await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "접수했습니다: deploy web prod");
    // Carl chose nothing, and the channel speaks English.
    scene.slash("carl", "deploy", &options).await;
    assert_eq!(scene.whispers("carl").pop().unwrap(), "Heard: deploy web prod");
    scene.say("ana", "language default").await;
    scene.slash("ana", "deploy", &options).await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "Heard: deploy web prod");
}

#[tokio::test]
async fn what_people_toml_says_of_somebody_goes_before_the_channel_also_in_a_receipt() {
    let mut scene = Scene::in_korean().await;
    scene.stage.edit("people.toml", "# locale = \"en\"", "locale = \"en\"").unwrap();
    scene.with(&[]).await;
    let options = [("service", "web"), ("environment", "prod")];
    scene.slash("carl", "deploy", &options).await;
    assert_eq!(scene.whispers("carl").pop().unwrap(), "Heard: deploy web prod");
    scene.slash("ana", "deploy", &options).await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "접수했습니다: deploy web prod");
}

#[tokio::test]
async fn what_was_chosen_is_known_after_a_restart() {
    let mut scene = Scene::open().await;
    scene.say("ana", "language ko").await;
    scene.with(&[]).await;
    scene.slash("ana", "deploy", &[("service", "web"), ("environment", "prod")]).await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "접수했습니다: deploy web prod");
}

#[tokio::test]
async fn the_question_before_an_abort_is_in_the_language_of_whoever_pressed() {
    let scene = Scene::open().await;
    scene.say("ana", "language ko").await;
    scene.say("ana", "deploy web to prod").await;
    let question = scene.asked_whether_to_abort("ana").await;
    assert!(words(&question).starts_with("#1 건을 중단할까요?"), "{}", words(&question));
    let controls = question.controls();
    let labels: Vec<_> = controls.iter().map(|control| &control.whole["label"]).collect();
    assert_eq!(labels, ["중단", "그대로 두기"]);
    scene.press("ana", &question, "wilco.leave").await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "바뀐 것이 없습니다.");
    // The card itself is everybody's.
    assert!(scene.card(1).words().contains("waits"), "{}", scene.card(1).words());
    let question = scene.asked_whether_to_abort("ana").await;
    let yes = question.controls().remove(0).custom_id;
    scene.room().expect(1);
    let ana = user("ana");
    let press = Press { user: &ana, channel: CHANNEL, message: &question.id, custom_id: &yes };
    scene.discord.press(press);
    scene.stage.settle().await;
    assert_eq!(scene.whispers("ana").pop().unwrap(), "접수했습니다: 중단");
}
