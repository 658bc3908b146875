//! What is told of things outside of a deployment: a build, checks, a release, a push, a deployment on GitHub,
//! and the end of one of wilco's own. News of one thing may come late, twice and in any order.

pub mod subscription;
pub mod thing;

use serde::{Deserialize, Serialize};

use crate::ids::{CommitSha, NewsId, RepositoryName, ServiceName};
use crate::person::Author;
use crate::private::Private;
use crate::time::Timestamp;

/// One thing, as it stood at one moment.
///
/// All news of one thing have the same `thing`. Of two of them the one that [`replaces`](News::replaces) the
/// other says how it stands, whichever came first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Names the thing, by what its server calls it: see [`NewsKind`].
    pub thing: NewsId,
    pub kind: NewsKind,
    /// Where it is on GitHub; `None` for a deployment of wilco's own whose service has no repository there.
    pub repository: Option<RepositoryName>,
    /// The service, for a deployment of wilco's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// The name of the workflow, or of the app whose checks these are; of a release its tag.
    pub name: Option<String>,
    /// The branch that it is about, without `refs/heads/`; `None` for a tag, and where none is told.
    pub branch: Option<String>,
    /// What of the repository that branch is.
    pub line: Line,
    /// What GitHub calls the environment, or the environment of wilco's own deployment.
    pub environment: Option<NewsEnvironment>,
    pub commit: Option<CommitSha>,
    /// Which try it is, from 1. A build that is run again keeps its thing and has the next number.
    pub attempt: u32,
    pub state: NewsState,
    /// The title of the commit, or the name of the release, as somebody wrote it: bounded, to be shown and never
    /// compared. May be empty.
    pub title: Private<String>,
    /// Who wrote what it is about, by what the repository knows them: the login where it is known, else the
    /// address. For a push everybody who wrote one of its commits, otherwise the author of the commit.
    pub authors: Private<Vec<Author>>,
    /// The page that people open, with `https://`.
    pub url: Option<String>,
    /// When it became so, by the server's clock: `updated_at` of a run, `created_at` of a status, and so on.
    pub at: Timestamp,
}

/// What a thing is, and by what it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// A run of a workflow, `build/OWNER/NAME/RUN`. From `workflow_run`.
    Build,
    /// A suite of checks, `checks/OWNER/NAME/SUITE`. From `check_suite`; not of the app `github-actions`, whose
    /// suites are the same as the builds.
    Checks,
    /// `release/OWNER/NAME/ID`. From `release`: `published` is a success, `deleted` and `unpublished` are a
    /// cancelling. What is no published release yet is no news.
    Release,
    /// A deployment that GitHub keeps, `github-deployment/OWNER/NAME/ID`. From `deployment_status`; `inactive` is
    /// no news.
    GithubDeployment,
    /// What was pushed to the default branch, `push/OWNER/NAME/SHA` with the newest commit. From `push`, as a
    /// success; pushes elsewhere are no news.
    Push,
    /// The end of a deployment of wilco's own, `deployment/NUMBER`.
    Deployment,
}

impl NewsKind {
    /// All of them, in the order in which the configuration names them.
    pub const ALL: [Self; 6] = [
        Self::Build,
        Self::Checks,
        Self::Release,
        Self::Push,
        Self::Deployment,
        Self::GithubDeployment,
    ];

    /// Returns the word by which the record and the configuration name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Checks => "checks",
            Self::Release => "release",
            Self::GithubDeployment => "github_deployment",
            Self::Push => "push",
            Self::Deployment => "deployment",
        }
    }
}

/// What a branch is to its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The default branch, as the server says.
    Default,
    /// Another branch, a tag, or a branch of somebody's fork, whatever its name is.
    Other,
}

/// Where something was deployed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NewsEnvironment {
    /// As GitHub knows it: any text.
    pub name: String,
    pub rank: Rank,
}

/// What an environment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// `production_environment` on GitHub; in wilco one whose deployments need an approval.
    Production,
    Other,
}

