//! For measuring: what the bot did, as soon as it did it, and a memory that does not grow.

use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Discord;
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
    /// Their interaction was answered, or put off.
    Answered,
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

impl Discord {
    /// Tells of everything that the bot does from now on, and keeps none of it.
    pub fn tap(&self) -> UnboundedReceiver<Seen> {
        let (tap, seen) = unbounded_channel();
        self.world.change(|state| state.tap = Some(tap));
        seen
    }

    /// Forgets what was whispered, asked and called so far, so that looking things up stays quick.
    pub fn forget(&self) {
        self.world.change(|state| {
            for channel in state.channels.values_mut() {
                channel.messages.retain(|message| !message.is_ephemeral());
            }
            state.interactions.retain(|_, interaction| interaction.answer.is_none());
            state.nonces.clear();
            state.calls.clear();
            state.link.forget();
        });
    }
}
