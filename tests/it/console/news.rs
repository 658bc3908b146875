//! News on the console: a sentence whenever it reads anew, and lines below it.

use wilco::chat::console::Console;
use wilco::chat::{Chat as _, LogLine};
use wilco_core::ids::{Place, Platform};
use wilco_core::news::NewsState;
use wilco_core::notice::Locale;

use crate::rehearsal::hearing::Hearing;
use crate::rehearsal::newsroom::{build, failed, release};
use crate::rehearsal::spot::Channel;
use crate::rehearsal::stage::{On, Stage};

#[tokio::test]
async fn news_are_printed_as_they_change() {
    let stage = Stage::with_news(On::Console).await;
    let told = async |news| {
        stage.take();
        stage.tell(&news).await;
        stage.take().concat()
    };
    assert_eq!(told(build(7, 1, NewsState::Running, 1)).await, "");
    let first = told(failed(7, 1, 2)).await;
    assert!(first.ends_with("CI failed for acme/api main (4f2c91a). @ana"), "{first}");
    assert_eq!(told(failed(7, 1, 2)).await, "");
    let mended = told(build(8, 1, NewsState::Succeeded, 3)).await;
    assert_eq!(mended.matches("It works again with 4f2c91a.").count(), 2, "{mended}");
    let released = told(release()).await;
    let words = "acme/api has released v1.1.0: Faster search. Say `deploy api@v1.1.0 to staging`";
    assert!(released.contains(words), "{released}");
}

#[tokio::test]
async fn what_goes_to_another_channel_begins_with_it_and_names_whom_it_mentions() {
    let (hearing, team) = (Hearing::default(), Hearing::default());
    let console = Console::plain("deploys", hearing.clone());
    for channel in ["deploys", "team"] {
        let line = LogLine {
            place: &Place::in_channel(Platform::Console, channel),
            topic: "CI",
            card: None,
            text: "Attempt 2 failed.",
            locale: Locale::En,
            mentioned: &[Console::account("ana")],
            key: "news-1",
        };
        console.log(&line).await.unwrap();
    }
    hearing.move_from(Channel::Team, &team);
    let said = "<   · Attempt 2 failed. @ana";
    assert_eq!((hearing.take(), team.take()), (vec![said.to_owned()], vec![said.to_owned()]));
}
