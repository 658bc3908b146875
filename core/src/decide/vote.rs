//! Somebody says yes or no to a deployment. A vote counts once per human, for one seal, in time, from the right people.

use super::draft::{Draft, confirm};
use super::request::Line;
use super::{Decision, View, run};
use crate::deployment::{Approval, Approved, Deployment, Status};
use crate::effect::{Effect, Question, Which};
use crate::emoji::{Emoji, Verdict};
use crate::event::{Event, Reaction};
use crate::fact::{Fact, Mark, What};
use crate::gate;
use crate::ids::{DeploymentId, MessageRef, PersonName};
use crate::notice::Notice;
use crate::person::{Person, Speaker, Standing};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::request::Request;

/// A reason that somebody gives is kept up to this many characters.
const REASON_LENGTH_MAX: usize = 500;

/// One person's different signs of approval of one deployment are recorded up to this number.
const MARKS_MAX: usize = 16;

/// A vote on its way to be counted or refused.
pub struct Ballot<'a> {
    speaker: &'a Speaker,
    /// Who that is; `None` for an account that is in nobody's entry.
    person: Option<&'a Person>,
    verdict: Verdict,
    mark: Mark,
    reason: Option<String>,
    /// Where the voter is told if the vote does not count.
    tell: &'a dyn Fn(Notice) -> Effect,
}

/// A reaction that somebody put on a message or took away.
#[derive(Clone, Copy)]
pub struct Sign<'a> {
    pub speaker: &'a Speaker,
    pub message: &'a MessageRef,
    pub emoji: &'a Emoji,
    pub change: Reaction,
}

impl Sign<'_> {
    pub fn mark(&self) -> Option<Mark> {
        let Emoji::Unicode(emoji) = self.emoji else { return None };
        let (account, message) = (self.speaker.account.clone(), self.message.clone());
        Some(Mark::Reaction { account, emoji: emoji.clone(), message })
    }

    pub fn tell(&self, view: &View<'_>, notice: Notice) -> Effect {
        view.tell(self.speaker, &self.message.place, notice)
    }
}

/// Tells whether anything can come of a reaction. A rejection ends a deployment, so there is none to take back.
pub fn means_something(emoji: &Emoji, change: Reaction) -> bool {
    match (emoji.verdict(), change) {
        (Some(Verdict::Approve), Reaction::Added | Reaction::Removed)
        | (Some(Verdict::Reject), Reaction::Added) => true,
        (Some(Verdict::Reject), Reaction::Removed)
        | (None, Reaction::Added | Reaction::Removed) => false,
    }
}

/// Decides on a reaction that takes back a vote which stands; `None` for everything else.
///
/// Whose vote it was is on record, so nothing more has to be known of them.
pub fn taken_back(view: &View<'_>, event: &Event) -> Option<Decision> {
    let Event::Reacted { speaker, message, emoji, change: Reaction::Removed } = event else {
        return None;
    };
    let sign = Sign { speaker, message, emoji, change: Reaction::Removed };
    let (open, mark) = (view.deployment?, sign.mark()?);
    let stands = |approval: &Approval| approval.approved.mark.known() == Some(&mark);
    let is_vote = open.status == Status::Waiting && open.approvals.iter().any(stands);
    is_vote.then(|| counted(view, open, &sign, Verdict::Approve))
}

/// Decides on a reaction.
pub fn reacted(view: &View<'_>, sign: &Sign<'_>) -> Decision {
    let Sign { speaker, message, emoji, change } = *sign;
    let Some(verdict) = emoji.verdict().filter(|_| means_something(emoji, change)) else {
        return Decision::default();
    };
    // Wilco's own seeded reactions, and those of other bots, mean nothing and get no answer.
    if speaker.standing == Standing::Bot {
        return Decision::default();
    }
    let Some(open) = view.deployment else {
        let (speaker, emoji) = (speaker.clone(), emoji.clone());
        let question = Question::Vote { speaker, message: message.clone(), emoji, change };
        let effect = Effect::Recall { which: Which::Card(message.clone()), question };
        return Decision { facts: vec![], effects: vec![effect] };
    };
    counted(view, open, sign, verdict)
}

