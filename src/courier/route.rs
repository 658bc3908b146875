//! Hands every effect to the worker of its destination. What does not fit in memory is read from the outbox.
//!
//! There is one worker a destination at any time, and it sees its effects in the order of their
//! numbers: as soon as one was left out on the way, everything after it comes from the outbox too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::error;

use super::{Follow, Tools, worker};
use crate::store::StoreError;
use crate::store::rows::{Effects, Pending};

/// At most this many effects wait in memory for one destination; the rest waits in the outbox.
pub const QUEUE: usize = 256;

/// The way to a worker.
struct Lead {
    queue: mpsc::Sender<Pending>,
    /// Set when an effect was left out: the worker must look into the outbox.
    behind: Arc<AtomicBool>,
    /// The worker is ending, and there is something to do for the next one.
    again: bool,
}

/// Routes effects until the engine is gone.
pub async fn route(
    tools: &Tools,
    follow: &mpsc::Sender<Follow>,
    mut effects: Effects,
) -> Result<(), StoreError> {
    let mut router = Router {
        tools,
        follow,
        leads: BTreeMap::new(),
        workers: JoinSet::new(),
        destinations: BTreeMap::new(),
    };
    router.look_everywhere().await?;
    loop {
        tokio::select! {
            batch = effects.committed.recv() => match batch {
                // A batch before this one was left out, so this one would come too early.
                Some(_) if effects.left_out.swap(false, Ordering::AcqRel) => {
                    router.look_everywhere().await?;
                }
                Some(batch) => batch.into_iter().for_each(|pending| router.hand(pending)),
                None => return Ok(()),
            },
            Some(ended) = router.workers.join_next_with_id() => router.reap(ended),
        }
    }
}

struct Router<'a> {
    tools: &'a Tools,
    follow: &'a mpsc::Sender<Follow>,
    leads: BTreeMap<String, Lead>,
    workers: JoinSet<()>,
    /// Whose worker a task is.
    destinations: BTreeMap<Id, String>,
}

impl Router<'_> {
    /// Has every destination look into the outbox.
    async fn look_everywhere(&mut self) -> Result<(), StoreError> {
        for destination in self.tools.reader.destinations().await? {
            match self.leads.get_mut(&destination) {
                Some(lead) => lead.look(),
                None => self.begin(&destination),
            }
        }
        Ok(())
    }

    fn hand(&mut self, pending: Pending) {
        match self.leads.get_mut(&pending.destination) {
            Some(lead) => lead.hand(pending),
            // A new worker begins in the outbox, where this one is too.
            None => self.begin(&pending.destination),
        }
    }

    fn begin(&mut self, destination: &str) {
        let (queue, received) = mpsc::channel(QUEUE);
        let behind = Arc::new(AtomicBool::new(true));
        let work = worker::Worker {
            tools: self.tools.clone(),
            follow: self.follow.clone(),
            destination: destination.to_owned(),
            behind: Arc::clone(&behind),
            last: 0,
            doubtful: Vec::new(),
            put_off: worker::PutOff::default(),
        };
        let task = self.workers.spawn(work.run(received));
        self.destinations.insert(task.id(), destination.to_owned());
        self.leads.insert(destination.to_owned(), Lead { queue, behind, again: false });
    }

    /// Forgets a worker that ended, and begins the next one if there is something to do.
    fn reap(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, again) = match ended {
            Ok((id, ())) => (id, false),
            Err(failure) => {
                error!(%failure, "a worker of the courier failed; the next one goes on from the outbox");
                (failure.id(), true)
            }
        };
        let Some(destination) = self.destinations.remove(&id) else { return };
        let lead = self.leads.remove(&destination);
        if again || lead.is_some_and(|lead| lead.again) {
            self.begin(&destination);
        }
    }
}

impl Lead {
    fn hand(&mut self, pending: Pending) {
        match self.queue.try_send(pending) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.behind.store(true, Ordering::Release),
            Err(mpsc::error::TrySendError::Closed(_)) => self.again = true,
        }
    }

    fn look(&mut self) {
        self.behind.store(true, Ordering::Release);
        // It may be ending without looking once more.
        self.again = true;
    }
}
