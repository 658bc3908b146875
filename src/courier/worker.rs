//! One destination's effects, in order. What fails for now is tried again; what cannot be done is given up aloud.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tracing::{error, warn};

use wilco_core::effect::Effect;
use wilco_core::event::Event;

use super::{Follow, SOURCE, Tools, answer, runs, speak};
use crate::delivery::{Delivery, Mark, NotDelivered};
use crate::store::rows::Pending;
use crate::witness::Step;

/// A worker with nothing to do for so long ends; the next effect starts another.
const IDLE: Duration = Duration::from_secs(20);

/// As many effects are read from the outbox at once.
const PAGE: u32 = 128;

pub struct Worker {
    pub tools: Tools,
    pub follow: mpsc::Sender<Follow>,
    pub destination: String,
    pub behind: Arc<AtomicBool>,
    /// The highest number that was carried out here.
    pub last: i64,
}

/// What an attempt at an effect came to.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, taken apart at once")]
pub enum Attempt {
    /// It is done; the event is what came of it.
    Done(Option<Event>),
    /// It failed for now.
    Later(String),
    /// It can't be done.
    Never(String),
}

impl Worker {
    /// Works until there is nothing to do or nobody to work for; returns the destination.
    pub async fn run(mut self, mut received: mpsc::Receiver<Pending>) -> String {
        let mut queue = VecDeque::new();
        loop {
            if queue.is_empty() && !self.fill(&mut queue, &mut received).await {
                return self.destination;
            }
            while let Ok(next) = received.try_recv() {
                self.enqueue(&mut queue, next);
            }
            let Some(pending) = queue.pop_front() else { continue };
            // A later card of the same deployment shows everything that this one would.
            let mut numbers = vec![pending.sequence];
            if let Effect::ShowCard { .. } = &pending.effect {
                let same = |other: &Pending| other.effect == pending.effect;
                if queue.iter().any(same) {
                    self.last = pending.sequence;
                    self.settle(None, vec![pending.sequence]).await;
                    continue;
                }
            }
            self.last = pending.sequence;
            if !self.carry_out(pending, &mut numbers).await {
                return self.destination;
            }
        }
    }

    fn enqueue(&self, queue: &mut VecDeque<Pending>, next: Pending) {
        let newest = queue.back().map_or(self.last, |pending| pending.sequence);
        if next.sequence > newest {
            queue.push_back(next);
        }
    }

    /// Waits for something to do. Tells whether there is anything.
    async fn fill(
        &mut self,
        queue: &mut VecDeque<Pending>,
        received: &mut mpsc::Receiver<Pending>,
    ) -> bool {
        loop {
            // Taken before the read: what comes to the outbox meanwhile sets it again.
            if self.behind.swap(false, Ordering::AcqRel) {
                match self.tools.reader.pending(&self.destination, self.last, PAGE).await {
                    Ok(page) => {
                        if page.len() == PAGE as usize {
                            self.behind.store(true, Ordering::Release);
                        }
                        for pending in page {
                            self.enqueue(queue, pending);
                        }
                    }
                    Err(error) => {
                        warn!(%error, "the outbox cannot be read for now");
                        self.behind.store(true, Ordering::Release);
                        tokio::time::sleep(self.tools.patience.first).await;
                    }
                }
                if !queue.is_empty() {
                    return true;
                }
                continue;
            }
            match tokio::time::timeout(IDLE, received.recv()).await {
                Ok(Some(next)) => {
                    self.enqueue(queue, next);
                    if !queue.is_empty() {
                        return true;
                    }
                }
                Ok(None) => return false,
                Err(_) => {
                    received.close();
                    // What came in before the door was shut is still in the queue.
                    if received.is_empty() {
                        return false;
                    }
                }
            }
        }
    }

