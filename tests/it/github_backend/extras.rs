//! What a pipeline may ask for besides its run: that GitHub's own pages show it, and that wilco approves what waits.

use wilco::backend::{Backend, StartOrder};
use wilco_core::catalog::Recipe;
use wilco_core::event::{RunEnd, RunReport, StageState};
use wilco_core::ids::RunRef;

use super::{Scene, deploying, with_extras};
use crate::sim::github::{BOT, End, Fault, Job, Review, Step, Times};

const CREATE: &str = "repos/create-deployment";
const SAY: &str = "repos/create-deployment-status";
const APPROVE: &str = "actions/review-pending-deployments-for-run";

impl Scene {
    /// What is ordered with such a recipe, and its run.
    async fn started(&self, key: &str, recipe: Recipe) -> (StartOrder, RunRef) {
        let lookup = wilco::backend::Lookup { recipe: recipe.clone(), ..Self::lookup(None) };
        let fingerprint = self.adapter.fingerprint(&self.first, &lookup).await.unwrap();
        let order = StartOrder { recipe, fingerprint, ..self.order(key, &self.first).await };
        let run = self.adapter.start(&order).await.unwrap().run;
        (order, run)
    }

    /// What GitHub's pages show: for each deployment its states in order.
    fn pages(&self) -> Vec<Vec<String>> {
        let states = |one: &crate::sim::github::Deployment| {
            one.statuses.iter().map(|status| status.state.clone()).collect()
        };
        self.at().deployments().iter().map(states).collect()
    }
}

#[tokio::test]
async fn githubs_own_pages_tell_what_became_of_a_deployment() {
    for (step, end, last) in [
        (Step::named("Ship"), RunEnd::Succeeded, "success"),
        (Step::named("Ship").ending(End::Failure), RunEnd::Failed { status: 1 }, "failure"),
    ] {
        let scene = Scene::open().await;
        scene.at().workflow(deploying().doing(vec![Job::named("deploy", vec![step])]));
        let (order, run) = scene.started("42-k1", with_extras(Some("production"), &[])).await;
        assert_eq!(scene.end(&order, &run).await, end);
        assert_eq!(scene.pages(), [["in_progress", last]]);
        let deployments = scene.at().deployments();
        let shown = &deployments[0];
        assert_eq!((&*shown.sha, &*shown.environment), (scene.first.as_str(), "production"));
        assert_eq!(shown.payload["op_key"], "42-k1");
        for status in &shown.statuses {
            assert_eq!(status.description, "wilco #42: api to prod");
            assert!(status.log_url.contains(&format!("/actions/runs/{run}")), "{}", status.log_url);
        }
        // A wilco that follows it again, as after a crash, finds what is there and says nothing twice.
        assert_eq!(scene.end(&order, &run).await, end);
        assert_eq!(scene.pages(), [["in_progress", last]]);
        assert_eq!((scene.github.calls(CREATE).len(), scene.github.refused_requests()), (1, 0));
    }
}

#[tokio::test]
async fn without_the_key_githubs_pages_are_left_alone() {
    let scene = Scene::open().await;
    let (order, run) = scene.started("42-k1", with_extras(None, &[])).await;
    assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded);
    assert_eq!(scene.pages().len(), 0);
}

#[tokio::test]
async fn whatever_githubs_pages_do_the_end_is_the_same_and_nothing_is_shown_twice() {
    for operation in [CREATE, SAY] {
        for (fault, times, is_whole) in [
            (Fault::ServerErrorAfterEffect(502), Times::Next(1), true),
            (Fault::ConnectionCutAfterEffect, Times::Next(1), true),
            (Fault::GarbledAnswer, Times::Next(1), true),
            (Fault::ServerErrorBefore(502), Times::Next(1), true),
            (Fault::Error { status: 409, message: "Conflict" }, Times::Next(1), true),
            (
                Fault::Error { status: 403, message: "Resource not accessible" },
                Times::Always,
                false,
            ),
            (Fault::ServerErrorBefore(500), Times::Always, false),
        ] {
            let scene = Scene::open().await;
            scene.github.fail(operation, fault.clone(), times);
            let (order, run) = scene.started("42-k1", with_extras(Some("production"), &[])).await;
            assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded, "{operation} {fault:?}");
            let pages = scene.pages();
            assert!(pages.len() <= 1, "{operation} {fault:?}: {pages:?}");
            if is_whole {
                assert_eq!(pages[0].last().unwrap(), "success", "{operation} {fault:?}: {pages:?}");
                let once = |state: &str| pages[0].iter().filter(|said| *said == state).count() <= 1;
                assert!(once("in_progress") && once("success"), "{operation} {fault:?}: {pages:?}");
            }
            assert!(scene.github.calls(operation).len() <= 6, "{operation} {fault:?}: bounded");
        }
    }
}

