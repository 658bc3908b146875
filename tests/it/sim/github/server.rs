//! HTTP in front of the state: reads a request, lets it fail as ordered, and writes the answer.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::access::Holder;
use super::answer::{Answer, Call, Refusal, Reply};
use super::dispatch::{Fate, Oddity};
use super::fault::Fault;
use super::history::hash;
use super::limit::{exceeded, secondary};
use super::route::{self, Found, Need};
use super::state::State;
use super::{World, hook};
use crate::sim::asked::{self, text};
use crate::sim::sent::Sent;
use crate::sim::wire::{Gate, Wire};

const BODY_MAX: usize = 4 << 20;
/// Where GitHub Enterprise Server has what else stands at the root.
const ENTERPRISE: &str = "/api/v3";
const LOGS: &str = "/_logs/";

pub async fn serve(gate: Gate, world: Arc<World>) {
    let routes = Router::new().fallback(call).with_state(world.clone());
    let service = routes.into_make_service_with_connect_info::<Wire>();
    let server = async { axum::serve(gate, service).await.ok() };
    // They end only with the task.
    tokio::join!(server, hook::keep_going(world));
}

/// A request, and what its answer's headers depend on.
struct Asked {
    call: Call,
    method: String,
    path: String,
    if_none_match: String,
    /// What GitHub calls this request when asked about it.
    id: String,
}

/// An answer that is ready to be written.
struct Written {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Written {
    fn json(status: u16, body: &Value) -> Written {
        let kind = "application/json; charset=utf-8".to_owned();
        let headers = vec![(header::CONTENT_TYPE.as_str(), kind)];
        Written { status, headers, body: body.to_string() }
    }

    fn text(status: u16, body: &str) -> Written {
        let kind = "text/plain; charset=utf-8".to_owned();
        let headers = vec![(header::CONTENT_TYPE.as_str(), kind)];
        Written { status, headers, body: body.to_owned() }
    }

    fn empty(status: u16) -> Written {
        Written { status, headers: Vec::new(), body: String::new() }
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::IM_A_TEAPOT);
        let mut response = (status, self.body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            let value = value.parse().expect("a header's value");
            response.headers_mut().insert(name, value);
        }
        response
    }
}

async fn call(
    Shared(world): Shared<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    if let Some(log) = request.uri().path().strip_prefix(LOGS) {
        return world.look(|state| state.log(log)).into_response();
    }
    let asked = match read(&world, request).await {
        Ok(asked) => asked,
        Err(written) => return written.into_response(),
    };
    let fault = world.change(|state| {
        state.advance();
        state.calls.push((asked.call.operation, asked.call.told()));
        let too_many = Fault::SecondaryLimit { status: 403, retry_after: Duration::from_mins(1) };
        state.faults.take(asked.call.operation, &asked.call.repository(), too_many)
    });
    let mut oddity = Oddity::default();
    match &fault {
        Some(Fault::SecondaryLimit { .. } | Fault::PrimaryLimit { .. } | Fault::Error { .. }) => {
            return world
                .change(|state| state.refused_on_order(&asked, fault.as_ref()))
                .into_response();
        }
        Some(Fault::ServerErrorBefore(status)) => return broken(*status),
        Some(Fault::RedirectedTo { status, address }) => {
            let body = json!({ "message": "Moved", "url": address });
            let mut written = Written::json(*status, &body);
            written.headers.push((header::LOCATION.as_str(), address.clone()));
            return written.into_response();
        }
        Some(Fault::ConnectionCutBefore) => return cut(&wire).await,
        Some(Fault::HangBefore) => return pending().await,
        Some(Fault::OtherCommit(sha)) => oddity.commit = Some(sha.clone()),
        Some(Fault::Unlisted) => oddity.fate = Fate::Unlisted,
        Some(Fault::NeverBegun) => oddity.fate = Fate::NeverBegun,
        Some(Fault::Twice) => oddity.fate = Fate::Twice,
        _ => {}
    }
    let mut written = world.change(|state| {
        let written = state.handled(&asked, oddity);
        state.advance();
        written
    });
    match fault {
        Some(Fault::ServerErrorAfterEffect(status)) => return broken(status),
        Some(Fault::ConnectionCutAfterEffect) => return cut(&wire).await,
        Some(Fault::HangAfterEffect) => return pending().await,
        Some(Fault::GarbledAnswer) => "{\"id\":tru<html>".clone_into(&mut written.body),
        Some(Fault::AnswerWithout(field)) => {
            let mut body: Value = serde_json::from_str(&written.body).unwrap_or_default();
            body.as_object_mut().and_then(|fields| fields.remove(field));
            written.body = body.to_string();
        }
        Some(Fault::SlowBy(time)) => sleep(time).await,
        _ => {}
    }
    written.into_response()
}

