//! What lies between two commits.

use serde_json::json;

use super::client::{get, read, told};
use super::{API, opened};
use crate::sim::github::Change;

#[tokio::test]
async fn a_comparison_says_how_two_commits_lie() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.branch("topic", &first, "ana");
    let second = at.commit("main", Change::by("ana", "Two").with("added", "migrations/1.sql", "a"));
    let third = at.commit(
        "main",
        Change::by_stranger("Three")
            .with("modified", "migrations/1.sql", "b")
            .with("removed", "x", "y"),
    );
    let topic = at.commit("topic", Change::by("ben", "Topic"));
    for (base, head, status, ahead, behind) in [
        ("main", "main", "identical", 0, 0),
        (first.as_str(), "main", "ahead", 2, 0),
        ("main", &second[..8], "behind", 0, 1),
        ("main", "topic", "diverged", 1, 2),
    ] {
        let shown = read(&github, &format!("/repos/acme/api/compare/{base}...{head}")).await;
        assert_eq!(shown["status"], status);
        assert_eq!((&shown["ahead_by"], &shown["behind_by"]), (&json!(ahead), &json!(behind)));
    }
    let shown = read(&github, &format!("/repos/acme/api/compare/{first}...main")).await;
    assert_eq!(
        (&shown["commits"][0]["sha"], &shown["commits"][1]["sha"]),
        (&json!(second), &json!(third))
    );
    assert_eq!(shown["commits"][0]["author"]["login"], "ana");
    assert!(shown["commits"][1]["author"].is_null());
    let files: Vec<_> = shown["files"].as_array().unwrap().iter().collect();
    let file = |at: usize| (&files[at]["filename"], &files[at]["status"]);
    assert_eq!(file(0), (&json!("migrations/1.sql"), &json!("added")));
    assert_eq!(file(1), (&json!("x"), &json!("removed")));
    let shown = read(&github, "/repos/acme/api/compare/main...topic").await;
    assert_eq!(shown["merge_base_commit"]["sha"], first);
    assert_eq!(shown["commits"][0]["sha"], topic);
    let answer = get(&github, "/repos/acme/api/compare/main...nothing").await;
    assert_eq!(told(&answer), (404, "Not Found".to_owned()));
}

#[tokio::test]
async fn a_merge_brings_what_was_on_the_branch() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.branch("topic", &first, "ana");
    at.commit("topic", Change::by("ben", "Topic"));
    at.commit("main", Change::by("ana", "Two"));
    let merged = at.merge("main", "topic", "ana");
    let shown = read(&github, &format!("/repos/acme/api/compare/{first}...{merged}")).await;
    assert_eq!((&shown["status"], &shown["total_commits"]), (&json!("ahead"), &json!(3)));
    assert_eq!(shown["commits"][2]["parents"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn long_comparisons_come_in_pages_with_the_files_on_the_first() {
    let (github, first) = opened().await;
    for number in 0..260 {
        let name = format!("{number}.txt");
        github.at(API).commit("main", Change::by("ana", &name).with("added", &name, ""));
    }
    let path = format!("/repos/acme/api/compare/{first}...main");
    let shown = read(&github, &path).await;
    assert_eq!(shown["total_commits"], 260);
    let commits = shown["commits"].as_array().unwrap();
    // The last of them is the most recent.
    assert_eq!((commits.len(), &commits[249]["commit"]["message"]), (250, &json!("259.txt")));
    let answer = get(&github, &format!("{path}?per_page=100&page=3")).await;
    let shown = answer.json();
    let commits = shown["commits"].as_array().unwrap();
    assert_eq!((commits.len(), &commits[0]["commit"]["message"]), (60, &json!("200.txt")));
    assert!(shown["files"].is_null());
    let links = answer.header("link").unwrap();
    assert!(links.contains("rel=\"prev\"") && !links.contains("rel=\"next\""), "{links}");
    let answer = get(&github, &format!("{path}?per_page=100")).await;
    assert!(answer.header("link").unwrap().contains("page=2&per_page=100>; rel=\"next\""));
    assert_eq!(answer.json()["files"].as_array().unwrap().len(), 260);
}
