//! GitHub's own clock, which a test can move, and the numbers that GitHub gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

pub type Moment = DateTime<Utc>;

pub struct Clock {
    opened: Instant,
    opened_at: Moment,
    skipped: Duration,
    /// Whether it goes on by itself, or only as a test says.
    pace: Pace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Goes,
    Stands,
}

impl Clock {
    pub fn new() -> Clock {
        let opened_at = SystemTime::now().into();
        Clock { opened: Instant::now(), opened_at, skipped: Duration::ZERO, pace: Pace::Goes }
    }

    /// Goes on from this moment only when it is told to.
    pub fn stand_at(&mut self, moment: Moment) {
        (self.opened_at, self.skipped, self.pace) = (moment, Duration::ZERO, Pace::Stands);
    }

    pub fn now(&self) -> Moment {
        let gone = match self.pace {
            Pace::Goes => self.opened.elapsed(),
            Pace::Stands => Duration::ZERO,
        };
        self.opened_at + gone + self.skipped
    }

    pub fn skip(&mut self, time: Duration) {
        self.skipped += time;
    }
}

/// A time as GitHub writes it, to the second.
pub fn written(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time, or null.
pub fn written_if(moment: Option<Moment>) -> serde_json::Value {
    moment.map(written).into()
}

/// Numbers that no two things have, larger than 32 bits hold, as those of runs long are.
#[derive(Clone)]
pub struct Numbers(Arc<AtomicU64>);

impl Numbers {
    pub fn new() -> Numbers {
        Numbers(Arc::new(AtomicU64::new(9_000_000_001)))
    }

    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
