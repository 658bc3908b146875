//! Calls to GitHub: bounded in time and number, and honest about what may have happened.
//!
//! The client never retries by itself: whoever calls knows whether asking twice is harmless.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, ETAG, HeaderName, IF_NONE_MATCH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use octocrab::{OctoBody, Octocrab};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;
use wilco_core::ids::RepositoryName;
use wilco_core::time::Timestamp;

use super::Paces;
use super::auth::{Auth, Token};
use super::client::{client, never_left, said};
use super::kept::Kept;
use super::limit::Limit;
use super::tail;
use crate::backend::BackendError;
use crate::plain::{cut, plain};

/// The largest answers are comparisons of many commits.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What GitHub says of a fault is cut after so many bytes.
const COMPLAINT_LENGTH_MAX: usize = 300;

/// The version of the API that this is written for.
/// <https://docs.github.com/en/rest/about-the-rest-api/api-versions>
const API_VERSION: (HeaderName, &str) =
    (HeaderName::from_static("x-github-api-version"), "2022-11-28");

/// Why GitHub did not do what it was asked. None of it ever holds a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// GitHub says no: certainly nothing happened.
    #[error("GitHub refuses to {what} ({status}): {message}")]
    Refused { what: String, status: u16, message: String },
    /// Certainly nothing happened; GitHub wants to be left alone for so long.
    #[error("GitHub lets wilco {what} no sooner than in {} s", wait.as_secs())]
    TooFast { what: String, wait: Duration },
    /// Certainly nothing happened: GitHub was not reached.
    #[error("GitHub cannot be reached to {what}: {reason}")]
    Unreached { what: String, reason: String },
    /// Nobody can tell whether it happened.
    #[error("GitHub was asked to {what}: {reason}")]
    Unknown { what: String, reason: String },
}

impl ApiError {
    /// Tells whether GitHub said that there is no such thing, or nothing that wilco may see.
    pub fn is_absent(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 404 | 410),
            Self::TooFast { .. } | Self::Unreached { .. } | Self::Unknown { .. } => false,
        }
    }

    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::TooFast { .. } | Self::Unreached { .. } | Self::Unknown { .. } => None,
        }
    }
}

impl From<ApiError> for BackendError {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            // What wilco may not do now, it may do once somebody mends the token.
            ApiError::Refused { status: 401 | 403, .. } | ApiError::Unreached { .. } => {
                Self::Unavailable(text)
            }
            ApiError::Refused { .. } => Self::Refused(text),
            ApiError::TooFast { wait, .. } => Self::TooFast { reason: text, wait },
            ApiError::Unknown { .. } => Self::Unknown(text),
        }
    }
}

/// What is asked.
pub struct Call<'a> {
    /// In words that follow "to".
    pub what: &'a str,
    pub repository: &'a RepositoryName,
    /// Below the repository's address, with its query; its parts are encoded.
    pub path: String,
}

impl Call<'_> {
    fn whole(&self) -> String {
        format!("/repos/{}{}", self.repository, self.path)
    }

    fn owner(&self) -> &str {
        self.repository.as_str().split('/').next().unwrap_or_default()
    }
}

/// One exchange: how, where, and as whom.
struct Exchange<'a> {
    what: &'a str,
    kind: Kind,
    path: String,
    token: &'a Token,
    body: Option<Value>,
    tag: Option<HeaderValue>,
}

/// Whether a call changes something, by which it is known what an answer that never came means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Asks,
    /// The answer may be where else it stands.
    AsksWhere,
    /// What stands there: of much, the end.
    AsksThere,
    Changes,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize)]
struct Given {
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A way to GitHub as one app or one token.
#[derive(Clone)]
pub struct Api {
    client: Octocrab,
    auth: Arc<Auth>,
    limit: Arc<Limit>,
    kept: Arc<Kept>,
    pub(super) answered_within: Duration,
}

impl Api {
    /// Opens a way to the API at this address; nothing is sent yet.
    pub fn open(api_url: &str, auth: Auth) -> Result<Self, BackendError> {
        let address = api_url.parse::<Uri>().map_err(|error| {
            BackendError::Refused(format!("`api_url` of [github] cannot be used: {error}"))
        })?;
        let client = client(address).map_err(|error| {
            BackendError::Unavailable(format!("there are no root certificates: {error}"))
        })?;
        let answered_within = Paces::default().answered_within;
        let (auth, limit, kept) = (Arc::new(auth), Arc::default(), Arc::default());
        Ok(Self { client, auth, limit, kept, answered_within })
    }

