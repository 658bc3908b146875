//! What `wilco demo` stands on: a folder with configuration and a small git repository to deploy from.

pub mod repository;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder in the data directory.
const FOLDER: &str = "demo";

/// What is configured, and kept apart from the commits.
const CONFIGURATION: [&str; 2] = ["config", "commands"];

/// The prepared demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// The git repository; everything else is in it.
    pub folder: PathBuf,
    pub config: PathBuf,
    pub commands: PathBuf,
}

/// Why the demo cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("cannot run git: {0}; install git and make sure that it is in PATH, then try again")]
    NoGit(io::Error),
    #[error("cannot {doing}: git ended with {status}: {said}")]
    Git { doing: &'static str, status: std::process::ExitStatus, said: String },
    #[error("cannot {doing} {}: {error}", path.display())]
    File { doing: &'static str, path: PathBuf, error: io::Error },
}

impl DemoError {
    fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::File { doing, path: path.to_owned(), error }
    }
}

/// Prepares the demo in the data directory; what is there and whole is left as it is.
///
/// `write_configuration` writes `config/` and `commands/` into the folder that it is given.
pub fn prepare(
    data: &Path,
    write_configuration: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<Demo, DemoError> {
    let folder = data.join(FOLDER);
    make_folder(&folder)?;
    // Git is asked with absolute paths only, so that no other repository is ever meant.
    let folder = fs::canonicalize(&folder).map_err(DemoError::file("find", &folder))?;
    if !repository::is_whole(&folder)? {
        let workshop = Workshop::open(data, "demo.repository")?;
        repository::make(&workshop.folder)?;
        for name in repository::TOP {
            move_into(&workshop.folder.join(name), &folder.join(name))?;
        }
        // Last, since a repository that is there counts as whole.
        move_into(&workshop.folder.join(".git"), &folder.join(".git"))?;
    }
    if CONFIGURATION.iter().any(|name| !folder.join(name).exists()) {
        let workshop = Workshop::open(data, "demo.configuration")?;
        write_configuration(&workshop.folder)
            .map_err(DemoError::file("write the configuration into", &workshop.folder))?;
        for name in CONFIGURATION {
            // What is there may have been changed by whoever tries things out.
            if !folder.join(name).exists() {
                move_into(&workshop.folder.join(name), &folder.join(name))?;
            }
        }
    }
    Ok(Demo { config: folder.join("config"), commands: folder.join("commands"), folder })
}

/// A folder beside the demo in which something is made before it is moved there whole.
struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    fn open(data: &Path, name: &str) -> Result<Self, DemoError> {
        let folder = data.join(name);
        // A start that was killed leaves it behind.
        remove(&folder)?;
        make_folder(&folder)?;
        let folder = fs::canonicalize(&folder).map_err(DemoError::file("find", &folder))?;
        Ok(Self { folder })
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.folder) {
            tracing::warn!("{error}");
        }
    }
}

fn make_folder(folder: &Path) -> Result<(), DemoError> {
    fs::create_dir_all(folder).map_err(DemoError::file("make the folder", folder))
}

fn remove(folder: &Path) -> Result<(), DemoError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DemoError::file("remove", folder)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Moves a folder, in place of what is left there from an attempt that was cut short.
fn move_into(from: &Path, to: &Path) -> Result<(), DemoError> {
    remove(to)?;
    fs::rename(from, to).map_err(DemoError::file("move something to", to))
}
