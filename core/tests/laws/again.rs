//! Laws about what comes once more: retries, rollbacks, promotions, and commands on what is live.

use std::collections::BTreeMap;

use wilco_core::deployment::{Outcome, Status};
use wilco_core::event::RunEnd;
use wilco_core::ids::{CommandName, CommitSha, DeploymentId};
use wilco_core::request::Request;

use crate::firm::{catalogs, commit, environment, policy, service, slack};
use crate::moves::{deploy, ended, question, recalled, resolved, said};
use crate::stories::{FIRST, approve, confirm, current_seal, deployment, report, succeed};
use crate::world::World;
use crate::{ONE, ask, asked, make};

/// Makes a commit live in staging, where nobody has to approve.
pub fn ship(world: &mut World, digit: char) -> DeploymentId {
    make(world, said(slack("ana"), deploy("staging")));
    let id = world.ids().max().expect("it was just asked for");
    make(world, resolved(id, commit(digit)));
    succeed(world, id);
    id
}

pub fn live(world: &World) -> Option<&CommitSha> {
    world.set.live().get(&(service(), environment("staging"))).map(|live| &live.commit)
}

/// Asks for a rollback of staging; returns the deployment that began, if one did.
fn roll_back(
    world: &mut World,
    to: Option<DeploymentId>,
    past: DeploymentId,
) -> Option<DeploymentId> {
    let (service, environment) = (service(), environment("staging"));
    let request = Request::Rollback { service, environment, to, parameters: BTreeMap::new() };
    let before = world.ids().max();
    let past = world.deployment(past).cloned();
    make(world, recalled(question(slack("ana"), request), past.as_ref()));
    world.ids().max().filter(|id| Some(*id) != before)
}

#[test]
fn a_retry_inherits_no_approval() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ben", FIRST);
    confirm(&mut world, FIRST);
    report(&mut world, FIRST, ended(RunEnd::Failed { status: 1 }));
    let past = deployment(&world, FIRST).clone();
    let retry = question(slack("ana"), Request::Retry { deployment: FIRST });
    make(&mut world, recalled(retry, Some(&past)));
    let again = DeploymentId(2);
    make(&mut world, resolved(again, commit('a')));
    confirm(&mut world, again);
    assert_eq!(deployment(&world, again).status, Status::Waiting);
    assert_eq!(deployment(&world, again).approvals, []);
    assert_ne!(current_seal(&world, again), current_seal(&world, FIRST));
}

#[test]
fn who_may_not_ask_for_it_may_not_have_it_retried() {
    for (who, begins) in [("ben", false), ("ana", true)] {
        let mut world = World::new(catalogs(&policy(ONE)));
        ship(&mut world, 'a');
        let (service, environment) = (service(), environment("staging"));
        let command = CommandName::new("smoke").expect("a name");
        let parameters = BTreeMap::new();
        let smoke = Request::Run { command, service, environment, parameters };
        make(&mut world, said(slack("ana"), smoke));
        let id = world.ids().max().expect("it was just asked for");
        make(&mut world, resolved(id, commit('a')));
        report(&mut world, id, ended(RunEnd::Failed { status: 1 }));
        let past = deployment(&world, id).clone();
        let retry = question(slack(who), Request::Retry { deployment: id });
        make(&mut world, recalled(retry, Some(&past)));
        assert_eq!(world.set.open().count(), usize::from(begins), "{who}");
    }
}

#[test]
fn a_second_rollback_goes_further_back() {
    let mut world = World::new(catalogs(&policy(ONE)));
    let shipped: Vec<DeploymentId> = "abbc".chars().map(|digit| ship(&mut world, digit)).collect();
    for digit in ['b', 'a'] {
        let lane = (service(), environment("staging"));
        let back = world.set.live()[&lane].rolls_back_to.expect("something was live before");
        let id = roll_back(&mut world, None, back).expect("it was live there");
        make(&mut world, resolved(id, commit(digit)));
        succeed(&mut world, id);
        assert_eq!(live(&world), Some(&commit(digit)));
    }
    assert_eq!(world.set.live().values().next().and_then(|live| live.rolls_back_to), None);
    assert!(roll_back(&mut world, Some(shipped[0]), shipped[0]).is_some());
}

#[test]
fn only_what_was_live_there_can_come_back() {
    let mut world = World::new(catalogs(&policy(ONE)));
    let shipped = ship(&mut world, 'a');
    make(&mut world, said(slack("ana"), deploy("staging")));
    let failed = world.ids().max().expect("it was just asked for");
    make(&mut world, resolved(failed, commit('b')));
    report(&mut world, failed, ended(RunEnd::Failed { status: 1 }));
    let elsewhere = ask(&mut world, "ana");
    make(&mut world, resolved(elsewhere, commit('c')));
    for never in [failed, elsewhere, DeploymentId(99)] {
        assert_eq!(roll_back(&mut world, Some(never), never), None);
    }
    assert!(roll_back(&mut world, Some(shipped), shipped).is_some());
}

#[test]
fn a_promotion_takes_exactly_the_live_commit() {
    for (found, status) in [('a', Status::Waiting), ('b', Status::Ended(Outcome::Failed))] {
        let mut world = World::new(catalogs(&policy(ONE)));
        ship(&mut world, 'a');
        let (from, to) = (environment("staging"), environment("prod"));
        let parameters = BTreeMap::new();
        let promote = Request::Promote { service: service(), from, to, parameters };
        make(&mut world, said(slack("ana"), promote));
        let id = world.ids().max().expect("it was just asked for");
        assert_eq!(deployment(&world, id).commit(), Some(&commit('a')));
        make(&mut world, resolved(id, commit(found)));
        assert_eq!(deployment(&world, id).status, status, "the backend found {found}");
    }
}

#[test]
fn a_command_changes_nothing_of_what_is_live() {
    let mut world = World::new(catalogs(&policy(ONE)));
    ship(&mut world, 'a');
    let before = world.set.live().clone();
    let command = CommandName::new("smoke").expect("a name");
    let (service, environment) = (service(), environment("staging"));
    let parameters = BTreeMap::new();
    let smoke = Request::Run { command, service, environment, parameters };
    make(&mut world, said(slack("ana"), smoke));
    let id = world.ids().max().expect("it was just asked for");
    make(&mut world, resolved(id, commit('a')));
    succeed(&mut world, id);
    assert_eq!(deployment(&world, id).outcome(), Some(Outcome::Succeeded));
    assert_eq!(*world.set.live(), before);
}
