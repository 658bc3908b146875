//! What a file is before it is opened for reading, and how it is read without leaving a trace beside it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sqlx::Row as _;
use sqlx::sqlite::SqliteExecutor;
use tempfile::TempDir;

use super::StoreError;
use super::open::{DATABASE, newest_tables};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[OWN_TABLES, TABLES_VERSION];

pub const OWN_TABLES: &str =
    "select count(*) from sqlite_schema where name in ('_sqlx_migrations', 'fact', 'head')";

pub const TABLES_VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";

/// Every SQLite database begins with these bytes. <https://sqlite.org/fileformat2.html#the_database_header>
const HEADER: &[u8; 16] = b"SQLite format 3\0";

/// How a database file is to be read.
pub enum Way {
    /// Nobody has it open: it is read as a file that does not change, with nothing made beside it.
    Still,
    /// Its log and the index of that are there, so it is shared with whoever writes it.
    Shared,
    /// Commits are in a log that has no index: making one beside the file would change the evidence.
    Copied(TempDir),
}

/// Returns how to read the file, or why it is none that can be read.
pub fn way_to_read(file: &Path) -> Result<Way, StoreError> {
    let wrong = |reason: String| StoreError::Unusable { path: file.to_owned(), reason };
    let metadata = fs::metadata(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(format!(
            "there is no such file; name a database of wilco's, such as data/{DATABASE}"
        )),
        _ => wrong(format!("{error}; see to it that this user may read it, and try again")),
    })?;
    if metadata.is_dir() {
        let inside = file.join(DATABASE);
        return Err(wrong(if inside.is_file() {
            format!("it is a directory; name the database in it, {}", inside.display())
        } else {
            format!(
                "it is a directory without a {DATABASE}; name wilco's data directory and the database in it, such as data/{DATABASE}"
            )
        }));
    }
    check_header(file).map_err(wrong)?;
    let length = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
    let (log, index) = (beside(file, "-wal"), beside(file, "-shm"));
    match (length(&log), length(&index)) {
        (Some(_), Some(_)) => Ok(Way::Shared),
        (Some(1..), None) => copy(file, &log).map(Way::Copied).map_err(|error| {
            wrong(format!("it cannot be copied to a temporary directory: {error}; make room there, or name one with room in TMPDIR"))
        }),
        (Some(0) | None, _) => Ok(Way::Still),
    }
}

/// Returns the path of a companion of the file.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

fn check_header(file: &Path) -> Result<(), String> {
    let other = |what: &str| format!("{what}; name a database of wilco's, such as data/{DATABASE}");
    if !fs::metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        return Err(other("it is no regular file"));
    }
    let mut header = Vec::new();
    let read = File::open(file).and_then(|file| file.take(16).read_to_end(&mut header));
    read.map_err(|error| format!("{error}; see to it that this user may read it, and try again"))?;
    if header.is_empty() {
        return Err(other("it is empty"));
    }
    if header != HEADER {
        return Err(other("it is no SQLite database"));
    }
    Ok(())
}

/// Copies a database with its log where only this user can read it.
fn copy(file: &Path, log: &Path) -> std::io::Result<TempDir> {
    let copy = tempfile::Builder::new().prefix("wilco-").tempdir()?;
    let database = copy.path().join(DATABASE);
    fs::copy(file, &database)?;
    fs::copy(log, beside(&database, "-wal"))?;
    Ok(copy)
}

/// Makes sure that the tables of an opened database are those that this wilco knows.
pub async fn check_tables(
    executor: impl SqliteExecutor<'_> + Copy,
    file: &Path,
) -> Result<(), StoreError> {
    let wrong = |reason: String| StoreError::Unusable { path: file.to_owned(), reason };
    let reading = "read which tables the database has";
    let row = sqlx::query(OWN_TABLES).fetch_one(executor).await;
    if row.map_err(StoreError::of(reading))?.get::<i64, _>(0) < 3 {
        let reason = format!(
            "it is an SQLite database, though none of wilco's; name one of wilco's, such as data/{DATABASE}"
        );
        return Err(wrong(reason));
    }
    let row = sqlx::query(TABLES_VERSION).fetch_one(executor).await;
    let version: i64 = row.map_err(StoreError::of(reading))?.get(0);
    let newest = newest_tables();
    if version > newest {
        return Err(wrong(newer(version, newest)));
    }
    if version < newest {
        let reason = format!(
            "its tables are those of an older wilco (version {version}, and this one has {newest}); \
             start wilco on it once, or use the wilco that wrote it"
        );
        return Err(wrong(reason));
    }
    Ok(())
}

/// Says that a database was written by a newer wilco.
pub fn newer(version: i64, newest: i64) -> String {
    format!(
        "a newer wilco wrote it (its tables have version {version}, and this wilco knows up to \
         {newest}); use that newer wilco, or restore a backup from before the upgrade"
    )
}
