//! The local command backend with real processes: what a script may see and do, and what survives what.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, getsid, kill_process};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use wilco::backend::command::CommandBackend;
use wilco::backend::command::fingerprint::fingerprint;
use wilco::backend::command::processes::{signal_group, started};
use wilco::backend::command::run_directory::{Claim, RunDirectory};
use wilco::backend::{Backend, BackendError, StartOrder};
use wilco_core::catalog::Recipe;
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::ids::{
    CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, ParameterName, RunRef, ServiceName,
};
use wilco_core::run::STAGES_MAX;

const NASTY: &str = "zzz\";echo${IFS}\"hello\";#";

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
async fn a_value_reaches_the_script_as_one_argument_and_one_variable() {
    let mut stage = Stage::new(
        "{ printf '%s\\n' \"$#\" \"$@\" \"$WILCO_VERSION\" \"$WILCO_DRY_RUN\" \"$WILCO_SERVICE\"; } > got",
    );
    stage.order.reference = Some(NASTY.into());
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
    assert_eq!(stage.backend.find(&stage.order.op_key).await, Ok(None));
    assert!(!stage.run_path().exists());
}

#[tokio::test]
async fn the_environment_is_an_allow_list() {
    // Cargo puts these into the environment of every test.
    let canary = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let mut stage = Stage::new("env > variables; ls -l /proc/self/fd > open; touch ready; cat go");
    mkfifo(&stage.path("go"));
    let Recipe::Command { pass, .. } = &mut stage.order.recipe;
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
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
    assert_eq!(pids.iter().filter(|pid| lives(**pid)).count(), 0);
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
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
        runs.push(start.await.unwrap().unwrap());
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
    let run = std::thread::spawn(start).join().unwrap();
    until("the script has begun", || stage.path("ready").exists()).await;
    let runner = stage.runner_pid();
    assert_eq!(session(runner), runner, "what ends our session must not end the runner");
    let restarted = stage.another_backend();
    assert_eq!(restarted.find(&stage.order.op_key).await, Ok(Some(run.clone())));
    let during = tokio::spawn({
        let (restarted, run) = (restarted.clone(), run.clone());
        async move { numbered(&restarted, &run).await }
    });
    fs::write(stage.path("go"), "").unwrap();
    let during = during.await.unwrap();
    let after = numbered(&restarted, &run).await;
    assert_eq!(during, after);
    let numbers: Vec<u64> = after.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (0..6).collect::<Vec<_>>());
    let Some((_, RunReport::Ended { outcome })) = after.last() else { panic!("{after:?}") };
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
    tokio::spawn(async move { backend.follow(&followed, sender).await });
    assert_eq!(receiver.recv().await, Some((0, RunReport::Started { run: run.clone() })));
    assert_eq!(receiver.recv().await, Some((1, stage_report("one", StageState::Running))));
    kill(stage.runner_pid());
    let early = timeout(Duration::from_millis(500), receiver.recv()).await;
    assert!(early.is_err(), "the script still runs: {early:?}");
    assert_eq!(stage.start().await, run);
    assert!(lives(stage.read("pid").trim().parse().unwrap()));
    fs::write(stage.path("go"), "").unwrap();
    let outcome = RunOutcome { end: RunEnd::Lost, log_tail: String::new() };
    assert_eq!(receiver.recv().await, Some((2, RunReport::Ended { outcome })));
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
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Lost);
    assert!(!lives(stage.read("pid").trim().parse().unwrap()));
}

