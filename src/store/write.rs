//! The one writer: a batch is one transaction with a constant number of statements, whatever its size.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde::Serialize;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Row};

use wilco_core::audit;
use wilco_core::deployment::Deployment;
use wilco_core::ids::Digest;
use wilco_core::time::Timestamp;

use super::StoreError;
use super::rows::{CardRow, DeploymentRow, Pending, live_row};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[BEGIN, COMMIT_REQUESTS, COMMIT, ROLLBACK, FORGET_DELIVERIES];

/// Begins a batch and tells which delivery ids are new.
pub const BEGIN: &str = "
    begin immediate;
    insert or ignore into delivery (id, at)
    select value ->> 0, value ->> 1 from json_each(?) where true
    returning id";

// JSONB is taken apart once, and `->` gives what is nested in it as the same minified JSON.
macro_rules! write_facts {
    () => {
        "insert into fact (sequence, at, deployment, kind, body, private, leaf, chain)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value -> 5,
            unhex(value ->> 6), unhex(value ->> 7)
        from jsonb_each(?);

        insert into deployment (id, service, environment, kind, command, status, outcome,
            reference, commit_sha, requester, requested_at, expires_at, started_at, ended_at,
            rolls_back_to)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
            value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
            value ->> 12, value ->> 13, value ->> 14
        from jsonb_each(?) where true
        on conflict (id) do update set status = excluded.status, outcome = excluded.outcome,
            reference = excluded.reference, commit_sha = excluded.commit_sha,
            started_at = excluded.started_at, ended_at = excluded.ended_at,
            rolls_back_to = excluded.rolls_back_to;

        insert into outbox (sequence, destination, state, effect, at)
        select value ->> 0, value ->> 1, 'pending', value -> 2, value ->> 3 from jsonb_each(?);
        "
    };
}

macro_rules! write_head {
    () => {
        "update head set rows = ?, chain = ?, outbox = ?, catalog = ?;

        commit"
    };
}

/// Writes a batch of which nothing has ended, been shown or been carried out, and commits it.
pub const COMMIT_REQUESTS: &str = concat!(write_facts!(), write_head!());

/// Writes any batch and commits it. Every table takes its rows from one JSON array.
pub const COMMIT: &str = concat!(
    write_facts!(),
    "insert into live (service, environment, deployment)
    select value ->> 0, value ->> 1, value ->> 2 from jsonb_each(?) where true
    on conflict (service, environment) do update set deployment = excluded.deployment;

    insert into card (platform, channel, message, deployment)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each(?) where true
    on conflict (platform, channel, message) do update set deployment = excluded.deployment;

    update outbox set state = 'attempting' where sequence in (select value from json_each(?));

    delete from outbox where sequence in (select value from json_each(?));

    insert or ignore into aside (id, at, event, reason)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each(?);

    ",
    write_head!()
);

pub const ROLLBACK: &str = "rollback";

/// Forgets delivery ids that are older than any platform delivers again.
pub const FORGET_DELIVERIES: &str = "delete from delivery where at < ?";

/// What one transaction writes.
#[derive(Debug, Default)]
pub struct Batch {
    pub facts: Vec<audit::Row>,
    /// Deployments as they stand after the facts; the newest state of each.
    pub deployments: Vec<Deployment>,
    pub cards: Vec<CardRow>,
    pub effects: Vec<Pending>,
    pub attempting: Vec<i64>,
    pub settled: Vec<i64>,
    pub aside: Vec<Aside>,
    pub head: Head,
}

/// Where the record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub rows: u64,
    pub chain: Digest,
    /// The highest number that an effect ever had.
    pub outbox: i64,
    /// The configuration that was last put on record.
    pub catalog: Option<Digest>,
}

impl Default for Head {
    fn default() -> Self {
        Self { rows: 0, chain: audit::ORIGIN, outbox: 0, catalog: None }
    }
}

/// A delivery that could not be applied.
#[derive(Debug, Serialize)]
pub struct Aside {
    pub id: String,
    pub at: Timestamp,
    pub event: String,
    pub reason: String,
}

/// The one connection that writes.
pub struct Writer {
    connection: SqliteConnection,
}