fn counted(view: &View<'_>, open: &Deployment, sign: &Sign<'_>, verdict: Verdict) -> Decision {
    let mut draft = Draft::new(view, open.clone());
    run::expire(&mut draft);
    count(&mut draft, sign, (verdict, view.speaker));
    draft.finish()
}

/// Counts a reaction of this person, or says why it does not count.
pub fn count(
    draft: &mut Draft<'_>,
    sign: &Sign<'_>,
    (verdict, person): (Verdict, Option<&Person>),
) {
    let Some(mark) = sign.mark() else { return };
    let view = draft.view;
    let tell = |notice: Notice| sign.tell(view, notice);
    match (sign.change, verdict) {
        (Reaction::Removed, Verdict::Approve) => withdraw(draft, &mark, &tell),
        // A rejection ends the deployment at once, so there is none left to take back.
        (Reaction::Removed, Verdict::Reject) => {}
        (Reaction::Added, verdict) => {
            let speaker = sign.speaker;
            cast(draft, &Ballot { speaker, person, verdict, mark, reason: None, tell: &tell });
        }
    }
}

/// Decides on `approve #n` and `reject #n because …`.
pub fn said(view: &View<'_>, line: &Line<'_>, request: &Request) -> Decision {
    let (verdict, reason) = match request {
        Request::Approve { .. } => (Verdict::Approve, None),
        Request::Reject { reason, .. } => (Verdict::Reject, reason.clone()),
        _ => return Decision::default(), // Only votes come here.
    };
    let Some(open) = view.deployment else { return Decision::default() };
    let mark = Mark::Words { account: line.speaker.account.clone() };
    let tell = |notice: Notice| line.tell(view, notice);
    let mut draft = Draft::new(view, open.clone());
    run::expire(&mut draft);
    let (speaker, person) = (line.speaker, view.speaker);
    cast(&mut draft, &Ballot { speaker, person, verdict, mark, reason, tell: &tell });
    draft.finish()
}

/// Decides on a reaction to a message that was not the card of anything open when it came.
pub fn recalled(view: &View<'_>, sign: &Sign<'_>, past: Option<&Deployment>) -> Decision {
    // Not a card of ours: a copy, a quote, another bot's look-alike.
    let (Some(past), Some(verdict)) = (past, sign.emoji.verdict()) else {
        return Decision::default();
    };
    let refusal = match (view.deployment, past.outcome()) {
        // It became the card while it was looked for: the reaction was faster than the platform's answer.
        (Some(open), _) if open.card_in(&sign.message.place) == Some(sign.message) => {
            return counted(view, open, sign, verdict);
        }
        (Some(open), _) => Refusal::OldCard { deployment: open.id },
        (None, Some(outcome)) => Refusal::over(past, outcome),
        (None, None) => return Decision::default(), // It ended since, and its card says so.
    };
    // Taking back a vote that no longer stands changes nothing and needs no answer.
    if sign.change == Reaction::Removed {
        return Decision::default();
    }
    let fact = refused_vote(view, sign.speaker, past.id, &refusal);
    Decision { facts: vec![fact], effects: vec![sign.tell(view, Notice::Refused { refusal })] }
}

/// Returns what is put on record of a vote on a card that takes none.
pub fn refused_vote(
    view: &View<'_>,
    speaker: &Speaker,
    deployment: DeploymentId,
    refusal: &Refusal,
) -> Fact {
    let what = What::VoteRefused {
        account: speaker.account.clone().into(),
        by: view.speaker.map(|person| person.name.clone().into()),
        verdict: "vote".into(),
        reason: refusal.code().into(),
        mark: None,
    };
    Fact::new(view.now, deployment, what)
}

fn vote_refused(ballot: &Ballot<'_>, refusal: &Refusal) -> What {
    let verdict = match ballot.verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
    };
    What::VoteRefused {
        account: ballot.speaker.account.clone().into(),
        by: ballot.person.map(|person| person.name.clone().into()),
        verdict: verdict.into(),
        reason: refusal.code().into(),
        mark: match (&ballot.mark, ballot.speaker.standing) {
            // Nobody knows yet whether it counts, so it is asked again when it is read again.
            (Mark::Reaction { .. }, Standing::Unverified) | (Mark::Words { .. }, _) => None,
            (Mark::Reaction { .. }, _) => Some(ballot.mark.clone().into()),
        },
    }
}

