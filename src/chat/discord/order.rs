//! What people do, in the order in which they did it.
//!
//! The library runs a task for each event, in no order. A vote that was taken back must not be heard before
//! it was given, so events are taken where they still are in order, and begun one after the other.

use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use serenity::model::application::Interaction;
use serenity::model::channel::{Message, Reaction};
use serenity::model::event::Event;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::unconstrained;
use tracing::{error, warn};
use wilco_core::event;

use super::hear::Hearing;
use super::late::{Coming, Watch};

/// As many events wait to be begun; what is more is lost, and reactions are read from the messages.
const WAITING_MAX: usize = 4_096;
/// As many are begun and not over, so that a flood costs bounded memory.
const BEGUN_MAX: usize = 4_096;
/// As many are looked at together; what comes in a burst is put in order.
const TOGETHER_MAX: usize = 256;

/// Something that somebody did, or word that some of it was missed.
pub enum Seen {
    Message(Box<Message>),
    Interaction(Box<Interaction>, Coming),
    Reaction(Box<Reaction>, event::Reaction),
    /// Reactions came or went, and only the messages tell whose.
    Missed,
}

impl Seen {
    /// Returns what wilco looks at of an event, right when it comes.
    fn of(event: &Event, watch: &Watch) -> Option<Self> {
        match event {
            Event::MessageCreate(created) => {
                let message = &created.message;
                watch.came(message.id.get());
                Some(Self::Message(Box::new(message.clone())))
            }
            Event::InteractionCreate(created) => {
                let interaction = &created.interaction;
                let coming = watch.came(interaction.id().get());
                Some(Self::Interaction(Box::new(interaction.clone()), coming))
            }
            Event::ReactionAdd(added) => {
                let reaction = Box::new(added.reaction.clone());
                Some(Self::Reaction(reaction, event::Reaction::Added))
            }
            Event::ReactionRemove(removed) => {
                let reaction = Box::new(removed.reaction.clone());
                Some(Self::Reaction(reaction, event::Reaction::Removed))
            }
            // Somebody took others' reactions away: whose, only the message tells.
            Event::ReactionRemoveAll(_) | Event::ReactionRemoveEmoji(_) => Some(Self::Missed),
            _ => None,
        }
    }

    /// Returns Discord's own number, which grows with time.
    /// <https://discord.com/developers/docs/reference#snowflakes>
    fn number(&self) -> Option<u64> {
        match self {
            Self::Message(message) => Some(message.id.get()),
            Self::Interaction(interaction, _) => Some(interaction.id().get()),
            Self::Reaction(..) | Self::Missed => None,
        }
    }
}

/// Where events wait.
pub struct Queue {
    sender: mpsc::Sender<Seen>,
    is_behind: AtomicBool,
    /// Those that were taken in order and are still to come without, and how often.
    taken: Mutex<HashMap<u64, u32>>,
    watch: Arc<Watch>,
}

impl Queue {
    pub fn new(watch: Arc<Watch>) -> (Self, mpsc::Receiver<Seen>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let (is_behind, taken) = (AtomicBool::new(false), Mutex::default());
        (Self { sender, is_behind, taken, watch }, receiver)
    }

    /// Takes an event where events are in order.
    pub fn take(&self, event: &Event) {
        if let Event::Resumed(_) = event {
            self.caught_up();
        }
        if let Some(seen) = Seen::of(event, &self.watch) {
            if let Some(number) = seen.number() {
                *self.taken().entry(number).or_default() += 1;
            }
            self.push(seen);
        }
        if self.is_behind.load(Ordering::Relaxed) && self.sender.try_send(Seen::Missed).is_ok() {
            self.is_behind.store(false, Ordering::Relaxed);
        }
    }

    /// Takes an event that comes by itself, unless it was taken in order.
    ///
    /// Reactions from before are read from the messages in any case.
    pub fn take_late(&self, event: &Event) {
        let number = match event {
            Event::MessageCreate(created) => created.message.id.get(),
            Event::InteractionCreate(created) => created.interaction.id().get(),
            _ => return,
        };
        if !self.was_taken(number)
            && let Some(seen) = Seen::of(event, &self.watch)
        {
            self.push(seen);
        }
    }