    /// Returns when GitHub answered last, by its own clock.
    pub fn now(&self) -> Option<Timestamp> {
        self.limit.now()
    }

    /// Returns how many calls remain of the limit, as the last answer said.
    pub fn remaining(&self) -> Option<u64> {
        self.limit.remaining()
    }

    /// Asks for something; asking twice is harmless.
    pub async fn get<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ApiError> {
        let path = call.whole();
        let kept = self.kept.get(&path);
        let tag = kept.as_ref().map(|kept| kept.tag.clone());
        let answer = self.exchange(&call, Kind::Asks, (None, tag)).await?;
        let body = match (answer.status, kept) {
            (StatusCode::NOT_MODIFIED, Some(kept)) => kept.body,
            _ => {
                let body: Arc<[u8]> = answer.body.into();
                if let Some(tag) = answer.headers.get(ETAG) {
                    self.kept.keep(path, tag.clone(), Arc::clone(&body));
                }
                body
            }
        };
        read(&body, Kind::Asks, call.what)
    }

    /// Asks for a text that GitHub keeps elsewhere, and returns its end: the token does not go there.
    pub async fn end_of_text(&self, call: Call<'_>) -> Result<String, ApiError> {
        let answer = self.exchange(&call, Kind::AsksWhere, (None, None)).await?;
        let body = match answer.headers.get(LOCATION).filter(|_| answer.status.is_redirection()) {
            None => answer.body,
            Some(there) => self.fetch(call.what, there).await?.body,
        };
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// Changes something. `None` where GitHub did it without a word.
    pub async fn post<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        body: Value,
    ) -> Result<Option<T>, ApiError> {
        let answer = self.exchange(&call, Kind::Changes, (Some(body), None)).await?;
        if answer.status == StatusCode::NO_CONTENT || answer.body.is_empty() {
            return Ok(None);
        }
        read(&answer.body, Kind::Changes, call.what).map(Some)
    }

    async fn exchange(
        &self,
        call: &Call<'_>,
        kind: Kind,
        (body, tag): (Option<Value>, Option<HeaderValue>),
    ) -> Result<Answer, ApiError> {
        let token = self.token(call).await?;
        let (what, path) = (call.what, call.whole());
        let exchange = Exchange { what, kind, path, token: &token, body, tag };
        let answer = self.carry_out(exchange).await;
        if let (Auth::App(app), Err(ApiError::Refused { status: 401, .. })) = (&*self.auth, &answer)
        {
            // It was taken back; the next call is given another.
            app.forget(call.owner());
        }
        answer
    }

    /// Returns the token for a call; an app is given one where it has none that holds.
    async fn token(&self, call: &Call<'_>) -> Result<Token, ApiError> {
        let app = match &*self.auth {
            Auth::Token(token) => return Ok(token.clone()),
            Auth::App(app) => app,
        };
        if let Some(token) = app.token(call.owner()) {
            return Ok(token);
        }
        let what = "be given a token for the app";
        let unsent =
            || ApiError::Unreached { what: what.into(), reason: "it cannot be signed".into() };
        let word = app.word().ok_or_else(unsent)?;
        let ask = |kind, path: String, body| {
            self.carry_out(Exchange { what, kind, path, token: &word, body, tag: None })
        };
        let found =
            ask(Kind::Asks, format!("/repos/{}/installation", call.repository), None).await?;
        let Installation { id } = read(&found.body, Kind::Asks, what)?;
        let path = format!("/app/installations/{id}/access_tokens");
        // Another token more hurts nobody, so this may be asked as often as anybody likes.
        let given = ask(Kind::Asks, path, Some(Value::Object(serde_json::Map::new()))).await?;
        let Given { token } = read(&given.body, Kind::Asks, what)?;
        let token = Token::new(&token);
        app.keep(call.owner(), &token);
        Ok(token)
    }

