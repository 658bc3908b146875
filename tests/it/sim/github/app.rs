//! A GitHub App: its signed word, its installations, and the tokens that it gets for them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::Utc;
use rustls::SignatureScheme;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::access::{Holder, Installation, Token};
use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::written;
use super::person::person;
use super::state::{Repository, State};
use super::{APP_ID, APP_KEY, APP_SLUG};

/// Source: "Generating a JSON Web Token (JWT) for a GitHub App".
const WORD_LIVES_SECONDS: i64 = 600;
/// Source: "Generating an installation access token for a GitHub App".
const TOKEN_LIVES: Duration = Duration::from_hours(1);
/// What an RSA key of 2,048 bits stands behind in its usual wrapping.
const WRAPPING_BYTES: usize = 24;

impl Call {
    /// Refuses whoever is not the app. A word is held against the time of day and not against the clock that
    /// a test moves, since who signs it knows only the former.
    pub fn as_app(&self) -> Result<(), Refusal> {
        let requires = || Refusal::new(401, "Requires authentication");
        let word = self.token.as_deref().ok_or_else(requires)?;
        let undecoded = || Refusal::new(401, "A JSON web token could not be decoded");
        let claims = claims(word).ok_or_else(undecoded)?;
        let refused = |why: &str| Err(Refusal::new(401, why));
        let now = Utc::now().timestamp();
        let issuer = claims["iss"].as_u64();
        let issuer = issuer.or_else(|| claims["iss"].as_str()?.parse().ok());
        if claims["iss"].is_null() {
            return refused("Missing 'issuer' claim ('iss') in assertion");
        }
        if issuer != Some(APP_ID) {
            return Err(Refusal::new(404, "Integration not found"));
        }
        match claims["iat"].as_i64() {
            Some(issued) if issued <= now + 5 => {}
            _ => {
                return refused(
                    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
                );
            }
        }
        match claims["exp"].as_i64() {
            Some(expires) if expires > now + WORD_LIVES_SECONDS => {
                refused("'Expiration time' claim ('exp') is too far in the future")
            }
            Some(expires) if expires > now => Ok(()),
            _ => refused(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            ),
        }
    }
}

impl State {
    pub fn show_app(&self) -> Value {
        json!({
            "id": APP_ID,
            "slug": APP_SLUG,
            "node_id": "A_1",
            "client_id": "Iv1.0123456789abcdef",
            "owner": person("acme", &self.base),
            "name": "wilco",
            "description": null,
            "external_url": "https://example.com",
            "html_url": format!("{}/apps/{APP_SLUG}", self.base),
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": "2024-01-01T00:00:00Z",
            "permissions": permissions(),
            "events": ["workflow_run", "push"],
            "installations_count": self.installations.len(),
        })
    }

