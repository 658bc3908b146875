//! Webhooks make following a run quicker, and decide nothing: late, twice, out of order, forged, or never.

use std::sync::Arc;
use std::time::Duration;

use wilco::backend::Backend;
use wilco::clock::Clock;
use wilco::delivery::Accepted;
use wilco::http::body::BodyLimits;
use wilco::http::github::{Called, Hooks, PATH, router};
use wilco::http::signed::Key;
use wilco::http::tally::{Ended, Tally};
use wilco::http::{Limits, Server};
use wilco_core::event::RunEnd;

use super::{Scene, deploying};
use crate::sim::github::{Forgery, Github, Mishap};

const SECRET: &str = "of the webhook";

/// The last request of a look at a run.
const LOOK: &str = "actions/list-jobs-for-workflow-run-attempt";

/// So few calls are left that a run by itself is asked about every two minutes, which no test waits for.
const FEW: u64 = 400;

/// A server to which GitHub tells what happens there.
fn listening(scene: &Scene) -> (Server, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    let hooks = Hooks {
        key: Key::new(SECRET).unwrap(),
        clock: Clock::System,
        limits: BodyLimits::default(),
        tally: Arc::clone(&tally),
    };
    let hurry = scene.adapter.hurry();
    let sink = move |called: Called| {
        called.run.iter().for_each(|run| hurry.look_at(run));
        async { Ok(Accepted::Applied) }
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(listener, router(hooks, sink), Limits::default()).unwrap();
    scene.github.hook(&format!("http://{}{PATH}", server.address()), SECRET);
    (server, tally)
}

#[tokio::test]
async fn a_run_of_which_github_tells_is_looked_at_at_once() {
    let scene = Scene::open().await;
    scene.github.requests_an_hour(FEW);
    scene.at().workflow(deploying().by_hand());
    let (_server, tally) = listening(&scene);
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    // It goes on once wilco has looked at it, which is not to look again by itself for two minutes.
    let goes_on = async {
        let looked = |github: &Github| github.calls(LOOK).pop();
        scene.github.until("a look", looked).await;
        for _ in 0..4 {
            scene.at().move_on(run.as_str().parse().unwrap());
        }
    };
    let (end, ()) = tokio::join!(scene.end(&order, &run), goes_on);
    assert_eq!(end, RunEnd::Succeeded);
    assert!(tally.of(Ended::Taken) > 1, "{tally:?}");
}

#[tokio::test]
async fn webhooks_that_come_late_twice_and_out_of_order_change_nothing_about_the_end() {
    let scene = Scene::open().await;
    scene.github.requests_an_hour(FEW);
    let (_server, tally) = listening(&scene);
    scene.github.mishap_next("workflow_job", Mishap::Twice);
    scene.github.mishap_next("workflow_job", Mishap::Never);
    scene.github.mishap_next("workflow_run", Mishap::Late(Duration::from_millis(200)));
    scene.github.reorder_next(2);
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    assert_eq!(scene.end(&order, &run).await, RunEnd::Succeeded);
    scene.github.await_deliveries().await;
    assert!(tally.of(Ended::Repeated) >= 1, "{tally:?}");
}

#[tokio::test]
async fn what_github_did_not_sign_hurries_nobody() {
    let scene = Scene::open().await;
    let (_server, tally) = listening(&scene);
    scene.github.await_deliveries().await;
    let ping = scene.github.deliveries().remove(0);
    assert_eq!((ping.event, ping.answers), ("ping", vec![Some(202)]));
    for forgery in
        [Forgery::Unsigned, Forgery::WrongSignature, Forgery::OtherSecret, Forgery::AnotherBody]
    {
        assert_eq!(scene.github.forge(&ping.id, forgery).await, Some(401), "{forgery:?}");
    }
    assert_eq!(scene.github.redeliver(&ping.id).await, Some(202));
    assert_eq!((tally.of(Ended::Unsigned), tally.of(Ended::Repeated)), (4, 1));
}
