//! How fast one account may go on: a bucket of allowances each, which fills up again as time goes by.
//!
//! What is too fast costs a word once in a while and nothing else, so nobody's flood is at the others' cost.

use std::collections::BTreeMap;

use crate::catalog::Rate;
use crate::emoji::Verdict;
use crate::event::{Event, Reaction};
use crate::ids::Account;
use crate::person::Standing;
use crate::time::{Duration, Timestamp};

/// At most so many accounts are remembered; whoever rested long enough needs no remembering.
pub const ACCOUNTS_MAX: usize = 1024;

const MICROSECONDS: i128 = 1000;
const MINUTE: u64 = 60_000_000;

/// Whether what somebody does is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Allowed,
    /// Too fast, and they are to be told when they may go on.
    FirstOver {
        wait: Duration,
    },
    /// Too fast, and they were told a moment ago.
    Over,
}

/// What every account did of late. It is on no record: a new one allows everything once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flood {
    acts: Counted,
    /// Looking at one's page takes nothing from what one may say, and is met with silence.
    pages: Counted,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counted {
    /// Accounts of which the platform told what they are.
    told: Accounts,
    /// Those that it is still to tell of. What they did comes in again once it has, so it is counted apart.
    untold: Accounts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Accounts {
    /// Never goes back, so neither does what it gives.
    now: i128,
    buckets: BTreeMap<Account, Bucket>,
}

/// In microseconds, so that any rate comes out even enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    /// When it would be full again, and nothing would be left to remember.
    full_at: i128,
    /// Until then nothing more is said about it.
    silent_until: i128,
    /// Votes that were heard and not taken back: taking one back was paid for with it.
    votes: u32,
}

/// What an account does, as far as it matters for its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Votes,
    TakesBack,
    Else,
}

impl Flood {
    /// Takes in what occurred now; tells whether it is heard.
    ///
    /// A vote that stands on record is taken back at any pace: the decision sees to that.
    pub fn take(&mut self, event: &Event, now: Timestamp, rate: Rate) -> Pace {
        let (counted, act, speaker) = match event {
            Event::Said { speaker, .. }
            | Event::Pressed { speaker, .. }
            | Event::LanguagePicked { speaker, .. } => (&mut self.acts, Act::Else, speaker),
            Event::Reacted { speaker, emoji, change, .. } => match (emoji.verdict(), change) {
                (Some(_), Reaction::Added) => (&mut self.acts, Act::Votes, speaker),
                (Some(Verdict::Approve), Reaction::Removed) => {
                    (&mut self.acts, Act::TakesBack, speaker)
                }
                // What is no vote means nothing, however often; nor does taking back what ended it all.
                (Some(Verdict::Reject), Reaction::Removed)
                | (None, Reaction::Added | Reaction::Removed) => return Pace::Allowed,
            },
            Event::HomeOpened { speaker } => (&mut self.pages, Act::Else, speaker),
            // The rest is what the outside answers to wilco.
            Event::Connected { .. }
            | Event::ReactionsRead { .. }
            | Event::Resolved { .. }
            | Event::Confirmed { .. }
            | Event::RunReported { .. }
            | Event::CardShown { .. }
            | Event::Recalled { .. }
            | Event::GaveUp { .. }
            | Event::ReasonNotAsked { .. }
            | Event::LookAgain { .. }
            | Event::NewsHeard { .. }
            | Event::ChecksRead { .. }
            | Event::NewsShown { .. }
            | Event::CatalogLoaded { .. } => return Pace::Allowed,
        };
        let accounts = match speaker.standing {
            // It is told nothing, and nothing is done for it.
            Standing::Bot => return Pace::Allowed,
            Standing::Unknown => &mut counted.untold,
            Standing::Member
            | Standing::Guest
            | Standing::Stranger
            | Standing::Deactivated
            | Standing::Unverified => &mut counted.told,
        };
        accounts.take(&speaker.account, act, now, rate)
    }
}