    fn show_installation(&self, id: u64, installation: &Installation) -> Value {
        let account = &installation.account;
        json!({
            "id": id,
            "account": person(account, &self.base),
            "repository_selection": "selected",
            "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", self.base),
            "repositories_url": format!("{}/installation/repositories", self.base),
            "html_url": format!("{}/organizations/{account}/settings/installations/{id}", self.base),
            "app_id": APP_ID,
            "app_slug": APP_SLUG,
            "target_id": super::person::number(account),
            "target_type": "Organization",
            "permissions": permissions(),
            "events": ["workflow_run", "push"],
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": "2024-01-01T00:00:00Z",
            "single_file_name": null,
            "suspended_by": null,
            "suspended_at": null,
        })
    }

    pub fn list_installations(&self, call: &Call) -> Reply {
        let all: Vec<_> =
            self.installations.iter().map(|(id, one)| self.show_installation(*id, one)).collect();
        call.page().bare(&all)
    }

    pub fn get_installation(&self, call: &Call) -> Answer {
        let id = call.number("installation_id")?;
        let found = self.installations.get(&id).ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_installation(id, found)))
    }

    pub fn installation_of(&self, call: &Call) -> Answer {
        let repository = call.repository();
        let mut all = self.installations.iter();
        let found = all.find(|(_, one)| one.repositories.contains(&repository));
        let (id, found) = found.ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_installation(*id, found)))
    }

    /// Source: "Create an installation access token for an app".
    pub fn create_token(&mut self, call: &Call) -> Answer {
        call.only(&["repositories", "repository_ids", "permissions"])?;
        let id = call.number("installation_id")?;
        let found = self.installations.get(&id).ok_or_else(Refusal::not_found)?;
        let mut repositories = found.repositories.clone();
        if let Some(names) = call.texts("repositories")? {
            let full = |name: &&str| format!("{}/{name}", found.account);
            let asked: BTreeSet<String> = names.iter().map(full).collect();
            if !asked.is_subset(&repositories) {
                let told = "There is at least one repository that does not exist or is not accessible to the parent installation.";
                return Err(Refusal::unprocessable(told));
            }
            repositories = asked;
        }
        let mut granted = permissions();
        if let Some(asked) = call.body["permissions"].as_object() {
            granted.clear();
            for (name, level) in asked {
                let known = permissions().get(name).cloned();
                let level = level.as_str().unwrap_or_default().to_owned();
                if known.is_none_or(|most| most == "read" && level != "read") {
                    let told = "The permissions requested are not granted to this installation.";
                    return Err(Refusal::unprocessable(told));
                }
                granted.insert(name.clone(), level);
            }
            granted.insert("metadata".to_owned(), "read".to_owned());
        }
        let expires = self.clock.now() + TOKEN_LIVES;
        let token = format!("ghs_{:036}", self.numbers.next());
        self.tokens.insert(
            token.clone(),
            Token {
                holder: Holder::Installation(id),
                repositories: Some(repositories.clone()),
                permissions: Some(granted.clone()),
                expires: Some(expires),
            },
        );
        let shown: Vec<_> = repositories
            .iter()
            .filter_map(|name| self.repositories.get(name).map(Repository::minimal))
            .collect();
        Ok(Reply::Created(json!({
            "token": token,
            "expires_at": written(expires),
            "permissions": granted,
            "repository_selection": "selected",
            "repositories": shown,
        })))
    }
}

/// What the app was granted everywhere: the least that a deployment needs.
fn permissions() -> BTreeMap<String, String> {
    [
        ("actions", "write"),
        ("checks", "read"),
        ("contents", "write"),
        ("deployments", "write"),
        ("metadata", "read"),
        ("pull_requests", "read"),
        ("statuses", "read"),
    ]
    .map(|(name, level)| (name.to_owned(), level.to_owned()))
    .into()
}

/// What a word says, if the app's key signed it.
fn claims(word: &str) -> Option<Value> {
    let (signed, signature) = word.rsplit_once('.')?;
    let (head, body) = signed.split_once('.')?;
    let head: Value = serde_json::from_slice(&decoded(head)?).ok()?;
    if head["alg"] != "RS256" {
        return None;
    }
    let key = PrivateKeyDer::from_pem_slice(APP_KEY.as_bytes()).expect("a key");
    let key = ring::sign::any_supported_type(&key).expect("an RSA key");
    let public = key.public_key().expect("every RSA key has one");
    let known = ring::default_provider().signature_verification_algorithms;
    let of_scheme = known.mapping.iter().find(|one| one.0 == SignatureScheme::RSA_PKCS1_SHA256)?;
    let signature = decoded(signature)?;
    let is_good = of_scheme.1.iter().any(|algorithm| {
        let public = &public[WRAPPING_BYTES..];
        algorithm.verify_signature(public, signed.as_bytes(), &signature).is_ok()
    });
    is_good.then(|| serde_json::from_slice(&decoded(body)?).ok()).flatten()
}

/// Bytes out of base64 as it stands in addresses.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut number, mut bits) = (0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        number = (number << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((number >> bits) & 0xff).ok()?);
            number &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}