impl Writer {
    pub fn new(connection: SqliteConnection) -> Self {
        Self { connection }
    }

    /// Begins a transaction and returns those of the delivery ids that were never delivered before.
    pub async fn begin(
        &mut self,
        ids: &[&str],
        at: Timestamp,
    ) -> Result<HashSet<String>, StoreError> {
        let rows: Vec<(&str, i64)> = ids.iter().map(|id| (*id, at.0)).collect();
        let query = sqlx::query(BEGIN).bind(json(&rows));
        let rows = self.connection.fetch_all(query).await;
        let rows = rows.map_err(StoreError::of("begin a transaction"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Writes the batch and commits it.
    pub async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let deployments: Vec<_> = batch.deployments.iter().map(DeploymentRow::of).collect();
        let live: Vec<_> = batch.deployments.iter().filter_map(live_row).collect();
        let only_requests = live.is_empty()
            && batch.cards.is_empty()
            && batch.attempting.is_empty()
            && batch.settled.is_empty()
            && batch.aside.is_empty();
        let mut query = sqlx::query(if only_requests { COMMIT_REQUESTS } else { COMMIT })
            .bind(fact_rows(&batch.facts))
            .bind(json(&deployments))
            .bind(effect_rows(&batch.effects));
        if !only_requests {
            let aside = batch.aside.iter();
            let aside: Vec<_> =
                aside.map(|row| (&row.id, row.at.0, &row.event, &row.reason)).collect();
            query = query
                .bind(json(&live))
                .bind(json(&batch.cards))
                .bind(json(&batch.attempting))
                .bind(json(&batch.settled))
                .bind(json(&aside));
        }
        let query = query
            .bind(i64::try_from(batch.head.rows).unwrap_or(i64::MAX))
            .bind(batch.head.chain.0.to_vec())
            .bind(batch.head.outbox)
            .bind(batch.head.catalog.map(String::from));
        let written = self.connection.execute(query).await;
        written.map(drop).map_err(StoreError::of("write to the database"))
    }

    /// Takes back what the transaction wrote so far; nothing if there is none.
    pub async fn roll_back(&mut self) {
        // SQLite itself rolls back on some errors, and then there is nothing left to take back.
        if let Err(error) = self.connection.execute(sqlx::query(ROLLBACK)).await {
            tracing::debug!(%error, "nothing was left to roll back");
        }
    }

    /// Forgets the ids of deliveries from before this time.
    pub async fn forget_deliveries(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query(FORGET_DELIVERIES).bind(before.0);
        let done = self.connection.execute(query).await;
        done.map(drop).map_err(StoreError::of("forget old deliveries"))
    }

    /// Returns the connection, to read through it or to close it.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub async fn close(self) -> Result<(), StoreError> {
        super::open::close(self.connection).await
    }
}

fn json<T: Serialize>(rows: &T) -> String {
    serde_json::to_string(rows).expect("rows are JSON values")
}

/// Returns the rows of `fact` as JSON. What is JSON already is nested as it is.
fn fact_rows(facts: &[audit::Row]) -> String {
    array(facts, |text, row| {
        let deployment = row.deployment.map_or("null".to_owned(), |id| id.0.to_string());
        let (sequence, at, kind) = (row.sequence, row.at.0, row.kind);
        let (body, private, leaf, chain) = (&row.body, &row.private, row.leaf, row.chain);
        write!(
            text,
            "[{sequence},{at},{deployment},\"{kind}\",{body},{private},\"{leaf}\",\"{chain}\"]"
        )
    })
}

fn effect_rows(effects: &[Pending]) -> String {
    array(effects, |text, pending| {
        let (destination, effect) = (json(&pending.destination), json(&pending.effect));
        write!(text, "[{},{destination},{effect},{}]", pending.sequence, pending.at.0)
    })
}

fn array<T>(rows: &[T], write: impl Fn(&mut String, &T) -> std::fmt::Result) -> String {
    let mut text = String::from("[");
    for row in rows {
        if text.len() > 1 {
            text.push(',');
        }
        write(&mut text, row).expect("a text takes whatever is written");
    }
    text.push(']');
    text
}
