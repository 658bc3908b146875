//! `wilco check` with those who call wilco: the secrets that their calls are signed with.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::catalog::{Catalog, Pipeline, Recipe};
use wilco_core::ids::secret::SecretName;
use wilco_core::manifest::Does;
use wilco_core::news::NewsKind;

use super::{Finding, Stage};
use crate::secrets::{self, GITHUB_WEBHOOK_SECRET};
use crate::settings::Settings;

const SECRETS: &str = "webhook secrets";

/// Returns a stage where somebody is to call wilco.
pub fn stage(settings: &Settings) -> Option<Stage> {
    let mut stage = Stage { name: SECRETS, ..Stage::default() };
    of_pipelines(&settings.catalog, &mut stage);
    of_github(settings, &mut stage);
    (stage.checked > 0).then_some(stage)
}

/// Without these wilco does not start.
fn of_pipelines(catalog: &Catalog, stage: &mut Stage) {
    let mut users: BTreeMap<Option<&SecretName>, BTreeSet<String>> = BTreeMap::new();
    for (pipeline, user) in pipelines(catalog) {
        if let Recipe::Webhook { secret, .. } = &pipeline.recipe {
            users.entry(secret.as_ref()).or_default().insert(user);
        }
    }
    stage.checked += users.len();
    for (secret, users) in users {
        if let Err(error) = secrets::read_webhook(secret) {
            let (message, used_by) = (error.to_string(), users.into_iter().collect());
            stage.faults.push(Finding { message, used_by, ..Finding::default() });
        }
    }
}

fn pipelines(catalog: &Catalog) -> impl Iterator<Item = (&Pipeline, String)> {
    let services = catalog.services.iter().flat_map(|(name, service)| {
        let environments = service.environments.iter();
        environments.map(move |(place, there)| (&there.pipeline, format!("{name} in {place}")))
    });
    let commands = catalog.commands.iter().filter_map(|(name, manifest)| match &manifest.does {
        Does::Pipeline { pipeline, .. } => Some((&**pipeline, format!("command {name}"))),
        Does::Action(_) => None,
    });
    services.chain(commands)
}

/// Without this one wilco works, and hears of nothing.
fn of_github(settings: &Settings, stage: &mut Stage) {
    let catalog = &settings.catalog;
    let told: BTreeSet<String> = catalog
        .news
        .iter()
        .filter(|(_, wanted)| wanted.kinds.iter().copied().any(is_told_by_github))
        .map(|(channel, _)| format!("#{channel}"))
        .collect();
    let is_used = settings.github.is_some() || catalog.speaks_of_github();
    if told.is_empty() && !(is_used && settings.http.is_some()) {
        return;
    }
    stage.checked += 1;
    let name = GITHUB_WEBHOOK_SECRET.name;
    match secrets::read_if_any(GITHUB_WEBHOOK_SECRET) {
        Ok(Some(_)) => {}
        Err(error) => {
            stage.faults.push(Finding { message: error.to_string(), ..Finding::default() });
        }
        Ok(None) => {
            let lost = if told.is_empty() {
                "runs and checks are only looked at every so often".to_owned()
            } else {
                let told: Vec<String> = told.into_iter().collect();
                format!("{} gets none of the news that GitHub tells", told.join(", "))
            };
            let next_step =
                "put the secret of a webhook on GitHub there, as docs/operations.md says";
            stage.notes.push(Finding {
                message: format!("{name} is not set, so {lost}"),
                next_step: Some(next_step.to_owned()),
                ..Finding::default()
            });
        }
    }
}

fn is_told_by_github(kind: NewsKind) -> bool {
    match kind {
        NewsKind::Build
        | NewsKind::Checks
        | NewsKind::Release
        | NewsKind::GithubDeployment
        | NewsKind::Push => true,
        NewsKind::Deployment => false,
    }
}
