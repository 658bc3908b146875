//! Deployments as GitHub's own pages show them.

use serde_json::{Value, json};

use super::client::{ask, get, read, told};
use super::{API, opened};
use crate::sim::github::{BOT, Change, Github};

const DEPLOYMENTS: &str = "/repos/acme/api/deployments";

/// A deployment as wilco should ask for it.
fn order(reference: &str, environment: &str) -> Value {
    json!({
        "ref": reference, "environment": environment, "auto_merge": false, "required_contexts": [],
        "payload": { "op_key": "k1" }, "description": "#42",
    })
}

async fn create(github: &Github, environment: &str) -> u64 {
    let answer = ask(github, "POST", DEPLOYMENTS, order("main", environment)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["id"].as_u64().unwrap()
}

async fn report(github: &Github, id: u64, status: Value) -> (u16, String) {
    told(&ask(github, "POST", &format!("{DEPLOYMENTS}/{id}/statuses"), status).await)
}

#[tokio::test]
async fn a_deployment_is_made_and_reported_on() {
    let (github, first) = opened().await;
    let id = create(&github, "prod").await;
    let shown = read(&github, &format!("{DEPLOYMENTS}/{id}")).await;
    assert_eq!((&shown["sha"], &shown["environment"]), (&json!(first), &json!("prod")));
    assert_eq!(
        (&shown["payload"]["op_key"], &shown["creator"]["login"]),
        (&json!("k1"), &json!(BOT))
    );
    assert_eq!(
        (&shown["production_environment"], &shown["task"]),
        (&json!(false), &json!("deploy"))
    );
    for state in ["in_progress", "success"] {
        let status = json!({ "state": state, "log_url": "https://ci.example/1", "description": "x".repeat(140) });
        assert_eq!(report(&github, id, status).await.0, 201);
    }
    let statuses = read(&github, &format!("{DEPLOYMENTS}/{id}/statuses")).await;
    assert_eq!(
        (&statuses[0]["state"], &statuses[1]["state"]),
        (&json!("success"), &json!("in_progress"))
    );
    assert_eq!(statuses[0]["log_url"], "https://ci.example/1");
    let deployments = github.at(API).deployments();
    assert_eq!((deployments.len(), deployments[0].statuses.len()), (1, 2));
    assert_eq!(read(&github, &format!("{DEPLOYMENTS}?environment=prod")).await[0]["id"], id);
    for query in ["environment=dev", "sha=0", "ref=v1", "task=x"] {
        assert_eq!(read(&github, &format!("{DEPLOYMENTS}?{query}")).await, json!([]));
    }
    assert_eq!(github.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_status_that_cannot_be_is_refused() {
    let (github, _) = opened().await;
    let id = create(&github, "prod").await;
    let long = json!({ "state": "success", "description": "é".repeat(141) });
    assert_eq!(report(&github, id, long).await, (422, "Validation Failed".to_owned()));
    let strange = json!({ "state": "success", "log_url": "ci.example" });
    assert_eq!(report(&github, id, strange).await.0, 422);
    assert_eq!(report(&github, id, json!({ "state": "running" })).await.0, 422);
    assert_eq!(report(&github, id, json!({ "state": "success", "status": "x" })).await.0, 422);
    assert_eq!(report(&github, 7, json!({ "state": "success" })).await.0, 404);
    assert_eq!(get(&github, &format!("{DEPLOYMENTS}/7/statuses")).await.status, 404);
    assert!(github.at(API).deployments()[0].statuses.is_empty());
}

#[tokio::test]
async fn a_good_one_makes_those_before_it_inactive_but_for_production() {
    let (github, _) = opened().await;
    let mut ids = Vec::new();
    for environment in ["staging", "staging", "staging", "production", "production"] {
        let id = create(&github, environment).await;
        let auto_inactive = ids.len() != 1;
        report(&github, id, json!({ "state": "success", "auto_inactive": auto_inactive })).await;
        ids.push(id);
    }
    let last = |at: usize| github.at(API).deployments()[at].statuses.last().unwrap().state.clone();
    let states: Vec<_> = (0..5).map(last).collect();
    assert_eq!(states, ["inactive", "inactive", "success", "success", "success"]);
}

#[tokio::test]
async fn without_a_word_about_it_a_branch_is_merged_first() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.branch("topic", &first, "ana");
    at.commit("main", Change::by("ana", "More"));
    let mut body = order("topic", "prod");
    body.as_object_mut().unwrap().remove("auto_merge");
    let answer = ask(&github, "POST", DEPLOYMENTS, body.clone()).await;
    assert_eq!(told(&answer), (202, "Auto-merged main into topic on deployment.".to_owned()));
    assert!(at.deployments().is_empty() && at.refs()["refs/heads/topic"] != first);
    assert_eq!(ask(&github, "POST", DEPLOYMENTS, body).await.status, 201);
    assert_eq!(github.complaints().len(), 2);
}

#[tokio::test]
async fn without_a_word_about_them_all_checks_must_be_good() {
    let (github, first) = opened().await;
    github.at(API).check(&first, "test", Some("success"));
    github.at(API).status(&first, "ci", "pending");
    let mut body = order("main", "prod");
    body.as_object_mut().unwrap().remove("required_contexts");
    let conflict = (409, "Conflict: Commit status checks failed for main.".to_owned());
    assert_eq!(told(&ask(&github, "POST", DEPLOYMENTS, body.clone()).await), conflict);
    body["required_contexts"] = json!(["test"]);
    assert_eq!(ask(&github, "POST", DEPLOYMENTS, body.clone()).await.status, 201);
    body["required_contexts"] = json!(["test", "missing"]);
    assert_eq!(told(&ask(&github, "POST", DEPLOYMENTS, body.clone()).await), conflict);
    body["ref"] = "no".into();
    let answer = ask(&github, "POST", DEPLOYMENTS, body).await;
    assert_eq!(told(&answer), (422, "No ref found for: no".to_owned()));
    let answer = ask(
        &github,
        "POST",
        DEPLOYMENTS,
        json!({ "ref": "main", "required_contexts": "ci", "auto_merge": false }),
    )
    .await;
    assert_eq!(answer.status, 422);
}