    async fn carry_out(&self, exchange: Exchange<'_>) -> Result<Answer, ApiError> {
        let Exchange { what, kind, path, token, body, tag } = exchange;
        if let Some(wait) = self.limit.shut() {
            return Err(ApiError::TooFast { what: what.into(), wait });
        }
        let unsent =
            |reason: &str| ApiError::Unreached { what: what.into(), reason: reason.into() };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| unsent("the token has characters that no token has"))?;
        authorization.set_sensitive(true);
        let mut request = Request::builder()
            .method(if body.is_some() { Method::POST } else { Method::GET })
            .uri(path)
            .header(USER_AGENT, "wilco")
            .header(ACCEPT, "application/vnd.github+json")
            .header(API_VERSION.0, API_VERSION.1)
            .header(AUTHORIZATION, authorization);
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let request = self.client.build_request(request, body.as_ref());
        let request = request.map_err(|error| unsent(&said(&error)))?;
        let answer = self.send(request, (kind, what)).await?;
        self.judge(answer, (kind, what))
    }

    /// Fetches what an address of GitHub's leads to; it is its own secret, and shown nowhere.
    async fn fetch(&self, what: &str, there: &HeaderValue) -> Result<Answer, ApiError> {
        let wrong = |reason: &str| ApiError::Unreached { what: what.into(), reason: reason.into() };
        let there = there.to_str().map_err(|_| wrong("the address is no address"))?;
        let request = Request::builder().uri(there).header(USER_AGENT, "wilco");
        let request = self.client.build_request(request, None::<&()>);
        let request = request.map_err(|_| wrong("the address is no address"))?;
        let answer = self.send(request, (Kind::AsksThere, what)).await?;
        // Nor is it followed any further from there.
        match answer.status {
            status if status.is_success() => Ok(answer),
            status => Err(wrong(&format!("the answer there is {status}"))),
        }
    }

    async fn send(
        &self,
        request: Request<OctoBody>,
        (kind, what): (Kind, &str),
    ) -> Result<Answer, ApiError> {
        let lost = |reason: String| lost((kind, what), reason);
        let exchange = async {
            let response = self.client.send(request).await.map_err(|error| {
                let reason = said(&error);
                if never_left(&error) {
                    ApiError::Unreached { what: what.into(), reason }
                } else {
                    lost(reason)
                }
            })?;
            let (parts, body) = response.into_parts();
            let broken = || lost("the answer broke off".into());
            let body = match kind {
                Kind::AsksThere => tail::read(body).await.map_err(|_| broken())?,
                Kind::Asks | Kind::AsksWhere | Kind::Changes => {
                    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
                    body.map_err(|_| broken())?.to_bytes().to_vec()
                }
            };
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        match timeout(self.answered_within, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(lost(format!("no answer in {:?}", self.answered_within))),
        }
    }

    fn judge(&self, answer: Answer, (kind, what): (Kind, &str)) -> Result<Answer, ApiError> {
        let message = match answer.status {
            StatusCode::FORBIDDEN => complaint(&answer.body),
            _ => String::new(),
        };
        if let Some(wait) = self.limit.take(answer.status, &answer.headers, &message) {
            return Err(ApiError::TooFast { what: what.into(), wait });
        }
        let status = answer.status.as_u16();
        let refused = |message| ApiError::Refused { what: what.into(), status, message };
        match status {
            200..=299 | 304 => Ok(answer),
            301 | 307 | 308 => {
                Err(refused("the repository has another name now; write that one".into()))
            }
            302 if kind == Kind::AsksWhere => Ok(answer),
            // Wherever that is, the token does not go there.
            300..=399 => Err(lost((kind, what), "the answer leads elsewhere".into())),
            400..=499 => Err(refused(complaint(&answer.body))),
            _ => Err(lost((kind, what), format!("the answer is {}", answer.status))),
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8], kind: Kind, what: &str) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| lost((kind, what), format!("the answer cannot be understood: {error}")))
}

/// What it means that the answer is none, or none that says anything.
fn lost((kind, what): (Kind, &str), reason: String) -> ApiError {
    let what = what.to_owned();
    match kind {
        Kind::Asks | Kind::AsksWhere | Kind::AsksThere => ApiError::Unreached { what, reason },
        Kind::Changes => ApiError::Unknown { what, reason },
    }
}

/// Returns what GitHub says, made harmless.
fn complaint(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = value["message"].as_str().unwrap_or("it says nothing");
    let details = value["errors"].as_array().into_iter().flatten().filter_map(|error| {
        error.as_str().or_else(|| error["message"].as_str()).or_else(|| error["code"].as_str())
    });
    let all: Vec<&str> = std::iter::once(message).chain(details.take(3)).collect();
    cut(&plain(&all.join("; ").replace('\n', " ")), COMPLAINT_LENGTH_MAX).into()
}
