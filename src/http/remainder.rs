//! Requests that are answered before they were read: the rest of one stands on its connection before the next.
//!
//! So the answer says that the connection closes, and what still comes is thrown away for a while. If it were
//! closed at once, the caller's system would take the rest for lost, and perhaps the answer with it.
//! <https://www.rfc-editor.org/rfc/rfc9112#section-9.6>

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, BufReader, copy_buf, sink};
use tokio::net::TcpStream;

/// Twice what any request may have. Of what sends more than that, the end is not waited for.
const BYTES_MAX: u64 = 2 * 1024 * 1024;
const PIECE_BYTES: usize = 64 * 1024;

/// Answers the requests of one connection, and knows whether it has read the last of them.
pub struct Answering {
    router: TowerToHyperService<Router>,
    is_read: Arc<AtomicBool>,
}

impl Answering {
    pub fn with(router: Router) -> Self {
        let router = TowerToHyperService::new(router);
        Self { router, is_read: Arc::new(AtomicBool::new(true)) }
    }

    /// Answers a request. The one before it has been read by now, or this could not have come.
    pub async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        self.is_read.store(request.body().is_end_stream(), Ordering::Relaxed);
        let read = |body| Read { body, is_over: Arc::clone(&self.is_read) };
        let mut response = self.router.call(request.map(read)).await?;
        if self.left_some() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    /// Tells whether something remains of the last request.
    pub fn left_some(&self) -> bool {
        !self.is_read.load(Ordering::Relaxed)
    }
}

/// A body that notes when it was read to its end.
struct Read {
    body: Incoming,
    is_over: Arc<AtomicBool>,
}

impl HttpBody for Read {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Throws away what still comes on a connection that was closed on this side, until the other closes it too.
pub async fn throw_away(stream: TcpStream, within: Duration) {
    let mut rest = BufReader::with_capacity(PIECE_BYTES, stream.take(BYTES_MAX));
    // However it ends, there is nothing more to say to the other side.
    drop(tokio::time::timeout(within, copy_buf(&mut rest, &mut sink())).await);
}
