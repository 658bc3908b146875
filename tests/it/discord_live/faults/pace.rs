//! Discord asks to wait, and how often it is called at all.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::id::InteractionId;

use wilco::chat::discord::api::{Api, ApiError, Call, Token};

use super::super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{BOT_TOKEN, Discord, Fault, Times};

const WHO: Call<'static> =
    Call { what: "say who wilco is", method: LightMethod::Get, route: Route::UserMe, query: &[] };
const WHAT: Call<'static> = Call {
    what: "say which application this is",
    method: LightMethod::Get,
    route: Route::Gateway,
    query: &[],
};

fn api(discord: &Discord) -> Api {
    Api::new(&discord.api_url(), &Token::new(BOT_TOKEN))
}

#[tokio::test]
async fn a_card_waits_as_long_as_discord_asks() {
    let scene = Scene::open().await;
    let (wait, began) = (Duration::from_millis(1_700), Instant::now());
    scene.discord.fail_next("create_message", Fault::RateLimited { retry_after: wait });
    scene.say("ana", "deploy web to prod").await;
    assert!(began.elapsed() >= wait, "{:?}", began.elapsed());
    assert_eq!(scene.cards(1).len(), 1);
    assert_eq!(scene.discord.refused_requests(), 1);
}

#[tokio::test]
async fn a_long_wait_is_told_to_whoever_called_and_nothing_is_asked_again_meanwhile() {
    let discord = Discord::open().await;
    let wait = Duration::from_mins(5);
    discord.fail("get_my_user", Fault::RateLimited { retry_after: wait }, Times::Always);
    let answer = api(&discord).get::<Value>(WHO).await;
    let expected = ApiError::TooFast { what: WHO.what, wait };
    assert_eq!(answer, Err(expected));
    assert_eq!(discord.calls("get_my_user").len(), 1);
}

#[tokio::test]
async fn somebody_who_is_asked_to_wait_again_and_again_gives_up() {
    let discord = Discord::open().await;
    let wait = Duration::from_millis(1);
    discord.fail("get_my_user", Fault::RateLimited { retry_after: wait }, Times::Always);
    let answer = api(&discord).get::<Value>(WHO).await;
    assert_eq!(answer, Err(ApiError::TooFast { what: WHO.what, wait }));
    assert!(discord.calls("get_my_user").len() < 10);
}

#[tokio::test]
async fn a_limit_on_everything_holds_other_calls_back_too() {
    let discord = Discord::open().await;
    let (api, wait) = (api(&discord), Duration::from_mins(1));
    discord.fail_next("get_my_user", Fault::RateLimitedGlobally { retry_after: wait });
    assert!(matches!(api.get::<Value>(WHO).await, Err(ApiError::TooFast { .. })));
    let other = api.get::<Value>(WHAT).await;
    assert!(matches!(other, Err(ApiError::TooFast { wait, .. }) if wait > Duration::from_secs(30)));
    assert_eq!(discord.calls("get_gateway").len(), 0);
}

#[tokio::test]
async fn a_limit_on_everything_holds_no_answer_to_an_interaction_back() {
    let discord = Discord::open().await;
    let (api, wait) = (api(&discord), Duration::from_mins(1));
    discord.fail_next("get_my_user", Fault::RateLimitedGlobally { retry_after: wait });
    assert!(matches!(api.get::<Value>(WHO).await, Err(ApiError::TooFast { .. })));
    let route = Route::InteractionResponse { interaction_id: InteractionId::new(5), token: "abc" };
    let call = Call { what: "answer", method: LightMethod::Post, route, query: &[] };
    // Nobody asked anything, so Discord refuses; but it is asked.
    let answered = api.put(call, &json!({ "type": 5 })).await;
    assert!(matches!(answered, Err(ApiError::Refused { .. })), "{answered:?}");
    assert_eq!(discord.calls("create_interaction_response").len(), 1);
}

#[tokio::test]
async fn a_route_that_is_held_back_is_not_asked_again_before_its_time() {
    let discord = Discord::open().await;
    let (api, wait) = (api(&discord), Duration::from_mins(1));
    discord.fail_next("get_my_user", Fault::RateLimited { retry_after: wait });
    for _ in 0..2 {
        assert!(matches!(api.get::<Value>(WHO).await, Err(ApiError::TooFast { .. })));
    }
    assert_eq!(discord.calls("get_my_user").len(), 1);
}

#[tokio::test]
async fn a_limit_on_one_route_holds_no_other_call_back() {
    let discord = Discord::open().await;
    let (api, wait) = (api(&discord), Duration::from_mins(1));
    discord.fail_next("get_my_user", Fault::RateLimited { retry_after: wait });
    assert!(matches!(api.get::<Value>(WHO).await, Err(ApiError::TooFast { .. })));
    assert!(api.get::<Value>(WHAT).await.is_ok());
}

#[tokio::test]
async fn many_changes_while_a_card_is_edited_become_one_edit() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let before = scene.discord.calls("update_message").len();
    let slow = Fault::SlowBy(Duration::from_millis(700));
    scene.discord.fail("update_message", slow, Times::Always);
    scene.discord.react(&user("ben"), (CHANNEL, &scene.card(1).id), "✅");
    scene.room().expect(1);
    scene.stage.settle().await;
    let facts = scene.stage.facts(1).await;
    let changes = facts.iter().filter(|fact| fact.kind() == "stage_changed").count();
    let edits = scene.discord.calls("update_message").len() - before;
    assert!(changes >= 3, "{changes}");
    assert!(edits <= 3, "{edits} edits for an approval, a start, {changes} changes and an end");
    assert!(scene.card(1).embeds[0]["title"].as_str().unwrap().starts_with('✅'));
}
