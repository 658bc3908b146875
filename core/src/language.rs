//! Which language is used: with one person, and for everybody who reads along in a place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::ids::{Account, PersonName, Place};
use crate::notice::Locale;
use crate::person::Person;

/// What people chose for themselves. Who is not in it leaves it to the configuration.
pub type Chosen = BTreeMap<PersonName, Locale>;

/// A language with the reason for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    pub locale: Locale,
    pub because: Because,
}

/// Why a language is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The person chose it.
    Chosen,
    /// people.toml says so of the person.
    Person,
    /// wilco.toml says so of the channel.
    Channel,
    /// wilco.toml says so of everything else.
    Default,
}

/// What somebody wants to be spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    Locale(Locale),
    /// Whatever the configuration says.
    Configured,
}

/// Returns the language of what is said to one person: what they chose goes before what people.toml says
/// of them, that before the channel's, and that before the default.
///
/// A page of somebody's own is in no place.
pub fn of_person(
    catalog: &Catalog,
    person: Option<(&Person, Option<Locale>)>,
    place: Option<&Place>,
) -> Language {
    let (person, chosen) = (person.map(|(person, _)| person), person.and_then(|(_, c)| c));
    if let Some(locale) = chosen {
        return Language { locale, because: Because::Chosen };
    }
    if let Some(locale) = person.and_then(|person| person.locale) {
        return Language { locale, because: Because::Person };
    }
    of_place(catalog, place)
}

/// Returns the language of what is said to whoever has an account, in a place or on a page of their own.
pub fn of_account(
    catalog: &Catalog,
    chosen: &Chosen,
    account: &Account,
    place: Option<&Place>,
) -> Language {
    let person = catalog.people.by_account(account);
    let person = person.map(|person| (person, chosen.get(&person.name).copied()));
    of_person(catalog, person, place)
}

/// Returns the language of what everybody in a place reads. A thread has that of its channel.
pub fn of_place(catalog: &Catalog, place: Option<&Place>) -> Language {
    match place.and_then(|place| catalog.locales.get(&place.whole())) {
        Some(locale) => Language { locale: *locale, because: Because::Channel },
        None => Language { locale: catalog.locale, because: Because::Default },
    }
}

impl Preference {
    /// Reads a preference as people say it; `None` for a language that wilco does not speak.
    pub fn heard(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        // In Korean one says "in Korean" and "to the default", in one word.
        let bare = word.strip_suffix("으로").or_else(|| word.strip_suffix('로')).unwrap_or(&word);
        Some(match bare {
            "en" | "english" | "영어" => Self::Locale(Locale::En),
            "ko" | "korean" | "한국어" | "한국말" | "우리말" => Self::Locale(Locale::Ko),
            "default" | "기본" | "기본값" => Self::Configured,
            _ => return None,
        })
    }

    /// Returns the language; `None` leaves it to the configuration.
    pub fn locale(self) -> Option<Locale> {
        match self {
            Self::Locale(locale) => Some(locale),
            Self::Configured => None,
        }
    }

    /// Returns the word by which the record names it.
    pub fn code(self) -> &'static str {
        code(self.locale())
    }
}

/// Takes in what somebody chose; whoever was erased chose nothing.
pub fn choose(chosen: &mut Chosen, person: Option<&PersonName>, locale: Option<Locale>) {
    match (person, locale) {
        (Some(person), Some(locale)) => drop(chosen.insert(person.clone(), locale)),
        (Some(person), None) => drop(chosen.remove(person)),
        (None, _) => {}
    }
}

/// Returns the languages between which somebody may choose on their page: none for who may not say it either.
pub fn choices(catalog: &Catalog, account: &Account) -> &'static [Locale] {
    let person = catalog.people.by_account(account);
    let command = catalog.command_for("language");
    let may = person.is_some() && command.is_some_and(|command| command.who.allows(person));
    if may { &Locale::ALL } else { &[] }
}

