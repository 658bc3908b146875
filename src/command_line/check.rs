//! `wilco check`: the files first, then what they lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use wilco_core::catalog::{Catalog, Pipeline, Recipe, Repository};
use wilco_core::ids::{EnvironmentName, ServiceName};
use wilco_core::manifest::Does;

use super::tell;
use crate::backend::command::CommandBackend;
use crate::backend::{Backend, BackendError, Lookup, Purpose};
use crate::settings::{self, fault::Fault};

/// One stage of the check.
#[derive(Serialize)]
struct Stage {
    name: &'static str,
    checked: usize,
    faults: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Serialize)]
struct Finding {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<String>,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    stages: Vec<Stage>,
}

/// Checks the configuration and, unless offline, what it leads to.
pub async fn check(config: &Path, offline: bool, json: bool) -> anyhow::Result<ExitCode> {
    let (stages, code) = match settings::load(config) {
        Err(faults) => {
            let faults = faults.into_iter().map(finding).collect();
            (vec![Stage { name: "configuration", checked: 0, faults }], ExitCode::from(2))
        }
        Ok(settings) => {
            let catalog = &settings.catalog;
            let checked = catalog.services.len() + catalog.commands.len();
            let mut stages = vec![Stage { name: "configuration", checked, faults: vec![] }];
            if !offline {
                stages.push(pipelines(catalog).await?);
            }
            let sound = stages.iter().all(|stage| stage.faults.is_empty());
            (stages, if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    };
    if json {
        let ok = stages.iter().all(|stage| stage.faults.is_empty());
        tell(&serde_json::to_string_pretty(&Report { ok, stages })?)?;
    } else {
        stages.iter().try_for_each(show)?;
    }
    Ok(code)
}

fn finding(fault: Fault) -> Finding {
    let placed = fault.line > 0;
    Finding {
        file: Some(fault.file),
        line: placed.then_some(fault.line),
        column: placed.then_some(fault.column),
        message: fault.message,
        next_step: fault.next_step,
    }
}

fn show(stage: &Stage) -> std::io::Result<()> {
    if stage.faults.is_empty() {
        return tell(&format!("ok     {} ({} checked)", stage.name, stage.checked));
    }
    tell(&format!("wrong  {}", stage.name))?;
    stage.faults.iter().try_for_each(|finding| {
        let place = match (&finding.file, finding.line, finding.column) {
            (Some(file), Some(line), Some(column)) => {
                format!("{}:{line}:{column}: ", file.display())
            }
            (Some(file), _, _) => format!("{}: ", file.display()),
            (None, _, _) => String::new(),
        };
        let step = finding.next_step.as_ref().map(|step| format!("; {step}")).unwrap_or_default();
        tell(&format!("       {place}{}{step}", finding.message))
    })
}

/// Looks up the default version of every pair, which needs its repository and its program.
async fn pipelines(catalog: &Catalog) -> anyhow::Result<Stage> {
    let scratch = tempfile::tempdir()?;
    let backend = CommandBackend::open(scratch.path().join("runs"), std::env::current_exe()?)?;
    let mut lookups: BTreeMap<String, Lookup> = BTreeMap::new();
    for (name, service) in &catalog.services {
        for (place, environment) in &service.environments {
            let mut lookup =
                lookup((name, place), service.repository.as_ref(), &environment.pipeline);
            lookup.reference.clone_from(&environment.reference);
            lookups.insert(format!("{name} → {place}"), lookup);
            for (command, manifest) in &catalog.commands {
                if let Does::Pipeline { pipeline, .. } = &manifest.does {
                    let lookup = self::lookup((name, place), service.repository.as_ref(), pipeline);
                    lookups.insert(format!("{command} {name} {place}"), lookup);
                }
            }
        }
    }
    let mut faults = Vec::new();
    let checked = lookups.len();
    for (what, lookup) in lookups {
        // Without a repository every version is said in full, so there is none to look up here.
        if lookup.repository.is_none() {
            continue;
        }
        if let Err(
            BackendError::Refused(reason)
            | BackendError::Unavailable(reason)
            | BackendError::Unknown(reason),
        ) = backend.resolve(&lookup).await
        {
            let (message, next_step) = (format!("{what}: {reason}"), None);
            faults.push(Finding { file: None, line: None, column: None, message, next_step });
        }
    }
    Ok(Stage { name: "repositories and programs", checked, faults })
}

fn lookup(
    (service, environment): (&ServiceName, &EnvironmentName),
    repository: Option<&Repository>,
    pipeline: &Pipeline,
) -> Lookup {
    let Recipe::Command { .. } = &pipeline.recipe;
    Lookup {
        repository: repository.cloned(),
        reference: None,
        live: None,
        branches: Vec::new(),
        recipe: pipeline.recipe.clone(),
        purpose: Purpose::none(service, environment),
    }
}
