//! The yardstick: the least that a bot on serenity can be. It answers at once and keeps nothing.

use std::sync::Arc;

use serenity::all::{
    ButtonStyle, Client, ClientBuilder, Context, CreateActionRow, CreateAllowedMentions,
    CreateButton, CreateCommand, CreateInteractionResponse, CreateInteractionResponseMessage,
    CreateMessage, Event, GatewayIntents, GuildId, HttpBuilder, Interaction, Message,
    RawEventHandler, ShardManager,
};
use tokio::task::JoinHandle;

use super::town::BUTTON;
use crate::sim::discord::{BOT_TOKEN, BOT_USER, GUILD};

/// A bot that runs until it is told to end.
pub struct Minimal {
    shards: Arc<ShardManager>,
    running: JoinHandle<()>,
}

impl Minimal {
    /// Ends it, which must be while its town is there: the library waits busily for a last word from it.
    pub async fn end(self) {
        self.shards.shutdown_all().await;
        self.running.await.unwrap();
    }
}

/// Starts it.
pub async fn start(api_url: &str) -> Minimal {
    let http = HttpBuilder::new(BOT_TOKEN).proxy(api_url).ratelimiter_disabled(true).build();
    let intents = GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES;
    let builder = ClientBuilder::new_with_http(http, intents).raw_event_handler(Ear);
    let mut client: Client = builder.await.unwrap();
    assert!(client.ws_url.lock().await.starts_with("ws://127.0.0.1"), "not the real one");
    let shards = Arc::clone(&client.shard_manager);
    let running = tokio::spawn(async move { client.start().await.unwrap() });
    Minimal { shards, running }
}

struct Ear;

#[serenity::async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, context: Context, event: Event) {
        match event {
            Event::Ready(ready) => {
                context.http.set_application_id(ready.ready.application.id);
                let guild = GuildId::new(GUILD.parse().unwrap());
                let command = CreateCommand::new("whoami").description("Says who you are");
                guild.create_command(&context.http, command).await.unwrap();
            }
            Event::MessageCreate(created) => show_button(&context, &created.message).await,
            Event::InteractionCreate(created) => answer(&context, &created.interaction).await,
            _ => {}
        }
    }
}

/// Posts a button for whoever says something.
async fn show_button(context: &Context, message: &Message) {
    if message.author.id.to_string() == BOT_USER {
        return;
    }
    let button = CreateButton::new(BUTTON).label("Approve").style(ButtonStyle::Success);
    let shown = CreateMessage::new()
        .content("A deployment waits")
        .allowed_mentions(CreateAllowedMentions::new())
        .components(vec![CreateActionRow::Buttons(vec![button])]);
    message.channel_id.send_message(&context.http, shown).await.unwrap();
}

async fn answer(context: &Context, interaction: &Interaction) {
    let said = |words: String| {
        let message = CreateInteractionResponseMessage::new()
            .content(words)
            .allowed_mentions(CreateAllowedMentions::new())
            .ephemeral(true);
        CreateInteractionResponse::Message(message)
    };
    match interaction {
        Interaction::Command(command) => {
            let words = format!("You are <@{}>", command.user.id);
            command.create_response(&context.http, said(words)).await.unwrap();
        }
        Interaction::Component(component) => {
            let words = format!("You pressed {}", component.data.custom_id);
            component.create_response(&context.http, said(words)).await.unwrap();
        }
        _ => {}
    }
}
