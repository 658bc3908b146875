//! A client as wilco has one: plain calls, and slack-morphism on the socket.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use slack_morphism::clients_manager::{
    SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory,
};
use slack_morphism::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::sim::plain_http::{PATIENCE, Request, Response, send};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, Slack};

const JSON: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";

/// Calls a method as wilco does.
pub async fn call(slack: &Slack, method: &str, args: Value) -> Value {
    try_call(slack, method, args).await.unwrap().json()
}

pub async fn try_call(slack: &Slack, method: &str, args: Value) -> io::Result<Response> {
    let url = format!("{}/{method}", slack.api_url());
    post(&url, Some(BOT_TOKEN), (JSON, args.to_string())).await
}

/// Reads by a query, as Slack wants it of methods that only read.
pub async fn read(slack: &Slack, method: &str, query: &str) -> Value {
    let url = format!("{}/{method}?{query}", slack.api_url());
    let headers = bearer(Some(BOT_TOKEN));
    let request = Request { method: "GET", url: &url, headers, body: String::new() };
    send(&request).await.unwrap().json()
}

pub async fn call_by_form(slack: &Slack, method: &str, form: &str) -> Value {
    let url = format!("{}/{method}", slack.api_url());
    post(&url, Some(BOT_TOKEN), (FORM, form.to_owned())).await.unwrap().json()
}

pub async fn call_as(slack: &Slack, token: Option<&str>, method: &str) -> Value {
    let url = format!("{}/{method}", slack.api_url());
    post(&url, token, (JSON, "{}".to_owned())).await.unwrap().json()
}

/// Answers through a response URL.
pub async fn respond(url: &str, args: Value) -> Response {
    post(url, None, (JSON, args.to_string())).await.unwrap()
}

async fn post(
    url: &str,
    token: Option<&str>,
    (content_type, body): (&str, String),
) -> io::Result<Response> {
    let mut headers = bearer(token);
    headers.push(("content-type".to_owned(), content_type.to_owned()));
    send(&Request { method: "POST", url, headers, body }).await
}

fn bearer(token: Option<&str>) -> Vec<(String, String)> {
    let header = |token| ("authorization".to_owned(), format!("Bearer {token}"));
    token.map(header).into_iter().collect()
}

/// Posts a message and returns its timestamp.
pub async fn say(slack: &Slack, channel: &str, text: &str) -> String {
    let answer = call(slack, "chat.postMessage", json!({ "channel": channel, "text": text })).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["ts"].as_str().unwrap().to_owned()
}

type Connector = SlackClientHyperConnector<HttpConnector>;

/// A client of the library that wilco uses.
pub fn library(slack: &Slack) -> Arc<SlackClient<Connector>> {
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    Arc::new(SlackClient::new(connector.with_slack_api_url(&slack.api_url())))
}

pub fn token(value: &str) -> SlackApiToken {
    SlackApiToken::new(value.into())
}

/// Socket Mode with the library's own connections; each frame as it came.
pub struct Socket {
    manager: Arc<dyn SlackSocketModeClientsManager + Send + Sync>,
    frames: UnboundedReceiver<Value>,
    ear: Arc<Ear>,
}

/// Takes frames, and acknowledges what has an envelope unless it is told not to.
struct Ear {
    frames: UnboundedSender<Value>,
    /// What goes into an acknowledgement; none keeps it back.
    answer: Mutex<Option<Value>>,
}

#[async_trait]
impl SlackSocketModeClientListener for Ear {
    async fn on_message(&self, _: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let frame: Value = serde_json::from_str(&body).unwrap();
        self.frames.send(frame.clone()).ok();
        let mut answer = self.answer.lock().unwrap().clone()?;
        answer["envelope_id"] = frame["envelope_id"].clone();
        frame["envelope_id"].is_string().then(|| answer.to_string())
    }

    async fn on_error(&self, _: Box<dyn Error + Send + Sync>) {
        self.frames.send(json!({ "type": "error" })).ok();
    }

    async fn on_disconnect(&self, _: &SlackSocketModeWssClientId) {
        self.frames.send(json!({ "type": "gone" })).ok();
    }
}

impl Socket {
    /// Connects so often, and returns once each connection has heard hello.
    pub async fn open(slack: &Slack, connections: u32) -> Socket {
        let socket = Socket::open_unheard(slack, connections).await;
        slack.await_connections(connections as usize).await;
        let mut socket = socket;
        for _ in 0..connections {
            assert_eq!(socket.next().await["type"], "hello");
        }
        socket
    }

    pub async fn open_unheard(slack: &Slack, connections: u32) -> Socket {
        let (sender, frames) = unbounded_channel();
        let ear = Arc::new(Ear { frames: sender, answer: Mutex::new(Some(json!({}))) });
        let client = library(slack);
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(client.clone()));
        let manager = client.http_api.connector.new_clients_manager(environment);
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(connections)
            .with_initial_backoff_in_seconds(0);
        manager.register_new_token(&config, token(APP_TOKEN), ear.clone()).await.unwrap();
        manager.start().await;
        Socket { manager, frames, ear }
    }

    /// The next frame on any connection.
    pub async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.frames.recv()).await.expect("a frame").unwrap()
    }

    /// Says that beside every envelope's id from now on.
    pub fn answer_with(&self, answer: Value) {
        *self.ear.answer.lock().unwrap() = Some(answer);
    }

    /// Acknowledges nothing any more.
    pub fn keep_still(&self) {
        *self.ear.answer.lock().unwrap() = None;
    }

    pub async fn close(self) {
        self.manager.shutdown().await;
    }
}
