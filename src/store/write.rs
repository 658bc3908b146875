//! The one writer: a batch is one statement, and so one transaction, whatever its size.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Row};

use wilco_core::audit;
use wilco_core::ids::Digest;
use wilco_core::time::Timestamp;

use super::StoreError;
use super::rows::{Pending, Rows, Texts};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[PREPARE, KNOWN, WRITE, FORGET_DELIVERIES];

/// Lets the connection write a batch as one row of a view, which triggers hand out to the tables.
///
/// One statement outside of a transaction is applied wholly or not at all, costs one round trip to
/// the connection's thread, and needs no journal of its own to be taken back. The view and its
/// triggers belong to this connection alone; nobody else finds them in the file.
///
/// What is long (JSON already) or binary stands by itself in `texts` and `hashes`, from where a row
/// takes its piece: SQLite would read it as JSON and write it out again otherwise.
// JSONB is taken apart once for all the columns.
pub const PREPARE: &str = "
    create temp view batch as select null as at, null as texts, null as hashes,
        null as deliveries, null as facts, null as deployments, null as effects, null as live,
        null as cards, null as languages, null as attempting, null as settled, null as aside, null as rows,
        null as chain, null as outbox, null as catalog;

    create temp trigger batch_is_written instead of insert on batch begin
        insert into delivery (id, at) select value, new.at from json_each(new.deliveries);

        insert into fact (sequence, at, deployment, kind, body, private, leaf, chain)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3,
            cast(substr(new.texts, value ->> 4, value ->> 5) as text),
            cast(substr(new.texts, value ->> 6, value ->> 7) as text),
            substr(new.hashes, key * 64 + 1, 32), substr(new.hashes, key * 64 + 33, 32)
        from jsonb_each(new.facts);

        insert into deployment (id, service, environment, kind, command, status, outcome,
            reference, commit_sha, requester, requested_at, expires_at, started_at, ended_at,
            rolls_back_to)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
            value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
            value ->> 12, value ->> 13, value ->> 14
        from jsonb_each(new.deployments) where true
        on conflict (id) do update set status = excluded.status, outcome = excluded.outcome,
            reference = excluded.reference, commit_sha = excluded.commit_sha,
            started_at = excluded.started_at, ended_at = excluded.ended_at,
            rolls_back_to = excluded.rolls_back_to;

        insert into outbox (sequence, destination, state, effect, at)
        select value ->> 0, value ->> 1, 'pending',
            cast(substr(new.texts, value ->> 2, value ->> 3) as text), value ->> 4
        from jsonb_each(new.effects);

        update head set rows = new.rows, chain = new.chain, outbox = new.outbox,
            catalog = new.catalog;
    end;

    create temp trigger what_is_live_or_shown instead of insert on batch
    when new.live is not null or new.cards is not null
    begin
        insert into live (service, environment, deployment)
        select value ->> 0, value ->> 1, value ->> 2 from json_each(new.live) where true
        on conflict (service, environment) do update set deployment = excluded.deployment;

        insert into card (platform, channel, message, deployment)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3
        from json_each(new.cards) where true
        on conflict (platform, channel, message) do update set deployment = excluded.deployment;
    end;

    create temp trigger what_is_spoken instead of insert on batch
    when new.languages is not null
    begin
        delete from language where person in (
            select value ->> 0 from json_each(new.languages) where value ->> 1 is null
        );

        insert into language (person, locale)
        select value ->> 0, value ->> 1 from json_each(new.languages) where value ->> 1 is not null
        on conflict (person) do update set locale = excluded.locale;
    end;

    create temp trigger what_became_of_effects instead of insert on batch
    when new.attempting is not null or new.settled is not null
    begin
        update outbox set state = 'attempting'
        where sequence in (select value from json_each(new.attempting));

        delete from outbox where sequence in (select value from json_each(new.settled));
    end;

    create temp trigger what_is_kept_aside instead of insert on batch
    when new.aside is not null
    begin
        insert or ignore into aside (id, at, event, reason)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(new.aside);
    end";

/// Tells which of some delivery ids were delivered before.
pub const KNOWN: &str = "
    select id from delivery where id in (select value from json_each(?))";

