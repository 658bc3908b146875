//! How often a run is asked about: often while it moves, seldom while it does not.

use std::time::Duration;

/// While nothing is new, the wait grows up to so many times the one after something new.
const LONGEST_IN_FIRST: u32 = 15;

/// So many calls of the limit are left to what people do.
const LEFT_TO_PEOPLE: u64 = 500;
const SPARING_WAIT: Duration = Duration::from_mins(2);

/// What a look showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showed {
    News,
    Nothing,
}

/// The wait before the next look.
pub struct Pace {
    first: Duration,
    last: Option<Duration>,
}

impl Pace {
    /// Waits so long after something new; an answer that did not change costs nothing of GitHub's limit.
    pub fn new(first: Duration) -> Self {
        Self { first, last: None }
    }

    /// Returns how long to wait after a look, where so many calls remain of GitHub's limit.
    pub fn after(&mut self, showed: Showed, remaining: Option<u64>) -> Duration {
        let wait = match (showed, self.last) {
            (Showed::News, _) | (Showed::Nothing, None) => self.first,
            (Showed::Nothing, Some(last)) => (last + last / 2).min(self.first * LONGEST_IN_FIRST),
        };
        self.last = Some(wait);
        match remaining {
            Some(remaining) if remaining < LEFT_TO_PEOPLE => wait.max(SPARING_WAIT),
            Some(_) | None => wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_stands_still_is_asked_about_seldom_and_one_that_moves_at_once() {
        let first = Duration::from_secs(2);
        let mut pace = Pace::new(first);
        let mut waits: Vec<u128> = Vec::new();
        for _ in 0..9 {
            waits.push(pace.after(Showed::Nothing, None).as_millis());
        }
        assert_eq!(waits, [2000, 3000, 4500, 6750, 10125, 15187, 22781, 30000, 30000]);
        assert_eq!(pace.after(Showed::News, Some(4_000)), first);
        assert_eq!(pace.after(Showed::News, Some(499)), SPARING_WAIT);
        assert_eq!(pace.after(Showed::Nothing, Some(500)), Duration::from_secs(3));
    }
}