/// How far a thing is. Later ones follow earlier ones within one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsState {
    /// `requested`, `queued`, `waiting`, `pending`, `action_required`.
    Waiting,
    /// `in_progress`.
    Running,
    /// `success`, `neutral`; published; pushed.
    Succeeded,
    /// `cancelled`, `skipped`, `stale`; withdrawn.
    Cancelled,
    /// `failure`, `error`, `timed_out`, `startup_failure`.
    Failed,
}

impl NewsState {
    /// Returns the word by which the record and the configuration name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    pub fn is_end(self) -> bool {
        match self {
            Self::Waiting | Self::Running => false,
            Self::Succeeded | Self::Cancelled | Self::Failed => true,
        }
    }

    /// How far along this is: all ends are equally far.
    fn reach(self) -> u8 {
        match self {
            Self::Waiting => 0,
            Self::Running => 1,
            Self::Succeeded | Self::Cancelled | Self::Failed => 2,
        }
    }
}

impl News {
    /// Returns the name of the workflow, or of the app that checks; `None` of what has none.
    pub fn workflow(&self) -> Option<&str> {
        match self.kind {
            NewsKind::Build | NewsKind::Checks => self.name.as_deref(),
            NewsKind::Release
            | NewsKind::GithubDeployment
            | NewsKind::Push
            | NewsKind::Deployment => None,
        }
    }

    /// Tells whether this says how the thing stands now, if the other was known before.
    ///
    /// A later attempt replaces an earlier one, then what is further along, then what became so later by the
    /// server's clock; of two ends of one moment the worse one, so that no order of arrival decides. The same
    /// news once more replaces nothing.
    pub fn replaces(&self, known: &Self) -> bool {
        self.rank() > known.rank()
    }

    fn rank(&self) -> (u32, u8, Timestamp, NewsState) {
        (self.attempt, self.state.reach(), self.at, self.state)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn build(attempt: u32, state: NewsState, at: i64) -> News {
        News {
            thing: NewsId::new("build/acme/api/7").unwrap(),
            kind: NewsKind::Build,
            repository: Some(RepositoryName::new("acme/api").unwrap()),
            service: None,
            name: Some("CI".into()),
            branch: Some("main".into()),
            line: Line::Default,
            environment: None,
            commit: None,
            attempt,
            state,
            title: String::new().into(),
            authors: vec![].into(),
            url: None,
            at: Timestamp(at),
        }
    }

    fn newest(told: &[News]) -> Option<&News> {
        told.iter().reduce(|known, news| if news.replaces(known) { news } else { known })
    }

    fn any_news() -> impl Strategy<Value = News> {
        let state = prop::sample::select(vec![
            NewsState::Waiting,
            NewsState::Running,
            NewsState::Succeeded,
            NewsState::Cancelled,
            NewsState::Failed,
        ]);
        (1_u32..3, state, 0_i64..3).prop_map(|(attempt, state, at)| build(attempt, state, at))
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_of_news_ends_the_same(
            told in prop::collection::vec(any_news(), 1..8),
            again in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
            keys in prop::collection::vec(any::<u32>(), 16),
        ) {
            let mut other = told.clone();
            other.extend(again.iter().map(|index| index.get(&told).clone()));
            let mut keyed: Vec<_> = keys.into_iter().zip(other).collect();
            keyed.sort_by_key(|(key, _)| *key);
            let other: Vec<News> = keyed.into_iter().map(|(_, news)| news).collect();
            prop_assert_eq!(newest(&told).map(News::rank), newest(&other).map(News::rank));
        }
    }

    #[test]
    fn what_comes_late_replaces_nothing() {
        let failed = build(1, NewsState::Failed, 5);
        let again = build(2, NewsState::Waiting, 4);
        assert!(again.replaces(&failed) && !failed.replaces(&again));
        assert!(failed.replaces(&build(1, NewsState::Running, 9)));
        assert!(!failed.replaces(&failed.clone()));
    }
}
