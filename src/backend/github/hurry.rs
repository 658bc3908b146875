//! Runs that are followed, and commits whose checks somebody waits for: once something was heard of them, they are
//! asked about sooner.
//!
//! Whoever calls decides nothing by it: what a run did is what GitHub says when it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use wilco_core::ids::{CommitSha, RepositoryName, RunRef};

use super::lately::{Lately, Told};

/// Whom to wake for which run, and for which commit. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hurry {
    runs: Arc<Mutex<BTreeMap<RunRef, Arc<Notify>>>>,
    commits: Lately,
}

/// A run that is followed for as long as this is kept.
pub struct Followed {
    hurry: Hurry,
    run: RunRef,
    heard: Arc<Notify>,
}

impl Hurry {
    /// Has whoever follows this run look at it soon. One that nobody follows is nobody's concern.
    pub fn look_at(&self, run: &RunRef) {
        if let Some(heard) = self.runs().get(run) {
            heard.notify_one();
        }
    }

    /// Has whoever waits for the checks of this commit look at them soon.
    pub fn look_at_checks(&self, repository: &RepositoryName, commit: &CommitSha) {
        self.commits.tell(repository, commit);
    }

    /// Returns what wakes whoever waits for the checks of this commit.
    pub fn told_of_checks(&self, repository: &RepositoryName, commit: &CommitSha) -> Told {
        self.commits.of(repository, commit)
    }

    pub fn follow(&self, run: &RunRef) -> Followed {
        let heard = Arc::clone(self.runs().entry(run.clone()).or_default());
        Followed { hurry: self.clone(), run: run.clone(), heard }
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<RunRef, Arc<Notify>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    /// Returns once something was heard of the run, also while nobody waited.
    pub async fn heard(&self) {
        self.heard.notified().await;
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let mut runs = self.hurry.runs();
        // The table's and this one: nobody else follows it.
        if Arc::strong_count(&self.heard) <= 2 {
            runs.remove(&self.run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_who_follows_is_woken_and_nobody_is_remembered_for_ever() {
        let hurry = Hurry::default();
        let [one, two] = ["7", "8"].map(|run| RunRef::new(run).unwrap());
        hurry.look_at(&one);
        assert!(hurry.runs().is_empty());
        let (first, second) = (hurry.follow(&one), hurry.follow(&one));
        let other = hurry.follow(&two);
        hurry.look_at(&two);
        other.heard().await; // Though nobody waited when it was said.
        drop((first, other));
        assert_eq!(hurry.runs().len(), 1);
        hurry.look_at(&one);
        second.heard().await;
        drop(second);
        assert!(hurry.runs().is_empty());
    }
}
