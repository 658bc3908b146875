//! What is on record, in the past tense. Facts are the audit log, and everything else is a fold of them.
//!
//! Names of people and free text are [`Private`]: in the record they are salted commitments, so that
//! one day they can be erased while the chain still verifies.

use serde::{Deserialize, Serialize};

use crate::checks::Check;
use crate::deployment::{Approved, Kind, Sealed};
use crate::effect::Target;
use crate::event::{RunEnd, StageState};
use crate::ids::{
    Account, CommitSha, DeploymentId, Digest, EnvironmentName, MessageRef, NewsId, OpKey,
    PersonName, Place, RoleName, RunRef, ServiceName,
};
use crate::news::News;
use crate::news::thing::Saying;
use crate::notice::Locale;
use crate::private::Private;
use crate::request::Parameters;
use crate::time::Timestamp;

/// One entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub at: Timestamp,
    pub deployment: Option<DeploymentId>,
    pub what: What,
}

/// What became true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum What {
    /// This record began. The instance makes keys unique among records.
    Founded {
        instance: Digest,
    },
    CatalogLoaded {
        digest: Digest,
    },
    Requested(Box<Requested>),
    /// Somebody asked for something that they may not have, or that is not to be had.
    RequestRefused {
        account: Private<Account>,
        by: Option<Private<PersonName>>,
        words: Private<String>,
        reason: String,
    },
    /// The version is known: from here on, approvals are bound to the seal.
    Sealed(Box<Sealed>),
    /// It ended before a run, since something that is needed is not there or not allowed.
    Obstructed {
        obstacle: Obstacle,
    },
    /// What was sealed is no longer so. Approvals are void, and there is a new seal.
    Resealed {
        moved: Vec<Part>,
        voided: u32,
        sealed: Box<Sealed>,
    },
    /// The checks that the policy asks for stand otherwise than was known.
    ChecksRead {
        checks: Vec<Check>,
    },
    Approved(Box<Approved>),
    Rejected {
        by: Private<PersonName>,
        roles: Vec<RoleName>,
        reason: Option<Private<String>>,
        seal: Digest,
    },
    /// One sign of an approval was taken away; the vote is gone when none is left.
    VoteWithdrawn {
        by: Private<PersonName>,
        mark: Private<Mark>,
    },
    VoteRefused {
        account: Private<Account>,
        by: Option<Private<PersonName>>,
        verdict: String,
        reason: String,
        /// The reaction, so that one which was answered is not answered again when it is read anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<Private<Mark>>,
    },
    /// Every gate stood open, and the run was ordered under this key.
    GatesOpened {
        approvers: Vec<Private<PersonName>>,
        seal: Digest,
        policy: Digest,
        op_key: OpKey,
    },
    RunStarted {
        run: RunRef,
        /// When the backend saw it, where that was not the moment at which it came on record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        observed_at: Option<Timestamp>,
    },
    /// Nobody knows whether something runs, so nothing else may start there.
    StartUnknown {
        reason: Private<String>,
    },
    StageChanged {
        stage: String,
        state: StageState,
        /// When the backend saw it, where that was not the moment at which it came on record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        observed_at: Option<Timestamp>,
    },
    /// The run works on another commit than the sealed one; it is being stopped.
    WrongCommit {
        reported: CommitSha,
    },
    CancelAsked {
        by: Private<PersonName>,
    },
    RunEnded {
        end: RunEnd,
        log_tail: Private<String>,
        /// Where a rollback from here would go, if this made a version live.
        rolls_back_to: Option<DeploymentId>,
        /// When the backend saw it, where that was not the moment at which it came on record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        observed_at: Option<Timestamp>,
    },
    /// It was cancelled before anything ran.
    Cancelled {
        by: Private<PersonName>,
    },
    Expired,
    CardShown {
        message: MessageRef,
    },
    /// Somebody chose the language that is used with them; `None` leaves it to the configuration.
    LanguageChosen {
        person: Private<PersonName>,
        locale: Option<Locale>,
    },
    /// Something outside stands so, and is told of in these places from now on.
    NewsHeard {
        news: Box<News>,
        said: Vec<Saying>,
    },
    /// What failed works again in something that came after it.
    NewsMended {
        thing: NewsId,
        commit: Option<CommitSha>,
    },
    NewsShown {
        thing: NewsId,
        message: MessageRef,
    },
    /// An effect was given up; people were told.
    GivenUp {
        effect: String,
        reason: Private<String>,
    },
}

