//! Who may see and do what, by token and as an app.

use std::time::Duration;

use chrono::Utc;
use rustls::SignatureScheme;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::client::{Says, ask, ask_as, get, read, told};
use super::{API, opened};
use crate::sim::github::{APP_ID, APP_KEY, APP_SLUG, Github, INSTALLATION, TOKEN};

/// Bytes as they stand in a word of an app.
fn encoded(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1)).collect();
    let six = bits.chunks(6).map(|six| {
        let value = (0..6).fold(0, |value, at| (value << 1) | six.get(at).copied().unwrap_or(0));
        char::from(digits[usize::from(value)])
    });
    six.collect()
}

/// What says these claims, signed by the app.
fn signed(head: &Value, claims: &Value) -> String {
    let said = format!(
        "{}.{}",
        encoded(head.to_string().as_bytes()),
        encoded(claims.to_string().as_bytes())
    );
    let key = PrivateKeyDer::from_pem_slice(APP_KEY.as_bytes()).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).unwrap();
    format!("{said}.{}", encoded(&signer.sign(said.as_bytes()).unwrap()))
}

fn word(issuer: &Value, age_seconds: i64, lives_seconds: i64) -> String {
    let now = Utc::now().timestamp();
    let mut claims = json!({ "iat": now - age_seconds, "exp": now + lives_seconds });
    if !issuer.is_null() {
        claims["iss"] = issuer.clone();
    }
    signed(&json!({ "alg": "RS256", "typ": "JWT" }), &claims)
}

/// A token of the app for everything that it may see.
pub async fn installed(github: &Github) -> String {
    let answer = exchange(github, Value::Null).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn exchange(github: &Github, body: Value) -> crate::sim::plain_http::Response {
    let own = word(&json!(APP_ID), 60, 540);
    let path = format!("/app/installations/{INSTALLATION}/access_tokens");
    ask_as(github, Says::with(&own), ("POST", &path), body).await
}

#[tokio::test]
async fn whoever_has_no_token_that_is_known_gets_nothing() {
    let (github, _) = opened().await;
    let ask = |says| {
        let github = github.clone();
        async move { told(&ask_as(&github, says, ("GET", "/repos/acme/api"), Value::Null).await) }
    };
    let nobody = Says { token: None, ..Says::USUAL };
    assert_eq!(ask(nobody).await, (401, "Requires authentication".to_owned()));
    assert_eq!(ask(Says::with("ghp_other")).await, (401, "Bad credentials".to_owned()));
    assert_eq!(ask(Says::USUAL).await.0, 200);
    github.revoke(TOKEN);
    assert_eq!(ask(Says::USUAL).await, (401, "Bad credentials".to_owned()));
    assert_eq!(github.refused_requests(), 3);
}

#[tokio::test]
async fn whoever_does_not_say_what_they_are_is_turned_away() {
    let (github, _) = opened().await;
    let nameless = Says { headers: &[], ..Says::USUAL };
    let answer = ask_as(&github, nameless, ("GET", "/repos/acme/api"), Value::Null).await;
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("make sure your request has a User-Agent header"));
}

