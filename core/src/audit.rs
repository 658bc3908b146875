//! The record's canonical bytes, leaf hashes, chain, and how a row is read back. Version 1.
//!
//! A fact becomes a row: its number, time, deployment, kind, and a body in JSON. Where the fact has a
//! name of a person or free text, the body has `{"private":N}`, and the row's private part has, as
//! number N, a commitment `SHA-256("wilco.private.1\n" ‖ salt ‖ value)` with the salt and the value.
//! Salt and value can be erased; the commitment stays, and with it the leaf:
//!
//! ```text
//! leaf  = SHA-256(0x00 ‖ "wilco.fact.1\n" ‖ field(number) ‖ field(time) ‖ field(deployment) ‖ field(kind)
//!                 ‖ field(body) ‖ field(commitment 0) ‖ …)
//! chain = SHA-256(0x01 ‖ chain of the row before, or 32 zero bytes ‖ leaf)
//! field(x) = length of x in bytes, as 8 bytes, big-endian ‖ x
//! ```
//!
//! Numbers and times are 8 bytes, big-endian; a row without a deployment has an empty field for it.

pub mod verifier;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::fact::{Fact, What};
use crate::hex::{hex, unhex};
use crate::ids::{DeploymentId, Digest};
use crate::private::{MARK, Private};
use crate::time::Timestamp;

/// A salt is this many random bytes.
pub const SALT_LENGTH: usize = 16;

/// The chain value before the first row.
pub const ORIGIN: Digest = Digest([0; 32]);

/// A fact as it stands in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub sequence: u64,
    pub at: Timestamp,
    pub deployment: Option<DeploymentId>,
    pub kind: &'static str,
    pub body: String,
    /// Commitments with salts and values, as JSON: `[["commitment","salt","value"], …]`.
    pub private: String,
    pub leaf: Digest,
    pub chain: Digest,
}

/// A row as somebody stored it, unchecked.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    pub sequence: i64,
    pub at: i64,
    pub deployment: Option<i64>,
    pub kind: &'a str,
    pub body: &'a str,
    pub private: &'a str,
    pub leaf: &'a [u8],
    pub chain: &'a [u8],
}

/// One private value: commitment, salt and value; the last two are gone once it was erased.
#[derive(Serialize, Deserialize)]
struct Opening<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
);

/// What is wrong with a row of the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("row {expected} is missing: row {found} stands in its place")]
    Missing { expected: u64, found: i64 },
    #[error("row {sequence} was changed: its {part} is not what was recorded")]
    Changed { sequence: u64, part: &'static str },
    #[error(
        "row {sequence} does not follow from the row before it: rows were changed, swapped or taken out"
    )]
    Broken { sequence: u64 },
    #[error("row {sequence} has a private value that is not the one that was recorded")]
    PrivateChanged { sequence: u64 },
    #[error("row {sequence} cannot be read: {reason}")]
    Unreadable { sequence: u64, reason: String },
    #[error(
        "the record ends at row {found}, but {expected} rows were recorded: the last ones were taken out"
    )]
    CutOff { expected: u64, found: u64 },
    #[error(
        "the record goes on to row {found}, but {expected} rows were recorded: the last ones were put in"
    )]
    GoesOn { expected: u64, found: u64 },
    #[error("the record ends with another chain value than the one that was recorded beside it")]
    OtherHead,
}

/// Puts a fact on record after the row whose chain value is `before`.
///
/// `salt` must give fresh random bytes at every call.
pub fn enter(
    sequence: u64,
    fact: &Fact,
    before: &Digest,
    salt: &mut impl FnMut() -> [u8; SALT_LENGTH],
) -> Row {
    let mut body = serde_json::to_value(&fact.what).expect("a fact has only JSON values");
    let mut values = Vec::new();
    take_out(&mut body, &mut values);
    let body = body.to_string();
    let openings: Vec<(Digest, String, String)> = values
        .into_iter()
        .map(|value| {
            let salt = salt();
            (commitment(&salt, value.as_bytes()), hex(&salt), value)
        })
        .collect();
    let kind = fact.kind();
    let leaf = Leaf {
        sequence,
        at: fact.at.0,
        deployment: fact.deployment.map(|id| id.0),
        kind,
        body: &body,
    };
    let leaf = leaf.hash(openings.iter().map(|(commitment, _, _)| &commitment.0));
    let private = serde_json::to_string(&openings).expect("texts are JSON values");
    let chain = link(before, &leaf);
    Row { sequence, at: fact.at, deployment: fact.deployment, kind, body, private, leaf, chain }
}

