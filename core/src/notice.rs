//! What we say: the meaning, before anybody chose words. [`crate::wording`] puts it into a language.

use serde::{Deserialize, Serialize};

use crate::checks::Check;
use crate::deployment::{Change, Kind, PathsRead, Status};
use crate::emoji::Verdict;
use crate::event::{RunEnd, StageState};
use crate::fact::{Obstacle, Part};
use crate::gate::Blocker;
use crate::ids::{
    Account, CommandName, CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, PersonName,
    RoleName, ServiceName,
};
use crate::language::Because;
use crate::manifest::Localized;
use crate::private::Private;
use crate::refusal::Refusal;
use crate::request::SyntaxError;
use crate::time::{Duration, Timestamp};

/// A language that wilco speaks.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    Ko,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// Returns the word by which the configuration and the record name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Returns the language of a code; `None` for one that wilco does not speak.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == code)
    }
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    Refused {
        refusal: Refusal,
    },
    NotUnderstood {
        error: SyntaxError,
    },

    // Lines of the log under a card.
    Approved {
        deployment: DeploymentId,
        by: PersonName,
        have: u32,
        need: u32,
    },
    VoteWithdrawn {
        deployment: DeploymentId,
        by: PersonName,
        have: u32,
        need: u32,
    },
    /// What was sealed has moved, so approvals are void and are asked for again.
    VotesVoided {
        deployment: DeploymentId,
        moved: Vec<Part>,
        voided: u32,
    },
    GatesOpened {
        deployment: DeploymentId,
        approvers: Vec<PersonName>,
    },
    Rejected {
        deployment: DeploymentId,
        by: PersonName,
        reason: Option<String>,
    },
    Cancelled {
        deployment: DeploymentId,
        by: PersonName,
    },
    CancelAsked {
        deployment: DeploymentId,
        by: PersonName,
    },
    Expired {
        deployment: DeploymentId,
    },
    /// It ended before a run; obstacles are named in words of their own.
    Obstructed {
        deployment: DeploymentId,
        obstacle: Obstacle,
    },
    /// Nobody knows whether it runs; the lane stays held until somebody looks.
    StartUnknown {
        deployment: DeploymentId,
        reason: String,
    },
    WrongCommit {
        deployment: DeploymentId,
        sealed: CommitSha,
        reported: CommitSha,
    },
    /// The end of a run; the stage is the one in which it failed.
    RunEnded {
        deployment: DeploymentId,
        end: RunEnd,
        stage: Option<String>,
        log_tail: String,
    },
    GaveUp {
        deployment: Option<DeploymentId>,
        effect: String,
        reason: String,
    },

    // Lines below news.
    /// It begins once more.
    NewsAgain {
        attempt: u32,
    },
    NewsFailed {
        attempt: u32,
    },
    /// It works again, with this commit where something after it does.
    NewsMended {
        commit: Option<CommitSha>,
    },
    NewsWithdrawn,

    // Answers.
    /// Nothing can be deployed any more from the message that was pressed.
    OfferOver,
    /// What the button offers is being deployed already.
    OfferTaken {
        deployment: DeploymentId,
    },
    /// What the button offers is live already.
    OfferLive {
        deployment: DeploymentId,
    },
    Help {
        commands: Vec<HelpEntry>,
    },
    HelpCommand {
        entry: HelpEntry,
        examples: Vec<String>,
    },
    Whoami {
        account: Account,
        person: Option<PersonName>,
        roles: Vec<RoleName>,
    },
    /// Which language is used with somebody; the account is that of one who cannot choose, being nobody's.
    Language {
        locale: Locale,
        because: Because,
        nobody: Option<Account>,
    },
    /// Somebody chose a language, or left it to the configuration.
    LanguageChosen {
        locale: Locale,
        because: Because,
    },
    /// The answer to `can i …`: what would be said, and for a deployment what it would wait for.
    Can {
        refusal: Option<Refusal>,
        command: String,
        policy: Option<PolicySummary>,
    },
    /// What was said is taken, and what comes of it is shown elsewhere.
    Noted {
        deployment: DeploymentId,
    },
    /// One sign of an approval is gone, and another one says the same.
    StillApproved {
        deployment: DeploymentId,
    },
    /// A rejection was not asked about in time, so it was not made.
    ReasonNotAsked {
        deployment: DeploymentId,
    },
    Status {
        board: Vec<BoardRow>,
        open: Vec<Summary>,
        more: u64,
    },
    Live {
        service: ServiceName,
        environment: EnvironmentName,
        at: Option<Timestamp>,
        live: Option<Summary>,
    },
    Changes {
        service: ServiceName,
        environment: EnvironmentName,
        from: Option<CommitSha>,
        to: CommitSha,
        reference: Option<String>,
        changes: Vec<Change>,
        total: Option<u64>,
    },
    History {
        service: ServiceName,
        environment: EnvironmentName,
        deployments: Vec<Summary>,
        more: bool,
    },
    Why {
        deployment: DeploymentId,
        status: Status,
        /// Why nobody can tell whether it runs; `None` where that is known.
        #[serde(default)]
        unknown: Option<Private<String>>,
        blockers: Vec<Blocker>,
        expires_at: Timestamp,
    },
    /// The record of one deployment: each fact with its number and hash.
    Audit {
        deployment: DeploymentId,
        rows: Vec<AuditRow>,
    },
    /// The same without names: roles, times and what the system allowed.
    Timeline {
        deployment: DeploymentId,
        rows: Vec<TimelineRow>,
    },
    DryRun {
        service: ServiceName,
        environment: EnvironmentName,
        commit: CommitSha,
        reference: Option<String>,
        changes: Vec<Change>,
        total: Option<u64>,
        /// Changed paths that the policy marks, bounded.
        #[serde(default)]
        risky: Vec<String>,
        /// Whether every path was looked at for those.
        #[serde(default)]
        paths: PathsRead,
        blockers: Vec<Blocker>,
        policy: PolicySummary,
    },
    /// A lookup failed: the backend's own words, and the question it was for.
    LookupFailed {
        reason: String,
    },
}

