//! Calls Discord no faster than it lets wilco: a call waits a little for its turn, and whoever would wait longer
//! is told for how long.
//!
//! The library's own limiter is of no use for it: it goes to no address but the real one, says to nobody how long
//! it waits, and keeps something of every answer to an interaction for ever.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, header};
use serde::Deserialize;
use serenity::constants::USER_AGENT;
use serenity::http::{ErrorResponse, HttpError, Request};
use tokio::time::{sleep, timeout};

use super::limits::{self, Lane, Limits, Scope, Told, Turn};
use crate::token::Standing;

const UNAUTHORIZED: u16 = 401;
const TOO_MANY_REQUESTS: u16 = 429;

/// What a call is given before it counts as failed with an unknown result.
const CALL_TAKES_AT_MOST: Duration = Duration::from_secs(10);
/// What is waited in the middle of a call, all in all; for longer than this, whoever called is told.
const WAITED_AT_ONCE: Duration = Duration::from_secs(3);
/// As often is one call asked to wait before whoever called is told.
const WAITS_MAX: u32 = 5;
/// What is waited where Discord does not say how long.
const UNLESS_TOLD: Duration = Duration::from_secs(1);

/// Why there is no answer.
pub enum Unanswered {
    /// It was not done, and is to be asked for again after this.
    NotBefore(Duration),
    /// Discord does not take the token; it was not done, and nobody asks again before this.
    NoToken(Duration),
    /// It took too long, and may have been done.
    Slow,
    Failed(serenity::Error),
}

/// Goes nowhere but where it is sent: a redirect could lead to any address with what was asked.
pub fn client() -> reqwest::Client {
    let built = reqwest::Client::builder().redirect(Policy::none()).build();
    built.expect("the provider of TLS is installed before anything is opened")
}

/// Calls an address in the name of the bot.
pub struct Direct {
    client: reqwest::Client,
    token: String,
    url: String,
    limits: Mutex<Limits>,
    standing: Mutex<Standing>,
}

enum Answer {
    Body(Vec<u8>),
    TooFast(Duration),
}

impl Direct {
    pub fn new(url: &str, token: &str) -> Self {
        let (url, token) = (url.trim_end_matches('/').to_owned(), format!("Bot {token}"));
        let (limits, standing) = (Mutex::default(), Mutex::default());
        Self { client: client(), token, url, limits, standing }
    }

    /// Calls, and waits where that is asked for and short.
    pub async fn call(&self, request: Request<'_>) -> Result<Vec<u8>, Unanswered> {
        let method = request.method_ref().reqwest_method();
        let lane = Lane::of(&method, &request.route_ref().path());
        let built = request.build(&self.client, &self.token, Some(&self.url));
        self.send((method, lane), built.map_err(Unanswered::Failed)?).await
    }

    /// Reads what is at a path of the API for which the library has no name.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Unanswered> {
        let url = format!("{}/api/v10{path}", self.url);
        let request = self.client.get(&url).header(header::AUTHORIZATION, &self.token);
        let request = request.header(header::USER_AGENT, USER_AGENT);
        self.send((Method::GET, Lane::of(&Method::GET, path)), request).await
    }

    async fn send(
        &self,
        (method, lane): (Method, Lane),
        request: RequestBuilder,
    ) -> Result<Vec<u8>, Unanswered> {
        let began = Instant::now();
        let (mut refusals, mut is_let) = (0, false);
        loop {
            // Waits are bounded, and each turn that is not there yet is one more of them.
            while let Turn::In(wait) = self.learn(|limits, now| limits.turn(&lane, now)) {
                wait_since(began, wait).await?;
            }
            if !is_let && lane.takes_the_token() {
                let turn = self.standing(Standing::turn);
                turn.map_err(Unanswered::NoToken)?;
                is_let = true;
            }
            let request = request.try_clone().expect("all bytes of the body are there");
            let left = CALL_TAKES_AT_MOST.saturating_sub(began.elapsed());
            let answered = timeout(left, self.once(request, (&method, &lane))).await;
            match answered.unwrap_or(Err(Unanswered::Slow))? {
                Answer::Body(body) => return Ok(body),
                Answer::TooFast(wait) => {
                    refusals += 1;
                    if refusals > WAITS_MAX {
                        return Err(Unanswered::NotBefore(wait));
                    }
                    wait_since(began, wait).await?;
                }
            }
        }
    }

    async fn once(
        &self,
        request: RequestBuilder,
        (method, lane): (&Method, &Lane),
    ) -> Result<Answer, Unanswered> {
        let broken = |error| Unanswered::Failed(HttpError::from(error).into());
        let response = request.send().await.map_err(broken)?;
        let told = Told::read(response.headers());
        self.learn(|limits, now| limits.heard(lane, &told, now));
        match response.status().as_u16() {
            UNAUTHORIZED if lane.takes_the_token() => {
                let wait = self.standing(Standing::refused);
                return Err(Unanswered::NoToken(wait));
            }
            // Whoever is held back, or meets trouble of Discord's own, learns nothing of the token.
            TOO_MANY_REQUESTS | 500.. => {}
            _ if lane.proves_the_token() => self.standing(|standing, _| standing.answered()),
            _ => {}
        }
        if response.status().is_success() {
            return Ok(Answer::Body(response.bytes().await.map_err(broken)?.to_vec()));
        }
        if response.status().as_u16() != TOO_MANY_REQUESTS {
            let refusal = ErrorResponse::from_response(response, method.clone()).await;
            return Err(Unanswered::Failed(HttpError::from(refusal).into()));
        }
        let (wait, scope) = asked(response).await;
        self.learn(|limits, now| limits.refused(lane, (wait, scope), now));
        Ok(Answer::TooFast(wait))
    }

    /// Looks at whether Discord takes the token.
    pub fn standing<A>(&self, what: impl FnOnce(&mut Standing, Instant) -> A) -> A {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut standing, Instant::now())
    }

    fn learn<A>(&self, what: impl FnOnce(&mut Limits, Instant) -> A) -> A {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut limits, Instant::now())
    }
}

/// Waits, unless the call would wait too long since it began: it was not made then.
async fn wait_since(began: Instant, wait: Duration) -> Result<(), Unanswered> {
    if began.elapsed().saturating_add(wait) > WAITED_AT_ONCE {
        return Err(Unanswered::NotBefore(wait));
    }
    sleep(wait).await;
    Ok(())
}

/// Reads how long to wait: the body says it to the millisecond, the header in whole seconds.
/// <https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit>
async fn asked(response: reqwest::Response) -> (Duration, Scope) {
    #[derive(Deserialize)]
    struct Limited {
        retry_after: f64,
        #[serde(default)]
        global: bool,
    }
    let headers = response.headers();
    let header = limits::seconds(headers, "retry-after");
    let is_global = headers.contains_key("x-ratelimit-global")
        || limits::text(headers, "x-ratelimit-scope") == Some("global");
    let body = response.bytes().await.unwrap_or_default();
    let limited = serde_json::from_slice::<Limited>(&body).ok();
    let seconds = limited.as_ref().map(|limited| limited.retry_after);
    let exact = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let of_everything = is_global || limited.is_some_and(|limited| limited.global);
    let scope = if of_everything { Scope::Everything } else { Scope::Bucket };
    (exact.or(header).unwrap_or(UNLESS_TOLD), scope)
}
