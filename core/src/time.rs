//! Instants and lengths of time, in milliseconds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant in Unix milliseconds.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the instant this long after.
    #[must_use]
    pub fn after(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length.0))
    }

    /// Returns the time from `earlier` to this; zero when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0).max(0))
    }
}

/// A length of time in milliseconds; configuration writes it `90s`, `30m`, `4h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(pub i64);

impl Duration {
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// Reads `500ms`, `90s`, `30m`, `4h` or `2d`, and sums such as `1h30m`; up to a year.
    pub fn read(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: i64 = rest[..digits].parse().ok()?;
            let unit_end = rest[digits..]
                .find(|c: char| c.is_ascii_digit())
                .map_or(rest.len(), |i| i + digits);
            let unit: i64 = match &rest[digits..unit_end] {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            total = total.checked_add(number.checked_mul(unit)?)?;
            rest = &rest[unit_end..];
        }
        (total > 0 && total <= 366 * 86_400_000).then_some(Self(total))
    }
}

impl fmt::Display for Duration {
    /// Writes the two largest units: `3m12s`, `4h`, `2d3h`, `0.4s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        if seconds < 10 {
            return write!(f, "{}.{}s", seconds, self.0 % 1000 / 100);
        }
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        let (large, small) = match (days, hours, minutes) {
            (0, 0, 0) => return write!(f, "{seconds}s"),
            (0, 0, m) => (format!("{m}m"), (seconds % 60, "s")),
            (0, h, m) => (format!("{h}h"), (m, "m")),
            (d, h, _) => (format!("{d}d"), (h, "h")),
        };
        match small {
            (0, _) => f.write_str(&large),
            (number, unit) => write!(f, "{large}{number}{unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_and_written() {
        assert_eq!(Duration::read("1h30m"), Some(Duration(5_400_000)));
        assert_eq!(Duration::read("90s").map(|d| d.to_string()), Some("1m30s".into()));
        assert_eq!(Duration(400).to_string(), "0.4s");
        assert_eq!(Duration(86_400_000 * 2 + 3_600_000 * 3).to_string(), "2d3h");
        for wrong in ["", "4", "h", "0s", "4 h", "-4h", "4y", "99999999999999999999s", "400d"] {
            assert_eq!(Duration::read(wrong), None, "{wrong:?}");
        }
    }
}
