//! What a run reports, and what is kept of its output.

use std::fs;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use wilco::backend::Backend as _;
use wilco_core::catalog::Recipe;
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::run::STAGES_MAX;

use super::stage::{Stage, commit, mkfifo, mode, stage_report, until};

#[tokio::test]
async fn a_run_reports_its_stages_its_commit_and_its_end() {
    let stage = Stage::new(
        "echo hello; echo ::stage build; echo ::commit $WILCO_COMMIT; echo ::stage-skip e2e
         echo '::stage push'; echo out; echo err >&2",
    );
    let run = stage.start().await;
    let (reports, outcome) = stage.follow(&run).await;
    assert_eq!(outcome, RunOutcome { end: RunEnd::Succeeded, log_tail: String::new() });
    assert_eq!(
        reports,
        [
            RunReport::Started { run },
            stage_report("build", StageState::Running),
            RunReport::Working { commit: commit() },
            stage_report("e2e", StageState::Skipped),
            stage_report("build", StageState::Succeeded),
            stage_report("push", StageState::Running),
            stage_report("push", StageState::Succeeded),
        ]
    );
    assert!(fs::read_to_string(stage.run_path().join("log")).unwrap().contains("err"));
    assert_eq!(mode(&stage.run_path()), 0o700);
    assert_eq!(mode(&stage.run_path().join("log")), 0o600);
}

#[tokio::test]
async fn a_failure_has_its_status_and_its_last_lines() {
    let stage = Stage::new("echo ::stage build; echo one; printf '\\033[31mtwo\\033[0m'; exit 7");
    let run = stage.start().await;
    let (reports, outcome) = stage.follow(&run).await;
    let expected = RunOutcome { end: RunEnd::Failed { status: 7 }, log_tail: "one\ntwo".into() };
    assert_eq!(outcome, expected);
    assert_eq!(reports.last(), Some(&stage_report("build", StageState::Failed)));
}

#[tokio::test]
async fn a_signal_from_elsewhere_is_named() {
    let stage = Stage::new("kill -9 $$");
    let run = stage.start().await;
    assert_eq!(stage.end(&run).await, RunEnd::Killed { signal: 9 });
}

#[tokio::test]
async fn what_cannot_be_begun_says_which_path_is_wrong() {
    for (program, expected) in [
        ("./absent", "there is no such file"),
        ("no-such-program-anywhere", "there is no such program on PATH"),
        ("./plain", "it is not an executable file"),
        ("./interpreter", "the interpreter that its first line names is missing"),
    ] {
        let mut stage = Stage::new("");
        fs::write(stage.path("plain"), "").unwrap();
        stage.write_script("interpreter", "#!/no/such/interpreter\n");
        stage.run(&[program]);
        let run = stage.start().await;
        let RunEnd::NotRunnable { reason } = stage.end(&run).await else { panic!("{program}") };
        assert!(reason.contains(expected), "{reason}");
        assert!(reason.contains(program.trim_start_matches("./")), "{reason}");
    }
    let mut stage = Stage::new("");
    stage.order.recipe =
        Recipe::Command { run: vec!["sh".into()], directory: "/no/such".into(), pass: vec![] };
    let run = stage.start().await;
    let RunEnd::NotRunnable { reason } = stage.end(&run).await else { panic!() };
    assert!(reason.contains("there is no directory /no/such"), "{reason}");
}

#[tokio::test]
async fn a_flood_of_output_stays_bounded_on_disk_and_in_the_report() {
    let stage =
        Stage::new("seq 1 100000; for i in $(seq 1 200); do echo ::stage s$i; done; exit 1");
    let run = stage.start().await;
    let (reports, outcome) = stage.follow(&run).await;
    assert!(outcome.log_tail.ends_with("\n100000"), "{}", outcome.log_tail);
    assert_eq!(outcome.log_tail.lines().count(), 40);
    let files = fs::read_dir(stage.run_path()).unwrap();
    let logs = files.filter_map(|file| {
        let file = file.unwrap();
        file.file_name()
            .to_str()
            .unwrap()
            .starts_with("log")
            .then(|| file.metadata().unwrap().len())
    });
    let length: u64 = logs.sum();
    assert!((100_000..=256 * 1024).contains(&length), "{length}");
    let running = reports
        .iter()
        .filter(|report| matches!(report, RunReport::Stage { state: StageState::Running, .. }));
    assert_eq!(running.count(), STAGES_MAX);
}

#[tokio::test]
async fn garbage_is_harmless() {
    let stage = Stage::new(
        "head -c 300000 /dev/urandom; echo; head -c 100000 /dev/zero; printf '\\033]0;x\\342\\200\\256y'
         exit 1",
    );
    let run = stage.start().await;
    let (_, outcome) = stage.follow(&run).await;
    assert_eq!(outcome.end, RunEnd::Failed { status: 1 });
    assert!(outcome.log_tail.len() <= 4096);
    let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!outcome.log_tail.contains(steers), "{:?}", outcome.log_tail);
}

#[tokio::test]
async fn following_ends_when_nobody_listens() {
    let stage = Stage::new("touch ready; cat go");
    mkfifo(&stage.path("go"));
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let followed = stage.backend.follow(&stage.order, &run, sender);
    let followed = timeout(Duration::from_secs(10), followed).await;
    assert_eq!(followed, Ok(Ok(())));
    stage.backend.cancel(&stage.order).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
}
