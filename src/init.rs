//! `wilco init DIR`: writes the example configuration and the commands, to start from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "config/"]
struct Config;

#[derive(RustEmbed)]
#[folder = "commands/"]
struct Commands;

/// Why no configuration was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Somebody's work is there already; nothing was written.
    #[error("nothing was written, since these exist already: {}", shown(.0))]
    Exists(Vec<PathBuf>),
    /// Files before this one were written.
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Writes `config/` and `commands/` into the directory and returns the files; one that exists is never overwritten.
pub fn write(directory: &Path) -> Result<Vec<PathBuf>, InitError> {
    let files = files(directory);
    let taken = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
    let existing: Vec<PathBuf> =
        files.iter().map(|(path, _)| path).filter(|path| taken(path)).cloned().collect();
    if !existing.is_empty() {
        return Err(InitError::Exists(existing));
    }
    for (path, file) in &files {
        write_one(path, &file.data)
            .map_err(|source| InitError::Write { path: path.clone(), source })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Returns what is to be done with the written files, a line each.
pub fn next_steps(directory: &Path) -> Vec<String> {
    let (shown, config) = (directory.display(), directory.join("config"));
    let mut steps = vec![format!("next: read {} and put your services there", config.display())];
    // The example's services look their versions up in the directory itself.
    if !directory.join(".git").exists() {
        steps.push(format!(
            "next: versions are looked up in a git repository: `git init {shown}` and commit, or let `path` in services.toml name yours"
        ));
    }
    steps.push(format!("next: wilco check --config {}", config.display()));
    steps
}

fn files(directory: &Path) -> Vec<(PathBuf, EmbeddedFile)> {
    let config = Config::iter()
        .filter_map(|name| Some((directory.join("config").join(&*name), Config::get(&name)?)));
    let commands = Commands::iter()
        .filter_map(|name| Some((directory.join("commands").join(&*name), Commands::get(&name)?)));
    let mut files: Vec<_> = config.chain(commands).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    files
}

fn write_one(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // Embedding keeps no permissions, and a script says by its first line that it is one.
    let mode = if bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
    // A file that appeared since the look at what exists is not overwritten either.
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?.write_all(bytes)
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_written_configuration_has_scripts_that_run() {
        let directory = tempfile::tempdir().unwrap();
        let written = write(directory.path()).unwrap();
        for name in ["wilco.toml", "services.toml", "people.toml", "pipelines/deploy.sh"] {
            assert!(written.contains(&directory.path().join("config").join(name)), "{name}");
        }
        for path in written {
            let script = path.extension().is_some_and(|extension| extension == "sh");
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o100 != 0, script, "{}", path.display());
        }
    }

    #[test]
    fn a_repository_is_asked_for_where_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let asked = || next_steps(directory.path()).join("\n").contains("git init");
        assert!(asked());
        fs::create_dir(directory.path().join(".git")).unwrap();
        assert!(!asked());
    }

    #[test]
    fn what_exists_is_named_and_nothing_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let mine = directory.path().join("config/people.toml");
        fs::create_dir(directory.path().join("config")).unwrap();
        fs::write(&mine, "mine").unwrap();
        let error = write(directory.path()).unwrap_err();
        assert!(matches!(&error, InitError::Exists(paths) if *paths == [mine.clone()]), "{error}");
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_dangling_link_counts_as_existing() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("config")).unwrap();
        let link = directory.path().join("config/wilco.toml");
        std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
        assert!(
            matches!(write(directory.path()), Err(InitError::Exists(paths)) if paths == [link])
        );
    }
}
