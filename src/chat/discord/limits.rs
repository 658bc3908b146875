//! What Discord told of how fast it may be called, as far as it still matters. Time is handed in.
//!
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::HeaderMap;

/// Where the library's addresses begin.
const API: &str = "https://discord.com/api/v10";

/// Discord takes 50 calls a second of a bot in all. So many go out at once, and then one each time so much has
/// gone by: 45 in the busiest second, which leaves some for the library's own connection.
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>
const BURST: u32 = 20;
const EVERY: Duration = Duration::from_millis(40);

/// Whatever an answer says, Discord is tried again some day.
const LEARNED_MAX: Duration = Duration::from_hours(1);

/// Of as many routes and buckets is remembered what was told; Discord finds the rest worth a 429.
const ROUTES_MAX: usize = 64;
const BUCKETS_MAX: usize = 1024;
/// Discord's names of buckets are half as long; a longer one is none.
const NAME_MAX: usize = 64;

/// What a call shares its limits with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// An answer to an interaction. Discord holds none of them back with other calls, each has a token of its
    /// own, and somebody waits: nothing is kept of them.
    Interaction,
    /// A method and an address without its ids, and the channel or guild in it, which Discord counts apart.
    Counted { route: String, place: String },
}

impl Lane {
    /// Reads it from the method and the address, which may be but the path below the API's.
    pub fn of(method: &Method, address: &str) -> Self {
        let path = address.strip_prefix(API).unwrap_or(address);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if let ["interactions" | "webhooks", _, _, ..] = parts[..] {
            return Self::Interaction;
        }
        let (mut route, mut place) = (method.to_string(), String::new());
        let mut before = "";
        for part in parts {
            let is_id = part.bytes().all(|byte| byte.is_ascii_digit());
            if is_id && place.is_empty() && matches!(before, "channels" | "guilds") {
                part.clone_into(&mut place);
            }
            route.push('/');
            route.push_str(if is_id || before == "reactions" { "-" } else { part });
            before = part;
        }
        Self::Counted { route, place }
    }

    /// Tells whether the token of the bot says who calls.
    pub fn takes_the_token(&self) -> bool {
        match self {
            Self::Interaction => false,
            Self::Counted { .. } => true,
        }
    }

    /// Tells whether an answer shows that Discord takes the token: anybody is told where to connect.
    pub fn proves_the_token(&self) -> bool {
        match self {
            Self::Interaction => false,
            Self::Counted { route, .. } => route != "GET/gateway",
        }
    }
}

/// When a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now; the turn is taken.
    Now,
    /// No turn was taken: to be asked again after so long.
    In(Duration),
}

/// What a 429 holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Everything,
    Bucket,
}

/// What the headers of an answer tell of the bucket that it was counted in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    pub bucket: Option<String>,
    pub limit: Option<u32>,
    pub remaining: Option<u32>,
    pub reset_after: Option<Duration>,
}

impl Told {
    pub fn read(headers: &HeaderMap) -> Self {
        let name = text(headers, "x-ratelimit-bucket");
        Self {
            bucket: name.filter(|name| name.len() <= NAME_MAX).map(str::to_owned),
            limit: number(headers, "x-ratelimit-limit"),
            remaining: number(headers, "x-ratelimit-remaining"),
            reset_after: seconds(headers, "x-ratelimit-reset-after"),
        }
    }
}

pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

pub fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    number::<f64>(headers, name).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

fn number<N: FromStr>(headers: &HeaderMap, name: &str) -> Option<N> {
    text(headers, name).and_then(|value| value.parse().ok())
}

/// What calls of a route are counted in.
#[derive(Debug, Clone)]
struct Known {
    bucket: String,
    limit: u32,
    /// The longest that was told until a reset: for so long a count lasts until an answer says better.
    window: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    remaining: u32,
    /// From then on there is all the room again.
    reset: Instant,
    /// What a 429 said. It may be of a stricter limit than the one that is counted.
    not_before: Instant,
}

impl Bucket {
    fn matters(&self, now: Instant) -> bool {
        self.reset > now || self.not_before > now
    }

    fn opens(&self) -> Instant {
        if self.remaining == 0 { self.reset.max(self.not_before) } else { self.not_before }
    }
}

