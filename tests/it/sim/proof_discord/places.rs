//! Guilds, members, channels and direct messages, and who may ask.

use serde_json::{Value, json};
use serenity::all::{GuildId, UserId};

use super::client::{ask, ask_as, post, read, say};
use super::serenity::library;
use super::{ANA, BEN, DEPLOYS, MINA, OTHER, guild};
use crate::sim::discord::{
    ADMINISTRATOR, APP, BOT_ROLE, BOT_USER, CREATE_PUBLIC_THREADS, EVERYONE, GUILD, GUILD_MEMBERS,
    MANAGE_MESSAGES, MANAGE_THREADS, MESSAGE_CONTENT, Member, Overwrite, READ_MESSAGE_HISTORY,
    Role, SEND_MESSAGES_IN_THREADS, Shelf, User,
};

#[tokio::test]
async fn the_library_knows_itself_the_guild_and_who_is_in_it() {
    let discord = guild().await;
    let http = library(&discord);
    let application = http.get_current_application_info().await.unwrap();
    assert_eq!((application.id.to_string().as_str(), application.bot_public), (APP, false));
    assert!(http.get_gateway().await.unwrap().url.starts_with("ws://127.0.0.1"));
    let bot_gateway = http.get_bot_gateway().await.unwrap();
    assert_eq!((bot_gateway.shards, bot_gateway.session_start_limit.remaining), (1, 1_000));
    let id = GuildId::new(GUILD.parse().unwrap());
    let guild = http.get_guild(id).await.unwrap();
    assert_eq!((guild.name.as_str(), guild.roles.len()), ("Example", 2));
    assert_eq!(http.get_channels(id).await.unwrap().len(), 2);
    let mut member = Member { nick: Some("Ana!".to_owned()), ..Member::default() };
    let approvers = "800000000000000001";
    discord.role(GUILD, approvers, Role { name: "approvers".to_owned(), permissions: 0 });
    member.roles.push(approvers.to_owned());
    discord.member(GUILD, ANA, member);
    let ana = http.get_member(id, UserId::new(ANA.parse().unwrap())).await.unwrap();
    assert_eq!((ana.nick.as_deref(), ana.roles[0].to_string().as_str()), (Some("Ana!"), approvers));
    let roles = http.get_guild_roles(id).await.unwrap();
    let own = roles.iter().find(|role| role.id.to_string() == BOT_ROLE).unwrap();
    assert_eq!(own.tags.bot_id.unwrap().to_string(), BOT_USER);
    assert_eq!(http.get_user(UserId::new(BEN.parse().unwrap())).await.unwrap().name, "ben");
    assert_eq!(http.get_guilds(None, None).await.unwrap().len(), 1);
    discord.privileged_intents(GUILD_MEMBERS | MESSAGE_CONTENT);
    let members = http.get_guild_members(id, Some(3), None).await.unwrap();
    assert_eq!(members.len(), 3);
    let flags = read(&discord, "/applications/@me").await["flags"].clone();
    assert_eq!(flags, 1 << 15 | 1 << 19);
}

#[tokio::test]
async fn what_is_not_there_has_a_code_of_its_own() {
    let discord = guild().await;
    let nobody = "999999999999999999";
    let stranger = "100000000000000009";
    discord.user(stranger, User::named("stranger"));
    let codes = [
        (format!("/channels/{nobody}"), 404, 10_003),
        (format!("/guilds/{nobody}"), 404, 10_004),
        (format!("/channels/{DEPLOYS}/messages/{nobody}"), 404, 10_008),
        (format!("/users/{nobody}"), 404, 10_013),
        (format!("/guilds/{GUILD}/members/{nobody}"), 404, 10_013),
        (format!("/guilds/{GUILD}/members/{stranger}"), 404, 10_007),
        (format!("/guilds/{GUILD}/members"), 403, 50_001),
        (format!("/channels/{DEPLOYS}/messages/{nobody}/reactions/tick"), 400, 10_014),
        (format!("/channels/{DEPLOYS}/messages/{nobody}/reactions/tick:1"), 400, 10_014),
        ("/channels/deploys".to_owned(), 400, 50_035),
        ("/nowhere".to_owned(), 404, 0),
        ("/channels//messages".to_owned(), 404, 0),
        (format!("/applications/{nobody}/commands"), 403, 20_012),
        (format!("/webhooks/{nobody}/secret/messages/@original"), 404, 10_015),
        (format!("/webhooks/{APP}/secret/messages/@original"), 401, 50_027),
    ];
    for (path, status, code) in codes {
        let answer = ask(&discord, "GET", &path, Value::Null).await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (status, json!(code)), "{path}");
    }
    assert_eq!(ask(&discord, "DELETE", "/gateway", Value::Null).await.status, 405);
    assert_eq!(discord.complaints().len(), 2, "of the two that lead nowhere");
    discord.leave(GUILD, BEN);
    let gone = read(&discord, &format!("/guilds/{GUILD}/members/{BEN}")).await;
    assert_eq!(gone["code"], 10_007);
    discord.leave(GUILD, BOT_USER);
    assert_eq!(read(&discord, &format!("/guilds/{GUILD}")).await["code"], 10_004);
    assert_eq!(read(&discord, &format!("/channels/{DEPLOYS}")).await["code"], 50_001);
}

