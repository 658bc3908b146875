//! HTTP in place of Socket Mode, seen from an application that takes such requests.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{ANA, DEPLOYS, workspace};
use crate::sim::slack::{COMMAND, Forgery, Slack};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// What came, and how often the next ones are refused.
#[derive(Default)]
struct Application {
    requests: Vec<(HeaderMap, String)>,
    refuses: usize,
    answer: String,
}

type Shared = Arc<Mutex<Application>>;

async fn take(State(app): State<Shared>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let mut app = app.lock().unwrap();
    app.requests.push((headers, body));
    if app.refuses > 0 {
        app.refuses -= 1;
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    (StatusCode::OK, app.answer.clone())
}

async fn application(slack: &Slack) -> Shared {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
    let app = Shared::default();
    let routes = Router::new().route("/slack/events", post(take)).with_state(app.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    slack.http_mode(&url, SECRET);
    app
}

fn header<'a>(request: &'a (HeaderMap, String), name: &str) -> &'a str {
    request.0.get(name).map_or("", |value| value.to_str().unwrap())
}

fn is_signed(request: &(HeaderMap, String)) -> bool {
    let timestamp = header(request, "x-slack-request-timestamp");
    let signature = header(request, "x-slack-signature");
    let verifier = slack_morphism::signature_verifier::SlackEventSignatureVerifier::new(
        &SECRET.to_owned().into(),
    );
    verifier.verify(signature, &request.1, timestamp).is_ok()
}

#[tokio::test]
async fn events_are_signed_and_tried_again_until_they_are_taken() {
    let slack = workspace().await;
    let app = application(&slack).await;
    app.lock().unwrap().refuses = 2;
    slack.mention(ANA, DEPLOYS, "deploy api").await;
    let app = app.lock().unwrap();
    let numbers: Vec<_> =
        app.requests.iter().map(|request| header(request, "x-slack-retry-num")).collect();
    assert_eq!(numbers, ["", "1", "2"]);
    assert_eq!(header(&app.requests[1], "x-slack-retry-reason"), "http_error");
    assert!(app.requests.iter().all(is_signed));
    let event: Value = serde_json::from_str(&app.requests[0].1).unwrap();
    assert_eq!(event["event"]["type"], "app_mention");
    assert!(slack.envelopes().is_empty(), "nothing goes over a socket");
}

#[tokio::test]
async fn commands_and_interactions_come_as_forms_and_only_once() {
    let slack = workspace().await;
    let app = application(&slack).await;
    app.lock().unwrap().answer = json!({ "text": "Looking …" }).to_string();
    slack.slash(ANA, DEPLOYS, "deploy api & web").await.unwrap();
    assert_eq!(slack.ephemerals(None, None)[0].text, "Looking …");
    app.lock().unwrap().refuses = 1;
    assert_eq!(slack.slash(ANA, DEPLOYS, "again").await, None);
    let home = json!({ "type": "home", "blocks": [{ "type": "actions", "elements": [{
        "type": "button", "action_id": "go", "text": { "type": "plain_text", "text": "Go" },
    }] }] });
    super::client::call(&slack, "views.publish", json!({ "user_id": ANA, "view": home })).await;
    slack.press_at_home(ANA, "go").await.unwrap();
    let app = app.lock().unwrap();
    assert_eq!(app.requests.len(), 3);
    assert!(app.requests.iter().all(is_signed));
    let command = &app.requests[0].1;
    assert!(command.contains("text=deploy+api+%26+web"), "{command}");
    assert!(command.contains(&format!("command={}", COMMAND.replace('/', "%2F"))), "{command}");
    assert!(app.requests[2].1.starts_with("payload=%7B"));
}

#[tokio::test]
async fn a_forged_request_does_not_verify() {
    let slack = workspace().await;
    let app = application(&slack).await;
    for forgery in [Forgery::WrongSignature, Forgery::AnotherBody, Forgery::OldTimestamp] {
        assert_eq!(slack.forge(ANA, "deploy api", forgery).await, Some(200));
        let request = app.lock().unwrap().requests.pop().unwrap();
        assert!(!is_signed(&request), "{forgery:?}");
    }
}

#[tokio::test]
async fn the_challenge_must_come_back() {
    let slack = workspace().await;
    let app = application(&slack).await;
    assert!(!slack.verify_url().await);
    let asked: Value = serde_json::from_str(&app.lock().unwrap().requests[0].1).unwrap();
    assert_eq!(asked["type"], "url_verification");
    app.lock().unwrap().answer = asked["challenge"].as_str().unwrap().to_owned();
    assert!(slack.verify_url().await);
}
