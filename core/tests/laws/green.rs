//! Required checks: nothing starts while one of them is not green, and whoever waits for one is not forgotten.

use wilco_core::checks::{Check, CheckState};
use wilco_core::event::{Event, Reaction, Resolution};
use wilco_core::fact::What;
use wilco_core::gate::{Blocker, waits_for_checks};
use wilco_core::ids::{DeploymentId, Digest};
use wilco_core::policy::Policy;

use crate::firm::{catalogs, commit, policy, slack};
use crate::law::{Law, Step};
use crate::moves::{confirmed, reacted, resolved, with_confirmation};
use crate::stories::{FIRST, current_seal, deployment};
use crate::world::World;
use crate::{ONE, asked, make};

pub const LAWS: [Law; 2] = [
    ("nothing starts while a check is not green", nothing_starts_while_a_check_is_not_green),
    ("checks that are not green are asked about", checks_that_are_not_green_are_asked_about),
];

/// Judges by itself, not with the gate's own code: each check that the policy names was read as green in the very
/// look after which the run is ordered.
fn nothing_starts_while_a_check_is_not_green(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| {
        let What::GatesOpened { .. } = &fact.what else { return true };
        let after = fact.deployment.and_then(|id| step.after.deployment(id));
        let Some(sealed) = after.and_then(|deployment| deployment.sealed.as_ref()) else {
            return false;
        };
        let read: &[Check] = match step.event() {
            Some(Event::Resolved { answer: Ok(found), .. }) => &found.checks,
            Some(Event::Confirmed { answer: Ok(found), .. }) => &found.checks,
            _ => return false, // Nothing else looks at the commit.
        };
        let is_green = |name: &String| {
            let mut of_it = read.iter().filter(|check| check.name == *name).peekable();
            of_it.peek().is_some() && of_it.all(|check| check.state == CheckState::Green)
        };
        sealed.policy.checks.iter().all(is_green)
    })
}

/// Otherwise it would wait until it expires, whatever became of its checks.
fn checks_that_are_not_green_are_asked_about(step: &Step<'_>) -> bool {
    step.after.set.open().all(|open| {
        !waits_for_checks(open)
            || step.after.watched.contains(&open.id)
            || step.after.time() >= open.expires_at
    })
}

/// Prod of this firm wants its build green.
pub fn strict() -> Policy {
    Policy { checks: vec!["build".into()], ..policy(ONE) }
}

/// Returns the one check of the firm's repository, as it stands.
pub fn build(state: CheckState) -> Vec<Check> {
    vec![Check { name: "build".into(), state }]
}

pub fn checked(deployment: DeploymentId, state: CheckState) -> Event {
    Event::ChecksRead { deployment, checks: build(state) }
}

/// Returns last looks that found a check which is not green, or that found none.
pub fn not_confirmed(id: DeploymentId, seal: Digest) -> [Event; 2] {
    [build(CheckState::Failed), vec![]]
        .map(|checks| with_confirmation(id, seal, |found| found.checks.clone_from(&checks)))
}

fn not_green(world: &World) -> Vec<CheckState> {
    let shut = world.blockers(deployment(world, FIRST));
    let states = shut.iter().filter_map(|blocker| match blocker {
        Blocker::ChecksNotGreen { checks } => Some(checks.iter().map(|check| check.state)),
        _ => None, // Whatever else it waits for.
    });
    states.flatten().collect()
}

fn resolved_with(id: DeploymentId, state: CheckState) -> Event {
    match resolved(id, commit('a')) {
        Event::Resolved { deployment, catalog, answer } => {
            let answer = answer.map(|found| Resolution { checks: build(state), ..found });
            Event::Resolved { deployment, catalog, answer }
        }
        other => other,
    }
}

#[test]
fn a_vote_counts_while_checks_run_and_the_run_starts_once_they_are_green() {
    let mut world = asked(&strict());
    make(&mut world, resolved_with(FIRST, CheckState::Running));
    assert_eq!(not_green(&world), [CheckState::Running]);
    make(&mut world, reacted(slack("mina"), FIRST, "✅", Reaction::Added));
    assert_eq!(world.confirms.len(), 0, "it waits for its checks");
    make(&mut world, checked(FIRST, CheckState::Failed));
    assert_eq!(not_green(&world), [CheckState::Failed]);
    make(&mut world, checked(FIRST, CheckState::Green));
    let seal = current_seal(&world, FIRST);
    assert!(world.confirms.contains(&(FIRST, seal)));
    make(&mut world, confirmed(FIRST, seal));
    assert_eq!(world.starts.len(), 1);
}

#[test]
fn a_check_that_turns_red_between_vote_and_start_keeps_it_from_starting() {
    for state in [CheckState::Failed, CheckState::Running, CheckState::Missing, CheckState::Unknown]
    {
        let mut world = asked(&strict());
        make(&mut world, resolved_with(FIRST, CheckState::Green));
        make(&mut world, reacted(slack("mina"), FIRST, "✅", Reaction::Added));
        let seal = current_seal(&world, FIRST);
        let red = with_confirmation(FIRST, seal, |found| found.checks = build(state));
        make(&mut world, red);
        assert_eq!((world.starts.len(), not_green(&world)), (0, vec![state]));
        assert_eq!(deployment(&world, FIRST).approvals.len(), 1, "nothing that was sealed moved");
        make(&mut world, checked(FIRST, CheckState::Green));
        make(&mut world, confirmed(FIRST, seal));
        assert_eq!(world.starts.len(), 1);
    }
}

#[test]
fn what_asks_nobody_waits_for_its_checks_all_the_same() {
    let mut world = asked(&Policy { groups: vec![], ..strict() });
    make(&mut world, resolved_with(FIRST, CheckState::Missing));
    assert_eq!((world.starts.len(), not_green(&world)), (0, vec![CheckState::Missing]));
    make(&mut world, checked(FIRST, CheckState::Green));
    let seal = current_seal(&world, FIRST);
    make(&mut world, confirmed(FIRST, seal));
    assert_eq!(world.starts.len(), 1);
}

#[test]
fn a_policy_that_begins_to_ask_for_checks_has_them_read() {
    let mut world = World::new(catalogs(&policy(ONE)));
    let mut stricter = world.catalog().clone();
    stricter.services = catalogs(&strict())[0].services.clone();
    world.catalogs = std::sync::Arc::new(vec![world.catalog().clone(), stricter]);
    crate::ask(&mut world, "ana");
    make(&mut world, resolved(FIRST, commit('a')));
    world.make(&crate::world::Move::Reload(1));
    make(&mut world, Event::LookAgain { deployment: FIRST });
    assert_eq!(not_green(&world), [CheckState::Unknown]);
    assert!(world.watched.contains(&FIRST));
}
