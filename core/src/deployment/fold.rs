//! A deployment as the fold of its facts: what each of them changes about it.

use crate::deployment::{Approval, Deployment, Ending, Outcome, Status};
use crate::event::{RunEnd, StageState};
use crate::fact::{Fact, Requested, What};
use crate::ids::{DeploymentId, MessageRef, Place};
use crate::private::Private;
use crate::run::Run;
use crate::time::Timestamp;

/// As many refused reactions are remembered; beyond that the oldest may be answered once more.
const REFUSED_MAX: usize = 256;

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
            checks: Vec::new(),
            moves: 0,
            refused: Vec::new(),
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

    /// Returns the message that is the card in a place, by all facts of one deployment.
    ///
    /// Over is over, so what was first shown after the end is no part of the deployment; it is its card all the same.
    pub fn card_by<'a>(
        facts: impl DoubleEndedIterator<Item = &'a Fact>,
        place: &Place,
    ) -> Option<&'a MessageRef> {
        let since_it_moved =
            facts.rev().take_while(|fact| !matches!(fact.what, What::Resealed { .. }));
        since_it_moved
            .filter_map(|fact| match &fact.what {
                What::CardShown { message } => Some(message),
                _ => None, // Nothing else says where a card is.
            })
            .find(|message| message.place == *place)
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
                self.moves += 1;
                self.refused.clear();
                self.cards.clear();
                // Without a vote there was nothing to void, and nobody has to be told to look again.
                if *voided > 0 {
                    self.moved.clone_from(moved);
                }
            }
            What::ChecksRead { checks } => self.checks.clone_from(checks),
            What::Approved(approved) => {
                self.approvals.push(Approval { approved: (**approved).clone(), at: fact.at });
            }
            What::VoteRefused { mark: Some(mark), .. } => {
                self.refused.retain(|refused| refused != mark);
                self.refused.push(mark.clone());
                if self.refused.len() > REFUSED_MAX {
                    self.refused.remove(0);
                }
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
            | What::VoteRefused { mark: None, .. }
            | What::LanguageChosen { .. }
            | What::NewsHeard { .. }
            | What::NewsMended { .. }
            | What::NewsShown { .. }
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
}
