//! Slack's Web API, through slack-morphism's client: one place for tokens, timeouts and what a failure means.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::{SlackClientHyperConnector, SlackHyperClient};
use slack_morphism::prelude::SlackClientHyperHttpsConnector;
use slack_morphism::{SlackApiToken, SlackApiTokenValue, SlackClient};
use tracing::error;

use super::pace::WAIT;
use crate::chat::ChatError;
use crate::token::Standing;

/// Where Slack is, unless the configuration says otherwise.
pub const API_URL: &str = "https://slack.com/api";

/// What a call is given before it counts as failed with an unknown result.
const CALL_TAKES_AT_MOST: Duration = Duration::from_secs(10);

/// A token, which never shows itself.
#[derive(Clone)]
pub struct Token(SlackApiToken);

impl Token {
    pub fn new(secret: &str) -> Self {
        Self(SlackApiToken::new(SlackApiTokenValue::new(secret.to_owned())))
    }

    pub(super) fn inner(&self) -> &SlackApiToken {
        &self.0
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Slack said no, by its own word for it.
    #[error("Slack refused {method}: {code}")]
    Refused { method: &'static str, code: String },
    /// Slack does not take the token, by its own word for it, and is asked no more for so long.
    #[error("Slack refused {method}: {code}")]
    NoToken { method: &'static str, code: String, wait: Duration },
    /// Slack said no, since the token may not do what the method needs.
    #[error("Slack refused {method}: missing_scope; the app has no {needed}")]
    MissingScope { method: &'static str, needed: String, provided: String },
    /// Slack said not now, and perhaps for how long.
    #[error("Slack asks to wait before {method} again")]
    TooFast { method: &'static str, retry_after: Option<Duration> },
    /// Nobody can tell whether it happened.
    #[error("cannot tell whether {method} happened: {reason}")]
    Unknown { method: &'static str, reason: String },
}

impl ApiError {
    /// Tells whether Slack refused by this word.
    pub fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused { code: said, .. } if said == code)
    }

    /// Tells whether a message is not there any more, or cannot be changed any more.
    pub fn is_gone(&self) -> bool {
        ["message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"]
            .iter()
            .any(|code| self.is(code))
    }

    /// Tells whether somebody cannot be told anything in a channel.
    pub fn is_not_there(&self) -> bool {
        ["user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"]
            .iter()
            .any(|code| self.is(code))
    }

    /// What cannot be read for want of the token keeps nobody waiting who can do without.
    pub(super) fn unread(self) -> ChatError {
        match self {
            Self::NoToken { .. } => ChatError::Unavailable(self.to_string()),
            Self::Refused { .. }
            | Self::MissingScope { .. }
            | Self::TooFast { .. }
            | Self::Unknown { .. } => self.into(),
        }
    }
}

impl From<ApiError> for ChatError {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            ApiError::Refused { .. } | ApiError::MissingScope { .. } => Self::Refused(text),
            // Whatever is to be said waits, in its order, until the token is right again.
            ApiError::NoToken { wait, .. } => Self::TooFast { reason: text, wait },
            ApiError::TooFast { retry_after, .. } => {
                Self::TooFast { reason: text, wait: retry_after.unwrap_or(WAIT) }
            }
            ApiError::Unknown { .. } => Self::Unknown(text),
        }
    }
}

/// Calls Slack as the bot.
#[derive(Clone)]
pub struct Api {
    client: Arc<SlackHyperClient>,
    token: Token,
    standing: Arc<Mutex<Known>>,
}

/// What is known of the token.
#[derive(Default)]
struct Known {
    standing: Standing,
    /// Slack's word for why it does not take it.
    code: String,
}

/// Slack's words for a token that it does not take; whoever reinstalls the app makes it right.
/// <https://docs.slack.dev/reference/methods/auth.test#errors>
const NO_TOKEN: [&str; 5] =
    ["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"];

/// Builds the client that both the Web API and Socket Mode use.
///
/// # Errors
/// Fails when the system has no root certificates.
pub fn client(api_url: &str) -> std::io::Result<Arc<SlackHyperClient>> {
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .build();
    // A trailing slash is answered with 404.
    let connector: SlackClientHyperHttpsConnector =
        SlackClientHyperConnector::with_connector(connector)
            .with_slack_api_url(api_url.trim_end_matches('/'));
    Ok(Arc::new(SlackClient::new(connector)))
}

impl Api {
    pub fn new(client: Arc<SlackHyperClient>, token: Token) -> Self {
        Self { client, token, standing: Arc::default() }
    }

    /// Calls a method that takes JSON.
    pub async fn post<A>(&self, method: &'static str, arguments: &impl Call) -> Result<A, ApiError>
    where
        A: DeserializeOwned + Send,
    {
        self.turn(method)?;
        let session = self.client.open_session(self.token.inner());
        let call = session.http_session_api.http_post(method, arguments, None);
        self.known(bounded(method, call).await)
    }

    /// Calls a method that reads, and takes its arguments from the address.
    pub async fn get<A>(
        &self,
        method: &'static str,
        arguments: &[(&str, Option<&str>)],
    ) -> Result<A, ApiError>
    where
        A: DeserializeOwned + Send,
    {
        self.turn(method)?;
        let session = self.client.open_session(self.token.inner());
        let arguments: Vec<(&str, Option<&str>)> = arguments.to_vec();
        let call = session.http_session_api.http_get(method, &arguments, None);
        self.known(bounded(method, call).await)
    }

    /// Takes the turn to call, unless Slack does not take the token for now.
    fn turn(&self, method: &'static str) -> Result<(), ApiError> {
        let mut known = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        known.standing.turn(Instant::now()).map_err(|wait| {
            let code = known.code.clone();
            ApiError::NoToken { method, code, wait }
        })
    }

    /// Learns from an answer whether Slack takes the token, and says in the log, once, what to do.
    fn known<A>(&self, answer: Result<A, ApiError>) -> Result<A, ApiError> {
        let mut known = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Err(ApiError::Refused { method, code }) if NO_TOKEN.contains(&code.as_str()) => {
                let wait = known.standing.refused(Instant::now());
                known.code.clone_from(&code);
                if known.standing.is_news() {
                    error!(
                        "Slack does not take the bot token any more ({code}): copy the one that begins with \
                         xoxb- from \"OAuth & Permissions\" of the app's settings into \
                         WILCO_SLACK_BOT_TOKEN and restart wilco"
                    );
                }
                Err(ApiError::NoToken { method, code, wait })
            }
            Ok(_) | Err(ApiError::Refused { .. } | ApiError::MissingScope { .. }) => {
                known.standing.answered();
                answer
            }
            Err(ApiError::NoToken { .. } | ApiError::TooFast { .. } | ApiError::Unknown { .. }) => {
                answer
            }
        }
    }
}

/// Arguments of a call.
pub trait Call: Serialize + Send + Sync {}
impl<T: Serialize + Send + Sync> Call for T {}

async fn bounded<A>(
    method: &'static str,
    call: impl Future<Output = Result<A, SlackClientError>>,
) -> Result<A, ApiError> {
    match tokio::time::timeout(CALL_TAKES_AT_MOST, call).await {
        Ok(answer) => answer.map_err(|error| meaning(method, &error)),
        Err(_) => Err(ApiError::Unknown { method, reason: "no answer in time".into() }),
    }
}

/// Says what a failure means. Bodies and addresses are left out: they may carry what is secret.
fn meaning(method: &'static str, error: &SlackClientError) -> ApiError {
    match error {
        SlackClientError::RateLimitError(error) => {
            ApiError::TooFast { method, retry_after: error.retry_after }
        }
        SlackClientError::ApiError(error) if error.code == "missing_scope" => {
            let body = error.http_response_body.as_deref().unwrap_or_default();
            let Scopes { needed, provided } = serde_json::from_str(body).unwrap_or_default();
            ApiError::MissingScope { method, needed, provided }
        }
        SlackClientError::ApiError(error) => by_word(method, &error.code),
        // 4xx other than 429 is as definite as a word; a server's own trouble is not.
        SlackClientError::HttpError(error) if error.status_code.is_client_error() => {
            ApiError::Refused { method, code: error.status_code.to_string() }
        }
        SlackClientError::HttpError(error) => {
            ApiError::Unknown { method, reason: error.status_code.to_string() }
        }
        SlackClientError::ProtocolError(_) => {
            ApiError::Unknown { method, reason: "an answer that cannot be read".into() }
        }
        SlackClientError::HttpProtocolError(_)
        | SlackClientError::EndOfStream(_)
        | SlackClientError::SystemError(_)
        | SlackClientError::SocketModeProtocolError(_) => {
            ApiError::Unknown { method, reason: "the connection failed".into() }
        }
    }
}

/// What stands beside `missing_scope`; both are lists with commas.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Scopes {
    needed: String,
    provided: String,
}

/// Slack's words for trouble of its own, which say nothing about whether it was done.
/// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
const OWN_TROUBLE: [&str; 5] = [
    "fatal_error",
    "internal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
];

fn by_word(method: &'static str, code: &str) -> ApiError {
    match code {
        "ratelimited" | "rate_limited" => ApiError::TooFast { method, retry_after: None },
        code if OWN_TROUBLE.contains(&code) => {
            ApiError::Unknown { method, reason: code.to_owned() }
        }
        code => ApiError::Refused { method, code: code.to_owned() },
    }
}
