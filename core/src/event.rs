//! What occurred, with the platform stripped off.

use serde::{Deserialize, Serialize};

use crate::card::Press;
use crate::checks::Check;
use crate::deployment::{Change, Deployment, PathsRead, Version};
use crate::effect::Question;
use crate::emoji::Emoji;
use crate::ids::{
    Account, CommitSha, DeploymentId, Digest, MessageRef, NewsId, OpKey, Place, Platform, RunRef,
};
use crate::news::News;
use crate::notice::Locale;
use crate::person::{Author, Speaker, Standing};
use crate::request::Heard;
use crate::time::Timestamp;

/// One thing that occurred. An adapter delivers it once, under an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody said a line to the bot.
    Said { speaker: Speaker, place: Place, words: String, heard: Heard },
    /// Somebody put a reaction on a message, or took it away.
    Reacted { speaker: Speaker, message: MessageRef, emoji: Emoji, change: Reaction },
    /// Somebody pressed a button of a card; a rejection may come with a reason.
    Pressed {
        speaker: Speaker,
        message: MessageRef,
        press: Press,
        reason: Option<String>,
        /// By what the platform lets wilco ask for a reason now; `None` once it was asked for.
        trigger: Option<String>,
    },
    /// Somebody opened the page that wilco has for each person.
    HomeOpened { speaker: Speaker },
    /// Somebody picked their language on that page.
    LanguagePicked { speaker: Speaker, locale: Locale },
    /// A platform is connected: before that, reactions may have come and gone unseen.
    Connected { platform: Platform },
    /// These reactions stand on a message now: what came and went unseen is seen here.
    ReactionsRead { message: MessageRef, seen: Vec<(Speaker, Emoji)> },
    /// A backend looked up the version that a deployment asks for, as this configuration says.
    Resolved { deployment: DeploymentId, catalog: Digest, answer: Result<Resolution, String> },
    /// A backend looked once more at what was sealed, right before the start.
    Confirmed {
        deployment: DeploymentId,
        seal: Digest,
        /// The configuration that said where to look.
        catalog: Digest,
        answer: Result<Confirmation, String>,
        /// Cards whose reactions could not be read: what stands there may have been taken back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unread: Vec<MessageRef>,
    },
    /// The checks of the sealed commit were read while it waits for them.
    ChecksRead { deployment: DeploymentId, checks: Vec<Check> },
    /// A backend says something about a run, and when it occurred where it knows.
    RunReported {
        deployment: DeploymentId,
        op_key: OpKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        report: RunReport,
    },
    /// A card was posted as this message, showing what was sealed then.
    CardShown {
        deployment: DeploymentId,
        message: MessageRef,
        seal: Option<Digest>,
        #[serde(default)]
        posted: Posted,
    },
    /// The past that a decision asked for was read.
    Recalled { question: Question, past: Option<Box<Deployment>> },
    /// An effect was tried until it made no sense to go on.
    GaveUp { deployment: Option<DeploymentId>, effect: String, reason: String },
    /// Somebody wanted to reject, and the platform let nobody ask them why.
    ReasonNotAsked { deployment: DeploymentId, message: MessageRef, to: Account, reason: String },
    /// Time went by, or something else changed on which a waiting deployment depends.
    LookAgain { deployment: DeploymentId },
    /// Something outside is told of: a build, a release, and the like. It may be told late, twice and in any order.
    NewsHeard { news: Box<News> },
    /// A message was posted that tells of a thing outside.
    NewsShown { thing: NewsId, message: MessageRef },
    /// The configuration was read and is in force from now on.
    CatalogLoaded { digest: Digest },
}

impl Event {
    /// Returns who did it, where it is one who did it.
    pub fn speaker(&self) -> Option<&Speaker> {
        match self {
            Self::Said { speaker, .. }
            | Self::Reacted { speaker, .. }
            | Self::HomeOpened { speaker }
            | Self::LanguagePicked { speaker, .. }
            | Self::Pressed { speaker, .. } => Some(speaker),
            Self::Recalled { question, .. } => Some(question.speaker()),
            Self::ReactionsRead { .. }
            | Self::Connected { .. }
            | Self::Resolved { .. }
            | Self::Confirmed { .. }
            | Self::ChecksRead { .. }
            | Self::RunReported { .. }
            | Self::CardShown { .. }
            | Self::GaveUp { .. }
            | Self::ReasonNotAsked { .. }
            | Self::LookAgain { .. }
            | Self::NewsHeard { .. }
            | Self::NewsShown { .. }
            | Self::CatalogLoaded { .. } => None,
        }
    }

    /// Returns the same with what the platform says of whoever said, reacted or pressed.
    #[must_use]
    pub fn by(mut self, standing: Standing) -> Self {
        if let Self::Said { speaker, .. }
        | Self::Reacted { speaker, .. }
        | Self::HomeOpened { speaker }
        | Self::LanguagePicked { speaker, .. }
        | Self::Pressed { speaker, .. } = &mut self
        {
            speaker.standing = standing;
        }
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    Added,
    Removed,
}

/// Since when a card is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posted {
    /// Since wilco was told so: what people do with it comes after that.
    #[default]
    Now,
    /// Perhaps since an earlier try, of which wilco was not told.
    MaybeBefore,
}

/// What a ref turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub version: Version,
    /// Branches that contain the commit; asked for only where the environment restricts them.
    pub branches: Vec<String>,
    /// What would ship: commits since what is live, newest first, cut to a bounded number.
    pub changes: Vec<Change>,
    /// How many commits there are, also those that were cut; `None` where nothing is live to compare with.
    pub changes_total: Option<u64>,
    /// Everybody who wrote what ships; `None` where that cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<Vec<Author>>,
    /// Changed paths that match one of the policy's patterns, bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risky: Vec<String>,
    /// Whether every changed path was looked at.
    #[serde(default, skip_serializing_if = "PathsRead::is_whole")]
    pub paths: PathsRead,
    /// The checks that the policy asks for, as they stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Digest of what the recipe leads to at the backend, such as the script's bytes.
    pub fingerprint: Digest,
}

/// What stands right before a run would start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub commit_exists: bool,
    pub branches: Vec<String>,
    pub fingerprint: Digest,
    /// The checks that the policy asks for, read anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// News of a run, in the order in which the backend saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum RunReport {
    /// The backend has the run.
    Started {
        run: RunRef,
    },
    /// The backend is certain that nothing was started and nothing will be.
    NotStarted {
        reason: String,
    },
    /// Nobody can tell whether something was started.
    Unknown {
        reason: String,
    },
    /// The run says which commit it works on.
    Working {
        commit: CommitSha,
    },
    Stage {
        stage: String,
        state: StageState,
    },
    Ended {
        outcome: RunOutcome,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    Running,
    Succeeded,
    Failed,
    Skipped,
}

impl StageState {
    /// Returns the word by which the record names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutcome {
    pub end: RunEnd,
    /// The last lines that it wrote, bounded; empty after a success.
    pub log_tail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum RunEnd {
    Succeeded,
    /// It ended with this exit status.
    Failed {
        status: i32,
    },
    /// A signal ended it that wilco did not send.
    Killed {
        signal: i32,
    },
    /// It was stopped because someone cancelled it.
    Cancelled,
    /// It was stopped because its time was over.
    TimedOut,
    /// The recipe could not be begun: a missing program, say.
    NotRunnable {
        reason: String,
    },
    /// It is over, and how it ended cannot be known any more.
    Lost,
}

impl RunEnd {
    /// Returns the word by which the record names it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Killed { .. } => "killed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::NotRunnable { .. } => "not_runnable",
            Self::Lost => "lost",
        }
    }
}