/// The page that stands in front of GitHub when what is behind it fails.
fn broken(status: u16) -> Response {
    if status == 500 {
        return Written::empty(500).into_response();
    }
    let body = json!({ "message": "Server Error" });
    Written::json(status, &body).into_response()
}

async fn cut(wire: &Wire) -> Response {
    wire.tear();
    pending().await
}

async fn read(world: &World, request: Request) -> Result<Asked, Written> {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| Written::empty(413))?;
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let query = query.map_err(|_| Written::empty(400))?.0;
    let query: Map<_, _> =
        query.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str());
    let body: Option<Value> =
        if bytes.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&bytes).ok() };
    let id = world.look(|state| {
        let body = body.clone().unwrap_or_default();
        state.record.keep(Sent { method, path, query: query.clone(), content_type, body });
        state.requests += 1;
        format!("{:04X}:{:06X}", state.requests, state.requests)
    });
    let refused = |refusal: Refusal| {
        world.look(|state| {
            if matches!(refusal.status, 401 | 403) {
                state.refused += 1;
            }
        });
        let mut written = Written::json(refusal.status, &refusal.body(""));
        written.headers.push(("x-github-request-id", id.clone()));
        written
    };
    if text(&parts.headers, header::USER_AGENT.as_str()).is_none() {
        let told = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.";
        world.look(|state| state.refused += 1);
        return Err(Written::text(403, told));
    }
    let below = path.strip_prefix(ENTERPRISE).unwrap_or(path);
    let Found::Operation { name: operation, parts: parts_of_path } = route::find(method, below)
    else {
        let complaint = format!("{method} {path} was asked, which nobody needs");
        world.look(|state| state.complaints.push(complaint));
        return Err(refused(Refusal::not_found()));
    };
    let body = body.ok_or_else(|| refused(Refusal::new(400, "Problems parsing JSON")))?;
    let authorization = text(&parts.headers, header::AUTHORIZATION.as_str());
    let token = authorization.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let is_known = ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str());
        is_known.then(|| token.to_owned())
    });
    let header = |name| text(&parts.headers, name).unwrap_or_default().to_owned();
    let accept = header(header::ACCEPT.as_str());
    let call = Call { operation, parts: parts_of_path, query, body, token, accept };
    let if_none_match = header(header::IF_NONE_MATCH.as_str());
    let (method, path) = (method.to_owned(), path.to_owned());
    Ok(Asked { call, method, path, if_none_match, id })
}

impl Call {
    /// Everything that was said, as tests look at it: the body, and what stood in path and query.
    fn told(&self) -> Value {
        asked::told(&self.parts, &self.query, &self.body)
    }
}

impl State {
    /// A job's log, as long as the link to it lives.
    fn log(&self, path: &str) -> Written {
        let found = path.split_once('/').and_then(|(job, until)| {
            let (job, until): (u64, i64) = (job.parse().ok()?, until.parse().ok()?);
            let is_alive = self.clock.now().timestamp_millis() <= until;
            self.repositories.values().find_map(|one| one.log(job)).filter(|_| is_alive)
        });
        found.map_or_else(|| Written::empty(404), |log| Written::text(200, &log))
    }

