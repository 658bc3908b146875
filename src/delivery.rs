//! The way in: adapters hand over what occurred and learn when it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot, watch};

use wilco_core::event::Event;
use wilco_core::ids::DeploymentId;
use wilco_core::language::Chosen;
use wilco_core::time::Timestamp;

/// One thing that occurred, under an id that its source never uses for anything else.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where it comes from, such as `console` or `courier`.
    pub source: &'static str,
    pub id: String,
    pub event: Event,
}

/// What became of a delivery. All of them may be acknowledged to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It was applied, and what it changed is durable.
    Applied,
    /// It had been applied before.
    Repeated,
    /// It could not be applied, and was kept aside for people to look at.
    KeptAside,
}

/// The delivery is not durable: it must not be acknowledged, and may be delivered again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotDelivered {
    #[error("cannot record the delivery: {0}")]
    Store(String),
    #[error("wilco is stopping")]
    Stopping,
}

/// What the engine is handed.
#[expect(clippy::large_enum_variant, reason = "nearly every submission is the large one")]
pub enum Submission {
    /// A delivery, a word about effects of the outbox, or both in one transaction.
    Apply {
        delivery: Option<Delivery>,
        mark: Option<Mark>,
        acknowledge: oneshot::Sender<Result<Accepted, NotDelivered>>,
    },
    /// The question whether a deployment is open.
    IsOpen { deployment: DeploymentId, answer: oneshot::Sender<bool> },
}

/// What became of effects in the outbox.
#[derive(Debug, Clone)]
pub enum Mark {
    /// The call is about to be made; from now on it may have happened.
    Attempting(i64),
    /// They are done, or were given up.
    Settled(Vec<i64>),
}

/// How much is going on, for those who wait until nothing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Effects that have not been carried out.
    pub unsettled: usize,
    /// Deployments that will move by themselves: the version is looked up, or a run goes on.
    pub moving: usize,
    /// When the next deployment expires.
    pub deadline: Option<Timestamp>,
    /// The time of the newest fact, before which nothing is decided.
    pub last_at: Timestamp,
}

impl Activity {
    /// Tells whether nothing changes any more unless people do something or time goes by.
    pub fn is_at_rest(&self) -> bool {
        self.unsettled == 0 && self.moving == 0
    }
}

/// Hands deliveries to the engine. Cheap to clone; waits while the engine's queue is full.
#[derive(Clone)]
pub struct Deliveries {
    sender: mpsc::Sender<Submission>,
    activity: watch::Receiver<Activity>,
    chosen: watch::Receiver<Arc<Chosen>>,
    counts: Arc<Counts>,
}

/// What became of deliveries since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub applied: u64,
    pub repeated: u64,
    pub kept_aside: u64,
    pub refused: u64,
    /// Whether the store refused the last one, or the last word about an effect.
    pub last_was_refused: bool,
}

#[derive(Default)]
struct Counts {
    applied: AtomicU64,
    repeated: AtomicU64,
    kept_aside: AtomicU64,
    refused: AtomicU64,
    last_was_refused: AtomicBool,
}

impl Counts {
    fn add(&self, result: &Result<Accepted, NotDelivered>) {
        let count = match result {
            Ok(Accepted::Applied) => &self.applied,
            Ok(Accepted::Repeated) => &self.repeated,
            Ok(Accepted::KeptAside) => &self.kept_aside,
            Err(NotDelivered::Store(_) | NotDelivered::Stopping) => &self.refused,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Deliveries {
    pub fn new(
        sender: mpsc::Sender<Submission>,
        activity: watch::Receiver<Activity>,
        chosen: watch::Receiver<Arc<Chosen>>,
    ) -> Self {
        Self { sender, activity, chosen, counts: Arc::default() }
    }

    /// Delivers one thing and returns once it is durable.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Accepted, NotDelivered> {
        self.submit(Some(delivery), None).await
    }

    /// Hands over a delivery, a mark on an effect, or both in one transaction.
    pub async fn submit(
        &self,
        delivery: Option<Delivery>,
        mark: Option<Mark>,
    ) -> Result<Accepted, NotDelivered> {
        let (acknowledge, acknowledged) = oneshot::channel();
        let is_delivery = delivery.is_some();
        let submission = Submission::Apply { delivery, mark, acknowledge };
        let submitted = async {
            self.sender.send(submission).await.map_err(|_| NotDelivered::Stopping)?;
            acknowledged.await.map_err(|_| NotDelivered::Stopping)?
        };
        let result = submitted.await;
        if is_delivery {
            self.counts.add(&result);
        }
        let was_refused = matches!(result, Err(NotDelivered::Store(_)));
        self.counts.last_was_refused.store(was_refused, Ordering::Relaxed);
        result
    }

    /// Returns what became of deliveries since the start.
    pub fn taken(&self) -> Taken {
        let number = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Taken {
            applied: number(&self.counts.applied),
            repeated: number(&self.counts.repeated),
            kept_aside: number(&self.counts.kept_aside),
            refused: number(&self.counts.refused),
            last_was_refused: self.counts.last_was_refused.load(Ordering::Relaxed),
        }
    }

    /// Tells whether a deployment is not over.
    pub async fn is_open(&self, deployment: DeploymentId) -> Result<bool, NotDelivered> {
        let (answer, answered) = oneshot::channel();
        let submission = Submission::IsOpen { deployment, answer };
        self.sender.send(submission).await.map_err(|_| NotDelivered::Stopping)?;
        answered.await.map_err(|_| NotDelivered::Stopping)
    }

    /// Returns how much is going on. It is up to date with everything that was acknowledged.
    pub fn activity(&self) -> watch::Receiver<Activity> {
        self.activity.clone()
    }

    /// Returns the languages that people chose, for what is said to them before anything is decided. It is up
    /// to date with everything that was acknowledged.
    pub fn chosen(&self) -> Arc<Chosen> {
        Arc::clone(&self.chosen.borrow())
    }
}
