//! Laws of languages: who is spoken to how, and who says so.

use wilco_core::effect::Effect;
use wilco_core::ids::{Account, Place};
use wilco_core::language::Chosen;

use crate::law::Step;

/// Their own choice, else what people.toml says of them, else the channel's, else the default: as it is after the step.
pub fn one_person_is_spoken_to_in_their_language(step: &Step<'_>) -> bool {
    let catalog = step.after.catalog();
    let expected = |to: &Account, place: Option<&Place>| {
        let person = catalog.people.by_account(to);
        let chosen = person.and_then(|person| step.after.set.chosen().get(&person.name).copied());
        let configured = person.and_then(|person| person.locale);
        let channel = place.and_then(|place| catalog.locales.get(place).copied());
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
