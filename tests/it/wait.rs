//! Waiting for a thing that another task, thread or process brings about, and not for ever.

use std::thread;
use std::time::{Duration, Instant};

/// Nothing on this machine takes longer, also while it is busy with something else.
const AT_MOST: Duration = Duration::from_mins(1);

/// Between two looks at the same thing.
const PAUSE: Duration = Duration::from_millis(5);

/// A closer look, for what changes often.
const SHORT_PAUSE: Duration = Duration::from_millis(1);

/// Waits until something is so, and fails with its name when that does not come about.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + AT_MOST;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(PAUSE);
    }
}

/// Waits until something is so, or for as long as it may take.
pub fn within(at_most: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + at_most;
    while !is_so() && Instant::now() < deadline {
        thread::sleep(SHORT_PAUSE);
    }
}

/// Looks, in a task, until there is something to see, and fails with its name when there never is.
pub async fn until_seen<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    match seen_within(AT_MOST, look).await {
        Some(seen) => seen,
        None => panic!("waited in vain until {what}"),
    }
}

/// Looks, in a task, until there is something to see, or for as long as it may take.
pub async fn seen_within<T>(
    at_most: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(at_most, looking).await.ok()
}
