//! GitHub's webhooks: what they tell is passed on once, and nothing is believed that GitHub did not sign.
//!
//! GitHub does not send again what was refused. So a webhook only hastens what is asked about anyway; what
//! nobody asks about, news, is durable before it is answered.
//! <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>

pub mod news;
mod payload;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use wilco_core::hex::unhex;
use wilco_core::ids::{CommitSha, RepositoryName, RunRef};
use wilco_core::news::{News, NewsKind, NewsState};
use wilco_core::time::Timestamp;

use super::body::{self, BodyLimits, Unread};
use super::quiet::Quiet;
use super::seen::Seen;
use super::signed::{Key, only};
use super::tally::{Ended, Tally};
use crate::clock::Clock;
use crate::delivery::{Accepted, NotDelivered};
use payload::Heard;

pub const PATH: &str = "/hooks/github";

/// GitHub waits ten seconds for an answer and then says that there was none.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(8);

/// What became so earlier than this is told to nobody. GitHub sends again for three days what somebody asks it
/// to, and ids are known for longer than that: so nothing that is replayed is ever taken for new.
const LATE_AFTER_MILLISECONDS: i64 = 3 * 24 * 3600 * 1000;

/// An id of GitHub's has 36 characters.
const ID_LENGTH_MAX: usize = 64;

/// What the calls are checked against.
pub struct Hooks {
    pub key: Key,
    pub clock: Clock,
    pub limits: BodyLimits,
    pub tally: Arc<Tally>,
}

/// What a call told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// GitHub's own for what it tells; the same when it tells it again.
    pub id: String,
    /// A run that is worth a look now.
    pub run: Option<RunRef>,
    /// A commit whose checks are worth one.
    pub checks: Option<ChecksOf>,
    pub news: Option<Box<News>>,
}

/// A commit whose checks may stand otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksOf {
    pub repository: RepositoryName,
    pub commit: CommitSha,
}

type Accepting = Pin<Box<dyn Future<Output = Result<Accepted, NotDelivered>> + Send>>;

struct Desk {
    hooks: Hooks,
    sink: Box<dyn Fn(Called) -> Accepting + Send + Sync>,
    seen: Seen,
    refusals: Quiet,
}

/// Returns the route of GitHub's webhooks.
///
/// The future of the sink is dropped when the caller hangs up, and must leave nothing half done.
pub fn router<S, F>(hooks: Hooks, sink: S) -> Router
where
    S: Fn(Called) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Accepted, NotDelivered>> + Send + 'static,
{
    let sink = Box::new(move |called| -> Accepting { Box::pin(sink(called)) });
    let desk = Desk { hooks, sink, seen: Seen::default(), refusals: Quiet::default() };
    Router::new().route(PATH, post(take)).with_state(Arc::new(desk))
}

async fn take(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (ended, status) = match desk.take(request).await {
        Ok(ended) => (ended, StatusCode::ACCEPTED),
        Err(refused) => refused.says(),
    };
    desk.hooks.tally.add(ended);
    status.into_response()
}

