//! `/hooks/pipeline`, where the other side reports: answered with 202 once a report is durable.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::known::Verdict;
use super::message::{self, Malformed};
use super::signature::{Claim, Unsigned};
use super::{Taken, Webhook};
use crate::backend::BackendError;
use crate::http::body::{self, BodyLimits, Unread};
use crate::http::quiet::Quiet;

struct Desk {
    webhook: Webhook,
    limits: BodyLimits,
    quiet: Quiet,
}

/// Returns the route on which runs are reported about.
pub fn router(webhook: Webhook, limits: BodyLimits) -> Router {
    let desk = Desk { webhook, limits, quiet: Quiet::default() };
    Router::new().route("/hooks/pipeline", post(take)).with_state(Arc::new(desk))
}

async fn take(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    match desk.take(request).await {
        Ok(Taken::Judged(Verdict::New | Verdict::Repeated)) => {
            (StatusCode::ACCEPTED, "taken\n").into_response()
        }
        Ok(Taken::Judged(Verdict::Contradicts)) => {
            (StatusCode::CONFLICT, "another report has this number\n").into_response()
        }
        Ok(Taken::Judged(Verdict::Over)) => {
            (StatusCode::GONE, "this run is over; nothing changed\n").into_response()
        }
        Ok(Taken::Unknown) => {
            (StatusCode::NOT_FOUND, "wilco waits for no such run\n").into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// Why a report is not looked at.
enum Refused {
    Unsigned,
    Unread(Unread),
    Malformed(Malformed),
    NotKept,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Unsigned => StatusCode::UNAUTHORIZED.into_response(),
            Self::Unread(Unread::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::Unread(Unread::TooSlow) => StatusCode::REQUEST_TIMEOUT.into_response(),
            Self::Unread(Unread::Broken) => StatusCode::BAD_REQUEST.into_response(),
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
            Self::NotKept => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}

impl Desk {
    async fn take(&self, request: Request) -> Result<Taken, Refused> {
        let now = self.webhook.clock.now();
        let claim = Claim::of(request.headers(), now).map_err(|why| self.unsigned(why))?;
        let body = body::read(request.into_body(), self.limits).await.map_err(Refused::Unread)?;
        let signers = self.webhook.keys.signers(&claim, &body);
        if signers.is_empty() {
            return Err(self.unsigned(Unsigned::Wrong));
        }
        let (op_key, report) = message::report(&body).map_err(Refused::Malformed)?;
        let taken = self.webhook.take(&op_key, report, &signers).await;
        taken.map_err(|error: BackendError| {
            tracing::warn!(%op_key, %error, "a report cannot be kept; it may be sent again");
            Refused::NotKept
        })
    }

    /// The operator has to learn of a wrong secret or clock; a stranger must not fill the log.
    fn unsigned(&self, why: Unsigned) -> Refused {
        if self.quiet.is_over(self.webhook.clock.now()) {
            tracing::warn!(
                "refused a report that says it is of a run: {why}. If it is, compare the secret on both \
                 sides, and both clocks with the time"
            );
        }
        Refused::Unsigned
    }
}