/// Writes a batch. Every table takes its rows from one JSON array; null is none.
pub const WRITE: &str = "
    insert into batch (at, texts, hashes, deliveries, facts, deployments, effects, live, cards,
        languages, attempting, settled, aside, rows, chain, outbox, catalog)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Forgets delivery ids that are older than any platform delivers again.
pub const FORGET_DELIVERIES: &str = "delete from delivery where at < ?";

/// What one transaction writes.
#[derive(Debug, Default)]
pub struct Batch {
    pub at: Timestamp,
    pub texts: Texts,
    /// The leaf and the chain of each of the facts, in their order.
    pub hashes: Vec<u8>,
    /// Ids of deliveries that are new; one that is not fails the batch.
    pub deliveries: Rows,
    pub facts: Rows,
    /// Deployments as they stand after the facts; the newest state of each.
    pub deployments: Rows,
    pub effects: Rows,
    /// What the deployments made live.
    pub live: Rows,
    pub cards: Rows,
    /// What people choose, as it stands after the facts; nothing is no choice any more.
    pub languages: Rows,
    /// Numbers of effects.
    pub attempting: Rows,
    pub settled: Rows,
    pub aside: Rows,
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

impl Batch {
    pub fn push_fact(&mut self, row: &audit::Row) {
        let (body, private) = (self.texts.add(&row.body), self.texts.add(&row.private));
        let (sequence, at, deployment, kind) = (row.sequence, row.at, row.deployment, row.kind);
        let columns = (
            sequence,
            at,
            deployment,
            kind,
            body.start,
            body.length,
            private.start,
            private.length,
        );
        self.facts.push(&columns);
        self.hashes.extend(row.leaf.0);
        self.hashes.extend(row.chain.0);
    }

    pub fn push_effect(&mut self, pending: &Pending) {
        let effect = self.texts.add_json(&pending.effect);
        let (sequence, destination) = (pending.sequence, &pending.destination);
        self.effects.push(&(sequence, destination, effect.start, effect.length, pending.at));
    }
}

/// The one connection that writes.
pub struct Writer {
    connection: SqliteConnection,
}

impl Writer {
    /// Gets a connection ready to write; its tables must be up to date.
    pub async fn prepare(mut connection: SqliteConnection) -> Result<Self, StoreError> {
        let prepared = connection.execute(PREPARE).await;
        prepared.map_err(StoreError::of("get ready to write to the database"))?;
        Ok(Self { connection })
    }

    /// Returns those of the delivery ids that were delivered before.
    pub async fn known(&mut self, ids: Rows) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query(KNOWN).bind(ids.json());
        let rows = self.connection.fetch_all(query).await;
        let rows = rows.map_err(StoreError::of("read which deliveries are known"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Writes the batch in one transaction; after an error nothing of it is written.
    pub async fn write(&mut self, batch: Batch) -> Result<(), StoreError> {
        let query = sqlx::query(WRITE)
            .bind(batch.at.0)
            .bind(batch.texts.0)
            .bind(batch.hashes)
            .bind(batch.deliveries.json())
            .bind(batch.facts.json())
            .bind(batch.deployments.json())
            .bind(batch.effects.json())
            .bind(batch.live.json())
            .bind(batch.cards.json())
            .bind(batch.languages.json())
            .bind(batch.attempting.json())
            .bind(batch.settled.json())
            .bind(batch.aside.json())
            .bind(i64::try_from(batch.head.rows).unwrap_or(i64::MAX))
            .bind(batch.head.chain.0.to_vec())
            .bind(batch.head.outbox)
            .bind(batch.head.catalog.map(String::from));
        let written = self.connection.execute(query).await;
        written.map(drop).map_err(StoreError::of("write to the database"))
    }

    /// Forgets the ids of deliveries from before this time.
    pub async fn forget_deliveries(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query(FORGET_DELIVERIES).bind(before.0);
        let done = self.connection.execute(query).await;
        done.map(drop).map_err(StoreError::of("forget old deliveries"))
    }

    /// Returns the connection, to change what no batch does.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub async fn close(self) -> Result<(), StoreError> {
        super::open::close(self.connection).await
    }
}
