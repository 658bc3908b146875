//! The little that is read of GitHub's webhooks. What GitHub documents as nullable may be absent here, too.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wilco_core::ids::{CommitSha, RepositoryName, RunRef};
use wilco_core::news::News;
use wilco_core::time::Timestamp;

use super::{ChecksOf, news};

/// What a webhook says.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The webhook was set up.
    Ping,
    Nothing,
    Told {
        /// A run of which something changed.
        run: Option<RunRef>,
        /// A commit of whose checks something changed.
        checks: Option<ChecksOf>,
        news: Option<Box<News>>,
        /// When that became so, by GitHub's clock.
        at: Option<Timestamp>,
    },
}

/// A webhook that has not the shape that GitHub documents. It says nothing of what the webhook holds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has another shape than GitHub documents, at line {line}, column {column}")]
pub struct Malformed {
    pub event: &'static str,
    line: usize,
    column: usize,
}

/// Reads a webhook of this event.
pub fn read(event: &str, body: &[u8]) -> Result<Heard, Malformed> {
    Ok(match event {
        "ping" => Heard::Ping,
        "workflow_run" => {
            let told: RunTold = json("workflow_run", body)?;
            let at = time(told.workflow_run.updated_at.as_deref());
            // Its jobs are checks of the commit.
            let checks = checks_of(&told.repository, told.workflow_run.head_sha.as_deref());
            let is_over = told.workflow_run.status.as_deref() == Some("completed");
            let checks = checks.filter(|_| is_over);
            told_of((Some(told.workflow_run.id), checks), news::build(told), at)
        }
        "workflow_job" => {
            let told: JobTold = json("workflow_job", body)?;
            let job = told.workflow_job;
            let at = job.completed_at.or(job.started_at).or(job.created_at);
            told_of((Some(job.run_id), None), None, time(at.as_deref()))
        }
        "check_suite" => {
            let told: SuiteTold = json("check_suite", body)?;
            let at = time(told.check_suite.updated_at.as_deref());
            let checks = checks_of(&told.repository, told.check_suite.head_sha.as_deref());
            told_of((None, checks), news::checks(told), at)
        }
        "check_run" => {
            let CheckTold { check_run, repository } = json("check_run", body)?;
            // Its times are what an app says they are.
            told_of((None, checks_of(&repository, Some(&check_run.head_sha))), None, None)
        }
        "status" => {
            let told: ContextTold = json("status", body)?;
            let at = time(told.updated_at.as_deref());
            told_of((None, checks_of(&told.repository, Some(&told.sha))), None, at)
        }
        "release" => {
            let told: ReleaseTold = json("release", body)?;
            let at = told.release.at();
            told_of((None, None), news::release(told), at)
        }
        "deployment_status" => {
            let told: StatusTold = json("deployment_status", body)?;
            let at = time(told.deployment_status.created_at.as_deref());
            let run = told.workflow_run.as_ref().map(|run| run.id);
            told_of((run, None), news::deployment(told), at)
        }
        "push" => {
            let told: Pushed = json("push", body)?;
            let at = told.repository.pushed_at.as_ref().and_then(Moment::at);
            told_of((None, None), news::push(&told), at)
        }
        _ => Heard::Nothing,
    })
}

fn told_of(
    (run, checks): (Option<u64>, Option<ChecksOf>),
    news: Option<News>,
    at: Option<Timestamp>,
) -> Heard {
    let run = run.and_then(|run| RunRef::new(run.to_string()).ok());
    Heard::Told { run, checks, news: news.map(Box::new), at }
}

fn checks_of(repository: &Repository, commit: Option<&str>) -> Option<ChecksOf> {
    let repository = RepositoryName::new(repository.full_name.as_str()).ok()?;
    Some(ChecksOf { repository, commit: CommitSha::new(commit?).ok()? })
}

fn json<T: DeserializeOwned>(event: &'static str, body: &[u8]) -> Result<T, Malformed> {
    serde_json::from_slice(body).map_err(|error| Malformed {
        event,
        line: error.line(),
        column: error.column(),
    })
}

pub fn time(text: Option<&str>) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(Timestamp(time.timestamp_millis()))
}

#[derive(Deserialize)]
pub struct Repository {
    pub full_name: String,
    pub html_url: Option<String>,
    pub default_branch: Option<String>,
    pub pushed_at: Option<Moment>,
}

