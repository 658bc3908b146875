//! A TCP connection that can be torn, at once or in the middle of what is being written, or fall silent.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The far end of a connection's rope: whoever holds it can tear the connection.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Rest>>);

#[derive(Default)]
struct Rest {
    /// What may still be written; none is no limit, zero is torn.
    bytes: Option<usize>,
    is_silent: bool,
    waiting: Vec<Waker>,
}

impl Wire {
    /// Resets the connection, as a network does.
    pub fn tear(&self) {
        self.tear_after(0);
    }

    /// Lets that many bytes more through and then resets the connection.
    pub fn tear_after(&self, bytes: usize) {
        let mut rest = self.0.lock().unwrap();
        rest.bytes = Some(bytes);
        rest.waiting.drain(..).for_each(Waker::wake);
    }

    /// Lets nothing through any more, either way, and stays open.
    pub fn silence(&self) {
        self.0.lock().unwrap().is_silent = true;
    }

    /// Lets everything through again, and first what was kept back.
    pub fn speak(&self) {
        let mut rest = self.0.lock().unwrap();
        rest.is_silent = false;
        rest.waiting.drain(..).for_each(Waker::wake);
    }

    fn is_torn(&self) -> bool {
        self.0.lock().unwrap().bytes == Some(0)
    }

    /// How much may be written now; an error once it is torn, and nothing yet while it is silent.
    fn allowance(&self, context: &Context<'_>) -> Poll<io::Result<usize>> {
        let mut rest = self.0.lock().unwrap();
        if rest.bytes == Some(0) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        rest.waiting.retain(|waker| !waker.will_wake(context.waker()));
        rest.waiting.push(context.waker().clone());
        if rest.is_silent {
            return Poll::Pending;
        }
        Poll::Ready(Ok(rest.bytes.unwrap_or(usize::MAX)))
    }

    fn written(&self, count: usize) {
        let mut rest = self.0.lock().unwrap();
        rest.bytes = rest.bytes.map(|bytes| bytes.saturating_sub(count));
        if rest.bytes == Some(0) {
            rest.waiting.drain(..).for_each(Waker::wake);
        }
    }
}

/// Every connection that was ever made.
pub type Wires = Arc<Mutex<Vec<Wire>>>;

/// Hands every connection out with its rope.
pub struct Gate {
    pub listener: TcpListener,
    pub wires: Wires,
}

pub struct Rope {
    stream: TcpStream,
    wire: Wire,
}

impl Listener for Gate {
    type Io = Rope;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Rope, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Frames are small and must not wait for each other.
        stream.set_nodelay(true).ok();
        let wire = Wire::default();
        self.wires.lock().unwrap().push(wire.clone());
        (Rope { stream, wire }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Gate>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Wire {
        stream.io().wire.clone()
    }
}

impl Drop for Rope {
    fn drop(&mut self) {
        if self.wire.is_torn() {
            // A close with nothing left to linger for is a reset.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Rope {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.wire.allowance(context))?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Rope {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = ready!(self.wire.allowance(context))?.min(bytes.len());
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..allowed]);
        if let Poll::Ready(Ok(count)) = written {
            self.wire.written(count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
