//! Taking the traces of somebody out of the database while the chain of the facts stays whole.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Executor, Row};

use wilco_core::audit::{erase_where, read};
use wilco_core::erasure::Subject;
use wilco_core::fact::What;
use wilco_core::ids::PersonName;

use super::StoreError;
use super::decode::{stored, unreadable};
use super::open::Store;
use super::read::Reader;
use super::read::deployments::OPEN_IDS;

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[
    FACTS_AFTER,
    ERASE_IN_FACT,
    ERASE_REQUESTER,
    COUNT_REQUESTER,
    ERASE_REQUESTER_BY_NAME,
    COUNT_LANGUAGE,
    DELETE_LANGUAGE,
    ASIDE_ROWS,
    DELETE_ASIDE,
    SAID_EFFECTS,
    DELETE_EFFECT,
    REWRITE,
    EMPTY_LOG,
];

pub const FACTS_AFTER: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact where sequence > ? order by sequence limit 1000";

pub const ERASE_IN_FACT: &str = "update fact set private = ? where sequence = ?";

pub const ERASE_REQUESTER: &str = "update deployment set requester = null where id = ?";

pub const COUNT_REQUESTER: &str = "select count(*) from deployment where requester = ?";

pub const ERASE_REQUESTER_BY_NAME: &str =
    "update deployment set requester = null where requester = ?";

pub const COUNT_LANGUAGE: &str = "select count(*) from language where person = ?";

pub const DELETE_LANGUAGE: &str = "delete from language where person = ?";

pub const ASIDE_ROWS: &str = "select id, event, json_quote(reason) from aside";

pub const DELETE_ASIDE: &str = "delete from aside where id = ?";

/// What is still to be said to people, shown to them or asked about them; everything else that waits names nobody.
pub const SAID_EFFECTS: &str = "
    select sequence, effect from outbox
    where effect ->> '$.effect' in
        ('log', 'tell', 'answer', 'recall', 'ask_reason', 'show_home', 'identify')";

pub const DELETE_EFFECT: &str = "delete from outbox where sequence = ?";

/// Writes the whole file anew, so that nothing deleted is left in pages that are free.
pub const REWRITE: &str = "vacuum";

pub const EMPTY_LOG: &str = "pragma wal_checkpoint(truncate)";

/// What there is, or was, of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Private values, with their salts, in so many facts.
    pub values: u64,
    pub facts: u64,
    /// Rows of `deployment` that name them as the requester.
    pub deployments: u64,
    /// The language that they chose.
    pub languages: u64,
    /// Rows of `aside`.
    pub aside: u64,
    /// Things that were still to be said to them or about them.
    pub effects: u64,
    /// Facts that name them in a part that is hashed as it is, such as the name of a branch.
    pub fixed: u64,
    /// Deployments that are not over and have such traces: they keep anything from being erased.
    pub open: BTreeSet<i64>,
}

/// Whether traces are only counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Count,
    Erase,
}

/// Counts the traces of somebody and changes nothing; the subject learns their accounts.
pub async fn survey(reader: &Reader, subject: &mut Subject) -> Result<Traces, StoreError> {
    let mut snapshot = reader.snapshot().await?;
    learn(&mut snapshot, subject).await?;
    go_through(&mut snapshot, subject, Deed::Count).await
}

/// Erases the traces of somebody from the database of a data directory that no wilco runs on.
///
/// Nothing is erased while something that is open has any.
pub async fn erase(data: &Path, subject: &Subject) -> Result<Traces, StoreError> {
    let Store { mut writer, reader, check, directory } = Store::open(data).await?;
    super::open::finish_check(check).await?;
    reader.close().await;
    let connection = writer.connection();
    let mut transaction = connection.begin().await.map_err(StoreError::of("begin to erase"))?;
    let traces = go_through(&mut transaction, subject, Deed::Erase).await?;
    if traces.open.is_empty() {
        transaction.commit().await.map_err(StoreError::of("erase"))?;
        for statement in [REWRITE, EMPTY_LOG] {
            let done = writer.connection().execute(sqlx::query(statement)).await;
            done.map_err(StoreError::of("write the database anew"))?;
        }
    } else {
        transaction.rollback().await.map_err(StoreError::of("leave everything as it was"))?;
    }
    writer.close().await?;
    drop(directory);
    Ok(traces)
}

async fn page(connection: &mut SqliteConnection, after: i64) -> Result<Vec<SqliteRow>, StoreError> {
    let rows = connection.fetch_all(sqlx::query(FACTS_AFTER).bind(after)).await;
    rows.map_err(StoreError::of("read the record"))
}

async fn learn(connection: &mut SqliteConnection, subject: &mut Subject) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let rows = page(connection, after).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get(0);
        for row in &rows {
            subject.learn(&read(&stored(row)?)?);
        }
    }
}

