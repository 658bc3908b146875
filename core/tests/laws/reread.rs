//! Laws about reactions that came and went while nobody listened, and about buttons.

use wilco_core::card::Press;
use wilco_core::deployment::{Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::event::{Event, Reaction};
use wilco_core::fact::{Mark, What};
use wilco_core::ids::{DeploymentId, Platform};
use wilco_core::person::Standing;

use crate::again::ship;
use crate::firm::{catalogs, commit, policy, slack, speaker};
use crate::law::Step;
use crate::moves::{deploy, pressed, reacted, read, recalled, resolved, said};
use crate::stories::{FIRST, approve, confirm, deployment};
use crate::world::World;
use crate::{ONE, TWO, asked, make};

/// Once a platform has said that somebody is none of the firm any more, no sign of theirs on that card is an approval.
pub fn who_has_left_stands_for_nothing(step: &Step<'_>) -> bool {
    let Some(Event::ReactionsRead { message, seen }) = step.event() else { return true };
    let left = |account| {
        seen.iter().any(|(speaker, _)| {
            let out = [Standing::Bot, Standing::Guest, Standing::Stranger, Standing::Deactivated];
            speaker.account == account && out.contains(&speaker.standing)
        })
    };
    let open = step.after.set.open().filter(|open| open.status == Status::Waiting);
    open.flat_map(|open| &open.approvals).all(|approval| match approval.approved.mark.known() {
        Some(Mark::Reaction { account, message: on, .. }) if on == message => {
            !left(account.clone())
        }
        _ => true, // Words stand on no card.
    })
}

#[test]
fn who_has_left_since_the_vote_is_no_approver_and_who_cannot_be_asked_about_still_is() {
    let ben = |standing| speaker(Platform::Slack, "ben", standing);
    for (standing, approvers) in [
        (Standing::Member, 1),
        (Standing::Unverified, 1),
        (Standing::Deactivated, 0),
        (Standing::Guest, 0),
        (Standing::Stranger, 0),
        (Standing::Bot, 0),
    ] {
        let mut world = asked(&policy(TWO));
        make(&mut world, resolved(FIRST, commit('a')));
        approve(&mut world, "ben", FIRST);
        make(&mut world, read(FIRST, [ben(standing)]));
        assert_eq!(deployment(&world, FIRST).approvers().len(), approvers, "{standing:?}");
        // Read again, it is nothing new.
        let again = world.decide(&read(FIRST, [ben(standing)]));
        assert_eq!((again.facts.len(), again.effects.len()), (0, 0), "{again:?}");
    }
}

#[test]
fn what_came_and_went_unseen_is_made_good() {
    let mut world = asked(&policy(TWO));
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ben", FIRST);
    // While nobody listened, ben took his back and mina gave hers.
    make(&mut world, read(FIRST, [slack("mina")]));
    let who =
        deployment(&world, FIRST).approvers().iter().map(|name| name.as_str()).collect::<Vec<_>>();
    assert_eq!(who, ["mina"]);
    // Read again, it is nothing new.
    let again = world.decide(&read(FIRST, [slack("mina")]));
    assert_eq!((again.facts.len(), again.effects.len()), (0, 0));
}

#[test]
fn a_refused_reaction_is_answered_once_however_often_it_is_read() {
    let mut world = asked(&policy(ONE));
    // Too early: there is nothing to approve yet.
    approve(&mut world, "ben", FIRST);
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ana", FIRST);
    let again = world.decide(&read(FIRST, [slack("ben"), slack("ana")]));
    assert_eq!((again.facts.len(), again.effects.len()), (0, 0), "{again:?}");
    // Whoever puts it on anew says it anew.
    make(&mut world, reacted(slack("ben"), FIRST, "✅", Reaction::Removed));
    approve(&mut world, "ben", FIRST);
    assert_eq!(deployment(&world, FIRST).approvals.len(), 1);
}

#[test]
fn a_rejection_that_nobody_saw_still_ends_it() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let Event::ReactionsRead { message, .. } = read(FIRST, []) else { unreachable!() };
    let no = wilco_core::emoji::Emoji::Unicode("❌".into());
    make(&mut world, Event::ReactionsRead { message, seen: vec![(slack("mina"), no)] });
    assert_eq!(deployment(&world, FIRST).outcome(), Some(Outcome::Rejected));
}

