//! For measuring: what the bot did, as soon as it did it, and a memory that does not grow.

use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Slack;
use super::state::State;

pub type Tap = UnboundedSender<Seen>;

/// Something that the bot did for somebody.
pub struct Seen {
    pub what: What,
    pub user: String,
    pub at: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Their slash command was acknowledged.
    Acknowledged,
    /// They were told something that nobody else sees.
    Told,
}

impl State {
    pub fn tell_tap(&self, what: What, user: &str) {
        if let Some(tap) = &self.tap {
            // Whoever measured may have stopped.
            tap.send(Seen { what, user: user.to_owned(), at: Instant::now() }).ok();
        }
    }
}

impl Slack {
    /// Tells of everything that the bot does from now on, and keeps none of it.
    pub fn tap(&self) -> UnboundedReceiver<Seen> {
        let (tap, seen) = unbounded_channel();
        self.world.change(|state| state.tap = Some(tap));
        seen
    }

    /// Forgets what was said and called so far, so that looking things up stays quick.
    pub fn forget(&self) {
        self.world.change(|state| {
            state.given.retain(|given| given.acknowledged.is_none());
            state.ephemerals.clear();
            state.calls.clear();
            state.response_urls.clear();
            state.expire_triggers();
        });
    }
}
