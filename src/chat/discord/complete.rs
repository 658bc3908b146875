//! What is offered while somebody types a command.

use serde_json::{Value, json};
use serenity::model::application::{CommandData, CommandDataOptionValue};
use wilco_core::catalog::Catalog;
use wilco_core::grammar::fields::{FieldName, Filled};
use wilco_core::notice::Locale;
use wilco_core::suggest::{self, Asked, Choice, Room};

use super::commands;
use super::text::unmarked;
use crate::recall::Recall;

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-autocomplete>
const CHOICES_MAX: usize = 25;
const CHOICE_MAX: usize = 100;

/// Returns what fits what was typed so far, in the language of whoever types.
pub async fn choices(
    data: &CommandData,
    (catalog, recall): (&Catalog, &Recall),
    locale: Locale,
) -> Value {
    let focused = data.options.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::Autocomplete { value, .. } => {
            Some((FieldName::of_code(&option.name)?, value))
        }
        _ => None,
    });
    let (Some((field, typed)), Some(manifest)) = (focused, commands::meant(data, catalog)) else {
        return json!([]);
    };
    let filled: Filled = commands::filled(data);
    let service = filled.get(&FieldName::Service).map(|name| name.trim().to_ascii_lowercase());
    let service = service.and_then(|name| catalog.services.get_key_value(name.as_str()));
    let recent = recall.recent(service.map(|(name, _)| name.clone())).await;
    let asked = Asked { manifest, field, filled: &filled, typed };
    let room = Room { choices: CHOICES_MAX, characters: CHOICE_MAX };
    let choices = suggest::choices(catalog, &recent, &asked, room);
    choices.iter().map(|one| choice(one, locale)).collect()
}

fn choice(choice: &Choice, locale: Locale) -> Value {
    let shown = choice.shown.in_locale(locale);
    json!({ "name": unmarked(shown, CHOICE_MAX), "value": choice.value })
}
