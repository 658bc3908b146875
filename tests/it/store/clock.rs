//! A clock that was wrong once: facts in the future are said aloud, and nothing waits for them in vain.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::record::Record;
use wilco::schedule;

const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// Leaves something that waits, and then a fact from a hundred years on.
async fn wrong_once(data: &Path) -> wilco_core::ids::DeploymentId {
    let mut record = Record::open(data).await;
    let waiting = record.ask("deploy web to prod", 'a').await;
    record.clock.advance(100 * YEAR_MS);
    record.say("eve", "deploy web to prod").await;
    record.close().await;
    waiting
}

#[tokio::test]
async fn what_expires_does_so_by_the_time_of_the_newest_fact() {
    let data = tempfile::tempdir().unwrap();
    let waiting = wrong_once(data.path()).await;
    // The clock is right again, and stands still.
    let record = Record::open_again(data.path()).await;
    let (deliveries, reader) = (record.deliveries.clone(), record.reader.clone());
    let schedule = tokio::spawn(schedule::run(deliveries, reader, record.clock.clone()));
    let mut activity = record.deliveries.activity();
    let expired = activity.wait_for(|activity| activity.deadline.is_none());
    tokio::time::timeout(Duration::from_secs(20), expired).await.expect("it expires").unwrap();
    assert!(record.reader.deployment(waiting).await.unwrap().unwrap().is_over());
    drop(activity);
    schedule.abort();
    assert!(schedule.await.unwrap_err().is_cancelled());
    record.close().await;
}

#[tokio::test]
async fn a_record_from_the_future_is_said_aloud() {
    let data = tempfile::tempdir().unwrap();
    wrong_once(data.path()).await;
    let wilco = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).arg(data.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    };
    let (out, _, code) = wilco(&["check", "--offline", "--data"]);
    assert_eq!(code, 1, "{out}");
    assert!(
        out.contains("wrong  record") && out.contains("later than this machine's clock"),
        "{out}"
    );
    assert!(out.contains("wait for that or restore a backup"), "{out}");
    let (_, err, code) = wilco(&["demo", "--data"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("ERROR") && err.contains("later than this machine's clock"), "{err}");
}
