//! Wiring: the only file that knows every part.
//!
//! What is said in a chat becomes a delivery; the engine decides on it and commits; the courier
//! carries out what was decided; what the outside answers becomes a delivery again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info};

use wilco_core::catalog::Catalog;
use wilco_core::event::Event;
use wilco_core::ids::Digest;
use wilco_core::time::Timestamp;

use crate::backend::command::CommandBackend;
use crate::backend::{Backend, Backends};
use crate::clock::Clock;
use crate::courier::{self, Chats, Patience, Tools};
use crate::delivery::{Deliveries, Delivery, NotDelivered};
use crate::engine::{Engine, Parts};
use crate::recall::{Recall, Recalling};
use crate::schedule;
use crate::store::StoreError;
use crate::store::open::{self, Check, Directory, Store};
use crate::store::read::Reader;
use crate::witness::Witness;

/// A stop waits this long for what is under way; what is not done by then goes on after the next start.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Everything that a running wilco is made of.
pub struct Options {
    /// The data directory.
    pub data: PathBuf,
    pub catalog: Catalog,
    pub chats: Chats,
    /// Where runs happen; [`backends`] gives the real ones.
    pub backends: Backends,
    pub clock: Clock,
    pub patience: Patience,
    pub witness: Witness,
}

/// A wilco that runs.
pub struct App {
    pub deliveries: Deliveries,
    pub reader: Reader,
    /// What chats may know of recent deployments.
    pub recall: Recall,
    pub catalog: watch::Receiver<Arc<Catalog>>,
    /// Whether the database file was found sound.
    pub sound: watch::Receiver<bool>,
    /// What is wrong with the clock or with the times on record, as it was at the start.
    pub clock_fault: Option<String>,
    reload: watch::Sender<Arc<Catalog>>,
    engine: JoinHandle<Result<(), StoreError>>,
    courier: JoinHandle<Result<(), StoreError>>,
    schedule: JoinHandle<()>,
    recalling: JoinHandle<()>,
    check: JoinHandle<Result<(), StoreError>>,
    directory: Directory,
}

/// Opens the backends. Runs of local commands are kept in the data directory and supervised by `runner`.
pub fn backends(data: &Path, runner: PathBuf) -> std::io::Result<Backends> {
    let command: Arc<dyn Backend> = Arc::new(CommandBackend::open(data.join("runs"), runner)?);
    Ok(Backends::local(command))
}

impl App {
    /// Opens the data directory and starts every part. Returns once deliveries are taken.
    pub async fn start(options: Options) -> Result<Self, StoreError> {
        let Store { writer, reader, check, directory } = Store::open(&options.data).await?;
        let inherited = reader.head().await?.outbox;
        let (reload, catalog) = watch::channel(Arc::new(options.catalog));
        let (clock, witness) = (options.clock, options.witness);
        let engine = Engine::open(Parts {
            writer,
            reader: reader.clone(),
            catalog: catalog.clone(),
            clock: clock.clone(),
            witness: witness.clone(),
        })
        .await?;
        let deliveries = engine.deliveries;
        let newest = deliveries.activity().borrow().last_at;
        let clock_fault = clock_fault(newest, clock.now());
        if let Some(fault) = &clock_fault {
            error!("{fault}");
        }
        let (sound, soundness) = watch::channel(false);
        let tools = Tools {
            deliveries: deliveries.clone(),
            reader: reader.clone(),
            catalog: catalog.clone(),
            clock: clock.clone(),
            witness,
            chats: options.chats,
            backends: options.backends,
            patience: options.patience,
            sound: soundness.clone(),
            inherited,
        };
        let (recall, recalling) =
            Recalling::new(reader.clone(), catalog.clone(), deliveries.activity());
        let app = Self {
            engine: tokio::spawn(engine.task.run()),
            courier: tokio::spawn(courier::run(tools, engine.effects)),
            schedule: tokio::spawn(schedule::run(deliveries.clone(), reader.clone(), clock)),
            recalling: tokio::spawn(recalling.run()),
            check: tokio::spawn(finish_check(check, sound)),
            deliveries,
            reader,
            recall,
            catalog,
            sound: soundness,
            clock_fault,
            reload,
            directory,
        };
        app.look_again().await;
        Ok(app)
    }

