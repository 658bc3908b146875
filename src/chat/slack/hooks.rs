//! Slack's calls over HTTP, for those who do not use Socket Mode.
//!
//! A call is answered with 200 only after what it says was accepted, so that Slack sends again
//! what was not.

mod signature;

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value};

pub use signature::{EmptySecret, SigningSecret, Unsigned};

use super::decode::{self, Heard, Malformed, Us};
use crate::clock::Clock;
use crate::delivery::{Accepted, NotDelivered};
use crate::http::body::{self, BodyLimits, Unread};
use crate::http::quiet::Quiet;
use crate::http::tally::{Ended, Tally};

/// What the calls are checked against.
pub struct Hooks {
    pub secret: SigningSecret,
    pub us: Us,
    pub clock: Clock,
    pub limits: BodyLimits,
    pub tally: Arc<Tally>,
}

type Accepting = Pin<Box<dyn Future<Output = Result<Accepted, NotDelivered>> + Send>>;

struct Desk {
    hooks: Hooks,
    sink: Box<dyn Fn(Heard) -> Accepting + Send + Sync>,
    refusals: Quiet,
}

/// Returns the routes of Slack's three request URLs.
///
/// The future of the sink is dropped when the caller hangs up, and must leave nothing half done.
pub fn router<S, F>(hooks: Hooks, sink: S) -> Router
where
    S: Fn(Heard) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Accepted, NotDelivered>> + Send + 'static,
{
    let desk = Desk {
        hooks,
        sink: Box::new(move |heard| Box::pin(sink(heard))),
        refusals: Quiet::default(),
    };
    Router::new()
        .route("/hooks/slack/events", post(take_event))
        .route("/hooks/slack/interactions", post(take_interaction))
        .route("/hooks/slack/commands", post(take_command))
        .with_state(Arc::new(desk))
}

async fn take_event(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    desk.answer(request, json).await
}

async fn take_interaction(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    desk.answer(request, interaction).await
}

async fn take_command(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    desk.answer(request, command).await
}

/// Why a call is not answered with 200.
enum Refused {
    Unsigned,
    Unread(Unread),
    Malformed,
    NotDelivered,
}

impl Refused {
    fn says(self) -> (Ended, Response) {
        match self {
            Self::Unsigned => (Ended::Unsigned, StatusCode::UNAUTHORIZED.into_response()),
            Self::Unread(unread) => (Ended::Unread, unread.status().into_response()),
            // It would be no better the next time.
            Self::Malformed => {
                let says = (StatusCode::BAD_REQUEST, [("x-slack-no-retry", "1")]);
                (Ended::Malformed, says.into_response())
            }
            Self::NotDelivered => {
                (Ended::NotDelivered, StatusCode::SERVICE_UNAVAILABLE.into_response())
            }
        }
    }
}

type Read = fn(&[u8]) -> Result<Value, Malformed>;

impl Desk {
    async fn answer(&self, request: Request, read: Read) -> Response {
        let (ended, answer) = self.take(request, read).await.unwrap_or_else(Refused::says);
        self.hooks.tally.add(ended);
        answer
    }

    async fn take(&self, request: Request, read: Read) -> Result<(Ended, Response), Refused> {
        let body = self.signed_body(request).await?;
        let payload = read(&body).map_err(|error| malformed(&error))?;
        if let Some(challenge) = decode::challenge(&payload) {
            return Ok((Ended::Taken, challenge.to_owned().into_response()));
        }
        let heard = decode::event_value(&payload, &self.hooks.us);
        let ended = match heard.map_err(|error| malformed(&error))? {
            Heard::Ignored(why) => {
                tracing::debug!(why, "ignored a call of Slack");
                Ended::Ignored
            }
            heard => {
                let accepted = (self.sink)(heard).await.map_err(|error| {
                    tracing::warn!(%error, "could not accept a call of Slack; Slack may send it again");
                    Refused::NotDelivered
                });
                accepted?.into()
            }
        };
        Ok((ended, StatusCode::OK.into_response()))
    }

    /// Returns the body once it is certain that Slack sent it; until then nothing looks into it.
    async fn signed_body(&self, request: Request) -> Result<Vec<u8>, Refused> {
        let now = self.hooks.clock.now();
        let claim = signature::Claim::of(request.headers(), now);
        let claim = claim.map_err(|why| self.unsigned(why))?;
        let body = body::read(request.into_body(), self.hooks.limits).await;
        let body = body.map_err(Refused::Unread)?;
        self.hooks.secret.check(&claim, &body).map_err(|why| self.unsigned(why))?;
        Ok(body)
    }

    /// The operator has to learn of a wrong secret or clock; a stranger must not fill the log.
    fn unsigned(&self, why: Unsigned) -> Refused {
        if self.refusals.is_over(self.hooks.clock.now()) {
            tracing::warn!(
                "refused a call that says it is from Slack: {why}. If it is, compare the signing \
                 secret with the app's settings, and this machine's clock with the time"
            );
        }
        Refused::Unsigned
    }
}

fn malformed(error: &Malformed) -> Refused {
    tracing::warn!(%error, "dropped a call of Slack");
    Refused::Malformed
}

fn json(body: &[u8]) -> Result<Value, Malformed> {
    serde_json::from_slice(body)
        .map_err(|error| Malformed::Json { line: error.line(), column: error.column() })
}

/// Interactions come as a form with JSON in its one field.
fn interaction(body: &[u8]) -> Result<Value, Malformed> {
    let mut fields = form_urlencoded::parse(body);
    let payload =
        fields.find(|(name, _)| name == "payload").ok_or(Malformed::Missing("payload"))?;
    json(payload.1.as_bytes())
}

/// Slack also sends `ssl_check` now and then, only to look at the certificate.
fn command(body: &[u8]) -> Result<Value, Malformed> {
    let fields = form_urlencoded::parse(body).into_owned();
    let fields: Map<_, _> = fields.map(|(name, value)| (name, Value::String(value))).collect();
    if fields.contains_key("command") || fields.contains_key("ssl_check") {
        return Ok(Value::Object(fields));
    }
    Err(Malformed::Missing("command"))
}
