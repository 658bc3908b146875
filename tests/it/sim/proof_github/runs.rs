//! Runs as they go, and the lists that they stand in.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{ask, dispatch, get, read, told};
use super::{API, opened};
use crate::sim::github::{CLAIM, Change, End, Fault, Job, Step, Stop, Workflow};

/// Two jobs, of which the first has two steps beside its fence.
fn staged() -> Workflow {
    let build =
        Job::named("build", vec![Step::named("Compile").saying("42 crates"), Step::named("Pack")]);
    let ship = Job::named("ship", vec![Step::named("Send")]);
    Workflow::deploying("deploy.yml").doing(vec![build, ship])
}

fn run(id: u64, below: &str) -> String {
    format!("/repos/acme/api/actions/runs/{id}{below}")
}

/// How the steps of a job stand.
fn steps(job: &Value) -> Vec<(&str, Option<&str>)> {
    let steps = job["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["name"].as_str().unwrap(), step["conclusion"].as_str())).collect()
}

#[tokio::test]
async fn a_run_goes_from_stage_to_stage_by_hand() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.workflow(staged().by_hand());
    let id = dispatch(&github, "k1", &first).await;
    let shown = read(&github, &run(id, "")).await;
    assert_eq!((&shown["status"], &shown["conclusion"]), (&json!("queued"), &Value::Null));
    assert_eq!((&shown["run_number"], &shown["run_attempt"]), (&json!(1), &json!(1)));
    assert_eq!(shown["path"], ".github/workflows/deploy.yml");
    assert_eq!(read(&github, &run(id, "/jobs")).await["total_count"], 0);
    at.move_on(id);
    assert_eq!(read(&github, &run(id, "")).await["status"], "in_progress");
    let jobs = read(&github, &run(id, "/jobs")).await;
    assert_eq!(steps(&jobs["jobs"][0]), [(CLAIM, None)]);
    assert!(at.refs().len() == 1, "the claim is not there yet");
    at.move_on(id);
    at.move_on(id);
    let jobs = read(&github, &run(id, "/jobs")).await;
    let success = Some("success");
    assert_eq!(steps(&jobs["jobs"][0]), [(CLAIM, success), ("Compile", success), ("Pack", None)]);
    let step = &jobs["jobs"][0]["steps"][1];
    assert_eq!((&step["number"], &step["status"]), (&json!(2), &json!("completed")));
    assert!(step["started_at"].is_string() && step["completed_at"].is_string());
    at.move_on(id);
    at.move_on(id);
    let shown = read(&github, &run(id, "")).await;
    assert_eq!((&shown["status"], &shown["conclusion"]), (&json!("completed"), &json!("success")));
    let jobs = read(&github, &run(id, "/jobs?per_page=1&page=2")).await;
    assert_eq!((&jobs["total_count"], &jobs["jobs"][0]["name"]), (&json!(2), &json!("ship")));
    // What is over stays so.
    at.move_on(id);
    at.end(id, "failure");
    assert_eq!(at.runs()[0].conclusion.as_deref(), Some("success"));
}

#[tokio::test]
async fn a_run_goes_by_itself_as_time_does() {
    let (github, first) = opened().await;
    let minute = Duration::from_mins(1);
    let slow = vec![Job::named("deploy", vec![Step::named("Send").taking(minute)])];
    let slow = Workflow { queued_for: minute, ..Workflow::deploying("deploy.yml").doing(slow) };
    github.at(API).workflow(slow);
    let id = dispatch(&github, "k1", &first).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(read(&github, &run(id, "")).await["status"].clone());
        github.skip(minute);
    }
    assert_eq!(seen, ["queued", "in_progress", "completed"]);
    let quick =
        vec![Job::named("deploy", vec![Step::named("Send").taking(Duration::from_millis(20))])];
    github.at(API).workflow(Workflow::deploying("deploy.yml").doing(quick));
    dispatch(&github, "k2", &first).await;
    let ended =
        |github: &crate::sim::github::Github| github.at(API).runs_of("k2")[0].conclusion.clone();
    assert_eq!(github.until("the end", ended).await, "success");
}