/// Replaces every private value in a fact's JSON by its number, in the order of the walk.
fn take_out(value: &mut Value, values: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(inner) = fields.get(MARK) {
                let number = values.len();
                values.push(inner.to_string());
                *value = serde_json::json!({ "private": number });
                return;
            }
            fields.values_mut().for_each(|field| take_out(field, values));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The reverse of [`take_out`]: what was erased becomes null.
fn put_back(value: &mut Value, values: &[Option<Value>]) {
    match value {
        Value::Object(fields) => {
            let number =
                fields.get("private").and_then(Value::as_u64).filter(|_| fields.len() == 1);
            if let Some(number) = number.and_then(|number| usize::try_from(number).ok()) {
                let inner = values.get(number).cloned().flatten().unwrap_or(Value::Null);
                *value = serde_json::json!({ MARK: inner });
                return;
            }
            fields.values_mut().for_each(|field| put_back(field, values));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn commitment(salt: &[u8], value: &[u8]) -> Digest {
    let hasher = Sha256::new_with_prefix(b"wilco.private.1\n").chain_update(salt);
    Digest(hasher.chain_update(value).finalize().into())
}

/// Returns the chain value of a row from that of the row before it.
fn link(before: &Digest, leaf: &Digest) -> Digest {
    Digest(
        Sha256::new_with_prefix([1]).chain_update(before.0).chain_update(leaf.0).finalize().into(),
    )
}

/// The parts of a row that stay when private values are erased.
struct Leaf<'a> {
    sequence: u64,
    at: i64,
    deployment: Option<u64>,
    kind: &'a str,
    body: &'a str,
}

impl Leaf<'_> {
    fn hash<'c>(&self, commitments: impl Iterator<Item = &'c [u8; 32]>) -> Digest {
        let mut hasher = Sha256::new_with_prefix([0]);
        hasher.update(b"wilco.fact.1\n");
        let mut field = |bytes: &[u8]| {
            hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(bytes);
        };
        field(&self.sequence.to_be_bytes());
        field(&self.at.to_be_bytes());
        match self.deployment {
            Some(id) => field(&id.to_be_bytes()),
            None => field(&[]),
        }
        field(self.kind.as_bytes());
        field(self.body.as_bytes());
        commitments.for_each(|commitment| field(commitment));
        Digest(hasher.finalize().into())
    }
}

/// Checks a row by itself; returns its leaf and how many private values are gone.
fn check_leaf(sequence: u64, stored: &Stored<'_>) -> Result<(Digest, u64), Fault> {
    let unreadable = |reason: String| Fault::Unreadable { sequence, reason };
    let openings: Vec<Opening<'_>> =
        serde_json::from_str(stored.private).map_err(|error| unreadable(error.to_string()))?;
    let mut commitments: Vec<[u8; 32]> = Vec::with_capacity(openings.len());
    let mut erased = 0;
    for opening in &openings {
        let digest = unhex(&opening.0).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let digest = digest.ok_or_else(|| unreadable("a commitment is not a digest".into()))?;
        match (&opening.1, &opening.2) {
            (Some(salt), Some(value)) => {
                let salt =
                    unhex(salt).ok_or_else(|| unreadable("a salt is not hexadecimal".into()))?;
                // Bytes could move between salt and value otherwise, and the hash would stay the same.
                if salt.len() != SALT_LENGTH || commitment(&salt, value.as_bytes()).0 != digest {
                    return Err(Fault::PrivateChanged { sequence });
                }
            }
            (None, None) => erased += 1,
            // Half an opening proves nothing: somebody took out the other half.
            (Some(_), None) | (None, Some(_)) => return Err(Fault::PrivateChanged { sequence }),
        }
        commitments.push(digest);
    }
    if !is_as_written(&openings, stored.private) {
        return Err(Fault::PrivateChanged { sequence });
    }
    let deployment = match stored.deployment.map(u64::try_from) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(Fault::Changed { sequence, part: "deployment" }),
    };
    let (kind, body) = (stored.kind, stored.body);
    let leaf = Leaf { sequence, at: stored.at, deployment, kind, body }.hash(commitments.iter());
    if stored.leaf != leaf.0 {
        return Err(Fault::Changed { sequence, part: "content" });
    }
    Ok((leaf, erased))
}

