//! A command as a form to be filled in, for chats that have such, and the line that somebody would have said.

use std::collections::BTreeMap;

use super::Grammar;
use super::pattern::{self, Item, Slot};
use crate::manifest::Manifest;

/// One field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub need: Need,
    pub kind: FieldKind,
}

/// Whether something can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Words, such as a name or a reason.
    Words,
    /// Yes or no.
    Switch,
}

/// The field of `key=value`, which no pattern names.
const PARAMETERS: &str = "parameters";

impl Grammar {
    /// Returns the fields of a command: what its forms take, and first what each of them needs.
    pub fn fields(&self, manifest: &Manifest) -> Vec<Field> {
        let forms = forms(manifest);
        let mut fields: Vec<Field> = Vec::new();
        for slot in Slot::NAMED {
            let taken = forms.iter().filter(|items| takes(items, slot)).count();
            if taken == 0 {
                continue;
            }
            let is_needed = forms.iter().all(|items| needs(items, slot));
            let need = if is_needed { Need::Required } else { Need::Optional };
            let kind = if slot == Slot::DryRun { FieldKind::Switch } else { FieldKind::Words };
            fields.push(Field { name: slot.name(), need, kind });
        }
        let command = self.commands.get(&manifest.name);
        if command.is_some_and(|command| command.action.takes_parameters()) {
            let (need, kind) = (Need::Optional, FieldKind::Words);
            fields.push(Field { name: PARAMETERS, need, kind });
        }
        fields.sort_by_key(|field| field.need == Need::Optional);
        fields
    }

    /// Returns the line that says what was filled in; hearing it says what it means.
    pub fn line(&self, manifest: &Manifest, filled: &BTreeMap<String, String>) -> String {
        let mut filled: BTreeMap<&str, &str> =
            filled.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
        filled.retain(|_, value| !value.is_empty());
        let parameters = filled.remove(PARAMETERS);
        let said = forms(manifest).iter().find_map(|items| {
            let mut left = filled.clone();
            let words = said(items, &mut left)?;
            left.is_empty().then_some(words)
        });
        // No form takes just these, so what is heard says how the command is said.
        let mut words = said.unwrap_or_else(|| {
            let values = filled.values().map(|value| (*value).to_owned());
            std::iter::once(manifest.name.to_string()).chain(values).collect()
        });
        words.extend(parameters.map(str::to_owned));
        words.join(" ")
    }
}

/// Returns the forms in English order, whose verb comes first and is the command's name.
fn forms(manifest: &Manifest) -> Vec<Vec<Item>> {
    let say = manifest.say.iter().filter(|form| form.is_ascii());
    say.filter_map(|form| pattern::parse(form).ok()).collect()
}

fn takes(items: &[Item], slot: Slot) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) => false,
        Item::Slot(found) => found.gives().contains(&slot),
        Item::OneOf(ways) | Item::Maybe(ways) => ways.iter().any(|items| takes(items, slot)),
    })
}

fn needs(items: &[Item], slot: Slot) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) | Item::Maybe(_) => false,
        Item::Slot(found) => found.gives().contains(&slot),
        Item::OneOf(ways) => ways.iter().all(|items| needs(items, slot)),
    })
}

/// Returns the words of a form with these values in it, and takes those out; `None` where one is missing.
fn said(items: &[Item], left: &mut BTreeMap<&str, &str>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for item in items {
        match item {
            Item::Word(word) => words.push(word.clone()),
            Item::Slot(slot) => words.push(value(*slot, left)?),
            Item::OneOf(ways) => words.extend(way(ways, left)?),
            // What only makes a line sound better is left out.
            Item::Maybe(ways) => {
                let filling: Vec<Vec<Item>> =
                    ways.iter().filter(|items| has_slot(items)).cloned().collect();
                words.extend(way(&filling, left).unwrap_or_default());
            }
        }
    }
    Some(words)
}

fn way(ways: &[Vec<Item>], left: &mut BTreeMap<&str, &str>) -> Option<Vec<String>> {
    ways.iter().find_map(|items| {
        let mut rest = left.clone();
        let words = said(items, &mut rest)?;
        *left = rest;
        Some(words)
    })
}

fn has_slot(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) => false,
        Item::Slot(_) => true,
        Item::OneOf(ways) | Item::Maybe(ways) => ways.iter().any(|items| has_slot(items)),
    })
}

fn value(slot: Slot, left: &mut BTreeMap<&str, &str>) -> Option<String> {
    match slot {
        Slot::ServiceVersion => {
            let (service, version) = (left.get("service").copied(), left.get("version").copied());
            let value = format!("{}@{}", service?, version?);
            left.retain(|name, _| !["service", "version"].contains(name));
            Some(value)
        }
        Slot::DryRun => left.remove(slot.name()).map(|_| "dry run".into()),
        Slot::Service
        | Slot::Environment
        | Slot::Version
        | Slot::Deployment
        | Slot::From
        | Slot::To
        | Slot::Reason
        | Slot::Moment
        | Slot::Command
        | Slot::Request
        | Slot::Language => left.remove(slot.name()).map(str::to_owned),
    }
}
