//! Questions to the store. None of them changes anything, and none costs more the more ever happened.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures_core::Stream;
use sqlx::sqlite::{SqliteExecutor, SqlitePool, SqliteRow};
use sqlx::{Executor, Row, Sqlite, Transaction};
use tempfile::TempDir;

use wilco_core::deployment::{Deployment, Kind};
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{DeploymentId, Digest, EnvironmentName, MessageRef, ServiceName};
use wilco_core::notice::Summary;
use wilco_core::time::Timestamp;
use wilco_core::working_set::{Lane, Live, Origin};

use super::StoreError;
use super::decode::{Recorded, id, integer, live, pending, recorded, summaries, unreadable};
use super::rows::Pending;
use super::write::Head;

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[
    HEAD,
    FACTS_OF,
    OPEN_FACTS,
    EVERY_FACT,
    FIRST_FACT,
    LAST_TIME,
    NEWEST,
    LIVE,
    LIVE_SUMMARIES,
    OPEN_SUMMARIES,
    LANE_HOLDER,
    LIVE_AT,
    HISTORY,
    EARLIER_LENGTHS_OF,
    DUE,
    OPEN_IDS,
    DEPLOYMENT_OF_CARD,
    DESTINATIONS,
    PENDING,
    OUTBOX_SIZE,
    RECENT_DEPLOYMENTS,
    ASIDE,
    VACUUM_INTO,
];

pub const HEAD: &str = "select rows, chain, outbox, catalog from head";

pub const FACTS_OF: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact where deployment = ? order by sequence";

// `cross` keeps SQLite from reading every fact to have them in order. <https://sqlite.org/optoverview.html#crossjoin>
pub const OPEN_FACTS: &str = "
    select f.sequence, f.at, f.deployment, f.kind, f.body, f.private, f.leaf, f.chain
    from deployment d indexed by deployment_open
        cross join fact f indexed by fact_of_deployment on f.deployment = d.id
    where d.status <> 'ended' order by f.sequence";

pub const EVERY_FACT: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact order by sequence";

pub const FIRST_FACT: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact where sequence = 1";

pub const LAST_TIME: &str = "select at from fact order by sequence desc limit 1";

pub const NEWEST: &str = "select coalesce(max(id), 0) from deployment";

pub const LIVE: &str = "
    select d.id, d.service, d.environment, d.commit_sha, d.reference, d.ended_at, d.rolls_back_to
    from live l join deployment d on d.id = l.deployment";

pub const LIVE_SUMMARIES: &str = "
    select d.id, d.service, d.environment, d.kind, d.command, d.status, d.outcome, d.reference,
        d.commit_sha, d.requester, d.requested_at, d.ended_at
    from live l join deployment d on d.id = l.deployment
    where l.service between ?1 and ?2 and (?3 is null or l.environment = ?3)
    order by l.service, l.environment";

pub const OPEN_SUMMARIES: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment indexed by deployment_open
    where status <> 'ended' and (?1 is null or service = ?1) and (?2 is null or environment = ?2)
    order by id limit ?3";

pub const LANE_HOLDER: &str = "
    select id from deployment
        indexed by deployment_open
    where service = ? and environment = ? and status <> 'ended'
        and status in ('starting', 'running')";

pub const LIVE_AT: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment
    where service = ? and environment = ? and outcome = 'succeeded' and kind <> 'command'
        and ended_at <= ?
    order by ended_at desc, id desc limit 1";

pub const HISTORY: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment where service = ? and environment = ? order by id desc limit ?";

pub const EARLIER_LENGTHS_OF: &str = "
    select ended_at - started_at from deployment
    where service = ?1 and environment = ?2 and outcome = 'succeeded' and command is ?3
        and started_at is not null and id < ?4
    order by id desc limit 5";

pub const DUE: &str = "
    select id, expires_at from deployment indexed by deployment_open
    where status <> 'ended' and status in ('resolving', 'waiting') and expires_at <= ?
    order by id limit 256";

pub const OPEN_IDS: &str =
    "select id from deployment indexed by deployment_open where status <> 'ended' order by id";

pub const DEPLOYMENT_OF_CARD: &str =
    "select deployment from card where platform = ? and channel = ? and message = ?";