impl Accounts {
    fn take(&mut self, account: &Account, act: Act, now: Timestamp, rate: Rate) -> Pace {
        self.now = self.now.max(i128::from(now.0) * MICROSECONDS);
        let now = self.now;
        let bucket = match self.buckets.get_mut(account) {
            Some(bucket) => bucket,
            None => {
                self.make_room();
                let full = Bucket { full_at: now, silent_until: now, votes: 0 };
                self.buckets.entry(account.clone()).or_insert(full)
            }
        };
        bucket.act(act, now, rate)
    }

    /// Forgets whose bucket is full again; if that is nobody, whoever's is nearly so.
    fn make_room(&mut self) {
        if self.buckets.len() < ACCOUNTS_MAX {
            return;
        }
        let now = self.now;
        self.buckets.retain(|_, bucket| bucket.full_at > now);
        while self.buckets.len() >= ACCOUNTS_MAX {
            let fullest = self.buckets.iter().min_by_key(|(_, bucket)| bucket.full_at);
            let Some(account) = fullest.map(|(account, _)| account.clone()) else { return };
            self.buckets.remove(&account);
        }
    }
}

impl Bucket {
    fn act(&mut self, act: Act, now: i128, rate: Rate) -> Pace {
        match act {
            Act::TakesBack if self.votes > 0 => {
                self.votes -= 1;
                Pace::Allowed
            }
            Act::TakesBack | Act::Else => self.take(now, rate),
            Act::Votes => {
                let pace = self.take(now, rate);
                self.votes = self.votes.saturating_add(u32::from(pace == Pace::Allowed));
                pace
            }
        }
    }

