//! For measuring: what the bot did, as soon as it did it, and a memory that does not grow.

use tokio::sync::mpsc::UnboundedReceiver;

use super::Slack;
use crate::sim::tap;

pub type Tap = tap::Tap<What>;
pub type Seen = tap::Seen<What>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Their slash command was acknowledged.
    Acknowledged,
    /// They were told something that nobody else sees.
    Told,
}

impl Slack {
    /// Tells of everything that the bot does from now on, and keeps none of it.
    pub fn tap(&self) -> UnboundedReceiver<Seen> {
        self.world.change(|state| state.tap.open())
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
