//! What whoever listens is told, and how that goes wrong.

use std::time::Duration;

use serde_json::json;

use super::client::{ask, dispatch};
use super::listener::Listener;
use super::{API, opened};
use crate::sim::github::{
    Change, Forgery, Github, Job, Mishap, Stage, Step, Webhooks, Workflow, signature,
};

const SECRET: &str = "a secret of the hook";

/// A GitHub whose news somebody hears, its ping past.
async fn heard() -> (Github, String, Listener) {
    let (github, first) = opened().await;
    let listener = Listener::open().await;
    github.hook(&listener.url, SECRET);
    github.await_deliveries().await;
    (github, first, listener)
}

#[tokio::test]
async fn a_delivery_is_signed_and_says_what_it_is() {
    let (github, _, listener) = heard().await;
    let ping = listener.heard().remove(0);
    assert_eq!(
        (ping.what().as_str(), &ping.json()["hook"]["type"]),
        ("ping", &json!("Organization"))
    );
    let expected = format!("sha256={}", signature(SECRET, &ping.body));
    assert_eq!(ping.header("x-hub-signature-256"), expected);
    assert_eq!(ping.header("x-github-delivery"), github.deliveries()[0].id);
    assert_eq!(ping.header("x-github-hook-id"), ping.json()["hook_id"].to_string());
    assert!(ping.header("user-agent").starts_with("GitHub-Hookshot/"));
    assert_eq!(ping.header("content-type"), "application/json");
    assert_eq!(github.deliveries()[0].answers, [Some(202)]);
}

/// The key and the text of GitHub's own page "Validating webhook deliveries".
#[test]
fn the_signature_is_that_of_the_documentation() {
    let documented = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature("It's a Secret to Everybody", "Hello, World!"), documented);
}

#[tokio::test]
async fn a_run_is_told_of_from_its_beginning_to_its_end() {
    let (github, first, listener) = heard().await;
    let ship = Job::named("ship", vec![Step::named("Send")]).into("prod");
    github.at(API).environment("prod", &["ben"]);
    github.at(API).workflow(Workflow::deploying("deploy.yml").doing(vec![ship]));
    let id = dispatch(&github, "k1", &first).await;
    github.at(API).review(id, crate::sim::github::Review::Approved);
    github.await_deliveries().await;
    assert_eq!(
        listener.events()[1..],
        [
            "workflow_run.requested",
            "workflow_job.queued",
            "workflow_job.waiting",
            "workflow_run.in_progress",
            "workflow_job.in_progress",
            "workflow_job.completed",
            "workflow_run.completed",
            "check_suite.completed",
        ]
    );
    let heard = listener.heard();
    let (begin, end) = (heard[1].json(), heard[7].json());
    assert_eq!(
        (&begin["workflow_run"]["status"], &begin["workflow_run"]["id"]),
        (&json!("queued"), &json!(id))
    );
    assert_eq!(end["workflow_run"]["conclusion"], "success");
    assert_eq!(end["workflow_run"]["display_title"], "Deploy 42 k1");
    assert!(end["workflow_run"]["inputs"].is_null());
    assert_eq!(
        (&end["workflow"]["path"], &end["repository"]["full_name"]),
        (&json!(".github/workflows/deploy.yml"), &json!(API))
    );
    assert_eq!(heard[5].json()["workflow_job"]["run_id"], id);
    assert_eq!(heard[8].json()["check_suite"]["head_sha"], first);
    let seen = github.deliveries();
    assert_eq!((seen[7].event, seen[7].action), ("workflow_run", Some("completed")));
}

