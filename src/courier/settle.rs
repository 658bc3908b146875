//! What became of effects, put on record.

use tokio::task::JoinSet;
use tracing::warn;

use wilco_core::event::Event;

use super::{SOURCE, Tools};
use crate::delivery::{Accepted, Delivery, Mark, NotDelivered};

/// So many effects are done before the first of them need be on record as done.
const AHEAD: usize = 64;

/// Whether there is any use in going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    GoOn,
    /// Wilco is stopping.
    Stop,
}

/// Takes effects of one destination out of the outbox.
///
/// Of what is merely done nobody waits to read, so the next effect does not wait either. A crash may find
/// so many more of them done and not on record; each is looked for before it is done again.
pub struct Settling {
    tools: Tools,
    tasks: JoinSet<Onward>,
}

impl Settling {
    pub fn new(tools: Tools) -> Self {
        Self { tools, tasks: JoinSet::new() }
    }

    /// Has an effect recorded as done, soon.
    pub async fn done(&mut self, sequence: i64) -> Onward {
        let tools = self.tools.clone();
        self.tasks.spawn(async move { settle(&tools, None, sequence).await });
        while let Some(ended) = self.tasks.try_join_next() {
            if !matches!(ended, Ok(Onward::GoOn)) {
                return Onward::Stop;
            }
        }
        if self.tasks.len() >= AHEAD { self.wait().await } else { Onward::GoOn }
    }

    /// Puts on record what came of an effect, and returns once that is durable.
    pub async fn came(&self, event: Event, sequence: i64) -> Onward {
        settle(&self.tools, Some(event), sequence).await
    }

    /// Waits until nothing that was done is still in the outbox.
    pub async fn wait(&mut self) -> Onward {
        while let Some(ended) = self.tasks.join_next().await {
            if !matches!(ended, Ok(Onward::GoOn)) {
                return Onward::Stop;
            }
        }
        Onward::GoOn
    }
}

async fn settle(tools: &Tools, event: Option<Event>, sequence: i64) -> Onward {
    let id = format!("outbox/{sequence}");
    let mut delivery = event.map(|event| Delivery { source: SOURCE, id: id.clone(), event });
    let mut mark = Some(Mark::Settled(vec![sequence]));
    for attempt in 1.. {
        match tools.deliveries.submit(delivery.clone(), mark.clone()).await {
            Ok(Accepted::KeptAside) if attempt < tools.patience.tries => {
                // With its delivery the mark was taken; only the news is to be told again.
                mark = None;
                if let Some(delivery) = &mut delivery {
                    delivery.id = format!("{id}/again/{attempt}");
                }
                tokio::time::sleep(tools.patience.wait_after(attempt)).await;
            }
            Ok(_) => return Onward::GoOn,
            Err(NotDelivered::Stopping) => return Onward::Stop,
            Err(NotDelivered::Store(reason)) => {
                warn!(%reason, "what came of an effect cannot be recorded for now");
                tokio::time::sleep(tools.patience.wait_after(attempt)).await;
            }
        }
    }
    Onward::Stop
}
