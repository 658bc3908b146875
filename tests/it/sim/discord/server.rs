//! HTTP in front of the state: reads a request, lets it fail as ordered, and writes the answer.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::answer::{Call, Refusal, Reply};
use super::fault::Fault;
use super::route::{self, Found};
use super::state::State;
use super::{BOT_TOKEN, World, gateway};
use crate::sim::asked::{self, text};
use crate::sim::sent::Sent;
use crate::sim::wire::{Gate, Wire};

const BODY_MAX: usize = 4 << 20;
const PREFIX: &str = "/api/v10";

/// What answers without a token, since another secret stands in the path, or nothing is secret.
pub const OPEN: &[&str] = &[
    "get_gateway",
    "create_interaction_response",
    "execute_webhook",
    "get_original_webhook_message",
    "update_original_webhook_message",
    "delete_original_webhook_message",
    "get_webhook_message",
    "update_webhook_message",
    "delete_webhook_message",
];

pub async fn serve(gate: Gate, world: Arc<World>) {
    let routes = Router::new()
        .route("/socket", get(gateway::upgrade))
        .route("/socket/resume", get(gateway::upgrade))
        .fallback(call)
        .with_state(world);
    let service = routes.into_make_service_with_connect_info::<Wire>();
    // It ends only with the task.
    axum::serve(gate, service).await.ok();
}

/// An answer that is ready to be written.
struct Written {
    status: u16,
    body: Value,
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::IM_A_TEAPOT);
        // There is always room, unless an order says otherwise.
        let headers = [
            ("x-ratelimit-limit", "1000"),
            ("x-ratelimit-remaining", "999"),
            ("x-ratelimit-reset", "1700000001.000"),
            ("x-ratelimit-reset-after", "1.000"),
            ("x-ratelimit-bucket", "80c17d2f203122d936070c88c8d10f33"),
            (header::CONTENT_TYPE.as_str(), "application/json"),
        ];
        if self.body.is_null() {
            return (status, headers).into_response();
        }
        (status, headers, self.body.to_string()).into_response()
    }
}

async fn call(
    Shared(world): Shared<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let call = match read(&world, request).await {
        Ok(call) => call,
        Err(refusal) => {
            return world.look(|state| state.written(Err(refusal))).into_response();
        }
    };
    let channel = match call.part("channel_id") {
        "" => call.part("guild_id").to_owned(),
        channel => channel.to_owned(),
    };
    let fault = world.change(|state| {
        state.calls.push((call.operation.to_owned(), call.told()));
        let retry_after = Duration::from_secs(1);
        state.faults.take(call.operation, &channel, Fault::RateLimited { retry_after })
    });
    match &fault {
        Some(Fault::RateLimited { retry_after }) => {
            return world.look(|state| limited(state, *retry_after, Scope::Route));
        }
        Some(Fault::RateLimitedGlobally { retry_after }) => {
            return world.look(|state| limited(state, *retry_after, Scope::Everything));
        }
        Some(Fault::ServerErrorBefore) => return broken(),
        Some(Fault::BadGateway) => return bad_gateway(),
        Some(Fault::HangBefore) => pending().await,
        Some(Fault::RedirectedTo(address)) => {
            let location = [(header::LOCATION, address.clone())];
            return (StatusCode::TEMPORARY_REDIRECT, location).into_response();
        }
        Some(Fault::Error { status, code, message }) => {
            let refusal = Refusal::new(*status, *code, message);
            return world.look(|state| state.written(Err(refusal))).into_response();
        }
        _ => {}
    }
    let mut written = world.change(|state| {
        let answer = state.answer(&call);
        state.written(answer)
    });
    match fault {
        Some(Fault::ServerErrorAfterEffect) => broken(),
        Some(Fault::HangAfterEffect) => pending().await,
        Some(Fault::ConnectionCutAfterEffect) => {
            wire.tear();
            pending().await
        }
        Some(Fault::GarbledAnswer) => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{\"id\":tru<html>")
                .into_response()
        }
        Some(Fault::AnswerWithout(field)) => {
            written.body.as_object_mut().and_then(|fields| fields.remove(field));
            written.into_response()
        }
        Some(Fault::SlowBy(time)) => {
            sleep(time).await;
            written.into_response()
        }
        _ => written.into_response(),
    }
}

