//! One destination's effects, in order. What fails for now is tried again; what cannot be done is given up aloud.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{error, warn};

use wilco_core::effect::Effect;
use wilco_core::event::Event;

use super::given_up::given_up;
use super::settle::{Onward, Settling};
use super::{Follow, Tools, answer, checks, news, people, runs, speak};
use crate::store::rows::Pending;
use crate::witness::Step;

/// A card that cannot be shown for now is put off so often, each time behind everything else there: for days,
/// since nothing else would ever make it read as things stand.
const PUT_OFF_MAX: u32 = 2_000;

/// A worker with nothing to do for so long ends; the next effect starts another.
const IDLE: Duration = Duration::from_secs(20);

/// As many effects are read from the outbox at once.
const PAGE: u32 = 128;

/// A platform may ask to wait so often for one effect.
const WAITS_MAX: u32 = 100;

/// A platform may ask to wait so long at once. Coming back before it said is what makes it ask again, so the
/// bound lies beyond what platforms ask for in earnest; it is there since an answer that asks for a century,
/// by mistake or to harm, must not silence a channel until somebody starts wilco again.
const WAIT_MAX: Duration = Duration::from_hours(1);

pub struct Worker {
    pub tools: Tools,
    pub follow: mpsc::Sender<Follow>,
    pub destination: String,
    pub behind: Arc<AtomicBool>,
    /// The highest number that was carried out here.
    pub last: i64,
    /// Cards of an earlier process that may have been posted, and are shown by a later effect.
    pub doubtful: Vec<Effect>,
    pub put_off: PutOff,
}

/// Cards that could not be shown. They stay in the outbox.
#[derive(Default)]
pub struct PutOff {
    cards: Vec<Pending>,
    /// When they are tried again.
    until: Option<Instant>,
    /// How often each was put off, by its number.
    times: BTreeMap<i64, u32>,
}

/// What became of an effect.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
enum Carried {
    /// It is done, or given up; the event is what came of it.
    Out(Option<Event>),
    /// It is tried again later.
    PutOff,
}

/// What an attempt at an effect came to.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
pub enum Attempt {
    /// It is done; the event is what came of it.
    Done(Option<Event>),
    /// It failed for now.
    Later(String),
    /// The platform asks to wait so long before anything else is tried there.
    NotBefore(Duration, String),
    /// It can't be done.
    Never(String),
}

/// Whether an effect was tried before by this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    First,
    /// An earlier try may have had its effect.
    Again,
}

impl Worker {
    /// Works until there was nothing to do for a while, or nobody to work for.
    pub async fn run(mut self, mut received: mpsc::Receiver<Pending>) {
        let mut queue = VecDeque::new();
        let mut settling = Settling::new(self.tools.clone());
        loop {
            while let Ok(next) = received.try_recv() {
                self.enqueue(&mut queue, next);
            }
            self.take_up(&mut queue);
            if queue.is_empty() && !self.fill(&mut queue, &mut received).await {
                // The next worker here begins with what is in the outbox.
                settling.wait().await;
                return;
            }
            let Some(pending) = queue.pop_front() else { continue };
            self.last = self.last.max(pending.sequence);
            // A later card of the same deployment shows everything that this one would.
            let is_card = pending.effect.draws_a_card();
            let onward = if is_card && queue.iter().any(|later| later.effect == pending.effect) {
                // Whoever carries out the later one must know that this one may have been carried out.
                if pending.sequence <= self.tools.inherited {
                    self.doubtful.push(pending.effect);
                }
                self.put_off.times.remove(&pending.sequence);
                settling.done(pending.sequence).await
            } else {
                match self.carry_out(&pending).await {
                    Carried::Out(None) => settling.done(pending.sequence).await,
                    Carried::Out(Some(event)) => settling.came(event, pending.sequence).await,
                    Carried::PutOff => self.put_off(pending, &mut settling).await,
                }
            };
            if onward == Onward::Stop {
                return;
            }
        }
    }

    /// Leaves a card for later; of several that would show the same, one is enough.
    async fn put_off(&mut self, pending: Pending, settling: &mut Settling) -> Onward {
        // It may have been posted in spite of the failure.
        self.doubtful.push(pending.effect.clone());
        let wait = self.tools.patience.longest;
        self.put_off.until.get_or_insert_with(|| Instant::now() + wait);
        if self.put_off.cards.iter().any(|card| card.effect == pending.effect) {
            self.put_off.times.remove(&pending.sequence);
            return settling.done(pending.sequence).await;
        }
        *self.put_off.times.entry(pending.sequence).or_default() += 1;
        self.put_off.cards.push(pending);
        Onward::GoOn
    }

