//! The read pool. No question changes anything, and none costs more the more ever happened.

pub mod deployments;
pub mod news;
pub mod outbox;
pub mod record;

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteExecutor, SqlitePool};
use sqlx::{Row, Sqlite, Transaction};
use tempfile::TempDir;

use wilco_core::ids::Digest;

use super::StoreError;
use super::decode::unreadable;
use super::write::Head;

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[HEAD, VACUUM_INTO];

pub const HEAD: &str = "select rows, chain, outbox, catalog from head";

pub const VACUUM_INTO: &str = "vacuum into ?";

/// The database as it stands at one moment, whatever is written meanwhile.
pub type Snapshot = Transaction<'static, Sqlite>;

/// The read pool.
#[derive(Clone)]
pub struct Reader {
    pool: SqlitePool,
    /// A private copy that is read in the place of the file, removed with the last reader.
    _copy: Option<Arc<TempDir>>,
}

/// Returns where the record ends, as this connection or pool sees it.
pub async fn head_of(executor: impl SqliteExecutor<'_>) -> Result<Head, StoreError> {
    let row = sqlx::query(HEAD).fetch_one(executor).await;
    let row = row.map_err(StoreError::of("read where the record ends"))?;
    let chain: &[u8] = row.get(1);
    let chain = <[u8; 32]>::try_from(chain).map_err(|_| unreadable("head", "chain"))?;
    let rows = u64::try_from(row.get::<i64, _>(0)).map_err(|_| unreadable("head", "rows"))?;
    let catalog = row.get::<Option<String>, _>(3).map(Digest::try_from).transpose();
    let catalog = catalog.map_err(|error| unreadable("head", error))?;
    Ok(Head { rows, chain: Digest(chain), outbox: row.get(2), catalog })
}

impl Reader {
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool, _copy: None }
    }

    /// Keeps a copy for as long as it is read.
    pub fn of_copy(pool: SqlitePool, copy: TempDir) -> Self {
        Self { pool, _copy: Some(Arc::new(copy)) }
    }

    /// Begins to read the database as it stands now.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.pool.begin().await.map_err(StoreError::of("begin to read the database"))
    }

    /// Writes what the database is now to a file that is empty.
    pub async fn vacuum_into(&self, file: &Path) -> Result<(), StoreError> {
        let doing = "write the backup";
        let not_text = || StoreError::Unusable {
            path: file.to_owned(),
            reason: "its name is no UTF-8 text; name the backup otherwise".into(),
        };
        // A whole path is never taken for a URI.
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let name = whole.to_str().ok_or_else(not_text)?;
        let done = sqlx::query(VACUUM_INTO).bind(name).execute(&self.pool).await;
        done.map(drop).map_err(StoreError::of(doing))
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub async fn head(&self) -> Result<Head, StoreError> {
        head_of(&self.pool).await
    }

    async fn number(&self, sql: &'static str, doing: &'static str) -> Result<i64, StoreError> {
        let row = sqlx::query(sql).fetch_one(&self.pool).await.map_err(StoreError::of(doing))?;
        Ok(row.get(0))
    }
}
