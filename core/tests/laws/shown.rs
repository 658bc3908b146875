//! Where cards are: what is shown of a deployment, also after its end, takes the place of what was shown before.

use wilco_core::deployment::Deployment;
use wilco_core::event::Event;
use wilco_core::fact::What;
use wilco_core::ids::MessageRef;
use wilco_core::request::Request;

use crate::firm::{policy, slack};
use crate::law::Step;
use crate::moves::{card, said};
use crate::stories::FIRST;
use crate::{ONE, asked, make};

/// After every step.
pub fn the_facts_say_where_a_card_is(step: &Step<'_>) -> bool {
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

#[test]
fn a_card_that_comes_after_the_end_is_the_card_all_the_same() {
    let mut world = asked(&policy(ONE));
    make(&mut world, said(slack("ana"), Request::Cancel { deployment: FIRST }));
    let message = MessageRef { message: "m-late".into(), ..card(FIRST) };
    let shown = Event::CardShown { deployment: FIRST, message: message.clone(), seal: None };
    make(&mut world, shown);
    let facts: Vec<_> = world.facts_of(FIRST).collect();
    assert_eq!(Deployment::card_by(facts.into_iter(), &message.place), Some(&message));
}
