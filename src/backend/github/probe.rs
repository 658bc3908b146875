//! What `wilco check` asks: whether GitHub has all that the configuration names, as wilco needs it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use wilco_core::catalog::Recipe;
use wilco_core::ids::{RefName, RepositoryName};

use super::Github;
use super::actions::{INPUTS, Workflow};
use super::api::{ApiError, Call};
use super::shapes::{Content, Repository, WorkflowState};
use super::versions::There;
use crate::backend::BackendError;

/// git forbids two dots in a name, so there is never such a branch and nothing can be started from it.
const NOWHERE: &str = "wilco..check";
/// No object has this name.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// What a workflow file has to say somewhere, and why.
const SAYS: [(&str, &str); 5] = [
    ("workflow_dispatch", "wilco cannot start it"),
    ("inputs.op_key", "wilco would not find its run again"),
    ("refs/wilco/op/", "it claims no key, and could work twice"),
    ("run $GITHUB_RUN_ID commit ", "its claim does not say which run it is, nor for which commit"),
    (ONCE, WHY_ONCE),
];

const ONCE: &str = "github.run_attempt == 1";
const WHY_ONCE: &str = "\"Re-run failed jobs\" would deploy without anybody's approval";

/// Looks whether wilco is let in; returns the default branch.
pub async fn repository(github: &Github, name: &RepositoryName) -> Result<String, ApiError> {
    let what = "look at a repository";
    let call = Call { what, repository: name, path: String::new() };
    github.api.get::<Repository>(call).await.map(|found| found.default_branch)
}

/// Looks whether there is such a branch, tag or commit.
pub async fn reference(
    github: &Github,
    repository: &RepositoryName,
    reference: &RefName,
) -> Result<(), BackendError> {
    There { api: &github.api, repository }.named(reference).await.map(|_| ())
}

/// Returns what the file of a workflow lacks, in words that follow its name.
pub async fn lacks(
    github: &Github,
    recipe: &Recipe,
    parameters: &BTreeSet<String>,
) -> Result<Vec<String>, BackendError> {
    let workflow = Workflow::of(github, recipe)?;
    let Content { content, .. } = workflow.content_at(&workflow.branch().await?).await?;
    let digits: String = content.unwrap_or_default().split_whitespace().collect();
    let text = BASE64_STANDARD.decode(digits).unwrap_or_default();
    Ok(lacking(&String::from_utf8_lossy(&text), parameters))
}

fn lacking(text: &str, parameters: &BTreeSet<String>) -> Vec<String> {
    let lines = || text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let says = |word: &str| lines().any(|line| line.contains(word));
    let unsaid = SAYS.iter().filter(|(word, _)| !says(word));
    let mut lacking: Vec<String> =
        unsaid.map(|(word, why)| format!("says nowhere `{word}`: {why}")).collect();
    // Each job has a machine, or is a workflow of its own.
    let count = |word: &str| lines().filter(|line| line.trim_start().starts_with(word)).count();
    let jobs = count("runs-on:") + count("uses: ./.github/workflows/");
    if says(ONCE) && lines().filter(|line| line.contains(ONCE)).count() < jobs {
        lacking.push(format!("has a job without `if: {ONCE}`: {WHY_ONCE}"));
    }
    if count("needs:") + 1 < jobs {
        lacking.push("has a job without `needs: claim`: it would deploy beside the claim".into());
    }
    let takes = |name: &str| {
        lines().any(|line| line.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
    };
    let wanted = INPUTS.into_iter().chain(parameters.iter().map(String::as_str));
    let missing: Vec<String> =
        wanted.filter(|name| !takes(name)).map(|name| format!("`{name}`")).collect();
    if !missing.is_empty() {
        lacking.push(format!("takes no input {}, which wilco gives it", missing.join(", ")));
    }
    lacking
}

/// Returns the state of a workflow where it cannot be started in it; `None` where it can.
pub async fn switched_off(github: &Github, recipe: &Recipe) -> Result<Option<String>, ApiError> {
    let Ok(workflow) = Workflow::of(github, recipe) else { return Ok(None) };
    let path = format!("/actions/workflows/{}", workflow.file);
    let found: WorkflowState = github.api.get(workflow.call("look at a workflow", path)).await?;
    Ok(Some(found.state).filter(|state| state != "active"))
}

/// Looks whether wilco may start workflows, by asking for one from a branch that cannot be.
pub async fn may_start(github: &Github, recipe: &Recipe) -> Result<(), ApiError> {
    let Ok(workflow) = Workflow::of(github, recipe) else { return Ok(()) };
    let path = format!("/actions/workflows/{}/dispatches", workflow.file);
    let call = workflow.call("start a workflow", path);
    certainly_nothing(github.api.post(call, json!({ "ref": NOWHERE })).await)
}

/// Looks whether wilco may claim a key, by asking for one at a commit that cannot be.
pub async fn may_claim(github: &Github, repository: &RepositoryName) -> Result<(), ApiError> {
    let call = Call { what: "claim a key", repository, path: "/git/refs".into() };
    let body = json!({ "ref": "refs/wilco/check", "sha": NO_COMMIT });
    certainly_nothing(github.api.post(call, body).await)
}

/// Whoever may ask is told that there is no such thing.
fn certainly_nothing(answer: Result<Option<serde_json::Value>, ApiError>) -> Result<(), ApiError> {
    match answer {
        Ok(_) | Err(ApiError::Refused { status: 422, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../command_line/github/deploy.yml");

    #[test]
    fn our_own_workflow_lacks_nothing() {
        assert_eq!(lacking(OURS, &BTreeSet::new()), Vec::<String>::new());
    }

    #[test]
    fn whatever_a_workflow_needs_is_missed() {
        for (word, missed) in [
            ("workflow_dispatch", "says nowhere `workflow_dispatch`"),
            ("inputs.op_key", "says nowhere `inputs.op_key`"),
            ("refs/wilco/op/", "says nowhere `refs/wilco/op/`"),
            ("run $GITHUB_RUN_ID commit ", "says nowhere `run $GITHUB_RUN_ID commit `"),
            ("github.run_attempt == 1", "says nowhere `github.run_attempt == 1`"),
            ("version:", "takes no input `version`"),
        ] {
            let without = lacking(&OURS.replace(word, "…"), &BTreeSet::new());
            assert!(without.iter().any(|line| line.starts_with(missed)), "{word}: {without:?}");
            let beside = lacking(&OURS.replace(word, &format!("# {word}")), &BTreeSet::new());
            assert!(!beside.is_empty(), "{word} in a comment");
        }
        let late = OURS.replacen(ONCE, "true", 1);
        let [lacks] = &lacking(&late, &BTreeSet::new())[..] else { panic!("{late}") };
        assert!(lacks.starts_with("has a job without `if: github.run_attempt == 1`"), "{lacks}");
        let beside = OURS.replace("needs: claim", "");
        let [lacks] = &lacking(&beside, &BTreeSet::new())[..] else { panic!("{beside}") };
        assert!(lacks.starts_with("has a job without `needs: claim`"), "{lacks}");
        let parameters = BTreeSet::from(["region".to_owned()]);
        assert_eq!(lacking(OURS, &parameters), ["takes no input `region`, which wilco gives it"]);
    }
}
