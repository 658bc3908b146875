//! Commits of which GitHub told something lately, so that their checks may stand otherwise by now.
//!
//! Whoever tells decides nothing by it: how checks stand is what GitHub says when it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use wilco_core::ids::{CommitSha, RepositoryName};

/// As many commits are remembered.
const KEPT_MAX: usize = 256;
/// Whoever begins to wait hears also what was told just before, when nobody was waiting.
const FRESH: Duration = Duration::from_secs(5);
/// However much is told of a commit, so much time lies between two looks at it.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// GitHub takes the name of a repository in any case.
type Commit = (String, CommitSha);

/// Of which commits something was told. Cheap to clone.
#[derive(Clone, Default)]
pub struct Lately {
    commits: Arc<Mutex<Commits>>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Commits {
    told: BTreeMap<Commit, Hint>,
    number: u64,
}

/// What was told of a commit last: the how manieth hint of all it was, and when.
struct Hint {
    number: u64,
    at: Instant,
}

/// Somebody who waits for hints about one commit.
pub struct Told {
    lately: Lately,
    commit: Commit,
    /// The last hint that was looked at.
    number: u64,
    changed: watch::Receiver<()>,
}

impl Lately {
    /// Has whoever waits for this commit look at it soon.
    pub fn tell(&self, repository: &RepositoryName, commit: &CommitSha) {
        let mut commits = self.commits();
        commits.number += 1;
        let hint = Hint { number: commits.number, at: Instant::now() };
        commits.told.insert(key(repository, commit), hint);
        if commits.told.len() > KEPT_MAX {
            let oldest = commits.told.iter().min_by_key(|(_, hint)| hint.number);
            if let Some(oldest) = oldest.map(|(commit, _)| commit.clone()) {
                commits.told.remove(&oldest);
            }
        }
        drop(commits);
        self.changed.send_replace(());
    }

    pub fn of(&self, repository: &RepositoryName, commit: &CommitSha) -> Told {
        let (lately, changed) = (self.clone(), self.changed.subscribe());
        Told { lately, commit: key(repository, commit), number: 0, changed }
    }

    fn commits(&self) -> MutexGuard<'_, Commits> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    /// Returns a moment after something was told: more often comes with it, and then GitHub says so when it is asked.
    pub async fn heard(&mut self) {
        while self.hint().is_none() {
            self.changed.changed().await.expect("it is kept beside its sender");
        }
        sleep(BETWEEN_LOOKS).await;
        self.number = self.hint().unwrap_or(self.number);
    }

    /// Returns the number of a hint that was not looked at.
    fn hint(&self) -> Option<u64> {
        let commits = self.lately.commits();
        let hint = commits.told.get(&self.commit)?;
        let is_new = hint.number > self.number && hint.at.elapsed() < FRESH;
        is_new.then_some(hint.number)
    }
}

fn key(repository: &RepositoryName, commit: &CommitSha) -> Commit {
    (repository.as_str().to_ascii_lowercase(), commit.clone())
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn repository(name: &str) -> RepositoryName {
        RepositoryName::new(name).unwrap()
    }

    fn commit(number: usize) -> CommitSha {
        CommitSha::new(format!("{number:040x}")).unwrap()
    }

    async fn hears(told: &mut Told) -> bool {
        timeout(Duration::from_mins(1), told.heard()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_hears_of_its_own_commit_and_once_of_much() {
        let (lately, here) = (Lately::default(), repository("acme/api"));
        let (mut one, mut same) = (lately.of(&here, &commit(1)), lately.of(&here, &commit(1)));
        lately.tell(&here, &commit(2));
        lately.tell(&repository("acme/web"), &commit(1));
        assert!(!hears(&mut one).await);
        let begun = Instant::now();
        for _ in 0..100 {
            lately.tell(&repository("Acme/API"), &commit(1));
        }
        assert!(hears(&mut one).await && hears(&mut same).await);
        assert!(begun.elapsed() >= BETWEEN_LOOKS);
        assert!(!hears(&mut one).await && !hears(&mut same).await, "it was looked at");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_told_a_moment_before_anybody_waited_is_heard_and_nothing_older() {
        let (lately, here) = (Lately::default(), repository("acme/api"));
        lately.tell(&here, &commit(1));
        assert!(hears(&mut lately.of(&here, &commit(1))).await);
        tokio::time::advance(FRESH).await;
        assert!(!hears(&mut lately.of(&here, &commit(1))).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_commits_are_remembered_and_no_more() {
        let (lately, here) = (Lately::default(), repository("acme/api"));
        for number in 0..=KEPT_MAX {
            lately.tell(&here, &commit(number));
        }
        assert_eq!(lately.commits().told.len(), KEPT_MAX);
        assert!(hears(&mut lately.of(&here, &commit(KEPT_MAX))).await);
        lately.tell(&here, &commit(KEPT_MAX));
        assert!(!hears(&mut lately.of(&here, &commit(0))).await);
    }
}