/// Tells whether a private part is what [`enter`] or [`erase`] wrote, byte for byte.
///
/// The hashes cover what it says and not how it says that: digits in capitals, spaces and escapes.
fn is_as_written(openings: &[Opening<'_>], private: &str) -> bool {
    let small = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
    openings.iter().all(|opening| small(&opening.0) && opening.1.as_deref().is_none_or(small))
        && serde_json::to_string(openings).is_ok_and(|written| written == private)
}

/// Reads a row back into the fact, after checking the row by itself.
pub fn read(stored: &Stored<'_>) -> Result<Fact, Fault> {
    let sequence = u64::try_from(stored.sequence)
        .map_err(|_| Fault::Missing { expected: 1, found: stored.sequence })?;
    check_leaf(sequence, stored)?;
    let unreadable =
        |error: serde_json::Error| Fault::Unreadable { sequence, reason: error.to_string() };
    let openings: Vec<Opening<'_>> = serde_json::from_str(stored.private).map_err(unreadable)?;
    let values: Vec<Option<Value>> = openings
        .iter()
        .map(|opening| opening.2.as_deref().map(serde_json::from_str).transpose())
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    let mut body: Value = serde_json::from_str(stored.body).map_err(unreadable)?;
    put_back(&mut body, &values);
    let what: What = serde_json::from_value(body).map_err(unreadable)?;
    let deployment = stored.deployment.and_then(|id| u64::try_from(id).ok()).map(DeploymentId);
    let fact = Fact { at: Timestamp(stored.at), deployment, what };
    if fact.kind() != stored.kind {
        return Err(Fault::Changed { sequence, part: "kind" });
    }
    Ok(fact)
}

/// Reads a row that was verified without what is private, except who made a request or chose a language.
///
/// Only those names decide what the tables beside the record say; the rest need not be parsed for it.
pub fn outline(stored: &Stored<'_>) -> Result<Fact, Fault> {
    let sequence = u64::try_from(stored.sequence)
        .map_err(|_| Fault::Missing { expected: 1, found: stored.sequence })?;
    let unreadable =
        |error: serde_json::Error| Fault::Unreadable { sequence, reason: error.to_string() };
    // A number in the place of a private value reads as an erased one.
    let mut what: What = serde_json::from_str(stored.body).map_err(unreadable)?;
    let name = match &mut what {
        What::Requested(requested) => Some(&mut requested.by),
        What::LanguageChosen { person, .. } => Some(person),
        _ => None, // No other name decides anything.
    };
    if let Some(name) = name {
        let Named { number } = serde_json::from_str(stored.body).map_err(unreadable)?;
        let openings: Vec<Opening<'_>> =
            serde_json::from_str(stored.private).map_err(unreadable)?;
        let value = openings.get(number.private).and_then(|opening| opening.2.as_deref());
        if let Some(value) = value {
            *name = Private::Known(serde_json::from_str(value).map_err(unreadable)?);
        }
    }
    let deployment = stored.deployment.and_then(|id| u64::try_from(id).ok()).map(DeploymentId);
    let fact = Fact { at: Timestamp(stored.at), deployment, what };
    if fact.kind() != stored.kind {
        return Err(Fault::Changed { sequence, part: "kind" });
    }
    Ok(fact)
}

/// Where in a body the number of the name stands of who asked or chose.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "by", alias = "person")]
    number: Number,
}

#[derive(Deserialize)]
struct Number {
    private: usize,
}

impl Row {
    /// Returns the row as it will be stored.
    pub fn stored(&self) -> Stored<'_> {
        Stored {
            sequence: i64::try_from(self.sequence).unwrap_or(i64::MAX),
            at: self.at.0,
            deployment: self.deployment.map(|id| i64::try_from(id.0).unwrap_or(i64::MAX)),
            kind: self.kind,
            body: &self.body,
            private: &self.private,
            leaf: &self.leaf.0,
            chain: &self.chain.0,
        }
    }
}

