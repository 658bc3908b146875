//! The one writer: deliveries → decide → one commit → acknowledge; the working set in memory.

mod batch;
mod memory;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{mpsc, watch};
use tracing::{debug, error, info, warn};

use wilco_core::catalog::Catalog;
use wilco_core::language::Chosen;
use wilco_core::time::Timestamp;

use crate::clock::Clock;
use crate::delivery::{Accepted, Activity, Deliveries, NotDelivered, Submission};
use crate::store::StoreError;
use crate::store::read::Reader;
use crate::store::rows::{Effects, Pending, Rows};
use crate::store::write::{Batch, Writer};
use crate::witness::{Step, Witness};

use batch::{Asking, Building, Decided, Told, Waiting, keep_aside, mark};
use memory::Memory;

pub use memory::random;

/// At most this many deliveries wait for the engine; whoever brings more waits.
const QUEUE: usize = 1024;

/// At most this many deliveries share a transaction.
const BATCH: usize = 256;

/// So many deliveries are decided at a time, before it is looked whether the store is done with its batch.
const AT_A_TIME: usize = 32;

/// A word that effects are done waits so long for something to share its transaction with.
const LINGER: std::time::Duration = std::time::Duration::from_millis(5);

/// At most this many batches of effects wait for the courier; it reads the rest from the outbox.
const EFFECTS: usize = 64;

/// Ids of deliveries are kept this long. Slack was seen to deliver again after six minutes.
const DELIVERIES_KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// Readers get this long to end when wilco stops.
const CLOSE_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

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
    intake: Intake,
    writer: Writer,
    reader: Reader,
    memory: Memory,
    outlet: Outlet,
    batches: u64,
}

/// Where deliveries come in, with what they are decided by.
struct Intake {
    queue: mpsc::Receiver<Submission>,
    received: Vec<Submission>,
    is_closed: bool,
    catalog: watch::Receiver<Arc<Catalog>>,
    clock: Clock,
}

/// Where it is told what became durable.
struct Outlet {
    witness: Witness,
    activity: watch::Sender<Activity>,
    chosen: watch::Sender<Arc<Chosen>>,
    effects: mpsc::Sender<Vec<Pending>>,
    left_out: Arc<AtomicBool>,
}

impl Engine {
    /// Rebuilds the working set from the record and gets ready to run.
    pub async fn open(mut parts: Parts) -> Result<Self, StoreError> {
        let now = parts.clock.now();
        let memory = Memory::open(&mut parts.writer, &parts.reader, now).await?;
        let (sender, queue) = mpsc::channel(QUEUE);
        let (activity, watched) = watch::channel(memory.activity());
        let (chosen, choices) = watch::channel(Arc::new(memory.set.chosen().clone()));
        let (effects, committed) = mpsc::channel(EFFECTS);
        let left_out = Arc::new(AtomicBool::new(false));
        let (catalog, clock) = (parts.catalog, parts.clock);
        let received = Vec::with_capacity(AT_A_TIME);
        let (witness, flag) = (parts.witness, Arc::clone(&left_out));
        let task = EngineTask {
            intake: Intake { queue, received, is_closed: false, catalog, clock },
            writer: parts.writer,
            reader: parts.reader,
            memory,
            outlet: Outlet { witness, activity, chosen, effects, left_out: flag },
            batches: 0,
        };
        let effects = Effects { committed, left_out };
        Ok(Self { deliveries: Deliveries::new(sender, watched, choices), effects, task })
    }
}