/// Returns the word for a choice: the code of a language, or `default`.
pub fn code(locale: Option<Locale>) -> &'static str {
    locale.map_or("default", Locale::code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::Limits;
    use crate::grammar::{Grammar, Known};
    use crate::ids::{Digest, Platform};
    use crate::person::People;

    fn place(channel: &str) -> Place {
        Place::in_channel(Platform::Slack, channel)
    }

    fn catalog() -> Catalog {
        Catalog {
            locale: Locale::En,
            locales: BTreeMap::from([(place("C-seoul"), Locale::Ko)]),
            timezone: chrono_tz::UTC,
            people: People::default(),
            services: BTreeMap::new(),
            channels: BTreeMap::new(),
            news: Vec::new(),
            commands: BTreeMap::new(),
            grammar: Grammar::new(&BTreeMap::new(), &Known::default()).unwrap(),
            limits: Limits::default(),
            digest: Digest([0; 32]),
        }
    }

    fn person(locale: Option<Locale>) -> Person {
        let name = PersonName::new("mina").unwrap();
        Person {
            name,
            locale,
            accounts: BTreeSet::new(),
            writes_as: BTreeSet::new(),
            roles: BTreeSet::new(),
        }
    }

    #[test]
    fn what_is_nearer_to_a_person_goes_before_what_is_further() {
        use Because::{Channel, Chosen, Default, Person};
        use Locale::{En, Ko};
        let catalog = catalog();
        for (chosen, configured, channel, expected) in [
            (Some(En), Some(Ko), "C-seoul", (En, Chosen)),
            (Some(Ko), None, "C-else", (Ko, Chosen)),
            (None, Some(En), "C-seoul", (En, Person)),
            (None, Some(Ko), "C-else", (Ko, Person)),
            (None, None, "C-seoul", (Ko, Channel)),
            (None, None, "C-else", (En, Default)),
        ] {
            let (person, place) = (person(configured), place(channel));
            let language = of_person(&catalog, Some((&person, chosen)), Some(&place));
            assert_eq!((language.locale, language.because), expected);
        }
        let nobody = of_person(&catalog, None, Some(&place("C-seoul")));
        assert_eq!((nobody.locale, nobody.because), (Ko, Channel));
        let at_home = of_person(&catalog, Some((&person(None), None)), None);
        assert_eq!((at_home.locale, at_home.because), (En, Default));
    }

    #[test]
    fn a_place_has_its_own_language_whoever_is_in_it() {
        let catalog = catalog();
        assert_eq!(of_place(&catalog, Some(&place("C-seoul"))).locale, Locale::Ko);
        assert_eq!(of_place(&catalog, Some(&place("C-else"))).locale, Locale::En);
        assert_eq!(of_place(&catalog, None).locale, Locale::En);
    }

    #[test]
    fn a_thread_speaks_as_its_channel_does() {
        let catalog = catalog();
        for channel in ["C-seoul", "C-else"] {
            let thread = Place { thread: Some("1.2".into()), ..place(channel) };
            let of = |place: &Place| of_place(&catalog, Some(place));
            assert_eq!(of(&thread), of(&place(channel)));
            let (chosen, account) = (Chosen::new(), account());
            let to = |place: &Place| of_account(&catalog, &chosen, &account, Some(place));
            assert_eq!(to(&thread), to(&place(channel)));
        }
    }

    fn account() -> Account {
        let (workspace, user) = ("T1".into(), "U1".into());
        Account { platform: Platform::Slack, workspace, user }
    }

    #[test]
    fn a_language_is_named_in_either_language() {
        for (word, code) in [
            ("en", "en"),
            ("English", "en"),
            ("영어", "en"),
            ("영어로", "en"),
            ("KO", "ko"),
            ("korean", "ko"),
            ("한국어", "ko"),
            ("한국말로", "ko"),
            ("default", "default"),
            ("기본값으로", "default"),
        ] {
            assert_eq!(Preference::heard(word).map(Preference::code), Some(code), "{word}");
        }
        for word in ["fr", "", "로", "enn", "en-US", "한국"] {
            assert_eq!(Preference::heard(word), None, "{word}");
        }
        for locale in Locale::ALL {
            assert_eq!(Locale::of_code(locale.code()), Some(locale));
            assert_eq!(Preference::heard(locale.code()), Some(Preference::Locale(locale)));
        }
    }
}
