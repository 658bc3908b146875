//! Answers that point to another address: nothing is sent there, and so nobody there learns the token.

use serde_json::Value;
use serenity::http::{LightMethod, Route};

use wilco::chat::discord::api::{Api, ApiError, Call, Token};

use super::super::Scene;
use crate::rehearsal::discord_room::CHANNEL;
use crate::sim::discord::{BOT_TOKEN, Discord, Fault, GUILD, Times};

const WHO: Call<'static> =
    Call { what: "say who wilco is", method: LightMethod::Get, route: Route::UserMe, query: &[] };

/// Another Discord, which takes the same token and has the same channel.
async fn elsewhere() -> Discord {
    let elsewhere = Discord::open_unrecorded().await;
    elsewhere.channel(GUILD, CHANNEL, "deploys");
    elsewhere
}

fn to(elsewhere: &Discord, path: &str) -> Fault {
    Fault::RedirectedTo(format!("{}/api/v10{path}", elsewhere.api_url()))
}

#[tokio::test]
async fn a_question_that_is_redirected_is_asked_nowhere_else() {
    let (discord, elsewhere) = (Discord::open().await, elsewhere().await);
    discord.fail_next("get_my_user", to(&elsewhere, "/users/@me"));
    let api = Api::new(&discord.api_url(), &Token::new(BOT_TOKEN));
    let answer = api.get::<Value>(WHO).await;
    assert!(matches!(answer, Err(ApiError::Unknown { .. })), "{answer:?}");
    assert_eq!(elsewhere.calls("get_my_user").len(), 0);
}

#[tokio::test]
async fn a_card_that_is_redirected_is_posted_where_it_belongs() {
    let (scene, elsewhere) = (Scene::open().await, elsewhere().await);
    let path = format!("/channels/{CHANNEL}/messages");
    scene.discord.fail_next("create_message", to(&elsewhere, &path));
    scene.say("ana", "deploy web to prod").await;
    assert_eq!(scene.cards(1).len(), 1);
    assert_eq!(elsewhere.calls("create_message").len(), 0);
}

#[tokio::test]
async fn a_connection_that_is_redirected_is_made_where_it_belongs() {
    let (scene, elsewhere) = (Scene::open().await, elsewhere().await);
    scene.go_away().await;
    for (operation, path) in [("get_gateway", "/gateway"), ("get_bot_gateway", "/gateway/bot")] {
        scene.discord.fail(operation, to(&elsewhere, path), Times::Next(1));
    }
    let asked = |one: &Discord| one.calls("get_gateway").len() + one.calls("get_bot_gateway").len();
    let before = asked(&scene.discord);
    scene.come_back().await;
    assert!(asked(&scene.discord) > before + 1, "it was redirected, and asked again");
    assert_eq!(asked(&elsewhere), 0);
    assert_eq!(elsewhere.greetings().identified, 0);
}
