//! What wilco needs to be let do where a policy asks for checks, or a pipeline for GitHub's deployments.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::catalog::{Catalog, Pipeline, Recipe, Repository};
use wilco_core::ids::RepositoryName;
use wilco_core::manifest::Does;

use super::super::{Finding, Stage};
use super::{fault, used_by};
use crate::backend::github::Github;
use crate::backend::github::api::ApiError;
use crate::backend::github::permission::{Permission, probe};

pub const PERMISSIONS: &str = "github permissions";

/// What is needed where, by whom.
type Needs = BTreeMap<(RepositoryName, Permission), BTreeSet<String>>;

/// Returns a stage where anything is needed beside what every configuration needs.
pub async fn stage(
    (github, app): (&Github, Option<u64>),
    catalog: &Catalog,
    seen: &BTreeSet<RepositoryName>,
) -> Option<Stage> {
    let needs = needs(catalog);
    let mut stage = Stage { name: PERMISSIONS, checked: needs.len(), ..Stage::default() };
    for ((repository, permission), users) in &needs {
        // That wilco is not let in at all is said already.
        if !seen.contains(repository) {
            let why = format!("{}: wilco is not let into {repository}", permission.name());
            stage.skipped.push(fault(why, None));
            continue;
        }
        if let Err(error) = probe(github, repository, *permission).await {
            let wrong = lacking((repository, *permission), app, &error);
            stage.faults.push(used_by(wrong, users));
        }
    }
    (!needs.is_empty()).then_some(stage)
}

/// Tells whether there would be anything to look at.
pub fn are_needed(catalog: &Catalog) -> bool {
    !needs(catalog).is_empty()
}

fn needs(catalog: &Catalog) -> Needs {
    let mut needs = Needs::new();
    let pipelines = catalog.commands.iter().filter_map(|(name, manifest)| match &manifest.does {
        Does::Pipeline { pipeline, policy } => Some((name, pipeline, policy)),
        Does::Action(_) => None,
    });
    for (command, pipeline, _) in pipelines.clone() {
        of_pipeline(&mut needs, pipeline, &format!("command {command}"));
    }
    for (name, service) in &catalog.services {
        let own = match &service.repository {
            Some(Repository::Github(own)) => Some(own),
            Some(Repository::Path(_)) | None => None,
        };
        for (place, environment) in &service.environments {
            let user = format!("{name} in {place}");
            of_pipeline(&mut needs, &environment.pipeline, &user);
            if let Some(own) = own.filter(|_| !environment.policy.checks.is_empty()) {
                of_checks(&mut needs, own, &user);
            }
        }
        for (command, _, policy) in pipelines.clone() {
            if let Some(own) = own.filter(|_| !policy.checks.is_empty()) {
                of_checks(&mut needs, own, &format!("command {command}"));
            }
        }
    }
    needs
}

fn of_checks(needs: &mut Needs, repository: &RepositoryName, user: &str) {
    for permission in [Permission::ReadChecks, Permission::ReadStatuses] {
        need(needs, (repository, permission), user);
    }
}

fn of_pipeline(needs: &mut Needs, pipeline: &Pipeline, user: &str) {
    let Recipe::Github { repository, deployments, reviews, .. } = &pipeline.recipe else { return };
    if deployments.is_some() {
        need(needs, (repository, Permission::ReadDeployments), user);
    }
    if deployments.is_some() || !reviews.is_empty() {
        need(needs, (repository, Permission::WriteDeployments), user);
    }
}

fn need(needs: &mut Needs, (repository, what): (&RepositoryName, Permission), user: &str) {
    needs.entry((repository.clone(), what)).or_default().insert(user.to_owned());
}

fn lacking(
    (repository, permission): (&RepositoryName, Permission),
    app: Option<u64>,
    error: &ApiError,
) -> Finding {
    if !matches!(error, ApiError::Refused { status: 403 | 404, .. }) {
        return fault(error.to_string(), Some("check again".to_owned()));
    }
    let lost = match permission {
        Permission::ReadChecks | Permission::ReadStatuses => "nothing starts that waits for checks",
        Permission::ReadDeployments => "its pages show none of what is deployed",
        Permission::WriteDeployments => "its pages show none, and no environment is approved there",
    };
    let what = permission.what();
    let message = format!("GitHub does not let wilco {what} in {repository}, so {lost}");
    let name = permission.name();
    let mend = match (app, permission) {
        (Some(app), _) => format!(
            "give app {app} the permission \"{name}\", and accept it where the app is installed"
        ),
        (None, Permission::ReadChecks) => format!(
            "let wilco come as a GitHub App with the permission \"{name}\": fine-grained tokens see the \
             checks of public repositories alone"
        ),
        (
            None,
            Permission::ReadStatuses | Permission::ReadDeployments | Permission::WriteDeployments,
        ) => format!("give the token the permission \"{name}\""),
    };
    fault(message, Some(mend))
}
