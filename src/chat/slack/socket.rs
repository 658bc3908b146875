//! Socket Mode: connections that are kept up, and envelopes that are acknowledged once they are durable.
//!
//! Each connection is a client of its own, so that one that hangs or flaps takes no other with it. An
//! envelope that could not be recorded gets no acknowledgement: Slack delivers it again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::Deserialize;
use slack_morphism::clients_manager::{
    SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory,
};
use slack_morphism::hyper_tokio::SlackHyperClient;
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{
    SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId,
};
use tokio::sync::{Notify, Semaphore, watch};
use tracing::{error, info, warn};

use super::api::{Api, Token};
use super::probe::{self, Why};
use crate::reach::Reach;

/// A connection that has not said hello by then is begun anew.
const HELLO_WITHIN: Duration = Duration::from_secs(30);

/// Slack is asked why after so long without a hello; one that works takes far less.
const ASK_WHY_AFTER: Duration = Duration::from_secs(5);

/// The wait before the first new try; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A connection that lasted so long was a good one, and the next begins without a wait.
const GOOD_AFTER: Duration = Duration::from_mins(1);

/// How soon it is noticed that a connection is dead of which nothing tells that it is.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat {
    /// Seconds between two pings.
    pub ping_seconds: u64,
    /// So many pings may stay unanswered.
    pub missed_max: u64,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self { ping_seconds: 10, missed_max: 3 }
    }
}

/// What is being taken in when a connection is to be closed gets so long to be durable; Slack waits no longer.
const TAKEN_IN_WITHIN: Duration = Duration::from_secs(3);

/// The library writes acknowledgements in a task of its own. One that it has not written when it is told to
/// close is lost, and the connection then stays open with nobody who reads it.
const WRITTEN_WITHIN: Duration = Duration::from_millis(50);

/// What takes an envelope; `true` is durable.
pub type Sink = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// What one needs to listen.
#[derive(Clone)]
pub struct Line {
    pub client: Arc<SlackHyperClient>,
    pub token: Token,
    pub heartbeat: Heartbeat,
    pub sink: Sink,
    /// Told of every connection that was made: much may have come and gone before.
    pub connected: Arc<Notify>,
    pub reach: Reach,
}

/// Keeps one connection up, for ever.
pub async fn keep_up(line: Line, number: u32) {
    let mut wait = Duration::ZERO;
    loop {
        tokio::time::sleep(wait).await;
        let began = Instant::now();
        connect(&line, number).await;
        wait = if began.elapsed() >= GOOD_AFTER {
            Duration::ZERO
        } else {
            (wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT)
        };
    }
}

