//! The yardstick: the least that a bot on slack-morphism can be and still lose nothing that it acknowledged.
//!
//! A command becomes one row; rows that come together share one durable commit; then it is acknowledged
//! and answered.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use slack_morphism::clients_manager::{
    SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory,
};
use slack_morphism::hyper_tokio::SlackHyperClient;
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{
    SlackApiToken, SlackApiTokenValue, SlackClientSocketModeConfig, SlackSocketModeClientListener,
    SlackSocketModeWssClientId,
};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use tokio::sync::{mpsc, oneshot};

use wilco::chat::slack::api;

use crate::durable;
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN};

const BATCH: usize = 256;

/// A bot that runs until it is dropped.
pub struct Minimal(Arc<dyn SlackSocketModeClientsManager + Send + Sync>);

impl Drop for Minimal {
    fn drop(&mut self) {
        let manager = Arc::clone(&self.0);
        tokio::spawn(async move { manager.shutdown().await });
    }
}

/// Starts it with so many connections.
pub async fn start(api_url: &str, file: &Path, connections: u32) -> Minimal {
    let client = api::client(api_url).unwrap();
    let rows = keep(file).await;
    let listener = Listener { client: client.clone(), rows, token: token(BOT_TOKEN) };
    let environment = Arc::new(SlackClientEventsListenerEnvironment::new(client.clone()));
    let manager = client.http_api.connector.new_clients_manager(environment);
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(connections)
        .with_initial_backoff_in_seconds(0);
    manager.register_new_token(&config, token(APP_TOKEN), Arc::new(listener)).await.unwrap();
    manager.start().await;
    Minimal(manager)
}

fn token(secret: &str) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue::new(secret.to_owned()))
}

/// A row, and where to say that it is durable.
struct Insert {
    id: String,
    text: String,
    done: oneshot::Sender<()>,
}

/// Opens the database; whatever is sent gets into it, with one commit for all that came together.
async fn keep(file: &Path) -> mpsc::Sender<Insert> {
    let table = "create table heard (id text primary key, text text)";
    let mut connection = durable::open(file, table).await;
    let (sender, mut rows) = mpsc::channel::<Insert>(BATCH);
    tokio::spawn(async move {
        let mut batch = Vec::with_capacity(BATCH);
        while rows.recv_many(&mut batch, BATCH).await > 0 {
            commit(&mut connection, &batch).await;
            for insert in batch.drain(..) {
                insert.done.send(()).ok();
            }
        }
    });
    sender
}

async fn commit(connection: &mut SqliteConnection, batch: &[Insert]) {
    let mut transaction = connection.begin().await.unwrap();
    for insert in batch {
        let row = sqlx::query("insert or ignore into heard (id, text) values (?, ?)");
        let row = row.bind(&insert.id).bind(&insert.text);
        transaction.execute(row).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

struct Listener {
    client: Arc<SlackHyperClient>,
    token: SlackApiToken,
    rows: mpsc::Sender<Insert>,
}

#[derive(Deserialize)]
struct Frame {
    envelope_id: Option<String>,
    payload: Option<Command>,
}

#[derive(Deserialize)]
struct Command {
    trigger_id: String,
    user_id: String,
    channel_id: String,
    text: String,
}

#[async_trait]
impl SlackSocketModeClientListener for Listener {
    async fn on_message(&self, _: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let frame: Frame = serde_json::from_str(&body).ok()?;
        let (envelope_id, command) = (frame.envelope_id?, frame.payload?);
        let (done, durable) = oneshot::channel();
        let insert = Insert { id: command.trigger_id.clone(), text: command.text.clone(), done };
        self.rows.send(insert).await.ok()?;
        durable.await.ok()?;
        let (client, token) = (self.client.clone(), self.token.clone());
        tokio::spawn(async move { answer(&client, &token, &command).await });
        Some(serde_json::json!({ "envelope_id": envelope_id }).to_string())
    }

    async fn on_error(&self, error: Box<dyn std::error::Error + Send + Sync + 'static>) {
        println!("  the minimal bot's connection failed: {error}");
    }

    async fn on_disconnect(&self, _: &SlackSocketModeWssClientId) {}
}

async fn answer(client: &SlackHyperClient, token: &SlackApiToken, command: &Command) {
    let said = serde_json::json!({
        "channel": command.channel_id,
        "user": command.user_id,
        "text": format!("You are <@{}> and said {}.", command.user_id, command.text),
    });
    let session = client.open_session(token);
    let post = session.http_session_api.http_post("chat.postEphemeral", &said, None);
    let _: serde_json::Value = post.await.unwrap();
}
