//! What became of the calls of one caller, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::delivery::Accepted;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It said something, which is durable, or found again by asking.
    Taken,
    /// It was taken before.
    Repeated,
    /// It says nothing to wilco.
    Ignored,
    /// What it tells of is over, or was so long ago that it changes nothing.
    Late,
    /// It tells of something that wilco does not wait for.
    Unknown,
    /// It says otherwise than what was taken under its number.
    Contradicts,
    Unsigned,
    /// Too large, too slow, or broken off.
    Unread,
    Malformed,
    /// Nothing could be recorded.
    NotDelivered,
}

impl Ended {
    pub const ALL: [Self; 10] = [
        Self::Taken,
        Self::Repeated,
        Self::Ignored,
        Self::Late,
        Self::Unknown,
        Self::Contradicts,
        Self::Unsigned,
        Self::Unread,
        Self::Malformed,
        Self::NotDelivered,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Repeated => "repeated",
            Self::Ignored => "ignored",
            Self::Late => "late",
            Self::Unknown => "unknown",
            Self::Contradicts => "contradicts",
            Self::Unsigned => "unsigned",
            Self::Unread => "unread",
            Self::Malformed => "malformed",
            Self::NotDelivered => "not_delivered",
        }
    }
}

impl From<Accepted> for Ended {
    fn from(accepted: Accepted) -> Self {
        match accepted {
            Accepted::Applied | Accepted::KeptAside => Self::Taken,
            Accepted::Repeated => Self::Repeated,
        }
    }
}

/// How many calls ended how.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; Ended::ALL.len()]);

impl Tally {
    pub fn add(&self, ended: Ended) {
        self.0[ended as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn of(&self, ended: Ended) -> u64 {
        self.0[ended as usize].load(Ordering::Relaxed)
    }
}
