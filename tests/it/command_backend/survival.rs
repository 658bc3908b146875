//! What survives the death of wilco and of a runner.

use std::fs;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::timeout;

use wilco::backend::Backend as _;
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};

use super::stage::{Stage, kill, lives, mkfifo, numbered, session, stage_report, until};

#[tokio::test]
async fn one_key_runs_once_however_often_it_is_started() {
    let stage = Stage::new("echo ran >> ran; touch ready; cat go");
    mkfifo(&stage.path("go"));
    let other = stage.another_backend();
    let starts = (0..8).map(|number| {
        let backend = if number % 2 == 0 { stage.backend.clone() } else { other.clone() };
        let order = stage.order.clone();
        tokio::spawn(async move { backend.start(&order).await })
    });
    let mut runs = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        runs.push(start.await.unwrap().unwrap().run);
    }
    assert!(runs.iter().all(|run| run.as_str() == stage.order.op_key.as_str()));
    until("the script has begun", || stage.path("ready").exists()).await;
    fs::write(stage.path("go"), "").unwrap();
    assert_eq!(stage.end(&runs[0]).await, RunEnd::Succeeded);
    assert_eq!(stage.start().await, runs[0]);
    assert_eq!(stage.read("ran"), "ran\n");
}

#[tokio::test]
async fn a_restarted_wilco_finds_the_run_and_hears_the_same_reports() {
    let stage = Stage::new("echo ::stage one; touch ready; cat go; echo ::stage two; exit 3");
    mkfifo(&stage.path("go"));
    let (backend, order) = (stage.backend.clone(), stage.order.clone());
    // The runtime that started the run is gone before the run is followed.
    let start = move || Runtime::new().unwrap().block_on(backend.start(&order)).unwrap();
    let begun = std::thread::spawn(start).join().unwrap();
    let run = begun.run.clone();
    until("the script has begun", || stage.path("ready").exists()).await;
    let runner = stage.runner_pid();
    assert_eq!(session(runner), runner, "what ends our session must not end the runner");
    let restarted = stage.another_backend();
    assert_eq!(restarted.find(&stage.order).await, Ok(Some(begun)));
    let during = tokio::spawn({
        let (restarted, order, run) = (restarted.clone(), stage.order.clone(), run.clone());
        async move { numbered(&restarted, (&order, &run)).await }
    });
    fs::write(stage.path("go"), "").unwrap();
    let during = during.await.unwrap();
    let after = numbered(&restarted, (&stage.order, &run)).await;
    assert_eq!(during, after);
    let numbers: Vec<u64> = after.iter().map(|report| report.number).collect();
    assert_eq!(numbers, (0..6).collect::<Vec<_>>());
    let Some(RunReport::Ended { outcome }) = after.last().map(|last| &last.report) else {
        panic!("{after:?}")
    };
    assert_eq!(outcome.end, RunEnd::Failed { status: 3 });
}

#[tokio::test]
async fn a_run_whose_runner_died_is_lost_only_when_its_script_is_over() {
    // Its standard input is not what tells that it lives.
    let stage = Stage::new(
        "exec </dev/null; echo ran >> ran; echo ::stage one; echo $$ > pid; touch ready; cat go",
    );
    mkfifo(&stage.path("go"));
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    let (sender, mut receiver) = mpsc::channel(8);
    let (backend, followed) = (stage.another_backend(), run.clone());
    let order = stage.order.clone();
    tokio::spawn(async move { backend.follow(&order, &followed, sender).await });
    let mut next = async || receiver.recv().await.map(|next| (next.number, next.report));
    assert_eq!(next().await, Some((0, RunReport::Started { run: run.clone() })));
    assert_eq!(next().await, Some((1, stage_report("one", StageState::Running))));
    kill(stage.runner_pid());
    let early = timeout(Duration::from_millis(500), next()).await;
    assert!(early.is_err(), "the script still runs: {early:?}");
    assert_eq!(stage.start().await, run);
    assert!(lives(stage.read("pid").trim().parse().unwrap()));
    fs::write(stage.path("go"), "").unwrap();
    let outcome = RunOutcome { end: RunEnd::Lost, log_tail: String::new() };
    assert_eq!(next().await, Some((2, RunReport::Ended { outcome })));
    assert_eq!(stage.start().await, run);
    assert_eq!(stage.end(&run).await, RunEnd::Lost);
    assert_eq!(stage.read("ran"), "ran\n");
}

#[tokio::test]
async fn a_daemon_does_not_hold_a_run_whose_runner_died() {
    let stage = Stage::new("setsid sleep 300 & echo $! > daemon; touch ready; cat go");
    mkfifo(&stage.path("go"));
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    until("its process is noted", || stage.run_path().join("script.json").exists()).await;
    kill(stage.runner_pid());
    fs::write(stage.path("go"), "").unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Lost);
    let daemon = stage.read("daemon").trim().parse().unwrap();
    assert!(lives(daemon));
    kill(daemon);
}

#[tokio::test]
async fn a_script_whose_runner_died_can_still_be_cancelled() {
    let stage =
        Stage::new("trap '' TERM; echo $$ > pid; touch ready; while :; do sleep 0.05; done");
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    until("its process is noted", || stage.run_path().join("script.json").exists()).await;
    kill(stage.runner_pid());
    stage.backend.cancel(&stage.order).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Lost);
    assert!(!lives(stage.read("pid").trim().parse().unwrap()));
}
