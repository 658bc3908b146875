//! Opening the data directory: ours alone, locked, migrated, sound.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};

use super::StoreError;
use super::file::{Way, check_tables, newer, way_to_read};
use super::read::Reader;
use super::write::Writer;

/// The database's name in the data directory.
pub const DATABASE: &str = "wilco.db";

/// The tables and their changes, in order.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[FOREIGN_TABLES];

pub const FOREIGN_TABLES: &str = "
    select count(*) > 0 and not exists (
        select 1 from sqlite_schema where name = '_sqlx_migrations'
    ) from sqlite_schema";

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
        refuse_foreign(&mut connection, &file).await?;
        let migrations = MIGRATIONS.run(&mut connection).await;
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

/// Leaves a database alone that has tables and none of ours.
async fn refuse_foreign(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let row = sqlx::query(FOREIGN_TABLES).fetch_one(connection).await;
    let row = row.map_err(|source| unopened(file, source))?;
    if row.get::<bool, _>(0) {
        let reason = "it is an SQLite database, though none of wilco's; \
                      name another data directory, or move that file away";
        return Err(StoreError::Unusable { path: file.to_owned(), reason: reason.into() });
    }
    Ok(())
}

fn unmigrated(file: &Path, source: MigrateError) -> StoreError {
    if let MigrateError::VersionMissing(version) = source {
        let reason = newer(version, newest_tables());
        return StoreError::Unusable { path: file.to_owned(), reason };
    }
    damage(file, &source).unwrap_or_else(|| {
        let doing = "bring the database's tables up to date";
        StoreError::Migration { doing, source }
    })
}

/// Returns the error that tells people what to do, if the file is the cause.
pub fn damage(file: &Path, error: &dyn std::error::Error) -> Option<StoreError> {
    let finding = error.to_string();
    // SQLITE_CORRUPT and SQLITE_NOTADB, as SQLite words them.
    let is_damaged = finding.contains("malformed") || finding.contains("not a database");
    is_damaged.then(|| StoreError::Damaged { path: file.to_owned(), finding })
}

/// Opens a database file for reading only, without taking the directory: for `audit` and the like.
///
/// Nothing is made or changed beside a file that nobody has open.
pub async fn read_only(file: &Path) -> Result<Reader, StoreError> {
    let way = way_to_read(file)?;
    let path = match &way {
        Way::Still | Way::Shared => file.to_owned(),
        Way::Copied(copy) => copy.path().join(DATABASE),
    };
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .read_only(true)
        .immutable(matches!(way, Way::Still))
        .busy_timeout(BUSY)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(|source| unopened(file, source))?;
    check_tables(&pool, file).await.map_err(|error| error.of_file(file))?;
    Ok(match way {
        Way::Still | Way::Shared => Reader::new(pool),
        Way::Copied(copy) => Reader::of_copy(pool, copy),
    })
}

/// Returns the version of the tables that this wilco makes.
pub fn newest_tables() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
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

/// The writer keeps this much of the database in memory, in KiB. Ids of deliveries are all over their
/// index, so it fills up.
const WRITER_CACHE: &str = "-4000";

fn written(file: &Path) -> SqliteConnectOptions {
    options(file)
        .pragma("wal_autocheckpoint", CHECKPOINT_AFTER_PAGES)
        .pragma("cache_size", WRITER_CACHE)
        // What was deleted is overwritten where that costs no further page: a settled effect has names.
        .pragma("secure_delete", "fast")
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
        Err(StoreError::Taken { path })
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

/// Waits for a check to its end.
pub async fn finish_check(check: Check) -> Result<(), StoreError> {
    match check {
        Check::Sound => Ok(()),
        Check::GoingOn(going_on) => finish(going_on).await,
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