    fn refused_on_order(&mut self, asked: &Asked, fault: Option<&Fault>) -> Written {
        let holder = self.holder(&asked.call).ok();
        let refusal = match fault {
            Some(Fault::SecondaryLimit { status, retry_after }) => {
                secondary(*status, *retry_after, &asked.id)
            }
            Some(Fault::PrimaryLimit { status }) => {
                let whom = holder.as_ref().map(Holder::limited).unwrap_or_default();
                if let Some(holder) = &holder {
                    self.limits.use_up(holder, self.clock.now());
                }
                Refusal { status: *status, ..exceeded(&whom) }
            }
            Some(Fault::Error { status, message }) => Refusal::new(*status, message),
            other => panic!("{other:?} is no refusal"),
        };
        self.written(asked, Err(refusal), holder.as_ref())
    }

    fn handled(&mut self, asked: &Asked, oddity: Oddity) -> Written {
        let call = &asked.call;
        let need = route::need(call.operation).expect("a route");
        if need == Need::App {
            let answer = call.as_app().and_then(|()| self.answer_app(call));
            return self.written(asked, answer, None);
        }
        let holder = match self.holder(call) {
            Ok(holder) => holder,
            Err(refusal) => return self.written(asked, Err(refusal), None),
        };
        let counted = match call.operation {
            "rate-limit/get" => Ok(()),
            _ => self.limits.count(&holder, self.clock.now()),
        };
        let answer = counted
            .and_then(|()| self.allow(call, need))
            .and_then(|()| self.answer(call, &holder, oddity));
        self.written(asked, answer, Some(&holder))
    }

    /// The answer with its headers; what has not changed for whoever has it costs nothing.
    /// Source: "Best practices for using the REST API", "Use conditional requests".
    fn written(&mut self, asked: &Asked, answer: Answer, holder: Option<&Holder>) -> Written {
        let mut written = match answer {
            Ok(Reply::Body(body)) => Written::json(200, &body),
            Ok(Reply::Created(body)) => Written::json(201, &body),
            Ok(Reply::Accepted(body)) => Written::json(202, &body),
            Ok(Reply::Empty) => Written::empty(204),
            Ok(Reply::Raw(body)) => Written::text(200, &body),
            Ok(Reply::Elsewhere(address)) => {
                let headers = vec![(header::LOCATION.as_str(), address)];
                Written { status: 302, headers, body: String::new() }
            }
            Ok(Reply::Page { body, number, pages }) => {
                let mut written = Written::json(200, &body);
                written.headers.extend(self.link(asked, number, pages));
                written
            }
            Err(refusal) => {
                if matches!(refusal.status, 401 | 403 | 429) {
                    self.refused += 1;
                }
                let mut written =
                    Written::json(refusal.status, &refusal.body(asked.call.operation));
                written.headers.extend(refusal.headers);
                written
            }
        };
        if asked.method == "GET" && written.status == 200 {
            let tag = format!("\"{}\"", hash(&written.body));
            if asked.if_none_match.contains(&tag) {
                written = Written::empty(304);
                if let Some(holder) = holder {
                    self.limits.give_back(holder, self.clock.now());
                }
            }
            written.headers.push((header::ETAG.as_str(), format!("W/{tag}")));
        }
        if let Some(holder) = holder {
            written.headers.extend(self.limits.headers(holder, self.clock.now()));
        }
        written.headers.push(("x-github-request-id", asked.id.clone()));
        written.headers.push(("x-github-media-type", "github.v3; format=json".to_owned()));
        written
    }

    /// Source: "Using pagination in the REST API".
    fn link(&self, asked: &Asked, number: usize, pages: usize) -> Option<(&'static str, String)> {
        let to = |page: usize, what: &str| {
            let mut query = asked.call.query.clone();
            query.insert("page".to_owned(), page.to_string().into());
            let query: Vec<_> = query
                .iter()
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
                .collect();
            let (base, path) = (&self.base, &asked.path);
            format!("<{base}{path}?{}>; rel=\"{what}\"", query.join("&").replace('>', "%3E"))
        };
        let mut links = Vec::new();
        if number > 1 {
            links.extend([to(number - 1, "prev"), to(1, "first")]);
        }
        if number < pages {
            links.extend([to(number + 1, "next"), to(pages, "last")]);
        }
        (!links.is_empty()).then(|| ("link", links.join(", ")))
    }
}
