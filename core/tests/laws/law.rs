//! The laws: each says in one sentence what holds after every single step.

use std::collections::BTreeSet;

use wilco_core::audit;
use wilco_core::decide::{Decision, plan};
use wilco_core::deployment::{Deployment, Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::event::Event;
use wilco_core::fact::{Fact, Mark, What};
use wilco_core::ids::{Digest, PersonName};
use wilco_core::person::{Speaker, Standing};
use wilco_core::working_set::WorkingSet;

use crate::reread::{
    one_sign_of_several_is_told, taken_back_at_any_pace, what_was_unread_starts_nothing,
    who_has_left_stands_for_nothing,
};
use crate::spoken::{
    a_card_is_in_a_channel, a_language_is_chosen_by_oneself,
    one_person_is_spoken_to_in_their_language,
};
use crate::world::{Move, World, changes_nothing, origin, waits};
use crate::written::nobody_approves_what_they_wrote;

/// One move, with the worlds before and after it.
pub struct Step<'a> {
    pub before: &'a World,
    pub made: &'a Move,
    pub decision: &'a Decision,
    pub after: &'a World,
}

pub type Law = (&'static str, fn(&Step<'_>) -> bool);

/// What holds after every step.
const LAWS: [Law; 27] = [
    ("nothing starts through a shut gate", nothing_starts_through_a_shut_gate),
    ("nobody approves their own", nobody_approves_their_own),
    (
        "nobody approves what they wrote where the policy bars authors",
        nobody_approves_what_they_wrote,
    ),
    ("one human is one vote, of somebody who may", one_human_is_one_vote),
    ("what is taken back is gone at any pace", taken_back_at_any_pace),
    ("who is not of the firm changes nothing", outsiders_change_nothing),
    ("over is over", over_is_over),
    ("nothing counts at its expiry or after", nothing_counts_after_expiry),
    ("one deployment holds a lane", one_holder),
    ("a deployment starts once, under its key", one_start),
    ("twice is once", twice_is_once),
    ("nothing gets stuck", nothing_gets_stuck),
    ("what moved voids the votes", what_moved_voids_votes),
    ("the fold of the facts is the deployment", the_fold_is_the_deployment),
    ("a restart forgets nothing", a_restart_forgets_nothing),
    ("the record gives back every fact", the_record_gives_back_every_fact),
    ("only a run that succeeded makes its commit live", live_is_what_succeeded),
    ("a run of another commit is stopped and no success", another_commit_is_stopped),
    ("the limits hold", the_limits_hold),
    ("time does not go back on record", time_does_not_go_back),
    ("what somebody signed who has left stands for nothing", who_has_left_stands_for_nothing),
    ("what could not be looked at starts nothing", what_was_unread_starts_nothing),
    ("whoever takes back one sign of several is told so", one_sign_of_several_is_told),
    ("one person is spoken to in their language", one_person_is_spoken_to_in_their_language),
    ("a card is in a channel, and in no thread", a_card_is_in_a_channel),
    ("a language is chosen by oneself alone", a_language_is_chosen_by_oneself),
    ("what a run did lies between its order and now, in order", a_run_has_its_own_times),
];

/// Holds every law against a step; the message has the whole way that led there.
pub fn check(step: &Step<'_>) {
    for (name, holds) in LAWS.into_iter().chain(crate::green::LAWS).chain(crate::shown::LAWS) {
        let kinds: Vec<&str> = step.decision.facts.iter().map(Fact::kind).collect();
        assert!(
            holds(step),
            "{name}: broken by {:?}, which led to {kinds:?} and {:?} in\n{:?}",
            step.made,
            step.decision.effects.iter().map(Effect::kind).collect::<Vec<_>>(),
            step.after
        );
    }
}

impl Step<'_> {
    pub fn event(&self) -> Option<&Event> {
        match self.made {
            Move::Event(event) => Some(event),
            Move::Clock(_) | Move::Reload(_) => None,
        }
    }

    /// Returns whoever speaks, where it is one.
    pub fn speaker(&self) -> Option<&Speaker> {
        match self.event()? {
            Event::Said { speaker, .. }
            | Event::Reacted { speaker, .. }
            | Event::HomeOpened { speaker }
            | Event::LanguagePicked { speaker, .. }
            | Event::Pressed { speaker, .. } => Some(speaker),
            Event::ReactionsRead { seen, .. } => match &seen[..] {
                [(speaker, _)] => Some(speaker),
                _ => None, // Nobody, or several.
            },
            // A reaction may be faster than the news of the card that it is on.
            Event::Recalled { question, .. } => Some(question.speaker()),
            _ => None, // Nobody speaks in the others.
        }
    }

    pub fn facts(&self) -> impl Iterator<Item = &What> {
        self.decision.facts.iter().map(|fact| &fact.what)
    }
}

