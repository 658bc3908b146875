//! Names that stand for more than one thing: nothing is guessed, and no tag passes for a branch.

use wilco::backend::Lookup;

use super::{Scene, commit};
use crate::sim::github::{Change, Stage};

fn on(reference: &str, patterns: &[&str]) -> Lookup {
    let branches = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Lookup { branches, ..Scene::lookup(Some(reference)) }
}

/// The branches among these that have the commit, as it is looked up and at the last look.
async fn branches(scene: &Scene, sha: &str, patterns: &[&str]) -> [Vec<String>; 2] {
    let lookup = on(sha, patterns);
    let found = scene.backends().resolve(&lookup).await.unwrap();
    let stands = scene.backends().confirm(&commit(sha), &lookup).await.unwrap();
    [found.branches, stands.branches]
}

#[tokio::test]
async fn a_tag_of_a_branchs_name_lets_no_commit_through_and_keeps_none_out() {
    let scene = Scene::open().await;
    let at = scene.at();
    at.branch("feature", scene.first.as_str(), "eve");
    let not_on_main = at.commit("feature", Change::by("eve", "On nothing that is allowed"));
    let on_main = at.commit("main", Change::by("ben", "Second"));
    at.branch("release/1.0", &on_main, "ben");
    let none = [vec![], vec![]] as [Vec<String>; 2];
    for (patterns, branch) in [(["main"], "main"), (["release/*"], "release/1.0")] {
        assert_eq!(branches(&scene, &not_on_main, &patterns).await, none, "{patterns:?}");
        at.tag(branch, &not_on_main);
        assert_eq!(branches(&scene, &not_on_main, &patterns).await, none, "{patterns:?}");
        let both = [vec![branch.to_owned()], vec![branch.to_owned()]];
        assert_eq!(branches(&scene, &on_main, &patterns).await, both, "{patterns:?}");
        // Nor where the tag is older than the branch, or an object of its own.
        at.annotated_tag(branch, scene.first.as_str());
        assert_eq!(branches(&scene, &on_main, &patterns).await, both, "{patterns:?}");
        let first = branches(&scene, scene.first.as_str(), &patterns).await;
        assert_eq!(first, both, "what is before the head is on the branch, too");
    }
    // A tag alone is no branch.
    at.tag("hotfix", &not_on_main);
    assert_eq!(branches(&scene, &not_on_main, &["hotfix"]).await, none);
}

#[tokio::test]
async fn a_name_of_two_commits_on_github_is_not_guessed() {
    let scene = Scene::open().await;
    let at = scene.at();
    let second = at.commit("main", Change::by("ben", "Second"));
    at.tag("main", &second);
    let found = scene.resolve("main").await.unwrap().version;
    assert_eq!(found.commit.as_str(), second, "both are the same commit");
    let first = scene.first.as_str();
    let expected = format!(
        "`main` is ambiguous: the tag is {first}, the branch is {second}; say the full commit id"
    );
    at.tag("main", first);
    assert_eq!(scene.refusal("main").await, expected);
    at.annotated_tag("main", first);
    assert_eq!(scene.refusal("main").await, expected);
    // The newest of the default branch is that of the branch.
    let newest = scene.backends().resolve(&Scene::lookup(None)).await.unwrap().version;
    assert_eq!((newest.commit.as_str(), newest.reference.as_deref()), (&*second, Some("main")));
    // What the newest release names is a tag.
    at.tag("v1.0.0", first);
    at.release("v1.0.0", "ana", Stage::Published);
    at.branch("v1.0.0", &second, "eve");
    let latest = scene.resolve("latest").await.unwrap().version;
    assert_eq!(latest.commit, scene.first);
    at.remove_ref("refs/tags/v1.0.0");
    assert_eq!(scene.refusal("latest").await, "there is no tag `v1.0.0` in acme/api");
}

#[tokio::test]
async fn a_branch_that_is_called_like_the_place_of_a_tag_is_no_tag() {
    let scene = Scene::open().await;
    let at = scene.at();
    let second = at.commit("main", Change::by("ben", "Second"));
    at.branch("tags/v1", &second, "eve");
    at.tag("heads/x", &second);
    for said in ["v1", "x"] {
        let reason = scene.refusal(said).await;
        assert_eq!(reason, format!("there is no tag, branch or commit `{said}` in acme/api"));
    }
    at.tag("v1", scene.first.as_str());
    assert_eq!(scene.resolve("v1").await.unwrap().version.commit, scene.first);
    assert_eq!(scene.resolve("tags/v1").await.unwrap().version.commit.as_str(), second);
}