fn cast(draft: &mut Draft<'_>, ballot: &Ballot<'_>) {
    match may_vote(draft, (ballot.speaker, ballot.person), ballot.verdict) {
        Ok(person) => match ballot.verdict {
            Verdict::Approve => approve(draft, person, ballot),
            Verdict::Reject => reject(draft, person, ballot),
        },
        Err(refusal) => {
            draft.record(vote_refused(ballot, &refusal));
            draft.effect((ballot.tell)(Notice::Refused { refusal }));
        }
    }
}

/// Tells whether a vote would count, without casting it.
pub fn would_count(
    view: &View<'_>,
    open: &Deployment,
    speaker: &Speaker,
    verdict: Verdict,
) -> Result<(), Refusal> {
    may_vote(&Draft::new(view, open.clone()), (speaker, view.speaker), verdict).map(drop)
}

/// Returns the person whose vote counts, or why it does not.
fn may_vote<'a>(
    draft: &Draft<'_>,
    (speaker, person): (&Speaker, Option<&'a Person>),
    verdict: Verdict,
) -> Result<&'a Person, Refusal> {
    let deployment = &draft.deployment;
    let id = deployment.id;
    if speaker.standing != Standing::Member {
        return Err(Refusal::NotAMember { standing: speaker.standing });
    }
    let Some(person) = person else {
        return Err(Refusal::NotAPerson { account: speaker.account.clone() });
    };
    match deployment.status {
        Status::Resolving => return Err(Refusal::NotYet { deployment: id }),
        Status::Starting | Status::Running => {
            return Err(Refusal::AlreadyStarted { deployment: id });
        }
        Status::Ended(outcome) => return Err(Refusal::over(deployment, outcome)),
        Status::Waiting => {}
    }
    let Some(sealed) = &deployment.sealed else {
        return Err(Refusal::NotYet { deployment: id });
    };
    let policy = &sealed.policy;
    match verdict {
        Verdict::Reject if !person.has_any_role(&policy.reject) => {
            Err(Refusal::MayNotReject { deployment: id, roles: policy.reject.clone() })
        }
        Verdict::Approve if policy.approvals() == 0 => {
            Err(Refusal::NoApprovalNeeded { deployment: id })
        }
        Verdict::Approve if !policy.requester && !deployment.requester.is_not(&person.name) => {
            Err(Refusal::OwnDeployment { deployment: id, who: others(draft, policy) })
        }
        Verdict::Approve if policy.bars(&person.name, gate::concerned(deployment, sealed)) => {
            Err(Refusal::OwnCommits { deployment: id, who: others(draft, policy) })
        }
        Verdict::Approve if !person.has_any_role(&policy.approver_roles()) => {
            Err(Refusal::NotAnApprover { deployment: id, roles: policy.approver_roles() })
        }
        Verdict::Reject | Verdict::Approve => Ok(person),
    }
}

/// Returns who could approve instead of somebody whom it concerns.
fn others(draft: &Draft<'_>, policy: &Policy) -> Vec<PersonName> {
    let roles = policy.approver_roles();
    let able = draft.view.catalog.people.with_any_role(&roles).map(|person| &person.name);
    let Some(sealed) = &draft.deployment.sealed else { return Vec::new() };
    let concerned = gate::concerned(&draft.deployment, sealed);
    let is_another = |name: &PersonName| {
        draft.deployment.requester.is_not(name) && !policy.bars(name, concerned)
    };
    able.filter(|name| is_another(name)).cloned().collect()
}

