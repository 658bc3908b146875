//! Wilco keeps within Slack's limits of itself, and tells everybody on its side what Slack said.

use wilco::chat::slack::pace::Limits;
use wilco::chat::slack::socket::Heartbeat;
use wilco::chat::{Chat as _, ChatError, LogLine, ShownCard};
use wilco_core::card::Card;
use wilco_core::ids::{Place, Platform};
use wilco_core::notice::Locale;

use super::Scene;
use crate::rehearsal::slack_room::CHANNEL;
use crate::sim::slack::Fault;

const POST: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";

fn place(channel: &str) -> Place {
    Place::in_channel(Platform::Slack, channel)
}

fn line<'a>(place: &'a Place, key: &'a str) -> LogLine<'a> {
    let (topic, locale, mentioned) = ("#1", Locale::En, &[]);
    LogLine { place, topic, card: None, text: "a stage ended", locale, mentioned, key }
}

/// A card of some state, as the core's own tests keep them.
fn card() -> Card {
    let cards = include_str!("../../../core/tests/snapshots/cards.en.json");
    let cards: Vec<(String, Card)> = serde_json::from_str(cards).unwrap();
    cards.into_iter().next().unwrap().1
}

#[tokio::test]
async fn a_card_that_changes_often_and_many_lines_never_go_beyond_slacks_limits() {
    let scene = Scene::open().await;
    let limits = Limits::default();
    let adapter = scene.stage.room().adapter_at(limits, Heartbeat::default()).await;
    // What is let through at once, and the one that comes again in the same second.
    scene.slack.limit(POST, limits.post.burst as usize + 1);
    scene.slack.limit(UPDATE, limits.update.burst as usize + 1);
    let (place, card) = (place(CHANNEL), card());
    let (place, card) = (&place, &card);
    let key = "card-9-1";
    let wanted = ShownCard { place, card, shown: None, key, maybe_done: false };
    let message = adapter.show_card(&wanted).await.unwrap();
    let changes = async {
        for change in 0..limits.update.burst + 3 {
            let again = ShownCard { shown: Some(&message), ..wanted };
            let shown = adapter.show_card(&again).await;
            assert_eq!(shown.as_ref(), Ok(&message), "change {change}");
        }
    };
    let lines = async {
        for number in 0..limits.post.burst + 2 {
            let said = adapter.log(&line(place, &format!("line-{number}"))).await;
            assert_eq!(said, Ok(()), "line {number}");
        }
    };
    tokio::join!(changes, lines);
    assert_eq!(scene.slack.calls(UPDATE).len(), limits.update.burst as usize + 3);
}

#[tokio::test]
async fn what_slack_asks_one_to_wait_for_holds_for_whoever_speaks_there() {
    let scene = Scene::open().await;
    let adapter = scene.stage.room().adapter();
    scene.slack.fail_next(POST, Fault::RateLimited { retry_after_seconds: 600 });
    let place = place(CHANNEL);
    for key in ["one", "another"] {
        let said = adapter.log(&line(&place, key)).await;
        let Err(ChatError::TooFast { wait, .. }) = said else { panic!("{key}: {said:?}") };
        assert!((500..=600).contains(&wait.as_secs()), "{key}: {wait:?}");
    }
    // Slack was asked once, and the other did not ask.
    assert_eq!(scene.slack.calls(POST).len(), 1);
}