impl Intake {
    /// Waits until there is something to write now, or something that has waited long enough.
    ///
    /// A commit for nothing but effects that are done would be in the way of the next delivery.
    async fn gather(&mut self, building: &mut Building, memory: &mut Memory) {
        if building.is_empty() {
            self.take(building, memory).await;
        }
        let until = tokio::time::Instant::now() + LINGER;
        while !building.is_urgent() && !self.is_closed && building.len() + AT_A_TIME <= BATCH {
            tokio::select! {
                biased;
                () = self.take(building, memory) => {}
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }

    /// Waits for deliveries and decides them into the batch, on what memory is ahead of the store.
    ///
    /// Nothing is lost when the waiting is given up.
    async fn take(&mut self, building: &mut Building, memory: &mut Memory) {
        let count = self.queue.recv_many(&mut self.received, AT_A_TIME).await;
        self.is_closed = count == 0;
        let catalog = Arc::clone(&self.catalog.borrow());
        let now = self.clock.now();
        for submission in self.received.drain(..) {
            match submission {
                Submission::Apply { delivery, mark, acknowledge } => {
                    let one = Waiting { delivery, mark, acknowledge };
                    building.add(one, memory, &catalog, now);
                }
                Submission::IsOpen { deployment, answer } => {
                    building.ask(Asking { deployment, answer });
                }
            }
        }
    }
}

impl Outlet {
    /// Tells everybody who waited for a batch, once it is durable.
    async fn tell(&self, told: Option<Told>) {
        let Some(told) = told else { return };
        if !told.waiting.is_empty() {
            self.witness.step(Step::Committed).await;
            self.activity.send_replace(told.activity);
            if let Some(chosen) = told.chosen {
                self.chosen.send_replace(chosen);
            }
        }
        if !told.effects.is_empty() {
            // Set first, so that the courier sees it with one of the batches that fill the way.
            if self.effects.capacity() == 0 {
                self.left_out.store(true, Ordering::Release);
            }
            // What finds no room is in the outbox, where the courier looks for it.
            drop(self.effects.try_send(told.effects));
        }
        for (one, accepted) in told.waiting.into_iter().zip(told.accepted) {
            drop(one.acknowledge.send(Ok(accepted))); // Whoever waited may have gone.
        }
        told.answers.into_iter().for_each(answer);
    }
}

impl EngineTask {
    /// Runs until nobody can deliver any more, then closes the database.
    ///
    /// An error means that the store is gone: the process must end, and start again.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let mut building = Building::default();
        let mut durable = None;
        loop {
            if !building.is_urgent() {
                self.outlet.tell(durable.take()).await;
                self.intake.gather(&mut building, &mut self.memory).await;
            }
            if building.is_empty() {
                return self.close().await;
            }
            let Decided { batch, told } = std::mem::take(&mut building).finish(&mut self.memory);
            if told.waiting.is_empty() {
                // Nothing but questions.
                self.outlet.tell(durable.take()).await;
                self.outlet.tell(Some(told)).await;
                continue;
            }
            match self.write(batch, durable.take(), &mut building).await {
                Ok(()) => durable = Some(told),
                Err(error) => {
                    info!(%error, "a batch failed; its deliveries are decided again");
                    let later = std::mem::take(&mut building).finish(&mut self.memory);
                    self.begin_again([told, later.told]).await?;
                }
            }
            self.forget_now_and_then().await;
        }
    }

    /// Writes a batch. Meanwhile tells about the one before it, and decides what comes in for the next.
    async fn write(
        &mut self,
        batch: Batch,
        before: Option<Told>,
        next: &mut Building,
    ) -> Result<(), StoreError> {
        let mut writing = pin!(self.writer.write(batch));
        let mut telling = pin!(self.outlet.tell(before));
        let (mut written, mut is_told) = (None, false);
        loop {
            let has_room = next.len() + AT_A_TIME <= BATCH;
            let may_take = is_told && written.is_none() && has_room && !self.intake.is_closed;
            tokio::select! {
                // The batch is with the store before anything else is done.
                biased;
                result = &mut writing, if written.is_none() => written = Some(result),
                () = &mut telling, if !is_told => is_told = true,
                () = self.intake.take(next, &mut self.memory), if may_take => {}
            }
            if is_told && let Some(result) = written.take() {
                return result;
            }
        }
    }

    /// Takes memory back to what is durable, and applies what failed with what was decided on it.
    async fn begin_again(&mut self, failed: [Told; 2]) -> Result<(), StoreError> {
        let (mut waiting, mut answers) = (Vec::new(), Vec::new());
        for told in failed {
            waiting.extend(told.waiting);
            answers.extend(told.answers);
        }
        self.memory = Memory::read(&self.reader).await?;
        self.outlet.chosen.send_replace(Arc::new(self.memory.set.chosen().clone()));
        if let Err((waiting, error)) = self.apply(waiting).await? {
            info!(%error, "a batch failed; its deliveries are applied one by one");
            for one in waiting {
                if let Err((alone, error)) = self.apply(vec![one]).await? {
                    for one in alone {
                        self.turn_down(one, &error).await?;
                    }
                }
            }
        }
        for (asking, _) in answers {
            let is_open = self.memory.set.deployment(asking.deployment).is_some();
            answer((asking, is_open));
        }
        Ok(())
    }

    /// Applies deliveries of which some may be known to the store alone, or gives them back.
    async fn apply(
        &mut self,
        waiting: Vec<Waiting>,
    ) -> Result<Result<(), (Vec<Waiting>, StoreError)>, StoreError> {
        let mut ids = Rows::default();
        let delivered = waiting.iter().filter_map(|one| one.delivery.as_ref());
        delivered.for_each(|delivery| ids.push(&delivery.id));
        for id in self.writer.known(ids).await? {
            self.memory.recent.is_new(&id);
        }
        let catalog = Arc::clone(&self.intake.catalog.borrow());
        let now = self.intake.clock.now();
        let mut building = Building::default();
        for one in waiting {
            building.add(one, &mut self.memory, &catalog, now);
        }
        let Decided { batch, told } = building.finish(&mut self.memory);
        match self.writer.write(batch).await {
            Ok(()) => {
                self.outlet.tell(Some(told)).await;
                Ok(Ok(()))
            }
            Err(error) => {
                self.memory = Memory::read(&self.reader).await?;
                Ok(Err((told.waiting, error)))
            }
        }
    }

    /// Keeps aside what can never be stored; everything else may be delivered again.
    async fn turn_down(&mut self, one: Waiting, cause: &StoreError) -> Result<(), StoreError> {
        let answer = match (&one.delivery, cause.is_about_the_rows()) {
            (Some(delivery), true) => {
                let at = self.intake.clock.now();
                let mut batch = Batch { at, head: self.memory.head, ..Batch::default() };
                batch.deliveries.push(&delivery.id);
                keep_aside(&mut batch, delivery, &cause.to_string(), at);
                mark(&mut batch, one.mark.as_ref());
                self.memory.unsettled = self.memory.unsettled.saturating_sub(batch.settled.len());
                self.writer.write(batch).await?;
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

    async fn forget_now_and_then(&mut self) {
        self.batches += 1;
        if self.batches.is_multiple_of(FORGET_EVERY) {
            let before = Timestamp(self.intake.clock.now().0 - DELIVERIES_KEPT_MS);
            if let Err(error) = self.writer.forget_deliveries(before).await {
                warn!(%error, "old ids of deliveries stay for now");
            }
        }
    }

    async fn close(self) -> Result<(), StoreError> {
        // The last connection that closes empties the log into the file; a long check may still read.
        if tokio::time::timeout(CLOSE_WITHIN, self.reader.close()).await.is_err() {
            info!("the database is still being read");
        }
        self.writer.close().await
    }
}

fn answer((asking, is_open): (Asking, bool)) {
    if asking.answer.send(is_open).is_err() {
        debug!("whoever asked for {} has gone", asking.deployment);
    }
}
