//! Who is spoken to in another language than the rest, as the configuration says.

use wilco_core::catalog::Catalog;
use wilco_core::notice::Locale;

use super::{Finding, Stage};

/// Returns a stage where channels or people have a language of their own.
pub fn stage(catalog: &Catalog) -> Option<Stage> {
    let mut notes = Vec::new();
    for locale in Locale::ALL {
        let channels = catalog.channels.iter().filter(|(_, places)| {
            places.iter().any(|place| catalog.locales.get(place) == Some(&locale))
        });
        let channels: Vec<_> = channels.map(|(name, _)| format!("#{name}")).collect();
        let people = catalog.people.iter().filter(|person| person.locale == Some(locale));
        let people: Vec<_> = people.map(|person| person.name.to_string()).collect();
        let others: Vec<_> = channels.into_iter().chain(people).collect();
        if !others.is_empty() {
            let message = format!("{} is spoken to in {}", others.join(", "), locale.code());
            notes.push(Finding { message, ..Finding::default() });
        }
    }
    let checked = catalog.locales.len() + catalog.people.iter().filter_map(|p| p.locale).count();
    let stage = Stage { name: "languages", checked, notes, ..Stage::default() };
    (checked > 0).then_some(stage)
}
