//! Whether a call comes from somebody who shares a secret with wilco: HMAC-SHA256 over the bytes as they came.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What calls are signed with. It has no `Debug`, so that no log can have it by accident.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// Anybody can sign with an empty secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is empty")]
pub struct EmptySecret;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is wrong")]
pub struct WrongSignature;

impl Key {
    pub fn new(secret: &str) -> Result<Self, EmptySecret> {
        if secret.trim().is_empty() {
            return Err(EmptySecret);
        }
        let keyed = Hmac::new_from_slice(secret.as_bytes());
        Ok(Self(keyed.expect("HMAC takes keys of any length")))
    }

    /// Returns the signature of these parts, one after the other.
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Checks a signature of these parts, in constant time.
    pub fn check(&self, parts: &[&[u8]], signature: &[u8]) -> Result<(), WrongSignature> {
        self.over(parts).verify_slice(signature).map_err(|_| WrongSignature)
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        for part in parts {
            code.update(part);
        }
        code
    }
}

/// Returns the value of a header that is there once; of two nobody knows which one counts.
pub fn only<'a>(head: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = head.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_nothing_is_refused() {
        for secret in ["", " ", "\n"] {
            assert_eq!(Key::new(secret).err(), Some(EmptySecret));
        }
    }

    #[test]
    fn only_the_whole_signature_of_the_same_bytes_is_right() {
        let key = Key::new("0123456789abcdef").unwrap();
        let right = key.sign(&[b"one", b"body"]);
        let check = |signature: &[u8]| key.check(&[b"one", b"body"], signature);
        assert_eq!(check(&right), Ok(()));
        assert_eq!(check(&right[..31]), Err(WrongSignature));
        assert_eq!(check(&[]), Err(WrongSignature));
        assert_eq!(check(&[&right[..], &[0]].concat()), Err(WrongSignature));
        assert_eq!(key.check(&[b"onebody"], &right), Ok(()), "parts are one text");
        assert_eq!(key.check(&[b"one", b"bodies"], &right), Err(WrongSignature));
        let other = Key::new("0123456789abcdeg").unwrap();
        assert_eq!(other.check(&[b"onebody"], &right), Err(WrongSignature));
    }
}
