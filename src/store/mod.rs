//! The record and its folds in SQLite. All SQL is in this folder and nowhere else.
//!
//! One connection writes ([`write::Writer`], owned by the engine); everything else reads through a pool.

pub mod backup;
pub mod decode;
pub mod erase;
pub mod file;
pub mod folds;
pub mod open;
pub mod read;
pub mod rows;
pub mod write;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing}: {source}")]
    Database {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot {doing}: {source}")]
    Migration {
        doing: &'static str,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    #[error("cannot use the data directory {path}: {reason}")]
    Directory { path: std::path::PathBuf, reason: String },
    #[error(
        "the database {path} is damaged: {finding}; put it aside, restore a backup, and start again"
    )]
    Damaged { path: std::path::PathBuf, finding: String },
    #[error(
        "cannot use the data directory {path}: another wilco runs on it; \
         stop that one, or give this one a directory of its own"
    )]
    Taken { path: std::path::PathBuf },
    #[error("cannot use {path}: {reason}")]
    Unusable { path: std::path::PathBuf, reason: String },
    #[error("the record is not whole: {0}")]
    Record(#[from] wilco_core::audit::Fault),
    #[error("the row of {what} in the database cannot be read: {reason}")]
    Row { what: String, reason: String },
}

impl StoreError {
    /// Makes an error of a failed statement; `doing` completes "cannot …".
    pub fn of(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// Says that the file is damaged, if that is why a statement failed.
    #[must_use]
    pub fn of_file(self, file: &std::path::Path) -> Self {
        match &self {
            Self::Database { source, .. } => open::damage(file, source).unwrap_or(self),
            Self::Migration { .. }
            | Self::Directory { .. }
            | Self::Damaged { .. }
            | Self::Taken { .. }
            | Self::Unusable { .. }
            | Self::Record(_)
            | Self::Row { .. } => self,
        }
    }

    /// Tells whether the rows themselves were turned down, so that the same rows never will be taken.
    pub fn is_about_the_rows(&self) -> bool {
        match self {
            Self::Database { source, .. } => source.as_database_error().is_some_and(|error| {
                // SQLITE_CONSTRAINT (19), SQLITE_MISMATCH (20), SQLITE_TOOBIG (18), with extended codes.
                // <https://sqlite.org/rescode.html>
                let code = error.code().and_then(|code| code.parse::<i32>().ok());
                matches!(code.map(|code| code & 0xff), Some(18..=20))
            }),
            Self::Migration { .. }
            | Self::Directory { .. }
            | Self::Damaged { .. }
            | Self::Taken { .. }
            | Self::Unusable { .. }
            | Self::Record(_)
            | Self::Row { .. } => false,
        }
    }
}
