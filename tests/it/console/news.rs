//! News on the console: a sentence whenever it reads anew, and lines below it.

use wilco_core::news::NewsState;

use crate::rehearsal::newsroom::{build, failed, release};
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
    assert!(first.ends_with("CI failed for acme/api main (4f2c91a)."), "{first}");
    assert_eq!(told(failed(7, 1, 2)).await, "");
    let mended = told(build(8, 1, NewsState::Succeeded, 3)).await;
    assert_eq!(mended.matches("It works again with 4f2c91a.").count(), 2, "{mended}");
    let released = told(release()).await;
    let words = "acme/api has released v1.1.0: Faster search. Say `deploy api@v1.1.0 to staging`";
    assert!(released.contains(words), "{released}");
}
