//! What a run did while wilco was away, and what of it could not be recorded at first.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use wilco::app::App;
use wilco::backend::command::CommandBackend;
use wilco::backend::command::run_directory::{End, RunDirectory, now};
use wilco::chat::console::Console;
use wilco::delivery::{Accepted, Activity};
use wilco::witness::Witness;
use wilco_core::deployment::{Deployment, Outcome};
use wilco_core::ids::DeploymentId;
use wilco_core::time::Duration;

use super::ending::Ending;
use super::life::{options, say, wait_for};
use super::premises::{Premises, commit};
use crate::store::record::change;
use crate::wait::{until, until_seen};

/// Far longer than a report takes to arrive, so that the one time cannot be taken for the other.
const AWAY: Duration = Duration::seconds(1);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_did_while_wilco_was_away_has_the_runs_own_times() {
    let premises = gated();
    let app = start(&premises).await;
    deploy(&app).await;
    wait_for(&app, 1, |deployment| {
        deployment.run.as_ref().is_some_and(|run| !run.stages.is_empty())
    })
    .await;
    app.stop().await;
    let_go(&premises, 1);
    premises.wait_for_runners();
    let end = run_of(&premises).end().unwrap().unwrap().at.unwrap();
    until("wilco was away for a while", || now().since(end) >= AWAY);
    let app = start(&premises).await;
    wait_for(&app, 1, Deployment::is_over).await;
    let over = app.reader.deployment(DeploymentId(1)).await.unwrap().unwrap();
    assert_eq!((over.outcome(), over.ended_at), (Some(Outcome::Succeeded), Some(end)));
    let stages = over.run.unwrap().stages;
    assert_eq!(stages.len(), 2);
    assert!(stages.iter().all(|stage| stage.ended_at.unwrap() <= end), "{stages:?}");
    // Before the restart it was live already.
    let (service, environment) = (&over.service, &over.environment);
    let live = app.reader.live_at(service, environment, end).await.unwrap().unwrap();
    assert_eq!((live.deployment, live.ended_at), (over.id, Some(end)));
    app.deliveries.activity().wait_for(Activity::is_at_rest).await.unwrap();
    app.stop().await;
    assert_eq!(Ending::of(&premises, &[]).await.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_whose_number_was_used_before_a_power_cut_is_heard_once() {
    let premises = gated();
    let app = start(&premises).await;
    deploy(&app).await;
    wait_for(&app, 1, |deployment| {
        deployment.run.as_ref().is_some_and(|run| !run.stages.is_empty())
    })
    .await;
    app.stop().await;
    let_go(&premises, 1);
    premises.wait_for_runners();
    // As if the lines of reports that wilco had heard were gone when the runner counted on.
    let run = run_of(&premises);
    let end = run.end().unwrap().unwrap();
    fs::write(run.events_path(), "").unwrap();
    run.write_end(&End { number: 0, ..end }).unwrap();
    for _ in 0..2 {
        let app = start(&premises).await;
        wait_for(&app, 1, Deployment::is_over).await;
        let facts = app.reader.facts_of(DeploymentId(1)).await.unwrap();
        let ends = facts.iter().filter(|recorded| recorded.fact.kind() == "run_ended");
        assert_eq!(ends.count(), 1);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_kept_aside_is_told_again() {
    let premises = gated();
    let app = start(&premises).await;
    refuse_ends(&premises).await;
    deploy(&app).await;
    let_go(&premises, 1);
    wait_for_aside(&app, 1).await;
    change(&premises.database(), "drop trigger refuse").await.unwrap();
    wait_for(&app, 1, Deployment::is_over).await;
    let over = app.reader.deployment(DeploymentId(1)).await.unwrap().unwrap();
    assert_eq!(over.outcome(), Some(Outcome::Succeeded));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_kept_aside_too_often_is_told_again_after_the_next_start() {
    let premises = gated();
    let app = start(&premises).await;
    let tries =
        options(&premises, backend(&premises), console(), Witness::default()).patience.tries;
    refuse_ends(&premises).await;
    deploy(&app).await;
    let_go(&premises, 1);
    wait_for_aside(&app, u64::from(tries)).await;
    app.stop().await;
    change(&premises.database(), "drop trigger refuse").await.unwrap();
    let app = start(&premises).await;
    wait_for(&app, 1, Deployment::is_over).await;
    let over = app.reader.deployment(DeploymentId(1)).await.unwrap().unwrap();
    assert_eq!(over.outcome(), Some(Outcome::Succeeded));
    assert_eq!(app.reader.aside().await.unwrap(), u64::from(tries));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_runs_are_removed_once_their_end_is_on_record() {
    let premises = gated();
    let app = start(&premises).await;
    let request = async |number: u64, lane: &str| {
        let words = format!("deploy {lane} to staging");
        let words = words.replace(" to", &format!("@{} to", commit(number)));
        say(&app, "ana", &words, format!("words/{number}")).await;
        wait_for(&app, number, |deployment| deployment.run.is_some()).await;
        let deployment = app.reader.deployment(DeploymentId(number)).await.unwrap().unwrap();
        premises.data().join("runs").join(deployment.run.unwrap().op_key.as_str())
    };
    let first = request(1, "api").await;
    let_go(&premises, 1);
    wait_for(&app, 1, Deployment::is_over).await;
    let goes_on = request(2, "web").await;
    until("it goes on", || goes_on.join("claim").exists());
    assert!(first.exists(), "there are few");
    // Newer ones than any that is on record, so that nothing of them is known here.
    let strange: Vec<_> = (1000..1200)
        .map(|number| premises.data().join("runs").join(format!("{number}-strange")))
        .collect();
    for run in &strange {
        fs::create_dir(run).unwrap();
    }
    let older = premises.data().join("runs/3-of-another-record");
    fs::create_dir(&older).unwrap();
    let last = request(3, "api").await;
    let_go(&premises, 3);
    until("the old ones are removed", || !first.exists() && !last.exists());
    assert!(goes_on.exists() && older.exists() && strange.iter().all(|run| run.exists()));
    let_go(&premises, 2);
    wait_for(&app, 2, Deployment::is_over).await;
    until("it is over", || !goes_on.exists());
    app.stop().await;
}

/// Returns premises whose script waits until the file `go-NUMBER` is there for its deployment.
fn gated() -> Premises {
    let premises = Premises::new("0");
    let script = premises.config().join("pipelines/deploy.sh");
    let text = fs::read_to_string(&script).unwrap();
    let waits = text.replace("sleep \"$3\"", "until [ -e \"${0%/*}/go-$1\" ]; do sleep 0.01; done");
    assert_ne!(text, waits);
    fs::write(&script, waits).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    premises
}

fn backend(premises: &Premises) -> Arc<CommandBackend> {
    let runner = env!("CARGO_BIN_EXE_wilco").into();
    Arc::new(CommandBackend::open(premises.data().join("runs"), runner).unwrap())
}

fn console() -> Console {
    Console::plain("deploys", std::io::sink())
}

async fn start(premises: &Premises) -> App {
    App::start(options(premises, backend(premises), console(), Witness::default())).await.unwrap()
}

fn let_go(premises: &Premises, deployment: u64) {
    fs::write(premises.config().join(format!("pipelines/go-{deployment}")), "").unwrap();
}

async fn deploy(app: &App) {
    let words = format!("deploy api@{} to staging", commit(1));
    assert_eq!(say(app, "ana", &words, "words".into()).await, Accepted::Applied);
}

/// Lets the store refuse every fact that says that a run ended.
async fn refuse_ends(premises: &Premises) {
    let trigger = "create trigger refuse before insert on fact when new.kind = 'run_ended'
                   begin select raise(abort, 'the test refuses this row'); end";
    change(&premises.database(), trigger).await.unwrap();
}

async fn wait_for_aside(app: &App, many: u64) {
    until_seen("it is kept aside", async || {
        (app.reader.aside().await.unwrap() >= many).then_some(())
    })
    .await;
}

fn run_of(premises: &Premises) -> RunDirectory {
    let runs = fs::read_dir(premises.data().join("runs")).unwrap();
    let mut paths = runs.map(|run| run.unwrap().path());
    let path: Box<Path> = paths.next().unwrap().into();
    assert!(paths.next().is_none());
    RunDirectory::new(path.into())
}