async fn go_through(
    connection: &mut SqliteConnection,
    subject: &Subject,
    deed: Deed,
) -> Result<Traces, StoreError> {
    let mut traces = Traces::default();
    let rows = connection.fetch_all(sqlx::query(OPEN_IDS)).await;
    let rows = rows.map_err(StoreError::of("read which deployments are open"))?;
    let open: BTreeSet<i64> = rows.iter().map(|row| row.get(0)).collect();
    let mut chose: BTreeSet<PersonName> = subject.name().into_iter().cloned().collect();
    let mut after = 0;
    loop {
        let rows = page(connection, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.get(0);
        for row in &rows {
            let Some(change) = change_of(row, subject, &mut traces)? else { continue };
            chose.extend(change.chose.clone());
            traces.open.extend(change.deployment.filter(|id| open.contains(id)));
            if deed == Deed::Erase {
                change.carry_out(connection).await?;
            }
        }
    }
    erase_requester(connection, subject, deed, &mut traces).await?;
    delete_languages(connection, &chose, deed, &mut traces).await?;
    delete_asides(connection, subject, deed, &mut traces).await?;
    delete_effects(connection, subject, deed, &mut traces).await?;
    Ok(traces)
}

/// What becomes of one fact.
struct Change {
    sequence: i64,
    private: String,
    deployment: Option<i64>,
    takes_requester: bool,
    /// Whose choice of a language it was.
    chose: Option<PersonName>,
}

/// Returns how a fact is to be changed, if it has traces, and counts them.
fn change_of(
    row: &SqliteRow,
    subject: &Subject,
    traces: &mut Traces,
) -> Result<Option<Change>, StoreError> {
    let stored = stored(row)?;
    let fact = read(&stored)?;
    if subject.is_named_in(stored.body) {
        traces.fixed += 1;
    }
    let caused = subject.caused(&fact);
    let is_chosen = |value: &str| caused || subject.is_named_in(value);
    let (private, count) =
        erase_where(stored.private, is_chosen).map_err(|error| unreadable("fact", error))?;
    if count == 0 {
        return Ok(None);
    }
    traces.values += count;
    traces.facts += 1;
    let takes_requester = match &fact.what {
        What::Requested(requested) => requested.by.known().is_some_and(|by| {
            let name = serde_json::Value::from(by.as_str()).to_string();
            is_chosen(&name)
        }),
        _ => false, // Only a request names the requester.
    };
    traces.deployments += u64::from(takes_requester);
    let chose = match &fact.what {
        What::LanguageChosen { person, .. } => person.known().cloned(),
        _ => None, // Nothing else makes a row of its own.
    };
    let (sequence, deployment) = (stored.sequence, stored.deployment);
    Ok(Some(Change { sequence, private, deployment, takes_requester, chose }))
}

impl Change {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let update = sqlx::query(ERASE_IN_FACT).bind(self.private).bind(self.sequence);
        let done = connection.execute(update).await;
        done.map_err(StoreError::of("erase private values"))?;
        if self.takes_requester {
            let update = sqlx::query(ERASE_REQUESTER).bind(self.deployment);
            let done = connection.execute(update).await;
            done.map_err(StoreError::of("erase a requester"))?;
        }
        Ok(())
    }
}

/// Takes the name from rows whose facts do not have it any more.
async fn erase_requester(
    connection: &mut SqliteConnection,
    subject: &Subject,
    deed: Deed,
    traces: &mut Traces,
) -> Result<(), StoreError> {
    let Some(name) = subject.name() else { return Ok(()) };
    let count = sqlx::query(COUNT_REQUESTER).bind(name.as_str());
    let row = connection.fetch_one(count).await;
    let row = row.map_err(StoreError::of("count the requests of somebody"))?;
    let rows = u64::try_from(row.get::<i64, _>(0)).unwrap_or_default();
    match deed {
        // Nothing was erased, so these are among them.
        Deed::Count => traces.deployments = traces.deployments.max(rows),
        Deed::Erase => {
            traces.deployments += rows;
            let update = sqlx::query(ERASE_REQUESTER_BY_NAME).bind(name.as_str());
            let done = connection.execute(update).await;
            done.map_err(StoreError::of("erase a requester"))?;
        }
    }
    Ok(())
}

/// Deletes what these people chose: facts without their names make no row.
async fn delete_languages(
    connection: &mut SqliteConnection,
    names: &BTreeSet<PersonName>,
    deed: Deed,
    traces: &mut Traces,
) -> Result<(), StoreError> {
    for name in names {
        let row = connection.fetch_one(sqlx::query(COUNT_LANGUAGE).bind(name.as_str())).await;
        let row = row.map_err(StoreError::of("count the choices of somebody"))?;
        traces.languages += u64::try_from(row.get::<i64, _>(0)).unwrap_or_default();
        if deed == Deed::Erase {
            let done = connection.execute(sqlx::query(DELETE_LANGUAGE).bind(name.as_str())).await;
            done.map_err(StoreError::of("delete a choice"))?;
        }
    }
    Ok(())
}

async fn delete_asides(
    connection: &mut SqliteConnection,
    subject: &Subject,
    deed: Deed,
    traces: &mut Traces,
) -> Result<(), StoreError> {
    let rows = connection.fetch_all(sqlx::query(ASIDE_ROWS)).await;
    for row in &rows.map_err(StoreError::of("read what was kept aside"))? {
        if !subject.is_named_in(row.get(1)) && !subject.is_named_in(row.get(2)) {
            continue;
        }
        traces.aside += 1;
        if deed == Deed::Erase {
            let delete = sqlx::query(DELETE_ASIDE).bind(row.get::<&str, _>(0));
            let done = connection.execute(delete).await;
            done.map_err(StoreError::of("delete what was kept aside"))?;
        }
    }
    Ok(())
}

async fn delete_effects(
    connection: &mut SqliteConnection,
    subject: &Subject,
    deed: Deed,
    traces: &mut Traces,
) -> Result<(), StoreError> {
    let rows = connection.fetch_all(sqlx::query(SAID_EFFECTS)).await;
    for row in &rows.map_err(StoreError::of("read the outbox"))? {
        if !subject.is_named_in(row.get(1)) {
            continue;
        }
        traces.effects += 1;
        if deed == Deed::Erase {
            let delete = sqlx::query(DELETE_EFFECT).bind(row.get::<i64, _>(0));
            let done = connection.execute(delete).await;
            done.map_err(StoreError::of("delete what was to be said"))?;
        }
    }
    Ok(())
}
