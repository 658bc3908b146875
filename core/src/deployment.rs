//! A deployment: one attempt to make a version live for a service in an environment, and what it says of itself.

mod fold;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::catalog::Pipeline;
use crate::checks::Check;
use crate::effect::Target;
use crate::event::RunEnd;
use crate::fact::{Mark, Obstacle, Part};
use crate::ids::{
    Account, CommandName, CommitSha, DeploymentId, Digest, EnvironmentName, MessageRef, PersonName,
    Place, RoleName, ServiceName,
};
use crate::policy::Policy;
use crate::private::Private;
use crate::request::Parameters;
use crate::run::Run;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    Deploy,
    /// Its version was live there before.
    Rollback,
    /// A team's own command: it runs beside what is live and changes nothing of it.
    Command {
        command: CommandName,
    },
}

/// Where a deployment stands. Why it waits is not a status: see [`crate::gate::blockers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The version is being looked up.
    Resolving,
    Waiting,
    /// The run was ordered; nobody has seen it yet.
    Starting,
    Running,
    Ended(Outcome),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    Failed,
    Rejected,
    Cancelled,
    Expired,
}

impl Status {
    /// Returns the word by which the record and the command line name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Resolving => "resolving",
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Ended(_) => "ended",
        }
    }

    /// Returns how it ended, if it has.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Ended(outcome) => Some(outcome),
            Self::Resolving | Self::Waiting | Self::Starting | Self::Running => None,
        }
    }
}

impl Outcome {
    /// Returns the word by which the record and the command line name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// What a ref resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub commit: CommitSha,
    /// The tag or branch by which people know it.
    pub reference: Option<String>,
    pub subject: Private<String>,
    pub author: Private<String>,
}

/// One commit between what is live and what would ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub commit: CommitSha,
    /// The name that stands in the commit: to be shown, never compared.
    pub author: String,
    pub subject: String,
    /// The pull request by which it came, where the repository knows of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<u64>,
}

/// What approvals are bound to, and what the run will be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub version: Version,
    pub policy: Policy,
    pub pipeline: Pipeline,
    pub fingerprint: Digest,
    pub seal: Digest,
    /// What was live there, to compare with.
    pub live: Option<CommitSha>,
    pub changes: Private<Vec<Change>>,
    pub changes_total: Option<u64>,
    /// Who wrote what ships, as far as people.toml knows them; `None` where that cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<Vec<Private<PersonName>>>,
    /// Changed paths that the policy marks as risky, bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risky: Vec<Private<String>>,
    #[serde(default, skip_serializing_if = "PathsRead::is_whole")]
    pub paths: PathsRead,
}

/// Whether every path that what ships changes was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathsRead {
    #[default]
    Whole,
    /// The repository named only some: what is risky among the rest, nobody knows.
    Cut,
}

impl PathsRead {
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// One sign by which somebody approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    pub by: Private<PersonName>,
    /// The person's roles at that time.
    pub roles: Vec<RoleName>,
    pub mark: Private<Mark>,
    pub seal: Digest,
}

/// An approval with the time at which it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub approved: Approved,
    pub at: Timestamp,
}

/// How it ended, beyond the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    Run { end: RunEnd, log_tail: Private<String> },
    Obstructed { obstacle: Obstacle },
    Rejected { by: Private<PersonName>, reason: Option<Private<String>> },
    Cancelled { by: Private<PersonName> },
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: DeploymentId,
    pub kind: Kind,
    pub service: ServiceName,
    pub environment: EnvironmentName,
    pub requester: Private<PersonName>,
    pub account: Private<Account>,
    pub requested_at: Timestamp,
    pub expires_at: Timestamp,
    pub place: Place,
    pub places: Vec<Place>,
    pub target: Target,
    pub parameters: Private<Parameters>,
    pub nonce: Private<Digest>,
    pub status: Status,
    pub sealed: Option<Sealed>,
    pub approvals: Vec<Approval>,
    /// The checks that the policy asks for, as they were read last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// How often something moved, and with it the cards.
    #[serde(default)]
    pub moves: u32,
    /// Reactions that were refused: they still stand on the card, and count for nothing.
    #[serde(default)]
    pub refused: Vec<Private<Mark>>,
    /// Set when approvals became void, with what had moved; the card says so.
    pub moved: Vec<Part>,
    pub run: Option<Run>,
    pub cards: Vec<MessageRef>,
    /// What was the card in each place before something moved.
    #[serde(default)]
    pub retired: Vec<MessageRef>,
    pub ending: Option<Ending>,
    pub ended_at: Option<Timestamp>,
    pub rolls_back_to: Option<DeploymentId>,
}

impl Deployment {
    pub fn is_over(&self) -> bool {
        self.outcome().is_some()
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.status.outcome()
    }

    /// Tells whether it holds its service × environment, so that nothing else may start there.
    pub fn holds_lane(&self) -> bool {
        match self.status {
            Status::Starting | Status::Running => true,
            Status::Resolving | Status::Waiting | Status::Ended(_) => false,
        }
    }

    /// Tells whether it made its version live.
    pub fn made_live(&self) -> bool {
        self.outcome() == Some(Outcome::Succeeded)
            && match self.kind {
                Kind::Deploy | Kind::Rollback => true,
                Kind::Command { .. } => false,
            }
    }

    pub fn commit(&self) -> Option<&CommitSha> {
        match (&self.sealed, &self.target) {
            (Some(sealed), _) => Some(&sealed.version.commit),
            (None, Target::Commit { commit, .. }) => Some(commit),
            (None, Target::Reference { .. }) => None,
        }
    }

    /// Returns everybody whose approval stands, each person once, in the order of their votes.
    pub fn approvers(&self) -> Vec<&PersonName> {
        let mut names: Vec<&PersonName> = Vec::new();
        for name in self.approvals.iter().filter_map(|a| a.approved.by.known()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the key of the card as it now is: the same however often it is drawn, another one once
    /// something moved, and nothing that anybody could guess.
    pub fn card_key(&self) -> String {
        let digest = Sha256::new_with_prefix(b"wilco.card.1\n")
            .chain_update(self.id.0.to_be_bytes())
            .chain_update(self.nonce.known().map(|nonce| nonce.0).unwrap_or_default())
            .chain_update(self.moves.to_be_bytes())
            .finalize();
        format!("card-{}-{}", self.id.0, crate::hex::hex(&digest[..10]))
    }

    /// Returns the message below which the log in a place goes on.
    pub fn thread_in(&self, place: &Place) -> Option<&MessageRef> {
        self.card_in(place).or_else(|| self.retired.iter().find(|card| card.place == *place))
    }

    pub fn card_in(&self, place: &Place) -> Option<&MessageRef> {
        self.cards.iter().find(|card| card.place == *place)
    }
}