/// Which calls may be made when.
#[derive(Debug, Default)]
pub struct Limits {
    routes: BTreeMap<String, Known>,
    /// By the name of the bucket, or the route where none was told, and the place.
    buckets: BTreeMap<(String, String), Bucket>,
    /// Until then nothing but interactions is answered.
    closed_until: Option<Instant>,
    /// When as many calls as ever may be made at once again.
    rested: Option<Instant>,
}

impl Limits {
    /// Takes a turn, unless there is none yet.
    pub fn turn(&mut self, lane: &Lane, now: Instant) -> Turn {
        let Lane::Counted { route, place } = lane else { return Turn::Now };
        let id = self.id(route, place);
        let rested = self.rested.map_or(now, |rested| rested.max(now)) + EVERY;
        let crowded = rested.checked_sub(EVERY * BURST);
        let opens = self.buckets.get(&id).map(Bucket::opens);
        let until = [self.closed_until, crowded, opens].into_iter().flatten().max();
        let wait = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if !wait.is_zero() {
            return Turn::In(wait);
        }
        self.rested = Some(rested);
        if let Some(known) = self.routes.get(route) {
            let (remaining, reset) = (known.limit, now + known.window);
            let bucket = self.bucket(id, Bucket { remaining, reset, not_before: now }, now);
            bucket.remaining = bucket.remaining.saturating_sub(1);
        }
        Turn::Now
    }

    /// Learns from an answer.
    pub fn heard(&mut self, lane: &Lane, told: &Told, now: Instant) {
        let Lane::Counted { route, place } = lane else { return };
        let Told { bucket: Some(name), limit: Some(limit), remaining, reset_after } = told else {
            return;
        };
        let Some(reset_after) = reset_after.map(|after| after.min(LEARNED_MAX)) else { return };
        let before = self.routes.get(route).filter(|known| known.bucket == *name);
        let window = before.map_or(reset_after, |known| known.window.max(reset_after));
        if self.routes.len() < ROUTES_MAX || self.routes.contains_key(route) {
            let known = Known { bucket: name.clone(), limit: *limit, window };
            self.routes.insert(route.clone(), known);
        }
        let Some(remaining) = *remaining else { return };
        let (id, reset) = (self.id(route, place), now + reset_after);
        let bucket = self.bucket(id, Bucket { remaining, reset, not_before: now }, now);
        // Answers overtake one another, and calls that are under way are counted here already.
        bucket.remaining = bucket.remaining.min(remaining);
        bucket.reset = reset;
    }

    /// Holds back what Discord refused for now.
    pub fn refused(&mut self, lane: &Lane, (wait, scope): (Duration, Scope), now: Instant) {
        let until = now + wait.min(LEARNED_MAX);
        match (scope, lane) {
            (Scope::Everything, Lane::Interaction | Lane::Counted { .. }) => {
                self.closed_until = self.closed_until.max(Some(until));
            }
            (Scope::Bucket, Lane::Interaction) => {}
            (Scope::Bucket, Lane::Counted { route, place }) => {
                let fresh = Bucket { remaining: 0, reset: until, not_before: until };
                let bucket = self.bucket(self.id(route, place), fresh, now);
                bucket.not_before = bucket.not_before.max(until);
            }
        }
    }

    fn id(&self, route: &str, place: &str) -> (String, String) {
        let name = self.routes.get(route).map_or(route, |known| &known.bucket);
        (name.to_owned(), place.to_owned())
    }

    /// Returns the bucket, with room for it. What is reset says nothing any more.
    fn bucket(&mut self, id: (String, String), fresh: Bucket, now: Instant) -> &mut Bucket {
        if !self.buckets.get(&id).is_some_and(|bucket| bucket.matters(now)) {
            self.buckets.retain(|_, bucket| bucket.matters(now));
            if self.buckets.len() >= BUCKETS_MAX {
                let soonest = self.buckets.iter().min_by_key(|(_, bucket)| bucket.opens());
                if let Some(soonest) = soonest.map(|(id, _)| id.clone()) {
                    self.buckets.remove(&soonest);
                }
            }
        }
        self.buckets.entry(id).or_insert(fresh)
    }
}

#[cfg(test)]
mod tests;
