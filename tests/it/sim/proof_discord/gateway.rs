//! The gateway, frame by frame.

use std::time::Duration;

use serde_json::{Value, json};

use super::socket::{INTENTS, Next, Socket};
use super::{ANA, BEN, DEPLOYS, guild};
use crate::sim::discord::{
    APP, BOT_ROLE, BOT_TOKEN, BOT_USER, GUILD, GUILD_MEMBERS, GUILD_PRESENCES, Gateway, Hearing,
    MESSAGE_CONTENT, Resumable,
};

#[tokio::test]
async fn who_identifies_hears_ready_and_then_the_guild() {
    let discord = guild().await;
    discord.heartbeat_interval(Duration::from_millis(250));
    let mut socket = Socket::reach(&discord, "/socket?v=10").await.unwrap();
    let hello = socket.frame().await;
    assert_eq!((&hello["op"], &hello["d"]["heartbeat_interval"]), (&json!(10), &json!(250)));
    socket.identify(BOT_TOKEN, INTENTS).await;
    let ready = socket.frame().await;
    assert_eq!((&ready["t"], &ready["s"]), (&json!("READY"), &json!(1)));
    assert_eq!(ready["d"]["user"]["id"], BOT_USER);
    assert_eq!(ready["d"]["application"], json!({ "id": APP, "flags": 0 }));
    assert_eq!(ready["d"]["guilds"], json!([{ "id": GUILD, "unavailable": true }]));
    let guild = socket.frame().await;
    assert_eq!((&guild["t"], &guild["s"]), (&json!("GUILD_CREATE"), &json!(2)));
    assert_eq!(guild["d"]["channels"].as_array().unwrap().len(), 2);
    assert_eq!(guild["d"]["members"].as_array().unwrap().len(), 1, "the bot alone");
    assert_eq!(guild["d"]["member_count"], 4);
    assert_eq!(discord.connections(), 1);

    discord.privileged_intents(GUILD_MEMBERS);
    let mut curious = Socket::open(&discord).await;
    curious.identify(BOT_TOKEN, INTENTS | GUILD_MEMBERS).await;
    let ready = curious.event("READY").await;
    assert_eq!(ready["application"]["flags"], 1 << 15);
    let guild = curious.event("GUILD_CREATE").await;
    assert_eq!(guild["members"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn who_may_not_enter_is_told_why_by_a_code() {
    let discord = guild().await;
    let identify = |data: Value| json!({ "op": 2, "d": data });
    let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
    let told =
        |intents: u64| json!({ "token": BOT_TOKEN, "intents": intents, "properties": properties });
    let mut with_shard = told(INTENTS);
    with_shard["shard"] = json!([1, 2]);
    let cases = [
        (identify(json!({ "token": "wrong", "intents": 1, "properties": properties })), 4004),
        (identify(told(MESSAGE_CONTENT)), 4014),
        (identify(told(GUILD_PRESENCES)), 4014),
        (identify(told(1 << 40)), 4013),
        (identify(json!({ "token": BOT_TOKEN, "properties": properties })), 4013),
        (identify(json!({ "token": BOT_TOKEN, "intents": 1 })), 4002),
        (identify(with_shard), 4010),
        (json!({ "op": 3, "d": {} }), 4003),
        (json!({ "op": 77 }), 4001),
        (json!("hello"), 4002),
        (json!({ "op": 6, "d": { "token": "wrong", "session_id": "1", "seq": 1 } }), 4004),
    ];
    for (frame, code) in cases {
        let mut socket = Socket::open(&discord).await;
        socket.send(&frame).await;
        assert_eq!(socket.closed().await, code, "{frame}");
    }
    let mut socket = Socket::open(&discord).await;
    socket.send_text("{").await;
    assert_eq!(socket.closed().await, 4002);
    let mut socket = Socket::enter(&discord, INTENTS).await;
    socket.identify(BOT_TOKEN, INTENTS).await;
    assert_eq!(socket.closed().await, 4005);
    let mut old = Socket::reach(&discord, "/socket?v=6").await.unwrap();
    old.frame().await;
    assert_eq!(old.closed().await, 4012);
    discord.await_connections(0).await;
    assert_eq!(discord.complaints(), [""; 0]);
}

#[tokio::test]
async fn heartbeats_are_counted_asked_for_and_answered_unless_deaf() {
    let discord = guild().await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    socket.beat(2).await;
    discord.ask_for_heartbeat();
    assert_eq!(socket.frame().await["op"], 1);
    discord.hear_heartbeats(Hearing::Deaf);
    socket.send(&json!({ "op": 1, "d": 2 })).await;
    discord.until("it", |one| (one.greetings().heartbeats == 2).then_some(())).await;
    discord.hear_heartbeats(Hearing::Good);
    discord.say(ANA, DEPLOYS, "hello");
    // The unanswered one stays unanswered.
    socket.event("MESSAGE_CREATE").await;
    socket.beat(3).await;
}

#[tokio::test]
async fn who_resumes_hears_what_was_missed_and_no_more() {
    let discord = guild().await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    discord.say(ANA, DEPLOYS, "one");
    assert_eq!(socket.frame().await["s"], 3);
    discord.cut_connections();
    assert!(matches!(socket.next().await, Next::Gone));
    discord.await_connections(0).await;
    discord.say(ANA, DEPLOYS, "two");
    discord.say(ANA, DEPLOYS, "three");
    let mut again = Socket::reach(&discord, "/socket/resume?v=10").await.unwrap();
    again.frame().await;
    again.resume(&socket.session, 3).await;
    let missed = [again.frame().await, again.frame().await];
    assert_eq!([&missed[0]["s"], &missed[1]["s"]], [&json!(4), &json!(5)]);
    assert_eq!(again.frame().await["t"], "RESUMED");
    discord.say(ANA, DEPLOYS, "four");
    assert_eq!(again.frame().await["s"], 7);
    let greetings = discord.greetings();
    assert_eq!((greetings.identified, greetings.resumed), (1, 1));

    let mut wrong = Socket::open(&discord).await;
    wrong.resume(&socket.session, 99).await;
    assert_eq!(wrong.closed().await, 4007);
    let mut unknown = Socket::open(&discord).await;
    unknown.resume("nobody", 1).await;
    assert_eq!(unknown.frame().await, json!({ "op": 9, "d": false, "s": null, "t": null }));
}

#[tokio::test]
async fn sessions_end_on_order_and_with_a_goodbye() {
    let discord = guild().await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    discord.expire_sessions();
    discord.say(ANA, DEPLOYS, "one");
    socket.event("MESSAGE_CREATE").await;
    discord.close_connections(4009);
    assert_eq!(socket.closed().await, 4009);
    let mut again = Socket::open(&discord).await;
    again.resume(&socket.session, 2).await;
    assert_eq!(again.frame().await["op"], 9);
    again.identify(BOT_TOKEN, INTENTS).await;
    assert_eq!(again.frame().await["t"], "READY");
    again.event("GUILD_CREATE").await;
    for (resumable, word) in [(Resumable::Yes, true), (Resumable::No, false)] {
        discord.invalidate_sessions(resumable);
        let frame = again.frame().await;
        assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(word)));
    }
    discord.ask_to_reconnect();
    assert_eq!(again.frame().await["op"], 7);
}

#[tokio::test]
async fn whoever_enters_is_received_as_ordered() {
    let discord = guild().await;
    discord.close_at_entry(4008, 1);
    discord.invalidate_at_entry(Resumable::Yes);
    let mut socket = Socket::open(&discord).await;
    socket.identify(BOT_TOKEN, INTENTS).await;
    assert_eq!(socket.closed().await, 4008);
    let mut socket = Socket::open(&discord).await;
    socket.identify(BOT_TOKEN, INTENTS).await;
    assert_eq!(socket.frame().await["d"], true);
    Socket::enter(&discord, INTENTS).await;
    discord.gateway(Gateway::Closed);
    assert!(Socket::reach(&discord, "/socket?v=10").await.is_none());
    discord.gateway(Gateway::Open);
    assert!(Socket::reach(&discord, "/socket?v=10").await.is_some());
}

#[tokio::test]
async fn connections_break_in_a_frame_or_fall_silent() {
    let discord = guild().await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    discord.cut_in_a_frame();
    assert!(matches!(socket.next().await, Next::Gone));
    discord.await_connections(0).await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    discord.silence_connections();
    discord.say(ANA, DEPLOYS, "hello?");
    socket.send(&json!({ "op": 1, "d": 2 })).await;
    let nothing = tokio::time::timeout(Duration::from_millis(50), socket.next()).await;
    assert!(nothing.is_err(), "it says nothing any more");
    assert_eq!(discord.connections(), 1);
    assert_eq!(discord.greetings().heartbeats, 0);
}

#[tokio::test]
async fn events_come_twice_turned_round_without_a_field_or_never() {
    let discord = guild().await;
    let mut socket = Socket::enter(&discord, INTENTS).await;
    discord.duplicate_next("MESSAGE_CREATE");
    discord.say(ANA, DEPLOYS, "one");
    let (first, second) = (socket.frame().await, socket.frame().await);
    assert_eq!(first["d"], second["d"]);
    assert_eq!((&first["s"], &second["s"]), (&json!(3), &json!(4)));

    discord.reorder_next(2);
    let (a, b) = (discord.say(ANA, DEPLOYS, "a"), discord.say(ANA, DEPLOYS, "b"));
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], b);
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], a);

    discord.leave_out_of_next("MESSAGE_CREATE", "author.username");
    discord.say(ANA, DEPLOYS, "nobody");
    let author = socket.event("MESSAGE_CREATE").await["author"].clone();
    assert_eq!((&author["id"], author.get("username")), (&json!(ANA), None));

    discord.lose_next(1);
    discord.say(ANA, DEPLOYS, "lost");
    discord.send_event("MESSAGE_CREATE", json!({ "odd": true }));
    assert_eq!(socket.event("MESSAGE_CREATE").await, json!({ "odd": true }));
    discord.send_frame("{\"op\":99}");
    assert_eq!(socket.frame().await["op"], 99);
}

