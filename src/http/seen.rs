//! Ids of calls that were taken, so that one that comes again costs little.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many are remembered. What is durable remembers for longer; this only saves looking there.
const KEPT_MAX: usize = 4096;

#[derive(Default)]
struct Ids {
    known: BTreeSet<String>,
    /// The oldest first.
    order: VecDeque<String>,
}

/// The newest ids.
#[derive(Default)]
pub struct Seen(Mutex<Ids>);

impl Seen {
    pub fn has(&self, id: &str) -> bool {
        self.ids().known.contains(id)
    }

    pub fn keep(&self, id: &str) {
        let mut ids = self.ids();
        if ids.known.insert(id.to_owned()) {
            ids.order.push_back(id.to_owned());
        }
        while ids.order.len() > KEPT_MAX
            && let Some(oldest) = ids.order.pop_front()
        {
            ids.known.remove(&oldest);
        }
    }

    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered_and_no_more() {
        let seen = Seen::default();
        for id in 0..=KEPT_MAX {
            seen.keep(&id.to_string());
            seen.keep(&id.to_string());
        }
        assert!(!seen.has("0") && seen.has("1") && seen.has(&KEPT_MAX.to_string()));
        assert_eq!(seen.ids().known.len(), KEPT_MAX);
    }
}