#[tokio::test]
async fn a_cancel_before_the_start_wins() {
    let stage = Stage::new("echo ran >> ran");
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
    let refused = stage.backend.start(&stage.order).await;
    assert!(matches!(refused, Err(BackendError::Refused(_))), "{refused:?}");
    let run = stage.backend.find(&stage.order.op_key).await.unwrap().unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn a_run_that_nobody_started_cannot_be_followed() {
    let stage = Stage::new("");
    let (sender, _receiver) = mpsc::channel(1);
    let followed = stage.backend.follow(&RunRef::new("nothing").unwrap(), sender).await;
    assert!(matches!(followed, Err(BackendError::Refused(_))), "{followed:?}");
    assert_eq!(stage.backend.find(&stage.order.op_key).await, Ok(None));
}

#[tokio::test]
async fn following_ends_when_nobody_listens() {
    let stage = Stage::new("touch ready; cat go");
    mkfifo(&stage.path("go"));
    let run = stage.start().await;
    until("the script has begun", || stage.path("ready").exists()).await;
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let followed = timeout(Duration::from_secs(10), stage.backend.follow(&run, sender)).await;
    assert_eq!(followed, Ok(Ok(())));
    stage.backend.cancel(&stage.order.op_key).await.unwrap();
    assert_eq!(stage.end(&run).await, RunEnd::Cancelled);
}

#[tokio::test]
async fn a_runner_that_cannot_begin_means_that_nothing_was_started() {
    let stage = Stage::new("echo ran >> ran");
    let runs = stage.home.path().join("runs");
    for runner in ["/no/such/wilco", "/bin/false"] {
        let backend = CommandBackend::open(runs.clone(), runner.into()).unwrap();
        let unavailable = backend.start(&stage.order).await;
        assert!(matches!(unavailable, Err(BackendError::Unavailable(_))), "{unavailable:?}");
        assert_eq!(backend.find(&stage.order.op_key).await, Ok(None));
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
    assert_eq!(stage.backend.find(&stage.order.op_key).await, Ok(None));
    assert!(!stage.path("ran").exists());
}

/// One script, the backend that runs it, and the order to run it.
struct Stage {
    home: TempDir,
    backend: CommandBackend,
    order: StartOrder,
}

impl Stage {
    fn new(script: &str) -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("recipe")).unwrap();
        let order = StartOrder {
            op_key: OpKey::new("key-1").unwrap(),
            deployment: DeploymentId(42),
            service: ServiceName::new("api").unwrap(),
            environment: EnvironmentName::new("prod").unwrap(),
            commit: commit(),
            reference: None,
            parameters: BTreeMap::new(),
            recipe: Recipe::Command {
                run: vec!["./script".into()],
                directory: home.path().join("recipe").to_str().unwrap().into(),
                pass: vec![],
            },
            fingerprint: Digest([0; 32]),
            timeout: Duration::from_mins(1),
        };
        let mut stage = Self { backend: open(home.path()), home, order };
        stage.write_script("script", &format!("#!/bin/sh\n{script}\n"));
        stage.order.fingerprint = fingerprint(&stage.order.recipe).unwrap();
        stage
    }

    fn another_backend(&self) -> CommandBackend {
        open(self.home.path())
    }

    fn run(&mut self, words: &[&str]) {
        let Recipe::Command { run, .. } = &mut self.order.recipe;
        *run = words.iter().map(|word| (*word).into()).collect();
    }

    fn write_script(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("recipe").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run_path(&self) -> PathBuf {
        self.home.path().join("runs").join(self.order.op_key.as_str())
    }

    fn runner_pid(&self) -> i32 {
        match RunDirectory::new(self.run_path()).claimed().unwrap() {
            Some(Claim::Runner { pid }) => pid.try_into().unwrap(),
            claim => panic!("{claim:?}"),
        }
    }

    async fn start(&self) -> RunRef {
        // What is there now is what was approved.
        let found = fingerprint(&self.order.recipe);
        let fingerprint = found.unwrap_or(self.order.fingerprint);
        let order = StartOrder { fingerprint, ..self.order.clone() };
        self.backend.start(&order).await.unwrap()
    }

    async fn end(&self, run: &RunRef) -> RunEnd {
        self.follow(run).await.1.end
    }

    /// Follows to the end, and returns what was reported before it.
    async fn follow(&self, run: &RunRef) -> (Vec<RunReport>, RunOutcome) {
        let mut reports: Vec<RunReport> =
            numbered(&self.backend, run).await.into_iter().map(|(_, report)| report).collect();
        match reports.pop() {
            Some(RunReport::Ended { outcome }) => (reports, outcome),
            last => panic!("{last:?}"),
        }
    }
}

impl Drop for Stage {
    /// Leaves no script behind when a test fails half-way.
    fn drop(&mut self) {
        let Ok(Some(script)) = RunDirectory::new(self.run_path()).script() else { return };
        let group = Pid::from_raw(script.pid).unwrap();
        if script.started.is_some() && started(group) == script.started {
            signal_group(group, Signal::KILL);
        }
    }
}

fn open(home: &Path) -> CommandBackend {
    CommandBackend::open(home.join("runs"), env!("CARGO_BIN_EXE_wilco").into())
        .unwrap()
        .with_grace(Duration::from_millis(300))
}

async fn numbered(backend: &CommandBackend, run: &RunRef) -> Vec<(u64, RunReport)> {
    let (sender, mut receiver) = mpsc::channel(1);
    let (backend, run) = (backend.clone(), run.clone());
    let following = tokio::spawn(async move { backend.follow(&run, sender).await });
    let mut reports = Vec::new();
    let all = async {
        while let Some(report) = receiver.recv().await {
            reports.push(report);
        }
    };
    timeout(Duration::from_secs(30), all).await.expect("the run ends");
    following.await.unwrap().unwrap();
    reports
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

fn stage_report(name: &str, state: StageState) -> RunReport {
    RunReport::Stage { stage: name.into(), state }
}

fn commit() -> CommitSha {
    CommitSha::new("4f2c91a".repeat(6).get(..40).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn mkfifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Tells whether the process is there and not merely a zombie that nobody buried.
fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn session(pid: i32) -> i32 {
    getsid(Pid::from_raw(pid)).unwrap().as_raw_nonzero().get()
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}
