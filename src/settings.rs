//! config/ and commands/ → typed values; reports every fault of every file at once.

mod commands;
pub mod discord;
pub mod fault;
mod files;
pub mod github;
mod grammar;
pub mod http;
mod language;
mod news;
mod people;
mod pipeline;
mod policy;
mod reader;
pub mod root;
mod services;
pub mod slack;
mod webhook;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use wilco_core::catalog::{Catalog, Service};
use wilco_core::grammar::Grammar;
use wilco_core::ids::{Digest, ServiceName};

use crate::settings::commands::Command;
use crate::settings::discord::Discord;
use crate::settings::fault::{Fault, Reported};
use crate::settings::files::Reading;
use crate::settings::github::Github;
use crate::settings::http::Http;
use crate::settings::reader::Source;
use crate::settings::root::{Console, Root};
use crate::settings::services::Known;
use crate::settings::slack::Slack;

/// Everything that the configuration says, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub catalog: Catalog,
    pub console: Console,
    pub slack: Option<Slack>,
    pub discord: Option<Discord>,
    pub github: Option<Github>,
    /// Where the outside may call, if that is said.
    pub http: Option<Http>,
}

/// Reads the configuration in the directory `config`, or returns all of its faults in the order of the files.
pub fn load(config: &Path) -> Result<Settings, Vec<Fault>> {
    let base = files::base(config).map_err(|fault| vec![fault])?;
    let root_file = files::required(config, "wilco.toml");
    let root = of_file(&root_file, |source| source.walk(root::KEYS, root::read));
    let files = Files {
        people: files::required(config, "people.toml"),
        services: files::services(config),
        commands: command_files(config, &base, root.as_ref().ok()),
        root: root_file,
    };
    let mut faults = Vec::new();
    let settings = read(&files, root, &base, &mut faults);
    for file in files.into_all() {
        match file {
            Ok(source) => faults.extend(source.into_faults()),
            Err(fault) => faults.push(fault),
        }
    }
    faults.sort();
    faults.dedup();
    match settings {
        Some(settings) if faults.is_empty() => Ok(settings),
        Some(_) | None => {
            assert!(!faults.is_empty(), "the configuration is refused without a fault");
            Err(faults)
        }
    }
}

/// Every file of a configuration, read or not.
struct Files {
    root: Reading,
    people: Reading,
    services: Vec<Reading>,
    commands: Vec<Reading>,
}

impl Files {
    fn digest(&self) -> Digest {
        let single = [&self.root, &self.people].into_iter();
        let all = single.chain(&self.services).chain(&self.commands);
        files::digest(all.filter_map(|file| file.as_ref().ok()))
    }

    fn into_all(self) -> impl Iterator<Item = Reading> {
        [self.root, self.people].into_iter().chain(self.services).chain(self.commands)
    }
}

/// Reads every file as far as it goes; faults are noted in the files, and those that span files in `faults`.
fn read(
    files: &Files,
    root: Result<Root, Reported>,
    base: &Path,
    faults: &mut Vec<Fault>,
) -> Option<Settings> {
    let people = of_file(&files.people, |source| source.walk(people::KEYS, people::read));
    if let (Ok(source), Ok(root), Ok(people)) = (&files.root, &root, &people) {
        root::check_console(source, root, people);
    }
    let channels = root.as_ref().ok().and_then(|root| root.channels.as_ref().ok());
    let channels = channels.map(|channels| &channels.places);
    let known = Known { base, people: people.as_ref().ok(), channels };
    let services = read_services(&files.services, known);
    let named = root.as_ref().ok().and_then(|root| root.channels.as_ref().ok());
    if let (Ok(source), Some(channels), Ok(services)) = (&files.root, named, &services) {
        news::check(source, &channels.named, services);
    }
    let commands = files.commands.iter().map(|file| of_file(file, |source| command(source, known)));
    let commands: Vec<_> = commands.collect();
    let grammar = read_grammar(&commands, services.as_ref().ok(), faults);

    let commands: Vec<_> = commands.into_iter().collect::<Result<_, _>>().ok()?;
    let manifests = commands.into_iter().map(|(_, command)| command.manifest);
    let root = root.ok()?;
    let channels = root.channels.ok()?;
    let catalog = Catalog {
        locale: root.locale.ok()?,
        timezone: root.timezone.ok()?,
        people: people.ok()?,
        services: services.ok()?,
        channels: channels.places,
        news: channels.news,
        locales: channels.locales,
        commands: manifests.map(|manifest| (manifest.name.clone(), manifest)).collect(),
        grammar: grammar?,
        limits: root.limits.ok()?,
        digest: files.digest(),
    };
    root.commands.ok()?;
    let (slack, discord, github) = (root.slack.ok()?, root.discord.ok()?, root.github.ok()?);
    let http = root.http.ok()?;
    Some(Settings { catalog, console: root.console.ok()?, slack, discord, github, http })
}

fn of_file<'a, T>(
    file: &'a Reading,
    read: impl FnOnce(&'a Source) -> Result<T, Reported>,
) -> Result<T, Reported> {
    read(file.as_ref().map_err(Reported::from)?)
}

/// Finds the manifests: where wilco.toml says, or in `commands` beside the configuration.
fn command_files(config: &Path, base: &Path, root: Option<&Root>) -> Vec<Reading> {
    let Some(root) = root else {
        // Where they are is not known; the fault in wilco.toml is enough.
        return files::commands_if_any(&beside(config));
    };
    match &root.commands {
        Ok(Some(directory)) => files::commands(&files::absolute(base, directory)),
        Ok(None) => files::commands(&beside(config)),
        Err(_) => Vec::new(),
    }
}

/// Returns `commands` next to the directory, by the name that the caller uses, since faults show it.
fn beside(config: &Path) -> PathBuf {
    match config.components().next_back() {
        Some(Component::Normal(_)) => config.with_file_name("commands"),
        Some(_) | None => config.join("../commands"),
    }
}

fn read_services(
    files: &[Reading],
    known: Known<'_>,
) -> Result<BTreeMap<ServiceName, Service>, Reported> {
    let mut places = BTreeMap::new();
    let read = files.iter().map(|file| {
        of_file(file, |source| {
            source.walk(services::KEYS, |file| services::read(file, known, &mut places))
        })
    });
    let read: Vec<_> = read.collect();
    let services: Vec<_> = read.into_iter().collect::<Result<_, _>>()?;
    Ok(services.into_iter().flatten().collect())
}

fn command<'a>(source: &'a Source, known: Known<'_>) -> Result<(&'a Source, Command), Reported> {
    Ok((source, commands::read(source, known)?))
}

/// Builds the grammar of what could be read, so that a fault in one manifest hides nothing of the others.
///
/// Examples speak of other commands and of services, so they wait until all of those are right.
fn read_grammar(
    commands: &[Result<(&Source, Command), Reported>],
    services: Option<&BTreeMap<ServiceName, Service>>,
    faults: &mut Vec<Fault>,
) -> Option<Grammar> {
    let services = services?;
    let right: Vec<&(&Source, Command)> = commands.iter().filter_map(|c| c.as_ref().ok()).collect();
    match grammar::build(&right, services) {
        Ok(grammar) => {
            if right.len() == commands.len() {
                faults.extend(grammar::wrong_examples(&grammar, &right));
            }
            Some(grammar)
        }
        Err(found) => {
            faults.extend(found);
            None
        }
    }
}
