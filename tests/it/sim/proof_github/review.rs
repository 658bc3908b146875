//! Runs that wait for somebody's approval.

use serde_json::{Value, json};

use super::client::{Says, ask, ask_as, dispatch, read, told};
use super::{API, opened};
use crate::sim::github::{BOT, Github, Job, Review, Step, Work, Workflow};

/// A run that waits for `prod`, and the number of that.
async fn waiting(github: &Github, first: &str, reviewers: &[&str]) -> (u64, u64) {
    let deploy = Job::named("deploy", vec![Step::named("Send")]).into("prod");
    let build = Job::named("build", vec![Step::named("Compile")]);
    github.at(API).workflow(Workflow::deploying("deploy.yml").doing(vec![build, deploy]));
    let environment = github.at(API).environment("prod", reviewers);
    (dispatch(github, "k1", first).await, environment)
}

fn pending(run: u64) -> String {
    format!("/repos/acme/api/actions/runs/{run}/pending_deployments")
}

fn verdict(environment: u64, state: &str) -> Value {
    json!({ "environment_ids": [environment], "state": state, "comment": "#42" })
}

#[tokio::test]
async fn a_run_waits_until_a_reviewer_approves() {
    let (github, first) = opened().await;
    let (run, environment) = waiting(&github, &first, &[BOT]).await;
    let shown = read(&github, &format!("/repos/acme/api/actions/runs/{run}")).await;
    assert_eq!((&shown["status"], &shown["conclusion"]), (&json!("waiting"), &Value::Null));
    let jobs = read(&github, &format!("/repos/acme/api/actions/runs/{run}/jobs")).await;
    assert_eq!(
        (&jobs["jobs"][1]["status"], &jobs["jobs"][1]["steps"]),
        (&json!("waiting"), &json!([]))
    );
    let open = read(&github, &pending(run)).await;
    assert_eq!(
        (&open[0]["environment"]["id"], &open[0]["environment"]["name"]),
        (&json!(environment), &json!("prod"))
    );
    assert_eq!(open[0]["current_user_can_approve"], true);
    assert_eq!(open[0]["reviewers"][0]["reviewer"]["login"], BOT);
    let answer = ask(&github, "POST", &pending(run), verdict(environment, "approved")).await;
    assert_eq!((answer.status, &answer.json()[0]["environment"]), (200, &json!("prod")));
    assert_eq!(
        (&answer.json()[0]["ref"], &answer.json()[0]["sha"]),
        (&json!("main"), &json!(first))
    );
    assert_eq!(github.at(API).runs()[0].conclusion.as_deref(), Some("success"));
    assert_eq!(read(&github, &pending(run)).await, json!([]));
    let again = ask(&github, "POST", &pending(run), verdict(environment, "approved")).await;
    assert_eq!(
        told(&again),
        (422, "No pending deployment requests to approve or reject".to_owned())
    );
}

#[tokio::test]
async fn a_rejected_run_has_failed() {
    let (github, first) = opened().await;
    let (run, environment) = waiting(&github, &first, &[BOT]).await;
    ask(&github, "POST", &pending(run), verdict(environment, "rejected")).await;
    let ran = github.at(API).runs().remove(0);
    assert_eq!((ran.conclusion.as_deref(), ran.work), (Some("failure"), Work::Begun));
}

#[tokio::test]
async fn only_a_reviewer_may_and_no_app_is_one() {
    let (github, first) = opened().await;
    let (run, environment) = waiting(&github, &first, &["ben"]).await;
    assert_eq!(read(&github, &pending(run)).await[0]["current_user_can_approve"], false);
    let answer = ask(&github, "POST", &pending(run), verdict(environment, "approved")).await;
    assert_eq!(answer.status, 403);
    let app = super::access::installed(&github).await;
    let answer = ask_as(
        &github,
        Says::with(&app),
        ("POST", &pending(run)),
        verdict(environment, "approved"),
    )
    .await;
    assert_eq!(told(&answer), (403, "Resource not accessible by integration".to_owned()));
    let mut silent = verdict(environment, "approved");
    silent.as_object_mut().unwrap().remove("comment");
    github.token_of("ghp_ben", "ben");
    let ben = Says::with("ghp_ben");
    let answer = ask_as(&github, ben, ("POST", &pending(run)), silent).await;
    assert_eq!(told(&answer), (422, "Invalid request.\n\n\"comment\" wasn't supplied.".to_owned()));
    let answer = ask_as(&github, ben, ("POST", &pending(run)), verdict(environment, "ok")).await;
    assert_eq!(answer.status, 422);
    assert_eq!(github.at(API).runs()[0].status, "waiting");
    github.at(API).review(run, Review::Rejected);
    assert_eq!(github.at(API).runs()[0].conclusion.as_deref(), Some("failure"));
    github.at(API).review(run, Review::Approved);
    assert_eq!(github.at(API).runs()[0].status, "completed");
}
