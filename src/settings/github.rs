//! The table `[github]`, and what the services and pipelines say of GitHub.
//!
//! Tokens are never written here: see [`crate::secrets`].

use wilco_core::catalog::{Recipe, Repository};
use wilco_core::ids::{RefName, RepositoryName};

use crate::settings::fault::{Reported, quote};
use crate::settings::reader::{Table, Value};
use crate::settings::slack::address_for_tokens;

/// Where GitHub's API is, unless the configuration says otherwise.
pub const API_URL: &str = "https://api.github.com";

const KEYS: &[&str] = &["api_url", "app"];
const REPOSITORY_EXAMPLE: &str = "acme/api";
const WORKFLOW_EXAMPLE: &str = "deploy.yml";
/// An environment as GitHub calls it.
const ENVIRONMENT_EXAMPLE: &str = "production";
const ENVIRONMENT_LENGTH_MAX: usize = 255;
const WORKFLOW_LENGTH_MAX: usize = 200;

/// As whom wilco comes to GitHub, and where GitHub is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Github {
    pub api_url: String,
    /// The number of the GitHub App; without one, wilco comes with a token.
    pub app: Option<u64>,
}

impl Default for Github {
    fn default() -> Self {
        Self { api_url: API_URL.to_owned(), app: None }
    }
}

pub fn github(value: Value<'_>) -> Result<Github, Reported> {
    let table = value.table("github", KEYS)?;
    let api_url = table.optional("api_url");
    let api_url = api_url.map_or(Ok(API_URL.to_owned()), |url| address_for_tokens(url, API_URL));
    let app = table.optional("app").map(|value| value.number(1..i64::MAX)).transpose();
    Ok(Github { api_url: api_url?, app: app?.and_then(|app| u64::try_from(app).ok()) })
}

/// Reads the repository of a service, or of a pipeline.
pub fn repository(value: Value<'_>) -> Result<RepositoryName, Reported> {
    let text = value.text(REPOSITORY_EXAMPLE)?;
    RepositoryName::new(text).map_err(|_| {
        let message = format!("{} is not a repository on GitHub", quote(text));
        let next_step = format!("write its owner, a slash and its name: \"{REPOSITORY_EXAMPLE}\"");
        value.fault(&message, Some(next_step))
    })
}

/// Reads which workflow runs; where it says no repository, it is that of the service.
pub fn recipe(table: Table<'_>, service: Option<&Repository>) -> Result<Recipe, Reported> {
    let own = match service {
        Some(Repository::Github(own)) => Some(own.clone()),
        Some(Repository::Path(_)) | None => None,
    };
    let repository = match (table.optional("repository"), own) {
        (Some(value), _) => repository(value),
        (None, Some(own)) => Ok(own),
        (None, None) => {
            let why = "say where the workflow is: `repository = \"acme/api\"`";
            Err(table.missing("repository", why))
        }
    };
    let why = "say which file of `.github/workflows` runs: `workflow = \"deploy.yml\"`";
    let workflow = table.required("workflow", why).and_then(workflow);
    let reference = table.optional("ref").map(|value| value.name::<RefName>("main")).transpose();
    let environment = |value: Value<'_>| value.line(ENVIRONMENT_EXAMPLE, ENVIRONMENT_LENGTH_MAX);
    let deployments = table.optional("deployments").map(environment).transpose();
    let empty = "leave it out where people approve on GitHub themselves";
    let reviews = table
        .optional("reviews")
        .map_or(Ok(Vec::new()), |value| value.each_of_some("[\"production\"]", empty, environment));
    Ok(Recipe::Github {
        repository: repository?,
        workflow: workflow?,
        reference: reference?,
        deployments: deployments?,
        reviews: reviews?,
    })
}

/// A file's name and no path: it becomes part of an address.
fn workflow(value: Value<'_>) -> Result<String, Reported> {
    let text = value.line(WORKFLOW_EXAMPLE, WORKFLOW_LENGTH_MAX)?;
    let may_stand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_file = [".yml", ".yaml"].iter().any(|end| text.len() > end.len() && text.ends_with(end));
    if is_file && text.chars().all(may_stand) && !text.starts_with('.') {
        return Ok(text);
    }
    let next_step = format!("write the name of the file alone: \"{WORKFLOW_EXAMPLE}\"");
    Err(value.fault(&format!("{} is not a workflow file", quote(&text)), Some(next_step)))
}
