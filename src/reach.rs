//! Whether a platform is reached: said by its connections, asked by whoever watches over wilco.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections to a platform there are. Cheap to clone.
#[derive(Clone, Default)]
pub struct Reach(Arc<AtomicUsize>);

/// A connection, for as long as this is kept.
pub struct Reached(Reach);

impl Reach {
    pub fn reached(&self) -> Reached {
        self.0.fetch_add(1, Ordering::Relaxed);
        Reached(self.clone())
    }

    pub fn is_reached(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Reached {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
