//! Manifests → the grammar; what it finds wrong with a form or an example is pointed at where it stands.

use std::collections::BTreeMap;
use std::path::Path;

use wilco_core::catalog::Service;
use wilco_core::grammar::{Grammar, Known, PatternFault};
use wilco_core::ids::{CommandName, ServiceName};
use wilco_core::manifest::Manifest;

use crate::settings::commands::Command;
use crate::settings::fault::Fault;
use crate::settings::reader::Source;

/// Builds the grammar of the manifests.
pub fn build(
    commands: &[&(&Source, Command)],
    services: &BTreeMap<ServiceName, Service>,
) -> Result<Grammar, Vec<Fault>> {
    let manifests: BTreeMap<CommandName, Manifest> = commands
        .iter()
        .map(|(_, command)| (command.manifest.name.clone(), command.manifest.clone()))
        .collect();
    let environments = services.values().flat_map(|service| service.environments.keys().cloned());
    let known = Known {
        services: services.keys().cloned().collect(),
        environments: environments.collect(),
    };
    let located = |fault: &PatternFault| locate(commands, fault);
    let grammar = Grammar::new(&manifests, &known);
    let grammar = grammar.map_err(|faults| faults.iter().map(located).collect::<Vec<_>>())?;
    let hidden = hidden_names(&grammar, &known);
    if hidden.is_empty() { Ok(grammar) } else { Err(hidden) }
}

/// Returns a fault for every name that nobody could say, since it is a word of a command.
fn hidden_names(grammar: &Grammar, known: &Known) -> Vec<Fault> {
    let services = known.services.iter().map(|name| ("service", name.as_str()));
    let environments = known.environments.iter().map(|name| ("environment", name.as_str()));
    let fault = |(what, name): (&str, &str)| {
        let hiding = grammar.hides(name);
        let command = hiding.first()?;
        let message = format!(
            "nobody could say the {what} `{name}`, since `{name}` is a word of the command `{command}`"
        );
        Some(Fault::of_file(Path::new("services.toml"), message, Some("give it another name")))
    };
    services.chain(environments).filter_map(fault).collect()
}

/// Returns every example that does not mean what its manifest says.
pub fn wrong_examples(grammar: &Grammar, commands: &[&(&Source, Command)]) -> Vec<Fault> {
    let wrong = |(source, command): &&(&Source, Command)| -> Vec<Fault> {
        let messages = grammar.check_examples(&command.manifest);
        let fault = |message: &String| source.fault_at(command.place_in(message), message, None);
        messages.iter().map(fault).collect()
    };
    commands.iter().flat_map(wrong).collect()
}

fn locate(commands: &[&(&Source, Command)], fault: &PatternFault) -> Fault {
    let of_it = |(_, command): &&&(&Source, Command)| command.manifest.name == fault.command;
    let Some((source, command)) = commands.iter().find(of_it) else {
        let file = format!("{}.toml", fault.command);
        return Fault::of_file(Path::new(&file), &fault.message, None::<&str>);
    };
    source.fault_at(command.place_of(&fault.pattern), &fault.message, None)
}
