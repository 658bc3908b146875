//! A database as plain as can be, with the sync of wilco's own: what yardsticks stand on.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor};

/// Opens it, with this table.
pub async fn open(file: &Path, create_table: &'static str) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
        .connect()
        .await
        .unwrap();
    connection.execute(create_table).await.unwrap();
    connection
}

/// The yardstick: one row, one durable commit, through sqlx.
pub struct Bare(SqliteConnection);

impl Bare {
    pub async fn open(file: &Path) -> Self {
        let table = "create table bare (id integer primary key, text text)";
        Self(open(file, table).await)
    }

    pub async fn commit(&mut self) -> Duration {
        let insert = sqlx::query("insert into bare (text) values (?)").bind("deploy s1 to prod");
        let start = Instant::now();
        self.0.execute(insert).await.unwrap();
        start.elapsed()
    }
}