#[tokio::test]
async fn a_step_that_fails_ends_the_run_and_says_why_in_the_log() {
    let (github, first) = opened().await;
    let tests = Step::named("Check").ending(End::FailureThatIsIgnored);
    let send = Step::named("Send").saying("no space left").ending(End::Failure);
    let jobs = vec![
        Job::named("deploy", vec![tests, send, Step::named("Tell")]),
        Job::named("after", vec![Step::named("Rest")]),
    ];
    github.at(API).workflow(Workflow::deploying("deploy.yml").doing(jobs));
    let id = dispatch(&github, "k1", &first).await;
    assert_eq!(read(&github, &run(id, "")).await["conclusion"], "failure");
    let jobs = read(&github, &run(id, "/jobs")).await;
    let (success, failure, skipped) = (Some("success"), Some("failure"), Some("skipped"));
    assert_eq!(
        steps(&jobs["jobs"][0]),
        [(CLAIM, success), ("Check", success), ("Send", failure), ("Tell", skipped)]
    );
    let ends = (&jobs["jobs"][0]["conclusion"], &jobs["jobs"][1]["conclusion"]);
    assert_eq!(ends, (&json!("failure"), &json!("skipped")));
    let logs = format!("/repos/acme/api/actions/jobs/{}/logs", jobs["jobs"][0]["id"]);
    let answer = get(&github, &logs).await;
    let place = answer.header("location").unwrap().to_owned();
    assert_eq!((answer.status, answer.body.as_str()), (302, ""));
    let log = get(&github, &place).await;
    assert_eq!(log.status, 200);
    assert!(log.body.contains("Z no space left\n"), "{}", log.body);
    assert!(log.body.contains("##[error]Process completed with exit code 1."));
    github.skip(Duration::from_secs(61));
    assert_eq!(get(&github, &place).await.status, 404);
}

#[tokio::test]
async fn there_is_no_log_of_a_job_that_goes_on() {
    let (github, first) = opened().await;
    github.at(API).workflow(staged().by_hand());
    let id = dispatch(&github, "k1", &first).await;
    github.at(API).move_on(id);
    let jobs = read(&github, &run(id, "/jobs")).await;
    let logs = format!("/repos/acme/api/actions/jobs/{}/logs", jobs["jobs"][0]["id"]);
    assert_eq!(told(&get(&github, &logs).await), (404, "Not Found".to_owned()));
}

