//! The real program: from its start to ready, and how much memory it has when nothing goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{bound, heading, median, milliseconds};

/// Starts on a fresh database.
pub fn fresh() {
    heading("process (the real program on a fresh database)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    wilco::init::write(directory.path()).unwrap();
    let config = directory.path().join("config");
    let mut starts = Vec::new();
    for number in 0..9 {
        let running = Running::start(&config, &directory.path().join(format!("data{number}")));
        starts.push(running.ready_after);
    }
    bound("from start to ready, median", milliseconds(median(starts)), " ms", 50.0);
    let running = Running::start(&config, &directory.path().join("data"));
    bound("resident memory when idle", running.resident(), " MiB", 20.0);
}

/// A program that runs; it is ended when this is dropped.
pub struct Running {
    child: Child,
    pub ready_after: Duration,
}

impl Running {
    /// Starts it and waits until it says that it is ready.
    pub fn start(config: &Path, data: &Path) -> Self {
        Self::start_with(config, data, &[])
    }

    /// Starts it with these secrets in its environment.
    pub fn start_with(config: &Path, data: &Path, secrets: &[(&str, &str)]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wilco"));
        program.arg("run").arg("--config").arg(config).arg("--data").arg(data);
        Self::of(program.env("WILCO_LOG", "info").envs(secrets.iter().copied()))
    }

    /// Starts a program and waits until it says on its error output that it is ready.
    pub fn of(program: &mut Command) -> Self {
        let start = Instant::now();
        let program = program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = log.lines();
        let is_ready = |line: &std::io::Result<String>| line.as_ref().unwrap().contains("ready");
        assert!(lines.any(|line| is_ready(&line)), "it says that it is ready");
        let ready_after = start.elapsed();
        // The rest of its log must not fill the pipe.
        std::thread::spawn(move || lines.count());
        Self { child, ready_after }
    }

    /// Returns the id of the process.
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Returns the resident memory in MiB.
    pub fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kibibytes / 1024.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
