//! Complaints about strangers, few enough that strangers cannot fill the log.

use std::sync::atomic::{AtomicI64, Ordering};

use wilco_core::time::Timestamp;

/// How long it is kept quiet about further calls that are refused.
const QUIET_MILLISECONDS: i64 = 60_000;

/// When something was complained of last.
pub struct Quiet(AtomicI64);

impl Default for Quiet {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Quiet {
    /// Tells whether it may be complained of now; then it was.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let is_due = now.0.saturating_sub(last) >= QUIET_MILLISECONDS;
        let swap =
            |to| self.0.compare_exchange(last, to, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        is_due && swap(now.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_complained_of_once_a_minute() {
        let quiet = Quiet::default();
        let over: Vec<_> =
            [0, 1, 59_999, 60_000, 60_001, 120_000].map(|now| quiet.is_over(Timestamp(now))).into();
        assert_eq!(over, [true, false, false, true, false, true]);
    }
}
