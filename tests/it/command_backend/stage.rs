//! One script with the backend that runs it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, getsid, kill_process};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

use wilco::backend::command::CommandBackend;
use wilco::backend::command::fingerprint::fingerprint;
use wilco::backend::command::order::Values;
use wilco::backend::command::processes::{signal_group, started};
use wilco::backend::command::run_directory::{Claim, RunDirectory};
use wilco::backend::{Backend as _, Numbered, StartOrder};
use wilco_core::catalog::Recipe;
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::ids::{
    CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, RunRef, ServiceName,
};

use crate::wait;

/// One script, the backend that runs it, and the order to run it.
pub struct Stage {
    pub home: TempDir,
    pub backend: CommandBackend,
    pub order: StartOrder,
}

impl Stage {
    pub fn new(script: &str) -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("recipe")).unwrap();
        let order = StartOrder {
            op_key: OpKey::new("key-1").unwrap(),
            deployment: DeploymentId(42),
            service: ServiceName::new("api").unwrap(),
            environment: EnvironmentName::new("prod").unwrap(),
            commit: commit(),
            release: None,
            parameters: BTreeMap::new(),
            recipe: Recipe::Command {
                run: vec!["./script".into()],
                directory: home.path().join("recipe").to_str().unwrap().into(),
                pass: vec![],
            },
            fingerprint: Digest([0; 32]),
            timeout: Duration::from_mins(1),
            run: None,
        };
        let mut stage = Self { backend: open(home.path()), home, order };
        stage.write_script("script", &format!("#!/bin/sh\n{script}\n"));
        stage.order.fingerprint =
            fingerprint(&stage.order.recipe, &Values::approved(&stage.order)).unwrap();
        stage
    }

    pub fn another_backend(&self) -> CommandBackend {
        open(self.home.path())
    }

    pub fn run(&mut self, words: &[&str]) {
        let Recipe::Command { run, .. } = &mut self.order.recipe else { panic!() };
        *run = words.iter().map(|word| (*word).into()).collect();
    }

    pub fn write_script(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("recipe").join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn run_path(&self) -> PathBuf {
        self.home.path().join("runs").join(self.order.op_key.as_str())
    }

    pub fn runner_pid(&self) -> i32 {
        match RunDirectory::new(self.run_path()).claimed().unwrap() {
            Some(Claim::Runner { pid, .. }) => pid.try_into().unwrap(),
            claim => panic!("{claim:?}"),
        }
    }

    pub async fn start(&self) -> RunRef {
        // What is there now is what was approved.
        let found = fingerprint(&self.order.recipe, &Values::approved(&self.order));
        let fingerprint = found.unwrap_or(self.order.fingerprint);
        let order = StartOrder { fingerprint, ..self.order.clone() };
        self.backend.start(&order).await.unwrap().run
    }

    pub async fn end(&self, run: &RunRef) -> RunEnd {
        self.follow(run).await.1.end
    }

    /// Follows to the end, and returns what was reported before it.
    pub async fn follow(&self, run: &RunRef) -> (Vec<RunReport>, RunOutcome) {
        let mut reports: Vec<RunReport> = numbered(&self.backend, (&self.order, run))
            .await
            .into_iter()
            .map(|numbered| numbered.report)
            .collect();
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

pub async fn numbered(
    backend: &CommandBackend,
    (order, run): (&StartOrder, &RunRef),
) -> Vec<Numbered> {
    let (sender, mut receiver) = mpsc::channel(1);
    let (backend, order, run) = (backend.clone(), order.clone(), run.clone());
    let following = tokio::spawn(async move { backend.follow(&order, &run, sender).await });
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

pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    wait::until_seen(what, async || is_so().then_some(())).await;
}

pub fn stage_report(name: &str, state: StageState) -> RunReport {
    RunReport::Stage { stage: name.into(), state }
}

pub fn commit() -> CommitSha {
    CommitSha::new("4f2c91a".repeat(6).get(..40).unwrap()).unwrap()
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub fn mkfifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Tells whether the process is there and not merely a zombie that nobody buried.
pub fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

pub fn session(pid: i32) -> i32 {
    getsid(Pid::from_raw(pid)).unwrap().as_raw_nonzero().get()
}

pub fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}
