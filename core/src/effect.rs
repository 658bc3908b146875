//! What to do about what occurred. Effects wait in the outbox until the courier carried them out.

use serde::{Deserialize, Serialize};

use crate::card::Press;
use crate::emoji::Emoji;
use crate::event::{Event, Reaction};
use crate::ids::{
    Account, CommitSha, DeploymentId, Digest, EnvironmentName, MessageRef, NewsId, OpKey, Place,
    RefName, ServiceName,
};
use crate::notice::{Locale, Notice};
use crate::person::Speaker;
use crate::request::{Moment, Parameters, Request};

/// One thing to do outside. What is said to one person has its language from the decision; what everybody
/// in a place reads is in the language of that place.
///
/// What an earlier wilco left in the outbox names no language and is said in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Look up the version that the deployment asks for. Convergent.
    Resolve { deployment: DeploymentId },
    /// Look once more at what was sealed, right before the start. Convergent.
    Confirm { deployment: DeploymentId, seal: Digest },
    /// Read the checks of the sealed commit until they stand otherwise than is known. Convergent.
    ReadChecks { deployment: DeploymentId },
    /// Start the run, at most once for its key. Single.
    StartRun { deployment: DeploymentId, op_key: OpKey },
    /// Stop the run. Convergent.
    CancelRun { deployment: DeploymentId, op_key: OpKey },
    /// Make the card read as the deployment now stands. Convergent.
    ShowCard { deployment: DeploymentId, place: Place },
    /// Make a card that was shown read as the deployment now stands; where there is none, none is made. Convergent.
    RedrawCard { deployment: DeploymentId, place: Place },
    /// Make a message that was the card say that another one has taken its place. Convergent.
    RetireCard { deployment: DeploymentId, message: MessageRef },
    /// Make the message that tells of a thing outside read as it now stands. One that is gone stays gone. Convergent.
    ShowNews { thing: NewsId, place: Place },
    /// Add a line below the message that tells of a thing outside, and mention these people. Single.
    LogNews { thing: NewsId, place: Place, notice: Notice, mentioned: Vec<Account> },
    /// Add a line to the log under the card. Single.
    Log { deployment: DeploymentId, place: Place, notice: Notice },
    /// Say something to one person. Single.
    Tell {
        place: Place,
        to: Account,
        #[serde(default)]
        locale: Locale,
        notice: Notice,
    },
    /// Look something up and tell it. Single.
    Answer {
        place: Place,
        to: Account,
        #[serde(default)]
        locale: Locale,
        query: Query,
    },
    /// Read the reactions of a card anew. Convergent.
    ReadReactions { deployment: DeploymentId, message: MessageRef },
    /// Ask somebody why they reject. Single, and of no use once the platform's time for it is over.
    AskReason {
        deployment: DeploymentId,
        message: MessageRef,
        to: Account,
        #[serde(default)]
        locale: Locale,
        trigger: String,
    },
    /// Make somebody's own page read as things now stand, with the answer to what they did there. Convergent.
    ShowHome {
        to: Account,
        #[serde(default)]
        locale: Locale,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Notice>,
    },
    /// Ask the platform who somebody is, and deliver again what they did. Convergent.
    Identify { event: Box<Event> },
    /// Read a past deployment and deliver it with the question. Convergent.
    Recall { which: Which, question: Question },
}

