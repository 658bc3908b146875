//! A run to its end: what the other side reports, what it says when it is asked, and what is known when it is
//! silent for good.

use std::collections::BTreeSet;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tracing::{error, warn};
use wilco_core::catalog::Asked;
use wilco_core::event::{RunEnd, RunReport};
use wilco_core::ids::RunRef;
use wilco_core::time::Duration;

use super::known::{Entry, Known, Why};
use super::{There, Webhook};
use crate::backend::{BackendError, Numbered, StartOrder};

/// Numbers of what no report says by itself; those of reports are in between.
const STARTED: u64 = 0;
const ENDED: u64 = u64::MAX;

/// So often in a row the other side says that it does not know a run before that is believed.
const DENIALS: u32 = 3;

/// Follows one run.
pub struct Follower<'a> {
    pub webhook: &'a Webhook,
    pub order: &'a StartOrder,
    pub there: There<'a>,
    pub run: &'a RunRef,
}

/// What a follower remembers.
struct Memory {
    /// How much was delivered.
    told: BTreeSet<u64>,
    reports: usize,
    /// When it is asked about next, unless a report comes.
    ask_at: Instant,
    /// When it was seen that the end is there and what was before it is not.
    gap_at: Option<Instant>,
    denials: u32,
    /// When it was last asked to stop, and whether somebody was told that it cannot be.
    stopping_at: Option<Instant>,
    has_complained: bool,
}

impl Follower<'_> {
    /// Reports until the run is over or nobody listens.
    pub async fn follow(self, reports: &mpsc::Sender<Numbered>) -> Result<(), BackendError> {
        let mut written = self.webhook.journals.written();
        let mut memory = Memory {
            told: BTreeSet::new(),
            reports: 0,
            ask_at: Instant::now() + self.webhook.pace.ask_every,
            gap_at: None,
            denials: 0,
            stopping_at: None,
            has_complained: false,
        };
        loop {
            written.borrow_and_update();
            let known = self.webhook.known(&self.order.op_key).await?;
            let began = known.has_begun().then(|| {
                let report = RunReport::Started { run: self.run.clone() };
                Numbered { number: STARTED, at: known.sending_at, report }
            });
            for numbered in began.into_iter().chain(known.news()) {
                if memory.told.insert(numbered.number) && reports.send(numbered).await.is_err() {
                    return Ok(());
                }
            }
            if let Some((at, outcome)) = known.end()
                && self.is_complete(&known, &mut memory).await
            {
                let report = RunReport::Ended { outcome };
                // Who is gone needs no end.
                drop(reports.send(Numbered { number: ENDED, at: Some(at), report }).await);
                return Ok(());
            }
            if known.end().is_none() {
                self.look_after(&known, &mut memory).await?;
            }
            tokio::select! {
                () = reports.closed() => return Ok(()),
                // The sender lives as long as the backend does.
                _ = written.changed() => {}
                () = sleep(self.webhook.pace.look_every) => {}
            }
        }
    }

    /// Tells whether nothing more is waited for before the end is told. What was before it may still be on its
    /// way, or is known to the other side; it keeps nobody waiting for long.
    async fn is_complete(&self, known: &Known, memory: &mut Memory) -> bool {
        if !known.has_gaps() {
            return true;
        }
        match memory.gap_at {
            Some(since) => since.elapsed() >= self.webhook.pace.gap,
            None => {
                memory.gap_at = Some(Instant::now());
                if self.there.understands(Asked::Status)
                    && let Err(error) = self.webhook.ask(self.order, self.there).await
                {
                    warn!(op_key = %self.order.op_key, %error, "a run cannot be asked about for now");
                }
                false
            }
        }
    }

    /// Asks about a run that is silent, and stops one whose time is over.
    async fn look_after(&self, known: &Known, memory: &mut Memory) -> Result<(), BackendError> {
        if memory.reports != known.reports() {
            (memory.reports, memory.denials) = (known.reports(), 0);
            memory.ask_at = Instant::now() + self.webhook.pace.ask_every;
        }
        self.stop_if_need_be(known, memory).await?;
        if Instant::now() < memory.ask_at {
            return Ok(());
        }
        memory.ask_at = Instant::now() + self.webhook.pace.ask_every;
        if !self.there.understands(Asked::Status) {
            return self.conclude_if_stopped(known).await;
        }
        match self.webhook.ask(self.order, self.there).await {
            Ok(is_known) if is_known => memory.denials = 0,
            Ok(_) => memory.denials += 1,
            // It is asked again.
            Err(error) => {
                warn!(op_key = %self.order.op_key, %error, "a run cannot be asked about for now");
                if let BackendError::TooFast { wait, .. } = error {
                    memory.ask_at = Instant::now() + wait.max(self.webhook.pace.ask_every);
                }
            }
        }
        if memory.denials >= DENIALS {
            // Whoever took it and has no such run any more will never report its end.
            self.conclude(known.stop.map_or(RunEnd::Lost, Why::end)).await?;
        }
        Ok(())
    }

    async fn stop_if_need_be(
        &self,
        known: &Known,
        memory: &mut Memory,
    ) -> Result<(), BackendError> {
        let now = self.webhook.clock.now();
        if known.stop.is_none() {
            let Some(began) = known.sending_at.or(known.ordered.as_ref().map(|(at, _)| *at)) else {
                return Ok(());
            };
            if now <= began.after(length(self.order.timeout)) {
                return Ok(());
            }
            self.stopping(Why::TookTooLong).await?;
        }
        let is_due = match (memory.stopping_at, known.stop) {
            // Who was asked by people is at it just now.
            (None, Some(Why::Asked)) => {
                memory.stopping_at = Some(Instant::now());
                false
            }
            (None, Some(Why::TookTooLong) | None) => true,
            (Some(at), _) => at.elapsed() >= self.webhook.pace.ask_every,
        };
        if is_due && known.stop_promised_at.is_none() {
            memory.stopping_at = Some(Instant::now());
            self.stop(memory).await;
        }
        Ok(())
    }

    /// What cannot be stopped keeps its lane: it may still be at work.
    async fn stop(&self, memory: &mut Memory) {
        let op_key = &self.order.op_key;
        if let Err(error) = self.webhook.stop(self.order, self.there).await
            && !memory.has_complained
        {
            memory.has_complained = true;
            error!(
                %op_key, %error,
                "a run that is to stop cannot be stopped and keeps its lane until its end is reported; see \
                 \"When nobody answers any more\" in docs/webhook.md"
            );
        }
    }

    /// The other side said that it stops and nobody hears how: then that is what is known.
    async fn conclude_if_stopped(&self, known: &Known) -> Result<(), BackendError> {
        let (Some(why), Some(promised_at)) = (known.stop, known.stop_promised_at) else {
            return Ok(());
        };
        if self.webhook.clock.now() > promised_at.after(length(self.webhook.pace.grace)) {
            self.conclude(why.end()).await?;
        }
        Ok(())
    }

    async fn stopping(&self, why: Why) -> Result<(), BackendError> {
        self.webhook.note(&self.order.op_key, vec![Entry::Stopping { why }]).await
    }

    async fn conclude(&self, end: RunEnd) -> Result<(), BackendError> {
        self.webhook.conclude(&self.order.op_key, end).await
    }
}

fn length(length: std::time::Duration) -> Duration {
    Duration(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
}
