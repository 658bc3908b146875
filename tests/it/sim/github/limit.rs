//! How often anybody may ask. Source: "Rate limits for the REST API".

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::access::Holder;
use super::answer::Refusal;
use super::clock::Moment;

const WINDOW: Duration = Duration::from_hours(1);

struct Window {
    used: u64,
    ends: Moment,
}

pub struct Limits {
    /// Requests an hour, for each who asks.
    pub most: u64,
    windows: BTreeMap<Holder, Window>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most: 5_000, windows: BTreeMap::new() }
    }
}

impl Limits {
    fn window(&mut self, holder: &Holder, now: Moment) -> &mut Window {
        let fresh = || Window { used: 0, ends: now + WINDOW };
        let window = self.windows.entry(holder.clone()).or_insert_with(fresh);
        if window.ends <= now {
            *window = fresh();
        }
        window
    }

    /// Counts a request, or refuses it since there were too many.
    pub fn count(&mut self, holder: &Holder, now: Moment) -> Result<(), Refusal> {
        let most = self.most;
        let window = self.window(holder, now);
        if window.used >= most {
            return Err(exceeded(&holder.limited()));
        }
        window.used += 1;
        Ok(())
    }

    /// Takes a request back that cost nothing.
    pub fn give_back(&mut self, holder: &Holder, now: Moment) {
        let window = self.window(holder, now);
        window.used = window.used.saturating_sub(1);
    }

    /// All that is left is used up.
    pub fn use_up(&mut self, holder: &Holder, now: Moment) {
        let most = self.most;
        self.window(holder, now).used = most;
    }

    fn figures(&mut self, holder: &Holder, now: Moment) -> (u64, u64, u64, i64) {
        let most = self.most;
        let window = self.window(holder, now);
        let used = window.used.min(most);
        (most, most - used, used, window.ends.timestamp())
    }

    /// GitHub's own time goes with them, by which both times of a limit are meant.
    pub fn headers(&mut self, holder: &Holder, now: Moment) -> Vec<(&'static str, String)> {
        let (most, remaining, used, reset) = self.figures(holder, now);
        vec![
            ("x-ratelimit-limit", most.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
            ("date", now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ]
    }

    pub fn show(&mut self, holder: &Holder, now: Moment) -> Value {
        let (limit, remaining, used, reset) = self.figures(holder, now);
        let core = json!({ "limit": limit, "remaining": remaining, "used": used, "reset": reset });
        json!({ "resources": { "core": core }, "rate": core })
    }
}

pub fn exceeded(whom: &str) -> Refusal {
    Refusal::new(403, &format!("API rate limit exceeded for {whom}."))
}

/// Source: the same page, "Exceeding the rate limit".
pub fn secondary(status: u16, retry_after: Duration, request: &str) -> Refusal {
    let told = format!(
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
         If you reach out to GitHub Support for help, please include the request ID {request}.",
    );
    let seconds = retry_after.as_millis().div_ceil(1_000).to_string();
    Refusal { headers: vec![("retry-after", seconds)], ..Refusal::new(status, &told) }
}
