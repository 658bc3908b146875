//! A copy of the database as it stands at one moment, made while wilco runs.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::StoreError;
use super::read::Reader;

impl Reader {
    /// Writes what the database is at this moment to a new file, durably.
    pub async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let wrong = |reason: String| StoreError::Unusable { path: to.to_owned(), reason };
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to);
        made.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                wrong("there is something already; name a file that is not there yet".into())
            }
            _ => wrong(format!("{error}; name a file in a directory that this user may write to")),
        })?;
        let written = match self.vacuum_into(to).await {
            Ok(()) => sync(to).map_err(|error| {
                wrong(format!("it cannot be made durable: {error}; name a file on another disk"))
            }),
            Err(error) => Err(error),
        };
        if written.is_err() {
            // Half a backup must not be taken for one.
            drop(std::fs::remove_file(to));
        }
        written
    }
}

fn sync(file: &Path) -> std::io::Result<()> {
    File::open(file)?.sync_all()?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
