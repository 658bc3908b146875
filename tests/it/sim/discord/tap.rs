//! For measuring: what the bot did, as soon as it did it, and a memory that does not grow.

use tokio::sync::mpsc::UnboundedReceiver;

use super::Discord;
use crate::sim::tap;

pub type Tap = tap::Tap<What>;
pub type Seen = tap::Seen<What>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Their interaction was answered, or put off.
    Answered,
    /// They were told something that nobody else sees.
    Told,
    /// What they alone see was replaced by something else.
    Replaced,
}

impl Discord {
    /// Tells of everything that the bot does from now on, and keeps none of it.
    pub fn tap(&self) -> UnboundedReceiver<Seen> {
        self.world.change(|state| state.tap.open())
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