pub const DESTINATIONS: &str = "select distinct destination from outbox";

pub const PENDING: &str = "
    select sequence, destination, state, effect, at from outbox
    where destination = ? and sequence > ? order by sequence limit ?";

pub const OUTBOX_SIZE: &str = "select count(*) from outbox";

pub const RECENT_DEPLOYMENTS: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment order by id desc limit ?";

pub const VACUUM_INTO: &str = "vacuum into ?";

pub const ASIDE: &str = "select count(*) from aside";

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

    /// Returns what a working set begins with; `None` when nothing was ever recorded.
    pub async fn origin(&self) -> Result<Option<Origin>, StoreError> {
        let first = sqlx::query(FIRST_FACT).fetch_optional(&self.pool).await;
        let Some(first) = first.map_err(StoreError::of("read the first fact"))? else {
            return Ok(None);
        };
        let first = recorded(&first)?;
        let What::Founded { instance } = first.fact.what else {
            return Err(unreadable("fact", "the first one does not begin a record"));
        };
        let catalog = self.head().await?.catalog;
        let last: i64 = self.number(LAST_TIME, "read the time of the last fact").await?;
        let newest: i64 = self.number(NEWEST, "read the newest number").await?;
        let newest = DeploymentId(u64::try_from(newest).unwrap_or_default());
        let live = self.live().await?;
        Ok(Some(Origin { instance, catalog, newest, last_at: Timestamp(last), live }))
    }

    async fn number(&self, sql: &'static str, doing: &'static str) -> Result<i64, StoreError> {
        let row = sqlx::query(sql).fetch_one(&self.pool).await.map_err(StoreError::of(doing))?;
        Ok(row.get(0))
    }

    async fn live(&self) -> Result<BTreeMap<Lane, Live>, StoreError> {
        let rows = sqlx::query(LIVE).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read what is live"))?;
        rows.iter().map(live).collect()
    }

    /// Returns the facts of every deployment that is not over, each row checked by itself.
    pub async fn open_facts(&self) -> Result<Vec<Fact>, StoreError> {
        let rows = sqlx::query(OPEN_FACTS).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read the facts of open deployments"))?;
        rows.iter().map(|row| recorded(row).map(|recorded| recorded.fact)).collect()
    }

    pub async fn facts_of(&self, id: DeploymentId) -> Result<Vec<Recorded>, StoreError> {
        let rows = sqlx::query(FACTS_OF).bind(integer(id)).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read the facts of a deployment"))?;
        rows.iter().map(recorded).collect()
    }

    /// Returns a deployment as the fold of its facts, open or over.
    pub async fn deployment(&self, id: DeploymentId) -> Result<Option<Deployment>, StoreError> {
        Ok(self.deployment_with_newest(id).await?.map(|(deployment, _)| deployment))
    }

    /// Returns a deployment with the number of its newest fact.
    pub async fn deployment_with_newest(
        &self,
        id: DeploymentId,
    ) -> Result<Option<(Deployment, u64)>, StoreError> {
        let facts = self.facts_of(id).await?;
        let newest = facts.last().map_or(0, |recorded| recorded.sequence);
        let deployment = Deployment::fold(facts.iter().map(|recorded| &recorded.fact));
        Ok(deployment.map(|deployment| (deployment, newest)))
    }

    pub async fn deployment_of_card(
        &self,
        card: &MessageRef,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let row = sqlx::query(DEPLOYMENT_OF_CARD)
            .bind(card.place.platform.to_string())
            .bind(&card.place.channel)
            .bind(&card.message)
            .fetch_optional(&self.pool)
            .await;
        let row = row.map_err(StoreError::of("read whose card a message is"))?;
        Ok(row.map(|row| id(row.get(0))))
    }

    /// Returns what starts or runs for the service in the environment.
    pub async fn lane_holder(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let row = sqlx::query(LANE_HOLDER)
            .bind(service.as_str())
            .bind(environment.as_str())
            .fetch_optional(&self.pool)
            .await;
        let row = row.map_err(StoreError::of("read what runs"))?;
        Ok(row.map(|row| id(row.get(0))))
    }

    /// Returns what is live for the services from one name to another.
    pub async fn live_summaries(
        &self,
        services: (&ServiceName, &ServiceName),
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Summary>, StoreError> {
        let rows = sqlx::query(LIVE_SUMMARIES)
            .bind(services.0.as_str())
            .bind(services.1.as_str())
            .bind(environment.map(EnvironmentName::as_str))
            .fetch_all(&self.pool)
            .await;
        summaries(rows, "read what is live")
    }

    pub async fn open_summaries(
        &self,
        service: Option<&ServiceName>,
        environment: Option<&EnvironmentName>,
        most: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        let rows = sqlx::query(OPEN_SUMMARIES)
            .bind(service.map(ServiceName::as_str))
            .bind(environment.map(EnvironmentName::as_str))
            .bind(most)
            .fetch_all(&self.pool)
            .await;
        summaries(rows, "read what is open")
    }

    /// Returns what was live at a moment.
    pub async fn live_at(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        at: Timestamp,
    ) -> Result<Option<Summary>, StoreError> {
        let rows = sqlx::query(LIVE_AT)
            .bind(service.as_str())
            .bind(environment.as_str())
            .bind(at.0)
            .fetch_all(&self.pool)
            .await;
        Ok(summaries(rows, "read what was live")?.pop())
    }

    /// Returns past and open deployments, newest first.
    pub async fn history(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        most: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(service.as_str())
            .bind(environment.as_str())
            .bind(most)
            .fetch_all(&self.pool)
            .await;
        summaries(rows, "read the history")
    }

    /// Returns the newest deployments of everything, newest first.
    pub async fn recent(&self, most: u32) -> Result<Vec<Summary>, StoreError> {
        let rows = sqlx::query(RECENT_DEPLOYMENTS).bind(most).fetch_all(&self.pool).await;
        summaries(rows, "read the newest deployments")
    }

    /// Returns how long the last few successful runs before this one took, in milliseconds.
    pub async fn earlier_lengths(&self, deployment: &Deployment) -> Result<Vec<i64>, StoreError> {
        let command = match &deployment.kind {
            Kind::Command { command } => Some(command.as_str()),
            Kind::Deploy | Kind::Rollback => None,
        };
        let rows = sqlx::query(EARLIER_LENGTHS_OF)
            .bind(deployment.service.as_str())
            .bind(deployment.environment.as_str())
            .bind(command)
            .bind(integer(deployment.id))
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(StoreError::of("read how long earlier runs took"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Returns deployments that have expired by this time, with the time at which they did.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<(DeploymentId, Timestamp)>, StoreError> {
        let rows = sqlx::query(DUE).bind(now.0).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read what is due"))?;
        Ok(rows.iter().map(|row| (id(row.get(0)), Timestamp(row.get(1)))).collect())
    }

    pub async fn open_ids(&self) -> Result<Vec<DeploymentId>, StoreError> {
        let rows = sqlx::query(OPEN_IDS).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read which deployments are open"))?;
        Ok(rows.iter().map(|row| id(row.get(0))).collect())
    }

    pub async fn destinations(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(DESTINATIONS).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read where effects wait to go"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Returns the next effects for a destination after the one with this number.
    pub async fn pending(
        &self,
        destination: &str,
        after: i64,
        most: u32,
    ) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query(PENDING)
            .bind(destination)
            .bind(after)
            .bind(most)
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(StoreError::of("read the outbox"))?;
        rows.iter().map(pending).collect()
    }

    pub async fn outbox_size(&self) -> Result<u64, StoreError> {
        let size = self.number(OUTBOX_SIZE, "count the effects that wait").await?;
        Ok(u64::try_from(size).unwrap_or_default())
    }

    /// Returns how many deliveries were kept aside.
    pub async fn aside(&self) -> Result<u64, StoreError> {
        let size = self.number(ASIDE, "count what was kept aside").await?;
        Ok(u64::try_from(size).unwrap_or_default())
    }

    /// Streams every row of the record, in order.
    pub fn every_fact(&self) -> impl Stream<Item = Result<SqliteRow, sqlx::Error>> + '_ {
        (&self.pool).fetch(sqlx::query(EVERY_FACT))
    }
}