    /// Notes that everything that was missed has come.
    pub fn caught_up(&self) {
        self.watch.caught_up();
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<u64, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_taken(&self, number: u64) -> bool {
        let mut taken = self.taken();
        let Some(times) = taken.get_mut(&number) else { return false };
        *times -= 1;
        if *times == 0 {
            taken.remove(&number);
        }
        true
    }

    /// Tells whether nobody begins anything any more.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    fn push(&self, seen: Seen) {
        let is_lost = seen.number().is_some();
        if self.sender.try_send(seen).is_ok() {
            return;
        }
        self.is_behind.store(true, Ordering::Relaxed);
        if is_lost && !self.is_closed() {
            warn!("more is said in Discord than wilco can take, and some of it is left unanswered");
        }
    }
}

/// Begins what people did, one after the other, for as long as anything comes.
pub async fn hand_over(hearing: &Arc<Hearing>, mut waiting: mpsc::Receiver<Seen>) {
    let room = Arc::new(Semaphore::new(BEGUN_MAX));
    let mut together = Vec::with_capacity(TOGETHER_MAX);
    while waiting.recv_many(&mut together, TOGETHER_MAX).await > 0 {
        for seen in by_number(std::mem::take(&mut together), Seen::number) {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            let hearing = Arc::clone(hearing);
            begin(Box::pin(async move {
                hearing.take(seen).await;
                drop(permit);
            }))
            .await;
        }
    }
}

/// Begins something: all that it does before it first waits is done once this returns, and what a handler
/// does before it waits is to hand its delivery to the engine. The rest goes on by itself.
async fn begin(mut doing: Pin<Box<dyn Future<Output = ()> + Send>>) {
    let first = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| doing.as_mut().poll(context)));
        Poll::Ready(polled)
    });
    // A pause that the runtime wants would have the next one begin first.
    match unconstrained(first).await {
        Ok(Poll::Ready(())) => {}
        Ok(Poll::Pending) => drop(tokio::spawn(doing)),
        // The panic has told of itself; whoever did this is not answered, and all others are.
        Err(_) => error!("an event of Discord's could not be taken"),
    }
}

/// Puts what has a number in its order, into the places where such stand.
fn by_number<T>(together: Vec<T>, number: fn(&T) -> Option<u64>) -> Vec<T> {
    let mut numbered = Vec::with_capacity(together.len());
    let places: Vec<Option<T>> = together
        .into_iter()
        .map(|one| match number(&one) {
            Some(_) => {
                numbered.push(one);
                None
            }
            None => Some(one),
        })
        .collect();
    numbered.sort_by_key(number);
    let mut numbered = numbered.into_iter();
    places.into_iter().filter_map(|place| place.or_else(|| numbered.next())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    /// Something that may have a number, and its place before.
    type One = (Option<u64>, usize);

    fn number(one: &One) -> Option<u64> {
        one.0
    }

    proptest! {
        #[test]
        fn what_has_a_number_is_in_its_order_and_all_else_stays(
            numbers in prop::collection::vec(prop::option::of(0..50_u64), 0..40),
        ) {
            let all: Vec<One> = numbers.into_iter().zip(0..).collect();
            let mut sorted = by_number(all.clone(), number);
            prop_assert!(sorted.iter().filter_map(number).is_sorted());
            prop_assert_eq!(sorted.len(), all.len());
            for (before, after) in all.iter().zip(&sorted) {
                prop_assert_eq!(before.0.is_some(), after.0.is_some());
                prop_assert!(before.0.is_some() || before == after);
            }
            // Nothing is lost, and nothing is there twice.
            sorted.sort_by_key(|one| one.1);
            prop_assert_eq!(sorted, all);
        }
    }

    #[tokio::test]
    async fn what_is_begun_first_does_first_what_it_does_before_it_waits() {
        let begun = Arc::new(Mutex::new(Vec::new()));
        let (sender, _receiver) = mpsc::channel::<usize>(10_000);
        for number in 0..5_000 {
            let (begun, sender) = (Arc::clone(&begun), sender.clone());
            begin(Box::pin(async move {
                // As handing something to the engine does, this never waits while there is room.
                sender.send(number).await.unwrap();
                begun.lock().unwrap().push(number);
                tokio::task::yield_now().await;
            }))
            .await;
        }
        assert!(begun.lock().unwrap().is_sorted());
        assert_eq!(begun.lock().unwrap().len(), 5_000);
    }

    #[tokio::test]
    async fn what_fails_takes_nothing_else_with_it() {
        begin(Box::pin(async { panic!("on purpose") })).await;
        let (done, is_done) = tokio::sync::oneshot::channel();
        begin(Box::pin(async move {
            tokio::task::yield_now().await;
            done.send(()).unwrap();
        }))
        .await;
        is_done.await.unwrap();
    }
}