#[tokio::test]
async fn only_the_bot_s_token_opens() {
    let discord = guild().await;
    for token in [None, Some("wrong")] {
        let answer = ask_as(&discord, token, ("GET", "/users/@me"), Value::Null).await.unwrap();
        assert_eq!(answer.json(), json!({ "message": "401: Unauthorized", "code": 0 }));
        assert_eq!(answer.status, 401);
    }
    let open = ask_as(&discord, None, ("GET", "/gateway"), Value::Null).await.unwrap();
    assert_eq!((open.status, open.header("x-ratelimit-remaining")), (200, Some("999")));
    assert_eq!(discord.refused_requests(), 2);
}

#[tokio::test]
async fn direct_messages_need_somebody_who_takes_them() {
    let discord = guild().await;
    let open = async |id: &str| {
        ask(&discord, "POST", "/users/@me/channels", json!({ "recipient_id": id })).await
    };
    let channel = open(ANA).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(open(ANA).await.json()["id"], channel);
    say(&discord, &channel, "psst").await;
    assert_eq!(discord.messages(&channel)[0].content, "psst");
    assert_eq!(discord.direct_message(ANA, "yes?").0, channel);
    let mut closed = User::named("mina");
    closed.is_closed = true;
    discord.user(MINA, closed);
    let channel = open(MINA).await.json()["id"].as_str().unwrap().to_owned();
    let refused = post(&discord, &channel, json!({ "content": "psst" })).await;
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!(50_007)));
    assert_eq!(open("999999999999999999").await.json()["code"], 50_033);
    assert_eq!(open(BOT_USER).await.json()["code"], 50_033);
    let typing = format!("/channels/{channel}/typing");
    assert_eq!(ask(&discord, "POST", &typing, Value::Null).await.status, 204);
    assert!(discord.is_typing(&channel) && !discord.is_typing(DEPLOYS));
}

#[tokio::test]
async fn permissions_come_from_roles_and_channels() {
    let discord = guild().await;
    let theirs = discord.say(ANA, DEPLOYS, "hello");
    let path = format!("/channels/{DEPLOYS}/messages/{theirs}");
    let edit = json!({ "content": "x", "allowed_mentions": { "parse": [] } });
    assert_eq!(ask(&discord, "PATCH", &path, edit).await.json()["code"], 50_005);
    let code = async |method: &str, path: &str, body: Value| {
        ask(&discord, method, path, body).await.json()["code"].clone()
    };
    assert_eq!(code("DELETE", &path, Value::Null).await, 50_013);
    let bulk = format!("/channels/{DEPLOYS}/messages/bulk-delete");
    assert_eq!(code("POST", &bulk, json!({ "messages": [theirs, "1"] })).await, 50_013);
    let role = |permissions| Role { name: "wilco".to_owned(), permissions };
    discord.role(GUILD, BOT_ROLE, role(MANAGE_MESSAGES));
    discord.react(BEN, (DEPLOYS, &theirs), "👍");
    let reactions = format!("{path}/reactions");
    for gone in
        [format!("{reactions}/%F0%9F%91%8D/{BEN}"), format!("{reactions}/%F0%9F%91%8D"), reactions]
    {
        assert_eq!(code("DELETE", &gone, Value::Null).await, Value::Null, "{gone}");
    }
    assert_eq!(code("DELETE", &path, Value::Null).await, Value::Null);
    let (a, b) = (discord.say(ANA, DEPLOYS, "a"), discord.say(ANA, DEPLOYS, "b"));
    assert_eq!(code("POST", &bulk, json!({ "messages": [a, b] })).await, Value::Null);
    assert!(discord.conversation(DEPLOYS).is_empty());

    let card = say(&discord, OTHER, "card").await;
    let threads = format!("/channels/{OTHER}/messages/{card}/threads");
    discord.overwrite(
        OTHER,
        BOT_ROLE,
        Overwrite::deny(CREATE_PUBLIC_THREADS | READ_MESSAGE_HISTORY),
    );
    assert_eq!(code("POST", &threads, json!({ "name": "log" })).await, 50_013);
    assert_eq!(read(&discord, &format!("/channels/{OTHER}/messages")).await, json!([]));
    assert_eq!(
        code("GET", &format!("/channels/{OTHER}/messages/{card}"), Value::Null).await,
        50_013
    );
    discord.role(GUILD, BOT_ROLE, role(ADMINISTRATOR));
    assert_eq!(code("POST", &threads, json!({ "name": "log" })).await, Value::Null);
    discord.role(GUILD, BOT_ROLE, role(EVERYONE));
    discord.overwrite(OTHER, BOT_USER, Overwrite::deny(SEND_MESSAGES_IN_THREADS));
    assert_eq!(post(&discord, &card, json!({ "content": "x" })).await.json()["code"], 50_013);
    discord.overwrite(OTHER, BOT_USER, Overwrite { allow: MANAGE_THREADS, deny: 0 });
    discord.shelve(&card, Shelf::Locked);
    assert_eq!(post(&discord, &card, json!({ "content": "x" })).await.status, 200);
    let join = format!("/channels/{card}/thread-members/@me");
    assert_eq!(ask(&discord, "PUT", &join, Value::Null).await.status, 204);
    let active = read(&discord, &format!("/guilds/{GUILD}/threads/active")).await;
    assert_eq!(active["threads"][0]["id"], card);
}