/// Counts by itself, not with the gate's own code: by Hall's theorem the groups can be filled by
/// different people exactly if, for all groups together that somebody fits, there are enough people.
fn approved_by_enough(world: &World, deployment: &Deployment) -> bool {
    let Some(sealed) = &deployment.sealed else { return false };
    let people = &world.catalog().people;
    let voted: BTreeSet<&PersonName> = deployment
        .approvals
        .iter()
        .filter(|approval| approval.approved.seal == sealed.seal)
        .filter_map(|approval| approval.approved.by.known())
        .filter(|name| Some(*name) != deployment.requester.known())
        .collect();
    let groups = &sealed.policy.groups;
    (0..1_u32 << groups.len()).all(|chosen| {
        let chosen = || groups.iter().enumerate().filter(move |(i, _)| chosen & (1 << i) != 0);
        let need: u32 = chosen().map(|(_, group)| group.approvals).sum();
        let fits = |name: &&&PersonName| {
            let person = people.by_name(name);
            let of = |roles| person.is_some_and(|person| person.has_any_role(roles));
            chosen().any(|(_, group)| of(&group.from))
        };
        voted.iter().filter(fits).count() >= need as usize
    })
}

fn nothing_starts_through_a_shut_gate(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| {
        let What::GatesOpened { approvers, seal, policy, .. } = &fact.what else { return true };
        let Some(deployment) = fact.deployment.and_then(|id| step.after.deployment(id)) else {
            return false;
        };
        let Some(sealed) = &deployment.sealed else { return false };
        let catalog = step.after.catalog();
        let (service, environment) = (&deployment.service, &deployment.environment);
        let Some(plan) = plan(catalog, &deployment.kind, service, environment) else {
            return false;
        };
        let recorded = approvers.iter().all(|name| {
            let person = name.known().and_then(|name| catalog.people.by_name(name));
            person.is_some_and(|p| p.has_any_role(&sealed.policy.approver_roles()))
        });
        let distinct: BTreeSet<_> = approvers.iter().collect();
        approved_by_enough(step.after, deployment)
            && recorded
            && distinct.len() == approvers.len()
            && distinct.len() >= sealed.policy.approvals() as usize
            && !approvers.contains(&deployment.requester)
            && *seal == sealed.seal
            && *policy == sealed.policy.digest()
            && *plan.policy == sealed.policy
            && *plan.pipeline == sealed.pipeline
            && step.before.holders(deployment).next().is_none()
    })
}

fn nobody_approves_their_own(step: &Step<'_>) -> bool {
    let own = |d: &Deployment| d.approvals.iter().any(|a| a.approved.by == d.requester);
    !step.after.set.open().any(own)
}

fn one_human_is_one_vote(step: &Step<'_>) -> bool {
    step.facts().all(|what| {
        let What::Approved(approved) = what else { return true };
        let several: Vec<&Speaker> = match step.event() {
            Some(Event::ReactionsRead { seen, .. }) => seen.iter().map(|(who, _)| who).collect(),
            _ => step.speaker().into_iter().collect(), // In all others one speaks, or nobody.
        };
        let voters = several.into_iter().filter(|speaker| speaker.standing == Standing::Member);
        let people = &step.after.catalog().people;
        voters.filter_map(|speaker| people.by_account(&speaker.account)).any(|person| {
            approved.by.known() == Some(&person.name) && person.has_any_role(&approved.roles)
        })
    }) && step.after.set.open().all(|d| {
        let names = d.approvers();
        let distinct: BTreeSet<_> = names.iter().collect();
        let marks: BTreeSet<_> = d.approvals.iter().map(|a| &a.approved.mark).collect();
        distinct.len() == names.len() && marks.len() == d.approvals.len()
    })
}