fn approve(draft: &mut Draft<'_>, person: &Person, ballot: &Ballot<'_>) {
    let Some(seal) = draft.deployment.sealed.as_ref().map(|sealed| sealed.seal) else { return };
    let mut marks = draft
        .deployment
        .approvals
        .iter()
        .filter(|approval| approval.approved.by.known() == Some(&person.name))
        .map(|approval| &approval.approved.mark);
    if marks.clone().any(|mark| mark.known() == Some(&ballot.mark))
        || marks.clone().count() >= MARKS_MAX
    {
        let (have, need) = gate::progress(&draft.deployment, &draft.view.catalog.people);
        let (deployment, by) = (draft.deployment.id, person.name.clone());
        return answer_again(draft, ballot, Notice::Approved { deployment, by, have, need });
    }
    let first = marks.next().is_none();
    draft.record(What::Approved(Box::new(Approved {
        by: person.name.clone().into(),
        roles: person.roles.iter().cloned().collect(),
        mark: ballot.mark.clone().into(),
        seal,
    })));
    let (have, need) = gate::progress(&draft.deployment, &draft.view.catalog.people);
    let deployment = draft.deployment.id;
    let approved = Notice::Approved { deployment, by: person.name.clone(), have, need };
    if !first {
        return answer_again(draft, ballot, approved);
    }
    draft.log(&approved);
    if draft.blockers().is_empty()
        && let Some(effect) = confirm(&draft.deployment)
    {
        draft.effect(effect);
    }
}

/// Tells whoever approves in words what they did by another sign already: words are never met with silence.
fn answer_again(draft: &mut Draft<'_>, ballot: &Ballot<'_>, approved: Notice) {
    match ballot.mark {
        Mark::Words { .. } => draft.effect((ballot.tell)(approved)),
        Mark::Reaction { .. } => {}
    }
}

fn reject(draft: &mut Draft<'_>, person: &Person, ballot: &Ballot<'_>) {
    let Some(seal) = draft.deployment.sealed.as_ref().map(|sealed| sealed.seal) else { return };
    let reason: Option<String> = ballot
        .reason
        .as_ref()
        .map(|reason| reason.chars().take(REASON_LENGTH_MAX).collect::<String>());
    draft.record(What::Rejected {
        by: person.name.clone().into(),
        roles: person.roles.iter().cloned().collect(),
        reason: reason.clone().map(Into::into),
        seal,
    });
    let deployment = draft.deployment.id;
    draft.log(&Notice::Rejected { deployment, by: person.name.clone(), reason });
}

fn withdraw(draft: &mut Draft<'_>, mark: &Mark, tell: &dyn Fn(Notice) -> Effect) {
    // Only a sign that was recorded can be taken away, whatever became of the person's roles since.
    let signs = &draft.deployment.approvals;
    let voter = signs.iter().find(|a| a.approved.mark.known() == Some(mark));
    let Some(by) = voter.and_then(|approval| approval.approved.by.known()).cloned() else { return };
    match draft.deployment.status {
        Status::Waiting => take_away(draft, by, mark, tell),
        Status::Starting | Status::Running => {
            let refusal = Refusal::AlreadyStarted { deployment: draft.deployment.id };
            draft.effect(tell(Notice::Refused { refusal }));
        }
        Status::Resolving | Status::Ended(_) => {}
    }
}

fn take_away(draft: &mut Draft<'_>, by: PersonName, mark: &Mark, tell: &dyn Fn(Notice) -> Effect) {
    let beside = |other: &Mark| match (other, mark) {
        (
            Mark::Reaction { account, message, .. },
            Mark::Reaction { account: own, message: here, .. },
        ) => account == own && message == here,
        (Mark::Words { .. }, _) | (_, Mark::Words { .. }) => false,
    };
    let deployment = draft.deployment.id;
    draft.record(What::VoteWithdrawn { by: by.clone().into(), mark: mark.clone().into() });
    let signs = draft.deployment.approvals.iter().map(|approval| &approval.approved);
    let mut others = signs.filter(|approved| approved.by.known() == Some(&by)).peekable();
    if others.peek().is_some() {
        // Another sign of the same person still says yes. One in another chat is easily forgotten.
        if !others.any(|approved| approved.mark.known().is_some_and(beside)) {
            draft.effect(tell(Notice::StillApproved { deployment }));
        }
        return;
    }
    let (have, need) = gate::progress(&draft.deployment, &draft.view.catalog.people);
    draft.log(&Notice::VoteWithdrawn { deployment, by, have, need });
}
