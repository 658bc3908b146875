//! Whether a call really comes from Slack.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use axum::http::HeaderMap;

use wilco_core::hex::unhex;
use wilco_core::time::Timestamp;

use crate::http::signed::{Key, only};

/// A call may be this old, and its stamp this far ahead of our clock.
const AGE_SECONDS_MAX: u64 = 300;

/// What Slack signs its calls with.
#[derive(Clone)]
pub struct SigningSecret(Key);

/// Anybody can sign with an empty secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Slack's signing secret is empty. Copy it from \"Basic Information\" of the app's settings."
)]
pub struct EmptySecret;

/// Why a call is not taken for one of Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    #[error("its signature is missing or not written as Slack writes it")]
    Missing,
    #[error("its time stamp is more than five minutes from now")]
    Stale,
    #[error("its signature is wrong")]
    Wrong,
}

/// What a call says of its signature; whether it is true shows with the body.
pub(super) struct Claim {
    stamp: String,
    signature: Vec<u8>,
}

impl SigningSecret {
    pub fn new(secret: &str) -> Result<Self, EmptySecret> {
        Key::new(secret).map(Self).map_err(|_| EmptySecret)
    }

    /// Checks the signature over the body as it came over the wire, in constant time.
    pub(super) fn check(&self, claim: &Claim, body: &[u8]) -> Result<(), Unsigned> {
        let parts = [b"v0:", claim.stamp.as_bytes(), b":", body];
        self.0.check(&parts, &claim.signature).map_err(|_| Unsigned::Wrong)
    }
}

impl Claim {
    /// Reads it from the head, so that nothing more is read of a call that cannot be Slack's.
    pub fn of(head: &HeaderMap, now: Timestamp) -> Result<Self, Unsigned> {
        let stamp = only(head, "x-slack-request-timestamp").ok_or(Unsigned::Missing)?;
        let signature = only(head, "x-slack-signature").ok_or(Unsigned::Missing)?;
        let seconds = Some(stamp).filter(|stamp| stamp.bytes().all(|b| b.is_ascii_digit()));
        let seconds = seconds.and_then(|stamp| stamp.parse::<i64>().ok());
        let seconds = seconds.ok_or(Unsigned::Missing)?;
        if now.0.div_euclid(1000).abs_diff(seconds) > AGE_SECONDS_MAX {
            return Err(Unsigned::Stale);
        }
        let signature = signature.strip_prefix("v0=").and_then(unhex).ok_or(Unsigned::Missing)?;
        Ok(Self { stamp: stamp.to_owned(), signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_nothing_is_refused() {
        for secret in ["", " ", "\n"] {
            assert_eq!(SigningSecret::new(secret).err(), Some(EmptySecret));
        }
    }

    #[test]
    fn an_empty_signature_or_the_beginning_of_one_is_wrong() {
        let secret = SigningSecret::new("0123456789abcdef").unwrap();
        let right = secret.0.sign(&[b"v0:1790000000:body"]);
        let claim = |bytes: &[u8]| Claim { stamp: "1790000000".into(), signature: bytes.to_vec() };
        assert_eq!(secret.check(&claim(&right), b"body"), Ok(()));
        assert_eq!(secret.check(&claim(&right[..31]), b"body"), Err(Unsigned::Wrong));
        assert_eq!(secret.check(&claim(&[]), b"body"), Err(Unsigned::Wrong));
        let longer = [&right[..], &[0]].concat();
        assert_eq!(secret.check(&claim(&longer), b"body"), Err(Unsigned::Wrong));
    }
}
