//! Which interactions may have come so late that Discord told their person already that nobody answered.
//!
//! What may be late is not late yet: Discord itself says whether it still waits for an answer, and is asked
//! before anything is carried out. So whatever is called late here without need costs one more request, and an
//! interaction that comes late unnoticed is what this is there to prevent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An answer takes a part of the three seconds that Discord waits for it, so not all of them are left to the way.
const ON_THE_WAY_MAX: Duration = Duration::from_secs(2);

/// What was quickest is forgotten after once to twice this: clocks drift apart, and may be set.
const REMEMBERED: Duration = Duration::from_hours(1);

/// How an interaction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    Quick,
    /// Discord is to be asked first whether it still waits for an answer.
    MaybeLate,
}

/// Tells by how long others took what took longer than they did.
///
/// A time of Discord's and one of this machine's are never compared, only the difference between the two with
/// that of others: a clock that is wrong is wrong for all of them. Where the difference leaps, either way, a clock
/// was set or this machine slept, and nobody can tell how long it took.
#[derive(Debug, Default)]
pub struct Late {
    /// When the newest span of time began, and the least difference in it.
    newest: Option<(Duration, i128)>,
    /// The least of the span before.
    before: Option<i128>,
}

impl Late {
    /// Takes the number that Discord gave to something, and when it came here by a clock that is never set.
    pub fn came(&mut self, number: u64, at: Duration) -> Coming {
        let took = milliseconds(at) - i128::from(number >> 22);
        let base = self.before.into_iter().chain(self.newest.map(|(_, least)| least)).min();
        match self.newest {
            Some((began, least)) if at.saturating_sub(began) < REMEMBERED => {
                self.newest = Some((began, least.min(took)));
            }
            newest => {
                self.before = newest.map(|(_, least)| least);
                self.newest = Some((at, took));
            }
        }
        // Of the first one nothing is known but that it came over a new connection.
        let leap = base.map_or(0, |base| (took - base).abs());
        if leap > milliseconds(ON_THE_WAY_MAX) { Coming::MaybeLate } else { Coming::Quick }
    }
}

fn milliseconds(time: Duration) -> i128 {
    i128::try_from(time.as_millis()).unwrap_or(i128::MAX)
}

/// Watches what comes, over all connections.
pub struct Watch {
    began: Instant,
    late: Mutex<Late>,
    /// A connection is being made again, and whatever comes until it is there was missed before.
    is_catching_up: AtomicBool,
}

impl Watch {
    pub fn new() -> Self {
        let (late, is_catching_up) = (Mutex::default(), AtomicBool::new(false));
        Self { began: Instant::now(), late, is_catching_up }
    }

    /// Notes that a connection is about to be made.
    pub fn connecting(&self) {
        self.is_catching_up.store(true, Ordering::Release);
    }

    /// Notes that everything that was missed has come.
    pub fn caught_up(&self) {
        self.is_catching_up.store(false, Ordering::Release);
    }

    /// Says how something with this number came, right when it does.
    pub fn came(&self, number: u64) -> Coming {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let coming = late.came(number, self.began.elapsed());
        if self.is_catching_up.load(Ordering::Acquire) { Coming::MaybeLate } else { coming }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When each thing was done by Discord's clock, and how long it was on the way, in milliseconds.
    type Ways = Vec<(u64, u64)>;

    const BEGAN: u64 = 300_000_000_000;
    /// By so much a clock may be wrong.
    const WRONG_MAX: u64 = 200_000_000_000;

    /// Plays what came in the order in which it did, by clocks that are wrong by so much.
    fn play(ways: &Ways, discord: u64, here: u64) -> Vec<Coming> {
        let mut all: Vec<_> = ways.iter().map(|(done, took)| (done + took, *done)).collect();
        all.sort_unstable();
        let mut late = Late::default();
        let came = |(at, done)| {
            late.came((BEGAN + done + discord) << 22, Duration::from_millis(at + here))
        };
        all.into_iter().map(came).collect()
    }

    fn ways(took: std::ops::Range<u64>) -> impl Strategy<Value = Ways> {
        prop::collection::vec((0..20_000_000_u64, took), 1..60)
    }

    proptest! {
        #[test]
        fn a_constant_error_of_a_clock_changes_nothing(
            ways in ways(0..20_000),
            discord in 0..WRONG_MAX,
            here in 0..WRONG_MAX,
        ) {
            prop_assert_eq!(play(&ways, discord, here), play(&ways, 0, 0));
        }

        #[test]
        fn what_was_quick_is_never_called_late(ways in ways(0..2_000)) {
            prop_assert!(play(&ways, 0, 0).iter().all(|coming| *coming == Coming::Quick));
        }

        #[test]
        fn what_took_much_longer_than_anything_before_is_called_late(
            quick in ways(0..500),
            took in 2_501..10_000_000_u64,
        ) {
            let done = quick.iter().map(|(done, took)| done + took).max().unwrap_or_default();
            let all = [quick, vec![(done, took)]].concat();
            prop_assert_eq!(play(&all, 0, 0).pop(), Some(Coming::MaybeLate));
        }

        /// One number from a time to come makes what follows seem late, and that only for a while.
        #[test]
        fn a_number_from_the_future_is_forgotten(
            ahead in 3_000..WRONG_MAX,
            quick in prop::collection::vec(0..500_u64, 1..20),
        ) {
            let mut late = Late::default();
            let mut came = |done: u64, at: u64| {
                late.came((BEGAN + done) << 22, Duration::from_millis(at))
            };
            prop_assert_eq!(came(0, 0), Coming::Quick);
            prop_assert_eq!(came(ahead, 100), Coming::MaybeLate);
            prop_assert_eq!(came(200, 300), Coming::MaybeLate);
            let hour = 3_600_000;
            came(hour, hour);
            came(2 * hour, 2 * hour);
            for (number, took) in (0..).zip(quick) {
                let done = 2 * hour + number;
                prop_assert_eq!(came(done, done + took), Coming::Quick);
            }
        }

        #[test]
        fn no_number_and_no_time_is_too_large(
            all in prop::collection::vec((any::<u64>(), any::<Duration>()), 0..20),
        ) {
            let mut late = Late::default();
            for (number, at) in all {
                late.came(number, at);
            }
        }
    }

    #[test]
    fn whatever_comes_while_a_connection_is_made_again_may_be_late() {
        let watch = Watch::new();
        assert_eq!(watch.came(5 << 22), Coming::Quick);
        watch.connecting();
        assert_eq!(watch.came(5 << 22), Coming::MaybeLate);
        watch.caught_up();
        assert_eq!(watch.came(5 << 22), Coming::Quick);
    }
}
