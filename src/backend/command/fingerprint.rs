//! The digest of what a recipe leads to: its words, and the bytes of the files that it names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};

use wilco_core::catalog::Recipe;
use wilco_core::ids::Digest;

use crate::backend::BackendError;
use crate::backend::command::not_ours;
use crate::backend::command::order::{Values, program_path};

/// Tells the file of `--values=FILE` from that of an argument which is a file's name as a whole.
const OF_AN_OPTION: u64 = 1 << 32;

/// Returns the digest that approvals are bound to.
///
/// Beside the program, an argument that names a file counts, since `["sh", "deploy.sh"]` runs that file
/// and `envs/{environment}.yml` decides what a script does. A value may lead to files of the recipe's
/// directory only. Programs on `PATH` are the machine's business.
pub fn fingerprint(recipe: &Recipe, values: &Values) -> Result<Digest, BackendError> {
    let Recipe::Command { run, directory, pass: _ } = recipe else { return Err(not_ours()) };
    let Some((program, arguments)) = run.split_first() else {
        return Err(BackendError::Refused("the recipe names no program".into()));
    };
    let json = serde_json::to_vec(recipe)
        .map_err(|error| BackendError::Refused(format!("cannot write the recipe: {error}")))?;
    let mut hasher = Sha256::new();
    hasher.update(b"wilco.command.1\n");
    hasher.update(json);
    let path = program_path(program, directory)?;
    if path.contains('/') {
        update(&mut hasher, 0, Path::new(&path))?;
    }
    for (index, argument) in (1..).zip(arguments) {
        // What cannot be filled in is refused at the start, so it leads to no file.
        let Ok(filled) = values.fill(argument) else { continue };
        let is_fixed = filled == *argument;
        let option = filled.split_once('=').map(|(_, value)| (index | OF_AN_OPTION, value));
        for (index, name) in [(index, &*filled)].into_iter().chain(option) {
            let path = Path::new(directory).join(name);
            if !name.is_empty() && path.is_file() && (is_fixed || is_inside(&path, directory)) {
                update(&mut hasher, index, &path)?;
            }
        }
    }
    Ok(Digest(hasher.finalize().into()))
}

/// Tells whether a path is in the directory, be it as it is written or where its links lead.
fn is_inside(path: &Path, directory: &str) -> bool {
    let climbs = path.components().any(|part| part == Component::ParentDir);
    let leads_inside = || {
        let (path, directory) = (path.canonicalize(), Path::new(directory).canonicalize());
        path.is_ok_and(|path| directory.is_ok_and(|directory| path.starts_with(directory)))
    };
    (!climbs && path.starts_with(directory)) || leads_inside()
}

/// Hashes a file by itself first, so that bytes cannot move between two files unseen.
fn update(hasher: &mut Sha256, index: u64, path: &Path) -> Result<(), BackendError> {
    let digest = file_digest(path).map_err(|error| {
        BackendError::Refused(format!("cannot read {}: {error}", path.display()))
    })?;
    hasher.update(index.to_be_bytes());
    hasher.update(digest);
    Ok(())
}

fn file_digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            length => hasher.update(&buffer[..length]),
        }
    }
}