/// A time that pushes tell in seconds and everything else in words.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Moment {
    Seconds(i64),
    Text(String),
}

impl Moment {
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Seconds(seconds) => Some(Timestamp(seconds.checked_mul(1_000)?)),
            Self::Text(text) => time(Some(text)),
        }
    }
}

#[derive(Deserialize)]
pub struct Commit {
    #[serde(default)]
    pub message: String,
    pub author: Option<Signature>,
    pub url: Option<String>,
}

#[derive(Deserialize)]
pub struct Signature {
    pub email: Option<String>,
    /// The account, where a push tells it.
    pub username: Option<String>,
}

#[derive(Deserialize)]
pub struct RunTold {
    pub workflow_run: Run,
    pub repository: Repository,
}

#[derive(Deserialize)]
pub struct Run {
    pub id: u64,
    pub name: Option<String>,
    pub head_branch: Option<String>,
    pub head_sha: Option<String>,
    pub head_commit: Option<Commit>,
    /// What began it: `push`, `schedule`, `workflow_dispatch` and the like.
    pub event: Option<String>,
    /// Null where a fork is gone.
    pub head_repository: Option<Repository>,
    #[serde(rename = "run_attempt")]
    pub attempt: Option<u32>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub html_url: Option<String>,
    pub updated_at: Option<String>,
}

#[derive(Deserialize)]
struct JobTold {
    workflow_job: Job,
}

#[derive(Deserialize)]
struct Job {
    run_id: u64,
    created_at: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
}

#[derive(Deserialize)]
pub struct SuiteTold {
    pub check_suite: Suite,
    pub repository: Repository,
}

#[derive(Deserialize)]
pub struct Suite {
    pub id: u64,
    pub head_branch: Option<String>,
    pub head_sha: Option<String>,
    pub head_commit: Option<Commit>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub updated_at: Option<String>,
    pub app: Option<App>,
}

#[derive(Deserialize)]
struct CheckTold {
    check_run: CheckRun,
    repository: Repository,
}

#[derive(Deserialize)]
struct CheckRun {
    head_sha: String,
}

/// A status of a commit, of the older kind.
#[derive(Deserialize)]
struct ContextTold {
    sha: String,
    updated_at: Option<String>,
    repository: Repository,
}

#[derive(Deserialize)]
pub struct App {
    pub slug: Option<String>,
    pub name: Option<String>,
}

#[derive(Deserialize)]
pub struct ReleaseTold {
    pub action: String,
    pub release: Release,
    pub repository: Repository,
}

#[derive(Deserialize)]
pub struct Release {
    pub id: u64,
    pub tag_name: String,
    pub name: Option<String>,
    pub target_commitish: Option<String>,
    pub html_url: Option<String>,
    #[serde(default)]
    pub draft: bool,
    pub created_at: Option<String>,
    pub published_at: Option<String>,
    pub updated_at: Option<String>,
}

impl Release {
    /// GitHub tells of no time at which one is withdrawn but that of its last change.
    pub fn at(&self) -> Option<Timestamp> {
        time(self.updated_at.as_deref().or(self.published_at.as_deref()))
    }
}

#[derive(Deserialize)]
pub struct StatusTold {
    pub deployment_status: Status,
    pub deployment: Deployment,
    pub workflow_run: Option<RunNamed>,
    pub repository: Repository,
}

#[derive(Deserialize)]
pub struct RunNamed {
    pub id: u64,
}

#[derive(Deserialize)]
pub struct Status {
    pub state: String,
    #[serde(default)]
    pub environment: String,
    pub target_url: Option<String>,
    pub log_url: Option<String>,
    pub created_at: Option<String>,
}

#[derive(Deserialize)]
pub struct Deployment {
    pub id: u64,
    pub sha: Option<String>,
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub environment: Option<String>,
    pub production_environment: Option<bool>,
}

#[derive(Deserialize)]
pub struct Pushed {
    #[serde(rename = "ref")]
    pub reference: String,
    pub after: String,
    #[serde(default)]
    pub deleted: bool,
    pub head_commit: Option<Commit>,
    #[serde(default)]
    pub commits: Vec<Commit>,
    pub compare: Option<String>,
    pub repository: Repository,
}
