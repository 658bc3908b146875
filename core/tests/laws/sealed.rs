//! Laws about what a vote is for: enough people who may give it, one configuration, and the card that was looked at.

use wilco_core::deployment::Status;
use wilco_core::effect::Effect;
use wilco_core::event::{Confirmation, Event, Posted, Reaction};
use wilco_core::fact::{Fact, What};
use wilco_core::gate::Blocker;
use wilco_core::ids::Digest;
use wilco_core::request::Request;

use crate::firm::{BEN_LOST_THE_ROLE, CATALOG, OTHER_PIPELINE, catalogs, commit, policy, slack};
use crate::moves::{confirmed, deploy, reacted, recalled, resolved, said};
use crate::stories::{FIRST, approve, current_seal, deployment};
use crate::world::World;
use crate::{ONE, TWO, asked, make};

#[test]
fn what_too_few_could_approve_does_not_begin() {
    // Everybody who may approve: ana, ben and mina. Owners are ana and mina.
    for (groups, who, begins) in [
        (TWO, "ana", true),
        (&[(3, &["approver"][..])][..], "ana", false),
        (&[(2, &["owner"][..])][..], "ana", false),
        (&[(2, &["owner"][..])][..], "ben", true),
        (&[(1, &[][..])][..], "ben", false),
    ] {
        let mut world = World::new(catalogs(&policy(groups)));
        let decision = world.decide(&said(slack(who), deploy("prod")));
        make(&mut world, said(slack(who), deploy("prod")));
        assert_eq!(world.set.open().count(), usize::from(begins), "{who} {groups:?}");
        let can = world.decide(&said(slack(who), can(deploy("prod"))));
        for decision in [decision, can] {
            let told = format!("{:?}", decision.effects);
            assert_eq!(told.contains("ApprovalsOutOfReach"), !begins, "{who} {groups:?}");
        }
    }
}

#[test]
fn people_who_became_too_few_are_a_shut_gate_that_says_so() {
    let mut world = asked(&policy(TWO));
    make(&mut world, resolved(FIRST, commit('a')));
    world.catalog = BEN_LOST_THE_ROLE;
    let shut = world.blockers(deployment(&world, FIRST));
    assert!(
        shut.iter().any(|b| matches!(b, Blocker::ApprovalsOutOfReach { need: 2, most: 1, .. })),
        "{shut:?}"
    );
}

fn can(request: Request) -> Request {
    Request::Can { request: Box::new(request) }
}

/// The card is posted, as another message than the one before.
fn show_card(world: &mut World, seal: Option<Digest>) {
    let message = crate::moves::card(FIRST);
    make(world, Event::CardShown { deployment: FIRST, message, seal, posted: Posted::Now });
}

#[test]
fn a_reaction_to_what_was_shown_before_something_moved_counts_for_nothing() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let (old, before) = (crate::moves::card(FIRST), current_seal(&world, FIRST));
    let answer = Ok(moved_script());
    make(
        &mut world,
        Event::Confirmed {
            deployment: FIRST,
            seal: before,
            catalog: CATALOG,
            answer,
            unread: vec![],
        },
    );
    assert_ne!(current_seal(&world, FIRST), before);
    assert_eq!(deployment(&world, FIRST).cards, []);
    // It is no card any more, so it is looked for in the past.
    let vote = reacted(slack("ben"), FIRST, "✅", Reaction::Added);
    let effects = world.decide(&vote).effects;
    let [Effect::Recall { question, .. }] = &effects[..] else { panic!("{effects:?}") };
    let past = deployment(&world, FIRST).clone();
    make(&mut world, recalled(question.clone(), Some(&past)));
    assert_eq!(deployment(&world, FIRST).approvals, []);
    let refused = world.facts.last().expect("a fact");
    assert!(matches!(&refused.what, What::VoteRefused { reason, .. } if reason == "old_card"));
    // On the new card it counts, also when the reaction is faster than the answer to the post.
    let past = deployment(&world, FIRST).clone();
    let seal = current_seal(&world, FIRST);
    show_card(&mut world, Some(seal));
    make(&mut world, recalled(question.clone(), Some(&past)));
    assert_eq!(deployment(&world, FIRST).approvals.len(), 1);
    assert_eq!(deployment(&world, FIRST).card_in(&old.place), Some(&old));
}

fn moved_script() -> Confirmation {
    let (branches, fingerprint) = (vec!["main".into()], Digest([9; 32]));
    Confirmation { commit_exists: true, branches, fingerprint, checks: vec![] }
}

#[test]
fn a_card_that_was_posted_while_something_moved_is_not_voted_on() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let (before, answer) = (current_seal(&world, FIRST), Ok(moved_script()));
    make(
        &mut world,
        Event::Confirmed {
            deployment: FIRST,
            seal: before,
            catalog: CATALOG,
            answer,
            unread: vec![],
        },
    );
    let message = crate::moves::card(FIRST);
    let shown =
        Event::CardShown { deployment: FIRST, message, seal: Some(before), posted: Posted::Now };
    let decision = world.decide(&shown);
    assert_eq!(decision.facts, []);
    assert!(matches!(decision.effects[..], [Effect::RetireCard { .. }, Effect::ShowCard { .. }]));
    make(&mut world, shown);
    approve(&mut world, "ben", FIRST);
    assert_eq!(deployment(&world, FIRST).approvals, []);
}

#[test]
fn what_was_looked_up_under_another_configuration_is_looked_up_again() {
    let mut world = asked(&policy(ONE));
    let stale = |event: Event| match event {
        Event::Resolved { deployment, answer, .. } => {
            Event::Resolved { deployment, catalog: Digest([8; 32]), answer }
        }
        Event::Confirmed { deployment, seal, answer, .. } => {
            Event::Confirmed { deployment, seal, catalog: Digest([8; 32]), answer, unread: vec![] }
        }
        other => other,
    };
    let decision = world.decide(&stale(resolved(FIRST, commit('a'))));
    assert_eq!(decision.facts, []);
    assert_eq!(decision.effects, [Effect::Resolve { deployment: FIRST }]);
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ben", FIRST);
    let seal = current_seal(&world, FIRST);
    let decision = world.decide(&stale(confirmed(FIRST, seal)));
    assert_eq!(decision.facts, []);
    assert_eq!(decision.effects, [Effect::Confirm { deployment: FIRST, seal }]);
    assert_eq!(deployment(&world, FIRST).status, Status::Waiting);
}

#[test]
fn another_recipe_is_looked_up_before_votes_for_it_are_taken() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ben", FIRST);
    let seal = current_seal(&world, FIRST);
    world.catalog = OTHER_PIPELINE;
    let look = world.decide(&Event::LookAgain { deployment: FIRST });
    assert_eq!(look.facts, [], "nobody knows yet what is behind the other recipe");
    assert!(look.effects.contains(&Effect::Confirm { deployment: FIRST, seal }));
    make(&mut world, Event::LookAgain { deployment: FIRST });
    make(&mut world, confirmed(FIRST, seal));
    assert_eq!(deployment(&world, FIRST).approvals, []);
    assert_eq!(deployment(&world, FIRST).status, Status::Waiting);
    assert_ne!(current_seal(&world, FIRST), seal);
}

#[test]
fn a_vote_that_does_not_count_redraws_no_card() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let refused = world.decide(&reacted(slack("carl"), FIRST, "✅", Reaction::Added));
    assert!(matches!(refused.facts[..], [Fact { what: What::VoteRefused { .. }, .. }]));
    assert!(matches!(refused.effects[..], [Effect::Tell { .. }]), "{:?}", refused.effects);
}
