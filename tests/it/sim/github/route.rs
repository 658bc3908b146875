//! Which request is which operation; the names are those of GitHub's own OpenAPI description.

use std::collections::BTreeMap;

use crate::sim::asked::decoded;

/// What a token needs for an operation. Source: "Permissions required for GitHub Apps".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// None beside a token that is known.
    Nothing,
    Read(&'static str),
    Write(&'static str),
    /// The app itself, by its signed word, in place of a token.
    App,
}

use Need::{App, Nothing, Read, Write};

const R: &str = "/repos/{owner}/{repo}";

/// Method, the path below `/repos/{owner}/{repo}`, the operation, and what it needs. `{*name}` holds slashes.
/// The most particular stands first.
const OF_REPOSITORIES: &[(&str, &str, &str, Need)] = &[
    ("GET", "", "repos/get", Read("metadata")),
    ("GET", "/installation", "apps/get-repo-installation", App),
    ("GET", "/branches", "repos/list-branches", Read("contents")),
    ("GET", "/branches/{*branch}", "repos/get-branch", Read("contents")),
    ("GET", "/commits", "repos/list-commits", Read("contents")),
    ("GET", "/commits/{*ref}/check-runs", "checks/list-for-ref", Read("checks")),
    ("GET", "/commits/{*ref}/status", "repos/get-combined-status-for-ref", Read("statuses")),
    (
        "GET",
        "/commits/{commit_sha}/pulls",
        "repos/list-pull-requests-associated-with-commit",
        Read("pull_requests"),
    ),
    (
        "GET",
        "/commits/{commit_sha}/branches-where-head",
        "repos/list-branches-for-head-commit",
        Read("contents"),
    ),
    ("GET", "/commits/{*ref}", "repos/get-commit", Read("contents")),
    ("GET", "/compare/{*basehead}", "repos/compare-commits-with-basehead", Read("contents")),
    ("GET", "/contents/{*path}", "repos/get-content", Read("contents")),
    ("GET", "/git/ref/{*ref}", "git/get-ref", Read("contents")),
    ("GET", "/git/matching-refs/{*ref}", "git/list-matching-refs", Read("contents")),
    ("POST", "/git/refs", "git/create-ref", Write("contents")),
    ("GET", "/git/tags/{tag_sha}", "git/get-tag", Read("contents")),
    ("POST", "/git/tags", "git/create-tag", Write("contents")),
    ("DELETE", "/git/refs/{*ref}", "git/delete-ref", Write("contents")),
    ("GET", "/releases/latest", "repos/get-latest-release", Read("contents")),
    ("GET", "/releases/tags/{*tag}", "repos/get-release-by-tag", Read("contents")),
    ("GET", "/actions/workflows/{workflow_id}", "actions/get-workflow", Read("actions")),
    (
        "POST",
        "/actions/workflows/{workflow_id}/dispatches",
        "actions/create-workflow-dispatch",
        Write("actions"),
    ),
    ("GET", "/actions/workflows/{workflow_id}/runs", "actions/list-workflow-runs", Read("actions")),
    ("GET", "/actions/runs", "actions/list-workflow-runs-for-repo", Read("actions")),
    ("GET", "/actions/runs/{run_id}", "actions/get-workflow-run", Read("actions")),
    (
        "GET",
        "/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
        "actions/list-jobs-for-workflow-run-attempt",
        Read("actions"),
    ),
    (
        "GET",
        "/actions/runs/{run_id}/attempts/{attempt_number}",
        "actions/get-workflow-run-attempt",
        Read("actions"),
    ),
    ("GET", "/actions/runs/{run_id}/jobs", "actions/list-jobs-for-workflow-run", Read("actions")),
    ("POST", "/actions/runs/{run_id}/cancel", "actions/cancel-workflow-run", Write("actions")),
    (
        "POST",
        "/actions/runs/{run_id}/force-cancel",
        "actions/force-cancel-workflow-run",
        Write("actions"),
    ),
    (
        "GET",
        "/actions/runs/{run_id}/pending_deployments",
        "actions/get-pending-deployments-for-run",
        Read("actions"),
    ),
    (
        "POST",
        "/actions/runs/{run_id}/pending_deployments",
        "actions/review-pending-deployments-for-run",
        Write("deployments"),
    ),
    (
        "GET",
        "/actions/jobs/{job_id}/logs",
        "actions/download-job-logs-for-workflow-run",
        Read("actions"),
    ),
    ("GET", "/deployments", "repos/list-deployments", Read("deployments")),
    ("POST", "/deployments", "repos/create-deployment", Write("deployments")),
    ("GET", "/deployments/{deployment_id}", "repos/get-deployment", Read("deployments")),
    (
        "GET",
        "/deployments/{deployment_id}/statuses",
        "repos/list-deployment-statuses",
        Read("deployments"),
    ),
    (
        "POST",
        "/deployments/{deployment_id}/statuses",
        "repos/create-deployment-status",
        Write("deployments"),
    ),
];

const OTHERS: &[(&str, &str, &str, Need)] = &[
    ("GET", "/rate_limit", "rate-limit/get", Nothing),
    ("GET", "/user", "users/get-authenticated", Nothing),
    ("GET", "/app", "apps/get-authenticated", App),
    ("GET", "/app/installations", "apps/list-installations", App),
    ("GET", "/app/installations/{installation_id}", "apps/get-installation", App),
    (
        "POST",
        "/app/installations/{installation_id}/access_tokens",
        "apps/create-installation-access-token",
        App,
    ),
];

/// What a path leads to.
pub enum Found {
    Operation { name: &'static str, parts: BTreeMap<&'static str, String> },
    Nothing,
}

/// Looks a request up; the path is without `/api/v3`.
pub fn find(method: &str, path: &str) -> Found {
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    let here = OF_REPOSITORIES.iter().map(|route| (R, route));
    for (begin, (known, end, name, _)) in here.chain(OTHERS.iter().map(|route| ("", route))) {
        let pattern: Vec<&'static str> =
            begin.split('/').skip(1).chain(end.split('/').skip(1)).collect();
        let mut parts = BTreeMap::new();
        if *known == method && matches(&pattern, &steps, &mut parts) {
            return Found::Operation { name, parts };
        }
    }
    Found::Nothing
}

/// What an operation needs; `None` where there is no such operation.
pub fn need(operation: &str) -> Option<Need> {
    let mut all = OF_REPOSITORIES.iter().chain(OTHERS);
    all.find(|(_, _, name, _)| *name == operation).map(|(_, _, _, need)| *need)
}

/// Whether the steps of a path have this shape, and the parts that they hold.
fn matches(
    pattern: &[&'static str],
    steps: &[&str],
    parts: &mut BTreeMap<&'static str, String>,
) -> bool {
    let (Some((wanted, pattern)), false) = (pattern.split_first(), steps.is_empty()) else {
        return pattern.is_empty() && steps.is_empty();
    };
    let Some(name) = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return *wanted == steps[0] && matches(pattern, &steps[1..], parts);
    };
    let (name, longest) = match name.strip_prefix('*') {
        Some(name) => (name, steps.len()),
        None => (name, 1),
    };
    for length in 1..=longest {
        if matches(pattern, &steps[length..], parts) {
            let part = decoded(&steps[..length].join("/"));
            return part.filter(|part| !part.is_empty()).is_some_and(|part| {
                parts.insert(name, part);
                true
            });
        }
    }
    false
}
