//! Runs that begin on request, and those that do not.

use serde_json::{Map, Value, json};

use super::client::{DISPATCHES, ask, dispatch, get, order, read, told};
use super::{API, opened};
use crate::sim::github::{BOT, Change, Dispatch, Fault, Input, Server, Work, Workflow};

#[tokio::test]
async fn a_dispatch_tells_which_run_there_is() {
    let (github, first) = opened().await;
    let head = github.at(API).commit("main", Change::by("ana", "More"));
    let answer = ask(&github, "POST", DISPATCHES, order("k1", &first)).await;
    let id = answer.json()["workflow_run_id"].as_u64().unwrap();
    let url = format!("{}/repos/acme/api/actions/runs/{id}", github.api_url());
    assert_eq!((answer.status, &answer.json()["run_url"]), (200, &json!(url)));
    assert!(answer.json()["html_url"].as_str().unwrap().ends_with(&format!("/actions/runs/{id}")));
    let ran = github.at(API).runs_of("k1").remove(0);
    assert_eq!(
        (ran.id, ran.title.as_str(), ran.event.as_str()),
        (id, "Deploy 42 k1", "workflow_dispatch")
    );
    assert_eq!((ran.branch.as_str(), ran.actor.as_str(), ran.work), ("main", BOT, Work::Begun));
    assert_eq!((ran.head_sha, &ran.commit, &ran.inputs["commit"]), (head, &first, &first));
    assert_eq!((ran.status, ran.conclusion.as_deref()), ("completed", Some("success")));
    let said = github.at(API).said_by("refs/wilco/op/k1");
    assert_eq!(said, Some(format!("run {id} commit {first}")));
}

#[tokio::test]
async fn without_the_question_there_is_no_answer_but_the_run_can_be_found() {
    let (github, first) = opened().await;
    let mut asked = order("k1", &first);
    asked["return_run_details"] = false.into();
    let answer = ask(&github, "POST", DISPATCHES, asked).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let runs = read(&github, "/repos/acme/api/actions/workflows/deploy.yml/runs").await;
    assert_eq!(runs["workflow_runs"][0]["display_title"], "Deploy 42 k1");
}

#[tokio::test]
async fn an_old_server_refuses_the_question() {
    let (github, first) = opened().await;
    github.server(Server::BeforeRunDetails);
    let answer = ask(&github, "POST", DISPATCHES, order("k1", &first)).await;
    let message = "Invalid request.\n\n\"return_run_details\" is not a permitted key.";
    assert_eq!(told(&answer), (422, message.to_owned()));
    assert_eq!((github.at(API).runs().len(), github.dispatches()), (0, 1));
    let mut asked = order("k1", &first);
    asked.as_object_mut().unwrap().remove("return_run_details");
    assert_eq!(ask(&github, "POST", DISPATCHES, asked).await.status, 204);
    github.server(Server::Recent);
    dispatch(&github, "k2", &first).await;
}

#[tokio::test]
async fn a_dispatch_that_cannot_be_is_refused() {
    let (github, first) = opened().await;
    let strict =
        Workflow::deploying("deploy.yml").taking(Input::optional("stage", "a").among(&["a", "b"]));
    github.at(API).workflow(strict);
    let with = |place: &str, value: Value| {
        let mut body = order("k1", &first);
        *body.pointer_mut(place).unwrap() = value;
        body
    };
    let mut many: Map<String, Value> = (0..26).map(|at| (format!("i{at}"), json!("x"))).collect();
    let too_many = with("/inputs", many.clone().into());
    many.clear();
    let mut wrong_stage = order("k1", &first);
    wrong_stage["inputs"]["stage"] = "c".into();
    let mut unknown = order("k1", &first);
    unknown["inputs"]["enviroment"] = "prod".into();
    let missing = "Required input 'deployment' not provided";
    for (body, message) in [
        (with("/ref", "no".into()), "No ref found for: no"),
        (with("/ref", first.clone().into()), &format!("No ref found for: {first}")),
        (with("/ref", 7.into()), "Invalid request.\n\nFor 'properties/ref', 7 is not a string."),
        (with("/inputs", json!({})), missing),
        (too_many, "Invalid request.\n\nFor 'properties/inputs', there are more than 25 of them."),
        (
            with("/inputs/commit", 7.into()),
            "Invalid request.\n\nFor 'properties/inputs', 7 is not a string.",
        ),
        (unknown, "Unexpected inputs provided: [\"enviroment\"]"),
        (wrong_stage, "Provided value 'c' for input 'stage' not in the list of allowed values"),
        (json!({}), "Invalid request.\n\n\"ref\" wasn't supplied."),
    ] {
        let answer = ask(&github, "POST", DISPATCHES, body).await;
        assert_eq!(told(&answer), (422, message.to_owned()));
    }
    let long = with("/inputs/deployment", "x".repeat(65_536).into());
    assert_eq!(told(&ask(&github, "POST", DISPATCHES, long).await).1, "inputs are too large.");
    assert_eq!(github.at(API).runs().len(), 0);
    dispatch(&github, "k1", &first).await;
    assert_eq!(github.at(API).runs()[0].inputs["stage"], "a");
}

