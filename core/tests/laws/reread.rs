//! Laws about reactions that came and went while nobody listened, and about buttons.

use wilco_core::card::Press;
use wilco_core::deployment::{Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::event::{Event, Reaction};
use wilco_core::fact::{Mark, What};
use wilco_core::flood::Pace;
use wilco_core::ids::{DeploymentId, Place, Platform};
use wilco_core::notice::Notice;
use wilco_core::person::Standing;
use wilco_core::request::Request;

use crate::again::ship;
use crate::firm::{catalogs, commit, policy, slack, speaker};
use crate::law::Step;
use crate::moves::{
    card, confirmed, deploy, pressed, reacted, read, recalled, resolved, said, unread_card,
};
use crate::stories::{FIRST, approve, confirm, current_seal, deployment};
use crate::world::World;
use crate::{ONE, TWO, asked, make};

/// Nor does it take a platform that says whose vote it was.
pub fn taken_back_at_any_pace(step: &Step<'_>) -> bool {
    if !step.facts().any(|what| matches!(what, What::VoteWithdrawn { .. })) {
        return true;
    }
    match step.event() {
        Some(event @ Event::Reacted { .. }) => {
            let unknown = event.clone().by(Standing::Unknown);
            step.before.decide_at(Pace::Over, &unknown) == *step.decision
        }
        _ => true, // What was read anew has no pace.
    }
}

/// Of whoever is on record as an approver, a sign is known to stand, or words.
pub fn what_was_unread_starts_nothing(step: &Step<'_>) -> bool {
    let Some(Event::Confirmed { deployment, unread, .. }) = step.event() else { return true };
    let Some(open) = step.after.deployment(*deployment) else { return true };
    step.facts().all(|what| {
        let What::GatesOpened { approvers, .. } = what else { return true };
        approvers.iter().all(|name| {
            let signs = open.approvals.iter().filter(|approval| approval.approved.by == *name);
            signs.filter_map(|approval| approval.approved.mark.known()).any(|mark| match mark {
                Mark::Reaction { message, .. } => !unread.contains(message),
                Mark::Words { .. } => true,
            })
        })
    })
}

/// Where another sign of the same human stands, and not beside the one that is gone, they learn of it.
pub fn one_sign_of_several_is_told(step: &Step<'_>) -> bool {
    let Some(Event::Reacted { speaker, message, change: Reaction::Removed, .. }) = step.event()
    else {
        return true;
    };
    let told = step.decision.effects.iter().any(|effect| match effect {
        Effect::Tell { to, notice: Notice::StillApproved { .. }, .. } => *to == speaker.account,
        _ => false, // Whatever else is said is about something else.
    });
    let mut withdrawn = step.decision.facts.iter().filter_map(|fact| match &fact.what {
        What::VoteWithdrawn { by, .. } => Some((fact.deployment?, by)),
        _ => None, // No vote was taken back.
    });
    let Some((id, by)) = withdrawn.next() else { return !told };
    let Some(open) = step.after.deployment(id) else { return false };
    let signs = open.approvals.iter().filter(|approval| approval.approved.by == *by);
    let marks: Vec<_> = signs.filter_map(|approval| approval.approved.mark.known()).collect();
    let beside = |mark: &&Mark| match mark {
        Mark::Reaction { account, message: on, .. } => *account == speaker.account && on == message,
        Mark::Words { .. } => false,
    };
    told == (!marks.is_empty() && !marks.iter().any(beside))
}

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
fn a_vote_that_cannot_be_looked_at_is_looked_at_again_and_starts_nothing() {
    let mut world = asked(&policy(TWO));
    make(&mut world, resolved(FIRST, commit('a')));
    for who in ["ben", "mina"] {
        approve(&mut world, who, FIRST);
    }
    let looked = confirmed(FIRST, current_seal(&world, FIRST));
    let unread = unread_card(looked.clone(), card(FIRST));
    let decision = world.decide(&unread);
    assert_eq!(decision.facts, []);
    assert!(matches!(decision.effects[..], [Effect::Confirm { .. }]), "{decision:?}");
    // In words both say the same, and what stands on the card does not matter any more.
    for who in ["ben", "mina"] {
        make(&mut world, said(slack(who), Request::Approve { deployment: FIRST }));
    }
    make(&mut world, unread);
    assert_eq!(deployment(&world, FIRST).status, Status::Starting);
}

#[test]
fn what_is_said_elsewhere_is_acknowledged_there() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let elsewhere = Place::in_channel(Platform::Discord, "D1");
    let moved = |event: Event| match event {
        Event::Said { speaker, words, heard, .. } => {
            Event::Said { speaker, place: elsewhere.clone(), words, heard }
        }
        other => other,
    };
    for (request, is_told) in [
        (Request::Approve { deployment: FIRST }, true),
        (Request::Cancel { deployment: FIRST }, true),
        (Request::Whoami, false),
    ] {
        let line = said(slack("ben"), request);
        for (line, is_told) in [(line.clone(), false), (moved(line), is_told)] {
            let effects = world.decide(&line).effects;
            let noted = |effect: &Effect| {
                matches!(effect, Effect::Tell { notice: Notice::Noted { .. }, .. })
            };
            assert_eq!(effects.iter().any(noted), is_told, "{effects:?}");
        }
    }
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
