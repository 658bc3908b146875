//! A deployment's card: the one message per place that shows how it stands, in words, platform-neutral.

use serde::{Deserialize, Serialize};

use crate::event::StageState;
use crate::ids::{DeploymentId, Duration};

/// What a platform shows of a deployment. Texts are in one language and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub deployment: DeploymentId,
    pub tone: Tone,
    /// A whole sentence that says everything that matters: for notifications, screen readers and plain terminals.
    pub sentence: String,
    /// Service, version → environment, number.
    pub headline: String,
    /// The state in a word.
    pub state: String,
    /// Lines below: who asked, approvals, commits.
    pub lines: Vec<String>,
    pub stages: Vec<StageLine>,
    /// Stages done and stages in all; `None` before a run.
    pub progress: Option<(u32, u32)>,
    /// How much longer it will take, from earlier runs.
    pub remaining: Option<Duration>,
    pub buttons: Vec<Button>,
    /// Audit number and policy.
    pub footer: String,
}

/// How a card feels; colour and emoji follow from it, and the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Waiting,
    Working,
    Good,
    Bad,
    /// Over without a run: rejected, cancelled, expired.
    Quiet,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageLine {
    pub name: String,
    pub state: StageState,
    /// The state in a word.
    pub label: String,
    pub took: Option<Duration>,
}

/// What can be pressed in this state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub press: Press,
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    Approve,
    Reject,
    Abort,
    RollBack,
    Retry,
}