/// Connects, and returns once the connection is gone.
async fn connect(line: &Line, number: u32) {
    let environment = Arc::new(SlackClientEventsListenerEnvironment::new(line.client.clone()));
    let manager = line.client.http_api.connector.new_clients_manager(environment);
    let (hello, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (settle, settled) = watch::channel(false);
    let intake = Arc::new(Semaphore::new(1));
    let ear = Ear {
        sink: line.sink.clone(),
        hello: hello.clone(),
        gone: gone.clone(),
        settle,
        intake: intake.clone(),
    };
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(1)
        .with_initial_backoff_in_seconds(0)
        .with_reconnect_timeout_in_seconds(5)
        .with_ping_interval_in_seconds(line.heartbeat.ping_seconds)
        .with_ping_failure_threshold_times(line.heartbeat.missed_max);
    let listener: Arc<dyn SlackSocketModeClientListener + Sync + Send> = Arc::new(ear);
    if let Err(error) =
        manager.register_new_token(&config, line.token.inner().clone(), listener).await
    {
        warn!(connection = number, %error, "cannot prepare a connection to Slack");
        return;
    }
    let closing = Closing { manager, settled, intake };
    closing.manager.start().await;
    tokio::select! {
        // A goodbye right after the hello must not pass for one without.
        biased;
        () = hello.notified() => {
            info!(connection = number, "connected to Slack");
            line.connected.notify_one();
            let _reached = line.reach.reached();
            gone.notified().await;
            info!(connection = number, "a connection to Slack ended; the next one is being made");
        }
        () = gone.notified() => {
            warn!(connection = number, "Slack ended a connection at once");
            say_why(line, number).await;
        }
        () = no_hello(line, number) => {
            warn!(connection = number, "cannot connect to Slack for now");
        }
    }
}

/// Waits as long as a hello may take, and meanwhile says why there is none.
async fn no_hello(line: &Line, number: u32) {
    let deadline = tokio::time::Instant::now() + HELLO_WITHIN;
    tokio::time::sleep(ASK_WHY_AFTER).await;
    say_why(line, number).await;
    tokio::time::sleep_until(deadline).await;
}

/// Asks Slack why there is no connection, and says it with what to do: the library keeps it to itself.
async fn say_why(line: &Line, number: u32) {
    let asked = probe::socket(&Api::new(line.client.clone(), line.token.clone())).await;
    match probe::why_no_socket(&asked) {
        Why::Persists(why) => error!(connection = number, "{why}"),
        Why::MayPass(why) => warn!(connection = number, "{why}"),
    }
}

/// Closes a connection when it is let go of, also when whoever kept it up was stopped.
struct Closing {
    manager: Arc<dyn SlackSocketModeClientsManager + Send + Sync>,
    /// Whether it is there, or was: the library does not close one that it is still making.
    settled: watch::Receiver<bool>,
    intake: Arc<Semaphore>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        // The library's tasks live on by themselves until they are told.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (manager, mut settled) = (Arc::clone(&self.manager), self.settled.clone());
            let intake = Arc::clone(&self.intake);
            runtime.spawn(async move {
                // One that never settles is not there, so there is nothing to close.
                drop(
                    tokio::time::timeout(HELLO_WITHIN, settled.wait_for(|settled| *settled)).await,
                );
                drop(tokio::time::timeout(TAKEN_IN_WITHIN, intake.acquire()).await);
                intake.close();
                tokio::time::sleep(WRITTEN_WITHIN).await;
                manager.shutdown().await;
            });
        }
    }
}

/// What a connection hears.
struct Ear {
    sink: Sink,
    hello: Arc<Notify>,
    gone: Arc<Notify>,
    settle: watch::Sender<bool>,
    /// One envelope is taken in at a time, and none once the connection is about to be closed.
    intake: Arc<Semaphore>,
}

/// The part of a frame that says what to do with it.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    envelope_id: Option<String>,
    reason: Option<String>,
}

#[async_trait]
impl SlackSocketModeClientListener for Ear {
    async fn on_message(&self, _: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let Ok(frame) = serde_json::from_str::<Frame>(&body) else {
            warn!("Slack sent a frame that cannot be read; it is left unacknowledged");
            return None;
        };
        match frame.kind.as_str() {
            "hello" => {
                self.settle.send_replace(true);
                self.hello.notify_one();
                None
            }
            "disconnect" => {
                let reason = frame.reason.unwrap_or_default();
                info!(%reason, "Slack asks for another connection");
                self.gone.notify_one();
                None
            }
            _ => self.envelope(frame.envelope_id?, body).await,
        }
    }

    async fn on_error(&self, error: Box<dyn std::error::Error + Send + Sync + 'static>) {
        // The error may carry what was said, or the ticket of the connection.
        drop(error);
        warn!("a connection to Slack failed");
        self.gone.notify_one();
    }

    async fn on_disconnect(&self, _: &SlackSocketModeWssClientId) {
        self.gone.notify_one();
    }
}

impl Ear {
    /// Hands an envelope on, and acknowledges it once it is durable.
    async fn envelope(&self, id: String, body: String) -> Option<String> {
        // Unacknowledged, Slack delivers it again to another connection.
        let _taking_in = self.intake.acquire().await.ok()?;
        // A task of its own: a panic is this envelope's failure, and not that of the connection.
        match tokio::spawn((self.sink)(body)).await {
            Ok(true) => Some(serde_json::json!({ "envelope_id": id }).to_string()),
            Ok(false) => None,
            Err(error) => {
                error!(%error, "taking in what Slack sent failed inside wilco");
                None
            }
        }
    }
}
