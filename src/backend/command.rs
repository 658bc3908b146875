//! The local command backend: a run is a program on this machine, and it survives wilco's death.
//!
//! Wilco does not begin the program itself but a runner, which outlives wilco and keeps everything
//! that is to be known about the run in `runs/<op_key>/`.

pub mod fingerprint;
pub mod follower;
pub mod order;
pub mod output;
pub mod processes;
pub mod record;
pub mod run_directory;
pub mod runner;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use wilco_core::catalog::Recipe;
use wilco_core::ids::{CommitSha, Digest, OpKey, RunRef};

use crate::backend::command::fingerprint::fingerprint;
use crate::backend::command::follower::Follower;
use crate::backend::command::order::{Order, Values, passed_environment};
use crate::backend::command::run_directory::{Claim, RunDirectory};
use crate::backend::{Backend, BackendError, Begun, Lookup, Numbered, StartOrder};
use crate::plain::plain;

/// Runs programs on this machine, one directory per run.
#[derive(Debug, Clone)]
pub struct CommandBackend {
    runs: PathBuf,
    runner: PathBuf,
    grace: Duration,
}

/// How long a script has to tidy up between SIGTERM and SIGKILL, as with `docker stop`.
const GRACE: Duration = Duration::from_secs(10);

/// How often a follower looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a runner may take to claim its run before nobody can tell whether it will.
const CLAIMED_WITHIN: Duration = Duration::from_secs(10);

impl CommandBackend {
    /// Keeps runs below `runs`, which only wilco may read; `runner` is the wilco program itself.
    pub fn open(runs: PathBuf, runner: PathBuf) -> io::Result<Self> {
        let runs = std::path::absolute(runs)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&runs)?;
        Ok(Self { runs, runner: std::path::absolute(runner)?, grace: GRACE })
    }

    /// Gives scripts this long to tidy up when they are stopped.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Returns the run's directory. The key is a checked name, so the path stays below `runs`.
    fn directory(&self, key: &str) -> RunDirectory {
        RunDirectory::new(self.runs.join(key))
    }

    /// Until the runner is spawned it is certain that nothing happened.
    async fn spawn_runner(
        &self,
        order: &StartOrder,
        directory: &RunDirectory,
    ) -> Result<Spawned, BackendError> {
        let Recipe::Command { pass, .. } = &order.recipe else { return Err(not_ours()) };
        let environment = passed_environment(pass)?;
        let prepared = Order::prepare(order, self.grace)?;
        let unavailable = |error: io::Error| {
            BackendError::Unavailable(format!("cannot begin run {}: {error}", order.op_key))
        };
        let written = directory.clone();
        let complaints = blocking(move || {
            written.create()?;
            written.write_order(&prepared)?;
            written.append_to("runner.log")
        });
        let mut child = Command::new(&self.runner)
            .arg("runner")
            .arg(directory.path())
            .env_clear()
            .envs(environment)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(complaints.await.map_err(unavailable)?)
            .spawn()
            .map_err(unavailable)?;
        // The task waits for as long as the runner lives, so that it never stays as a zombie.
        Ok(Spawned { exit: tokio::spawn(async move { child.wait().await.map(drop) }) })
    }
}

/// A runner that was begun.
struct Spawned {
    exit: JoinHandle<io::Result<()>>,
}

impl Spawned {
    /// Waits until the run is claimed, be it by this runner or by another.
    async fn claimed(self, directory: &RunDirectory) -> Result<Claim, BackendError> {
        let deadline = Instant::now() + CLAIMED_WITHIN;
        loop {
            let has_ended = self.exit.is_finished();
            match directory.claimed() {
                Ok(Some(claim)) => return Ok(claim),
                // Whoever ended without a claim did nothing.
                Ok(None) if has_ended => {
                    let said = last_complaint(directory);
                    let reason = format!("the runner ended before it took the run: {said}");
                    return Err(BackendError::Unavailable(reason));
                }
                Ok(None) if Instant::now() < deadline => sleep(Duration::from_millis(5)).await,
                Ok(None) => {
                    let reason = "the runner was begun and did not take the run so far";
                    return Err(BackendError::Unknown(reason.into()));
                }
                Err(error) => {
                    let reason = format!("cannot read whether the runner took the run: {error}");
                    return Err(BackendError::Unknown(reason));
                }
            }
        }
    }
}

