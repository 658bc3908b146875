//! Plain requests, as a client of GitHub's API makes them.

use std::io;

use serde_json::{Value, json};

use crate::sim::github::{Github, TOKEN};
use crate::sim::plain_http::{Request, Response, send};

pub const DISPATCHES: &str = "/repos/acme/api/actions/workflows/deploy.yml/dispatches";

/// Whose request it is, and what else it says.
#[derive(Clone, Copy)]
pub struct Says<'a> {
    pub token: Option<&'a str>,
    pub headers: &'a [(&'a str, &'a str)],
}

impl Says<'_> {
    /// The usual.
    pub const USUAL: Says<'static> =
        Says { token: Some(TOKEN), headers: &[("user-agent", "wilco")] };

    pub fn with(token: &str) -> Says<'_> {
        Says { token: Some(token), ..Says::USUAL }
    }
}

pub async fn try_ask_as(
    github: &Github,
    says: Says<'_>,
    (method, path): (&str, &str),
    body: Value,
) -> io::Result<Response> {
    let url = if path.starts_with("http") {
        path.to_owned()
    } else {
        format!("{}{path}", github.api_url())
    };
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut headers: Vec<_> = says.headers.iter().map(owned).collect();
    if let Some(token) = says.token {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(&Request { method, url: &url, headers, body }).await
}

pub async fn ask_as(github: &Github, says: Says<'_>, place: (&str, &str), body: Value) -> Response {
    try_ask_as(github, says, place, body).await.unwrap()
}

/// Asks with the usual token; a null body is none.
pub async fn ask(github: &Github, method: &str, path: &str, body: Value) -> Response {
    ask_as(github, Says::USUAL, (method, path), body).await
}

pub async fn get(github: &Github, path: &str) -> Response {
    ask(github, "GET", path, Value::Null).await
}

/// What is there.
pub async fn read(github: &Github, path: &str) -> Value {
    let answer = get(github, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// The status of an answer and its message.
pub fn told(answer: &Response) -> (u16, String) {
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    (answer.status, message)
}

/// What a dispatch of the usual workflow says.
pub fn order(key: &str, commit: &str) -> Value {
    let inputs = json!({ "deployment": "42", "op_key": key, "commit": commit });
    json!({ "ref": "main", "inputs": inputs, "return_run_details": true })
}

/// Starts a run of the usual workflow and returns it.
pub async fn dispatch(github: &Github, key: &str, commit: &str) -> u64 {
    let answer = ask(github, "POST", DISPATCHES, order(key, commit)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["workflow_run_id"].as_u64().unwrap()
}