impl Effect {
    /// Returns the name of the kind, as it stands in the outbox and in logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Resolve { .. } => "resolve",
            Self::Confirm { .. } => "confirm",
            Self::ReadChecks { .. } => "read_checks",
            Self::StartRun { .. } => "start_run",
            Self::CancelRun { .. } => "cancel_run",
            Self::ShowCard { .. } => "show_card",
            Self::RedrawCard { .. } => "redraw_card",
            Self::RetireCard { .. } => "retire_card",
            Self::ShowNews { .. } => "show_news",
            Self::LogNews { .. } => "log_news",
            Self::Log { .. } => "log",
            Self::Tell { .. } => "tell",
            Self::Answer { .. } => "answer",
            Self::ReadReactions { .. } => "read_reactions",
            Self::AskReason { .. } => "ask_reason",
            Self::ShowHome { .. } => "show_home",
            Self::Identify { .. } => "identify",
            Self::Recall { .. } => "recall",
        }
    }

    /// Tells whether it makes a card, or a message with news, read as things stand.
    pub fn draws_a_card(&self) -> bool {
        matches!(self, Self::ShowCard { .. } | Self::RedrawCard { .. } | Self::ShowNews { .. })
    }

    /// Returns the deployment that the effect is about, if it is about one.
    pub fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Resolve { deployment }
            | Self::Confirm { deployment, .. }
            | Self::ReadChecks { deployment }
            | Self::StartRun { deployment, .. }
            | Self::CancelRun { deployment, .. }
            | Self::ShowCard { deployment, .. }
            | Self::RedrawCard { deployment, .. }
            | Self::RetireCard { deployment, .. }
            | Self::ReadReactions { deployment, .. }
            | Self::AskReason { deployment, .. }
            | Self::Log { deployment, .. } => Some(*deployment),
            Self::ShowNews { .. }
            | Self::LogNews { .. }
            | Self::Tell { .. }
            | Self::Answer { .. }
            | Self::ShowHome { .. }
            | Self::Identify { .. }
            | Self::Recall { .. } => None,
        }
    }

    /// Returns where people see it, if it is in one place.
    pub fn seen_in(&self) -> Option<&Place> {
        match self {
            Self::ShowCard { place, .. }
            | Self::RedrawCard { place, .. }
            | Self::ShowNews { place, .. }
            | Self::LogNews { place, .. }
            | Self::Log { place, .. }
            | Self::Tell { place, .. }
            | Self::Answer { place, .. } => Some(place),
            Self::RetireCard { message, .. } | Self::AskReason { message, .. } => {
                Some(&message.place)
            }
            Self::Resolve { .. }
            | Self::Confirm { .. }
            | Self::ReadChecks { .. }
            | Self::StartRun { .. }
            | Self::CancelRun { .. }
            | Self::ReadReactions { .. }
            | Self::ShowHome { .. }
            | Self::Identify { .. }
            | Self::Recall { .. } => None,
        }
    }

    /// Returns where it goes. Effects for one destination are carried out in order.
    pub fn destination(&self) -> String {
        match self {
            // A start that hangs must not hold up anybody else, and a cancel must not wait for
            // the start that it is to stop.
            Self::Resolve { deployment }
            | Self::Confirm { deployment, .. }
            | Self::StartRun { deployment, .. } => format!("backend/{deployment}"),
            Self::CancelRun { deployment, .. } => format!("backend/{deployment}/cancel"),
            // It may take as long as the checks do.
            Self::ReadChecks { deployment } => format!("backend/{deployment}/checks"),
            Self::ShowCard { place, .. }
            | Self::RedrawCard { place, .. }
            | Self::RetireCard { message: MessageRef { place, .. }, .. }
            | Self::ShowNews { place, .. }
            | Self::LogNews { place, .. }
            | Self::Log { place, .. }
            | Self::Tell { place, .. } => format!("{}/{}", place.platform, place.channel),
            // What takes long to look up must not hold up the cards.
            Self::Answer { place, .. } => {
                format!("{}/{}/answers", place.platform, place.channel)
            }
            Self::ReadReactions { message: MessageRef { place, .. }, .. } => {
                format!("{}/{}/reactions", place.platform, place.channel)
            }
            // A question that comes late can't be asked any more, so it waits for nothing else.
            Self::AskReason { to, .. } => format!("reasons/{to}"),
            Self::ShowHome { to, .. } => format!("homes/{to}"),
            // What one person did stays in order, and nobody else waits for it.
            Self::Identify { event } => match event.speaker() {
                Some(speaker) => format!("people/{}", speaker.account),
                None => "people".into(),
            },
            // It may be on a card that is just being posted, so it is looked for after that.
            Self::Recall { which: Which::Card(card), question: Question::Vote { .. } } => {
                let place = &card.place;
                format!("{}/{}", place.platform, place.channel)
            }
            Self::Recall { .. } => "past".into(),
        }
    }
}

/// What can only be answered from the past or by a backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    Status {
        service: Option<ServiceName>,
        environment: Option<EnvironmentName>,
    },
    Live {
        service: ServiceName,
        environment: EnvironmentName,
        at: Option<Moment>,
    },
    Changes {
        service: ServiceName,
        environment: EnvironmentName,
        version: Option<RefName>,
    },
    History {
        service: ServiceName,
        environment: EnvironmentName,
    },
    Show {
        deployment: DeploymentId,
    },
    Why {
        deployment: DeploymentId,
    },
    Audit {
        deployment: DeploymentId,
    },
    Timeline {
        deployment: DeploymentId,
    },
    DryRun {
        speaker: Speaker,
        service: ServiceName,
        environment: EnvironmentName,
        version: Option<RefName>,
        parameters: Parameters,
    },
}

/// How to find a past deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Number(DeploymentId),
    /// The deployment that this message is or was the card of.
    Card(MessageRef),
}

/// What was being decided when the past was asked for; it comes back with the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// A request that names a deployment which is not among those that are open.
    Request { speaker: Speaker, place: Place, words: String, request: Request },
    /// A reaction to a message that is the card of none that is open.
    Vote { speaker: Speaker, message: MessageRef, emoji: Emoji, change: Reaction },
    /// A button of a message that is the card of none that is open.
    Press {
        speaker: Speaker,
        message: MessageRef,
        press: Press,
        reason: Option<String>,
        trigger: Option<String>,
    },
}

impl Question {
    pub fn speaker(&self) -> &Speaker {
        match self {
            Self::Request { speaker, .. }
            | Self::Vote { speaker, .. }
            | Self::Press { speaker, .. } => speaker,
        }
    }
}

/// The commit that a deployment is to make live, as far as it is known when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Target {
    /// A ref, or the environment's default; looked up once.
    Reference { reference: Option<RefName> },
    /// What another deployment had: a rollback, a retry, a promotion.
    Commit {
        commit: CommitSha,
        label: String,
        from: DeploymentId,
        /// For a rollback: where a further rollback goes, so that it never comes back to what was left.
        rolls_back_to: Option<DeploymentId>,
    },
}
