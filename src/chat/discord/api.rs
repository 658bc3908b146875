//! Discord's REST API, in serenity's words: one place for the token and what a failure means.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serenity::http::{Http, HttpBuilder, HttpError, LightMethod, Request, Route};
use tracing::error;

use super::pace::{self, Direct, Unanswered};
use crate::chat::ChatError;

/// Where Discord is, unless the configuration says otherwise.
pub const API_URL: &str = "https://discord.com";

/// The token of a bot, which never shows itself.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

/// Why a call failed. None of it holds an address, since the token of an interaction is a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Discord said no, by its own number for it.
    #[error("Discord refused to {what}: {status}, code {code}: {message}")]
    Refused { what: &'static str, status: u16, code: i64, message: String },
    /// Discord does not take the token, and is asked no more for so long.
    #[error("Discord does not take the token of wilco, so it is not asked to {what}")]
    NoToken { what: &'static str, wait: Duration },
    /// Discord said not now.
    #[error("Discord asks to wait before it is asked to {what} again")]
    TooFast { what: &'static str, wait: Duration },
    /// Nobody can tell whether it happened.
    #[error("cannot tell whether Discord did {what}: {reason}")]
    Unknown { what: &'static str, reason: String },
}

impl ApiError {
    /// Tells whether Discord refused by one of these numbers.
    /// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
    pub fn is_any(&self, codes: &[i64]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(code))
    }

    /// Tells whether Discord shows wilco nothing of what was asked about.
    pub fn is_no_access(&self) -> bool {
        matches!(self, Self::Refused { status: 403 | 404, .. })
    }

    /// Tells whether Discord does not take the token.
    pub fn is_about_the_token(&self) -> bool {
        matches!(self, Self::NoToken { .. })
    }

    /// What cannot be read for want of the token keeps nobody waiting who can do without.
    pub(super) fn unread(self) -> ChatError {
        match self {
            Self::NoToken { .. } => ChatError::Unavailable(self.to_string()),
            Self::Refused { .. } | Self::TooFast { .. } | Self::Unknown { .. } => self.into(),
        }
    }
}

/// What to do about a token that was taken and is not any more.
const NO_TOKEN: &str = "Discord does not take the token any more: make a new one under \"Bot\" in the developer portal, put \
     it into WILCO_DISCORD_TOKEN and restart wilco";

/// Calls Discord as the bot.
pub struct Api {
    direct: Direct,
}

/// What an address of the API leads to, and what is done there.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// In words, for whoever reads that it failed.
    pub what: &'static str,
    pub method: LightMethod,
    pub route: Route<'a>,
    pub query: &'a [(&'static str, &'a str)],
}

impl Api {
    pub fn new(api_url: &str, token: &Token) -> Self {
        Self { direct: Direct::new(api_url, &token.0) }
    }

    /// Calls with a body, and reads the answer.
    pub async fn send<A>(&self, call: Call<'_>, body: &impl Serialize) -> Result<A, ApiError>
    where
        A: DeserializeOwned,
    {
        let what = call.what;
        let body = serde_json::to_vec(body).map_err(|_| unreadable(what))?;
        self.read(what, request(call, Some(body))).await
    }

    /// Calls with a body where nothing comes back.
    pub async fn put(&self, call: Call<'_>, body: &impl Serialize) -> Result<(), ApiError> {
        let what = call.what;
        let body = serde_json::to_vec(body).map_err(|_| unreadable(what))?;
        self.call(what, request(call, Some(body))).await.map(drop)
    }

    /// Calls without a body where nothing comes back.
    pub async fn touch(&self, call: Call<'_>) -> Result<(), ApiError> {
        self.call(call.what, request(call, None)).await.map(drop)
    }

    /// Reads something.
    pub async fn get<A: DeserializeOwned>(&self, call: Call<'_>) -> Result<A, ApiError> {
        self.read(call.what, request(call, None)).await
    }

    async fn read<A: DeserializeOwned>(
        &self,
        what: &'static str,
        request: Request<'_>,
    ) -> Result<A, ApiError> {
        let answer = self.call(what, request).await?;
        serde_json::from_slice(&answer).map_err(|_| unreadable(what))
    }

    /// Calls, and returns the body of the answer.
    async fn call(&self, what: &'static str, request: Request<'_>) -> Result<Vec<u8>, ApiError> {
        let answered = Box::pin(self.direct.call(request)).await;
        if let Err(Unanswered::NoToken(_)) = answered {
            self.tell_of_the_token();
        }
        outcome(what, answered)
    }

    /// Says in the log, once, what to do about the token.
    pub fn tell_of_the_token(&self) {
        if self.direct.standing(|standing, _| standing.is_news()) {
            error!("{NO_TOKEN}");
        }
    }

    /// Notes that Discord takes the token now.
    pub fn token_was_taken(&self) {
        self.direct.standing(|standing, _| standing.taken());
    }

    /// Returns the application that the token is of.
    ///
    /// The library knows only an address for it that is made for people's tokens.
    /// <https://discord.com/developers/docs/resources/application#get-current-application>
    pub async fn application<A: DeserializeOwned>(&self) -> Result<A, ApiError> {
        let what = "say which application this is";
        let answer = outcome(what, Box::pin(self.direct.get("/applications/@me")).await)?;
        serde_json::from_slice(&answer).map_err(|_| unreadable(what))
    }
}

fn outcome(what: &'static str, answered: Result<Vec<u8>, Unanswered>) -> Result<Vec<u8>, ApiError> {
    match answered {
        Ok(body) => Ok(body),
        Err(Unanswered::NotBefore(wait)) => Err(ApiError::TooFast { what, wait }),
        Err(Unanswered::NoToken(wait)) => Err(ApiError::NoToken { what, wait }),
        Err(Unanswered::Slow) => {
            Err(ApiError::Unknown { what, reason: "no answer in time".into() })
        }
        Err(Unanswered::Failed(error)) => Err(meaning(what, &error)),
    }
}

/// Builds the library's client for the connection through which wilco hears.
///
/// With its limiter the library ignores another address, and would send the token to the real one.
/// <https://docs.rs/serenity/0.12.5/serenity/http/struct.HttpBuilder.html#method.proxy>
pub(super) fn http(api_url: &str, token: &Token) -> Http {
    let builder = HttpBuilder::new(&token.0).client(pace::client());
    if api_url == API_URL {
        return builder.build();
    }
    builder.proxy(api_url).ratelimiter_disabled(true).build()
}

fn request(call: Call<'_>, body: Option<Vec<u8>>) -> Request<'_> {
    let query = call.query.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let query: Vec<(&'static str, String)> = query;
    Request::new(call.route, call.method)
        .body(body)
        .params(Some(query).filter(|query| !query.is_empty()))
}

fn unreadable(what: &'static str) -> ApiError {
    ApiError::Unknown { what, reason: "an answer that cannot be read".into() }
}

/// Says what a failure means. Bodies and addresses are left out: they may carry what is secret.
fn meaning(what: &'static str, error: &serenity::Error) -> ApiError {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            let status = response.status_code.as_u16();
            match status {
                400..=499 => {
                    let code = i64::try_from(response.error.code).unwrap_or_default();
                    // The library puts its own trouble there, with what it read.
                    let message = if code <= 0 { String::new() } else { refusal(response) };
                    ApiError::Refused { what, status, code, message }
                }
                _ => ApiError::Unknown { what, reason: format!("status {status}") },
            }
        }
        serenity::Error::Json(_) => unreadable(what),
        // An answer that is none and a connection that broke look alike here.
        _ => ApiError::Unknown { what, reason: "the connection failed".into() },
    }
}

fn refusal(response: &serenity::http::ErrorResponse) -> String {
    let places = response.error.errors.iter().map(|error| error.path.as_str());
    let places = places.take(5).collect::<Vec<_>>().join(", ");
    if places.is_empty() {
        return response.error.message.clone();
    }
    format!("{} ({places})", response.error.message)
}