#[tokio::test]
async fn a_push_a_release_and_a_deployment_are_told_of() {
    let (github, first, listener) = heard().await;
    let at = github.at(API);
    let sha = at.commit("main", Change::by("ben", "Add").with("added", "a", "a"));
    at.branch("main", &first, "ben");
    at.tag("v1", &first);
    at.release("v1", "ana", Stage::Published);
    let deployments = "/repos/acme/api/deployments";
    let body = json!({ "ref": "main", "auto_merge": false, "required_contexts": [] });
    let made = ask(&github, "POST", deployments, body).await.json();
    let statuses = format!("{deployments}/{}/statuses", made["id"]);
    ask(&github, "POST", &statuses, json!({ "state": "failure" })).await;
    github.await_deliveries().await;
    assert_eq!(
        listener.events()[1..],
        [
            "push",
            "push",
            "release.created",
            "release.published",
            "release.released",
            "deployment_status.created",
        ]
    );
    let heard = listener.heard();
    let push = heard[1].json();
    assert_eq!((&push["ref"], &push["after"]), (&json!("refs/heads/main"), &json!(sha)));
    assert_eq!(push["commits"][0]["author"]["username"], "ben");
    assert_eq!((&push["commits"][0]["added"], &push["forced"]), (&json!(["a"]), &json!(false)));
    assert_eq!(
        (&heard[2].json()["forced"], &heard[2].json()["commits"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(heard[4].json()["release"]["tag_name"], "v1");
    assert_eq!(heard[6].json()["deployment_status"]["state"], "failure");
    assert_eq!(heard[6].json()["deployment"]["environment"], "production");
}

#[tokio::test]
async fn a_failed_build_of_a_push_is_told_of() {
    let (github, _, listener) = heard().await;
    github.at(API).workflow(Workflow::testing("ci.yml").by_hand());
    let run = github.at(API).start("ci.yml", "push", "main", "ana");
    github.at(API).end(run, "failure");
    github.await_deliveries().await;
    let told = listener.heard().remove(3).json();
    let run = &told["workflow_run"];
    assert_eq!((&run["event"], &run["head_branch"]), (&json!("push"), &json!("main")));
    assert_eq!(
        (&run["conclusion"], &run["head_commit"]["message"]),
        (&json!("failure"), &json!("Begin"))
    );
}

#[tokio::test]
async fn news_come_late_twice_out_of_order_or_never() {
    let (github, first, listener) = heard().await;
    listener.forget();
    let push = |branch: &str| github.at(API).branch(branch, &first, "ana");
    let branches = || {
        let all = listener.heard();
        all.iter()
            .map(|one| one.json()["ref"].as_str().unwrap()[11..].to_owned())
            .collect::<Vec<_>>()
    };
    github.mishap_next("push", Mishap::Never);
    github.mishap_next("push", Mishap::Twice);
    github.mishap_next("push", Mishap::Late(Duration::from_mins(5)));
    for branch in ["never", "twice", "late", "soon"] {
        push(branch);
    }
    github.await_deliveries().await;
    assert_eq!(branches(), ["twice", "twice", "soon"]);
    let ids: Vec<_> =
        listener.heard().iter().map(|one| one.header("x-github-delivery").to_owned()).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2]);
    github.skip(Duration::from_mins(5));
    github.await_deliveries().await;
    assert_eq!(branches()[3..], ["late"]);
    listener.forget();
    github.reorder_next(3);
    for branch in ["a", "b", "c"] {
        push(branch);
    }
    github.await_deliveries().await;
    assert_eq!(branches(), ["c", "b", "a"]);
    github.webhooks(Webhooks::Silent);
    push("d");
    github.webhooks(Webhooks::Told);
    github.unhook();
    push("e");
    github.await_deliveries().await;
    assert_eq!(branches().len(), 3);
}

#[tokio::test]
async fn a_delivery_can_be_asked_for_again_and_forged() {
    let (github, _, listener) = heard().await;
    let ping = github.deliveries().remove(0);
    assert_eq!(github.redeliver(&ping.id).await, Some(202));
    let again = listener.heard().remove(1);
    assert_eq!((again.header("x-github-delivery"), &*again.body), (ping.id.as_str(), &*ping.body));
    let forgeries =
        [Forgery::Unsigned, Forgery::WrongSignature, Forgery::OtherSecret, Forgery::AnotherBody];
    for forgery in forgeries {
        github.forge(&ping.id, forgery).await;
        let heard = listener.heard();
        let forged = heard.last().unwrap();
        let good = format!("sha256={}", signature(SECRET, &forged.body));
        assert_ne!(forged.header("x-hub-signature-256"), good, "{forgery:?}");
        assert_eq!(forged.json(), again.json());
    }
}

#[tokio::test]
async fn who_does_not_listen_is_not_told_again() {
    let (github, first) = opened().await;
    github.hook("http://127.0.0.1:9/hooks/github", SECRET);
    github.at(API).branch("x", &first, "ana");
    github.await_deliveries().await;
    let answers: Vec<_> = github.deliveries().into_iter().map(|one| one.answers).collect();
    assert_eq!(answers, [[None], [None]]);
    ask(&github, "GET", "/repos/acme/api", serde_json::Value::Null).await;
    github.forget();
    assert!(github.deliveries().is_empty() && github.calls("repos/get").is_empty());
}
