//! Runs of workflows: each is started once, followed to its end, stopped, and for the sealed commit.

use std::time::Duration;

use wilco::backend::{Backend, BackendError};
use wilco_core::event::{RunEnd, RunReport, StageState};

use super::{FILE, Scene, WORKFLOW_PATH, commit, deploying};
use crate::sim::github::{Change, Dispatch, End, Fault, Job, Rerun, Server, Step, Work, Workflow};

#[tokio::test]
async fn a_run_is_for_the_sealed_commit_and_reports_its_steps() {
    let scene = Scene::open().await;
    let steps = vec![Step::named("Build"), Step::named("Ship")];
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", steps)]));
    let sealed = scene.first.clone();
    scene.at().commit("main", Change::by("ben", "Later"));
    let order = scene.order("42-k1", &sealed).await;
    let begun = scene.adapter.start(&order).await.unwrap();
    let runs = scene.at().runs_of("42-k1");
    let [run] = &runs[..] else { panic!("{runs:?}") };
    assert_eq!((run.id.to_string(), &*run.commit), (begun.run.to_string(), sealed.as_str()));
    assert_eq!(run.inputs["version"], "v1.4.2");
    assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, begun.run);
    let (reports, outcome) = scene.follow(&order, &begun.run).await;
    assert_eq!(outcome.end, RunEnd::Succeeded);
    assert!(reports.contains(&RunReport::Working { commit: sealed }), "{reports:?}");
    for name in ["Build", "Ship"] {
        let stage = RunReport::Stage { stage: name.into(), state: StageState::Succeeded };
        assert!(reports.contains(&stage), "{name} in {reports:?}");
    }
    // Following it again reports the same under the same numbers.
    let again = scene.numbered(&order, &begun.run).await;
    assert_eq!(again, scene.numbered(&order, &begun.run).await);
}

#[tokio::test]
async fn a_failed_run_says_where_and_shows_the_end_of_its_log() {
    let scene = Scene::open().await;
    let steps = vec![
        Step::named("Build"),
        Step::named("Ship").ending(End::Failure).saying("no space left \u{1b}[31mon device"),
    ];
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", steps)]));
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let (reports, outcome) = scene.follow(&order, &run).await;
    assert_eq!(outcome.end, RunEnd::Failed { status: 1 });
    assert!(outcome.log_tail.contains("no space left on device"), "{}", outcome.log_tail);
    let stage = RunReport::Stage { stage: "Ship".into(), state: StageState::Failed };
    assert!(reports.contains(&stage), "{reports:?}");
}

#[tokio::test]
async fn a_server_that_cannot_say_which_run_it_began_has_it_looked_for() {
    let scene = Scene::open().await;
    scene.github.server(Server::BeforeRunDetails);
    let order = scene.order("42-k1", &scene.first).await;
    let begun = scene.adapter.start(&order).await.unwrap();
    let runs = scene.at().runs_of("42-k1");
    assert_eq!((runs.len(), runs[0].id.to_string()), (1, begun.run.to_string()));
    assert_eq!(scene.end(&order, &begun.run).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn what_cannot_be_started_is_refused_with_what_to_do() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    let refusal = async || match scene.adapter.start(&order).await {
        Err(BackendError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    };
    scene.at().workflow(Workflow { dispatch: Dispatch::Missing, ..deploying() });
    let reason = refusal().await;
    assert!(reason.contains("workflow_dispatch"), "{reason}");
    scene.at().remove_workflow(FILE);
    let reason = refusal().await;
    assert!(reason.contains("no workflow deploy.yml in acme/api that wilco may start"), "{reason}");
    let gone = Change::by("ana", "Remove it").with("removed", WORKFLOW_PATH, "");
    scene.at().commit("main", gone);
    let reason = refusal().await;
    assert!(reason.contains("no .github/workflows/deploy.yml on `main` of acme/api"), "{reason}");
    assert_eq!(scene.at().runs_of("42-k1").len(), 0);
}

#[tokio::test]
async fn a_workflow_that_changed_since_the_approval_is_not_started() {
    let scene = Scene::open().await;
    let order = scene.order("42-k1", &scene.first).await;
    scene.at().workflow(deploying().doing(vec![Job::named("other", vec![Step::named("Else")])]));
    let changed = Change::by("eve", "Change it").with("modified", WORKFLOW_PATH, "on: push");
    scene.at().commit("main", changed);
    let Err(BackendError::Refused(reason)) = scene.adapter.start(&order).await else { panic!() };
    assert!(reason.contains("not the one that was approved"), "{reason}");
    assert_eq!((scene.github.dispatches(), scene.at().runs_of("42-k1").len()), (0, 0));
}

#[tokio::test]
async fn a_run_is_stopped_and_one_that_did_not_begin_never_will() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    scene.adapter.cancel(&order).await.unwrap();
    scene.adapter.cancel(&order).await.unwrap();
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);

    scene.at().workflow(deploying());
    let never = scene.order("43-k2", &scene.first).await;
    scene.adapter.cancel(&never).await.unwrap();
    let found = scene.adapter.find(&never).await.unwrap().unwrap();
    assert_eq!(scene.end(&never, &found.run).await, RunEnd::Cancelled);
    // A start that comes late does nothing: its key is claimed.
    let late = scene.adapter.start(&never).await.unwrap().run;
    assert_ne!(scene.end(&never, &late).await, RunEnd::Succeeded);
    assert!(scene.at().runs_of("43-k2").iter().all(|run| run.work != Work::Begun));
}

