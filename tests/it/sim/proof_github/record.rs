//! What was sent is kept, to be held against the contract.

use serde_json::{Value, json};

use super::API;
use super::client::{dispatch, get};
use crate::sim::github::{Github, TOKEN, Workflow};

#[tokio::test]
async fn what_was_sent_is_kept_without_what_authorises_it() {
    let folder = tempfile::tempdir().unwrap();
    let github = Github::open_keeping(folder.path()).await;
    let first = github.repository(API);
    github.at(API).workflow(Workflow::deploying("deploy.yml"));
    dispatch(&github, "k1", &first).await;
    get(&github, "/api/v3/repos/acme/api/actions/runs?event=push&per_page=1").await;
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert!(file.file_name().to_string_lossy().starts_with("github-"));
    let kept = std::fs::read_to_string(file.path()).unwrap();
    let lines: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0],
        json!({
            "platform": "github", "method": "POST", "path": super::client::DISPATCHES, "query": {},
            "headers": {},
            "body": super::client::order("k1", &first),
        })
    );
    assert_eq!(lines[1]["path"], "/api/v3/repos/acme/api/actions/runs");
    assert_eq!(lines[1]["query"], json!({ "event": "push", "per_page": "1" }));
    assert!(!kept.contains(TOKEN));
}

/// What a client asks goes where wilco's own requests go, to be held against the contract.
#[tokio::test]
async fn requests_as_wilco_makes_them_keep_to_the_contract() {
    let github = Github::open().await;
    let first = github.repository(API);
    github.at(API).workflow(Workflow::deploying("deploy.yml"));
    let run = dispatch(&github, "k1", &first).await;
    for path in [
        "/repos/acme/api".to_owned(),
        "/repos/acme/api/commits/main".to_owned(),
        format!("/repos/acme/api/commits/{first}/check-runs?filter=latest"),
        format!("/repos/acme/api/commits/{first}/status"),
        format!("/repos/acme/api/commits/{first}/pulls"),
        format!("/repos/acme/api/commits/{first}/branches-where-head"),
        format!("/repos/acme/api/compare/{first}...main?per_page=100"),
        "/repos/acme/api/branches/main".to_owned(),
        "/repos/acme/api/git/ref/heads/main".to_owned(),
        "/repos/acme/api/actions/workflows/deploy.yml".to_owned(),
        "/repos/acme/api/actions/workflows/deploy.yml/runs?event=workflow_dispatch".to_owned(),
        format!("/repos/acme/api/actions/runs/{run}"),
        format!("/repos/acme/api/actions/runs/{run}/jobs?filter=latest"),
        format!("/repos/acme/api/actions/runs/{run}/pending_deployments"),
        "/repos/acme/api/deployments?environment=prod".to_owned(),
    ] {
        let answer = get(&github, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    assert_eq!(github.complaints(), [""; 0]);
}
