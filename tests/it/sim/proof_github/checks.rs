//! What was found out about commits, and what they became.

use serde_json::{Value, json};

use super::client::{dispatch, get, read, told};
use super::{API, opened};
use crate::sim::github::{Change, Pull, Stage, Workflow};

#[tokio::test]
async fn of_check_runs_the_last_of_each_name_counts_unless_all_are_asked_for() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.check(&first, "test", Some("failure"));
    at.check(&first, "test", Some("success"));
    at.check(&first, "lint", None);
    let path = "/repos/acme/api/commits/main/check-runs";
    let shown = read(&github, path).await;
    assert_eq!(shown["total_count"], 2);
    let named =
        |at: usize| (&shown["check_runs"][at]["name"], &shown["check_runs"][at]["conclusion"]);
    assert_eq!(named(0), (&json!("test"), &json!("success")));
    assert_eq!(named(1), (&json!("lint"), &Value::Null));
    assert_eq!(shown["check_runs"][1]["status"], "in_progress");
    for (query, count) in
        [("filter=all", 3), ("check_name=test", 1), ("status=in_progress", 1), ("per_page=1", 2)]
    {
        let shown = read(&github, &format!("{path}?{query}")).await;
        assert_eq!(shown["total_count"], count, "{query}");
    }
    let answer = get(&github, "/repos/acme/api/commits/no/check-runs").await;
    assert_eq!(told(&answer), (422, "No commit found for SHA: no".to_owned()));
}

#[tokio::test]
async fn a_job_is_a_check_of_the_head_that_its_run_began_on() {
    let (github, first) = opened().await;
    github.at(API).workflow(Workflow::deploying("deploy.yml").by_hand());
    let head = github.at(API).commit("main", Change::by("ben", "More"));
    let run = dispatch(&github, "k1", &first).await;
    github.at(API).move_on(run);
    let checks = |sha: String| {
        let github = github.clone();
        async move { read(&github, &format!("/repos/acme/api/commits/{sha}/check-runs")).await }
    };
    assert_eq!(checks(first).await["total_count"], 0);
    let shown = checks(head).await;
    let check = &shown["check_runs"][0];
    assert_eq!((&check["name"], &check["status"]), (&json!("deploy"), &json!("in_progress")));
    assert!(check["conclusion"].is_null());
}

#[tokio::test]
async fn statuses_are_summed_up() {
    let (github, first) = opened().await;
    let path = format!("/repos/acme/api/commits/{first}/status");
    assert_eq!(read(&github, &path).await["state"], "pending");
    for (context, state, sum) in
        [("ci", "pending", "pending"), ("ci", "success", "success"), ("cd", "error", "failure")]
    {
        github.at(API).status(&first, context, state);
        assert_eq!(read(&github, &path).await["state"], sum);
    }
    assert_eq!(read(&github, &path).await["total_count"], 2);
}

#[tokio::test]
async fn a_commit_knows_its_pull_request_and_the_branches_it_heads() {
    let (github, _) = opened().await;
    let sha = github.at(API).commit("main", Change::by("ben", "Add pay (#7)"));
    github.at(API).pull(Pull {
        number: 7,
        title: "Add pay".to_owned(),
        login: "ben".to_owned(),
        branch: "pay".to_owned(),
        sha: sha.clone(),
    });
    let pulls = read(&github, &format!("/repos/acme/api/commits/{sha}/pulls")).await;
    assert_eq!((&pulls[0]["number"], &pulls[0]["user"]["login"]), (&json!(7), &json!("ben")));
    assert!(pulls[0]["merged_at"].is_string());
    let path = format!("/repos/acme/api/commits/{sha}/branches-where-head");
    assert_eq!(read(&github, &path).await[0]["name"], "main");
    github.at(API).commit("main", Change::by("ben", "More"));
    assert_eq!(read(&github, &path).await, json!([]));
}

#[tokio::test]
async fn the_latest_release_is_no_draft_and_none_before_a_release() {
    let (github, first) = opened().await;
    let latest = "/repos/acme/api/releases/latest";
    assert_eq!(told(&get(&github, latest).await), (404, "Not Found".to_owned()));
    for (tag, stage) in
        [("v1", Stage::Published), ("v2-rc", Stage::Prerelease), ("v2", Stage::Draft)]
    {
        github.at(API).tag(tag, &first);
        github.at(API).release(tag, "ana", stage);
    }
    let shown = read(&github, latest).await;
    assert_eq!((&shown["tag_name"], &shown["author"]["login"]), (&json!("v1"), &json!("ana")));
    let shown = read(&github, "/repos/acme/api/releases/tags/v2-rc").await;
    assert_eq!((&shown["prerelease"], &shown["draft"]), (&json!(true), &json!(false)));
    assert_eq!(get(&github, "/repos/acme/api/releases/tags/v2").await.status, 404);
}
