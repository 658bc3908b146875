//! Rows of the tables, read back; nothing in them is taken on trust.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use wilco_core::audit::{self, Stored};
use wilco_core::deployment::Kind;
use wilco_core::fact::Fact;
use wilco_core::ids::{
    CommandName, CommitSha, DeploymentId, Digest, EnvironmentName, NameError, PersonName,
    ServiceName,
};
use wilco_core::live::Live;
use wilco_core::notice::{Locale, Summary};
use wilco_core::time::Timestamp;
use wilco_core::working_set::Lane;

use super::StoreError;
use super::rows::{Pending, read_status};

/// A fact with its place in the record.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub sequence: u64,
    pub chain: Digest,
    pub fact: Fact,
}

pub fn integer(id: DeploymentId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

pub fn id(number: i64) -> DeploymentId {
    DeploymentId(u64::try_from(number).unwrap_or_default())
}

pub fn unreadable(what: &str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Row { what: what.to_owned(), reason: reason.to_string() }
}

/// Reads a row that has the columns of a fact, in the order of the table.
pub fn stored(row: &SqliteRow) -> Result<Stored<'_>, StoreError> {
    let read = |error: sqlx::Error| unreadable("fact", error);
    Ok(Stored {
        sequence: row.try_get(0).map_err(read)?,
        at: row.try_get(1).map_err(read)?,
        deployment: row.try_get(2).map_err(read)?,
        kind: row.try_get(3).map_err(read)?,
        body: row.try_get(4).map_err(read)?,
        private: row.try_get(5).map_err(read)?,
        leaf: row.try_get(6).map_err(read)?,
        chain: row.try_get(7).map_err(read)?,
    })
}

pub fn recorded(row: &SqliteRow) -> Result<Recorded, StoreError> {
    let stored = stored(row)?;
    let fact = audit::read(&stored)?;
    let chain = <[u8; 32]>::try_from(stored.chain).map_err(|_| unreadable("fact", "chain"))?;
    let sequence = u64::try_from(stored.sequence).map_err(|error| unreadable("fact", error))?;
    Ok(Recorded { sequence, chain: Digest(chain), fact })
}

pub fn live(row: &SqliteRow) -> Result<(Lane, Live), StoreError> {
    let name = |error: NameError| unreadable("live", error);
    let service = ServiceName::new(row.get::<String, _>(1)).map_err(name)?;
    let environment = EnvironmentName::new(row.get::<String, _>(2)).map_err(name)?;
    let places: Option<&str> = row.get(7);
    let places = serde_json::from_str(places.unwrap_or_default());
    let live = Live {
        deployment: id(row.get(0)),
        commit: CommitSha::new(row.get::<String, _>(3)).map_err(name)?,
        reference: row.get(4),
        at: Timestamp(row.get(5)),
        rolls_back_to: row.get::<Option<i64>, _>(6).map(id),
        places: places.map_err(|error| unreadable("live", error))?,
    };
    Ok(((service, environment), live))
}

pub fn chosen(row: &SqliteRow) -> Result<(PersonName, Locale), StoreError> {
    let person = PersonName::new(row.get::<String, _>(0));
    let person = person.map_err(|error| unreadable("language", error))?;
    let locale = Locale::of_code(row.get(1)).ok_or_else(|| unreadable("language", "locale"))?;
    Ok((person, locale))
}

pub fn summaries(
    rows: Result<Vec<SqliteRow>, sqlx::Error>,
    doing: &'static str,
) -> Result<Vec<Summary>, StoreError> {
    rows.map_err(StoreError::of(doing))?.iter().map(summary).collect()
}

pub fn summary(row: &SqliteRow) -> Result<Summary, StoreError> {
    let name = |error: NameError| unreadable("deployment", error);
    let command: Option<String> = row.get(4);
    let kind = match (row.get::<&str, _>(3), command) {
        ("deploy", _) => Kind::Deploy,
        ("rollback", _) => Kind::Rollback,
        ("command", Some(command)) => {
            Kind::Command { command: CommandName::new(command).map_err(name)? }
        }
        (other, _) => return Err(unreadable("deployment", other)),
    };
    let status = read_status(row.get(5), row.get(6));
    let commit: Option<String> = row.get(8);
    let requester: Option<String> = row.get(9);
    Ok(Summary {
        deployment: id(row.get(0)),
        kind,
        service: ServiceName::new(row.get::<String, _>(1)).map_err(name)?,
        environment: EnvironmentName::new(row.get::<String, _>(2)).map_err(name)?,
        status: status.ok_or_else(|| unreadable("deployment", "status"))?,
        commit: commit.map(CommitSha::new).transpose().map_err(name)?,
        reference: row.get(7),
        requester: requester.map(PersonName::new).transpose().map_err(name)?,
        requested_at: Timestamp(row.get(10)),
        ended_at: row.get::<Option<i64>, _>(11).map(Timestamp),
        blockers: vec![],
    })
}

pub fn pending(row: &SqliteRow) -> Result<Pending, StoreError> {
    let effect = serde_json::from_str(row.get(3)).map_err(|error| unreadable("outbox", error))?;
    Ok(Pending {
        sequence: row.get(0),
        destination: row.get(1),
        attempting: row.get::<&str, _>(2) == "attempting",
        effect,
        at: Timestamp(row.get(4)),
    })
}
