//! What every simulated platform is made of: a state that people and the server share, and a server that ends with
//! its last handle.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::plain_http::PATIENCE;
use super::wire::{Gate, Wire, Wires};

/// What the handles and the server share.
pub struct World<State> {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    /// `http://127.0.0.1:port`
    pub base: String,
}

impl<State> World<State> {
    /// Looks at the state, or changes it in silence.
    pub fn look<T>(&self, at: impl FnOnce(&mut State) -> T) -> T {
        at(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and tells whoever waits.
    pub fn change<T>(&self, how: impl FnOnce(&mut State) -> T) -> T {
        let result = self.look(how);
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Counts whatever happens here.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// Waits for a thing, and fails with its name when it does not come.
pub async fn until<T>(
    what: &str,
    mut changes: watch::Receiver<u64>,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let seen = timeout(PATIENCE, async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            changes.changed().await.expect("the world outlives its handles");
        }
    });
    let Ok(seen) = seen.await else { panic!("{what} did not come in {PATIENCE:?}") };
    seen
}

/// Ends the server when the last handle goes.
pub struct Keeper {
    wires: Wires,
    server: JoinHandle<()>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.server.abort();
        self.wires.lock().unwrap().iter().for_each(Wire::tear);
    }
}

/// Opens a server on this machine, with the state that it begins with at its address.
pub async fn open<State, Served>(
    begin: impl FnOnce(&str) -> State,
    serve: impl FnOnce(Gate, Arc<World<State>>) -> Served,
) -> (Arc<World<State>>, Arc<Keeper>)
where
    Served: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let state = Mutex::new(begin(&base));
    let world = Arc::new(World { state, changes: watch::Sender::new(0), base });
    let wires = Wires::default();
    let gate = Gate { listener, wires: wires.clone() };
    let server = tokio::spawn(serve(gate, world.clone()));
    (world, Arc::new(Keeper { wires, server }))
}
