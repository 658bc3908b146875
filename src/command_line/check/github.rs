//! `wilco check` with GitHub: the token, the repositories, and the workflows.

mod permissions;

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::catalog::{Catalog, Pipeline, Recipe, Repository};
use wilco_core::ids::{RefName, RepositoryName};
use wilco_core::manifest::Does;

use super::{Finding, Stage};
use crate::backend::BackendError;
use crate::backend::github::api::ApiError;
use crate::backend::github::{Github, probe};
use crate::connect;
use crate::secrets::{GITHUB_APP_KEY, GITHUB_TOKEN};
use crate::settings::Settings;

const TOKEN: &str = "github token";
const REPOSITORIES: &str = "github repositories";
const WORKFLOWS: &str = "github workflows";

const PRINTS: &str = "compare it with what `wilco github workflow` prints";

/// What the configuration names on GitHub, and who uses it.
#[derive(Default)]
struct Named {
    repositories: BTreeMap<RepositoryName, BTreeSet<String>>,
    references: BTreeMap<(RepositoryName, RefName), BTreeSet<String>>,
    /// Recipes with the inputs that they are given, by what they are called.
    workflows: BTreeMap<String, Started>,
}

struct Started {
    recipe: Recipe,
    repository: RepositoryName,
    parameters: BTreeSet<String>,
    used_by: BTreeSet<String>,
}

/// Looks at everything on GitHub that the configuration names; nothing where it names nothing.
pub async fn stages(settings: &Settings) -> Vec<Stage> {
    let github = match connect::github(settings) {
        Ok(Some(github)) => github,
        Ok(None) => return Vec::new(),
        Err(error) => return without(&settings.catalog, fault(error.to_string(), None)),
    };
    let named = named(&settings.catalog);
    let looking = Looking { github, settings };
    // Whether the token is one shows at the first repository.
    if let Some(first) = named.repositories.keys().next()
        && let Err(error) = probe::repository(&looking.github, first).await
        && let Some(wrong) = looking.of_the_token(&error)
    {
        return without(&settings.catalog, wrong);
    }
    let (repositories, seen) = looking.repositories(&named).await;
    let workflows = looking.workflows(&named, &seen).await;
    let token = Stage { name: TOKEN, checked: 1, ..Stage::default() };
    let whom = (&looking.github, looking.app());
    let permissions = permissions::stage(whom, &settings.catalog, &seen).await;
    [token, repositories, workflows].into_iter().chain(permissions).collect()
}

/// Nothing can be asked for, since of this.
fn without(catalog: &Catalog, wrong: Finding) -> Vec<Stage> {
    let put_off = |name| {
        let why = fault("they cannot be asked for until GitHub takes what wilco comes with", None);
        Stage { name, skipped: vec![why], ..Stage::default() }
    };
    let token = Stage { name: TOKEN, checked: 1, faults: vec![wrong], ..Stage::default() };
    let permissions = permissions::are_needed(catalog).then(|| put_off(permissions::PERMISSIONS));
    let stages = [token, put_off(REPOSITORIES), put_off(WORKFLOWS)];
    stages.into_iter().chain(permissions).collect()
}

fn fault(message: impl Into<String>, next_step: Option<String>) -> Finding {
    Finding { message: message.into(), next_step, ..Finding::default() }
}

fn named(catalog: &Catalog) -> Named {
    let mut named = Named::default();
    for (name, service) in &catalog.services {
        let own = match &service.repository {
            Some(Repository::Github(own)) => Some(own),
            Some(Repository::Path(_)) | None => None,
        };
        if let Some(own) = own {
            let users = named.repositories.entry(own.clone()).or_default();
            users.insert(format!("service {name}"));
        }
        for (place, environment) in &service.environments {
            let user = format!("{name} in {place}");
            if let (Some(own), Some(reference)) = (own, &environment.reference) {
                let key = (own.clone(), reference.clone());
                named.references.entry(key).or_default().insert(user.clone());
            }
            named.workflow(&environment.pipeline, user);
        }
    }
    for (command, manifest) in &catalog.commands {
        if let Does::Pipeline { pipeline, .. } = &manifest.does {
            named.workflow(pipeline, format!("command {command}"));
        }
    }
    named
}

impl Named {
    fn workflow(&mut self, pipeline: &Pipeline, user: String) {
        let Recipe::Github { repository, workflow, reference, .. } = &pipeline.recipe else {
            return;
        };
        self.repositories.entry(repository.clone()).or_default().insert(user.clone());
        let reference = reference.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
        let started = || Started {
            recipe: pipeline.recipe.clone(),
            repository: repository.clone(),
            parameters: BTreeSet::new(),
            used_by: BTreeSet::new(),
        };
        let called = format!("{workflow} of {repository}{reference}");
        let started = self.workflows.entry(called).or_insert_with(started);
        started.parameters.extend(pipeline.parameters.keys().map(ToString::to_string));
        started.used_by.insert(user);
    }
}

struct Looking<'a> {
    github: Github,
    settings: &'a Settings,
}

