//! Runs of very many jobs.

use wilco::backend::Backend as _;
use wilco_core::event::{RunReport, StageState};

use super::{Scene, deploying};
use crate::sim::github::{End, Job, Step};

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
