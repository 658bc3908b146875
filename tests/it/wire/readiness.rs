//! What `/readyz` says while wilco cannot work, and why.

use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use wilco::clock::Clock;
use wilco::engine::{Engine, EngineTask, Parts};
use wilco::http::state::{Watched, router};
use wilco::http::{Limits, Server};
use wilco::settings;
use wilco::store::StoreError;
use wilco::store::open::Store;
use wilco::witness::Witness;

use super::hooked::answer;

/// An engine on a fresh database, and whoever watches over it.
struct Scene {
    engine: EngineTask,
    sound: watch::Sender<bool>,
    watching: Watching,
}

/// A server that says how the engine is.
struct Watching {
    server: Server,
    _home: TempDir,
    _store: wilco::store::open::Directory,
}

impl Scene {
    async fn open() -> Self {
        let home = TempDir::new().unwrap();
        wilco::init::write(home.path()).unwrap();
        let catalog = settings::load(&home.path().join("config")).unwrap().catalog;
        let Store { writer, reader, directory, .. } =
            Store::open(&home.path().join("data")).await.unwrap();
        let parts = Parts {
            writer,
            reader: reader.clone(),
            catalog: watch::channel(Arc::new(catalog)).1,
            clock: Clock::System,
            witness: Witness::default(),
        };
        let Engine { deliveries, task, .. } = Engine::open(parts).await.unwrap();
        let (sound, soundness) = watch::channel(false);
        let watched = Watched {
            deliveries,
            reader,
            clock: Clock::System,
            sound: soundness,
            chats: Vec::new(),
            hooks: Vec::new(),
            github: None,
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::start(listener, router(watched), Limits::default()).unwrap();
        let watching = Watching { server, _home: home, _store: directory };
        Self { engine: task, sound, watching }
    }
}

impl Watching {
    /// Returns the status, what is said of the database, and what of the engine.
    async fn asks(&self) -> (u16, String, String) {
        let answer = self.get("/readyz").await;
        let said: Value = serde_json::from_str(&answer.1).unwrap();
        assert_eq!(said["ready"], answer.0 == 200, "{said}");
        let word = |of: &str| said[of].as_str().unwrap().to_owned();
        (answer.0, word("database"), word("engine"))
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(self.server.address()).await.unwrap();
        let get = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        socket.write_all(get.as_bytes()).await.unwrap();
        let answer = answer(&mut socket).await;
        (answer.status, answer.body)
    }
}

fn said(status: u16, database: &str, engine: &str) -> (u16, String, String) {
    (status, database.to_owned(), engine.to_owned())
}

#[tokio::test]
async fn it_is_ready_once_its_database_was_checked_and_not_any_more_once_it_stops() {
    let Scene { engine, sound, watching } = Scene::open().await;
    let engine: JoinHandle<Result<(), StoreError>> = tokio::spawn(engine.run());
    assert_eq!(watching.asks().await, said(503, "being checked", "takes deliveries"));
    // It lives all the same: whoever would start it anew for this would wait for ever.
    assert_eq!(watching.get("/healthz").await, (200, "ok\n".to_owned()));
    sound.send_replace(true);
    assert_eq!(watching.asks().await, said(200, "sound", "takes deliveries"));
    engine.abort();
    assert!(engine.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(watching.asks().await, said(503, "sound", "stops"));
}

#[tokio::test]
async fn it_is_not_ready_while_its_engine_takes_nothing() {
    let Scene { engine, sound, watching } = Scene::open().await;
    sound.send_replace(true);
    assert_eq!(watching.asks().await, said(503, "sound", "takes nothing for now"));
    tokio::spawn(engine.run());
    assert_eq!(watching.asks().await, said(200, "sound", "takes deliveries"));
}