fn outsiders_change_nothing(step: &Step<'_>) -> bool {
    let Some(speaker) = step.speaker() else { return true };
    let known = step.after.catalog().people.by_account(&speaker.account).is_some();
    if speaker.standing == Standing::Member && known {
        return true;
    }
    // That time is over is noticed whoever comes by. A sign that is taken away is gone even if the
    // platform cannot say now whose it was: that only shuts a gate.
    let read = matches!(step.event(), Some(Event::ReactionsRead { .. }));
    let taken_away = |what: &What| match what {
        // Whose signs stand no more is seen whoever else's stand.
        What::VoteWithdrawn { .. } if read => true,
        What::VoteWithdrawn { mark, .. } => matches!(
            mark.known(),
            Some(Mark::Reaction { account, .. }) if *account == speaker.account
        ),
        _ => false, // Everything else would add something.
    };
    let harmless = |what| changes_nothing(what) || *what == What::Expired || taken_away(what);
    step.facts().all(harmless)
}

fn over_is_over(step: &Step<'_>) -> bool {
    step.before.ended.iter().all(|(id, ended)| {
        let mut folded = ended.as_ref().clone();
        step.decision.facts.iter().filter(|f| f.deployment == Some(*id)).for_each(|fact| {
            folded.apply(fact);
        });
        folded == **ended
            && step.after.set.deployment(*id).is_none()
            && step.after.ended.get(id) == Some(ended)
    }) && step.decision.effects.iter().all(|effect| match effect {
        Effect::StartRun { deployment, .. }
        | Effect::Confirm { deployment, .. }
        | Effect::Resolve { deployment } => !step.before.ended.contains_key(deployment),
        _ => true, // The rest only shows and tells, or stops.
    })
}

fn nothing_counts_after_expiry(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| match &fact.what {
        What::Approved(_) | What::Rejected { .. } | What::GatesOpened { .. } | What::Sealed(_) => {
            let deployment = fact.deployment.and_then(|id| step.after.deployment(id));
            deployment.is_some_and(|deployment| fact.at < deployment.expires_at)
        }
        What::Expired => {
            let deployment = fact.deployment.and_then(|id| step.after.deployment(id));
            deployment
                .is_some_and(|d| fact.at >= d.expires_at && d.outcome() == Some(Outcome::Expired))
        }
        _ => true, // The others take no notice of the time.
    })
}

fn one_holder(step: &Step<'_>) -> bool {
    step.after.set.open().all(|deployment| step.after.holders(deployment).count() <= 1)
}

fn one_start(step: &Step<'_>) -> bool {
    let opened = |fact: &&Fact| matches!(fact.what, What::GatesOpened { .. });
    let opened = |id| step.after.facts_of(id).filter(opened).count();
    let ordered = |effect: &Effect| {
        let Effect::StartRun { deployment, op_key } = effect else { return true };
        step.after.set.deployment(*deployment).is_some_and(|d| {
            d.status == Status::Starting && d.run.as_ref().is_some_and(|run| run.op_key == *op_key)
        })
    };
    let started: BTreeSet<_> = step.after.starts.iter().collect();
    let with_run = |d: &&Deployment| d.holds_lane();
    step.after.ids().all(|id| opened(id) <= 1)
        && started.len() == step.after.starts.len()
        && step.decision.effects.iter().all(ordered)
        && step.after.set.open().filter(with_run).all(|d| {
            let key = d.run.as_ref().map(|run| (d.id, run.op_key.clone()));
            key.is_some_and(|key| started.contains(&key))
        })
}

fn twice_is_once(step: &Step<'_>) -> bool {
    let Some(event) = step.event() else { return true };
    let again = step.after.decide(event);
    let begins = |fact: &Fact| matches!(fact.what, What::Requested(_));
    if step.decision.facts.iter().any(begins) {
        return true; // The engine takes a delivery once; a line said twice is two requests.
    }
    again.facts.iter().all(|fact| {
        let over = |id| step.after.set.deployment(id).is_none();
        let shown_late = matches!(fact.what, What::CardShown { .. });
        changes_nothing(&fact.what) || shown_late && fact.deployment.is_some_and(over)
    })
}

/// In a lane that nobody holds, a last look at something that could start is on its way.
fn nothing_gets_stuck(step: &Step<'_>) -> bool {
    let world = step.after;
    let current = |d: &Deployment| d.sealed.as_ref().map(|sealed| (d.id, sealed.seal));
    let ready = |d: &Deployment| waits(d) && world.blockers(d).is_empty();
    let moves_on = |d: &Deployment| {
        world.looks.contains(&d.id) || current(d).is_some_and(|key| world.confirms.contains(&key))
    };
    let in_time = |d: &&Deployment| ready(d) && world.time() < d.expires_at;
    world.set.open().filter(in_time).all(|deployment| {
        moves_on(deployment) || world.lane(deployment).any(|other| ready(other) && moves_on(other))
    })
}