/// A workflow whose first job claims the key, and whose second waits for an environment.
fn waiting() -> crate::sim::github::Workflow {
    let ship = Job::named("ship", vec![Step::named("Ship")]).into("production");
    deploying().doing(vec![Job::named("claim", vec![]), ship])
}

fn review(state: StageState) -> RunReport {
    RunReport::Stage { stage: "GitHub review: production".into(), state }
}

#[tokio::test]
async fn an_environment_that_the_configuration_names_is_approved_once() {
    let scene = Scene::open().await;
    scene.at().environment("production", &[BOT]);
    scene.at().workflow(waiting());
    let (order, run) = scene.started("42-k1", with_extras(None, &["production"])).await;
    let (reports, outcome) = scene.follow(&order, &run).await;
    assert_eq!(outcome.end, RunEnd::Succeeded);
    assert!(reports.contains(&review(StageState::Running)), "{reports:?}");
    assert!(reports.contains(&review(StageState::Succeeded)), "{reports:?}");
    let calls = scene.github.calls(APPROVE);
    assert_eq!(calls.len(), 1);
    let comment = format!("wilco #42 was approved in chat for {}", scene.first);
    assert!(format!("{calls:?}").contains(&comment), "{calls:?}");
}

/// Follows a run until it is said that it waits for a review.
async fn until_it_waits(scene: &Scene, order: &StartOrder, run: &RunRef) {
    let (sender, mut reports) = tokio::sync::mpsc::channel(64);
    let following = scene.adapter.follow(order, run, sender);
    let until_told = async {
        while let Some(numbered) = reports.recv().await {
            if numbered.report == review(StageState::Running) {
                break;
            }
        }
        reports.close();
    };
    let (followed, ()) = tokio::join!(following, until_told);
    followed.unwrap();
}

#[tokio::test]
async fn what_wilco_is_not_to_approve_waits_for_people_on_github_and_the_card_says_so() {
    for (reviewer, named) in [(BOT, &[][..]), (BOT, &["staging"]), ("mina", &["production"])] {
        let scene = Scene::open().await;
        scene.at().environment("production", &[reviewer]);
        scene.at().workflow(waiting());
        let (order, run) = scene.started("42-k1", with_extras(None, named)).await;
        until_it_waits(&scene, &order, &run).await;
        assert_eq!(scene.github.calls(APPROVE).len(), 0, "{reviewer} {named:?}");
        scene.at().review(run.as_str().parse().unwrap(), Review::Approved);
        assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded, "{reviewer} {named:?}");
    }
}

#[tokio::test]
async fn a_run_that_did_not_prove_its_commit_is_approved_by_nobody_but_people() {
    for single in [true, false] {
        let scene = Scene::open().await;
        scene.at().environment("production", &[BOT]);
        let ship = Job::named("ship", vec![Step::named("Ship")]).into("production");
        // In the first job nothing is claimed by then; in the other workflow it is for another commit.
        scene.at().workflow(if single { deploying().doing(vec![ship]) } else { waiting() });
        let other =
            scene.at().commit("main", crate::sim::github::Change::by("eve", "Not approved"));
        if !single {
            let fault = Fault::OtherCommit(other);
            scene.github.fail_next("actions/create-workflow-dispatch", fault);
        }
        let (order, run) = scene.started("42-k1", with_extras(None, &["production"])).await;
        until_it_waits(&scene, &order, &run).await;
        assert_eq!(scene.github.calls(APPROVE).len(), 0, "single job: {single}");
    }
}
