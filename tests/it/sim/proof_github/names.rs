//! Commits and what stands for them.

use serde_json::{Value, json};

use super::client::{Says, ask, ask_as, get, read, told};
use super::{API, opened};
use crate::sim::github::Change;

#[tokio::test]
async fn a_commit_is_found_by_branch_tag_and_hash_whole_or_short() {
    let (github, first) = opened().await;
    let second = github.at(API).commit("feature/x", Change::by("ben", "Add\n\nmore"));
    github.at(API).tag("v1", &first);
    for (name, sha) in [
        ("main", &first),
        ("heads/main", &first),
        ("v1", &first),
        ("tags/v1", &first),
        (first.as_str(), &first),
        (&first[..7], &first),
        ("feature/x", &second),
        ("feature%2Fx", &second),
    ] {
        for prefix in ["", "/api/v3"] {
            let path = format!("{prefix}/repos/acme/api/commits/{name}");
            assert_eq!(read(&github, &path).await["sha"], **sha, "{path}");
        }
    }
    let shown = read(&github, "/repos/acme/api/commits/feature/x").await;
    assert_eq!(shown["author"]["login"], "ben");
    assert_eq!(shown["commit"]["message"], "Add\n\nmore");
    assert_eq!(shown["parents"], json!([]));
    for name in ["nothing", "0123456", &"0".repeat(40)] {
        let answer = get(&github, &format!("/repos/acme/api/commits/{name}")).await;
        assert_eq!(told(&answer), (422, format!("No commit found for SHA: {name}")));
        assert_eq!(answer.json()["status"], "422");
    }
}

#[tokio::test]
async fn an_author_may_be_unknown_and_say_any_date() {
    let (github, _) = opened().await;
    let change = Change::by_stranger("Old").dated("2031-01-01T00:00:00Z");
    github.at(API).commit("main", change.with("added", "a.txt", "one\ntwo\n"));
    let shown = read(&github, "/repos/acme/api/commits/main").await;
    assert_eq!(shown["author"], Value::Null);
    assert_eq!(shown["commit"]["author"]["date"], "2031-01-01T00:00:00Z");
    assert_eq!(shown["files"][0]["filename"], "a.txt");
    assert_eq!(
        (&shown["files"][0]["status"], &shown["stats"]["total"]),
        (&json!("added"), &json!(2))
    );
    let all = read(&github, "/repos/acme/api/commits?sha=main&per_page=1").await;
    assert_eq!((all[0]["sha"].clone(), all.as_array().unwrap().len()), (shown["sha"].clone(), 1));
}

#[tokio::test]
async fn a_branch_has_its_head_and_moves_by_force() {
    let (github, first) = opened().await;
    let second = github.at(API).commit("main", Change::by("ben", "More"));
    let shown = read(&github, "/repos/acme/api/branches/main").await;
    assert_eq!((&shown["name"], &shown["commit"]["sha"]), (&json!("main"), &json!(second)));
    github.at(API).branch("main", &first, "ben");
    assert_eq!(read(&github, "/repos/acme/api/branches/main").await["commit"]["sha"], first);
    let all = read(&github, "/repos/acme/api/branches").await;
    assert_eq!((&all[0]["name"], &all[0]["commit"]["sha"]), (&json!("main"), &json!(first)));
    github.at(API).remove_ref("refs/heads/main");
    let answer = get(&github, "/repos/acme/api/branches/main").await;
    assert_eq!(told(&answer), (404, "Branch not found".to_owned()));
    assert_eq!(read(&github, "/repos/acme/api").await["default_branch"], "main");
}

