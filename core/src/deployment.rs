//! A deployment: one attempt to make a version live for a service in an environment, as the fold of its facts.

use serde::{Deserialize, Serialize};

use crate::catalog::Pipeline;
use crate::effect::Target;
use crate::event::{RunEnd, StageState};
use crate::fact::{Fact, Mark, Obstacle, Part, Requested, What};
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
    pub author: String,
    pub subject: String,
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
    /// Returns the deployment that a request began.
    pub fn begin(id: DeploymentId, at: Timestamp, requested: Requested) -> Self {
        Self {
            id,
            kind: requested.kind,
            service: requested.service,
            environment: requested.environment,
            requester: requested.by,
            account: requested.account,
            requested_at: at,
            expires_at: requested.expires_at,
            place: requested.place,
            places: requested.places,
            target: requested.target,
            parameters: requested.parameters,
            nonce: requested.nonce,
            status: Status::Resolving,
            sealed: None,
            approvals: Vec::new(),
            moved: Vec::new(),
            run: None,
            cards: Vec::new(),
            retired: Vec::new(),
            ending: None,
            ended_at: None,
            rolls_back_to: None,
        }
    }

    /// Folds all facts of one deployment; `None` without a `Requested` at the beginning.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<Self> {
        let mut deployment: Option<Self> = None;
        for fact in facts {
            match (&mut deployment, &fact.what, fact.deployment) {
                (None, What::Requested(requested), Some(id)) => {
                    deployment = Some(Self::begin(id, fact.at, (**requested).clone()));
                }
                (Some(deployment), _, _) => deployment.apply(fact),
                (None, _, _) => {}
            }
        }
        deployment
    }

    /// Takes in one more fact about this deployment. Over is over: late news changes nothing.
    pub fn apply(&mut self, fact: &Fact) {
        if self.is_over() {
            return;
        }
        match &fact.what {
            What::Sealed(sealed) => {
                self.sealed = Some((**sealed).clone());
                self.status = Status::Waiting;
            }
            What::Resealed { moved, voided, sealed } => {
                self.sealed = Some((**sealed).clone());
                self.approvals.clear();
                // An approval is for what the card showed, so what moved gets a card of its own.
                self.retired.clone_from(&self.cards);
                self.cards.clear();
                // Without a vote there was nothing to void, and nobody has to be told to look again.
                if *voided > 0 {
                    self.moved.clone_from(moved);
                }
            }
            What::Approved(approved) => {
                self.approvals.push(Approval { approved: (**approved).clone(), at: fact.at });
            }
            What::VoteWithdrawn { by, mark } => {
                self.approvals.retain(|a| a.approved.by != *by || a.approved.mark != *mark);
            }
            What::GatesOpened { approvers, op_key, .. } => {
                // Whoever lost the role since the vote did not approve this run.
                self.approvals.retain(|approval| approvers.contains(&approval.approved.by));
                self.status = Status::Starting;
                self.run = Some(Run::ordered(op_key.clone(), fact.at));
            }
            What::CardShown { message } => {
                self.cards.retain(|card| card.place != message.place);
                self.cards.push(message.clone());
            }
            What::Obstructed { obstacle } => {
                let cancelled = self.run.as_ref().is_some_and(|run| run.cancel_asked_by.is_some());
                let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Failed };
                self.end(outcome, Ending::Obstructed { obstacle: obstacle.clone() }, fact.at);
            }
            What::Rejected { by, reason, .. } => {
                let ending = Ending::Rejected { by: by.clone(), reason: reason.clone() };
                self.end(Outcome::Rejected, ending, fact.at);
            }
            What::Cancelled { by } => {
                self.end(Outcome::Cancelled, Ending::Cancelled { by: by.clone() }, fact.at);
            }
            What::Expired => self.end(Outcome::Expired, Ending::Expired, fact.at),
            What::RunEnded { end, log_tail, rolls_back_to, .. } => {
                self.apply_run_end(end, log_tail, fact.occurred_at());
                self.rolls_back_to = *rolls_back_to;
            }
            What::RunStarted { .. }
            | What::StartUnknown { .. }
            | What::StageChanged { .. }
            | What::WrongCommit { .. }
            | What::CancelAsked { .. } => self.apply_to_run(fact),
            // These are on record and change nothing about a deployment.
            What::Founded { .. }
            | What::CatalogLoaded { .. }
            | What::Requested(_)
            | What::RequestRefused { .. }
            | What::VoteRefused { .. }
            | What::GivenUp { .. } => {}
        }
    }

    fn apply_to_run(&mut self, fact: &Fact) {
        let Some(run) = &mut self.run else { return };
        let at = fact.occurred_at();
        match &fact.what {
            What::RunStarted { run: reference, .. } => {
                run.run = Some(reference.clone());
                run.started_at = Some(at);
                run.newest_at = at;
                run.unknown = None;
                self.status = Status::Running;
            }
            What::StartUnknown { reason } => run.unknown = Some(reason.clone()),
            What::StageChanged { stage, state, .. } => {
                run.apply_stage(stage, *state, at);
                run.newest_at = at;
            }
            What::WrongCommit { reported } => run.wrong_commit = Some(reported.clone()),
            What::CancelAsked { by } => run.cancel_asked_by = Some(by.clone()),
            _ => {} // Only the facts above come here.
        }
    }

    fn apply_run_end(&mut self, end: &RunEnd, log_tail: &Private<String>, at: Timestamp) {
        if let Some(run) = &mut self.run {
            run.unknown = None;
            let last = match end {
                RunEnd::Succeeded => StageState::Succeeded,
                RunEnd::Failed { .. }
                | RunEnd::Killed { .. }
                | RunEnd::Cancelled
                | RunEnd::TimedOut
                | RunEnd::NotRunnable { .. }
                | RunEnd::Lost => StageState::Failed,
            };
            for stage in run.stages.iter_mut().filter(|stage| stage.ended_at.is_none()) {
                stage.state = last;
                stage.ended_at = Some(at);
            }
        }
        let wrong_commit = self.run.as_ref().is_some_and(|run| run.wrong_commit.is_some());
        let outcome = match end {
            // A run that worked on another commit is not a success, whatever it says.
            RunEnd::Succeeded if !wrong_commit => Outcome::Succeeded,
            RunEnd::Cancelled if !wrong_commit => Outcome::Cancelled,
            RunEnd::Succeeded
            | RunEnd::Cancelled
            | RunEnd::Failed { .. }
            | RunEnd::Killed { .. }
            | RunEnd::TimedOut
            | RunEnd::NotRunnable { .. }
            | RunEnd::Lost => Outcome::Failed,
        };
        self.end(outcome, Ending::Run { end: end.clone(), log_tail: log_tail.clone() }, at);
    }

    fn end(&mut self, outcome: Outcome, ending: Ending, at: Timestamp) {
        self.status = Status::Ended(outcome);
        self.ending = Some(ending);
        self.ended_at = Some(at);
    }

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

    /// Returns the message below which the log in a place goes on.
    pub fn thread_in(&self, place: &Place) -> Option<&MessageRef> {
        self.card_in(place).or_else(|| self.retired.iter().find(|card| card.place == *place))
    }

    pub fn card_in(&self, place: &Place) -> Option<&MessageRef> {
        self.cards.iter().find(|card| card.place == *place)
    }
}