/// Returns the private part of a row with every salt and value erased.
pub fn erase(private: &str) -> Result<String, serde_json::Error> {
    Ok(erase_where(private, |_| true)?.0)
}

/// Returns the private part of a row with the chosen values and their salts erased, and how many.
///
/// `is_chosen` is asked for each value that is still there, as JSON.
pub fn erase_where(
    private: &str,
    is_chosen: impl Fn(&str) -> bool,
) -> Result<(String, u64), serde_json::Error> {
    let openings: Vec<Opening<'_>> = serde_json::from_str(private)?;
    let mut count = 0;
    let erased: Vec<(&str, Option<&str>, Option<&str>)> = openings
        .iter()
        .map(|Opening(commitment, salt, value)| match value.as_deref() {
            Some(value) if !is_chosen(value) => (commitment.as_ref(), salt.as_deref(), Some(value)),
            Some(_) => {
                count += 1;
                (commitment.as_ref(), None, None)
            }
            None => (commitment.as_ref(), None, None),
        })
        .collect();
    Ok((serde_json::to_string(&erased)?, count))
}

#[cfg(test)]
mod tests {
    use super::verifier::Verifier;
    use super::*;
    use crate::event::RunEnd;
    use crate::fact::Obstacle;

    fn salts() -> impl FnMut() -> [u8; SALT_LENGTH] {
        let mut next = 0u8;
        move || {
            next += 1;
            [next; SALT_LENGTH]
        }
    }

    fn facts() -> Vec<Fact> {
        let private = |text: &str| Private::Known(text.to_owned());
        vec![
            Fact {
                at: Timestamp(1),
                deployment: None,
                what: What::Founded { instance: Digest([7; 32]) },
            },
            Fact::new(
                Timestamp(2),
                DeploymentId(1),
                What::Obstructed {
                    obstacle: Obstacle::Unresolved { reason: private("no \"ref\"\n") },
                },
            ),
            Fact::new(Timestamp(3), DeploymentId(1), What::StartUnknown { reason: private("x") }),
            Fact::new(Timestamp(3), DeploymentId(2), What::Expired),
        ]
    }

    fn rows() -> Vec<Row> {
        let mut salt = salts();
        let mut before = ORIGIN;
        let mut rows = Vec::new();
        for (fact, sequence) in facts().iter().zip(1..) {
            let row = enter(sequence, fact, &before, &mut salt);
            before = row.chain;
            rows.push(row);
        }
        rows
    }

    fn verify(rows: &[Row]) -> Result<Verifier, Fault> {
        let mut verifier = Verifier::default();
        rows.iter().try_for_each(|row| verifier.take(&row.stored()))?;
        Ok(verifier)
    }

    #[test]
    fn a_row_reads_back_as_its_fact() {
        for (row, fact) in rows().iter().zip(facts()) {
            assert_eq!(read(&row.stored()), Ok(fact));
        }
    }

    #[test]
    fn no_private_text_stands_in_a_body() {
        assert!(rows().iter().all(|row| !row.body.contains("ref")), "{:?}", rows());
    }

    #[test]
    fn the_chain_verifies_and_names_its_length() {
        let verifier = verify(&rows()).unwrap();
        assert_eq!((verifier.rows(), verifier.erased()), (4, 0));
        assert_eq!(verifier.finish(4, &rows()[3].chain), Ok(()));
        assert_eq!(
            verifier.finish(5, &rows()[3].chain),
            Err(Fault::CutOff { expected: 5, found: 4 })
        );
        assert_eq!(verifier.finish(4, &ORIGIN), Err(Fault::OtherHead));
    }

    #[test]
    fn an_erased_value_leaves_the_chain_whole() {
        let mut rows = rows();
        rows[1].private = erase(&rows[1].private).unwrap();
        assert_eq!(verify(&rows).unwrap().erased(), 1);
        let What::Obstructed { obstacle: Obstacle::Unresolved { reason } } =
            read(&rows[1].stored()).unwrap().what
        else {
            panic!("another fact")
        };
        assert_eq!(reason, Private::Erased);
    }

