//! What time it is: the system's, or one that a test moves.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use wilco_core::time::Timestamp;

/// Tells the time and waits for it. Cheap to clone.
#[derive(Clone)]
pub enum Clock {
    System,
    /// Stands still until it is moved.
    Moved(Arc<watch::Sender<Timestamp>>),
}

/// Waiting for a time far away is done in steps, since the system's clock may be set meanwhile.
const STEP: Duration = Duration::from_mins(1);

impl Clock {
    /// Returns a clock that stands at this time until [`Clock::advance`] moves it.
    pub fn standing_at(now: Timestamp) -> Self {
        Self::Moved(Arc::new(watch::Sender::new(now)))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Moved(at) => *at.borrow(),
        }
    }

    /// Moves a clock that stands; the system's cannot be moved.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Moved(at) = self {
            at.send_modify(|now| now.0 += milliseconds);
        }
    }

    /// Returns once it is this time or later.
    pub async fn sleep_until(&self, time: Timestamp) {
        match self {
            Self::System => loop {
                let left = u64::try_from(time.since(self.now()).0).unwrap_or_default();
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(left).min(STEP)).await;
            },
            Self::Moved(at) => {
                let mut moved = at.subscribe();
                // The sender lives as long as this clock does.
                drop(moved.wait_for(|now| *now >= time).await);
            }
        }
    }
}
