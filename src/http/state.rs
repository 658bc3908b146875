//! What wilco says of itself to whoever watches over it: nothing of what people wrote, and no secret.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::timeout;
use wilco_core::ids::DeploymentId;

use super::metrics;
use super::tally::Tally;
use crate::clock::Clock;
use crate::delivery::Deliveries;
use crate::reach::Reach;
use crate::store::read::Reader;

/// An engine that takes nothing for so long is stuck.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// What is watched.
pub struct Watched {
    pub deliveries: Deliveries,
    pub reader: Reader,
    pub clock: Clock,
    /// Whether the database file was found sound.
    pub sound: watch::Receiver<bool>,
    pub chats: Vec<(&'static str, Reach)>,
    pub hooks: Vec<(&'static str, Arc<Tally>)>,
    /// Returns what remains of GitHub's limit.
    pub github: Option<Box<dyn Fn() -> Option<u64> + Send + Sync>>,
}

/// Returns the routes for those who watch over wilco.
pub fn router(watched: Watched) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .with_state(Arc::new(watched))
}

/// What `/readyz` says.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    engine: &'static str,
    chats: Map<String, Value>,
}

async fn ready(State(watched): State<Arc<Watched>>) -> Response {
    let sound = *watched.sound.borrow();
    let engine = watched.engine().await;
    // A chat out of reach keeps nobody in the others from deploying.
    let chats = watched.chats.iter().map(|(name, reach)| {
        let reached = if reach.is_reached() { "connected" } else { "out of reach" };
        ((*name).to_owned(), reached.into())
    });
    let readiness = Readiness {
        ready: sound && engine == Engine::Takes,
        database: if sound { "sound" } else { "being checked" },
        engine: engine.says(),
        chats: chats.collect(),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(&readiness) {
        Ok(json) => {
            (status, [(header::CONTENT_TYPE, "application/json")], json + "\n").into_response()
        }
        Err(error) => {
            tracing::error!(%error, "cannot say whether wilco is ready; please report this");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn figures(State(watched): State<Arc<Watched>>) -> Response {
    match metrics::figures(&watched, watched.clock.now()).await {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "there are no figures for now");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Whether the engine takes what is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Takes,
    /// The store refused the last delivery: its disk is full, for example.
    Refuses,
    Stuck,
    Stops,
}

impl Engine {
    fn says(self) -> &'static str {
        match self {
            Self::Takes => "takes deliveries",
            Self::Refuses => "the store refused the last delivery",
            Self::Stuck => "takes nothing for now",
            Self::Stops => "stops",
        }
    }
}

impl Watched {
    async fn engine(&self) -> Engine {
        // The answer does not matter, but that there is one.
        match timeout(ANSWERED_WITHIN, self.deliveries.is_open(DeploymentId(0))).await {
            Err(_) => Engine::Stuck,
            Ok(Err(_)) => Engine::Stops,
            Ok(Ok(_)) if self.deliveries.taken().last_was_refused => Engine::Refuses,
            Ok(Ok(_)) => Engine::Takes,
        }
    }
}