    fn take(&mut self, now: i128, rate: Rate) -> Pace {
        // Rounded up: rather a hair too slow than more than was allowed.
        let interval = i128::from(MINUTE.div_ceil(u64::from(rate.per_minute.max(1))));
        let capacity = interval * i128::from(rate.burst.max(1));
        let full_at = self.full_at.max(now) + interval;
        let missing = full_at - now - capacity;
        if missing <= 0 {
            self.full_at = full_at;
            return Pace::Allowed;
        }
        if self.silent_until > now {
            return Pace::Over;
        }
        self.silent_until = self.full_at;
        // Whole seconds, and never too few.
        let seconds = i64::try_from(missing.div_euclid(1_000_000)).unwrap_or(i64::MAX);
        let more = i64::from(missing.rem_euclid(1_000_000) > 0);
        Pace::FirstOver { wait: Duration(seconds.saturating_add(more).saturating_mul(1000)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Platform;

    const RATE: Rate = Rate { burst: 3, per_minute: 60 };

    impl Accounts {
        fn asks(&mut self, account: &Account, now: Timestamp, rate: Rate) -> Pace {
            self.take(account, Act::Else, now, rate)
        }
    }

    fn account(user: &str) -> Account {
        let workspace = "local".into();
        Account { platform: Platform::Console, workspace, user: user.into() }
    }

    fn wait(seconds: i64) -> Pace {
        Pace::FirstOver { wait: Duration::seconds(seconds) }
    }

    #[test]
    fn whoever_is_too_fast_is_told_once_and_goes_on_in_time() {
        let mut accounts = Accounts::default();
        let mut at = |milliseconds| accounts.asks(&account("ana"), Timestamp(milliseconds), RATE);
        assert_eq!([at(0), at(0), at(0)], [Pace::Allowed; 3]);
        assert_eq!([at(0), at(0), at(999)], [wait(1), Pace::Over, Pace::Over]);
        assert_eq!([at(1000), at(1000)], [Pace::Allowed, Pace::Over]);
        // After a rest, all of it again: the word, too.
        assert_eq!([at(9000), at(9000), at(9000)], [Pace::Allowed; 3]);
        assert_eq!([at(9000), at(9001)], [wait(1), Pace::Over]);
    }

    #[test]
    fn whoever_votes_may_take_it_back_and_no_more_than_that() {
        let mut accounts = Accounts::default();
        let mut act = |act| accounts.take(&account("ana"), act, Timestamp(0), RATE);
        assert_eq!([Act::Votes; 3].map(&mut act), [Pace::Allowed; 3]);
        assert_eq!(act(Act::Votes), wait(1));
        assert_eq!(
            [Act::TakesBack; 4].map(&mut act),
            [Pace::Allowed, Pace::Allowed, Pace::Allowed, Pace::Over]
        );
        // Round and round, it ends.
        let mut accounts = Accounts::default();
        let mut act = |act| accounts.take(&account("ana"), act, Timestamp(0), RATE);
        let heard = (0..100).filter(|turn| {
            act(if turn % 2 == 0 { Act::Votes } else { Act::TakesBack }) == Pace::Allowed
        });
        assert_eq!(heard.count(), 6);
    }

    #[test]
    fn what_one_account_does_takes_nothing_from_another() {
        let mut accounts = Accounts::default();
        for _ in 0..1000 {
            accounts.asks(&account("ana"), Timestamp(0), RATE);
        }
        assert_eq!(accounts.asks(&account("ben"), Timestamp(0), RATE), Pace::Allowed);
    }

    #[test]
    fn the_longest_wait_is_said_in_full() {
        let mut accounts = Accounts::default();
        let rate = Rate { burst: 1, per_minute: 1 };
        assert_eq!(accounts.asks(&account("ana"), Timestamp(500), rate), Pace::Allowed);
        assert_eq!(accounts.asks(&account("ana"), Timestamp(600), rate), wait(60));
    }

    #[test]
    fn any_time_and_any_rate_is_decided_on() {
        let mut accounts = Accounts::default();
        for now in [i64::MIN, 0, i64::MAX] {
            for number in [0, 1, 7, u32::MAX] {
                let rate = Rate { burst: number, per_minute: number };
                accounts.asks(&account("ana"), Timestamp(now), rate);
            }
        }
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_what_time_gave(
            (burst, per_minute) in (1_u32..50, 1_u32..600),
            steps in prop::collection::vec(-5_000_i64..3_000, 1..400),
        ) {
            let rate = Rate { burst, per_minute };
            let (mut accounts, mut now) = (Accounts::default(), 1_000_000_000_i64);
            let (mut allowed, mut latest) = (0_i64, now);
            for step in std::iter::once(0).chain(steps) {
                now += step;
                // Going back gives nothing: what counts is the latest time ever seen.
                latest = latest.max(now);
                let pace = accounts.asks(&account("ana"), Timestamp(now), rate);
                allowed += i64::from(pace == Pace::Allowed);
                let gave = (latest - 1_000_000_000) * i64::from(per_minute) / 60_000;
                prop_assert!(allowed <= i64::from(burst) + gave, "{allowed} of {burst} + {gave}");
            }
        }

        #[test]
        fn whoever_waits_as_long_as_told_is_heard(
            (burst, per_minute) in (1_u32..50, 1_u32..600),
            steps in prop::collection::vec(0_i64..3_000, 1..200),
        ) {
            let rate = Rate { burst, per_minute };
            let (mut accounts, mut now) = (Accounts::default(), 0);
            for step in steps {
                now += step;
                let pace = accounts.asks(&account("ana"), Timestamp(now), rate);
                if let Pace::FirstOver { wait } = pace {
                    now += wait.0;
                    let after = accounts.asks(&account("ana"), Timestamp(now), rate);
                    prop_assert_eq!(after, Pace::Allowed);
                }
            }
        }

        #[test]
        fn memory_is_bounded_however_many_come(
            steps in prop::collection::vec((0_u32..5_000, 0_i64..20), 1..4_000),
        ) {
            let (mut accounts, mut now) = (Accounts::default(), 0);
            for (user, step) in steps {
                now += step;
                accounts.asks(&account(&user.to_string()), Timestamp(now), RATE);
                prop_assert!(accounts.buckets.len() <= ACCOUNTS_MAX);
            }
        }
    }

    #[test]
    fn the_idle_are_forgotten_and_whoever_floods_is_not() {
        let mut accounts = Accounts::default();
        for _ in 0..9 {
            accounts.asks(&account("ana"), Timestamp(0), RATE);
        }
        for user in 0..5000 {
            accounts.asks(&account(&user.to_string()), Timestamp(0), RATE);
        }
        assert_eq!(accounts.asks(&account("ana"), Timestamp(0), RATE), Pace::Over);
        assert_eq!(accounts.buckets.len(), ACCOUNTS_MAX);
        accounts.asks(&account("ben"), Timestamp(60_000), RATE);
        assert_eq!(accounts.buckets.len(), 1);
    }
}
