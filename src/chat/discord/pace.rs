//! How fast Discord lets wilco call it: whoever is asked to wait waits, and says for how long.
//!
//! At Discord itself the library keeps the pace. It goes nowhere else: with its limiter on it ignores every other
//! address, and without it what Discord says of the wait is lost. So elsewhere the wait is read here.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, header};
use serde::Deserialize;
use serenity::constants::USER_AGENT;
use serenity::http::{ErrorResponse, Http, HttpBuilder, HttpError, Ratelimiter, Request};
use tokio::time::{sleep, timeout};
use tracing::debug;

const TOO_MANY_REQUESTS: u16 = 429;
const RETRY_AFTER: &str = "retry-after";

/// What is waited in the middle of a call; for longer than this, whoever called is told.
const WAITED_AT_ONCE: Duration = Duration::from_secs(3);
/// As often is one call asked to wait before whoever called is told.
const WAITS_MAX: u32 = 5;
/// What is waited where Discord does not say how long.
const UNLESS_TOLD: Duration = Duration::from_secs(1);

/// Why there is no answer.
pub enum Unanswered {
    /// It was not done, and is to be asked for again after this.
    NotBefore(Duration),
    /// It took too long, and may have been done.
    Slow,
    Failed(serenity::Error),
}

tokio::task_local! {
    /// Until when the library waits with the call that this task makes.
    static WAITS_UNTIL: Cell<Option<Instant>>;
}

/// Builds the library's client for Discord itself, which tells whoever calls that it waits.
pub fn library(token: &str) -> Http {
    let client = client();
    let mut limiter = Ratelimiter::new(client.clone(), format!("Bot {token}"));
    limiter.set_ratelimit_callback(Box::new(|info| waits(info.timeout)));
    HttpBuilder::new(token).client(client).ratelimiter(limiter).build()
}

/// Goes nowhere but where it is sent: a redirect could lead to any address with what was asked.
fn client() -> reqwest::Client {
    let built = reqwest::Client::builder().redirect(Policy::none()).build();
    built.expect("the provider of TLS is installed before anything is opened")
}

fn waits(time: Duration) {
    let note = |until: &Cell<_>| until.set(Instant::now().checked_add(time));
    if WAITS_UNTIL.try_with(note).is_err() {
        debug!(?time, "the library waits with a call that nobody waits for");
    }
}

/// Gives a call of the library so much time. A call that waits by then was not made.
pub async fn within<A>(
    at_most: Duration,
    call: impl Future<Output = serenity::Result<A>>,
) -> Result<A, Unanswered> {
    let noting = async {
        let answered = timeout(at_most, call).await;
        (answered, WAITS_UNTIL.with(Cell::get))
    };
    let (answered, waits_until) = WAITS_UNTIL.scope(Cell::new(None), noting).await;
    match answered {
        Ok(answered) => answered.map_err(unanswered),
        Err(_) => {
            match waits_until.and_then(|until| until.checked_duration_since(Instant::now())) {
                Some(left) => Err(Unanswered::NotBefore(left)),
                None => Err(Unanswered::Slow),
            }
        }
    }
}

fn unanswered(error: serenity::Error) -> Unanswered {
    match &error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response))
            if response.status_code.as_u16() == TOO_MANY_REQUESTS =>
        {
            Unanswered::NotBefore(UNLESS_TOLD)
        }
        _ => Unanswered::Failed(error),
    }
}

/// Calls an address without the library's limiter, and reads by itself how long to wait.
pub struct Direct {
    client: reqwest::Client,
    token: String,
    url: String,
    /// Until then nothing at all may be asked.
    closed_until: Mutex<Option<Instant>>,
}

impl Direct {
    pub fn new(url: &str, token: &str) -> Self {
        let (url, token) = (url.to_owned(), format!("Bot {token}"));
        Self { client: client(), token, url, closed_until: Mutex::default() }
    }

    /// Calls, and waits where that is asked for and short.
    pub async fn call(&self, request: Request<'_>) -> Result<Vec<u8>, Unanswered> {
        let method = request.method_ref().reqwest_method();
        let build = || {
            let built = request.clone().build(&self.client, &self.token, Some(&self.url));
            built.map_err(Box::new)
        };
        self.send(method, build).await
    }

    /// Reads what is at a path of the API for which the library has no name.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Unanswered> {
        let url = format!("{}/api/v10{path}", self.url);
        let build = || {
            let request = self.client.get(&url).header(header::AUTHORIZATION, &self.token);
            Ok(request.header(header::USER_AGENT, USER_AGENT))
        };
        self.send(Method::GET, build).await
    }

    async fn send(
        &self,
        method: Method,
        build: impl Fn() -> Result<RequestBuilder, Box<serenity::Error>>,
    ) -> Result<Vec<u8>, Unanswered> {
        let mut waits = 0;
        loop {
            self.wait_until_open().await?;
            let sent = build().map_err(|error| Unanswered::Failed(*error))?.send().await;
            let broken = |error| Unanswered::Failed(HttpError::from(error).into());
            let response = sent.map_err(broken)?;
            if response.status().is_success() {
                return Ok(response.bytes().await.map_err(broken)?.to_vec());
            }
            if response.status().as_u16() != TOO_MANY_REQUESTS {
                let refusal = ErrorResponse::from_response(response, method.clone()).await;
                return Err(Unanswered::Failed(HttpError::from(refusal).into()));
            }
            let Asked { wait, of_everything } = asked(response).await;
            if of_everything {
                *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner) =
                    Instant::now().checked_add(wait);
            }
            waits += 1;
            if wait > WAITED_AT_ONCE || waits > WAITS_MAX {
                return Err(Unanswered::NotBefore(wait));
            }
            sleep(wait).await;
        }
    }

    async fn wait_until_open(&self) -> Result<(), Unanswered> {
        let until = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.and_then(|until| until.checked_duration_since(Instant::now()));
        match left {
            Some(left) if left > WAITED_AT_ONCE => Err(Unanswered::NotBefore(left)),
            Some(left) => {
                sleep(left).await;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

struct Asked {
    wait: Duration,
    of_everything: bool,
}

/// Reads how long to wait: the body says it to the millisecond, the header in whole seconds.
/// <https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit>
async fn asked(response: reqwest::Response) -> Asked {
    #[derive(Deserialize)]
    struct Limited {
        retry_after: f64,
        #[serde(default)]
        global: bool,
    }
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let header = header.and_then(|seconds| seconds.parse::<f64>().ok());
    let body = response.bytes().await.unwrap_or_default();
    let limited = serde_json::from_slice::<Limited>(&body).ok();
    let seconds = limited.as_ref().map(|limited| limited.retry_after).or(header);
    let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let of_everything = limited.is_some_and(|limited| limited.global);
    Asked { wait: wait.unwrap_or(UNLESS_TOLD), of_everything }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_with_which_the_library_waits_was_not_made_and_says_how_long_to_wait() {
        let waiting = async {
            waits(Duration::from_secs(90));
            std::future::pending::<serenity::Result<()>>().await
        };
        match within(Duration::from_millis(1), waiting).await {
            Err(Unanswered::NotBefore(left)) => assert!(left > Duration::from_mins(1), "{left:?}"),
            _ => panic!("whoever called is not told"),
        }
    }

    #[tokio::test]
    async fn nobody_can_tell_of_a_call_that_was_made_after_its_wait() {
        let slow = async {
            waits(Duration::ZERO);
            std::future::pending::<serenity::Result<()>>().await
        };
        let answered = within(Duration::from_millis(1), slow).await;
        assert!(matches!(answered, Err(Unanswered::Slow)));
    }
}
