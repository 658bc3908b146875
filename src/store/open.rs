//! Opening the data directory: ours alone, locked, migrated, sound.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};

use super::StoreError;
use super::read::Reader;
use super::write::Writer;

/// The database's name in the data directory.
pub const DATABASE: &str = "wilco.db";

/// Queries run on at most this many connections at once; each costs about 1 MiB when it was used.
const READERS: u32 = 4;

/// A writer that finds the file locked by a backup or a checkpoint waits this long.
const BUSY: Duration = Duration::from_secs(5);

/// How long the start waits for the check of the file. A larger database is checked further while
/// wilco already answers; nothing is started before it was found sound.
const CHECK_BEFORE_READY: Duration = Duration::from_millis(100);

/// The opened data directory. Dropping it gives the directory free.
pub struct Store {
    pub writer: Writer,
    pub reader: Reader,
    pub check: Check,
    pub directory: Directory,
}

/// A data directory that no other process uses.
pub struct Directory {
    pub path: PathBuf,
    _lock: File,
}

/// The check of the database file, perhaps still going on.
pub enum Check {
    Sound,
    GoingOn(tokio::task::JoinHandle<Result<(), StoreError>>),
}

impl Store {
    /// Opens the data directory, making it if it is not there.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let directory = Directory::take(path)?;
        let file = directory.path.join(DATABASE);
        create_private(&file)?;
        let mut connection =
            written(&file).connect().await.map_err(|source| unopened(&file, source))?;
        let migrations = sqlx::migrate!("./migrations").run(&mut connection).await;
        migrations.map_err(|source| unmigrated(&file, source))?;
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .idle_timeout(Duration::from_mins(5))
            .connect_lazy_with(options(&file).read_only(true));
        let check = check(&pool, &file).await?;
        let writer = Writer::prepare(connection).await?;
        Ok(Self { writer, reader: Reader::new(pool), check, directory })
    }
}

fn unopened(file: &Path, source: sqlx::Error) -> StoreError {
    damage(file, &source).unwrap_or_else(|| StoreError::of("open the database")(source))
}

fn unmigrated(file: &Path, source: sqlx::migrate::MigrateError) -> StoreError {
    damage(file, &source).unwrap_or_else(|| {
        let doing = "bring the database's tables up to date";
        StoreError::Migration { doing, source }
    })
}

/// Returns the error that tells people what to do, if the file is the cause.
fn damage(file: &Path, error: &dyn std::error::Error) -> Option<StoreError> {
    let finding = error.to_string();
    // SQLITE_CORRUPT and SQLITE_NOTADB, as SQLite words them.
    let is_damaged = finding.contains("malformed") || finding.contains("not a database");
    is_damaged.then(|| StoreError::Damaged { path: file.to_owned(), finding })
}

/// Opens a database file for reading only, without taking the directory: for `audit` and the like.
pub async fn read_only(file: &Path) -> Result<Reader, StoreError> {
    if !file.is_file() {
        let reason = "there is no such file".to_owned();
        return Err(StoreError::Directory { path: file.to_owned(), reason });
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options(file).read_only(true).create_if_missing(false))
        .await
        .map_err(|source| unopened(file, source))?;
    Ok(Reader::new(pool))
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

/// A checkpoint writes every page that changed once, however often it did: 16 MiB of them wait.
const CHECKPOINT_AFTER_PAGES: &str = "4000";

/// The writer keeps this much of the database in memory, in KiB.
const WRITER_CACHE: &str = "-8000";

fn written(file: &Path) -> SqliteConnectOptions {
    options(file)
        .pragma("wal_autocheckpoint", CHECKPOINT_AFTER_PAGES)
        .pragma("cache_size", WRITER_CACHE)
}

/// Makes the file for its owner alone. SQLite gives its companions the same mode.
fn create_private(file: &Path) -> Result<(), StoreError> {
    let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(file);
    opened
        .map(drop)
        .map_err(|error| StoreError::Directory { path: file.to_owned(), reason: error.to_string() })
}

impl Directory {
    /// Makes and locks the directory, and closes it to other users.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let wrong = |reason: String| StoreError::Directory { path: path.to_owned(), reason };
        let io = |error: std::io::Error| wrong(error.to_string());
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        close_to_others(&path).map_err(wrong)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(io)?;
        for _ in 0..LOCK_TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path, _lock: lock }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        let reason =
            "another wilco runs on it; stop that one, or give this one a directory of its own";
        Err(wrong(reason.into()))
    }
}

/// A program that wilco is starting holds its locks for the moment before it is another program,
/// even when wilco itself was killed: the lock is tried again for half a second.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Takes the rights of group and others away, unless the directory is plainly something else.
fn close_to_others(path: &Path) -> Result<(), String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    let rights_of_others = metadata.mode() & 0o077;
    if rights_of_others == 0 {
        return Ok(());
    }
    let ours = path.join(DATABASE).exists();
    let mut entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    if !ours && entries.next().is_some() {
        return Err("it is open to other users and holds other files; \
                    name an empty directory, or one that is yours alone (chmod 700)"
            .into());
    }
    let permissions = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(path, permissions)
        .map_err(|error| format!("it cannot be closed to other users: {error}"))
}

/// Checks the file's pages, and goes on in the background if that takes long.
async fn check(pool: &SqlitePool, file: &Path) -> Result<Check, StoreError> {
    let mut going_on = tokio::spawn(quick_check(pool.clone(), file.to_owned()));
    match tokio::time::timeout(CHECK_BEFORE_READY, &mut going_on).await {
        Ok(done) => finished(done).map(|()| Check::Sound),
        Err(_) => Ok(Check::GoingOn(going_on)),
    }
}

/// Waits for the rest of a check; one that failed by itself found nothing sound.
pub async fn finish(
    going_on: tokio::task::JoinHandle<Result<(), StoreError>>,
) -> Result<(), StoreError> {
    finished(going_on.await)
}

fn finished(
    done: Result<Result<(), StoreError>, tokio::task::JoinError>,
) -> Result<(), StoreError> {
    let failed = |_| StoreError::of("check the database")(sqlx::Error::WorkerCrashed);
    done.unwrap_or_else(|error| Err(failed(error)))
}

async fn quick_check(pool: SqlitePool, file: PathBuf) -> Result<(), StoreError> {
    let damaged = |finding: String| StoreError::Damaged { path: file.clone(), finding };
    let row = sqlx::query("pragma quick_check(1)").fetch_one(&pool).await;
    let finding: String = match row.and_then(|row| row.try_get(0)) {
        Ok(finding) => finding,
        Err(error) => return Err(damaged(error.to_string())),
    };
    if finding == "ok" { Ok(()) } else { Err(damaged(finding)) }
}

/// Closes the writer's connection, so that nothing is left to be recovered.
pub async fn close(writer: SqliteConnection) -> Result<(), StoreError> {
    writer.close().await.map_err(StoreError::of("close the database"))
}
