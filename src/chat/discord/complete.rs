//! What is offered while somebody types a command.

use serde_json::{Value, json};
use serenity::model::application::{CommandData, CommandDataOptionValue};
use wilco_core::catalog::Catalog;
use wilco_core::grammar::fields::{FieldName, Filled};
use wilco_core::suggest::{self, Asked, Choice, Room};

use super::commands;
use super::text::unmarked;
use crate::recall::Recall;

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-autocomplete>
const CHOICES_MAX: usize = 25;
const CHOICE_MAX: usize = 100;

/// Returns what fits what was typed so far.
pub async fn choices(data: &CommandData, catalog: &Catalog, recall: &Recall) -> Value {
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
    suggest::choices(catalog, &recent, &asked, room).iter().map(choice).collect()
}

fn choice(choice: &Choice) -> Value {
    json!({
        "name": unmarked(&choice.shown.en, CHOICE_MAX),
        "name_localizations": { "ko": unmarked(&choice.shown.ko, CHOICE_MAX) },
        "value": choice.value,
    })
}
