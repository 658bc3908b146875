//! HTTP in front of the state: reads a call, lets it fail as ordered, and writes the answer.

use std::future::pending;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Form, FromRequest, Query, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::World;
use super::answer::Args;
use super::fault::Fault;
use super::socket;
use crate::sim::asked::text;
use crate::sim::sent::Sent;
use crate::sim::wire::{Gate, Wire};

const BODY_MAX: usize = 4 << 20;

/// Methods that read no JSON; Slack would take its fields for missing.
const FORM_ONLY: &[&str] = &[
    "chat.getPermalink",
    "conversations.history",
    "conversations.info",
    "conversations.replies",
    "reactions.get",
    "team.info",
    "users.info",
];

pub async fn serve(gate: Gate, world: Arc<World>) {
    let routes =
        Router::new().route("/link", get(socket::upgrade)).fallback(call).with_state(world);
    let service = routes.into_make_service_with_connect_info::<Wire>();
    // It ends only with the task.
    axum::serve(gate, service).await.ok();
}

/// A request as it was read.
struct Call {
    path: String,
    /// A method of the Web API, or `response_url`.
    method: String,
    token: Option<String>,
    args: Args,
}

/// An answer that is ready to be written.
struct Written {
    status: StatusCode,
    content_type: &'static str,
    scopes: String,
    body: String,
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE.as_str(), self.content_type.to_owned()),
            ("x-oauth-scopes", self.scopes),
            ("x-slack-req-id", "0".to_owned()),
        ];
        (self.status, headers, self.body).into_response()
    }
}

async fn call(
    Shared(world): Shared<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let Some(call) = Call::read(&world, request).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let channel = call.args.text("channel").unwrap_or_default().to_owned();
    let fault = world.change(|state| {
        state.calls.push((call.method.clone(), call.args.0.clone().into()));
        state.faults.take(&call.method, &channel, Fault::RateLimited { retry_after_seconds: 1 })
    });
    match &fault {
        Some(Fault::RateLimited { retry_after_seconds }) => return limited(*retry_after_seconds),
        Some(Fault::ServerErrorBefore) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::HangBefore) => pending().await,
        Some(Fault::Error(error)) => return refused(error),
        Some(Fault::RedirectedTo(address)) => {
            let location = [(header::LOCATION, address.clone())];
            return (StatusCode::TEMPORARY_REDIRECT, location).into_response();
        }
        _ => {}
    }
    let written = world.change(|state| call.carry_out(state));
    // The caller may go away while we hang; its effects go on.
    tokio::spawn(async move { world.give_waiting().await });
    match fault {
        Some(Fault::ServerErrorAfterEffect) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::HangAfterEffect) => pending().await,
        Some(Fault::ConnectionCutAfterEffect) => {
            wire.tear();
            pending().await
        }
        Some(Fault::GarbledAnswer) => {
            Written { body: "{\"ok\":tru<html>".to_owned(), ..written }.into_response()
        }
        Some(Fault::SlowBy(time)) => {
            sleep(time).await;
            written.into_response()
        }
        _ => written.into_response(),
    }
}

fn limited(seconds: u64) -> Response {
    let headers = [
        (header::RETRY_AFTER, seconds.to_string()),
        (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
    ];
    let body = json!({ "ok": false, "error": "ratelimited" }).to_string();
    (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
}

fn refused(error: &str) -> Response {
    axum::Json(json!({ "ok": false, "error": error })).into_response()
}

impl Call {
    async fn read(world: &World, request: Request) -> Option<Call> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY_MAX).await.ok()?;
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).ok()?.0;
        let query = fields(query);
        let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str());
        let body = arguments(&bytes, content_type.unwrap_or_default()).await?;
        let path = parts.uri.path().to_owned();
        world.look(|state| {
            state.record.keep(Sent {
                method: parts.method.as_str(),
                path: &path,
                query: query.clone(),
                content_type,
                body: body.clone().into(),
            });
        });
        let method = path.strip_prefix("/api/").unwrap_or("response_url").to_owned();
        let is_json = content_type.is_some_and(|kind| kind.starts_with("application/json"));
        if is_json && !body.is_empty() && FORM_ONLY.contains(&method.as_str()) {
            let complaint = format!("{method} reads a form or the query, not JSON");
            world.look(|state| state.complaints.push(complaint));
        }
        let mut args = query;
        args.extend(body);
        let bearer = text(&parts.headers, header::AUTHORIZATION.as_str())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        let named = args.remove("token").and_then(|token| token.as_str().map(str::to_owned));
        Some(Call { path, method, token: bearer.or(named), args: Args(args) })
    }

    fn carry_out(&self, state: &mut super::state::State) -> Written {
        state.listen_for_shouts(&self.method, &self.args);
        let scopes = state.scopes.join(",");
        if self.method == "response_url" {
            let (status, body) = state.respond(&self.path, &self.args);
            return Written { status, content_type: "text/html", scopes, body };
        }
        let answer = state.answer(&self.method, self.token.as_deref(), &self.args);
        let content_type = "application/json; charset=utf-8";
        Written { status: StatusCode::OK, content_type, scopes, body: answer.to_string() }
    }
}

fn fields(pairs: Vec<(String, String)>) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

/// The fields of a body; none when it is neither JSON nor a form.
async fn arguments(bytes: &[u8], content_type: &str) -> Option<Map<String, Value>> {
    if bytes.is_empty() {
        return Some(Map::new());
    }
    if content_type.starts_with("application/json") {
        return serde_json::from_slice(bytes).ok();
    }
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(bytes.to_vec()))
        .ok()?;
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
    Some(fields(form.0))
}
