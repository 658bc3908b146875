//! Somebody asks in which language they are spoken to, or chooses one, in words or on their own page.

use super::permission::may_ask;
use super::request::{Line, refusal_fact, refused};
use super::{Decision, View};
use crate::effect::Effect;
use crate::fact::{Fact, What};
use crate::language::{Language, Preference, of_person};
use crate::notice::{Locale, Notice};
use crate::person::{Person, Speaker, Standing};
use crate::refusal::Refusal;
use crate::request::Request;

/// Says which language is used with whoever asks, and why.
pub fn asked(view: &View<'_>, line: &Line<'_>) -> Notice {
    let account = &line.speaker.account;
    let Language { locale, because } = view.language(account, Some(line.place));
    let nobody = view.speaker.is_none().then(|| account.clone());
    Notice::Language { locale, because, nobody }
}

/// Decides on a choice that somebody said and may make. The answer is in what they chose.
pub fn chosen(
    view: &View<'_>,
    line: &Line<'_>,
    request: &Request,
    preference: Preference,
) -> Decision {
    let Some(person) = view.speaker else {
        let account = line.speaker.account.clone();
        return refused(view, line, request, Refusal::NotAPerson { account });
    };
    let (place, to) = (line.place.clone(), line.speaker.account.clone());
    let Language { locale, because } =
        of_person(view.catalog, Some((person, preference.locale())), Some(&place));
    let notice = Notice::LanguageChosen { locale, because };
    let effects = vec![Effect::Tell { place, to, locale, notice }];
    Decision { facts: choose(view, person, preference), effects }
}

/// Decides on a choice that somebody made on their own page, which answers it.
pub fn picked(view: &View<'_>, speaker: &Speaker, locale: Locale) -> Decision {
    if speaker.standing == Standing::Bot {
        return Decision::default();
    }
    let preference = Preference::Locale(locale);
    let request = Request::Language { choice: Some(preference) };
    let allowed = may_ask(view, speaker, &request).map(|()| view.speaker);
    match allowed {
        Ok(Some(person)) => {
            let to = speaker.account.clone();
            let effects = vec![Effect::ShowHome { to, locale, answer: None }];
            Decision { facts: choose(view, person, preference), effects }
        }
        Ok(None) => {
            let refusal = Refusal::NotAPerson { account: speaker.account.clone() };
            not_picked(view, speaker, &request, refusal)
        }
        Err(refusal) => not_picked(view, speaker, &request, refusal),
    }
}

fn not_picked(view: &View<'_>, speaker: &Speaker, request: &Request, refusal: Refusal) -> Decision {
    let words = match request {
        Request::Language { choice: Some(preference) } => format!("language {}", preference.code()),
        _ => String::new(), // Nothing else is picked on a page.
    };
    let facts = refusal_fact(view, speaker, (&words, request), &refusal).into_iter().collect();
    Decision { facts, effects: page(view, speaker, Some(Notice::Refused { refusal })) }
}

/// Shows somebody their own page. Everybody of the firm may see what stands; nobody else gets a page.
pub fn page(view: &View<'_>, speaker: &Speaker, answer: Option<Notice>) -> Vec<Effect> {
    let to = speaker.account.clone();
    let locale = view.language(&to, None).locale;
    match speaker.standing {
        Standing::Member | Standing::Guest => vec![Effect::ShowHome { to, locale, answer }],
        Standing::Bot
        | Standing::Stranger
        | Standing::Deactivated
        | Standing::Unverified
        | Standing::Unknown => vec![],
    }
}

/// What is so already is not put on record again.
fn choose(view: &View<'_>, person: &Person, preference: Preference) -> Vec<Fact> {
    let locale = preference.locale();
    if view.chosen.get(&person.name).copied() == locale {
        return vec![];
    }
    let what = What::LanguageChosen { person: person.name.clone().into(), locale };
    vec![Fact { at: view.now, deployment: None, what }]
}
