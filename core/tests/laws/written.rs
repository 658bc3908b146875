//! Laws about those who wrote what ships: where a policy bars them, their yes counts for nothing.

use wilco_core::deployment::Status;
use wilco_core::fact::What;
use wilco_core::gate::Blocker;
use wilco_core::person::Author;
use wilco_core::policy::Policy;

use crate::firm::{commit, policy};
use crate::law::Step;
use crate::moves::{confirmed, written_by};
use crate::stories::{FIRST, approve, current_seal, deployment};
use crate::world::World;
use crate::{TWO, asked, make};

/// Where nobody knows who wrote it, nobody can be let approve it.
pub fn nobody_approves_what_they_wrote(step: &Step<'_>) -> bool {
    step.decision.facts.iter().all(|fact| {
        let What::GatesOpened { approvers, .. } = &fact.what else { return true };
        let deployment = fact.deployment.and_then(|id| step.after.deployment(id));
        let Some(sealed) = deployment.and_then(|deployment| deployment.sealed.as_ref()) else {
            return false;
        };
        sealed.policy.authors
            || approvers.is_empty()
            || sealed
                .authors
                .as_ref()
                .is_some_and(|authors| approvers.iter().all(|approver| !authors.contains(approver)))
    })
}

const VOTERS: [&str; 2] = ["ben", "mina"];

/// Returns a world in which ana asked for what these people wrote.
fn world_of(policy: &Policy, authors: Option<Vec<Author>>) -> World {
    let mut world = asked(policy);
    make(&mut world, written_by(FIRST, commit('a'), authors));
    world
}

fn wrote(names: &[&str]) -> Vec<Author> {
    names.iter().map(|name| Author::email(&format!("{name}@EXAMPLE.com"))).collect()
}

/// Lets these people say yes, and tells whether that started it.
fn starts(world: &mut World, voters: &[&str]) -> bool {
    for voter in voters {
        approve(world, voter, FIRST);
    }
    if world.blockers(deployment(world, FIRST)).is_empty() {
        let seal = current_seal(world, FIRST);
        make(world, confirmed(FIRST, seal));
    }
    deployment(world, FIRST).status == Status::Starting
}

#[test]
fn whose_yes_counts_is_whoever_did_not_write_it() {
    let one = policy(&[(1, &["approver"])]);
    for authors in [&[][..], &["ben"], &["mina"], &["eve"], &["carl", "eve"]] {
        for voter in VOTERS {
            for bars in [false, true] {
                let policy = Policy { authors: !bars, ..one.clone() };
                let mut world = world_of(&policy, Some(wrote(authors)));
                let counts = !(bars && authors.contains(&voter));
                assert_eq!(starts(&mut world, &[voter]), counts, "{voter} of {authors:?}, {bars}");
                let refused = world.facts.iter().any(|fact| {
                    matches!(&fact.what, What::VoteRefused { reason, .. } if reason == "own_commits")
                });
                assert_eq!(refused, !counts, "{voter} of {authors:?}, {bars}");
            }
        }
    }
}

#[test]
fn where_all_who_may_approve_wrote_it_that_is_said_at_once() {
    let policy = Policy { authors: false, ..policy(TWO) };
    let world = world_of(&policy, Some(wrote(&["ben"])));
    let shut = world.blockers(deployment(&world, FIRST));
    let out_of_reach =
        |b: &Blocker| matches!(b, Blocker::ApprovalsOutOfReach { need: 2, most: 1, .. });
    assert!(shut.iter().any(out_of_reach), "{shut:?}");
    for blocker in &shut {
        if let Blocker::ApprovalsMissing { who, .. } = blocker {
            assert!(who.iter().all(|name| name.as_str() != "ben"), "{who:?} are asked");
        }
    }
}

#[test]
fn what_nobody_knows_the_authors_of_waits_where_they_are_barred() {
    let one = policy(&[(1, &["approver"])]);
    let barred = Policy { authors: false, ..one.clone() };
    let mut world = world_of(&barred, None);
    assert!(world.blockers(deployment(&world, FIRST)).contains(&Blocker::AuthorsUnknown));
    assert!(!starts(&mut world, &VOTERS));
    assert!(starts(&mut world_of(&one, None), &["ben"]), "nobody is barred");
    // Nobody has to approve, so nobody can be the wrong one.
    let nobody = Policy { groups: vec![], ..barred };
    assert_eq!(deployment(&world_of(&nobody, None), FIRST).status, Status::Starting);
}
