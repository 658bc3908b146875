//! The little that is read of what GitHub answers. It tells more, and some of it not always.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Commit {
    pub sha: String,
    #[serde(rename = "commit")]
    pub written: Written,
    /// The account that the address belongs to, where GitHub knows one.
    pub author: Option<User>,
}

#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    pub message: String,
    pub author: Option<Signature>,
}

#[derive(Deserialize)]
pub struct Signature {
    pub name: Option<String>,
    pub email: Option<String>,
}

#[derive(Deserialize)]
pub struct User {
    pub login: Option<String>,
}

#[derive(Deserialize)]
pub struct Repository {
    pub default_branch: String,
}

#[derive(Deserialize)]
pub struct Release {
    pub tag_name: String,
}

#[derive(Deserialize)]
pub struct Reference {
    #[serde(rename = "ref")]
    pub name: String,
    pub object: Object,
}

#[derive(Deserialize)]
pub struct Object {
    pub sha: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// Whatever git names by a hash, where nothing else of it is asked for.
#[derive(Deserialize)]
pub struct Named {
    pub sha: String,
}

/// A tag that is an object of its own.
#[derive(Deserialize)]
pub struct Tag {
    #[serde(default)]
    pub message: String,
}

#[derive(Deserialize)]
pub struct Comparison {
    pub status: String,
    pub total_commits: u64,
    #[serde(default)]
    pub commits: Vec<Commit>,
    #[serde(default)]
    pub files: Vec<File>,
}

#[derive(Deserialize)]
pub struct File {
    pub filename: String,
    /// Where it was before it was moved.
    pub previous_filename: Option<String>,
}

#[derive(Deserialize)]
pub struct CheckRuns {
    pub total_count: u64,
    pub check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
pub struct CheckRun {
    pub id: u64,
    pub name: String,
    pub head_sha: String,
    pub status: String,
    pub conclusion: Option<String>,
    pub app: Option<App>,
}

#[derive(Deserialize)]
pub struct App {
    pub id: u64,
}

#[derive(Deserialize)]
pub struct Statuses {
    pub statuses: Vec<Status>,
}

#[derive(Deserialize)]
pub struct Status {
    pub context: String,
    pub state: String,
}

/// A file of a repository, by what git names its bytes.
#[derive(Deserialize)]
pub struct Content {
    pub sha: String,
    /// In base64, with line breaks; a file that is too large has none.
    pub content: Option<String>,
}

#[derive(Deserialize)]
pub struct WorkflowState {
    /// `active`, `disabled_manually`, `disabled_inactivity` and the like.
    pub state: String,
}

#[derive(Deserialize)]
pub struct Dispatched {
    pub workflow_run_id: u64,
}

#[derive(Deserialize)]
pub struct Runs {
    #[serde(default)]
    pub workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
pub struct Run {
    pub id: u64,
    pub display_title: Option<String>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    /// The head of the ref whose workflow file runs.
    pub head_sha: Option<String>,
    pub created_at: Option<String>,
    /// Of this attempt; an earlier one began before.
    #[serde(rename = "run_started_at")]
    pub began_at: Option<String>,
    pub updated_at: Option<String>,
    /// Where people see it.
    pub html_url: Option<String>,
    /// Which of its attempts this is: the first, until somebody re-runs it.
    #[serde(rename = "run_attempt")]
    pub attempt: Option<u64>,
    /// The file of its workflow; some servers write `@` and a ref behind it.
    pub path: Option<String>,
}

/// An environment that a run waits for.
#[derive(Deserialize)]
pub struct Waiting {
    pub environment: Environment,
    #[serde(default)]
    pub current_user_can_approve: bool,
}

#[derive(Deserialize)]
pub struct Environment {
    pub id: u64,
    pub name: String,
}

/// A deployment on GitHub's own pages.
#[derive(Deserialize)]
pub struct ShownDeployment {
    pub id: u64,
    /// Whatever its maker put there: others make some, too.
    #[serde(default)]
    payload: serde_json::Value,
}

impl ShownDeployment {
    pub fn has_key(&self, op_key: &str) -> bool {
        // GitHub gives a payload back as it was sent, and some servers as a text.
        match &self.payload {
            serde_json::Value::String(text) => serde_json::from_str::<serde_json::Value>(text)
                .is_ok_and(|payload| payload["op_key"] == op_key),
            payload => payload["op_key"] == op_key,
        }
    }
}

#[derive(Deserialize)]
pub struct DeploymentStatus {
    pub state: String,
}

#[derive(Deserialize)]
pub struct Jobs {
    #[serde(default)]
    pub jobs: Vec<Job>,
}

#[derive(Deserialize)]
pub struct Job {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    pub conclusion: Option<String>,
    #[serde(default)]
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
pub struct Step {
    #[serde(default)]
    pub name: String,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub started_at: Option<String>,
    pub completed_at: Option<String>,
}
