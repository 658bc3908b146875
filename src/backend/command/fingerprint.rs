//! The digest of what a recipe leads to: its words, and the bytes of the files that it names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use wilco_core::catalog::Recipe;
use wilco_core::ids::Digest;

use crate::backend::BackendError;
use crate::backend::command::order::program_path;

/// Returns the digest that approvals are bound to.
///
/// Beside the program, a fixed argument that names a file of the recipe's directory counts,
/// since `["sh", "deploy.sh"]` runs that file. Programs on `PATH` are the machine's business.
pub fn fingerprint(recipe: &Recipe) -> Result<Digest, BackendError> {
    let Recipe::Command { run, directory, pass: _ } = recipe;
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
        let path = Path::new(directory).join(argument);
        if !argument.is_empty() && !argument.contains(['{', '\0']) && path.is_file() {
            update(&mut hasher, index, &path)?;
        }
    }
    Ok(Digest(hasher.finalize().into()))
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