#[tokio::test]
async fn a_ref_is_made_once() {
    let (github, first) = opened().await;
    let refs = "/repos/acme/api/git/refs";
    let claim = |name: &str, sha: &str| json!({ "ref": name, "sha": sha });
    let made = ask(&github, "POST", refs, claim("refs/wilco/op/k1", &first)).await;
    assert_eq!((made.status, &made.json()["object"]["sha"]), (201, &json!(first)));
    let zero = "0".repeat(40);
    for (name, sha, message) in [
        ("refs/wilco/op/k1", first.as_str(), "Reference already exists"),
        ("refs/wilco", &first, "refs/wilco is not a valid ref name."),
        ("refs/heads/a..b", &first, "refs/heads/a..b is not a valid ref name."),
        ("refs/heads/x", &zero, "Object does not exist"),
    ] {
        let answer = ask(&github, "POST", refs, claim(name, sha)).await;
        assert_eq!(told(&answer), (422, message.to_owned()));
    }
    let answer = ask(&github, "POST", refs, claim("refs/heads/x", &first[..7])).await;
    assert!(told(&answer).1.contains("exactly 40 characters"));
    let answer = ask(&github, "POST", refs, json!({ "ref": "refs/heads/x" })).await;
    assert_eq!(told(&answer).1, "Invalid request.\n\n\"sha\" wasn't supplied.");
    let found = read(&github, "/repos/acme/api/git/ref/wilco/op/k1").await;
    assert_eq!(found["ref"], "refs/wilco/op/k1");
    let alike = read(&github, "/repos/acme/api/git/matching-refs/wilco/").await;
    assert_eq!(alike, json!([found]));
    let path = "/repos/acme/api/git/refs/wilco/op/k1";
    assert_eq!(ask(&github, "DELETE", path, Value::Null).await.status, 204);
    assert_eq!(told(&ask(&github, "DELETE", path, Value::Null).await).0, 422);
    assert_eq!(get(&github, "/repos/acme/api/git/ref/wilco/op/k1").await.status, 404);
    assert_eq!(github.at(API).refs().len(), 1);
}

#[tokio::test]
async fn an_annotated_tag_stands_for_an_object_of_its_own() {
    let (github, first) = opened().await;
    let object = github.at(API).annotated_tag("v1", &first);
    let found = read(&github, "/repos/acme/api/git/ref/tags/v1").await;
    assert_eq!(
        (&found["object"]["type"], &found["object"]["sha"]),
        (&json!("tag"), &json!(object))
    );
    assert_eq!(read(&github, "/repos/acme/api/commits/v1").await["sha"], first);
}

#[tokio::test]
async fn a_tag_is_made_before_a_ref_leads_to_it_and_says_what_it_was_given() {
    let (github, first) = opened().await;
    let given = json!({ "tag": "t", "message": "run 1", "object": first, "type": "commit" });
    let made = ask(&github, "POST", "/repos/acme/api/git/tags", given).await;
    let sha = made.json()["sha"].clone();
    assert_eq!((made.status, github.at(API).refs().len()), (201, 1));
    let found = read(&github, &format!("/repos/acme/api/git/tags/{}", sha.as_str().unwrap())).await;
    assert_eq!(found, made.json());
    assert_eq!((&found["message"], &found["object"]["sha"]), (&json!("run 1"), &json!(first)));
    let zero = "0".repeat(40);
    let answer = get(&github, &format!("/repos/acme/api/git/tags/{zero}")).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn no_ref_leads_to_other_workflow_files_than_those_of_the_default_branch() {
    let (github, first) = opened().await;
    let file = ".github/workflows/ci.yml";
    let head =
        github.at(API).commit("main", Change::by("ana", "Test").with("added", file, "on: push"));
    let refs = "/repos/acme/api/git/refs";
    let object = github.at(API).annotated_tag("v1", &first);
    for sha in [&first, &object] {
        let answer = ask(&github, "POST", refs, json!({ "ref": "refs/x/1", "sha": sha })).await;
        assert_eq!(told(&answer), (403, "Resource not accessible by integration".to_owned()));
    }
    let answer = ask(&github, "POST", refs, json!({ "ref": "refs/x/1", "sha": head })).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_file_is_what_it_was_at_a_commit() {
    let (github, first) = opened().await;
    let path = ".github/workflows/deploy.yml";
    github.at(API).commit("main", Change::by("ana", "Add").with("added", path, "on: push\n"));
    github.at(API).commit("main", Change::by("ana", "Add").with("added", "b", "b"));
    let url = format!("/repos/acme/api/contents/{path}");
    let shown = read(&github, &url).await;
    assert_eq!(
        (&shown["content"], &shown["encoding"]),
        (&json!("b246IHB1c2gK\n"), &json!("base64"))
    );
    assert_eq!(shown["name"], "deploy.yml");
    let headers = &[("user-agent", "wilco"), ("accept", "application/vnd.github.raw+json")];
    let raw = Says { headers, ..Says::USUAL };
    let answer = ask_as(&github, raw, ("GET", &format!("{url}?ref=main")), Value::Null).await;
    assert_eq!(answer.body, "on: push\n");
    assert_eq!(get(&github, &format!("{url}?ref={first}")).await.status, 404);
    assert_eq!(told(&get(&github, &format!("{url}?ref=no")).await).0, 404);
    github.at(API).commit("main", Change::by("ana", "Drop").with("removed", path, ""));
    assert_eq!(get(&github, &url).await.status, 404);
}
