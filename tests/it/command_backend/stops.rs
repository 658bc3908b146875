//! How scripts are stopped, and what they leave behind.

use std::time::Duration;

use tokio::sync::mpsc;

use wilco::backend::{Backend as _, BackendError};
use wilco_core::event::{RunEnd, RunOutcome};
use wilco_core::ids::RunRef;

use super::stage::{Stage, kill, lives, until};

#[tokio::test]
async fn cancel_ends_everything_that_the_script_began() {
    let stage = Stage::new(
        "sh -c 'sleep 300 & echo $! > grandchild; wait' &
         echo $! > child
         timeout 300 sleep 300 & echo $! > other-group
         setsid sleep 300 & echo $! > other-session
         until [ -s grandchild ]; do sleep 0.01; done
         echo ::stage wait; touch ready; wait",
    );
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    let pids: Vec<i32> = ["child", "grandchild", "other-group", "other-session"]
        .iter()
        .map(|name| stage.read(name).trim().parse().unwrap())
        .collect();
    assert!(pids.iter().all(|pid| lives(*pid)));
    stage.backend.cancel(&stage.order).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
    assert_eq!(pids.iter().filter(|pid| lives(**pid)).count(), 0);
    stage.backend.cancel(&stage.order).await.unwrap();
}

#[tokio::test]
async fn a_script_that_takes_too_long_and_will_not_hear_is_killed() {
    let mut stage =
        Stage::new("trap '' TERM; echo $$ > pid; echo begun; while :; do sleep 0.05; done");
    stage.order.timeout = Duration::from_millis(300);
    let run = stage.start().await;
    let (_, outcome) = stage.follow(&run).await;
    assert_eq!(outcome, RunOutcome { end: RunEnd::TimedOut, log_tail: "begun".into() });
    assert!(!lives(stage.read("pid").trim().parse().unwrap()));
}

#[tokio::test]
async fn what_a_script_leaves_behind_is_ended_and_a_daemon_does_not_hold_the_run() {
    let stage = Stage::new(
        "sleep 300 & echo $! > left
         setsid sleep 300 & echo $! > daemon",
    );
    let run = stage.start().await;
    assert_eq!(stage.end(&run).await, RunEnd::Succeeded);
    let pid = |name: &str| stage.read(name).trim().parse::<i32>().unwrap();
    assert!(!lives(pid("left")));
    assert!(lives(pid("daemon")));
    kill(pid("daemon"));
}

#[tokio::test]
async fn a_cancel_before_the_start_wins() {
    let stage = Stage::new("echo ran >> ran");
    stage.backend.cancel(&stage.order).await.unwrap();
    stage.backend.cancel(&stage.order).await.unwrap();
    let refused = stage.backend.start(&stage.order).await;
    assert!(matches!(refused, Err(BackendError::Refused(_))), "{refused:?}");
    let run = stage.backend.find(&stage.order).await.unwrap().unwrap().run;
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn a_run_that_nobody_started_cannot_be_followed() {
    let stage = Stage::new("");
    let (sender, _receiver) = mpsc::channel(1);
    let followed =
        stage.backend.follow(&stage.order, &RunRef::new("nothing").unwrap(), sender).await;
    assert!(matches!(followed, Err(BackendError::Refused(_))), "{followed:?}");
    assert_eq!(stage.backend.find(&stage.order).await, Ok(None));
}