#[tokio::test]
async fn a_run_is_cancelled_once_or_only_by_force() {
    let (github, first) = opened().await;
    github.at(API).workflow(staged().by_hand());
    let id = dispatch(&github, "k1", &first).await;
    github.at(API).move_on(id);
    let cancel = run(id, "/cancel");
    let answer = ask(&github, "POST", &cancel, Value::Null).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, "{}"));
    assert_eq!(read(&github, &run(id, "")).await["conclusion"], "cancelled");
    let jobs = read(&github, &run(id, "/jobs")).await;
    let (cancelled, skipped) = (Some("cancelled"), Some("skipped"));
    assert_eq!(
        steps(&jobs["jobs"][0]),
        [(CLAIM, cancelled), ("Compile", skipped), ("Pack", skipped)]
    );
    let told_so = (409, "Cannot cancel a workflow run that is completed.".to_owned());
    assert_eq!(told(&ask(&github, "POST", &cancel, Value::Null).await), told_so);
    github.at(API).workflow(Workflow { stop: Stop::Never, ..staged().by_hand() });
    let id = dispatch(&github, "k2", &first).await;
    assert_eq!(ask(&github, "POST", &run(id, "/cancel"), Value::Null).await.status, 202);
    assert_eq!(read(&github, &run(id, "")).await["status"], "queued");
    assert_eq!(ask(&github, "POST", &run(id, "/force-cancel"), Value::Null).await.status, 202);
    assert_eq!(read(&github, &run(id, "")).await["conclusion"], "cancelled");
    assert_eq!(ask(&github, "POST", &run(7, "/cancel"), Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_run_can_end_in_other_ways() {
    let (github, first) = opened().await;
    github.at(API).workflow(staged().by_hand());
    for how in ["timed_out", "startup_failure"] {
        let id = dispatch(&github, how, &first).await;
        if how == "timed_out" {
            github.at(API).move_on(id);
        }
        github.at(API).end(id, how);
        assert_eq!(read(&github, &run(id, "")).await["conclusion"], how);
    }
}

/// The titles of the runs in a list.
async fn titles(github: &crate::sim::github::Github, path: &str) -> Vec<String> {
    let shown = read(github, path).await;
    let runs = shown["workflow_runs"].as_array().unwrap();
    runs.iter().map(|run| run["display_title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_run_stands_in_lists_some_time_after_its_beginning_or_never() {
    let (github, first) = opened().await;
    github.listing_lag(Duration::from_mins(1));
    let id = dispatch(&github, "k1", &first).await;
    github.fail_next("actions/create-workflow-dispatch", Fault::Unlisted);
    let hidden = dispatch(&github, "k2", &first).await;
    let lists =
        ["/repos/acme/api/actions/runs", "/repos/acme/api/actions/workflows/deploy.yml/runs"];
    for list in lists {
        assert_eq!(titles(&github, list).await, [""; 0]);
    }
    assert_eq!(read(&github, &run(id, "")).await["display_title"], "Deploy 42 k1");
    github.skip(Duration::from_mins(1));
    for list in lists {
        assert_eq!(titles(&github, list).await, ["Deploy 42 k1"]);
    }
    assert_eq!(read(&github, &run(hidden, "")).await["display_title"], "Deploy 42 k2");
}

#[tokio::test]
async fn lists_are_asked_for_what_somebody_wants_and_in_pages() {
    let (github, first) = opened().await;
    let at = github.at(API);
    at.workflow(Workflow::testing("ci.yml").by_hand());
    let sha = at.commit("topic", Change::by("ben", "Add pay\n\nmore"));
    at.start("ci.yml", "push", "topic", "ben");
    dispatch(&github, "k1", &first).await;
    github.skip(Duration::from_hours(24));
    dispatch(&github, "k2", &first).await;
    let all = ["Deploy 42 k2", "Deploy 42 k1", "Add pay"];
    let list = "/repos/acme/api/actions/runs";
    assert_eq!(titles(&github, list).await, all);
    let shown = read(&github, list).await;
    let created = |at: usize| shown["workflow_runs"][at]["created_at"].as_str().unwrap();
    let (new, old) = (created(0).to_owned(), created(1).to_owned());
    for (query, expected) in [
        ("event=push", &all[2..]),
        ("branch=main", &all[..2]),
        ("actor=ben", &all[2..]),
        ("status=in_progress", &[]),
        ("status=queued", &all[2..]),
        ("status=success", &all[..2]),
        (&format!("head_sha={sha}"), &all[2..]),
        (&format!("created=%3E%3D{new}"), &all[..1]),
        (&format!("created=%3E{old}"), &all[..1]),
        (&format!("created=%3C{new}"), &all[1..]),
        (&format!("created=%3C%3D{old}"), &all[1..]),
        (&format!("created={old}..{new}"), &all[..]),
        (&format!("created={}", &new[..10]), &all[..1]),
        ("created=2020-01-01..2020-02-01", &[]),
        ("created=2020-01-01..*", &all[..]),
        ("per_page=2", &all[..2]),
        ("per_page=2&page=2", &all[2..]),
        ("per_page=nothing", &all[..]),
    ] {
        assert_eq!(titles(&github, &format!("{list}?{query}")).await, expected, "{query}");
    }
    let answer = get(&github, &format!("{list}?per_page=2&created=%3E2020-01-01")).await;
    assert_eq!(answer.json()["total_count"], 3);
    let next = format!(
        "<{}{list}?created=%3E2020-01-01&page=2&per_page=2>; rel=\"next\"",
        github.api_url()
    );
    assert!(answer.header("link").unwrap().starts_with(&next), "{:?}", answer.header("link"));
    let suite = shown["workflow_runs"][0]["check_suite_id"].clone();
    assert_eq!(titles(&github, &format!("{list}?check_suite_id={suite}")).await, all[..1]);
    let of_ci = "/repos/acme/api/actions/workflows/ci.yml/runs";
    assert_eq!(titles(&github, of_ci).await, all[2..]);
}
