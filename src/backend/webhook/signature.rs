//! How requests and reports are signed: `wilco-signature: t=UNIX-SECONDS,v1=HEX`, where the digits are the
//! HMAC-SHA256 of the seconds, a dot and the body as it came.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use wilco_core::hex::{hex, unhex};
use wilco_core::ids::secret::SecretName;
use wilco_core::time::Timestamp;

use crate::http::signed::{Key, only};

pub const HEADER: &str = "wilco-signature";

/// A report may be signed so long ago, and so far ahead of our clock.
const AGE_SECONDS_MAX: u64 = 300;

/// The secrets of all webhooks; `None` names the one without a name.
#[derive(Clone)]
pub struct Keys(BTreeMap<Option<SecretName>, Key>);

impl Keys {
    pub fn new(keys: BTreeMap<Option<SecretName>, Key>) -> Self {
        Self(keys)
    }

    pub fn get(&self, secret: Option<&SecretName>) -> Option<&Key> {
        self.0.get(&secret.cloned())
    }

    /// Returns the names of the secrets that a body is signed with; of all of them, so that it takes as long
    /// whichever it is.
    pub fn signers(&self, claim: &Claim, body: &[u8]) -> Vec<Option<SecretName>> {
        let parts = [claim.stamp.as_bytes(), b".", body];
        let signs = |key: &Key| key.check(&parts, &claim.signature).is_ok();
        self.0.iter().filter(|(_, key)| signs(key)).map(|(name, _)| name.clone()).collect()
    }
}

/// Signs a body now.
pub fn sign(key: &Key, now: Timestamp, body: &[u8]) -> String {
    let stamp = now.0.div_euclid(1_000).to_string();
    let signature = key.sign(&[stamp.as_bytes(), b".", body]);
    format!("t={stamp},v1={}", hex(&signature))
}

/// Why a report is not taken for one of a run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    #[error("its signature is missing or not written as wilco reads it")]
    Missing,
    #[error("it was signed more than five minutes from now")]
    Stale,
    #[error("its signature is wrong")]
    Wrong,
}

/// What the head says of the signature; whether it is true shows with the body.
#[derive(Debug)]
pub struct Claim {
    stamp: String,
    signature: Vec<u8>,
}

impl Claim {
    /// Reads it from the head, so that nothing more is read of what cannot be a report.
    pub fn of(head: &HeaderMap, now: Timestamp) -> Result<Self, Unsigned> {
        let text = only(head, HEADER).ok_or(Unsigned::Missing)?;
        let (stamp, signature) = text
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(",v1="))
            .ok_or(Unsigned::Missing)?;
        let seconds = Some(stamp).filter(|stamp| stamp.bytes().all(|b| b.is_ascii_digit()));
        let seconds = seconds.and_then(|stamp| stamp.parse::<i64>().ok());
        let seconds = seconds.ok_or(Unsigned::Missing)?;
        if now.0.div_euclid(1_000).abs_diff(seconds) > AGE_SECONDS_MAX {
            return Err(Unsigned::Stale);
        }
        let signature = unhex(signature).ok_or(Unsigned::Missing)?;
        Ok(Self { stamp: stamp.to_owned(), signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_500);

    fn claim(value: &str, now: Timestamp) -> Result<Claim, Unsigned> {
        let mut head = HeaderMap::new();
        head.insert(HEADER, value.parse().unwrap());
        Claim::of(&head, now)
    }

    #[test]
    fn a_signature_holds_for_one_secret_one_time_and_one_body() {
        let name = |name: &str| Some(SecretName::new(name).unwrap());
        let key = |secret: &str| Key::new(secret).unwrap();
        let keys = [(None, key("one")), (name("two"), key("two")), (name("too"), key("two"))];
        let keys = Keys::new(keys.into());
        let signed = sign(&key("two"), NOW, b"{}");
        let claimed = claim(&signed, NOW).unwrap();
        assert_eq!(keys.signers(&claimed, b"{}"), [name("too"), name("two")]);
        assert_eq!(keys.signers(&claimed, b"{} "), []);
        let later = claim(&signed.replace("t=1790000000", "t=1790000001"), NOW).unwrap();
        assert_eq!(keys.signers(&later, b"{}"), []);
        assert_eq!(keys.signers(&claim("t=1790000000,v1=", NOW).unwrap(), b"{}"), []);
    }

    #[test]
    fn a_signature_is_fresh_for_five_minutes_and_written_as_it_should_be() {
        let signed = sign(&Key::new("one").unwrap(), NOW, b"{}");
        for (seconds, is_fresh) in [(300, true), (301, false), (-300, true), (-301, false)] {
            let now = Timestamp(NOW.0 + seconds * 1_000);
            assert_eq!(claim(&signed, now).is_ok(), is_fresh, "{seconds}");
        }
        for strange in ["", "t=,v1=00", "t=1790000000", "t=-5,v1=00", "t=1790000000,v1=zz", "v1=00"]
        {
            assert_eq!(claim(strange, NOW).err(), Some(Unsigned::Missing), "{strange}");
        }
        let twice = ["t=1790000000,v1=00"; 2].map(|value| value.parse().unwrap());
        let mut both = HeaderMap::new();
        for value in twice {
            both.append(HEADER, value);
        }
        assert_eq!(Claim::of(&both, NOW).err(), Some(Unsigned::Missing));
    }
}
