//! Calls to the other side: each is sent once, bounded in time, goes nowhere else, and is honest about what may
//! have happened.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Response, Url, retry};
use tokio::net::lookup_host;

use crate::backend::BackendError;
use crate::plain::{cut, plain, text_of};

const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// Taking a request is no work: whoever runs something answers first.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// What the other side says of a fault is cut after so many bytes.
const COMPLAINT_LENGTH_MAX: usize = 300;

/// Where nobody says how long to wait, and the longest wait that is believed.
const WAIT_UNSAID: Duration = Duration::from_mins(1);
const WAIT_MAX: Duration = Duration::from_hours(1);

/// What a call does, by which it is known what an answer that never came means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Start,
    /// Asking twice is harmless.
    Ask,
}

/// What is sent.
pub struct Call<'a> {
    pub kind: Kind,
    pub url: &'a str,
    /// The header's name and value.
    pub signature: (&'static str, String),
    pub body: Vec<u8>,
}

/// Sends requests, each once.
#[derive(Clone)]
pub struct Client(reqwest::Client);

impl Client {
    pub fn open() -> Result<Self, BackendError> {
        let built = reqwest::Client::builder()
            .redirect(Policy::none())
            .retry(retry::never())
            // A connection that was kept may have ended unnoticed; one that cannot be made has done nothing.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECTED_WITHIN)
            .timeout(ANSWERED_WITHIN)
            .dns_resolver(std::sync::Arc::new(Outside))
            .build();
        built.map(Self).map_err(|error| BackendError::Unavailable(said(&error)))
    }

    /// Sends one request and returns what was answered to it.
    pub async fn send(&self, call: Call<'_>) -> Result<Vec<u8>, BackendError> {
        let Call { kind, url, signature: (header, signature), body } = call;
        let url = Url::parse(url).map_err(|error| BackendError::Refused(error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = self.0.post(url).body(body).header(header, signature);
        let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "wilco");
        match request.send().await {
            Ok(response) => judge(response, kind, &host).await,
            Err(error) if error.is_connect() => Err(BackendError::Unavailable(format!(
                "{host} cannot be reached: {}",
                said(&error)
            ))),
            Err(error) => Err(lost(kind, format!("no answer of {host}: {}", said(&error)))),
        }
    }
}

/// What may have happened is only known of what is harmless to ask again.
fn lost(kind: Kind, reason: String) -> BackendError {
    match kind {
        Kind::Start => BackendError::Unknown(reason),
        Kind::Ask => BackendError::Unavailable(reason),
    }
}

async fn judge(response: Response, kind: Kind, host: &str) -> Result<Vec<u8>, BackendError> {
    let status = response.status().as_u16();
    let wait = response.headers().get(RETRY_AFTER).map(|value| {
        let seconds = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        seconds.map_or(WAIT_UNSAID, Duration::from_secs).min(WAIT_MAX)
    });
    let reason = format!("{host} answers {}", response.status());
    let body = read(response).await;
    match (status, wait) {
        // A start is taken with the head of the answer, whatever becomes of the rest.
        (200..=299, _) if kind == Kind::Start => Ok(Vec::new()),
        (200..=299, _) => body.ok_or_else(|| lost(kind, format!("{reason}, which broke off"))),
        (429, wait) => Err(BackendError::TooFast { reason, wait: wait.unwrap_or(WAIT_UNSAID) }),
        (503, Some(wait)) => Err(BackendError::TooFast { reason, wait }),
        // Whoever sends one elsewhere in this way has done nothing. Nobody goes there: it could be anywhere.
        (301 | 307 | 308, _) => {
            let next = "which leads elsewhere; write the address that it leads to";
            Err(BackendError::Refused(format!("{reason}, {next}")))
        }
        // It has the key already, it says. What it did with it, it is asked.
        (409, _) => Err(lost(kind, with_complaint(&reason, body))),
        (400..=499, _) => Err(BackendError::Refused(with_complaint(&reason, body))),
        _ => Err(lost(kind, with_complaint(&reason, body))),
    }
}

fn with_complaint(reason: &str, body: Option<Vec<u8>>) -> String {
    let complaint = plain(text_of(&body.unwrap_or_default()).trim().lines().next().unwrap_or(""));
    match cut(&complaint, COMPLAINT_LENGTH_MAX) {
        "" => reason.to_owned(),
        complaint => format!("{reason}: {complaint}"),
    }
}

/// Returns the body; `None` where it broke off or is too large.
async fn read(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if piece.len() > ANSWER_BYTES_MAX - body.len() {
            return None;
        }
        body.extend_from_slice(&piece);
    }
    Some(body)
}

/// The library's errors name the whole address, in which there may be a token; only what went wrong is told.
fn said(error: &reqwest::Error) -> String {
    let Some(mut deepest) = error.source() else { return "it cannot be sent".into() };
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    cut(&plain(&deepest.to_string()), COMPLAINT_LENGTH_MAX).into()
}

/// Looks names up, and takes no address of this machine or of what only machines beside it may reach.
struct Outside;

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let is_own = name.as_str().eq_ignore_ascii_case("localhost");
            match found.iter().find(|found| leads_inside(found.ip()) && !is_own) {
                None => Ok(Box::new(found.into_iter()) as Addrs),
                Some(inside) => Err(format!("its name leads to {}", inside.ip()).into()),
            }
        })
    }
}

/// Tells whether an address is this machine's, or one of the link: cloud providers give out credentials there.
pub fn leads_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_address_of_this_machine_or_its_link() {
        for inside in
            ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"]
        {
            assert!(leads_inside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["10.0.0.5", "192.168.1.7", "203.0.113.9", "2001:db8::1", "fd00::1"] {
            assert!(!leads_inside(outside.parse().unwrap()), "{outside}");
        }
    }
}
