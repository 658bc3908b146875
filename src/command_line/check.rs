//! `wilco check`: the files first, then what they lead to.

mod discord;
mod github;
mod languages;
mod slack;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use wilco_core::catalog::{Catalog, Pipeline, Recipe, Repository};
use wilco_core::ids::{EnvironmentName, RefName, ServiceName};
use wilco_core::manifest::Does;
use wilco_core::time::Timestamp;

use super::tell;
use crate::app::clock_fault;
use crate::backend::command::CommandBackend;
use crate::backend::{BackendError, Backends, Lookup, Purpose};
use crate::clock::Clock;
use crate::settings::{self, fault::Fault};
use crate::store::StoreError;
use crate::store::open::{DATABASE, read_only};

/// One stage of the check.
#[derive(Default, Serialize)]
struct Stage {
    name: &'static str,
    checked: usize,
    faults: Vec<Finding>,
    /// What could not be looked at. It may be as it should.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Finding>,
    /// What is as it was written, and may not be as it was meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Finding>,
}

/// One thing that is wrong, said once however often it is used.
#[derive(Default, Serialize)]
struct Finding {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<String>,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    stages: Vec<Stage>,
}

/// Checks the configuration and, unless offline, what it leads to.
///
/// With a data directory, the record in it is looked at as well.
pub async fn check(
    config: &Path,
    data: Option<&Path>,
    offline: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (stages, code) = match settings::load(config) {
        Err(faults) => {
            let faults = faults.into_iter().map(finding).collect();
            (vec![configuration(0, faults)], ExitCode::from(2))
        }
        Ok(settings) => {
            let catalog = &settings.catalog;
            let checked = catalog.services.len() + catalog.commands.len();
            let mut stages = vec![configuration(checked, vec![]), approvals(catalog)];
            stages.extend(languages::stage(catalog));
            if !offline {
                stages.push(pipelines(catalog).await?);
                stages.extend(github::stages(&settings).await);
                stages.extend(slack::stages(&settings).await);
                stages.extend(discord::stages(&settings).await);
                stages.extend(webhooks::stage(&settings));
            }
            if let Some(data) = data {
                stages.push(record(data).await);
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

fn configuration(checked: usize, faults: Vec<Finding>) -> Stage {
    Stage { name: "configuration", checked, faults, ..Stage::default() }
}

fn finding(fault: Fault) -> Finding {
    let placed = fault.line > 0;
    Finding {
        file: Some(fault.file),
        line: placed.then_some(fault.line),
        column: placed.then_some(fault.column),
        message: fault.message,
        used_by: Vec::new(),
        next_step: fault.next_step,
    }
}

fn show(stage: &Stage) -> std::io::Result<()> {
    if stage.faults.is_empty() {
        tell(&format!("ok     {} ({} checked)", stage.name, stage.checked))?;
    } else {
        tell(&format!("wrong  {}", stage.name))?;
    }
    stage.faults.iter().try_for_each(|finding| tell(&format!("       {}", shown(finding))))?;
    let skipped = |finding| tell(&format!("       not checked: {}", shown(finding)));
    stage.skipped.iter().try_for_each(skipped)?;
    stage.notes.iter().try_for_each(|finding| tell(&format!("       note: {}", shown(finding))))
}

/// Looks whether everybody who may ask for a deployment could also get it approved by others.
fn approvals(catalog: &Catalog) -> Stage {
    let mut stage = Stage { name: "approvals", ..Stage::default() };
    for (service, configured) in &catalog.services {
        for (place, environment) in &configured.environments {
            stage.checked += 1;
            let (reached, beyond) = catalog.who_may_ask(environment);
            if beyond.is_empty() {
                continue;
            }
            let roles: Vec<_> =
                environment.policy.approver_roles().iter().map(ToString::to_string).collect();
            let names: Vec<_> = beyond.iter().map(ToString::to_string).collect();
            let (names, roles) = (names.join(", "), roles.join(" or "));
            let finding = Finding {
                message: format!(
                    "{names} may ask for {service} in {place}, which takes {} approvals, but too few \
                     others may give one",
                    environment.policy.approvals()
                ),
                next_step: Some(format!("give {roles} to more people in people.toml")),
                ..Finding::default()
            };
            if reached.is_empty() { &mut stage.faults } else { &mut stage.notes }.push(finding);
        }
    }
    stage
}

fn shown(finding: &Finding) -> String {
    let place = match (&finding.file, finding.line, finding.column) {
        (Some(file), Some(line), Some(column)) => format!("{}:{line}:{column}: ", file.display()),
        (Some(file), _, _) => format!("{}: ", file.display()),
        (None, _, _) => String::new(),
    };
    let used_by = match finding.used_by.as_slice() {
        [] => String::new(),
        users => format!(" (used by {})", users.join(", ")),
    };
    let step = finding.next_step.as_ref().map(|step| format!("; {step}")).unwrap_or_default();
    format!("{place}{}{used_by}{step}", finding.message)
}

/// What the files lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Repository,
    Version,
    Program,
}

/// One thing that must be there, however often the configuration uses it.
struct Look {
    lookup: Lookup,
    mend: String,
    used_by: BTreeSet<String>,
}

/// Everything to look at, by its kind and its name, and what cannot be looked at.
#[derive(Default)]
struct Looks {
    wanted: BTreeMap<(Kind, String), Look>,
    skipped: Vec<Finding>,
}

/// Opens the record for reading, and compares its newest time with the clock.
async fn record(data: &Path) -> Stage {
    let file = data.join(DATABASE);
    let message = match newest(&file).await {
        Ok(newest) => clock_fault(newest, Clock::System.now()),
        Err(error) => Some(error.of_file(&file).to_string()),
    };
    let finding = |message| Finding { file: Some(file), message, ..Finding::default() };
    Stage {
        name: "record",
        checked: 1,
        faults: message.map(finding).into_iter().collect(),
        ..Stage::default()
    }
}

async fn newest(file: &Path) -> Result<Timestamp, StoreError> {
    let reader = read_only(file).await?;
    let origin = reader.origin().await;
    reader.close().await;
    Ok(origin?.map_or(Timestamp::default(), |origin| origin.last_at))
}

/// Looks at every repository, version and program once.
async fn pipelines(catalog: &Catalog) -> anyhow::Result<Stage> {
    let scratch = tempfile::tempdir()?;
    let program = std::env::current_exe()?;
    let command = CommandBackend::open(scratch.path().join("runs"), program.clone())?;
    let backends = Backends::local(Arc::new(command));
    let Looks { wanted, skipped } = looks(catalog, &program.display().to_string());
    let checked = wanted.len();
    let mut faults = Vec::new();
    let mut lost = BTreeSet::new();
    for ((kind, _), Look { lookup, mend, used_by }) in wanted {
        let repository = match &lookup.repository {
            Some(Repository::Path(path)) => Some(path.clone()),
            Some(Repository::Github(_)) | None => None,
        };
        // Nothing can be found in a repository that is none, and its fault is said already.
        if kind == Kind::Version && repository.as_ref().is_some_and(|path| lost.contains(path)) {
            continue;
        }
        if let Err(
            BackendError::Refused(message)
            | BackendError::Unavailable(message)
            | BackendError::TooFast { reason: message, .. }
            | BackendError::Unknown(message),
        ) = backends.resolve(&lookup).await
        {
            lost.extend(repository.filter(|_| kind == Kind::Repository));
            // Recipes with other arguments may miss the same program.
            let same = faults.iter_mut().find(|fault: &&mut Finding| fault.message == message);
            match same {
                Some(fault) => fault.used_by.extend(used_by),
                None => {
                    let used_by = used_by.into_iter().collect();
                    let next_step = Some(mend);
                    faults.push(Finding { message, used_by, next_step, ..Finding::default() });
                }
            }
        }
    }
    Ok(Stage { name: "repositories and programs", checked, faults, skipped, notes: Vec::new() })
}

/// A service and an environment of it, of which a recipe may take the names.
type Pair<'a> = (&'a ServiceName, &'a EnvironmentName);

/// Gathers what there is to look at; `sound` is a program that is surely there.
fn looks(catalog: &Catalog, sound: &str) -> Looks {
    let mut looks = Looks::default();
    let sound =
        Recipe::Command { run: vec![sound.into()], directory: "/".into(), pass: Vec::new() };
    for (name, service) in &catalog.services {
        let user = format!("service {name}");
        let Some(first) = service.environments.keys().next() else { continue };
        match &service.repository {
            Some(Repository::Path(path)) => looks.add((Kind::Repository, path), &user, || {
                let mend = "make a git repository there with `git init` and a first commit, or let \
                            `path` in the services file name one that has a commit";
                (lookup(service.repository.as_ref(), None, (&sound, (name, first))), mend.into())
            }),
            Some(Repository::Github(_)) => {}
            None => looks.skip(name),
        }
        for (place, environment) in &service.environments {
            let user = format!("{name} in {place}");
            let reference = environment.reference.as_ref();
            if let (Some(Repository::Path(path)), Some(reference)) =
                (&service.repository, reference)
            {
                looks.add((Kind::Version, &format!("{reference} {path}")), &user, || {
                    let mend = format!("let `ref` name what is in {path}, or leave `ref` out");
                    let repository = service.repository.as_ref();
                    (lookup(repository, Some(reference.clone()), (&sound, (name, place))), mend)
                });
            }
            looks.program(&environment.pipeline, (name, place), &user);
        }
    }
    for (command, manifest) in &catalog.commands {
        if let Does::Pipeline { pipeline, .. } = &manifest.does {
            let mut pairs = catalog.services.iter().filter_map(|(name, service)| {
                service.environments.keys().next().map(|place| (name, place))
            });
            if let Some(pair) = pairs.next() {
                looks.program(pipeline, pair, &format!("command {command}"));
            }
        }
    }
    looks
}

impl Looks {
    fn add(
        &mut self,
        (kind, name): (Kind, &str),
        user: &str,
        make: impl FnOnce() -> (Lookup, String),
    ) {
        let look = self.wanted.entry((kind, name.to_owned())).or_insert_with(|| {
            let (lookup, mend) = make();
            Look { lookup, mend, used_by: BTreeSet::new() }
        });
        look.used_by.insert(user.to_owned());
    }

    /// A program needs no repository when the commit is said in full, and any commit will do.
    fn program(&mut self, pipeline: &Pipeline, pair: Pair<'_>, user: &str) {
        let recipe = &pipeline.recipe;
        let Recipe::Command { run, directory, .. } = recipe else { return };
        self.add((Kind::Program, &format!("{run:?} {directory}")), user, || {
            let mend =
                format!("put it there, or name another in `run`, which is taken from {directory}");
            (lookup(None, RefName::new("0".repeat(40)).ok(), (recipe, pair)), mend)
        });
    }

    fn skip(&mut self, service: &ServiceName) {
        self.skipped.push(Finding {
            message: format!("service {service} names no repository to look up versions in"),
            next_step: Some("add `path`, or say every version as a full commit id".into()),
            ..Finding::default()
        });
    }
}

fn lookup(
    repository: Option<&Repository>,
    reference: Option<RefName>,
    (recipe, (service, environment)): (&Recipe, Pair<'_>),
) -> Lookup {
    let (repository, recipe) = (repository.cloned(), recipe.clone());
    let purpose = Purpose::none(service, environment);
    Lookup {
        repository,
        reference,
        live: None,
        branches: Vec::new(),
        risky: Vec::new(),
        checks: Vec::new(),
        recipe,
        purpose,
    }
}