#[tokio::test]
async fn a_session_hears_what_its_intents_ask_for() {
    let discord = guild().await;
    let mut reader = Socket::enter(&discord, 1 << 9 | 1).await;
    let mut watcher = Socket::enter(&discord, 1 << 10 | 1).await;
    let id = discord.say(ANA, DEPLOYS, "a secret");
    let heard = reader.event("MESSAGE_CREATE").await;
    assert_eq!((&heard["content"], &heard["author"]["id"]), (&json!(""), &json!(ANA)));
    discord.mention(ANA, DEPLOYS, "hello");
    let heard = reader.event("MESSAGE_CREATE").await;
    assert_eq!(heard["content"], format!("<@{BOT_USER}> hello"));
    assert_eq!(heard["mentions"][0]["id"], BOT_USER);
    discord.react(ANA, (DEPLOYS, &id), "✅");
    assert_eq!(watcher.event("MESSAGE_REACTION_ADD").await["emoji"]["name"], "✅");
    discord.direct_message(ANA, "psst");
    discord.say(ANA, DEPLOYS, "after");
    assert_eq!(reader.event("MESSAGE_CREATE").await["guild_id"], GUILD, "the direct one went by");

    let secret = discord.say(BEN, DEPLOYS, "a secret");
    reader.event("MESSAGE_CREATE").await;
    discord.reply(ANA, (DEPLOYS, &secret), &format!("<@{BOT_USER}> <@&{BOT_ROLE}> see"));
    let heard = reader.event("MESSAGE_CREATE").await;
    assert_eq!(heard["mention_roles"], json!([BOT_ROLE]));
    assert!(heard["content"].as_str().unwrap().ends_with("see"));
    assert_eq!(heard["referenced_message"]["content"], "", "it is still somebody else's");

    discord.privileged_intents(MESSAGE_CONTENT);
    let mut all = Socket::open(&discord).await;
    all.identify(BOT_TOKEN, 1 << 9 | MESSAGE_CONTENT).await;
    all.event("READY").await;
    discord.say(ANA, DEPLOYS, "a secret");
    assert_eq!(all.event("MESSAGE_CREATE").await["content"], "a secret");
}
