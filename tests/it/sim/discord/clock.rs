//! Discord's own clock and the ids that it makes of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use tokio::time::Instant;

/// Snowflakes count from the first second of 2015. Source: Reference, "Snowflakes".
const FIRST_SECOND_OF_2015: u64 = 1_420_070_400_000;

pub struct Clock {
    opened: Instant,
    opened_at: Duration,
    skipped: Duration,
    last: u64,
}

impl Clock {
    pub fn new() -> Clock {
        let opened_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { opened: Instant::now(), opened_at, skipped: Duration::ZERO, last: 0 }
    }

    /// How long it has been open.
    pub fn now(&self) -> Duration {
        self.opened.elapsed() + self.skipped
    }

    pub fn skip(&mut self, time: Duration) {
        self.skipped += time;
    }

    /// An id after all others.
    pub fn next_id(&mut self) -> String {
        let now = u64::try_from((self.opened_at + self.now()).as_millis()).unwrap_or(u64::MAX);
        self.last = (now.saturating_sub(FIRST_SECOND_OF_2015) << 22).max(self.last + 1);
        self.last.to_string()
    }

    /// Now, as Discord writes times.
    pub fn written(&self) -> String {
        written(u64::try_from((self.opened_at + self.now()).as_millis()).unwrap_or(u64::MAX))
    }
}

fn written(milliseconds: u64) -> String {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().to_rfc3339()
}

/// When an id was made, as Discord writes times.
pub fn made(id: &str) -> String {
    written((number(id) >> 22) + FIRST_SECOND_OF_2015)
}

/// Ids compare as numbers, since they are not all of one length.
pub fn number(id: &str) -> u64 {
    id.parse().unwrap_or_else(|_| panic!("{id} is no id of Discord's"))
}
