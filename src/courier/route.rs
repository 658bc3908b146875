//! Hands every effect to the worker of its destination. Workers that fall behind read on from the outbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::error;

use super::{Follow, Tools, worker};
use crate::store::StoreError;
use crate::store::rows::Pending;

/// At most this many effects wait in memory for one destination; the rest waits in the outbox.
pub const QUEUE: usize = 256;

/// The way to a worker.
struct Lead {
    queue: mpsc::Sender<Pending>,
    /// Set when the queue was full: the worker must look into the outbox.
    behind: Arc<AtomicBool>,
}

/// Routes effects until the engine is gone.
pub async fn route(
    tools: &Tools,
    follow: &mpsc::Sender<Follow>,
    mut effects: mpsc::Receiver<Vec<Pending>>,
) -> Result<(), StoreError> {
    let mut router = Router { tools, follow, leads: BTreeMap::new(), workers: JoinSet::new() };
    for destination in tools.reader.destinations().await? {
        router.lead(&destination, true);
    }
    let mut rescan = tokio::time::interval(std::time::Duration::from_secs(5));
    rescan.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            batch = effects.recv() => match batch {
                Some(batch) => batch.into_iter().for_each(|pending| router.hand(pending)),
                None => return Ok(()),
            },
            Some(ended) = router.workers.join_next() => router.reap(ended),
            // A batch that found the way full is in the outbox and nowhere else.
            _ = rescan.tick() => {
                for destination in tools.reader.destinations().await? {
                    router.lead(&destination, true);
                }
            }
        }
    }
}

struct Router<'a> {
    tools: &'a Tools,
    follow: &'a mpsc::Sender<Follow>,
    leads: BTreeMap<String, Lead>,
    workers: JoinSet<String>,
}

impl Router<'_> {
    fn hand(&mut self, pending: Pending) {
        let destination = pending.destination.clone();
        let lead = self.lead(&destination, false);
        if let Err(full) = lead.queue.try_send(pending) {
            let (mpsc::error::TrySendError::Full(_) | mpsc::error::TrySendError::Closed(_)) = full;
            lead.behind.store(true, Ordering::Release);
        }
    }

    /// Returns the way to the destination's worker, starting one if there is none.
    fn lead(&mut self, destination: &str, behind: bool) -> &Lead {
        if self.leads.get(destination).is_none_or(|lead| lead.queue.is_closed()) {
            let (queue, received) = mpsc::channel(QUEUE);
            // A new worker begins in the outbox, so nothing that is waiting there is overtaken.
            let lead = Lead { queue, behind: Arc::new(AtomicBool::new(true)) };
            let work = worker::Worker {
                tools: self.tools.clone(),
                follow: self.follow.clone(),
                destination: destination.to_owned(),
                behind: Arc::clone(&lead.behind),
                last: 0,
            };
            self.workers.spawn(work.run(received));
            self.leads.insert(destination.to_owned(), lead);
        }
        let lead = &self.leads[destination];
        if behind {
            lead.behind.store(true, Ordering::Release);
        }
        lead
    }

    /// Forgets a worker that had nothing to do for a while.
    fn reap(&mut self, ended: Result<String, tokio::task::JoinError>) {
        match ended {
            Ok(destination) => {
                if self.leads.get(&destination).is_some_and(|lead| lead.queue.is_closed()) {
                    self.leads.remove(&destination);
                }
            }
            Err(error) => {
                error!(%error, "a worker of the courier failed; the next one goes on from the outbox");
                self.leads.retain(|_, lead| !lead.queue.is_closed());
            }
        }
    }
}
