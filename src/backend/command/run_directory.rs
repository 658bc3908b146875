//! The directory of one run: everything that wilco and the runner tell each other, so that either may die.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use wilco_core::event::RunOutcome;
use wilco_core::time::Timestamp;

use crate::backend::command::order::Order;

/// `runs/<op_key>/`.
#[derive(Debug, Clone)]
pub struct RunDirectory {
    path: PathBuf,
}

/// Who took the run. Whoever comes second does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Claim {
    Runner {
        pid: u32,
        /// When it took the run; an earlier wilco's runner did not write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// The run was cancelled before anything took it: it will never start.
    Cancel,
}

/// How the run ended, with the number of that report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub number: u64,
    /// When it ended; an earlier wilco's runner did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    pub outcome: RunOutcome,
}

/// The script's process, for when its runner is dead and somebody must end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptProcess {
    /// Also the number of its process group.
    pub pid: i32,
    /// When the kernel says that it began, so that a reused number is not mistaken for it.
    pub started: Option<u64>,
    /// Unix milliseconds after which its time is over.
    pub deadline_at: i64,
}

/// Returns what the machine's clock says; how far it is to be trusted is for the core to decide.
pub fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

impl RunDirectory {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the directory, for nobody else to read, so that it survives a power cut.
    pub fn create(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(error),
        }
        let parent = self.path.parent().unwrap_or(Path::new("/"));
        File::open(parent)?.sync_all()
    }

    /// Removes everything, unless a runner is at work here. What a daemon holds open stays readable to it.
    pub fn remove(&self) -> io::Result<()> {
        if self.runner_lives()? {
            return Ok(());
        }
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    pub fn write_order(&self, order: &Order) -> io::Result<()> {
        self.write("order.json", order)
    }

    pub fn order(&self) -> io::Result<Option<Order>> {
        self.read("order.json")
    }

    /// Takes the run, once for all time. `None` when somebody has it; the file keeps the claim's lock.
    ///
    /// The file gets its name only when it is whole, on disk and locked,
    /// so nobody ever sees a claim whose owner merely has not come to lock it yet.
    pub fn claim(&self, claim: Claim) -> io::Result<Option<File>> {
        let mut temporary = NamedTempFile::new_in(&self.path)?;
        temporary.as_file().lock()?;
        temporary.write_all(&serde_json::to_vec(&claim)?)?;
        temporary.as_file().sync_all()?;
        match temporary.persist_noclobber(self.path.join("claim")) {
            Ok(file) => {
                self.sync()?;
                Ok(Some(file))
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error.error),
        }
    }

    pub fn claimed(&self) -> io::Result<Option<Claim>> {
        self.read("claim")
    }

    pub fn runner_lives(&self) -> io::Result<bool> {
        is_locked(&self.path.join("claim"))
    }

    /// Returns the file whose lock lives as long as anything that inherited it.
    pub fn hold_alive(&self) -> io::Result<File> {
        let path = self.path.join("alive");
        OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        // It becomes the script's standard input, which must not be a way to write.
        let file = File::open(&path)?;
        file.lock()?;
        Ok(file)
    }

    pub fn script_lives(&self) -> io::Result<bool> {
        is_locked(&self.path.join("alive"))
    }

    pub fn write_script(&self, script: &ScriptProcess) -> io::Result<()> {
        self.write("script.json", script)
    }

    pub fn script(&self) -> io::Result<Option<ScriptProcess>> {
        self.read("script.json")
    }

    pub fn ask_to_stop(&self) -> io::Result<()> {
        self.append_to("cancel")?.sync_all()?;
        self.sync()
    }

    pub fn is_asked_to_stop(&self) -> bool {
        self.path.join("cancel").exists()
    }

    pub fn write_end(&self, end: &End) -> io::Result<()> {
        self.write("end.json", end)
    }

    pub fn end(&self) -> io::Result<Option<End>> {
        self.read("end.json")
    }

    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    pub fn log_path(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Where the runner itself complains.
    pub fn runner_log_path(&self) -> PathBuf {
        self.path.join("runner.log")
    }

    /// Opens a file of the run to write at its end.
    pub fn append_to(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).mode(0o600).open(self.path.join(name))
    }

    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut temporary = NamedTempFile::new_in(&self.path)?;
        temporary.write_all(&serde_json::to_vec(value)?)?;
        temporary.as_file().sync_all()?;
        temporary.persist(self.path.join(name)).map_err(|error| error.error)?;
        self.sync()
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// Tells whether somebody holds the file's lock. It looks with a shared lock, so lookers do not see each other.
fn is_locked(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
