//! The one writer: deliveries → decide → one commit → acknowledge; the working set in memory.

mod batch;
mod keeper;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, info, warn};

use wilco_core::catalog::Catalog;
use wilco_core::time::Timestamp;

use crate::clock::Clock;
use crate::delivery::{Accepted, Activity, Deliveries, Delivery, Mark, NotDelivered, Submission};
use crate::store::StoreError;
use crate::store::read::Reader;
use crate::store::rows::{Effects, Pending};
use crate::store::write::Writer;
use crate::witness::{Step, Witness};

use keeper::Keeper;

pub use keeper::random;

/// At most this many deliveries wait for the engine; whoever brings more waits.
const QUEUE: usize = 1024;

/// At most this many deliveries share a transaction.
const BATCH: usize = 256;

/// At most this many batches of effects wait for the courier; it reads the rest from the outbox.
const EFFECTS: usize = 64;

/// Ids of deliveries are kept this long. Slack was seen to deliver again after six minutes.
const DELIVERIES_KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// Old ids are forgotten about once in this many batches.
const FORGET_EVERY: u64 = 10_000;

/// The engine before it runs, with what others need of it.
pub struct Engine {
    pub deliveries: Deliveries,
    pub effects: Effects,
    pub task: EngineTask,
}

/// What the engine is given.
pub struct Parts {
    pub writer: Writer,
    pub reader: Reader,
    pub catalog: watch::Receiver<Arc<Catalog>>,
    pub clock: Clock,
    pub witness: Witness,
}

/// The engine's own task.
pub struct EngineTask {
    keeper: Keeper,
    queue: mpsc::Receiver<Submission>,
    catalog: watch::Receiver<Arc<Catalog>>,
    clock: Clock,
    witness: Witness,
    activity: watch::Sender<Activity>,
    effects: mpsc::Sender<Vec<Pending>>,
    left_out: Arc<AtomicBool>,
    batches: u64,
}

/// One delivery on its way, with who waits for it.
pub struct Waiting {
    pub delivery: Option<Delivery>,
    pub mark: Option<Mark>,
    pub acknowledge: oneshot::Sender<Result<Accepted, NotDelivered>>,
}

impl Engine {
    /// Rebuilds the working set from the record and gets ready to run.
    pub async fn open(parts: Parts) -> Result<Self, StoreError> {
        let keeper = Keeper::open(parts.writer, parts.reader, parts.clock.now()).await?;
        let (sender, queue) = mpsc::channel(QUEUE);
        let (activity, watched) = watch::channel(keeper.activity());
        let (effects, committed) = mpsc::channel(EFFECTS);
        let left_out = Arc::new(AtomicBool::new(false));
        let task = EngineTask {
            keeper,
            queue,
            catalog: parts.catalog,
            clock: parts.clock,
            witness: parts.witness,
            activity,
            effects,
            left_out: Arc::clone(&left_out),
            batches: 0,
        };
        let effects = Effects { committed, left_out };
        Ok(Self { deliveries: Deliveries::new(sender, watched), effects, task })
    }
}

impl EngineTask {
    /// Runs until nobody can deliver any more, then closes the database.
    ///
    /// An error means that the store is gone: the process must end, and start again.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let mut waiting = Vec::with_capacity(BATCH);
        let mut received = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut received, BATCH).await > 0 {
            for submission in received.drain(..) {
                match submission {
                    Submission::Apply { delivery, mark, acknowledge } => {
                        waiting.push(Waiting { delivery, mark, acknowledge });
                    }
                    Submission::IsOpen { deployment, answer } => {
                        if answer.send(self.keeper.is_open(deployment)).is_err() {
                            debug!("whoever asked for {deployment} has gone");
                        }
                    }
                }
            }
            if !waiting.is_empty() {
                self.apply(std::mem::take(&mut waiting)).await?;
            }
        }
        self.keeper.close().await
    }

    /// Applies a batch, or its deliveries one by one if the batch fails.
    async fn apply(&mut self, waiting: Vec<Waiting>) -> Result<(), StoreError> {
        let catalog = Arc::clone(&self.catalog.borrow());
        let now = self.clock.now();
        match self.keeper.attempt(&waiting, &catalog, now).await {
            Ok(done) => self.acknowledge(waiting, done.accepted, done.effects).await,
            Err(error) if waiting.len() > 1 => {
                info!(%error, "a batch failed; its deliveries are applied one by one");
                self.keeper.recover().await?;
                for one in waiting {
                    self.apply_alone(one, &catalog, now).await?;
                }
            }
            Err(error) => {
                self.keeper.recover().await?;
                let one = waiting.into_iter().next();
                if let Some(one) = one {
                    self.turn_down(one, &error, now).await?;
                }
            }
        }
        self.batches += 1;
        if self.batches.is_multiple_of(FORGET_EVERY) {
            let before = Timestamp(now.0 - DELIVERIES_KEPT_MS);
            if let Err(error) = self.keeper.forget_deliveries(before).await {
                warn!(%error, "old ids of deliveries stay for now");
            }
        }
        Ok(())
    }

    async fn apply_alone(
        &mut self,
        one: Waiting,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let alone = vec![one];
        match self.keeper.attempt(&alone, catalog, now).await {
            Ok(done) => {
                self.acknowledge(alone, done.accepted, done.effects).await;
                Ok(())
            }
            Err(error) => {
                self.keeper.recover().await?;
                match alone.into_iter().next() {
                    Some(one) => self.turn_down(one, &error, now).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// Keeps aside what can never be stored; everything else may be delivered again.
    async fn turn_down(
        &mut self,
        one: Waiting,
        cause: &StoreError,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let answer = match (&one.delivery, cause.is_about_the_rows()) {
            (Some(delivery), true) => {
                self.keeper
                    .keep_aside(delivery, one.mark.as_ref(), &cause.to_string(), now)
                    .await?;
                error!(delivery.id = %delivery.id, %cause, "a delivery was kept aside");
                Ok(Accepted::KeptAside)
            }
            (Some(_), false) | (None, _) => {
                error!(%cause, "a delivery could not be recorded and was not acknowledged");
                Err(NotDelivered::Store(cause.to_string()))
            }
        };
        drop(one.acknowledge.send(answer)); // Whoever waited may have gone.
        Ok(())
    }

    async fn acknowledge(
        &mut self,
        waiting: Vec<Waiting>,
        accepted: Vec<Accepted>,
        effects: Vec<Pending>,
    ) {
        self.witness.step(Step::Committed).await;
        self.activity.send_replace(self.keeper.activity());
        if !effects.is_empty() {
            // Set first, so that the courier sees it with one of the batches that fill the way.
            if self.effects.capacity() == 0 {
                self.left_out.store(true, Ordering::Release);
            }
            // What finds no room is in the outbox, where the courier looks for it.
            drop(self.effects.try_send(effects));
        }
        for (one, accepted) in waiting.into_iter().zip(accepted) {
            drop(one.acknowledge.send(Ok(accepted))); // Whoever waited may have gone.
        }
    }
}
