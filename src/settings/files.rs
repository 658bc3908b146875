//! The files of a configuration: which there are, their bounded text, and the digest that names them all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wilco_core::ids::Digest;

use crate::settings::fault::Fault;
use crate::settings::reader::Source;

/// A file of the configuration is at most this long, in bytes.
pub const FILE_LENGTH_MAX: usize = 1 << 20;

/// A file that was read, or why it was not.
pub type Reading = Result<Source, Fault>;

/// Returns the directory of the configuration without symbolic links, the base of its relative paths.
pub fn base(config: &Path) -> Result<PathBuf, Fault> {
    let base = fs::canonicalize(config).map_err(|error| unreadable(config, &error))?;
    if !base.is_dir() {
        let next_step = "name the directory that holds wilco.toml";
        return Err(Fault::of_file(config, "is not a directory", Some(next_step)));
    }
    if base.to_str().is_none() {
        let next_step = "pipelines are told where they run: move it";
        return Err(Fault::of_file(config, "lies at a path that is not UTF-8", Some(next_step)));
    }
    Ok(base)
}

/// Reads one file that must be there.
pub fn required(directory: &Path, name: &str) -> Reading {
    read(&directory.join(name), name)
}

/// Reads services.toml and services/*.toml, at least one of which must be there.
pub fn services(config: &Path) -> Vec<Reading> {
    let mut readings = in_directory(&config.join("services"), "services");
    let single = config.join("services.toml");
    if readings.is_empty() || fs::symlink_metadata(&single).is_ok() {
        readings.push(read(&single, "services.toml"));
    }
    readings
}

/// Reads the manifests of commands.
pub fn commands_if_any(directory: &Path) -> Vec<Reading> {
    in_directory(directory, "commands")
}

/// Reads the manifests of commands, at least one of which must be there.
pub fn commands(directory: &Path) -> Vec<Reading> {
    let mut readings = commands_if_any(directory);
    if readings.is_empty() {
        let message = "has no file of a command, so nobody could ask for anything";
        readings.push(Err(Fault::of_file(directory, message, Some(INIT))));
    }
    readings
}

/// Makes a path of the configuration absolute.
///
/// `base` has no symbolic links, so leading `..` can be taken off its end; later ones are left to
/// the system, which knows where links lead.
pub fn absolute(base: &Path, path: &str) -> PathBuf {
    let mut absolute = base.to_owned();
    let mut below = false;
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if !below => {
                absolute.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => {
                below = true;
                absolute.push(component);
            }
        }
    }
    absolute
}

/// Names what was read: two configurations have the same digest when every file is the same.
pub fn digest<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Digest {
    let mut sources: Vec<&Source> = sources.into_iter().collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let mut hash = Sha256::new().chain_update(b"wilco.configuration.1\n");
    for source in sources {
        for part in [&source.name, &source.text] {
            // With its length before it, no part can pass for the beginning of the next.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    Digest(hash.finalize().into())
}

const INIT: &str = "`wilco init DIR` writes a configuration to start from";

/// Reads every `*.toml` of a directory, in the order of their names. No directory is no file.
fn in_directory(directory: &Path, prefix: &str) -> Vec<Reading> {
    let mut paths: Vec<PathBuf> = Vec::new();
    match fs::read_dir(directory) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => paths.push(entry.path()),
                    Err(error) => return vec![Err(unreadable(directory, &error))],
                }
            }
        }
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && fs::symlink_metadata(directory).is_err() => {}
        Err(error) => return vec![Err(unreadable(directory, &error))],
    }
    paths.retain(|path| is_ours(path));
    paths.sort();
    paths.iter().map(|path| read(path, &format!("{prefix}/{}", file_name(path)))).collect()
}

/// Files that an editor leaves beside the one it edits begin with a dot.
fn is_ours(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("toml")) && !file_name(path).starts_with('.')
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read(path: &Path, name: &str) -> Reading {
    let failed = |error: &io::Error| unreadable(path, error);
    // Opening a pipe would wait for somebody to write.
    if !fs::metadata(path).map_err(|error| failed(&error))?.is_file() {
        return Err(Fault::of_file(path, "is not a file", None::<&str>));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(FILE_LENGTH_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    if bytes.len() > FILE_LENGTH_MAX {
        let next_step = "split it: services may be in any number of files services/*.toml";
        return Err(Fault::of_file(path, "is longer than 1 MiB", Some(next_step)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, name, text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
            let message = format!("is not UTF-8 text, from line {line} on");
            Err(Fault::of_file(path, message, Some("save it as UTF-8")))
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let link = fs::read_link(path).ok();
    let (message, next_step) = match (error.kind(), link) {
        (io::ErrorKind::NotFound, Some(target)) => (
            format!("is a symbolic link to {}, which does not exist", target.display()),
            "mend the link or take it out".to_owned(),
        ),
        (io::ErrorKind::NotFound, None) => ("does not exist".to_owned(), INIT.to_owned()),
        (io::ErrorKind::PermissionDenied, _) => (
            "cannot be read: permission denied".to_owned(),
            "let the account that wilco runs as read it".to_owned(),
        ),
        (_, _) => (format!("cannot be read: {error}"), "look at the path and its links".to_owned()),
    };
    Fault::of_file(path, message, Some(next_step))
}
