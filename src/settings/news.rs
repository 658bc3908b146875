//! `[[channel.NAME.news]]`: what a channel is told of builds, releases and deployments elsewhere.

use std::collections::BTreeMap;

use wilco_core::catalog::Service;
use wilco_core::ids::{EnvironmentName, ServiceName};
use wilco_core::news::subscription::Subscription;
use wilco_core::news::thing::Offer;
use wilco_core::news::{NewsKind, NewsState};

use crate::settings::fault::{Reported, nearest, quote};
use crate::settings::github;
use crate::settings::reader::{Source, Table, Value, gather};

const KEYS: &[&str] = &[
    "kinds",
    "services",
    "repositories",
    "branches",
    "environments",
    "workflows",
    "tags",
    "states",
    "offer",
];
const OFFER_KEYS: &[&str] = &["service", "environment"];
const PATTERN_LENGTH_MAX: usize = 255;
const EMPTY: &str = "leave it out to let everything through";

/// A service that a subscription names, and where; perhaps with one of its environments.
#[derive(Debug)]
pub struct Named {
    at: usize,
    service: ServiceName,
    environment: Option<EnvironmentName>,
}

/// Reads the subscriptions of one channel; services are looked up later, in `named`.
pub fn subscriptions(
    value: Value<'_>,
    named: &mut Vec<Named>,
) -> Result<Vec<Subscription>, Reported> {
    let all = value.list("[[channel.deploys.news]]")?;
    gather(all.into_iter().map(|value| subscription(value.table("news", KEYS)?, named)))
}

fn subscription(table: Table<'_>, named: &mut Vec<Named>) -> Result<Subscription, Reported> {
    let why = "say what the channel is told of: `kinds = [\"build\", \"release\"]`";
    let kinds = table.required("kinds", why).and_then(|value| {
        value.each_of_some("[\"build\"]", "name at least one kind", |item| one_of(item, &KINDS))
    });
    let services = table.optional("services").map_or(Ok(Vec::new()), |value| {
        value.each_of_some("[\"api\"]", EMPTY, |item| {
            let service: ServiceName = item.name("api")?;
            named.push(Named { at: item.at(), service: service.clone(), environment: None });
            Ok(service)
        })
    });
    let repositories = table.optional("repositories").map_or(Ok(Vec::new()), |value| {
        value.each_of_some("[\"acme/api\"]", EMPTY, github::repository)
    });
    let branches = patterns(table, "branches", "release/*");
    let environments = patterns(table, "environments", "prod*");
    let workflows = patterns(table, "workflows", "CI");
    let tags = patterns(table, "tags", "v*");
    let states = table.optional("states").map_or(Ok(Vec::new()), |value| {
        let empty = "leave it out for what is loud by itself";
        value.each_of_some("[\"failed\"]", empty, |item| one_of(item, &STATES))
    });
    let offer = table.optional("offer").map(|value| offer(value, &kinds, named)).transpose();
    Ok(Subscription {
        offer: offer?,
        kinds: kinds?,
        services: services?,
        repositories: repositories?,
        branches: branches?,
        environments: environments?,
        workflows: workflows?,
        tags: tags?,
        states: states?,
    })
}

const KINDS: [(&str, NewsKind); 6] = [
    ("build", NewsKind::Build),
    ("checks", NewsKind::Checks),
    ("release", NewsKind::Release),
    ("push", NewsKind::Push),
    ("deployment", NewsKind::Deployment),
    ("github_deployment", NewsKind::GithubDeployment),
];

const STATES: [(&str, NewsState); 5] = [
    ("waiting", NewsState::Waiting),
    ("running", NewsState::Running),
    ("succeeded", NewsState::Succeeded),
    ("cancelled", NewsState::Cancelled),
    ("failed", NewsState::Failed),
];

/// Reads one of a few words.
fn one_of<T: Copy>(item: Value<'_>, known: &[(&str, T)]) -> Result<T, Reported> {
    let words = || known.iter().map(|(word, _)| *word);
    let text = item.text(known[0].0)?;
    if let Some((_, meant)) = known.iter().find(|(word, _)| *word == text) {
        return Ok(*meant);
    }
    let next_step = match nearest(text, words()) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("choose from {}", words().collect::<Vec<_>>().join(", ")),
    };
    Err(item.fault(&format!("{} is none of them", quote(text)), Some(next_step)))
}

/// Reads patterns, in which `*` stands for any characters.
fn patterns(
    table: Table<'_>,
    key: &'static str,
    example: &'static str,
) -> Result<Vec<String>, Reported> {
    table.optional(key).map_or(Ok(Vec::new()), |value| {
        let list = format!("[\"{example}\"]");
        value.each_of_some(&list, EMPTY, |item| item.line(example, PATTERN_LENGTH_MAX))
    })
}

fn offer(
    value: Value<'_>,
    kinds: &Result<Vec<NewsKind>, Reported>,
    named: &mut Vec<Named>,
) -> Result<Offer, Reported> {
    let table = value.table("offer", OFFER_KEYS)?;
    let why = "say what is offered: `offer = { service = \"api\", environment = \"staging\" }`";
    let service = table.required("service", why).and_then(|value| value.name::<ServiceName>("api"));
    let environment = table
        .required("environment", why)
        .and_then(|value| value.name::<EnvironmentName>("staging"));
    if kinds.as_ref().is_ok_and(|kinds| !kinds.contains(&NewsKind::Release)) {
        let next_step = "add \"release\" to `kinds`, or take the offer out".to_owned();
        return Err(value.fault("only a release can be offered", Some(next_step)));
    }
    let (service, environment) = (service?, environment?);
    let at = value.at();
    named.push(Named { at, service: service.clone(), environment: Some(environment.clone()) });
    Ok(Offer { service, environment })
}

/// Notes services and environments that subscriptions name and nobody configured.
pub fn check(source: &Source, named: &[Named], services: &BTreeMap<ServiceName, Service>) {
    for Named { at, service, environment } in named {
        let Some(found) = services.get(service) else {
            let known = services.keys().map(ServiceName::as_str);
            let next_step = match nearest(service.as_str(), known) {
                Some(nearest) => format!("did you mean \"{nearest}\"?"),
                None => format!("add `[service.{service}]` to services.toml"),
            };
            let message = format!("unknown service {}", quote(service.as_str()));
            source.fault(*at, &message, Some(next_step));
            continue;
        };
        let Some(environment) = environment else { continue };
        if !found.environments.contains_key(environment) {
            let known = found.environments.keys().map(EnvironmentName::as_str);
            let next_step = match nearest(environment.as_str(), known) {
                Some(nearest) => format!("did you mean \"{nearest}\"?"),
                None => format!("add `[service.{service}.environment.{environment}]`"),
            };
            let message = format!("{service} has no environment {}", quote(environment.as_str()));
            source.fault(*at, &message, Some(next_step));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_configuration_are_those_of_the_record() {
        assert!(KINDS.iter().all(|(word, kind)| *word == kind.code()));
        assert_eq!(KINDS.len(), NewsKind::ALL.len());
        assert!(STATES.iter().all(|(word, state)| *word == state.code()));
    }
}
