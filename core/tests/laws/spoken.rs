//! Laws of languages: who is spoken to how, and who says so.

use wilco_core::effect::Effect;
use wilco_core::event::Event;
use wilco_core::ids::{Account, Place, Platform};
use wilco_core::language::{Chosen, Preference};
use wilco_core::notice::{Locale, Notice};
use wilco_core::person::Standing;
use wilco_core::request::Request;

use crate::ONE;
use crate::firm::{catalogs, place, policy, slack, speaker, thread};
use crate::law::Step;
use crate::moves::{deploy, event, said_in};
use crate::stories::FIRST;
use crate::world::{Move, World};

/// Their own choice, else what people.toml says of them, else the channel's, else the default: as it is after the step.
pub fn one_person_is_spoken_to_in_their_language(step: &Step<'_>) -> bool {
    let catalog = step.after.catalog();
    let expected = |to: &Account, place: Option<&Place>| {
        let person = catalog.people.by_account(to);
        let chosen = person.and_then(|person| step.after.set.chosen().get(&person.name).copied());
        let configured = person.and_then(|person| person.locale);
        // In a thread people are in its channel.
        let channel = place.map(|place| Place { thread: None, ..place.clone() });
        let channel = channel.and_then(|channel| catalog.locales.get(&channel).copied());
        chosen.or(configured).or(channel).unwrap_or(catalog.locale)
    };
    step.decision.effects.iter().all(|effect| match effect {
        Effect::Tell { place, to, locale, .. } | Effect::Answer { place, to, locale, .. } => {
            *locale == expected(to, Some(place))
        }
        Effect::AskReason { message, to, locale, .. } => {
            *locale == expected(to, Some(&message.place))
        }
        Effect::ShowHome { to, locale, .. } => *locale == expected(to, None),
        _ => true, // Everything else is read by everybody, or by nobody.
    })
}

/// A card has a thread of its own, and there are none in threads.
pub fn a_card_is_in_a_channel(step: &Step<'_>) -> bool {
    step.decision.effects.iter().all(|effect| match effect {
        Effect::ShowCard { place, .. } | Effect::Log { place, .. } => place.thread.is_none(),
        _ => true, // Nothing else is shown to everybody.
    })
}

pub fn a_language_is_chosen_by_oneself(step: &Step<'_>) -> bool {
    let speaker = step.speaker();
    let people = &step.after.catalog().people;
    let oneself = speaker.and_then(|speaker| people.by_account(&speaker.account));
    let (before, after) = (step.before.set.chosen(), step.after.set.chosen());
    let others = |chosen: &Chosen| {
        let mut chosen = chosen.clone();
        oneself.map(|person| chosen.remove(&person.name));
        chosen
    };
    others(before) == others(after)
}

#[test]
fn whoever_asks_in_a_thread_has_the_card_in_the_channel_and_the_answer_in_the_thread() {
    let decision =
        World::new(catalogs(&policy(ONE))).decide(&said_in(thread(), slack("ana"), deploy("prod")));
    let cards = decision.effects.iter().filter_map(|effect| match effect {
        Effect::ShowCard { place, .. } => Some(place),
        _ => None, // What else is done says nothing of the place.
    });
    assert_eq!(cards.collect::<Vec<_>>(), [&place()]);
    let (to, notice) = (slack("ana").account, Notice::Noted { deployment: FIRST });
    let told = Effect::Tell { place: thread(), to, locale: Locale::Ko, notice };
    assert!(decision.effects.contains(&told), "{:?}", decision.effects);
}

/// Languages are picked and said, by whoever may and may not.
pub fn languages(moves: &mut Vec<Move>) {
    let picked = |speaker, locale| event(Event::LanguagePicked { speaker, locale });
    let language = |choice| Request::Language { choice };
    let guest = speaker(Platform::Slack, "ben", Standing::Guest);
    for speaker in [slack("ana"), slack("mina"), slack("U-nobody"), guest] {
        moves.push(picked(speaker.clone(), Locale::Ko));
        moves.push(event(Event::HomeOpened { speaker: speaker.clone() }));
        for choice in [None, Some(Preference::Locale(Locale::Ko)), Some(Preference::Configured)] {
            for place in [place(), thread()] {
                moves.push(event(said_in(place, speaker.clone(), language(choice))));
            }
        }
    }
    moves.push(picked(slack("ana"), Locale::En));
}
