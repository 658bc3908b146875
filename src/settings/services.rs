//! `services.toml` and `services/*.toml`: what can be deployed where, how, and under which policy.

use std::collections::BTreeMap;
use std::path::Path;

use wilco_core::catalog::{Environment, Repository, Service};
use wilco_core::ids::{ChannelName, EnvironmentName, Place, RefName, ServiceName};
use wilco_core::person::People;

use crate::settings::fault::{Reported, nearest, quote};
use crate::settings::pipeline::Around;
use crate::settings::reader::{Key, Table, Value, gather};
use crate::settings::{github, pipeline, policy};

/// What the rest of the configuration says, as far as it could be read.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Where relative paths begin.
    pub base: &'a Path,
    pub people: Option<&'a People>,
    pub channels: Option<&'a BTreeMap<ChannelName, Vec<Place>>>,
}

pub const KEYS: &[&str] = &["service"];
const SERVICE_KEYS: &[&str] = &["path", "repository", "channel", "environment"];
const ENVIRONMENT_KEYS: &[&str] = &["pipeline", "policy", "branches", "ref"];

/// Reads the services of one file; `places` says where those of the files before stand.
pub fn read(
    file: Table<'_>,
    known: Known<'_>,
    places: &mut BTreeMap<ServiceName, String>,
) -> Result<Vec<(ServiceName, Service)>, Reported> {
    let why = "a file of services has at least one: `[service.NAME]`";
    gather(file.required("service", why)?.entries()?.into_iter().map(|(key, value)| {
        let name = service_name(key, places);
        let service = service(key, value, known);
        Ok((name?, service?))
    }))
}

fn service_name(
    key: Key<'_>,
    places: &mut BTreeMap<ServiceName, String>,
) -> Result<ServiceName, Reported> {
    let name: ServiceName = key.name()?;
    if let Some(place) = places.get(&name) {
        let message = format!("the service {} is also in {place}", quote(name.as_str()));
        return Err(key.fault(&message, Some("keep it in one of the files".to_owned())));
    }
    places.insert(name.clone(), key.place());
    Ok(name)
}

fn service(key: Key<'_>, value: Value<'_>, known: Known<'_>) -> Result<Service, Reported> {
    let table = value.table("service", SERVICE_KEYS)?;
    let repository = repository(table, known);
    let channel = table.optional("channel").map(|value| channel(value, known)).transpose();
    let why = format!("say where it runs: `[service.{}.environment.staging]`", key.text());
    let environments = table.required("environment", &why).and_then(|value| {
        gather(value.entries()?.into_iter().map(|(key, value)| {
            let name = key.name::<EnvironmentName>();
            let environment = environment(value, (known, repository.as_ref().ok()));
            Ok((name?, environment?))
        }))
    });
    let environments: BTreeMap<_, _> = environments?;
    if environments.is_empty() {
        return Err(table.fault("the service has no environment", &why));
    }
    Ok(Service { repository: repository?, channel: channel?, environments })
}

fn repository(table: Table<'_>, known: Known<'_>) -> Result<Option<Repository>, Reported> {
    match (table.optional("repository"), table.optional("path")) {
        (Some(value), None) => github::repository(value).map(Repository::Github).map(Some),
        (None, Some(value)) => {
            pipeline::existing_directory(value, known.base).map(Repository::Path).map(Some)
        }
        (None, None) => Ok(None),
        (Some(value), Some(_)) => {
            let next_step = "take one of them out".to_owned();
            Err(value.fault("a service has a `repository` or a `path`", Some(next_step)))
        }
    }
}

fn channel(value: Value<'_>, known: Known<'_>) -> Result<ChannelName, Reported> {
    let name: ChannelName = value.name("deploys")?;
    let Some(channels) = known.channels.filter(|channels| !channels.contains_key(&name)) else {
        return Ok(name);
    };
    let next_step = match nearest(name.as_str(), channels.keys().map(ChannelName::as_str)) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("add `[channel.{name}]` to wilco.toml"),
    };
    Err(value.fault(&format!("unknown channel {}", quote(name.as_str())), Some(next_step)))
}

fn environment(
    value: Value<'_>,
    (known, repository): (Known<'_>, Option<&Option<Repository>>),
) -> Result<Environment, Reported> {
    // Of a repository that has a fault nothing more is said.
    let commits = match repository {
        Some(Some(Repository::Github(_))) | None => policy::Commits::OnGithub,
        Some(Some(Repository::Path(_)) | None) => policy::Commits::Elsewhere,
    };
    let repository = repository.and_then(Option::as_ref);
    let around = Around { base: known.base, repository };
    let table = value.table("environment", ENVIRONMENT_KEYS)?;
    let pipeline = table
        .required(
            "pipeline",
            "say what deploys: `pipeline = { backend = \"command\", run = [\"./deploy.sh\"] }`",
        )
        .and_then(|value| pipeline::read(value, around));
    let policy = table
        .required("policy", "say who approves: `policy = { approvals = 1, from = [\"approver\"] }`")
        .and_then(|value| policy::read(value, (known.people, commits)));
    let empty = "leave it out to allow every branch";
    let branches = table.optional("branches").map_or(Ok(Vec::new()), |value| {
        value.each_of_some("[\"main\", \"release/*\"]", empty, branch)
    });
    let reference = table.optional("ref").map(|value| value.name::<RefName>("main")).transpose();
    Ok(Environment {
        pipeline: pipeline?,
        policy: policy?,
        branches: branches?,
        reference: reference?,
    })
}

/// Reads a pattern of branches: a name in which `*` stands for any characters.
fn branch(item: Value<'_>) -> Result<String, Reported> {
    let pattern = item.line("release/*", 255)?;
    if RefName::new(pattern.replace('*', "x")).is_err() {
        let message = format!("{} is not the name of a branch", quote(&pattern));
        let next_step = "write it like \"main\" or \"release/*\"".to_owned();
        return Err(item.fault(&message, Some(next_step)));
    }
    Ok(pattern)
}
