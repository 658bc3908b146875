//! News in Slack: one message for each thing, edited, with what follows in its thread.

use wilco_core::news::{News, NewsState};
use wilco_core::private::Private;

use super::Scene;
use crate::rehearsal::newsroom::{build, failed, release};
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::rehearsal::stage::{On, Stage};
use crate::sim::slack::{Fault, Message, Press, Slack, Times};

const POST: &str = "chat.postMessage";

async fn newsroom() -> Scene {
    let stage = Stage::with_news(On::Slack).await;
    let slack = stage.room().slack.clone();
    Scene { stage, slack }
}

impl Scene {
    /// Returns the messages with news, and those in their threads.
    fn news(&self) -> (Vec<Message>, Vec<Message>) {
        let (mut all, mut below) = (self.slack.messages(CHANNEL), self.slack.messages(CHANNEL));
        all.retain(|message| message.thread_ts.is_none());
        below.retain(|message| message.thread_ts.is_some());
        (all, below)
    }
}

#[tokio::test]
async fn a_failed_build_is_one_message_that_changes_with_a_thread_below_it() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    let (posted, below) = scene.news();
    assert_eq!((posted.len(), below.len()), (1, 0));
    let ana = format!("<@{}>", user("ana"));
    assert_eq!(posted[0].text, format!("CI failed for acme/api main (4f2c91a). {ana}"));
    assert!(posted[0].blocks.to_string().contains(&ana));
    assert!(posted[0].blocks.to_string().contains("<https://github.com/acme/api/actions/runs/7>"));
    scene.stage.tell(&build(7, 2, NewsState::Running, 3)).await;
    scene.stage.tell(&failed(7, 2, 4)).await;
    scene.stage.tell(&build(7, 3, NewsState::Succeeded, 5)).await;
    let (edited, below) = scene.news();
    assert_eq!(edited.len(), 1);
    assert_eq!(edited[0].text, "CI (attempt 3) succeeded for acme/api main (4f2c91a).");
    let lines: Vec<&str> = below.iter().map(|line| line.text.as_str()).collect();
    let again = format!("Attempt 2 failed. {ana}");
    assert_eq!(lines, ["Attempt 2 begins.", &again, "It works again."]);
    assert!(below.iter().all(|line| line.thread_ts.as_ref() == Some(&posted[0].ts)));
    assert!(scene.slack.complaints().is_empty(), "{:?}", scene.slack.complaints());
}

#[tokio::test]
async fn what_people_write_on_github_calls_nobody_in_slack() {
    let scene = newsroom().await;
    let evil = "<!channel> <@U0123456789> <https://evil.example|x>";
    let news = News {
        branch: Some(evil.into()),
        name: Some(evil.into()),
        title: Private::Known(evil.into()),
        authors: vec![wilco_core::person::Author::Github(evil.into())].into(),
        url: Some("https://evil.example/><!channel>".into()),
        ..failed(7, 1, 2)
    };
    scene.stage.tell(&news).await;
    let posted = scene.news().0.remove(0);
    for steers in ["<!", "<@", "<http"] {
        assert!(!posted.text.contains(steers), "{}", posted.text);
        assert!(!posted.blocks.to_string().contains(steers), "{}", posted.blocks);
    }
}

#[tokio::test]
async fn news_of_which_nobody_knew_at_a_stop_are_found_after_the_start() {
    let mut scene = newsroom().await;
    scene.slack.fail(POST, Fault::HangAfterEffect, Times::Always);
    scene.stage.hear_news(&failed(7, 1, 2)).await;
    let is_posted = |slack: &Slack| (!slack.messages(CHANNEL).is_empty()).then_some(());
    scene.slack.until("the news", is_posted).await;
    scene.stage.stop().await;
    scene.slack.heal(POST);
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    scene.stage.tell(&build(7, 2, NewsState::Succeeded, 5)).await;
    let (posted, below) = scene.news();
    assert_eq!((posted.len(), below.len()), (1, 1));
    assert!(posted[0].text.starts_with("CI (attempt 2) succeeded"), "{}", posted[0].text);
}

#[tokio::test]
async fn a_line_below_news_is_said_once_in_spite_of_an_error() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.slack.fail_next(POST, Fault::ServerErrorAfterEffect);
    scene.stage.tell(&failed(7, 2, 4)).await;
    assert_eq!(scene.news().1.len(), 1);
}

#[tokio::test]
async fn news_that_somebody_deleted_stay_deleted() {
    let scene = newsroom().await;
    scene.stage.tell(&failed(7, 1, 2)).await;
    scene.slack.delete_message((CHANNEL, &scene.news().0[0].ts)).await;
    scene.stage.tell(&build(7, 2, NewsState::Running, 3)).await;
    let (posted, below) = scene.news();
    let all = posted.iter().chain(&below);
    assert!(all.clone().all(|message| message.text == "Attempt 2 begins."), "{posted:?} {below:?}");
    assert_eq!(all.count(), 1);
}

#[tokio::test]
async fn the_button_of_a_release_asks_for_its_deployment() {
    let scene = newsroom().await;
    scene.stage.tell(&release()).await;
    let posted = scene.news().0.remove(0);
    assert!(posted.text.ends_with("Say `deploy api@v1.1.0 to staging` to deploy it."));
    let action_id = "wilco.deploy";
    let value = super::value_of(&posted.blocks, action_id).expect("the button");
    let (channel, ts, value) = (CHANNEL, posted.ts.as_str(), value.as_str());
    let carl = user("nobody");
    scene.slack.user(&carl, crate::sim::slack::User::named("nobody"));
    scene.slack.press(Press { user: &carl, channel, ts, action_id, value }).await;
    scene.stage.settle().await;
    assert!(scene.stage.facts(1).await.is_empty(), "who is nobody may not");
    let ana = user("ana");
    scene.slack.press(Press { user: &ana, channel, ts, action_id, value }).await;
    scene.stage.settle().await;
    assert!(scene.record(1).await.starts_with("= requested by ana"));
}
