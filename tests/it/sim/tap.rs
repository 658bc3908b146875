//! For measuring: what the bot did, as soon as it did it.

use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Something that the bot did for somebody.
pub struct Seen<What> {
    pub what: What,
    pub user: String,
    pub at: Instant,
}

/// Tells whoever measures, if anybody does.
pub struct Tap<What>(Option<UnboundedSender<Seen<What>>>);

impl<What> Default for Tap<What> {
    fn default() -> Self {
        Self(None)
    }
}

impl<What> Tap<What> {
    /// Tells from now on.
    pub fn open(&mut self) -> UnboundedReceiver<Seen<What>> {
        let (tap, seen) = unbounded_channel();
        self.0 = Some(tap);
        seen
    }

    pub fn tell(&self, what: What, user: &str) {
        if let Some(tap) = &self.0 {
            // Whoever measured may have stopped.
            tap.send(Seen { what, user: user.to_owned(), at: Instant::now() }).ok();
        }
    }
}