impl Looking<'_> {
    fn app(&self) -> Option<u64> {
        self.settings.github.as_ref().and_then(|github| github.app)
    }

    /// Returns what is wrong where nothing at all can be asked.
    fn of_the_token(&self, error: &ApiError) -> Option<Finding> {
        let wrong = match (error, self.app()) {
            (ApiError::Refused { status: 401, .. }, None) => {
                let message = format!("GitHub does not take {}", GITHUB_TOKEN.name);
                let mend = "make a new one under \"Fine-grained tokens\" of the account's settings";
                fault(message, Some(mend.to_owned()))
            }
            (ApiError::Refused { status: 404, message, .. }, Some(app))
                if message.contains("Integration not found") =>
            {
                let mend = "compare it with the App ID in the app's settings";
                fault(format!("GitHub knows no app {app}"), Some(mend.to_owned()))
            }
            (ApiError::Refused { status: 401, .. }, Some(app)) => {
                let name = GITHUB_APP_KEY.name;
                let mend = format!(
                    "compare `app = {app}` with the App ID in the app's settings, {name} with its private \
                     keys, and this machine's clock with the time"
                );
                fault(format!("GitHub does not take {name} as the key of app {app}"), Some(mend))
            }
            (ApiError::TooFast { .. }, _) => {
                fault(error.to_string(), Some("check again after that time".to_owned()))
            }
            (ApiError::Unreached { .. } | ApiError::Unknown { .. }, _) => {
                let github = self.settings.github.clone().unwrap_or_default();
                let mend = format!("look whether this machine gets to {}", github.api_url);
                fault(error.to_string(), Some(mend))
            }
            (ApiError::Refused { .. }, _) => return None,
        };
        Some(wrong)
    }

    /// Returns also which repositories wilco is let into.
    async fn repositories(&self, named: &Named) -> (Stage, BTreeSet<RepositoryName>) {
        let checked = named.repositories.len() + named.references.len();
        let mut stage = Stage { name: REPOSITORIES, checked, ..Stage::default() };
        let mut seen = BTreeSet::new();
        for (name, users) in &named.repositories {
            match probe::repository(&self.github, name).await {
                Ok(_) => {
                    seen.insert(name.clone());
                }
                Err(error) => {
                    let wrong = self.unseen(name, &error);
                    stage.faults.push(used_by(wrong, users));
                }
            }
        }
        for ((repository, reference), users) in &named.references {
            if !seen.contains(repository) {
                continue;
            }
            if let Err(error) = probe::reference(&self.github, repository, reference).await {
                let mend = format!("let `ref` name what is in {repository}, or leave `ref` out");
                stage.faults.push(used_by(fault(error.to_string(), Some(mend)), users));
            }
        }
        (stage, seen)
    }

    fn unseen(&self, name: &RepositoryName, error: &ApiError) -> Finding {
        if !error.is_absent() {
            return fault(error.to_string(), Some("check again".to_owned()));
        }
        let mend = match self.app() {
            Some(app) => format!("install app {app} in it, or write the name as GitHub does"),
            None => "give the token access to it, or write the name as GitHub does".to_owned(),
        };
        fault(format!("GitHub shows wilco no repository {name}"), Some(mend))
    }

    async fn workflows(&self, named: &Named, seen: &BTreeSet<RepositoryName>) -> Stage {
        let mut stage =
            Stage { name: WORKFLOWS, checked: named.workflows.len(), ..Stage::default() };
        for (called, started) in &named.workflows {
            if !seen.contains(&started.repository) {
                let why = format!("{called}: wilco is not let into {}", started.repository);
                stage.skipped.push(fault(why, None));
                continue;
            }
            let wrong = self.workflow(called, started).await;
            stage.faults.extend(wrong.into_iter().map(|wrong| used_by(wrong, &started.used_by)));
        }
        stage
    }

    async fn workflow(&self, called: &str, started: &Started) -> Vec<Finding> {
        let Started { recipe, repository, parameters, .. } = started;
        let print = |error: BackendError| fault(error.to_string(), Some(PRINTS.to_owned()));
        let mut wrong = match probe::lacks(&self.github, recipe, parameters).await {
            Err(error) => return vec![print(error)],
            Ok(lacks) => lacks
                .into_iter()
                .map(|lack| fault(format!("{called} {lack}"), Some(PRINTS.to_owned())))
                .collect::<Vec<_>>(),
        };
        match probe::switched_off(&self.github, recipe).await {
            Ok(None) => {}
            Ok(Some(state)) => {
                let mend = "switch it on under \"Actions\" of the repository".to_owned();
                let state = crate::plain::plain(&state);
                wrong.push(fault(format!("{called} is switched off ({state})"), Some(mend)));
            }
            Err(error) if error.is_absent() => {
                let mend =
                    "put the file on the default branch, too; from elsewhere GitHub starts none";
                let message = format!("GitHub knows no workflow {called}");
                wrong.push(fault(message, Some(mend.to_owned())));
                return wrong;
            }
            Err(error) => wrong.push(lacks_permission(&error, "Actions: read and write")),
        }
        if let Err(error) = probe::may_start(&self.github, recipe).await {
            wrong.push(lacks_permission(&error, "Actions: read and write"));
        }
        if let Err(error) = probe::may_claim(&self.github, repository).await {
            wrong.push(lacks_permission(&error, "Contents: read and write"));
        }
        wrong
    }
}

fn lacks_permission(error: &ApiError, permission: &str) -> Finding {
    let mend = format!("give the token, or the app, the permission \"{permission}\"");
    fault(error.to_string(), Some(mend))
}

fn used_by(wrong: Finding, users: &BTreeSet<String>) -> Finding {
    Finding { used_by: users.iter().cloned().collect(), ..wrong }
}