/// The beginning of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    pub kind: Kind,
    pub service: ServiceName,
    pub environment: EnvironmentName,
    pub by: Private<PersonName>,
    pub account: Private<Account>,
    pub words: Private<String>,
    /// Where it was asked for.
    pub place: Place,
    /// Where its cards are.
    pub places: Vec<Place>,
    pub target: Target,
    pub parameters: Private<Parameters>,
    pub expires_at: Timestamp,
    /// Random, so that a seal gives away nothing of what was erased.
    pub nonce: Private<Digest>,
}

/// Why nothing was or will be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// The version could not be looked up; the words are the backend's.
    Unresolved { reason: Private<String> },
    /// The backend is certain that it started nothing; the words are its own.
    NotStarted { reason: Private<String> },
    /// The sealed commit is no longer in the repository.
    CommitGone,
    /// The commit is on none of the branches that may be deployed there.
    BranchNotAllowed { allowed: Vec<String> },
    /// The service, environment or command was taken out of the configuration.
    NotConfigured,
}

/// What a seal covers and may turn out to have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Policy,
    Pipeline,
    /// What the recipe leads to at the backend, such as the bytes of the script.
    Script,
}

impl Part {
    /// Returns the word by which the record names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Pipeline => "pipeline",
            Self::Script => "script",
        }
    }
}

/// By which sign somebody voted. Each sign is taken away on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    /// The message is a card of the deployment, which has one in each place.
    Reaction {
        account: Account,
        emoji: String,
        message: MessageRef,
    },
    Words {
        account: Account,
    },
}

impl Fact {
    pub fn new(at: Timestamp, deployment: DeploymentId, what: What) -> Self {
        Self { at, deployment: Some(deployment), what }
    }

    /// Returns when it occurred: for news of a run when that was seen, which may be before it was recorded.
    pub fn occurred_at(&self) -> Timestamp {
        match &self.what {
            What::RunStarted { observed_at, .. }
            | What::StageChanged { observed_at, .. }
            | What::RunEnded { observed_at, .. } => observed_at.unwrap_or(self.at),
            _ => self.at, // Everything else occurs as it is recorded.
        }
    }

    /// Returns the name of the kind, as it stands in the record.
    pub fn kind(&self) -> &'static str {
        match &self.what {
            What::Founded { .. } => "founded",
            What::CatalogLoaded { .. } => "catalog_loaded",
            What::Requested(_) => "requested",
            What::RequestRefused { .. } => "request_refused",
            What::Sealed(_) => "sealed",
            What::Obstructed { .. } => "obstructed",
            What::Resealed { .. } => "resealed",
            What::ChecksRead { .. } => "checks_read",
            What::Approved(_) => "approved",
            What::Rejected { .. } => "rejected",
            What::VoteWithdrawn { .. } => "vote_withdrawn",
            What::VoteRefused { .. } => "vote_refused",
            What::GatesOpened { .. } => "gates_opened",
            What::RunStarted { .. } => "run_started",
            What::StartUnknown { .. } => "start_unknown",
            What::StageChanged { .. } => "stage_changed",
            What::WrongCommit { .. } => "wrong_commit",
            What::CancelAsked { .. } => "cancel_asked",
            What::RunEnded { .. } => "run_ended",
            What::Cancelled { .. } => "cancelled",
            What::Expired => "expired",
            What::CardShown { .. } => "card_shown",
            What::LanguageChosen { .. } => "language_chosen",
            What::NewsHeard { .. } => "news_heard",
            What::NewsMended { .. } => "news_mended",
            What::NewsShown { .. } => "news_shown",
            What::GivenUp { .. } => "given_up",
        }
    }
}