/// Refuses a recipe that leads to something else than what was approved, however long ago that was.
///
/// A script that is not there runs nothing, and the runner says so.
async fn as_approved(order: &StartOrder) -> Result<(), BackendError> {
    match fingerprint_of(&order.recipe, Values::approved(order)).await {
        Ok(found) if found != order.fingerprint => {
            Err(BackendError::Refused("the script is not the one that was approved".into()))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn last_complaint(directory: &RunDirectory) -> String {
    let complaints = std::fs::read_to_string(directory.runner_log_path()).unwrap_or_default();
    complaints.lines().last().map_or_else(|| "it said nothing".into(), plain)
}

fn begun(key: &OpKey, claim: Claim) -> Result<Begun, BackendError> {
    let run = RunRef::new(key.as_str())
        .map_err(|error| BackendError::Refused(format!("cannot name run {key}: {error}")))?;
    let at = match claim {
        Claim::Runner { at, .. } => at,
        Claim::Cancel => None,
    };
    Ok(Begun { run, at })
}

/// The wiring hands over recipes of its own kind only.
pub fn not_ours() -> BackendError {
    BackendError::Refused("this recipe runs no program on this machine".into())
}

fn cancelled(key: &OpKey) -> BackendError {
    BackendError::Refused(format!("run {key} was cancelled before it began"))
}

#[async_trait]
impl Backend for CommandBackend {
    async fn fingerprint(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Digest, BackendError> {
        fingerprint_of(&lookup.recipe, Values::known(&lookup.purpose, commit)).await
    }

    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        let key = &order.op_key;
        let directory = self.directory(key.as_str());
        let claimed = directory.claimed().map_err(|error| {
            BackendError::Unavailable(format!("cannot look for run {key}: {error}"))
        })?;
        let claim = match claimed {
            Some(claim) => claim,
            None => {
                as_approved(order).await?;
                self.spawn_runner(order, &directory).await?.claimed(&directory).await?
            }
        };
        match claim {
            Claim::Runner { .. } => begun(key, claim),
            Claim::Cancel => Err(cancelled(key)),
        }
    }

    async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError> {
        let op_key = &order.op_key;
        let claimed = self.directory(op_key.as_str()).claimed().map_err(|error| {
            BackendError::Unavailable(format!("cannot look for run {op_key}: {error}"))
        })?;
        claimed.map(|claim| begun(op_key, claim)).transpose()
    }

    /// A runner claims its run within milliseconds; a machine that is busy may take longer.
    fn settle(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn follow(
        &self,
        _order: &StartOrder,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError> {
        let directory = self.directory(run.as_str());
        let failed = |error: &dyn std::fmt::Display| {
            BackendError::Unknown(format!("cannot follow run {run}: {error}"))
        };
        if directory.claimed().map_err(|error| failed(&error))?.is_none() {
            return Err(BackendError::Refused(format!("there is no run {run}")));
        }
        let mut follower = Follower::new(directory, self.grace);
        loop {
            let look;
            (follower, look) = blocking(move || follower.look().map(|look| (follower, look)))
                .await
                .map_err(|error| failed(&error))?;
            for report in look.reports {
                if reports.send(report).await.is_err() {
                    return Ok(());
                }
            }
            if look.is_over {
                return Ok(());
            }
            if !look.is_behind {
                tokio::select! {
                    () = reports.closed() => return Ok(()),
                    () = sleep_until(Instant::now() + LOOK_EVERY) => {}
                }
            }
        }
    }

    /// Asks the runner to stop the run. A run that nothing took so far is taken here and never starts:
    /// `start` is then refused, and `follow` says that it was cancelled.
    async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        let op_key = &order.op_key;
        let directory = self.directory(op_key.as_str());
        blocking(move || cancel(&directory)).await.map_err(|error| {
            BackendError::Unavailable(format!("cannot ask run {op_key} to stop: {error}"))
        })
    }

    async fn kept(&self) -> Result<Vec<OpKey>, BackendError> {
        let runs = self.runs.clone();
        blocking(move || kept(&runs)).await.map_err(|error| {
            BackendError::Unavailable(format!("cannot list the runs that are kept: {error}"))
        })
    }

    async fn forget(&self, op_key: &OpKey) -> Result<(), BackendError> {
        let directory = self.directory(op_key.as_str());
        blocking(move || directory.remove()).await.map_err(|error| {
            BackendError::Unavailable(format!("cannot remove run {op_key}: {error}"))
        })
    }
}

fn cancel(directory: &RunDirectory) -> io::Result<()> {
    directory.create()?;
    if directory.claimed()?.is_none() && directory.claim(Claim::Cancel)?.is_some() {
        return Ok(());
    }
    match directory.claimed()? {
        Some(Claim::Runner { .. }) if directory.end()?.is_none() => directory.ask_to_stop(),
        Some(Claim::Runner { .. } | Claim::Cancel) | None => Ok(()),
    }
}

fn kept(runs: &Path) -> io::Result<Vec<OpKey>> {
    let mut keys = Vec::new();
    for run in std::fs::read_dir(runs)? {
        // What has no name of a run was put there by somebody else.
        keys.extend(run?.file_name().to_str().and_then(|name| OpKey::new(name).ok()));
    }
    Ok(keys)
}

async fn fingerprint_of(recipe: &Recipe, values: Values) -> Result<Digest, BackendError> {
    let recipe = recipe.clone();
    match blocking(move || Ok(fingerprint(&recipe, &values))).await {
        Ok(fingerprint) => fingerprint,
        Err(error) => Err(BackendError::Unavailable(format!("cannot read the recipe: {error}"))),
    }
}

/// Works with files on a thread where that may take its time.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await?
}
