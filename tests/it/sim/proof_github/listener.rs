//! Somebody whom webhooks are told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

/// What was posted, as it came.
#[derive(Clone)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: String,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The event, with its action if it has one.
    pub fn what(&self) -> String {
        let body = self.json();
        let action = body["action"].as_str().map(|action| format!(".{action}"));
        format!("{}{}", self.header("x-github-event"), action.unwrap_or_default())
    }
}

#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<Heard>>>,
}

pub struct Listener {
    pub url: String,
    ear: Ear,
}

impl Listener {
    pub async fn open() -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks/github", listener.local_addr().unwrap());
        let ear = Ear::default();
        let routes = Router::new().fallback(hear).with_state(ear.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        Listener { url, ear }
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.ear.heard.lock().unwrap().clone()
    }

    /// Every event that was told, in order.
    pub fn events(&self) -> Vec<String> {
        self.heard().iter().map(Heard::what).collect()
    }

    pub fn forget(&self) {
        self.ear.heard.lock().unwrap().clear();
    }
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: String) -> StatusCode {
    ear.heard.lock().unwrap().push(Heard { headers, body });
    StatusCode::ACCEPTED
}
