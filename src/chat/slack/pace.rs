//! How fast wilco calls Slack: within its published limits, and not before it said after a 429.
//!
//! <https://docs.slack.dev/apis/web-api/rate-limits>

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tracing::debug;

use super::Slack;
use super::api::{ApiError, Call};

/// What Slack asks to wait where it does not say how long.
pub const WAIT: Duration = Duration::from_secs(1);

/// A call waits at most so long for its turn. The courier gives what it asks of a chat 30 s, and the call
/// itself may take 10 s; who would wait longer is sent away, and comes back with a card as it is by then.
pub const TURN_WITHIN: Duration = Duration::from_secs(10);

/// A 429 keeps others from calling for so long at most: whatever the answer says, they try again some day.
const LEARNED_MAX: Duration = Duration::from_hours(1);

/// Beyond so many, what has had its rest is forgotten.
const LANES_MAX: usize = 1024;

/// So many calls at once, and then one each time so much has gone by.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub burst: u32,
    pub every: Duration,
}

/// How fast wilco may call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `chat.postMessage`, in each channel.
    pub post: Rate,
    /// `chat.update`, in the whole workspace.
    pub update: Rate,
}

impl Default for Limits {
    /// One message a second and channel with short bursts, and Tier 3, which is 50 a minute with some more.
    fn default() -> Self {
        Self {
            post: Rate { burst: 10, every: Duration::from_secs(1) },
            update: Rate { burst: 25, every: Duration::from_millis(1200) },
        }
    }
}

/// A call that keeps a pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paced<'a> {
    /// Into this channel.
    Post(&'a str),
    Update,
    /// To one person in this channel: Tier 4, which people's own pace does not reach.
    PostEphemeral(&'a str),
}

impl Paced<'_> {
    fn method(self) -> &'static str {
        match self {
            Paced::Post(_) => "chat.postMessage",
            Paced::Update => "chat.update",
            Paced::PostEphemeral(_) => "chat.postEphemeral",
        }
    }

    /// What shares one limit.
    fn lane(self) -> (&'static str, String) {
        match self {
            Paced::Post(channel) | Paced::PostEphemeral(channel) => {
                (self.method(), channel.to_owned())
            }
            Paced::Update => (self.method(), String::new()),
        }
    }

    fn rate(self, limits: &Limits) -> Option<Rate> {
        match self {
            Paced::Post(_) => Some(limits.post),
            Paced::Update => Some(limits.update),
            Paced::PostEphemeral(_) => None,
        }
    }
}

/// When a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// After so long; the turn is taken.
    In(Duration),
    /// Not yet, and no turn was taken: to be asked again after so long.
    NotBefore(Duration),
}

#[derive(Debug, Clone, Copy)]
struct Lane {
    /// When as many calls as ever may be made at once again.
    rested: Instant,
    /// What a 429 said.
    not_before: Instant,
}

/// What was called so far, as far as it still matters.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    lanes: BTreeMap<(&'static str, String), Lane>,
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        Self { limits, lanes: BTreeMap::new() }
    }

    /// Takes a turn, unless it would come too late to wait for it.
    pub fn turn(&mut self, call: Paced<'_>, now: Instant) -> Turn {
        if let Some(wait) = self.barred(call, now) {
            return Turn::NotBefore(wait);
        }
        let Some(rate) = call.rate(&self.limits) else { return Turn::In(Duration::ZERO) };
        let lane = self.lane(call, now);
        let rested = lane.rested.max(now) + rate.every;
        let wait = rested.saturating_duration_since(now + rate.every * rate.burst);
        let too_long = wait.saturating_sub(TURN_WITHIN);
        if !too_long.is_zero() {
            return Turn::NotBefore(too_long);
        }
        lane.rested = rested;
        Turn::In(wait)
    }

    /// Returns how long a 429 still bars such calls; `None` when none does.
    pub fn barred(&self, call: Paced<'_>, now: Instant) -> Option<Duration> {
        let lane = self.lanes.get(&call.lane())?;
        let wait = lane.not_before.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Keeps in mind that Slack asks to wait so long.
    pub fn learn(&mut self, call: Paced<'_>, asked: Duration, now: Instant) {
        let lane = self.lane(call, now);
        lane.not_before = lane.not_before.max(now + asked.min(LEARNED_MAX));
    }

    fn lane(&mut self, call: Paced<'_>, now: Instant) -> &mut Lane {
        if self.lanes.len() >= LANES_MAX {
            self.lanes.retain(|_, lane| lane.rested.max(lane.not_before) > now);
        }
        self.lanes.entry(call.lane()).or_insert(Lane { rested: now, not_before: now })
    }
}

impl Slack {
    /// Calls once it is its turn.
    ///
    /// A short wait for it happens here, where it is nobody's complaint: the courier neither counts it among
    /// the tries of an effect nor logs it as Slack's.
    pub(super) async fn paced<A>(
        &self,
        call: Paced<'_>,
        arguments: &impl Call,
    ) -> Result<A, ApiError>
    where
        A: DeserializeOwned + Send,
    {
        let method = call.method();
        let too_fast = |wait| ApiError::TooFast { method, retry_after: Some(wait) };
        match self.pace(|pace| pace.turn(call, Instant::now())) {
            Turn::NotBefore(wait) => return Err(too_fast(wait)),
            Turn::In(Duration::ZERO) => {}
            Turn::In(wait) => {
                debug!(method, ?wait, "a call waits for its turn");
                tokio::time::sleep(wait).await;
                // Others who called meanwhile may have been told to wait.
                if let Some(wait) = self.pace(|pace| pace.barred(call, Instant::now())) {
                    return Err(too_fast(wait));
                }
            }
        }
        let called = self.shared.api.post(method, arguments).await;
        if let Err(ApiError::TooFast { retry_after, .. }) = &called {
            let asked = retry_after.unwrap_or(WAIT);
            self.pace(|pace| pace.learn(call, asked, Instant::now()));
        }
        called
    }

    fn pace<T>(&self, look: impl FnOnce(&mut Pace) -> T) -> T {
        look(&mut self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
