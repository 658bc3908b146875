//! The server for what the outside calls: bounded in time, in memory and in connections.

pub mod body;
pub mod github;
pub mod metrics;
pub mod quiet;
mod remainder;
pub mod room;
pub mod seen;
pub mod signed;
pub mod state;
pub mod tally;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use remainder::Answering;

/// The head of a request has to fit in here.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Where the system is out of sockets, trying again at once would only burn time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where nearly all connections are taken, whoever is slow holds one of the rest for no longer than this: so
/// some come free all the time.
const HEAD_WITHIN_WHEN_FULL: Duration = Duration::from_secs(1);
/// The rest is this part of all connections.
const REST: usize = 8;

/// How much the outside gets of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request, for the next one to begin, and for what remains of one that was answered before
    /// it was read.
    pub head_within: Duration,
    /// Connections at one time; more wait until one of them ends.
    pub connections: usize,
    /// How long requests are waited for when the server stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_within: Duration::from_secs(10),
            connections: 64,
            grace: Duration::from_secs(5),
        }
    }
}

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Serves on a listener that is bound already. Must be called on a Tokio runtime.
    pub fn start(
        listener: std::net::TcpListener,
        router: Router,
        limits: Limits,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, router, limits, Stop(stopped)));
        Ok(Self { address, stop, serving })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes nothing new, and returns once what is under way was answered or its grace is over.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the server did not end as it should; please report this");
        }
    }
}

#[derive(Clone)]
struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Returns when the server is stopped, or nobody is left who could.
    async fn asked(&mut self) {
        drop(self.0.wait_for(|stopped| *stopped).await);
    }
}

async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stop: Stop) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.asked() => break,
            Some(ended) = connections.join_next() => report(ended),
            (stream, place) = accept(&listener, &places) => {
                let mut limits = limits;
                if places.available_permits() < limits.connections / REST {
                    limits.head_within = limits.head_within.min(HEAD_WITHIN_WHEN_FULL);
                }
                let connection = Connection { stream, limits, stop: stop.clone(), place };
                connections.spawn(connection.serve(router.clone()));
            }
        }
    }
    drop(listener);
    let rest = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if tokio::time::timeout(limits.grace, rest).await.is_err() {
        connections.shutdown().await;
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a request could not be answered; please report this");
    }
}

/// A place comes first: who has none stays in the system's queue, where it costs nothing here.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

struct Connection {
    stream: TcpStream,
    limits: Limits,
    stop: Stop,
    place: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(mut self, router: Router) {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_within)
            .max_buf_size(HEAD_BYTES_MAX);
        let answering = Answering::with(router);
        let service = service_fn(|request| answering.answer(request));
        let connection = builder.serve_connection(TokioIo::new(&mut self.stream), service);
        let ended = {
            let mut connection = pin!(connection);
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = self.stop.asked() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        match ended {
            Ok(()) if answering.left_some() => tokio::select! {
                () = self.stop.asked() => {}
                () = remainder::throw_away(self.stream, self.limits.head_within) => {}
            },
            Ok(()) => drop(self.stream),
            // Whoever is slow, rude or gone is no concern of the operator.
            Err(error) => {
                drop(self.stream);
                tracing::debug!(%error, "a connection broke off");
            }
        }
        // By now the connection is closed: its place goes to the next one, and never before.
        drop(self.place);
    }
}
