//! Follows the chain from row to row, and says which row is the first that does not belong there.

use std::cmp::Ordering;

use crate::audit::{Fault, ORIGIN, Stored, check_leaf, link};
use crate::ids::Digest;

/// Follows the chain row by row.
#[derive(Debug, Clone)]
pub struct Verifier {
    rows: u64,
    chain: Digest,
    erased: u64,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { rows: 0, chain: ORIGIN, erased: 0 }
    }
}

impl Verifier {
    /// Takes the next row; the first fault ends the verification.
    pub fn take(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        let expected = self.rows + 1;
        let Some(sequence) = u64::try_from(stored.sequence).ok().filter(|found| *found == expected)
        else {
            return Err(Fault::Missing { expected, found: stored.sequence });
        };
        let (leaf, erased) = check_leaf(sequence, stored)?;
        let chain = link(&self.chain, &leaf);
        if stored.chain != chain.0 {
            return Err(Fault::Broken { sequence });
        }
        self.rows = expected;
        self.chain = chain;
        self.erased += erased;
        Ok(())
    }

    /// Ends the verification at what was recorded beside the rows as their number and last chain value.
    pub fn finish(&self, rows: u64, chain: &Digest) -> Result<(), Fault> {
        match self.rows.cmp(&rows) {
            Ordering::Less => return Err(Fault::CutOff { expected: rows, found: self.rows }),
            Ordering::Greater => return Err(Fault::GoesOn { expected: rows, found: self.rows }),
            Ordering::Equal => {}
        }
        if self.chain != *chain {
            return Err(Fault::OtherHead);
        }
        Ok(())
    }

    /// Returns how many rows were verified.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns how many private values were erased from them.
    pub fn erased(&self) -> u64 {
        self.erased
    }

    /// Returns the chain value of the last row.
    pub fn chain(&self) -> Digest {
        self.chain
    }
}