    /// Takes up what was put off, once it is time.
    fn take_up(&mut self, queue: &mut VecDeque<Pending>) {
        if self.put_off.until.is_some_and(|until| until <= Instant::now()) {
            self.put_off.until = None;
            queue.extend(self.put_off.cards.drain(..));
        }
    }

    /// Takes in what was handed over, unless one before it was left out: then it is in the outbox too.
    fn enqueue(&self, queue: &mut VecDeque<Pending>, next: Pending) {
        // What was put off stands behind what is newer.
        let newest = queue.iter().map(|pending| pending.sequence).fold(self.last, i64::max);
        if next.sequence > newest && !self.behind.load(Ordering::Acquire) {
            queue.push_back(next);
        }
    }

    /// Waits for something to do. Tells whether there is anything.
    async fn fill(
        &mut self,
        queue: &mut VecDeque<Pending>,
        received: &mut mpsc::Receiver<Pending>,
    ) -> bool {
        while queue.is_empty() {
            // Taken before the read: whatever is left out meanwhile sets it again.
            if self.behind.swap(false, Ordering::AcqRel) {
                self.read_on(queue).await;
                continue;
            }
            let until = self.put_off.until.unwrap_or_else(|| Instant::now() + IDLE);
            match tokio::time::timeout_at(until, received.recv()).await {
                Ok(Some(next)) => self.enqueue(queue, next),
                Ok(None) => return false,
                Err(_) if self.put_off.until.is_some() => self.take_up(queue),
                // What comes from now on is for the next worker, which the router begins.
                Err(_) => received.close(),
            }
        }
        true
    }

    /// Reads the next page of the outbox.
    async fn read_on(&mut self, queue: &mut VecDeque<Pending>) {
        match self.tools.reader.pending(&self.destination, self.last, PAGE).await {
            Ok(page) => {
                if page.len() == PAGE as usize {
                    self.behind.store(true, Ordering::Release);
                }
                queue.extend(page);
            }
            Err(error) => {
                warn!(%error, "the outbox cannot be read for now");
                self.behind.store(true, Ordering::Release);
                tokio::time::sleep(self.tools.patience.first).await;
            }
        }
    }

    /// Carries out one effect to its end, and returns what came of it.
    async fn carry_out(&mut self, pending: &Pending) -> Carried {
        let kind = pending.effect.kind();
        let (mut attempt, mut which) = (0, Try::First);
        if let Some(at) = self.doubtful.iter().position(|effect| *effect == pending.effect) {
            self.doubtful.swap_remove(at);
            which = Try::Again;
        }
        loop {
            attempt += 1;
            self.tools.witness.step(Step::BeforeEffect(kind)).await;
            let attempted = self.attempt(pending, which).await;
            self.tools.witness.step(Step::AfterEffect(kind)).await;
            return match attempted {
                Attempt::Done(event) => {
                    self.put_off.times.remove(&pending.sequence);
                    Carried::Out(event)
                }
                Attempt::NotBefore(wait, reason) if attempt < WAITS_MAX => {
                    warn!(effect.kind = kind, ?wait, %reason, "an effect waits for its platform");
                    tokio::time::sleep(honoured(wait)).await;
                    continue;
                }
                Attempt::Later(reason) if attempt < self.tries(pending) => {
                    which = Try::Again;
                    warn!(effect.kind = kind, attempt, %reason, "an effect failed for now");
                    tokio::time::sleep(self.tools.patience.wait_after(attempt)).await;
                    continue;
                }
                Attempt::Later(reason) | Attempt::NotBefore(_, reason)
                    if self.may_be_put_off(pending) =>
                {
                    warn!(effect.kind = kind, %reason, "a card waits until its platform takes it");
                    Carried::PutOff
                }
                Attempt::Later(reason) | Attempt::NotBefore(_, reason) | Attempt::Never(reason) => {
                    error!(effect.kind = kind, %reason, "an effect was given up");
                    self.put_off.times.remove(&pending.sequence);
                    self.look_out(&pending.effect).await;
                    let catalog = self.tools.catalog.borrow().digest;
                    Carried::Out(Some(given_up(&pending.effect, reason, catalog)))
                }
            };
        }
    }

    fn times_put_off(&self, pending: &Pending) -> u32 {
        self.put_off.times.get(&pending.sequence).copied().unwrap_or_default()
    }

    /// What was put off is tried once at a time, and so is a card of what is over: neither must hold up what
    /// its platform takes.
    fn tries(&self, pending: &Pending) -> u32 {
        let is_over = matches!(pending.effect, Effect::RedrawCard { .. });
        if is_over || self.times_put_off(pending) > 0 { 1 } else { self.tools.patience.tries }
    }