#[tokio::test]
async fn a_repository_that_a_token_does_not_see_is_not_there() {
    let (github, first) = opened().await;
    github.repository("acme/secret");
    github.token("ghp_small", "ben", &[API], &[("actions", "read"), ("contents", "read")]);
    let small = Says::with("ghp_small");
    for (path, status) in [
        ("/repos/acme/api", 200),
        ("/repos/acme/api/commits/main", 200),
        ("/repos/acme/secret", 404),
        ("/repos/acme/nothing", 404),
        ("/repos/acme/api/deployments", 403),
        ("/user", 200),
        ("/rate_limit", 200),
    ] {
        let answer = ask_as(&github, small, ("GET", path), Value::Null).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let claim = json!({ "ref": "refs/heads/x", "sha": first });
    let answer = ask_as(&github, small, ("POST", "/repos/acme/api/git/refs"), claim).await;
    assert_eq!(told(&answer), (403, "Resource not accessible by personal access token".to_owned()));
}

#[tokio::test]
async fn an_app_is_known_by_its_signed_word() {
    let (github, _) = opened().await;
    let ask = |word: String| {
        let github = github.clone();
        async move { ask_as(&github, Says::with(&word), ("GET", "/app"), Value::Null).await }
    };
    for issuer in [json!(APP_ID), json!(APP_ID.to_string())] {
        let answer = ask(word(&issuer, 60, 540)).await;
        assert_eq!((answer.status, &answer.json()["slug"]), (200, &json!(APP_SLUG)));
    }
    let own = json!(APP_ID);
    let undecoded = "A JSON web token could not be decoded";
    let good = word(&own, 60, 540);
    let (said, signature) = good.rsplit_once('.').unwrap();
    let another = word(&own, 61, 540);
    let another = another.rsplit_once('.').unwrap().0;
    let unsigned = signed(&json!({ "alg": "none" }), &json!({ "iss": APP_ID }));
    for (word, status, message) in [
        (word(&Value::Null, 60, 540), 401, "Missing 'issuer' claim ('iss') in assertion"),
        (word(&json!("7"), 60, 540), 404, "Integration not found"),
        (word(&own, 60, 700), 401, "'Expiration time' claim ('exp') is too far in the future"),
        (word(&own, 60, -1), 401, "'Expiration time' claim ('exp') must be a numeric value"),
        (word(&own, -60, 540), 401, "'Issued at' claim ('iat') must be an Integer"),
        (format!("{another}.{signature}"), 401, undecoded),
        (format!("{said}.AAAA"), 401, undecoded),
        (unsigned, 401, undecoded),
        (TOKEN.to_owned(), 401, undecoded),
    ] {
        let (seen, said) = told(&ask(word).await);
        assert!(seen == status && said.starts_with(message), "{seen} {said}");
    }
}

#[tokio::test]
async fn an_app_gets_tokens_that_live_an_hour() {
    let (github, _) = opened().await;
    github.repository("other/api");
    let own = word(&json!(APP_ID), 60, 540);
    let path = "/app/installations";
    let all = ask_as(&github, Says::with(&own), ("GET", path), Value::Null).await.json();
    assert_eq!(
        (&all[0]["id"], &all[0]["account"]["login"]),
        (&json!(INSTALLATION), &json!("acme"))
    );
    for (path, status) in [
        ("/repos/acme/api/installation", 200),
        ("/repos/other/api/installation", 404),
        (&format!("{path}/{INSTALLATION}"), 200),
        (&format!("{path}/7"), 404),
    ] {
        let answer = ask_as(&github, Says::with(&own), ("GET", path), Value::Null).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let token = installed(&github).await;
    let app = Says::with(&token);
    let read_as = |path| {
        let (github, app) = (github.clone(), app);
        async move { ask_as(&github, app, ("GET", path), Value::Null).await.status }
    };
    assert_eq!(read_as("/repos/acme/api").await, 200);
    assert_eq!(read_as("/repos/other/api").await, 404);
    assert_eq!(read_as("/user").await, 403);
    assert_eq!(read_as("/app").await, 401);
    github.skip(Duration::from_secs(3_599));
    assert_eq!(read_as("/repos/acme/api").await, 200);
    github.skip(Duration::from_secs(1));
    assert_eq!(read_as("/repos/acme/api").await, 401);
}

#[tokio::test]
async fn a_token_can_be_asked_for_with_less() {
    let (github, first) = opened().await;
    let body = json!({ "repositories": ["api"], "permissions": { "actions": "write", "contents": "read" } });
    let answer = exchange(&github, body).await;
    assert_eq!(answer.json()["permissions"]["metadata"], "read");
    assert_eq!(answer.json()["repositories"][0]["full_name"], API);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let claim = json!({ "ref": "refs/heads/x", "sha": first });
    let answer =
        ask_as(&github, Says::with(&token), ("POST", "/repos/acme/api/git/refs"), claim).await;
    assert_eq!(told(&answer), (403, "Resource not accessible by integration".to_owned()));
    let order = super::client::order("k1", &first);
    let dispatched =
        ask_as(&github, Says::with(&token), ("POST", super::client::DISPATCHES), order).await;
    assert_eq!(dispatched.status, 200);
    assert_eq!(github.at(API).runs()[0].actor, format!("{APP_SLUG}[bot]"));
    for body in [
        json!({ "repositories": ["nothing"] }),
        json!({ "permissions": { "checks": "write" } }),
        json!({ "permissions": { "administration": "read" } }),
    ] {
        assert_eq!(exchange(&github, body).await.status, 422);
    }
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_noted() {
    let (github, _) = opened().await;
    assert_eq!(get(&github, "/repos/acme/api/forks").await.status, 404);
    assert_eq!(github.complaints(), ["GET /repos/acme/api/forks was asked, which nobody needs"]);
    assert_eq!(ask(&github, "POST", "/repos/acme/api", Value::Null).await.status, 404);
    assert_eq!(read(&github, "/user").await["type"], "User");
}
