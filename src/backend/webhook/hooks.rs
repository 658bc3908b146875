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
use crate::http::tally::{Ended, Tally};

struct Desk {
    webhook: Webhook,
    limits: BodyLimits,
    tally: Arc<Tally>,
    quiet: Quiet,
}

/// Returns the route on which runs are reported about.
pub fn router(webhook: Webhook, limits: BodyLimits, tally: Arc<Tally>) -> Router {
    let desk = Desk { webhook, limits, tally, quiet: Quiet::default() };
    Router::new().route("/hooks/pipeline", post(take)).with_state(Arc::new(desk))
}

async fn take(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (ended, answer) = match desk.take(request).await {
        Ok(taken) => judged(taken),
        Err(refused) => refused.says(),
    };
    desk.tally.add(ended);
    answer
}

fn judged(taken: Taken) -> (Ended, Response) {
    let (ended, status, says) = match taken {
        Taken::Judged(Verdict::New) => (Ended::Taken, StatusCode::ACCEPTED, "taken\n"),
        Taken::Judged(Verdict::Repeated) => (Ended::Repeated, StatusCode::ACCEPTED, "taken\n"),
        Taken::Judged(Verdict::Contradicts) => {
            (Ended::Contradicts, StatusCode::CONFLICT, "another report has this number\n")
        }
        Taken::Judged(Verdict::Over) => {
            (Ended::Late, StatusCode::GONE, "this run is over; nothing changed\n")
        }
        Taken::Unknown => (Ended::Unknown, StatusCode::NOT_FOUND, "wilco waits for no such run\n"),
    };
    (ended, (status, says).into_response())
}

/// Why a report is not looked at.
enum Refused {
    Unsigned,
    Unread(Unread),
    Malformed(Malformed),
    NotKept,
}

impl Refused {
    fn says(self) -> (Ended, Response) {
        match self {
            Self::Unsigned => (Ended::Unsigned, StatusCode::UNAUTHORIZED.into_response()),
            Self::Unread(unread) => (Ended::Unread, unread.status().into_response()),
            Self::Malformed(why) => {
                let says = (StatusCode::BAD_REQUEST, format!("{why}\n"));
                (Ended::Malformed, says.into_response())
            }
            Self::NotKept => (Ended::NotDelivered, StatusCode::SERVICE_UNAVAILABLE.into_response()),
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
