//! The tables that are folds of the facts, compared with the facts: one pass, in which each row is
//! looked at where the facts say that it changes no more.

use std::collections::BTreeMap;

use futures_core::Stream;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Executor, Row};

use wilco_core::audit::{self, Fault, ORIGIN};
use wilco_core::deployment::Deployment;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{DeploymentId, MessageRef};
use wilco_core::time::Timestamp;
use wilco_core::working_set::{Origin, WorkingSet};

use super::StoreError;
use super::decode::{integer, stored, unreadable};
use super::rows::DeploymentRow;
use super::write::Head;

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[
    FACTS_WITH_FOLDS,
    OPEN_ROWS,
    COUNT_DEPLOYMENTS,
    DEPLOYMENT_WITHOUT_FACTS,
    LIVE_ROWS,
    LANGUAGE_ROWS,
    CARD_WITHOUT_FACTS,
];

/// The columns of `deployment`, in the order of a [`DeploymentRow`].
const COLUMNS: [&str; 15] = [
    "id",
    "service",
    "environment",
    "kind",
    "command",
    "status",
    "outcome",
    "reference",
    "commit_sha",
    "requester",
    "requested_at",
    "expires_at",
    "started_at",
    "ended_at",
    "rolls_back_to",
];

macro_rules! deployment_row {
    () => {
        "json_array(d.id, d.service, d.environment, d.kind, d.command, d.status, d.outcome,
            d.reference, d.commit_sha, d.requester, d.requested_at, d.expires_at, d.started_at,
            d.ended_at, d.rolls_back_to)"
    };
}

/// Every fact; one that ends a deployment or shows a card brings the row along that it made.
pub const FACTS_WITH_FOLDS: &str = concat!(
    "select f.sequence, f.at, f.deployment, f.kind, f.body, f.private, f.leaf, f.chain,
        case
            when f.kind in ('run_ended', 'obstructed', 'rejected', 'cancelled', 'expired') then (
                select ",
    deployment_row!(),
    " from deployment d where d.id = f.deployment
            )
            when f.kind = 'card_shown' and json_valid(f.body) then (
                select c.deployment from card c
                where c.platform = f.body ->> '$.message.place.platform'
                    and c.channel = f.body ->> '$.message.place.channel'
                    and c.message = f.body ->> '$.message.message'
            )
        end
    from fact f order by f.sequence"
);

pub const OPEN_ROWS: &str = concat!(
    "select ",
    deployment_row!(),
    " from json_each(?) e left join deployment d on d.id = e.value order by e.value"
);

pub const COUNT_DEPLOYMENTS: &str = "select count(*) from deployment";

pub const DEPLOYMENT_WITHOUT_FACTS: &str = "
    select d.id from deployment d
    where not exists (
        select 1 from fact f indexed by fact_of_deployment
        where f.deployment = d.id and f.kind = 'requested'
    )
    order by d.id limit 1";

pub const LIVE_ROWS: &str =
    "select service, environment, deployment from live order by service, environment";

pub const LANGUAGE_ROWS: &str = "select person, locale from language order by person";

pub const CARD_WITHOUT_FACTS: &str = "
    select c.message, c.deployment from card c
    where not exists (
        select 1 from fact f indexed by fact_of_deployment
        where f.deployment = c.deployment and f.kind = 'card_shown'
            and f.body ->> '$.message.message' = c.message
            and f.body ->> '$.message.place.channel' = c.channel
            and f.body ->> '$.message.place.platform' = c.platform
    )
    limit 1";

/// Some rows of [`FACTS_WITH_FOLDS`].
pub type Page = Vec<SqliteRow>;

/// Streams every fact with the row that it made, in order.
pub fn every_fact(
    connection: &mut SqliteConnection,
) -> impl Stream<Item = Result<SqliteRow, sqlx::Error>> + '_ {
    connection.fetch(sqlx::query(FACTS_WITH_FOLDS))
}