#[tokio::test]
async fn a_workflow_can_be_missing_switched_off_or_without_dispatch() {
    let (github, first) = opened().await;
    for (dispatch, message) in [
        (Dispatch::Missing, "Workflow does not have 'workflow_dispatch' trigger"),
        (Dispatch::Disabled, "Cannot trigger a 'workflow_dispatch' on a disabled workflow"),
    ] {
        let changed = Workflow { dispatch, ..Workflow::deploying("deploy.yml") };
        github.at(API).workflow(changed);
        let answer = ask(&github, "POST", DISPATCHES, order("k1", &first)).await;
        assert_eq!(told(&answer), (422, message.to_owned()));
    }
    let shown = read(&github, "/repos/acme/api/actions/workflows/deploy.yml").await;
    assert_eq!(
        (&shown["state"], &shown["path"]),
        (&json!("disabled_manually"), &json!(".github/workflows/deploy.yml"))
    );
    let by_number = format!("/repos/acme/api/actions/workflows/{}", shown["id"]);
    assert_eq!(read(&github, &by_number).await, shown);
    github.at(API).remove_workflow("deploy.yml");
    let answer = ask(&github, "POST", DISPATCHES, order("k1", &first)).await;
    assert_eq!(told(&answer), (404, "Not Found".to_owned()));
    assert_eq!(get(&github, "/repos/acme/api/actions/workflows/deploy.yml/runs").await.status, 404);
}

#[tokio::test]
async fn a_run_begins_on_a_tag_too_and_says_so() {
    let (github, first) = opened().await;
    github.at(API).tag("v1", &first);
    github.at(API).commit("main", Change::by("ana", "More"));
    for name in ["v1", "refs/tags/v1"] {
        let mut asked = order(name, &first);
        asked["ref"] = name.into();
        assert_eq!(ask(&github, "POST", DISPATCHES, asked).await.status, 200);
        let ran = github.at(API).runs_of(name).remove(0);
        assert_eq!((ran.branch.as_str(), &ran.head_sha), ("v1", &first));
    }
}

#[tokio::test]
async fn of_two_runs_with_one_key_the_fence_lets_one_work() {
    let (github, first) = opened().await;
    dispatch(&github, "k1", &first).await;
    dispatch(&github, "k1", &first).await;
    let runs = github.at(API).runs_of("k1");
    let seen: Vec<_> =
        runs.iter().map(|run| (run.work, run.conclusion.as_deref().unwrap())).collect();
    assert_eq!(seen, [(Work::Begun, "success"), (Work::None, "failure")]);
    let open = Workflow::deploying("deploy.yml").without_fence();
    github.at(API).workflow(open);
    dispatch(&github, "k2", &first).await;
    dispatch(&github, "k2", &first).await;
    assert!(github.at(API).runs_of("k2").iter().all(|run| run.work == Work::Begun));
}

#[tokio::test]
async fn what_was_promised_may_never_begin_or_begin_twice() {
    let (github, first) = opened().await;
    github.fail_next("actions/create-workflow-dispatch", Fault::NeverBegun);
    let id = dispatch(&github, "k1", &first).await;
    let path = format!("/repos/acme/api/actions/runs/{id}");
    assert_eq!((get(&github, &path).await.status, github.at(API).runs().len()), (404, 0));
    github.fail_next("actions/create-workflow-dispatch", Fault::Twice);
    let id = dispatch(&github, "k2", &first).await;
    let runs = github.at(API).runs_of("k2");
    let seen: Vec<_> = runs.iter().map(|run| (run.id == id, run.work)).collect();
    assert_eq!(seen, [(false, Work::Begun), (true, Work::None)]);
}

#[tokio::test]
async fn a_run_can_be_for_another_commit_than_asked() {
    let (github, first) = opened().await;
    let other = github.at(API).commit("other", Change::by("eve", "Other"));
    github.fail_next("actions/create-workflow-dispatch", Fault::OtherCommit(other.clone()));
    let id = dispatch(&github, "k1", &first).await;
    let ran = github.at(API).runs().remove(0);
    assert_eq!((&ran.commit, &ran.head_sha, &ran.inputs["commit"]), (&other, &other, &first));
    let shown = read(&github, &format!("/repos/acme/api/actions/runs/{id}")).await;
    assert_eq!(shown["head_sha"], other);
    let said = github.at(API).said_by("refs/wilco/op/k1");
    assert_eq!(said, Some(format!("run {id} commit {other}")));
}