    #[test]
    fn any_changed_byte_is_found_in_its_row() {
        let pristine = rows();
        let changes: Vec<fn(&mut Row)> = vec![
            |row| row.at = Timestamp(9),
            |row| row.deployment = Some(DeploymentId(9)),
            |row| row.deployment = None,
            |row| row.kind = "expired",
            |row| row.body.push(' '),
            |row| row.private = row.private.replace("ref", "fer"),
            |row| row.private = "[]".into(),
            |row| row.leaf.0[0] ^= 1,
            |row| row.chain.0[31] ^= 1,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut rows = pristine.clone();
            change(&mut rows[1]);
            let fault = verify(&rows).unwrap_err();
            assert!(fault.to_string().contains("row 2"), "change {number}: {fault}");
        }
    }

    #[test]
    fn no_byte_of_a_private_part_can_be_another() {
        let pristine = rows();
        let private = pristine[1].private.clone();
        for place in 0..private.len() {
            for byte in (0..128).filter(|byte| *byte != private.as_bytes()[place]) {
                let mut bytes = private.clone().into_bytes();
                bytes[place] = byte;
                let mut row = pristine[1].clone();
                row.private = String::from_utf8(bytes).unwrap();
                assert!(check_leaf(2, &row.stored()).is_err(), "{}", row.private);
            }
            let mut longer = pristine[1].clone();
            longer.private.insert(place, ' ');
            assert!(check_leaf(2, &longer.stored()).is_err(), "{}", longer.private);
        }
    }

    #[test]
    fn no_byte_moves_between_a_salt_and_its_value() {
        let mut row = rows()[1].clone();
        let mut openings: Vec<(String, String, String)> =
            serde_json::from_str(&row.private).unwrap();
        let first = openings[0].2.remove(0);
        openings[0].1.push_str(&hex(&[u8::try_from(first).unwrap()]));
        row.private = serde_json::to_string(&openings).unwrap();
        assert_eq!(
            check_leaf(2, &row.stored()).map(|_| ()),
            Err(Fault::PrivateChanged { sequence: 2 })
        );
    }

    #[test]
    fn a_deleted_inserted_or_swapped_row_is_named() {
        let pristine = rows();
        let mut deleted = pristine.clone();
        deleted.remove(1);
        assert_eq!(verify(&deleted).unwrap_err(), Fault::Missing { expected: 2, found: 3 });
        let mut swapped = pristine.clone();
        swapped.swap(1, 2);
        assert_eq!(verify(&swapped).unwrap_err(), Fault::Missing { expected: 2, found: 3 });
        swapped[1].sequence = 2;
        swapped[2].sequence = 3;
        assert_eq!(verify(&swapped).unwrap_err(), Fault::Changed { sequence: 2, part: "content" });
        let mut inserted = pristine.clone();
        inserted.insert(1, pristine[0].clone());
        assert_eq!(verify(&inserted).unwrap_err(), Fault::Missing { expected: 2, found: 1 });
    }

    #[test]
    fn a_fact_from_before_times_were_observed_reads_and_hashes_as_it_did() {
        let body = r#"{"end":{"end":"succeeded"},"fact":"run_ended","log_tail":{"private":0},"rolls_back_to":null}"#;
        let ended = |observed_at| What::RunEnded {
            end: RunEnd::Succeeded,
            log_tail: Private::Known(String::new()),
            rolls_back_to: None,
            observed_at,
        };
        let enter = |what| {
            let fact = Fact::new(Timestamp(9), DeploymentId(1), what);
            enter(1, &fact, &ORIGIN, &mut salts())
        };
        let row = enter(ended(None));
        assert_eq!(row.body, body);
        assert_eq!(read(&row.stored()).unwrap().occurred_at(), Timestamp(9));
        let row = enter(ended(Some(Timestamp(4))));
        assert_eq!(read(&row.stored()).unwrap().occurred_at(), Timestamp(4));
    }

    #[test]
    fn a_row_forged_whole_breaks_the_chain_at_the_next() {
        let mut rows = rows();
        let forged = Fact::new(Timestamp(2), DeploymentId(1), What::Expired);
        rows[1] = enter(2, &forged, &rows[0].chain, &mut salts());
        assert_eq!(verify(&rows).unwrap_err(), Fault::Broken { sequence: 3 });
    }
}
