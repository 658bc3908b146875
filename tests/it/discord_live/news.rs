//! News in Discord: one message for each thing, edited, with what follows in its thread.

use std::time::Duration;

use wilco_core::news::{News, NewsState};
use wilco_core::private::Private;

use super::Scene;
use crate::rehearsal::discord_room::{self, CHANNEL, user};
use crate::rehearsal::newsroom::{build, failed, release};
use crate::rehearsal::stage::{On, Stage};
use crate::sim::discord::{Fault, Message, Times};

const POST: &str = "create_message";

async fn newsroom() -> Scene {
    let stage = Stage::with_news(On::Discord).await;
    let discord = stage.discord_room().discord.clone();
    Scene { stage, discord }
}

impl Scene {
    fn posted(&self) -> Vec<Message> {
        self.discord.messages(CHANNEL)
    }

    /// Returns what stands in the thread of a message.
    fn below(&self, message: &Message) -> Vec<Message> {
        match self.discord.thread(&message.id) {
            Some(_) => self.discord.messages(&message.id),
            None => vec![],
        }
    }
}

#[tokio::test]
async fn a_failed_build_is_one_message_that_changes_with_a_thread_below_it() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    let posted = scene.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].waked, [user("ana")]);
    assert!(discord_room::words(&posted[0]).starts_with("CI failed for acme/api main (4f2c91a)."));
    scene.stage.tell(&build(7, 2, NewsState::Running, 3)).await;
    scene.stage.tell(&failed(7, 2, 4)).await;
    scene.stage.tell(&build(7, 3, NewsState::Succeeded, 5)).await;
    let edited = scene.posted();
    assert_eq!(edited.len(), 1);
    let text = discord_room::words(&edited[0]);
    assert!(text.starts_with("CI (attempt 3) succeeded for acme/api main"), "{text}");
    let below = scene.below(&edited[0]);
    let waked: Vec<_> = below.iter().map(|line| line.waked.clone()).collect();
    assert_eq!(waked, [vec![], vec![user("ana")], vec![]]);
    assert!(discord_room::words(&below[2]).starts_with("It works again."));
}

#[tokio::test]
async fn what_people_write_on_github_calls_nobody_in_discord() {
    let scene = newsroom().await;
    let evil = "@everyone <@1> <@&2> [x](https://evil.example)";
    let news = News {
        branch: Some(evil.into()),
        name: Some(evil.into()),
        title: Private::Known(evil.into()),
        authors: vec![wilco_core::person::Author::Github(evil.into())].into(),
        url: Some("https://evil.example/<@1>".into()),
        ..failed(7, 1, 2)
    };
    scene.stage.tell(&news).await;
    let posted = scene.posted().remove(0);
    assert!(posted.waked.is_empty(), "{:?}", posted.waked);
}

#[tokio::test]
async fn news_of_which_nobody_knew_at_a_stop_are_found_after_the_start() {
    let mut scene = newsroom().await;
    scene.discord.fail(POST, Fault::HangAfterEffect, Times::Always);
    scene.stage.hear_news(&failed(7, 1, 2)).await;
    let is_posted = |_: &_| (!scene.discord.messages(CHANNEL).is_empty()).then_some(());
    scene.discord.until("the news", is_posted).await;
    scene.stage.stop().await;
    scene.discord.heal(POST);
    scene.discord.skip(Duration::from_hours(1));
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    scene.stage.tell(&build(7, 2, NewsState::Succeeded, 5)).await;
    assert_eq!(scene.posted().len(), 1);
    assert_eq!(scene.below(&scene.posted()[0]).len(), 1);
}

#[tokio::test]
async fn a_line_that_mentions_somebody_is_said_once_in_spite_of_an_error() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.stage.tell(&build(7, 2, NewsState::Running, 3)).await;
    scene.discord.fail_next(POST, Fault::ServerErrorAfterEffect);
    scene.stage.tell(&failed(7, 2, 4)).await;
    assert_eq!(scene.below(&scene.posted()[0]).len(), 2);
}

#[tokio::test]
async fn news_that_somebody_deleted_stay_deleted() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.discord.delete_messages(CHANNEL, &[&scene.posted()[0].id]);
    scene.stage.tell(&build(7, 2, NewsState::Running, 3)).await;
    let posted = scene.posted();
    let line = |message: &Message| discord_room::words(message).starts_with("Attempt 2 begins.");
    assert!(posted.iter().all(line) && posted.len() <= 1, "{posted:?}");
}

#[tokio::test]
async fn the_button_of_a_release_asks_for_its_deployment() {
    let scene = newsroom().await;
    scene.stage.tell(&release()).await;
    let posted = scene.posted().remove(0);
    scene.press("ana", &posted, "wilco.deploy").await;
    assert!(scene.record(1).await.starts_with("= requested by ana"));
}