/// The first row that is not what the facts make of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("the row of {row} in the table `{table}` has another `{column}` than the facts say")]
    Column { table: &'static str, row: String, column: &'static str },
    #[error("the row of {row} is missing from the table `{table}`")]
    Missing { table: &'static str, row: String },
    #[error("the row of {row} in the table `{table}` has no fact that made it")]
    Invented { table: &'static str, row: String },
}

/// Why a comparison ended early.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error(transparent)]
    Fact(#[from] Fault),
    #[error(transparent)]
    Row(#[from] Difference),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The fold of the facts so far. Its memory is bounded by what is open and what is live.
pub struct Comparison {
    set: WorkingSet,
    deployments: i64,
    /// Messages that a later fact must still give to the deployment that the table names.
    given_on: BTreeMap<MessageRef, i64>,
}

impl Default for Comparison {
    fn default() -> Self {
        let set = WorkingSet::new(Origin {
            instance: ORIGIN,
            catalog: None,
            newest: DeploymentId(0),
            last_at: Timestamp(0),
            live: BTreeMap::new(),
            chosen: BTreeMap::new(),
        });
        Self { set, deployments: 0, given_on: BTreeMap::new() }
    }
}

impl Comparison {
    /// Takes the next row of [`FACTS_WITH_FOLDS`], which was verified before.
    pub fn take(&mut self, row: &SqliteRow) -> Result<(), Ended> {
        let fact = audit::outline(&stored(row)?)?;
        if let (What::Requested(_), Some(_)) = (&fact.what, fact.deployment) {
            self.deployments += 1;
        }
        if let (What::CardShown { message }, Some(id)) = (&fact.what, fact.deployment) {
            let beside: Option<i64> = row.try_get(8).map_err(|error| unreadable("card", error))?;
            self.take_card(message, integer(id), beside)?;
        }
        self.take_fact(&fact, row)
    }

    fn take_fact(&mut self, fact: &Fact, row: &SqliteRow) -> Result<(), Ended> {
        let Some(ended) = self.set.apply(fact) else { return Ok(()) };
        let beside: Option<&str> =
            row.try_get(8).map_err(|error| unreadable("deployment", error))?;
        Ok(compare(&ended, beside)?)
    }

    fn take_card(
        &mut self,
        message: &MessageRef,
        deployment: i64,
        beside: Option<i64>,
    ) -> Result<(), Difference> {
        let Some(beside) = beside else {
            return Err(Difference::Missing { table: "card", row: name_of(message) });
        };
        if beside == deployment {
            self.given_on.remove(message);
        } else {
            self.given_on.insert(message.clone(), beside);
        }
        Ok(())
    }

    /// Compares what is only known at the end, in the transaction that the facts were read in.
    pub async fn finish(
        &self,
        connection: &mut SqliteConnection,
        head: &Head,
    ) -> Result<(), Ended> {
        if head.catalog.as_ref() != self.set.catalog() {
            let row = "the record's end".to_owned();
            return Err(Difference::Column { table: "head", row, column: "catalog" }.into());
        }
        self.compare_open(connection).await?;
        self.compare_number(connection).await?;
        self.compare_live(connection).await?;
        self.compare_languages(connection).await?;
        self.compare_cards(connection).await
    }

    async fn compare_open(&self, connection: &mut SqliteConnection) -> Result<(), Ended> {
        let ids: Vec<u64> = self.set.open().map(|deployment| deployment.id.0).collect();
        let ids = serde_json::to_string(&ids).expect("numbers are JSON values");
        let rows = connection.fetch_all(sqlx::query(OPEN_ROWS).bind(ids)).await;
        let rows = rows.map_err(StoreError::of("read what is open"))?;
        for (deployment, row) in self.set.open().zip(&rows) {
            let beside: &str = row.try_get(0).map_err(|error| unreadable("deployment", error))?;
            compare(deployment, Some(beside).filter(|row| !row.starts_with("[null")))?;
        }
        Ok(())
    }

    async fn compare_number(&self, connection: &mut SqliteConnection) -> Result<(), Ended> {
        let row = connection.fetch_one(sqlx::query(COUNT_DEPLOYMENTS)).await;
        let row = row.map_err(StoreError::of("count the deployments"))?;
        if row.get::<i64, _>(0) == self.deployments {
            return Ok(());
        }
        let row = connection.fetch_optional(sqlx::query(DEPLOYMENT_WITHOUT_FACTS)).await;
        let row = row.map_err(StoreError::of("read which deployment has no facts"))?;
        let row = row.map_or("one".to_owned(), |row| format!("#{}", row.get::<i64, _>(0)));
        Err(Difference::Invented { table: "deployment", row }.into())
    }

    async fn compare_live(&self, connection: &mut SqliteConnection) -> Result<(), Ended> {
        let rows = connection.fetch_all(sqlx::query(LIVE_ROWS)).await;
        let rows = rows.map_err(StoreError::of("read what is live"))?;
        let mut beside: BTreeMap<(&str, &str), i64> =
            rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
        for ((service, environment), live) in self.set.live() {
            let row = format!("{service} in {environment}");
            match beside.remove(&(service.as_str(), environment.as_str())) {
                None => return Err(Difference::Missing { table: "live", row }.into()),
                Some(id) if id == integer(live.deployment) => {}
                Some(_) => {
                    let column = "deployment";
                    return Err(Difference::Column { table: "live", row, column }.into());
                }
            }
        }
        match beside.first_key_value() {
            None => Ok(()),
            Some(((service, environment), _)) => {
                let row = printable(&format!("{service} in {environment}"));
                Err(Difference::Invented { table: "live", row }.into())
            }
        }
    }

    async fn compare_languages(&self, connection: &mut SqliteConnection) -> Result<(), Ended> {
        let rows = connection.fetch_all(sqlx::query(LANGUAGE_ROWS)).await;
        let rows = rows.map_err(StoreError::of("read which languages people chose"))?;
        let (table, column) = ("language", "locale");
        let mut beside: BTreeMap<&str, &str> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        for (person, locale) in self.set.chosen() {
            let row = person.to_string();
            match beside.remove(person.as_str()) {
                None => return Err(Difference::Missing { table, row }.into()),
                Some(code) if code == locale.code() => {}
                Some(_) => return Err(Difference::Column { table, row, column }.into()),
            }
        }
        match beside.first_key_value() {
            None => Ok(()),
            Some((person, _)) => Err(Difference::Invented { table, row: printable(person) }.into()),
        }
    }

    async fn compare_cards(&self, connection: &mut SqliteConnection) -> Result<(), Ended> {
        if let Some((message, _)) = self.given_on.first_key_value() {
            let (row, column) = (name_of(message), "deployment");
            return Err(Difference::Column { table: "card", row, column }.into());
        }
        let row = connection.fetch_optional(sqlx::query(CARD_WITHOUT_FACTS)).await;
        let row = row.map_err(StoreError::of("read which card has no facts"))?;
        let Some(row) = row else { return Ok(()) };
        let (message, id): (&str, i64) = (row.get(0), row.get(1));
        let row = printable(&format!("message {message} for #{id}"));
        Err(Difference::Invented { table: "card", row }.into())
    }
}

/// Compares a deployment with its row, a JSON array in the order of the columns.
fn compare(deployment: &Deployment, beside: Option<&str>) -> Result<(), Difference> {
    let (table, row) = ("deployment", deployment.id.to_string());
    let Some(beside) = beside else { return Err(Difference::Missing { table, row }) };
    let folded = serde_json::to_string(&DeploymentRow::of(deployment)).expect("rows are JSON");
    if folded == beside {
        return Ok(());
    }
    // The same value may be written in two ways; only a value that differs is a difference.
    let values = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default();
    let (folded, beside) = (values(&folded), values(beside));
    let differs = |index: &usize| folded.get(*index) != beside.get(*index);
    match (0..COLUMNS.len()).find(differs) {
        None => Ok(()),
        Some(index) => Err(Difference::Column { table, row, column: COLUMNS[index] }),
    }
}

fn name_of(message: &MessageRef) -> String {
    printable(&format!("message {} in {}", message.message, message.place.channel))
}

/// Whoever changed the file chose these words: they must not do anything to a terminal.
fn printable(text: &str) -> String {
    wilco_core::text::inert(text, 200)
}
