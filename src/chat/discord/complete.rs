//! What is offered while somebody types a command.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use serenity::model::application::{CommandData, CommandDataOption, CommandDataOptionValue};
use wilco_core::catalog::Catalog;
use wilco_core::ids::DeploymentId;

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-autocomplete>
const CHOICES_MAX: usize = 25;
const CHOICE_MAX: usize = 100;

/// As many numbers are kept to be offered.
const RECENT_MAX: usize = 100;

/// Deployments whose cards were shown lately, the newest last, each with how it is called.
#[derive(Default)]
pub struct Recent {
    shown: Mutex<VecDeque<(DeploymentId, String)>>,
}

impl Recent {
    pub fn note(&self, deployment: DeploymentId, headline: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|(known, _)| *known != deployment);
        shown.push_back((deployment, headline.to_owned()));
        while shown.len() > RECENT_MAX {
            shown.pop_front();
        }
    }

    fn newest_first(&self) -> Vec<(DeploymentId, String)> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().rev().cloned().collect()
    }
}

/// Returns what fits what was typed so far.
pub fn choices(data: &CommandData, catalog: &Catalog, recent: &Recent) -> Value {
    let options: BTreeMap<&str, &CommandDataOption> =
        data.options.iter().map(|option| (option.name.as_str(), option)).collect();
    let focused = data.options.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::Autocomplete { value, .. } => Some((option.name.as_str(), value)),
        _ => None,
    });
    let Some((name, typed)) = focused else { return json!([]) };
    let service = options.get("service").and_then(|option| option.value.as_str());
    let offered: Vec<(String, String)> = match name {
        "service" => catalog.services.keys().map(|name| both(name.as_str())).collect(),
        "environment" | "from" | "to" => environments(catalog, service),
        "deployment" => recent
            .newest_first()
            .into_iter()
            .map(|(id, headline)| (format!("{id} {headline}"), id.to_string()))
            .collect(),
        "command" => catalog.commands.keys().map(|name| both(name.as_str())).collect(),
        _ => Vec::new(),
    };
    let typed = typed.trim().to_lowercase();
    let fits = |(shown, _): &&(String, String)| shown.to_lowercase().contains(&typed);
    let fitting = offered.iter().filter(fits).take(CHOICES_MAX);
    fitting
        .map(|(shown, value)| json!({ "name": super::text::unmarked(shown, CHOICE_MAX), "value": value }))
        .collect()
}

fn both(name: &str) -> (String, String) {
    (name.to_owned(), name.to_owned())
}

/// Those of the service where it is known, else all.
fn environments(catalog: &Catalog, service: Option<&str>) -> Vec<(String, String)> {
    let services = catalog.services.iter();
    let of = |wanted: &str| services.clone().find(|(name, _)| name.as_str() == wanted);
    let mut names: Vec<&str> = match service.and_then(of) {
        Some((_, service)) => service.environments.keys().map(AsRef::as_ref).collect(),
        None => services
            .clone()
            .flat_map(|(_, service)| service.environments.keys().map(AsRef::as_ref))
            .collect(),
    };
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(both).collect()
}
