//! A token that its platform does not take any more: one call at a time finds out whether it does again.
//!
//! Everything that calls with it would fail, for days maybe, and a platform that is asked in vain again and again
//! shuts the whole address out: Discord after 10,000 refusals in ten minutes. Time is handed in.
//! <https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>

use std::time::{Duration, Instant};

/// How long to wait before the platform is asked again: doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// Whoever finds out for all others is given so long; a call takes no longer.
const FOUND_OUT_WITHIN: Duration = Duration::from_secs(15);

/// Whether a platform takes a token.
#[derive(Debug, Default)]
pub struct Standing {
    was_taken: bool,
    is_told: bool,
    refused: Option<Refused>,
}

#[derive(Debug)]
struct Refused {
    wait: Duration,
    until: Instant,
    /// Somebody is finding out.
    is_asked: bool,
}

impl Standing {
    /// Takes the turn to call, unless nobody may for so long.
    pub fn turn(&mut self, now: Instant) -> Result<(), Duration> {
        let Some(refused) = &mut self.refused else { return Ok(()) };
        let wait = refused.until.saturating_duration_since(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        refused.is_asked = true;
        // A call may end without anybody learning how.
        refused.until = now + refused.wait.max(FOUND_OUT_WITHIN);
        Ok(())
    }

    /// Notes that the platform refused it, and returns how long nobody may call.
    pub fn refused(&mut self, now: Instant) -> Duration {
        let wait = match &self.refused {
            None => FIRST_WAIT,
            Some(refused) if refused.is_asked => (refused.wait * 2).min(LONGEST_WAIT),
            // That call began before it was known.
            Some(refused) => return refused.until.saturating_duration_since(now),
        };
        self.refused = Some(Refused { wait, until: now + wait, is_asked: false });
        wait
    }

    /// Notes that the platform took it in a call. One that began before it was refused says nothing.
    pub fn answered(&mut self) {
        self.was_taken = true;
        if self.refused.as_ref().is_some_and(|refused| refused.is_asked) {
            self.taken();
        }
    }

    /// Notes that the platform takes it now.
    pub fn taken(&mut self) {
        *self = Self { was_taken: true, is_told: false, refused: None };
    }

    /// Tells whether it is news for people that the token is not taken any more. One that never was is somebody
    /// else's to tell.
    pub fn is_news(&mut self) -> bool {
        self.was_taken && !std::mem::replace(&mut self.is_told, true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    proptest! {
        /// However many call, and however often, a day costs few refusals.
        #[test]
        fn a_token_that_stays_refused_is_hardly_asked_about(
            gaps in prop::collection::vec(0..600_000_u64, 1..400),
            callers in 1..20_usize,
        ) {
            let (mut standing, began) = (Standing::default(), Instant::now());
            let (mut now, mut refusals) = (began, 0_u64);
            for gap in gaps {
                now += Duration::from_millis(gap);
                for _ in 0..callers {
                    if standing.turn(now).is_ok() {
                        standing.refused(now);
                        refusals += 1;
                    }
                }
                // Ten until the longest wait is reached, and then one each time.
                let most = 12 + (now - began).as_secs() / LONGEST_WAIT.as_secs();
                prop_assert!(refusals <= most, "{} refusals after {:?}", refusals, now - began);
            }
        }

        /// Whoever waits as long as they are told may find out, and no wait is longer than the longest.
        #[test]
        fn nobody_is_kept_out_for_ever(refusals in 1..100_u32) {
            let (mut standing, mut now) = (Standing::default(), Instant::now());
            for _ in 0..refusals {
                prop_assert_eq!(standing.turn(now), Ok(()));
                let wait = standing.refused(now);
                prop_assert!(wait <= LONGEST_WAIT);
                prop_assert_eq!(standing.turn(now), Err(wait));
                now += wait;
            }
            prop_assert_eq!(standing.turn(now), Ok(()));
            standing.answered();
            prop_assert!((0..100).all(|_| standing.turn(now).is_ok()));
        }
    }

    #[test]
    fn one_finds_out_for_all_and_who_never_comes_back_is_not_waited_for() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        standing.refused(now);
        assert_eq!(standing.turn(now + SECOND), Ok(()));
        assert_eq!(standing.turn(now + SECOND), Err(FOUND_OUT_WITHIN));
        assert_eq!(standing.turn(now + SECOND + FOUND_OUT_WITHIN), Ok(()));
    }

    #[test]
    fn calls_that_began_before_it_was_refused_say_nothing() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        assert_eq!(
            (standing.turn(now), standing.turn(now), standing.turn(now)),
            (Ok(()), Ok(()), Ok(()))
        );
        assert_eq!(standing.refused(now), FIRST_WAIT);
        assert_eq!(standing.refused(now), FIRST_WAIT);
        standing.answered();
        assert_eq!(standing.turn(now), Err(FIRST_WAIT));
    }

    #[test]
    fn it_is_told_once_until_it_is_taken_again_and_never_of_one_that_never_was() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        standing.refused(now);
        assert!(!standing.is_news());
        standing.taken();
        standing.refused(now);
        assert!(standing.is_news() && !standing.is_news());
        standing.taken();
        assert!(standing.is_news());
    }
}