    /// Tells whether an effect is worth trying for days: a card that reads as things no longer stand misleads.
    fn may_be_put_off(&self, pending: &Pending) -> bool {
        pending.effect.draws_a_card() && self.times_put_off(pending) < PUT_OFF_MAX
    }

    /// Follows a run that may turn up although its start was given up.
    async fn look_out(&self, effect: &Effect) {
        if let Effect::StartRun { deployment, op_key } = effect {
            let follow = Follow { deployment: *deployment, op_key: op_key.clone() };
            // Whoever follows runs lives as long as the courier does.
            drop(self.follow.send(follow).await);
        }
    }

    /// Tries once; a panic counts as this effect's failure and nobody else's.
    async fn attempt(&self, pending: &Pending, which: Try) -> Attempt {
        let (tools, follow, pending) = (self.tools.clone(), self.follow.clone(), pending.clone());
        // A set, since dropping it ends the task: a stop must not wait for calls that hang.
        let mut task = JoinSet::new();
        task.spawn(async move { carry_out(&tools, &follow, &pending, which).await });
        match task.join_next().await {
            Some(Ok(attempt)) => attempt,
            Some(Err(error)) => Attempt::Never(format!("it failed inside wilco: {error}")),
            None => Attempt::Never("it was not begun".into()),
        }
    }
}

/// Returns how long wilco waits for a platform that asks to wait so long.
fn honoured(asked: Duration) -> Duration {
    asked.min(WAIT_MAX)
}

/// Tries an effect once.
async fn carry_out(
    tools: &Tools,
    follow: &mpsc::Sender<Follow>,
    pending: &Pending,
    which: Try,
) -> Attempt {
    let (again, key) = (which == Try::Again, format!("wilco-{}", pending.sequence));
    let maybe_done = again || pending.sequence <= tools.inherited;
    let listener = |account, locale: &_| speak::Listener { account, locale: *locale };
    let line = |place| speak::Line { place, key: &key, maybe_done };
    match &pending.effect {
        Effect::Resolve { deployment } => runs::resolve(tools, *deployment).await,
        Effect::Confirm { deployment, seal } => {
            runs::confirm(tools, *deployment, *seal, pending.sequence).await
        }
        Effect::ReadChecks { deployment } => checks::read(tools, *deployment).await,
        Effect::StartRun { deployment, op_key } => {
            let start = runs::Start { deployment: *deployment, op_key, pending, again };
            runs::start(tools, follow, &start).await
        }
        Effect::CancelRun { deployment, op_key } => {
            runs::cancel(tools, follow, *deployment, op_key).await
        }
        Effect::ShowCard { deployment, place } => {
            speak::show_card(tools, *deployment, &line(place)).await
        }
        Effect::RedrawCard { deployment, place } => {
            speak::redraw_card(tools, *deployment, place).await
        }
        Effect::ReadReactions { message, .. } => people::read_reactions(tools, message).await,
        Effect::AskReason { deployment, message, locale, trigger, .. } => {
            people::ask_reason(tools, *locale, *deployment, (message, trigger)).await
        }
        Effect::ShowHome { to, locale, answer } => {
            people::show_home(tools, &listener(to, locale), answer.as_ref()).await
        }
        Effect::Identify { event } => people::identify(tools, event).await,
        Effect::RetireCard { deployment, message } => {
            speak::retire_card(tools, *deployment, message).await
        }
        Effect::ShowNews { thing, place } => news::show(tools, thing, &line(place)).await,
        Effect::LogNews { thing, place, notice, mentioned } => {
            news::log(tools, &line(place), thing, (notice, mentioned)).await
        }
        Effect::Log { deployment, place, notice } => {
            speak::log(tools, &line(place), *deployment, notice).await
        }
        Effect::Tell { place, to, locale, notice } => {
            speak::tell(tools, &line(place), &listener(to, locale), notice).await
        }
        Effect::Answer { place, to, locale, query } => {
            answer::answer(tools, &line(place), &listener(to, locale), query).await
        }
        Effect::Recall { which, question } => answer::recall(tools, which, question).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_platform_asks_to_wait_is_honoured_up_to_an_hour() {
        for seconds in [0, 1, 30, 300, 301, 1800, 3600] {
            let asked = Duration::from_secs(seconds);
            assert_eq!(honoured(asked), asked);
        }
        for asked in [Duration::from_secs(3601), Duration::MAX] {
            assert_eq!(honoured(asked), Duration::from_hours(1));
        }
    }
}