/// One command in the help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpEntry {
    pub command: CommandName,
    pub summary: Localized,
    /// Its forms, as one would type them.
    pub usage: Vec<String>,
    /// Other words for it, in any language.
    pub aliases: Vec<String>,
}

/// What a policy asks for, to be read by people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySummary {
    /// For each group how many approvals from which roles, and who could give them to this person's request.
    pub groups: Vec<(u32, Vec<RoleName>, Vec<PersonName>)>,
    pub expires: Duration,
}

/// What is live somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    pub service: ServiceName,
    pub environment: EnvironmentName,
    /// `None` where nothing is live yet.
    pub live: Option<Summary>,
}

/// A deployment in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub deployment: DeploymentId,
    pub kind: Kind,
    pub service: ServiceName,
    pub environment: EnvironmentName,
    pub status: Status,
    pub commit: Option<CommitSha>,
    pub reference: Option<String>,
    /// Who asked; `None` once that was erased.
    pub requester: Option<PersonName>,
    pub requested_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Why it waits, as far as is known where this was made.
    pub blockers: Vec<Blocker>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub sequence: u64,
    pub at: Timestamp,
    pub kind: String,
    /// The person, where the fact names one that was not erased.
    pub by: Option<PersonName>,
    /// What an auditor wants beside the kind: a seal, a key, a reason.
    pub detail: Detail,
    pub chain: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineRow {
    pub at: Timestamp,
    pub kind: String,
    /// The roles that the person had, where the fact says so.
    pub roles: Vec<RoleName>,
    /// Set for a vote: which way.
    pub verdict: Option<Verdict>,
    /// Stage names, ends and the like; never a name or a reason.
    pub detail: Detail,
}

/// What a row of the record says beside its kind. The record's codes are put into words later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "detail", rename_all = "snake_case")]
pub enum Detail {
    Nothing,
    /// What reads the same in every language: names, numbers and hashes.
    Plain {
        text: String,
    },
    /// By the code of the refusal; for a vote also what was tried.
    Refused {
        tried: Option<String>,
        reason: String,
    },
    Sealed {
        commit: CommitSha,
        seal: Digest,
        policy: Digest,
    },
    Moved {
        parts: Vec<Part>,
    },
    Resealed {
        parts: Vec<Part>,
        voided: u32,
        seal: Digest,
    },
    Vote {
        seal: Digest,
        reason: Option<String>,
    },
    /// How many approvals there were.
    Approvals {
        count: u32,
    },
    /// Who approved; `None` for somebody whose name was erased.
    Opened {
        approvers: Vec<Option<PersonName>>,
        seal: Digest,
        op_key: OpKey,
    },
    Stage {
        stage: String,
        state: StageState,
    },
    Checks {
        checks: Vec<Check>,
    },
    /// By the code of the obstacle.
    Obstructed {
        obstacle: String,
    },
    /// By the code of the end.
    Ended {
        end: String,
    },
    GivenUp {
        effect: String,
    },
}