fn broken() -> Response {
    let body = json!({ "message": "500: Internal Server Error", "code": 0 });
    Written { status: 500, body }.into_response()
}

fn bad_gateway() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Route,
    Everything,
}

/// Source: Rate Limits, "Exceeding a Rate Limit".
fn limited(state: &mut State, retry_after: Duration, scope: Scope) -> Response {
    state.refused += 1;
    let is_global = scope == Scope::Everything;
    let seconds = retry_after.as_secs_f64();
    let body = json!({
        "message": "You are being rate limited.", "retry_after": seconds, "global": is_global,
    });
    let whole = retry_after.as_millis().div_ceil(1_000).to_string();
    let mut response = (
        StatusCode::TOO_MANY_REQUESTS,
        [
            ("retry-after", whole),
            ("x-ratelimit-scope", if is_global { "global" } else { "user" }.to_owned()),
            ("x-ratelimit-reset-after", format!("{seconds:.3}")),
            (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ],
        body.to_string(),
    )
        .into_response();
    if is_global {
        response
            .headers_mut()
            .insert("x-ratelimit-global", header::HeaderValue::from_static("true"));
    }
    response
}

/// Kinds are numbers in Discord's description, and only written as text in an address.
fn as_described(query: &Map<String, Value>) -> Map<String, Value> {
    let mut query = query.clone();
    if let Some(kind) = query.get_mut("type") {
        *kind = kind
            .as_str()
            .and_then(|kind| kind.parse::<u64>().ok())
            .map_or(Value::Null, Value::from);
    }
    query
}

async fn read(world: &World, request: Request) -> Result<Call, Refusal> {
    let (parts, body) = request.into_parts();
    let too_large = || Refusal::new(413, 40_005, "Request entity too large");
    let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| too_large())?;
    let unreadable = || Refusal::new(400, 50_109, "The request body contains invalid JSON.");
    let query =
        Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| unreadable())?;
    let query: Map<_, _> =
        query.0.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str());
    let body = serde_json::from_slice(&bytes).ok();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    world.look(|state| {
        let body = body.clone().unwrap_or_default();
        state.record.keep(Sent { method, path, query: as_described(&query), content_type, body });
    });
    let found = path.strip_prefix(PREFIX).map_or(Found::Nothing, |path| route::find(method, path));
    let (operation, parts_of_path) = match found {
        Found::Operation { name, parts } => (name, parts),
        Found::WrongMethod => return Err(Refusal::new(405, 0, "405: Method Not Allowed")),
        Found::Nothing => {
            let complaint = format!("{method} {path} was asked, which nobody needs");
            world.look(|state| state.complaints.push(complaint));
            return Err(Refusal::new(404, 0, "404: Not Found"));
        }
    };
    if !bytes.is_empty() && !content_type.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Refusal::new(400, 50_035, "Invalid Form Body"));
    }
    if !bytes.is_empty() && body.is_none() {
        return Err(unreadable());
    }
    let token = text(&parts.headers, header::AUTHORIZATION.as_str());
    let is_own = token.is_some_and(|token| token.strip_prefix("Bot ") == Some(BOT_TOKEN));
    let is_authorised = is_own || OPEN.contains(&operation);
    let body = body.unwrap_or_default();
    Ok(Call { operation, parts: parts_of_path, query, body, is_authorised })
}

impl Call {
    /// Everything that was said, as tests look at it: the body, and what stood in path and query.
    fn told(&self) -> Value {
        asked::told(&self.parts, &self.query, &self.body)
    }
}

impl State {
    fn written(&mut self, answer: Result<Reply, Refusal>) -> Written {
        match answer {
            Ok(Reply::Body(body)) => Written { status: 200, body },
            Ok(Reply::Created(body)) => Written { status: 201, body },
            Ok(Reply::Empty) => Written { status: 204, body: Value::Null },
            Err(refusal) => {
                if matches!(refusal.status, 401 | 403) {
                    self.refused += 1;
                }
                Written { status: refusal.status, body: refusal.body() }
            }
        }
    }
}
