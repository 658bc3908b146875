//! Whether somebody may ask for something: who they are, what they named, which parameters they gave.

use super::View;
use crate::catalog::{PARAMETER_LENGTH_MAX, ParameterRule, Pipeline, Who};
use crate::ids::{CommandName, EnvironmentName, ParameterName, ServiceName};
use crate::nearest::nearest;
use crate::person::{Speaker, Standing};
use crate::refusal::Refusal;
use crate::request::{Parameters, Request, Subject};

/// Tells whether somebody may ask for this at all, before looking at how things stand.
pub fn may_ask(view: &View<'_>, speaker: &Speaker, request: &Request) -> Result<(), Refusal> {
    let changes = request.changes_something();
    match speaker.standing {
        Standing::Member => {}
        Standing::Guest if !changes => {}
        standing @ (Standing::Guest
        | Standing::Bot
        | Standing::Stranger
        | Standing::Deactivated
        | Standing::Unverified
        | Standing::Unknown) => return Err(Refusal::NotAMember { standing }),
    }
    if changes && view.speaker.is_none() {
        return Err(Refusal::NotAPerson { account: speaker.account.clone() });
    }
    known(view, request)?;
    // Cancelling is also for the one who asked, and that is decided where the deployment is known.
    if matches!(request, Request::Cancel { .. }) {
        return Ok(());
    }
    match who(view, request) {
        Some((_, who)) if who.allows(view.speaker) => Ok(()),
        // A stranger needs an entry before any role.
        Some(_) if view.speaker.is_none() => {
            Err(Refusal::NotAPerson { account: speaker.account.clone() })
        }
        Some((_, Who::Anybody | Who::People)) => {
            Err(Refusal::NotAPerson { account: speaker.account.clone() })
        }
        Some((command, Who::Roles(roles))) => {
            Err(Refusal::MissingRole { command: command.clone(), roles: roles.clone() })
        }
        // What no command gives can't be asked for either.
        None => {
            let command = CommandName::new(request.action()).map_err(|_| Refusal::MomentUnclear)?;
            Err(Refusal::UnknownCommand { command, nearest: None })
        }
    }
}

/// Returns the command that gives this meaning, and who may use it.
pub fn who<'a>(view: &View<'a>, request: &Request) -> Option<(&'a CommandName, &'a Who)> {
    let manifest = match request {
        Request::Run { command, .. } => view.catalog.commands.get(command),
        _ => view.catalog.command_for(request.action()), // Every other meaning has one word for it.
    };
    manifest.map(|manifest| (&manifest.name, &manifest.who))
}

/// Refuses names that the configuration does not know; nothing is ever guessed.
fn known(view: &View<'_>, request: &Request) -> Result<(), Refusal> {
    match request.subject() {
        Subject::Lane { service, environment }
        | Subject::Board { service: Some(service), environment: Some(environment) } => {
            known_pair(view, service, environment)
        }
        Subject::Promotion { service, from, to } => {
            known_pair(view, service, from)?;
            known_pair(view, service, to)?;
            if from == to {
                let (service, environment) = (service.clone(), to.clone());
                return Err(Refusal::SameEnvironment { service, environment });
            }
            Ok(())
        }
        Subject::Board { service: Some(service), environment: None } => known_name(view, service),
        Subject::Board { service: None, environment: Some(environment) } => {
            known_environment(view, environment)
        }
        Subject::Board { service: None, environment: None }
        | Subject::Deployment(_)
        | Subject::Nothing => Ok(()),
    }
}

/// As many known names as one wants to read.
const KNOWN_SHOWN: usize = 12;

fn known_service(view: &View<'_>, service: &ServiceName) -> Result<(), Refusal> {
    let services = &view.catalog.services;
    if services.contains_key(service) {
        return Ok(());
    }
    Err(Refusal::UnknownService {
        service: service.clone(),
        nearest: nearest(service.as_str(), services.keys()).cloned(),
        known: services.keys().take(KNOWN_SHOWN).cloned().collect(),
    })
}

/// Refuses a name that could have been one of either.
fn known_name(view: &View<'_>, name: &ServiceName) -> Result<(), Refusal> {
    let services = &view.catalog.services;
    if services.contains_key(name) {
        return Ok(());
    }
    let environments: std::collections::BTreeSet<&EnvironmentName> =
        services.values().flat_map(|service| service.environments.keys()).collect();
    let names = services.keys().map(ServiceName::as_str);
    let names = names.chain(environments.iter().map(|environment| environment.as_str()));
    Err(Refusal::UnknownName {
        name: name.clone(),
        nearest: nearest(name.as_str(), names).map(str::to_owned),
        services: services.keys().take(KNOWN_SHOWN).cloned().collect(),
        environments: environments.into_iter().take(KNOWN_SHOWN).cloned().collect(),
    })
}

fn known_pair(
    view: &View<'_>,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<(), Refusal> {
    known_service(view, service)?;
    let Some(environments) = view.catalog.services.get(service).map(|s| &s.environments) else {
        return Ok(());
    };
    if environments.contains_key(environment) {
        return Ok(());
    }
    Err(Refusal::UnknownEnvironment {
        service: Some(service.clone()),
        environment: environment.clone(),
        nearest: nearest(environment.as_str(), environments.keys()).cloned(),
        known: environments.keys().take(KNOWN_SHOWN).cloned().collect(),
    })
}

fn known_environment(view: &View<'_>, environment: &EnvironmentName) -> Result<(), Refusal> {
    let all: std::collections::BTreeSet<&EnvironmentName> =
        view.catalog.services.values().flat_map(|service| service.environments.keys()).collect();
    if all.contains(environment) {
        return Ok(());
    }
    Err(Refusal::UnknownEnvironment {
        service: None,
        environment: environment.clone(),
        nearest: nearest(environment.as_str(), all.iter().copied()).cloned(),
        known: all.into_iter().take(KNOWN_SHOWN).cloned().collect(),
    })
}

/// Returns the parameters with defaults filled in, or why they are not what the pipeline declares.
pub fn complete(pipeline: &Pipeline, given: &Parameters) -> Result<Parameters, Refusal> {
    for (name, value) in given {
        let Some(rule) = pipeline.parameters.get(name) else {
            return Err(Refusal::UnknownParameter {
                parameter: name.clone(),
                nearest: nearest(name.as_str(), pipeline.parameters.keys()).cloned(),
                known: pipeline.parameters.keys().cloned().collect(),
            });
        };
        check_value(name, value, rule)?;
    }
    let mut complete = Parameters::new();
    for (name, rule) in &pipeline.parameters {
        match given.get(name).or(rule.default.as_ref()) {
            Some(value) => complete.insert(name.clone(), value.clone()),
            None => {
                let (parameter, choices) = (name.clone(), rule.choices.clone());
                return Err(Refusal::MissingParameter { parameter, choices });
            }
        };
    }
    Ok(complete)
}

fn check_value(name: &ParameterName, value: &str, rule: &ParameterRule) -> Result<(), Refusal> {
    // A leading dash would be read as an option by whatever the value is handed to.
    let shaped = value.len() <= PARAMETER_LENGTH_MAX
        && !value.starts_with('-')
        && !value.chars().any(char::is_control);
    let listed = rule.choices.is_empty()
        || rule.choices.iter().any(|choice| choice == value)
        || rule.default.as_deref() == Some(value);
    if shaped && listed {
        return Ok(());
    }
    Err(Refusal::BadParameter {
        parameter: name.clone(),
        value: value.chars().take(PARAMETER_LENGTH_MAX).collect(),
        choices: rule.choices.clone(),
    })
}