    /// Puts another configuration in force. Waiting deployments are looked at under it.
    pub async fn reload(&self, catalog: Catalog) {
        self.reload.send_replace(Arc::new(catalog));
        self.look_again().await;
    }

    /// Puts the configuration on record and looks again at everything that waits.
    async fn look_again(&self) {
        let digest = self.catalog.borrow().digest;
        let mut events = vec![Event::CatalogLoaded { digest }];
        match self.reader.open_ids().await {
            Ok(open) => {
                events.extend(open.into_iter().map(|deployment| Event::LookAgain { deployment }));
            }
            Err(error) => error!(%error, "what waits cannot be read"),
        }
        for event in events {
            // Looking again is a new look each time, so its id is never used twice.
            let id = match crate::engine::random::<16>() {
                Ok(bytes) => Digest(wide(bytes)).to_string(),
                Err(error) => {
                    error!(%error, "nothing can be looked at again");
                    return;
                }
            };
            match self.deliveries.deliver(Delivery { source: "app", id, event }).await {
                Ok(_) => {}
                Err(NotDelivered::Stopping) => return,
                Err(error) => error!(%error, "a look at what waits was not recorded"),
            }
        }
    }

    /// Returns when a part has ended by itself, which none should, with why.
    pub async fn failed(&mut self) -> anyhow::Error {
        tokio::select! {
            ended = &mut self.engine => reason("the engine", ended),
            ended = &mut self.courier => reason("the courier", ended),
            damaged = wait_for_damage(&mut self.check) => damaged,
        }
    }

    /// Stops every part; what is not done goes on after the next start.
    pub async fn stop(self) {
        let Self {
            deliveries, reader, engine, courier, schedule, recalling, check, directory, ..
        } = self;
        schedule.abort();
        recalling.abort();
        courier.abort();
        check.abort();
        drop(deliveries);
        // The engine ends once nobody can deliver any more, and closes the database.
        match tokio::time::timeout(STOP_WITHIN, engine).await {
            Ok(Ok(Ok(()))) => info!("stopped"),
            Ok(Ok(Err(error))) => error!(%error, "the database was not closed in order"),
            Ok(Err(error)) => error!(%error, "the engine failed while it was stopped"),
            Err(_) => info!("stopped while something was still being delivered"),
        }
        // A long check may still be reading.
        if tokio::time::timeout(STOP_WITHIN, reader.close()).await.is_err() {
            info!("stopped while the database was still being read");
        }
        drop(directory);
    }
}

/// Says what to do when the newest fact is so far in the future that a clock was, or is, wrong.
pub fn clock_fault(newest: Timestamp, now: Timestamp) -> Option<String> {
    let ahead = newest.ahead_of(now)?;
    Some(format!(
        "the newest fact on record is {ahead} later than this machine's clock; if the clock is \
         wrong, set it; if it was wrong when that fact was recorded, every fact is given that \
         time until the clock has caught up, so wait for that or restore a backup from before it"
    ))
}

fn wide(bytes: [u8; 16]) -> [u8; 32] {
    let mut wide = [0; 32];
    wide[..16].copy_from_slice(&bytes);
    wide
}

/// Lets runs start once the database file was found sound.
async fn finish_check(check: Check, sound: watch::Sender<bool>) -> Result<(), StoreError> {
    match check {
        Check::Sound => {}
        Check::GoingOn(going_on) => open::finish(going_on).await?,
    }
    sound.send_replace(true);
    // Kept for whoever still asks.
    sound.closed().await;
    Ok(())
}

async fn wait_for_damage(check: &mut JoinHandle<Result<(), StoreError>>) -> anyhow::Error {
    match check.await {
        Ok(Err(error)) => error.into(),
        Ok(Ok(())) | Err(_) => std::future::pending().await,
    }
}

fn reason(
    part: &str,
    ended: Result<Result<(), StoreError>, tokio::task::JoinError>,
) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow::anyhow!("{part} ended"),
        Ok(Err(error)) => anyhow::Error::new(error).context(format!("{part} failed")),
        Err(error) => anyhow::Error::new(error).context(format!("{part} failed")),
    }
}
