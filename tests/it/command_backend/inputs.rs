//! What reaches a script, and what keeps one from being started.

use std::collections::BTreeMap;
use std::fs;

use wilco::backend::command::CommandBackend;
use wilco::backend::{Backend as _, BackendError};
use wilco_core::catalog::Recipe;
use wilco_core::event::RunEnd;
use wilco_core::ids::ParameterName;

use super::stage::{Stage, mkfifo, until};

const NASTY: &str = "zzz\";echo${IFS}\"hello\";#";

#[tokio::test]
async fn a_value_reaches_the_script_as_one_argument_and_one_variable() {
    let mut stage = Stage::new(
        "{ printf '%s\\n' \"$#\" \"$@\" \"$WILCO_VERSION\" \"$WILCO_DRY_RUN\" \"$WILCO_SERVICE\"; } > got",
    );
    stage.order.release = Some(NASTY.into());
    stage.order.parameters =
        BTreeMap::from([(ParameterName::new("dry-run").unwrap(), format!("{NASTY} $(id) `id`"))]);
    stage.run(&["./script", "{version}", "{parameters.dry-run}", "--key={op_key}", "$HOME", "*"]);
    let run = stage.start().await;
    assert_eq!(stage.end(&run).await, RunEnd::Succeeded);
    let got = stage.read("got");
    let parameter = format!("{NASTY} $(id) `id`");
    let key = format!("--key={run}");
    let expected = ["5", NASTY, &parameter, &key, "$HOME", "*", NASTY, &parameter, "api"];
    assert_eq!(got.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_and_leaves_nothing() {
    let mut stage = Stage::new("echo ran > ran");
    stage.run(&["./script", "{nonsense}"]);
    let refused = stage.backend.start(&stage.order).await;
    assert!(matches!(refused, Err(BackendError::Refused(_))), "{refused:?}");
    assert_eq!(stage.backend.find(&stage.order).await, Ok(None));
    assert!(!stage.run_path().exists());
}

#[tokio::test]
async fn the_environment_is_an_allow_list() {
    // Cargo puts these into the environment of every test.
    let canary = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let mut stage = Stage::new("env > variables; ls -l /proc/self/fd > open; touch ready; cat go");
    mkfifo(&stage.path("go"));
    let Recipe::Command { pass, .. } = &mut stage.order.recipe else { panic!() };
    pass.push("CARGO_PKG_NAME".into());
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    let runner = fs::read(format!("/proc/{}/environ", stage.runner_pid())).unwrap();
    let runner = String::from_utf8(runner).unwrap();
    fs::write(stage.path("go"), "").unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Succeeded);
    let script = stage.read("variables");
    for (seen_by, variables) in [("runner", &runner), ("script", &script)] {
        assert!(!variables.contains("CARGO_MANIFEST_DIR"), "{seen_by}");
        assert!(!variables.contains(&format!("={canary}")), "{seen_by}");
        assert!(variables.contains("CARGO_PKG_NAME=wilco"), "{seen_by}");
        assert!(variables.contains("PATH="), "{seen_by}");
    }
    assert!(script.contains("WILCO_ENVIRONMENT=prod\n"));
    let open = stage.read("open");
    assert!(
        !open.contains("claim") && !open.contains("events") && !open.contains("socket"),
        "{open}"
    );
    let order = fs::read_to_string(stage.run_path().join("order.json")).unwrap();
    assert!(!order.contains("CARGO_PKG_NAME"), "a passed value is not written down: {order}");
}

#[tokio::test]
async fn a_runner_that_cannot_begin_means_that_nothing_was_started() {
    let stage = Stage::new("echo ran >> ran");
    let runs = stage.home.path().join("runs");
    for runner in ["/no/such/wilco", "/bin/false"] {
        let backend = CommandBackend::open(runs.clone(), runner.into()).unwrap();
        let unavailable = backend.start(&stage.order).await;
        assert!(matches!(unavailable, Err(BackendError::Unavailable(_))), "{unavailable:?}");
        assert_eq!(backend.find(&stage.order).await, Ok(None));
    }
    let run = stage.start().await;
    assert_eq!(stage.end(&run).await, RunEnd::Succeeded);
    assert_eq!(stage.read("ran"), "ran\n");
}

#[tokio::test]
async fn a_script_that_changed_since_the_approval_is_not_started() {
    let stage = Stage::new("exit 0");
    stage.write_script("script", "#!/bin/sh\ntouch ran\n");
    let refused = stage.backend.start(&stage.order).await;
    assert!(matches!(&refused, Err(BackendError::Refused(reason)) if reason.contains("approved")));
    assert_eq!(stage.backend.find(&stage.order).await, Ok(None));
    assert!(!stage.path("ran").exists());
}
