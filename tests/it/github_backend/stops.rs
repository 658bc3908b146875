//! Runs that GitHub does not stop, and runs of very many jobs.

use wilco::backend::{Backend as _, BackendError};
use wilco_core::event::{RunEnd, RunReport, StageState};

use super::{Scene, deploying};
use crate::sim::github::{End, Fault, Job, Step, Times, Work};

const CANCEL: &str = "actions/cancel-workflow-run";
/// Beside "… that is completed", GitHub says this.
/// <https://github.com/actions/runner/issues/3872>
const NOT_QUEUED: Fault = Fault::Error {
    status: 409,
    message: "Cannot cancel a workflow run that has not been queued yet.",
};

#[tokio::test]
async fn a_run_that_works_is_not_taken_for_stopped_where_github_refuses() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    scene.adapter.start(&order).await.unwrap();
    let run = scene.at().runs_of("42-k1")[0].id;
    while scene.at().runs_of("42-k1")[0].work != Work::Begun {
        scene.at().move_on(run);
    }
    scene.github.fail(CANCEL, NOT_QUEUED, Times::Next(1));
    let cancelled = scene.adapter.cancel(&order).await;
    assert!(matches!(cancelled, Err(BackendError::Unavailable(_))), "{cancelled:?}");
    scene.adapter.cancel(&order).await.unwrap();
    assert_eq!(scene.at().runs_of("42-k1")[0].conclusion.as_deref(), Some("cancelled"));
    scene.adapter.cancel(&order).await.expect("it is over");
}

#[tokio::test]
async fn a_run_that_github_never_queues_is_over_once_nobody_can_have_its_key() {
    let scene = Scene::open().await;
    scene.at().workflow(deploying().by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    scene.github.fail(CANCEL, NOT_QUEUED, Times::Always);
    scene.adapter.cancel(&order).await.unwrap();
    assert_eq!(scene.at().runs_of("42-k1")[0].status, "queued");
    assert_eq!(scene.end(&order, &run).await, RunEnd::Cancelled);
    // Should it come out of the queue after all, it does nothing.
    let id = run.as_str().parse().unwrap();
    while scene.at().runs_of("42-k1")[0].conclusion.is_none() {
        scene.at().move_on(id);
    }
    assert_ne!(scene.at().runs_of("42-k1")[0].work, Work::Begun);
}

#[tokio::test]
async fn the_jobs_of_a_run_are_read_beyond_the_first_hundred() {
    let scene = Scene::open().await;
    let jobs = (0..130).map(|number| {
        let step = Step::named("Do");
        let step = match number {
            120 => step.saying("no space left on device").ending(End::Failure),
            _ => step,
        };
        Job::named(&format!("job {number:03}"), vec![step])
    });
    scene.at().workflow(deploying().doing(jobs.collect()));
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    let (reports, outcome) = scene.follow(&order, &run).await;
    let failed = RunReport::Stage { stage: "job 120: Do".into(), state: StageState::Failed };
    assert!(reports.contains(&failed), "{reports:?}");
    assert!(outcome.log_tail.contains("no space left on device"), "{outcome:?}");
}
