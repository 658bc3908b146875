//! As whom wilco comes to GitHub: with a token, or as an app that is given one for an hour at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use serde_json::json;
use tokio::time::Instant;

use crate::backend::BackendError;

/// Tokens of an installation hold for an hour; one that is used to the last minute may end on the way.
/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
const TOKEN_HOLDS: Duration = Duration::from_mins(50);
/// GitHub takes no longer ones than ten minutes, and its clock may be a minute behind.
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>
const WORD_HOLDS: Duration = Duration::from_mins(8);
const CLOCKS_DIFFER_BY: Duration = Duration::from_mins(1);

/// Whoever has it is wilco to GitHub. It has no `Debug`, so that no log can have it by accident.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// As whom wilco comes.
pub enum Auth {
    Token(Token),
    App(App),
}

/// A GitHub App: it signs who it is, and is given a token for each owner of repositories.
pub struct App {
    id: u64,
    key: Arc<dyn SigningKey>,
    /// By owner.
    tokens: Mutex<BTreeMap<String, (Token, Instant)>>,
}

impl App {
    /// Takes the app's number and its private key as GitHub gives it, in PEM.
    pub fn open(id: u64, pem: &str) -> Result<Self, BackendError> {
        let wrong = |why: String| {
            BackendError::Refused(format!(
                "the private key of the GitHub App cannot be used: {why}; make a new one under \"Private \
                 keys\" of the app, and name its file in WILCO_GITHUB_APP_KEY_FILE"
            ))
        };
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes());
        let der = der.map_err(|error| wrong(error.to_string()))?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der);
        let key = key.map_err(|error| wrong(error.to_string()))?;
        if key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_none() {
            return Err(wrong("it is no RSA key".into()));
        }
        Ok(Self { id, key, tokens: Mutex::default() })
    }

    /// Returns the token that was given for the repositories of this owner, if it still holds.
    pub fn token(&self, owner: &str) -> Option<Token> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, given) = tokens.get(owner)?;
        (given.elapsed() < TOKEN_HOLDS).then(|| token.clone())
    }

    pub fn keep(&self, owner: &str, token: &Token) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(owner.to_owned(), (token.clone(), Instant::now()));
    }

    /// Forgets a token that GitHub does not take any more.
    pub fn forget(&self, owner: &str) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(owner);
    }

    /// Returns the signed word by which GitHub knows the app for a few minutes, by this machine's clock.
    pub fn word(&self) -> Option<Token> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let (issued, ends) = (now.checked_sub(CLOCKS_DIFFER_BY)?, now + WORD_HOLDS);
        let head = json!({ "alg": "RS256", "typ": "JWT" });
        let claims =
            json!({ "iat": issued.as_secs(), "exp": ends.as_secs(), "iss": self.id.to_string() });
        let parts = [head, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
        let word = parts.join(".");
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])?;
        let signature = signer.sign(word.as_bytes()).ok()?;
        Some(Token(format!("{word}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_said_so() {
        let Err(BackendError::Refused(reason)) = App::open(1, "no key") else { panic!() };
        assert!(reason.contains("WILCO_GITHUB_APP_KEY_FILE"), "{reason}");
    }
}