    /// Carries out one effect to its end. Tells whether to go on.
    async fn carry_out(&mut self, pending: Pending, numbers: &mut Vec<i64>) -> bool {
        let kind = pending.effect.kind();
        for attempt in 1..=self.tools.patience.tries {
            self.tools.witness.step(Step::BeforeEffect(kind)).await;
            let attempted = self.attempt(&pending, attempt > 1).await;
            self.tools.witness.step(Step::AfterEffect(kind)).await;
            let event = match attempted {
                Attempt::Done(event) => event,
                Attempt::Later(reason) if attempt < self.tools.patience.tries => {
                    warn!(effect.kind = kind, attempt, %reason, "an effect failed for now");
                    tokio::time::sleep(self.tools.patience.wait_after(attempt)).await;
                    continue;
                }
                Attempt::Later(reason) | Attempt::Never(reason) => {
                    error!(effect.kind = kind, %reason, "an effect was given up");
                    Some(given_up(&pending.effect, reason))
                }
            };
            return self.settle(event, std::mem::take(numbers)).await;
        }
        true
    }

    /// Tries once; a panic counts as this effect's failure and nobody else's.
    async fn attempt(&self, pending: &Pending, again: bool) -> Attempt {
        let (tools, follow) = (self.tools.clone(), self.follow.clone());
        let pending = pending.clone();
        let task = tokio::spawn(async move { carry_out(&tools, &follow, &pending, again).await });
        match task.await {
            Ok(attempt) => attempt,
            Err(error) => Attempt::Never(format!("it failed inside wilco: {error}")),
        }
    }

    /// Puts on record what came of effects, and takes them out of the outbox. Tells whether to go on.
    async fn settle(&self, event: Option<Event>, numbers: Vec<i64>) -> bool {
        let id = numbers.first().copied().unwrap_or_default();
        let delivery =
            event.map(|event| Delivery { source: SOURCE, id: format!("outbox/{id}"), event });
        for attempt in 1.. {
            let mark = Some(Mark::Settled(numbers.clone()));
            match self.tools.deliveries.submit(delivery.clone(), mark).await {
                Ok(_) => return true,
                Err(NotDelivered::Stopping) => return false,
                Err(NotDelivered::Store(reason)) => {
                    warn!(%reason, "what came of an effect cannot be recorded for now");
                    tokio::time::sleep(self.tools.patience.wait_after(attempt)).await;
                }
            }
        }
        false
    }
}

/// Returns the event that says that an effect was given up, in the words of whoever waits for it.
fn given_up(effect: &Effect, reason: String) -> Event {
    match effect {
        Effect::Resolve { deployment } => {
            Event::Resolved { deployment: *deployment, answer: Err(reason) }
        }
        Effect::Confirm { deployment, seal } => {
            Event::Confirmed { deployment: *deployment, seal: *seal, answer: Err(reason) }
        }
        Effect::StartRun { .. }
        | Effect::CancelRun { .. }
        | Effect::ShowCard { .. }
        | Effect::Log { .. }
        | Effect::Tell { .. }
        | Effect::Answer { .. }
        | Effect::Recall { .. } => {
            Event::GaveUp { deployment: effect.deployment(), effect: effect.kind().into(), reason }
        }
    }
}

/// Tries an effect once. `again` says that an earlier try may have had its effect.
async fn carry_out(
    tools: &Tools,
    follow: &mpsc::Sender<Follow>,
    pending: &Pending,
    again: bool,
) -> Attempt {
    let maybe_done = again || pending.sequence <= tools.inherited;
    let key = format!("wilco-{}", pending.sequence);
    match &pending.effect {
        Effect::Resolve { deployment } => runs::resolve(tools, *deployment).await,
        Effect::Confirm { deployment, seal } => runs::confirm(tools, *deployment, *seal).await,
        Effect::StartRun { deployment, op_key } => {
            let start = runs::Start { deployment: *deployment, op_key, pending, again };
            runs::start(tools, follow, &start).await
        }
        Effect::CancelRun { deployment, op_key } => {
            runs::cancel(tools, follow, *deployment, op_key).await
        }
        Effect::ShowCard { deployment, place } => speak::show_card(tools, *deployment, place).await,
        Effect::Log { deployment, place, notice } => {
            let line = speak::Line { place, key: &key, maybe_done };
            speak::log(tools, &line, *deployment, notice).await
        }
        Effect::Tell { place, to, notice } => {
            let line = speak::Line { place, key: &key, maybe_done };
            speak::tell(tools, &line, to, notice).await
        }
        Effect::Answer { place, to, query } => {
            let line = speak::Line { place, key: &key, maybe_done };
            answer::answer(tools, &line, to, query).await
        }
        Effect::Recall { which, question } => answer::recall(tools, which, question).await,
    }
}
