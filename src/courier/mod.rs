//! Outbox → chats and backends: per destination in order, destinations in parallel; nothing is lost, nothing is said twice.
//!
//! `route` hands every effect to the worker of its destination, `worker` carries them out in order,
//! `speak` talks to chats, `news` tells them of things outside, `runs` talks to backends, `checks` waits for those of a
//! repository, `follow` listens to runs there,
//! and `answer` looks up what people ask for.

mod answer;
mod board;
mod checks;
mod follow;
mod given_up;
mod news;
mod old_runs;
mod people;
mod route;
mod runs;
mod settle;
mod speak;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use wilco_core::catalog::Catalog;
use wilco_core::ids::{Place, Platform};
use wilco_core::notice::Locale;
use wilco_core::wording::Voice;

use crate::backend::Backends;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::delivery::{Accepted, Deliveries, Delivery, NotDelivered};
use crate::store::StoreError;
use crate::store::read::Reader;
use crate::store::rows::Effects;
use crate::witness::Witness;

pub use follow::Follow;

/// The source of the courier's deliveries.
const SOURCE: &str = "courier";

/// What the courier works with. Cheap to clone.
#[derive(Clone)]
pub struct Tools {
    pub deliveries: Deliveries,
    pub reader: Reader,
    pub catalog: watch::Receiver<Arc<Catalog>>,
    pub clock: Clock,
    pub witness: Witness,
    pub chats: Chats,
    pub backends: Backends,
    pub patience: Patience,
    /// Becomes true once the database file was found sound; nothing is started before.
    pub sound: watch::Receiver<bool>,
    /// Effects up to this number may have been carried out by a process that died since.
    pub inherited: i64,
}

/// The chats that are connected.
#[derive(Clone, Default)]
pub struct Chats {
    pub console: Option<Arc<dyn Chat>>,
    pub slack: Option<Arc<dyn Chat>>,
    pub discord: Option<Arc<dyn Chat>>,
}

/// How long, and how often, something that fails for now is tried.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The wait after the first try; it doubles after each further one.
    pub first: Duration,
    /// The longest wait between two tries.
    pub longest: Duration,
    pub tries: u32,
    /// A call that takes longer counts as failed.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
            tries: 8,
            call: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// Returns how long to wait after this try, counted from 1.
    pub fn wait_after(&self, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        doubled.min(self.longest)
    }
}

impl Chats {
    /// Returns the chat on which a place is; `None` when that platform is not connected.
    pub fn at(&self, place: &Place) -> Option<&Arc<dyn Chat>> {
        self.on(place.platform)
    }

    pub fn on(&self, platform: Platform) -> Option<&Arc<dyn Chat>> {
        match platform {
            Platform::Console => self.console.as_ref(),
            Platform::Slack => self.slack.as_ref(),
            Platform::Discord => self.discord.as_ref(),
        }
    }
}

impl Tools {
    /// Returns how one person is spoken to now, in the language that was decided.
    pub fn voice(&self, locale: Locale) -> Voice {
        Voice { locale, timezone: self.catalog.borrow().timezone, now: self.clock.now() }
    }

    /// Returns how everybody in a place is spoken to now.
    pub fn voice_in(&self, place: &Place) -> Voice {
        let locale = self.catalog.borrow().locale_of(place);
        self.voice(locale)
    }

    /// Delivers until the delivery is durable, be it aside: what a backend says must not be lost.
    pub async fn insist(&self, delivery: Delivery) -> Result<Accepted, NotDelivered> {
        let mut attempt = 1;
        loop {
            match self.deliveries.deliver(delivery.clone()).await {
                Ok(accepted) => return Ok(accepted),
                Err(error @ NotDelivered::Stopping) => return Err(error),
                Err(NotDelivered::Store(_)) => {
                    tokio::time::sleep(self.patience.wait_after(attempt)).await;
                    attempt += 1;
                }
            }
        }
    }
}

/// Carries out effects until the engine is gone. Runs that went on meanwhile are followed again.
pub async fn run(tools: Tools, effects: Effects) -> Result<(), StoreError> {
    let (sender, follows) = mpsc::channel(64);
    // A set, since dropping it ends the task when the courier is stopped.
    let mut runs = JoinSet::new();
    runs.spawn(follow::follow_all(tools.clone(), follows));
    for id in tools.reader.open_ids().await? {
        if let Some(found) = follow::going_on(&tools, id).await? {
            // The receiver lives as long as this function does.
            drop(sender.send(found).await);
        }
    }
    route::route(&tools, &sender, effects).await
}