/// Why a call is not answered with 202.
#[derive(Debug)]
enum Refused {
    Unsigned(&'static str),
    /// It is a form: whoever set the webhook up chose the other content type.
    Form,
    NoId,
    Unread(Unread),
    Malformed,
    NotDelivered,
}

impl Refused {
    fn says(self) -> (Ended, StatusCode) {
        match self {
            Self::Unsigned(_) => (Ended::Unsigned, StatusCode::UNAUTHORIZED),
            Self::Form => (Ended::Malformed, StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::NoId | Self::Malformed => (Ended::Malformed, StatusCode::BAD_REQUEST),
            Self::Unread(unread) => (Ended::Unread, unread.status()),
            Self::NotDelivered => (Ended::NotDelivered, StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// What the head of a call says.
struct Head {
    signature: Vec<u8>,
    id: String,
    event: String,
}

impl Head {
    /// Reads it before the body, so that nothing more is read of a call that cannot be GitHub's.
    fn of(head: &HeaderMap) -> Result<Self, Refused> {
        let signature = only(head, "x-hub-signature-256");
        let signature = signature.and_then(|text| text.strip_prefix("sha256=")).and_then(unhex);
        let why = "its signature is missing or not written as GitHub writes it";
        let signature = signature.ok_or(Refused::Unsigned(why))?;
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        let id = only(head, "x-github-delivery")
            .filter(|id| !id.is_empty() && id.len() <= ID_LENGTH_MAX && id.bytes().all(is_plain));
        let (Some(id), Some(event)) = (id, only(head, "x-github-event")) else {
            return Err(Refused::NoId);
        };
        Ok(Self { signature, id: id.to_owned(), event: event.to_owned() })
    }
}

impl Desk {
    async fn take(&self, request: Request) -> Result<Ended, Refused> {
        let head = Head::of(request.headers()).inspect_err(|why| self.complain(why))?;
        let is_json = is_json(request.headers());
        let body = body::read(request.into_body(), self.hooks.limits).await;
        let body = body.map_err(Refused::Unread)?;
        let checked = self.hooks.key.check(&[&body], &head.signature);
        checked
            .map_err(|_| Refused::Unsigned("its signature is wrong"))
            .inspect_err(|why| self.complain(why))?;
        if self.seen.has(&head.id) {
            return Ok(Ended::Repeated);
        }
        if !is_json {
            tracing::warn!("a webhook of GitHub's is a form: choose application/json for it there");
            return Err(Refused::Form);
        }
        let ended = self.pass_on(&head, &body).await?;
        self.seen.keep(&head.id);
        Ok(ended)
    }

    async fn pass_on(&self, head: &Head, body: &[u8]) -> Result<Ended, Refused> {
        let heard = payload::read(&head.event, body).map_err(|error| {
            tracing::warn!(event = %error.event, %error, "dropped a webhook of GitHub's");
            Refused::Malformed
        })?;
        let (run, checks, news, at) = match heard {
            Heard::Ping => {
                tracing::info!("GitHub's webhook has arrived here for the first time");
                return Ok(Ended::Taken);
            }
            Heard::Nothing => return Ok(Ended::Ignored),
            Heard::Told { run, checks, news, at } => (run, checks, news, at),
        };
        let now = self.hooks.clock.now();
        let (news, at) = withdrawn_now(news, at, now);
        if at.is_some_and(|at| now.since(at).0 > LATE_AFTER_MILLISECONDS) {
            return Ok(Ended::Late);
        }
        if run.is_none() && checks.is_none() && news.is_none() {
            return Ok(Ended::Ignored);
        }
        let accepting = (self.sink)(Called { id: head.id.clone(), run, checks, news });
        match tokio::time::timeout(ACCEPTED_WITHIN, accepting).await {
            Ok(Ok(accepted)) => Ok(accepted.into()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "could not accept a webhook of GitHub's");
                Err(Refused::NotDelivered)
            }
            Err(_) => {
                tracing::warn!("could not accept a webhook of GitHub's in time");
                Err(Refused::NotDelivered)
            }
        }
    }

    /// The operator has to learn of a wrong secret; a stranger must not fill the log.
    fn complain(&self, refused: &Refused) {
        if let Refused::Unsigned(why) = refused
            && self.refusals.is_over(self.hooks.clock.now())
        {
            tracing::warn!(
                "refused a call that says it is from GitHub: {why}. If it is, compare \
                 WILCO_GITHUB_WEBHOOK_SECRET with the webhook's secret there"
            );
        }
    }
}

/// GitHub does not say when a release was withdrawn, only when it was made: it is withdrawn as that is heard.
fn withdrawn_now(
    news: Option<Box<News>>,
    at: Option<Timestamp>,
    now: Timestamp,
) -> (Option<Box<News>>, Option<Timestamp>) {
    match news {
        Some(news) if news.kind == NewsKind::Release && news.state == NewsState::Cancelled => {
            (Some(Box::new(News { at: now, ..*news })), None)
        }
        news => (news, at),
    }
}

fn is_json(head: &HeaderMap) -> bool {
    let kind = head.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