#[tokio::test]
async fn a_run_for_another_commit_says_so_itself() {
    let scene = Scene::open().await;
    let other = scene.at().commit("main", Change::by("eve", "Not approved"));
    let order = scene.order("42-k1", &scene.first).await;
    scene.github.fail_next("actions/create-workflow-dispatch", Fault::OtherCommit(other.clone()));
    let run = scene.adapter.start(&order).await.unwrap().run;
    let (reports, _) = scene.follow(&order, &run).await;
    assert!(reports.contains(&RunReport::Working { commit: commit(&other) }), "{reports:?}");
}

#[tokio::test]
async fn a_commit_from_before_a_workflow_changed_is_deployed_and_stopped_like_any_other() {
    let scene = Scene::open().await;
    let other =
        Change::by("ana", "Test, too").with("added", ".github/workflows/ci.yml", "on: push");
    scene.at().commit("main", other);
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let (reports, outcome) = scene.follow(&order, &run).await;
    assert_eq!(outcome.end, RunEnd::Succeeded);
    assert!(reports.contains(&RunReport::Working { commit: scene.first.clone() }), "{reports:?}");

    let never = scene.order("43-k2", &scene.first).await;
    scene.adapter.cancel(&never).await.unwrap();
    let late = scene.adapter.start(&never).await.unwrap().run;
    assert_ne!(scene.end(&never, &late).await, RunEnd::Succeeded);
}

#[tokio::test]
async fn what_somebody_re_runs_does_nothing_and_ends_as_it_ended_before() {
    for (what, end, expected) in [
        (Rerun::WhatFailed, End::Failure, RunEnd::Failed { status: 1 }),
        (Rerun::Everything, End::Failure, RunEnd::Failed { status: 1 }),
        (Rerun::Everything, End::Success, RunEnd::Succeeded),
    ] {
        let scene = Scene::open().await;
        let ship = Step::named("Ship").ending(end).saying("no space left on device");
        let jobs = vec![Job::named("claim", vec![]), Job::named("deploy", vec![ship])];
        scene.at().workflow(deploying().doing(jobs));
        let order = scene.order("42-k1", &scene.first).await;
        let run = scene.adapter.start(&order).await.unwrap().run;
        scene.at().rerun(run.as_str().parse().unwrap(), what);
        let (reports, outcome) = scene.follow(&order, &run).await;
        assert_eq!(outcome.end, expected, "{what:?}");
        assert_eq!(outcome.log_tail.contains("no space left"), end == End::Failure, "{what:?}");
        let state = match end {
            End::Failure => StageState::Failed,
            End::Success | End::FailureThatIsIgnored => StageState::Succeeded,
        };
        let stage = RunReport::Stage { stage: "deploy: Ship".into(), state };
        assert!(reports.contains(&stage), "{what:?}: {reports:?}");
    }
}

#[tokio::test]
async fn a_claim_that_names_a_run_of_something_else_is_no_claim() {
    let scene = Scene::open().await;
    scene.at().workflow(Workflow::testing("ci.yml"));
    let green = scene.at().start("ci.yml", "push", "main", "eve");
    let other = scene.order("41-k0", &scene.first).await;
    let other = scene.adapter.start(&other).await.unwrap().run;
    for (key, foreign) in [("42-k1", green.to_string()), ("43-k2", other.to_string())] {
        let order = scene.order(key, &scene.first).await;
        scene.at().claimed_by(key, &format!("run {foreign} commit {}", scene.first));
        let run = scene.adapter.start(&order).await.unwrap().run;
        assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, run);
        assert_eq!(scene.end(&order, &run).await, RunEnd::Failed { status: 1 });
    }
}

#[tokio::test]
async fn a_workflow_that_claims_no_key_is_no_success() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().without_fence());
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let RunEnd::NotRunnable { reason } = scene.end(&order, &run).await else { panic!() };
    assert!(reason.contains("wilco github workflow"), "{reason}");
}

#[tokio::test]
async fn a_run_that_takes_longer_than_it_may_is_stopped() {
    let scene = Scene::open().await;
    let slow = Step::named("Ship").taking(Duration::from_hours(5));
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", vec![slow])]));
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    scene.github.skip(Duration::from_mins(31));
    assert_eq!(scene.end(&order, &run).await, RunEnd::TimedOut);
}
