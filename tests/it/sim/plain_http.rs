//! One HTTP/1.1 request on a connection of its own: what a platform that calls us needs, and no more.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Nothing on this machine takes longer, unless it hangs: also while it is busy with something else.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What to send; the headers as they stand on the wire.
#[derive(Clone)]
pub struct Request<'a> {
    pub method: &'a str,
    /// `http://host:port/path`.
    pub url: &'a str,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// The first header of that name, written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Tells whether nobody is there to answer any more.
pub async fn is_gone(url: &str) -> bool {
    let request = Request { method: "GET", url, headers: Vec::new(), body: String::new() };
    send(&request).await.is_err()
}

/// Sends a request and reads until the other side closes.
pub async fn send(request: &Request<'_>) -> io::Result<Response> {
    let exchange = timeout(PATIENCE, exchange(request)).await;
    exchange.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
}

async fn exchange(request: &Request<'_>) -> io::Result<Response> {
    let rest = request.url.strip_prefix("http://").expect("an address of this machine");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{} /{path} HTTP/1.1\r\nhost: {host}\r\n{}content-length: {}\r\nconnection: close\r\n\r\n",
        request.method,
        headers.concat(),
        request.body.len(),
    );
    let mut connection = TcpStream::connect(host).await?;
    connection.write_all((head + &request.body).as_bytes()).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    read(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn read(answer: &str) -> Option<Response> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let is_chunked = headers.iter().any(|header| header.1 == "chunked");
    let body = if is_chunked { joined(body)? } else { body.to_owned() };
    Some(Response { status, headers, body })
}

/// The body out of its chunks.
fn joined(mut chunks: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (length, rest) = chunks.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.push_str(rest.get(..length)?);
        chunks = rest.get(length + 2..)?;
    }
}
