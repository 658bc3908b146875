//! The library that wilco uses: it connects here, decodes what it hears, and ends as it should.

use std::sync::Arc;
use std::time::Duration;

use serenity::Error;
use serenity::all::{
    ChannelId, ClientBuilder, Context, CreateAllowedMentions, CreateMessage, Event, GatewayError,
    GatewayIntents, Http, HttpBuilder, RawEventHandler, ShardManager,
};
use serenity::async_trait;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{ANA, DEPLOYS, guild};
use crate::sim::discord::{BOT_TOKEN, BOT_USER, Discord, GUILD, Hearing, Resumable};
use crate::sim::plain_http::PATIENCE;

/// A client that is connected, and what it heard.
pub struct Bot {
    heard: UnboundedReceiver<Event>,
    /// What others came before while one was waited for.
    passed: Vec<Event>,
    pub http: Arc<Http>,
    shards: Arc<ShardManager>,
    end: JoinHandle<serenity::Result<()>>,
}

struct Ear(UnboundedSender<Event>);

#[async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _: Context, event: Event) {
        self.0.send(event).ok();
    }
}

/// The library's REST alone.
pub fn library(discord: &Discord) -> Http {
    let builder = HttpBuilder::new(BOT_TOKEN).proxy(discord.api_url()).ratelimiter_disabled(true);
    builder.default_allowed_mentions(CreateAllowedMentions::new()).build()
}

impl Bot {
    pub async fn start(discord: &Discord, token: &str, intents: GatewayIntents) -> Bot {
        let (sender, heard) = unbounded_channel();
        let http = HttpBuilder::new(token).proxy(discord.api_url()).ratelimiter_disabled(true);
        let builder = ClientBuilder::new_with_http(http.build(), intents);
        let mut client = builder.raw_event_handler(Ear(sender)).await.unwrap();
        assert!(client.ws_url.lock().await.starts_with("ws://127.0.0.1"), "not the real one");
        let (http, shards) = (client.http.clone(), client.shard_manager.clone());
        let end = tokio::spawn(async move { client.start().await });
        Bot { heard, passed: Vec::new(), http, shards, end }
    }

    /// Starts, and returns once it has heard of the guild.
    pub async fn enter(discord: &Discord) -> Bot {
        let mut bot = Bot::start(discord, BOT_TOKEN, GatewayIntents::non_privileged()).await;
        bot.next("READY").await;
        bot.next("GUILD_CREATE").await;
        bot
    }

    /// The first event of that name that was not taken yet; they come in no order.
    pub async fn next(&mut self, name: &str) -> Event {
        let is_it = |event: &Event| event.name().as_deref() == Some(name);
        if let Some(at) = self.passed.iter().position(is_it) {
            return self.passed.remove(at);
        }
        let search = async {
            loop {
                let event = self.heard.recv().await.expect("the client runs");
                if is_it(&event) {
                    return event;
                }
                assert!(!matches!(event, Event::Unknown(_)), "this was not decoded: {event:?}");
                self.passed.push(event);
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("no {name}"))
    }

    /// The next event that the library could not decode: its name.
    pub async fn next_unknown(&mut self) -> String {
        let search = async {
            loop {
                if let Event::Unknown(event) = self.heard.recv().await.expect("the client runs") {
                    return event.kind;
                }
            }
        };
        timeout(PATIENCE, search).await.expect("an event that is not decoded")
    }

    pub async fn leave(self) {
        timeout(PATIENCE, self.shards.shutdown_all()).await.unwrap();
        timeout(PATIENCE, self.end).await.unwrap().unwrap().unwrap();
    }

    /// How it ended by itself.
    async fn end(self) -> Error {
        timeout(PATIENCE, self.end).await.unwrap().unwrap().unwrap_err()
    }
}

#[tokio::test]
async fn the_library_connects_posts_and_leaves() {
    let discord = guild().await;
    let bot = Bot::enter(&discord).await;
    discord.await_connections(1).await;
    let me = bot.http.get_current_user().await.unwrap();
    assert_eq!(me.id.to_string(), BOT_USER);
    let channel = ChannelId::new(DEPLOYS.parse().unwrap());
    let message =
        CreateMessage::new().content("hello").allowed_mentions(CreateAllowedMentions::new());
    let posted = channel.send_message(&bot.http, message).await.unwrap();
    assert_eq!(discord.messages(DEPLOYS)[0].id, posted.id.to_string());
    bot.leave().await;
    discord.await_connections(0).await;
    assert_eq!(discord.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_wrong_token_and_a_forbidden_intent_end_it_with_a_type() {
    let discord = guild().await;
    let bot = Bot::start(&discord, "wrong.wrong.wrong", GatewayIntents::GUILDS).await;
    let end = bot.end().await;
    assert!(matches!(end, Error::Gateway(GatewayError::InvalidAuthentication)), "{end:?}");
    let bot = Bot::start(&discord, BOT_TOKEN, GatewayIntents::MESSAGE_CONTENT).await;
    let end = bot.end().await;
    assert!(matches!(end, Error::Gateway(GatewayError::DisallowedGatewayIntents)), "{end:?}");
}

#[tokio::test]
async fn after_a_cut_it_resumes_and_misses_nothing() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    discord.mention(ANA, DEPLOYS, "before");
    bot.next("MESSAGE_CREATE").await;
    discord.cut_connections();
    discord.mention(ANA, DEPLOYS, "meanwhile");
    let Event::MessageCreate(missed) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert!(missed.message.content.ends_with("meanwhile"));
    bot.next("RESUMED").await;
    let greetings = discord.greetings();
    assert_eq!((greetings.identified, greetings.resumed), (1, 1));
    bot.leave().await;
}

#[tokio::test]
async fn a_reconnect_resumes_and_an_invalid_session_begins_anew() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    discord.ask_to_reconnect();
    bot.next("RESUMED").await;
    discord.invalidate_sessions(Resumable::No);
    bot.next("READY").await;
    assert_eq!(discord.greetings().identified, 2);
    bot.leave().await;
}

#[tokio::test]
async fn without_answers_to_its_heartbeats_it_comes_back_by_itself() {
    let discord = guild().await;
    discord.heartbeat_interval(Duration::from_millis(300));
    discord.hear_heartbeats(Hearing::Deaf);
    let mut bot = Bot::enter(&discord).await;
    discord.until("a heartbeat", |one| (one.greetings().heartbeats > 0).then_some(())).await;
    discord
        .until("it to come back", |one| {
            let greetings = one.greetings();
            (greetings.identified + greetings.resumed > 1).then_some(())
        })
        .await;
    discord.hear_heartbeats(Hearing::Good);
    bot.next("READY").await;
    bot.leave().await;
}

#[tokio::test]
async fn what_lacks_a_field_is_not_decoded() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let id = discord.say(ANA, DEPLOYS, "card");
    discord.leave_out_of_next("MESSAGE_REACTION_ADD", "emoji");
    discord.react(ANA, (DEPLOYS, &id), "✅");
    assert_eq!(bot.next_unknown().await, "MESSAGE_REACTION_ADD");
    // As documented it has no `burst`, without which the library does not want it.
    discord.clear_reactions((DEPLOYS, &id), Some("✅"));
    assert_eq!(bot.next_unknown().await, "MESSAGE_REACTION_REMOVE_EMOJI");
    discord.leave(GUILD, BOT_USER);
    bot.next("GUILD_DELETE").await;
    bot.leave().await;
}