#[test]
fn a_button_says_the_same_as_words() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    make(&mut world, pressed(slack("ana"), FIRST, Press::Approve));
    assert_eq!(deployment(&world, FIRST).approvals, [], "her own");
    make(&mut world, pressed(slack("ben"), FIRST, Press::Approve));
    // The same human by another sign is still one vote.
    approve(&mut world, "ben", FIRST);
    assert_eq!(deployment(&world, FIRST).approvers().len(), 1);
    confirm(&mut world, FIRST);
    assert_eq!(deployment(&world, FIRST).status, Status::Starting);
    make(&mut world, pressed(slack("ana"), FIRST, Press::Abort));
    assert!(world.facts.iter().any(|fact| matches!(fact.what, What::CancelAsked { .. })));
}

#[test]
fn roll_back_goes_back_from_what_the_card_shows_and_from_nothing_newer() {
    let mut world = World::new(catalogs(&policy(ONE)));
    let shipped: Vec<DeploymentId> = "abc".chars().map(|digit| ship(&mut world, digit)).collect();
    for (pressed_on, begins) in [(shipped[1], false), (shipped[2], true)] {
        let button = pressed(slack("ana"), pressed_on, Press::RollBack);
        let effects = world.decide(&button).effects;
        let [Effect::Recall { question, .. }] = &effects[..] else { panic!("{effects:?}") };
        let past = deployment(&world, pressed_on).clone();
        let decision = world.decide(&recalled(question.clone(), Some(&past)));
        let goes = matches!(decision.effects[..], [Effect::Recall { .. }]);
        assert_eq!(goes, begins, "{decision:?}");
    }
}

#[test]
fn nothing_is_decided_before_the_platform_was_asked_who_it_was() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let mut ben = slack("ben");
    ben.standing = Standing::Unknown;
    for event in [
        reacted(ben.clone(), FIRST, "✅", Reaction::Added),
        pressed(ben.clone(), FIRST, Press::Approve),
        said(ben.clone(), deploy("prod")),
    ] {
        let decision = world.decide(&event);
        assert_eq!(decision.facts, []);
        let [Effect::Identify { event: asked }] = &decision.effects[..] else {
            panic!("{decision:?}")
        };
        assert_eq!(**asked, event);
        // The answer comes back as the same event, and then it counts.
        assert!(!world.decide(&event.by(Standing::Member)).facts.is_empty());
    }
    let smile = world.decide(&reacted(ben, FIRST, "🎉", Reaction::Added));
    assert_eq!(smile.effects, [], "nobody is looked up for what means nothing");
}

#[test]
fn a_reason_is_asked_for_only_where_the_rejection_would_count() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let with = |who: &str, reason: Option<&str>, trigger: Option<&str>| {
        let Event::Pressed { speaker, message, press, .. } =
            pressed(slack(who), FIRST, Press::Reject)
        else {
            unreachable!()
        };
        let (reason, trigger) = (reason.map(Into::into), trigger.map(Into::into));
        Event::Pressed { speaker, message, press, reason, trigger }
    };
    let ask = world.decide(&with("mina", None, Some("now")));
    assert!(matches!(ask.effects[..], [Effect::AskReason { .. }]), "{ask:?}");
    assert_eq!(ask.facts, []);
    let no = world.decide(&with("carl", None, Some("now")));
    assert!(matches!(no.effects[..], [Effect::Tell { .. }]), "{no:?}");
    make(&mut world, with("mina", Some("the migration is not reviewed"), None));
    assert_eq!(deployment(&world, FIRST).outcome(), Some(Outcome::Rejected));
}
