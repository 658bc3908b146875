//! Where cards are: what is shown of a deployment, also after its end, takes the place of what was shown before.

use std::collections::BTreeSet;

use wilco_core::decide::Decision;
use wilco_core::deployment::{Deployment, Status};
use wilco_core::effect::Effect;
use wilco_core::event::{Event, Posted, RunEnd};
use wilco_core::fact::What;
use wilco_core::ids::{DeploymentId, MessageRef, Platform};
use wilco_core::request::Request;

use crate::firm::{commit, policy, slack};
use crate::law::{Law, Step};
use crate::moves::{card, ended, reported, resolved, said, started};
use crate::stories::{FIRST, confirm, deployment, report};
use crate::world::Move;
use crate::{ONE, ask, asked, make};

pub const LAWS: [Law; 3] = [
    ("the facts say where a card is, after the end too", the_facts_say_where_a_card_is),
    (
        "what stands on a card of before is read once it is known",
        a_card_of_before_is_read_once_it_is_known,
    ),
    ("what is live no more is shown so", what_is_live_no_more_is_shown_so),
];

/// After every step.
fn the_facts_say_where_a_card_is(step: &Step<'_>) -> bool {
    let by_facts = |id, place| {
        let facts: Vec<_> = step.after.facts_of(id).collect();
        Deployment::card_by(facts.into_iter(), place).cloned()
    };
    let shown = step.decision.facts.iter().filter_map(|fact| match &fact.what {
        What::CardShown { message } => Some((fact.deployment?, message)),
        _ => None, // Nothing else is about a card.
    });
    shown.into_iter().all(|(id, message)| by_facts(id, &message.place).as_ref() == Some(message))
        && step.after.set.open().all(|open| {
            let places = open.places.iter().chain([&open.place]);
            places.into_iter().all(|place| by_facts(open.id, place).as_ref() == open.card_in(place))
        })
}

/// A sign may have come before that, which was on nothing then.
fn a_card_of_before_is_read_once_it_is_known(step: &Step<'_>) -> bool {
    let Move::Event(event) = step.made else { return true };
    let Event::CardShown { deployment, message, posted, .. } = &**event else { return true };
    let is_read =
        step.decision.effects.iter().any(|effect| matches!(effect, Effect::ReadReactions { .. }));
    let wants_votes = step.after.deployment(*deployment).is_some_and(|open| match open.status {
        Status::Resolving | Status::Waiting => true,
        Status::Starting | Status::Running | Status::Ended(_) => false,
    });
    let is_news = step.decision.facts.iter().any(|fact| fact.deployment == Some(*deployment));
    let comes_unseen = message.place.platform != Platform::Console;
    is_read == (is_news && wants_votes && comes_unseen && *posted == Posted::MaybeBefore)
}

/// Wherever a card says that something is live, it is drawn again once something else is, and no other card is.
fn what_is_live_no_more_is_shown_so(step: &Step<'_>) -> bool {
    let (before, after) = (step.before.set.live(), step.after.set.live());
    let replaced = before.iter().filter(|(lane, live)| {
        after.get(*lane).is_none_or(|now| now.deployment != live.deployment)
    });
    let wanted: BTreeSet<_> = replaced
        .filter_map(|(_, live)| step.after.deployment(live.deployment))
        .flat_map(|past| past.places.iter().map(|place| (past.id, place)))
        .collect();
    let redrawn = step.decision.effects.iter().filter_map(|effect| match effect {
        Effect::RedrawCard { deployment, place } => Some((*deployment, place)),
        _ => None, // Nothing else draws a card that is over.
    });
    redrawn.collect::<BTreeSet<_>>() == wanted
}

#[test]
fn what_is_replaced_is_drawn_again_and_only_then() {
    let mut world = asked(&policy(&[]));
    let drawn = |decision: &Decision| {
        let is_it = |effect: &&Effect| matches!(effect, Effect::RedrawCard { .. });
        decision.effects.iter().filter(is_it).count()
    };
    let mut replaced = Vec::new();
    for (id, end) in [
        (FIRST, RunEnd::Succeeded),
        (DeploymentId(2), RunEnd::Cancelled),
        (DeploymentId(3), RunEnd::Succeeded),
    ] {
        if id != FIRST {
            ask(&mut world, "ana");
        }
        make(&mut world, resolved(id, commit('a')));
        confirm(&mut world, id);
        report(&mut world, id, started());
        let op_key = deployment(&world, id).run.as_ref().expect("a run").op_key.clone();
        replaced.push(drawn(&world.decide(&reported(id, &op_key, ended(end.clone())))));
        report(&mut world, id, ended(end));
    }
    assert_eq!(replaced, [0, 0, 1]);
}

#[test]
fn a_card_that_comes_after_the_end_is_the_card_all_the_same() {
    let mut world = asked(&policy(ONE));
    make(&mut world, said(slack("ana"), Request::Cancel { deployment: FIRST }));
    let message = MessageRef { message: "m-late".into(), ..card(FIRST) };
    let shown = Event::CardShown {
        deployment: FIRST,
        message: message.clone(),
        seal: None,
        posted: Posted::Now,
    };
    make(&mut world, shown);
    let facts: Vec<_> = world.facts_of(FIRST).collect();
    assert_eq!(Deployment::card_by(facts.into_iter(), &message.place), Some(&message));
}