fn what_moved_voids_votes(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| {
        let What::Resealed { moved, sealed, voided } = &fact.what else { return true };
        let before = fact.deployment.and_then(|id| step.before.set.deployment(id));
        let after = fact.deployment.and_then(|id| step.after.deployment(id));
        let (Some(before), Some(after)) = (before, after) else { return false };
        let old = before.sealed.as_ref().map(|sealed| sealed.seal);
        !moved.is_empty()
            && Some(sealed.seal) != old
            && after.approvals.is_empty()
            && before.approvers().len() == *voided as usize
    })
}

fn the_fold_is_the_deployment(step: &Step<'_>) -> bool {
    let same = step.decision.facts.is_empty();
    same || step
        .after
        .ids()
        .all(|id| Deployment::fold(step.after.facts_of(id)).as_ref() == step.after.deployment(id))
}

fn a_restart_forgets_nothing(step: &Step<'_>) -> bool {
    if step.decision.facts.is_empty() {
        return true;
    }
    let mut again = WorkingSet::new(origin());
    step.after.facts.iter().for_each(|fact| drop(again.apply(fact)));
    again == step.after.set
}

fn the_record_gives_back_every_fact(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| {
        let mut salt = || [5; audit::SALT_LENGTH];
        let row = audit::enter(1, fact, &Digest([0; 32]), &mut salt);
        audit::read(&row.stored()).as_ref() == Ok(fact)
    })
}

fn live_is_what_succeeded(step: &Step<'_>) -> bool {
    let (before, after) = (step.before.set.live(), step.after.set.live());
    after.iter().all(|(lane, live)| {
        before.get(lane) == Some(live)
            || step.after.ended.get(&live.deployment).is_some_and(|deployment| {
                deployment.made_live()
                    && deployment.commit() == Some(&live.commit)
                    && (deployment.service.clone(), deployment.environment.clone()) == *lane
                    && !step.before.ended.contains_key(&live.deployment)
                    && live.rolls_back_to != Some(live.deployment)
            })
    })
}

fn another_commit_is_stopped(step: &Step<'_>) -> bool {
    let stopped = step.decision.facts.iter().all(|fact| {
        let found = matches!(fact.what, What::WrongCommit { .. });
        let stop = |effect: &Effect| {
            matches!(effect, Effect::CancelRun { deployment, .. } if Some(*deployment) == fact.deployment)
        };
        !found || step.decision.effects.iter().any(stop)
    });
    let wrong = |d: &Deployment| d.run.as_ref().is_some_and(|run| run.wrong_commit.is_some());
    stopped && !step.after.ended.values().any(|d| wrong(d) && d.made_live())
}

fn the_limits_hold(step: &Step<'_>) -> bool {
    let limits = step.after.catalog().limits;
    let of = |d: &Deployment| step.after.set.open().filter(|o| o.requester == d.requester).count();
    step.after.set.open().all(|deployment| {
        of(deployment) <= limits.open_per_person
            && step.after.lane(deployment).count() <= limits.open_per_lane
    })
}

fn a_run_has_its_own_times(step: &Step<'_>) -> bool {
    let Some(newest) = step.decision.facts.first() else { return true };
    let ordered = |fact: &&Fact| matches!(fact.what, What::GatesOpened { .. });
    let of_this = |fact: &&Fact| fact.deployment == newest.deployment;
    let facts: Vec<&Fact> = step.after.facts.iter().map(AsRef::as_ref).filter(of_this).collect();
    let Some(order) = facts.iter().find(|fact| ordered(fact)) else { return true };
    let news = facts.iter().filter(|fact| {
        matches!(
            fact.what,
            What::RunStarted { .. } | What::StageChanged { .. } | What::RunEnded { .. }
        )
    });
    let times: Vec<_> = news.clone().map(|fact| fact.occurred_at()).collect();
    times.is_sorted()
        && times.iter().all(|at| *at >= order.at)
        && news.clone().all(|fact| fact.occurred_at() <= fact.at)
}

fn time_does_not_go_back(step: &Step<'_>) -> bool {
    let times: Vec<_> = step.after.facts.iter().map(|fact| fact.at).collect();
    times.is_sorted()
}
