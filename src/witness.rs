//! The steps at which a crash would matter. The crash test listens here and cuts; nobody else does anything.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A step of the engine or the courier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A batch is durable, and nobody has been told yet.
    Committed,
    /// An effect is about to be carried out.
    BeforeEffect(&'static str),
    /// An effect was carried out, and that is not on record yet.
    AfterEffect(&'static str),
}

type Watching = dyn Fn(Step) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Told of every step, and waited for.
#[derive(Clone, Default)]
pub struct Witness(Option<Arc<Watching>>);

impl Witness {
    /// Returns a witness that is waited for at every step: one that never returns stops the engine there.
    pub fn new<F>(watching: impl Fn(Step) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Some(Arc::new(move |step| Box::pin(watching(step)))))
    }

    pub async fn step(&self, step: Step) {
        tracing::trace!(?step, "step");
        if let Some(watching) = &self.0 {
            watching(step).await;
        }
    }
}
