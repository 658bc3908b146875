//! How often GitHub lets wilco ask, as its answers say.
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use wilco_core::time::Timestamp;

/// Where GitHub says that it is too fast and not how long to wait, a minute is what it asks for.
const WAIT_UNSAID: Duration = Duration::from_mins(1);
/// The limit begins anew each hour, so a longer wait is a mistake of somebody's clock.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Until when nothing is asked; shared by all that go to GitHub under one name.
#[derive(Default)]
pub struct Limit {
    shut_until: Mutex<Option<Instant>>,
    /// When GitHub answered last, by its own clock, in seconds; 0 before the first answer.
    now: AtomicU64,
    /// How many calls remain, and one more; 0 before an answer said so.
    remaining: AtomicU64,
}

impl Limit {
    /// Returns how many calls remain, as the last answer said that says so.
    pub fn remaining(&self) -> Option<u64> {
        self.remaining.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Returns when GitHub answered last, by its own clock.
    pub fn now(&self) -> Option<Timestamp> {
        let seconds =
            i64::try_from(self.now.load(Ordering::Relaxed)).ok().filter(|now| *now > 0)?;
        Some(Timestamp(seconds.saturating_mul(1_000)))
    }

    /// Returns for how long nothing may be asked; `None` where it may.
    pub fn shut(&self) -> Option<Duration> {
        let until = (*self.shut_until.lock().unwrap_or_else(PoisonError::into_inner))?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    /// Takes in what an answer says; returns for how long to wait where it was a refusal for being too fast.
    pub fn take(&self, status: StatusCode, headers: &HeaderMap, message: &str) -> Option<Duration> {
        let said = Said::of(headers);
        // What stands in front of GitHub answers while GitHub is down, by a clock of its own.
        if !status.is_server_error() {
            self.now.fetch_max(said.now.unwrap_or_default(), Ordering::Relaxed);
        }
        if let Some(remaining) = said.remaining {
            self.remaining.store(remaining.saturating_add(1), Ordering::Relaxed);
        }
        let is_refusal = is_too_fast(status, said, message);
        let wait = if is_refusal {
            Some(said.wait().unwrap_or(WAIT_UNSAID))
        } else {
            said.wait().filter(|_| said.remaining == Some(0))
        };
        if let Some(wait) = wait {
            let until = Instant::now() + wait;
            let mut shut = self.shut_until.lock().unwrap_or_else(PoisonError::into_inner);
            *shut = Some(shut.map_or(until, |earlier| earlier.max(until)));
        }
        wait.filter(|_| is_refusal)
    }
}

/// What the headers of an answer say.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    retry_after: Option<u64>,
    remaining: Option<u64>,
    /// When the limit begins anew, and when the answer was made: both by GitHub's clock, in seconds.
    reset: Option<u64>,
    now: Option<u64>,
}

impl Said {
    fn of(headers: &HeaderMap) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        let now = headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
        let now = now.and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
        Self {
            retry_after: number("retry-after"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset"),
            now: now.and_then(|now| u64::try_from(now.timestamp()).ok()),
        }
    }

    /// Returns for how long to wait, where that is said. Our clock may be wrong, so two times of GitHub's are compared.
    fn wait(self) -> Option<Duration> {
        let reset = self.reset.zip(self.now).map(|(reset, now)| reset.saturating_sub(now) + 1);
        let reset = reset.filter(|_| self.remaining == Some(0));
        let seconds = self.retry_after.or(reset).map(Duration::from_secs);
        seconds.map(|wait| wait.min(WAIT_MAX))
    }
}

/// A 403 may also say that something is not allowed at all; then there is no word of a limit.
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>
fn is_too_fast(status: StatusCode, said: Said, message: &str) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::FORBIDDEN => {
            said.retry_after.is_some()
                || said.remaining == Some(0)
                || message.to_lowercase().contains("rate limit")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    const DATE: (&str, &str) = ("date", "Sat, 21 Nov 2026 12:00:00 GMT");
    const NOON: u64 = 1_795_262_400;

    #[tokio::test(start_paused = true)]
    async fn nothing_is_asked_before_the_wait_is_over() {
        let limit = Limit::default();
        let in_ten = (NOON + 10).to_string();
        let spent = [DATE, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &in_ten)];
        assert_eq!(limit.take(StatusCode::OK, &headers(&spent), ""), None, "this one was answered");
        assert_eq!(limit.shut(), Some(Duration::from_secs(11)));
        let soon = headers(&[("retry-after", "3")]);
        assert_eq!(limit.take(StatusCode::FORBIDDEN, &soon, ""), Some(Duration::from_secs(3)));
        assert_eq!(limit.shut(), Some(Duration::from_secs(11)), "the longer wait holds");
        tokio::time::advance(Duration::from_secs(11)).await;
        assert_eq!(limit.shut(), None);
    }

    #[test]
    fn the_time_is_githubs_and_not_that_of_what_stands_in_front_of_it() {
        let limit = Limit::default();
        limit.take(StatusCode::BAD_GATEWAY, &headers(&[DATE]), "");
        assert_eq!(limit.now(), None);
        limit.take(StatusCode::OK, &headers(&[DATE]), "");
        assert_eq!(limit.now().unwrap().0 / 1_000, i64::try_from(NOON).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_says_how_long_or_it_is_a_minute() {
        let fast = "You have exceeded a secondary rate limit. Please wait a few minutes";
        let not = "Resource not accessible by integration";
        for (status, said, message, wait) in [
            (429, vec![], "", Some(60)),
            (403, vec![], not, None),
            (403, vec![], fast, Some(60)),
            (403, vec![("retry-after", "7")], "", Some(7)),
            (429, vec![("retry-after", "99999")], fast, Some(3600)),
            (404, vec![("retry-after", "7")], fast, None),
        ] {
            let limit = Limit::default();
            let status = StatusCode::from_u16(status).unwrap();
            let wait = wait.map(Duration::from_secs);
            assert_eq!(limit.take(status, &headers(&said), message), wait, "{status} {said:?}");
            assert_eq!(limit.shut(), wait);
        }
    }
}
