//! A small generator (SplitMix64), so that a seed repeats a run as far as timing allows.

use std::ops::Range;

pub struct Random(pub u64);

impl Random {
    /// Takes the seed that `WILCO_SEED` names, or one that nobody knows.
    pub fn seed() -> u64 {
        number("WILCO_SEED").unwrap_or_else(|| getrandom::u64().unwrap())
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start + (mixed ^ (mixed >> 31)) % (range.end - range.start)
    }

    /// Chooses one of some things; `None` of none.
    pub fn of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() {
            return None;
        }
        let at = self.within(0..things.len() as u64);
        things.get(usize::try_from(at).unwrap())
    }
}

/// Returns how many kills are asked for: `WILCO_KILLS`, or else so many.
pub fn kills(unless_told: u64) -> u64 {
    number("WILCO_KILLS").unwrap_or(unless_told)
}

/// Returns how many deployments are asked for: `WILCO_DEPLOYMENTS`, or else so many.
pub fn deployments(unless_told: u64) -> u64 {
    number("WILCO_DEPLOYMENTS").unwrap_or(unless_told)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
