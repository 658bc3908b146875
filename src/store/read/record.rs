//! Questions about the record: where it begins, its facts, and what a deployment is by them.

use std::collections::BTreeMap;

use futures_core::Stream;
use sqlx::Executor;
use sqlx::sqlite::SqliteRow;

use wilco_core::deployment::Deployment;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::DeploymentId;
use wilco_core::language::Chosen;
use wilco_core::live::Live;
use wilco_core::time::Timestamp;
use wilco_core::working_set::{Lane, Origin};

use super::Reader;
use crate::store::StoreError;
use crate::store::decode::{Recorded, chosen, integer, live, recorded, unreadable};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] =
    &[FIRST_FACT, LAST_TIME, NEWEST, LIVE, CHOSEN, EVERY_FACT, OPEN_FACTS, FACTS_OF];

pub const FIRST_FACT: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact where sequence = 1";

pub const LAST_TIME: &str = "select at from fact order by sequence desc limit 1";

pub const NEWEST: &str = "select coalesce(max(id), 0) from deployment";

pub const LIVE: &str = "
    select d.id, d.service, d.environment, d.commit_sha, d.reference, d.ended_at, d.rolls_back_to,
        (select f.body -> '$.places' from fact f
            where f.deployment = d.id order by f.sequence limit 1)
    from live l join deployment d on d.id = l.deployment";

pub const CHOSEN: &str = "select person, locale from language";

pub const EVERY_FACT: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact order by sequence";

// `cross` keeps SQLite from reading every fact to have them in order. <https://sqlite.org/optoverview.html#crossjoin>
pub const OPEN_FACTS: &str = "
    select f.sequence, f.at, f.deployment, f.kind, f.body, f.private, f.leaf, f.chain
    from deployment d indexed by deployment_open
        cross join fact f indexed by fact_of_deployment on f.deployment = d.id
    where d.status <> 'ended' order by f.sequence";

pub const FACTS_OF: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact where deployment = ? order by sequence";

impl Reader {
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
        let (last_at, chosen) = (Timestamp(last), self.chosen().await?);
        Ok(Some(Origin { instance, catalog, newest, last_at, live, chosen }))
    }

    async fn live(&self) -> Result<BTreeMap<Lane, Live>, StoreError> {
        let rows = sqlx::query(LIVE).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read what is live"))?;
        rows.iter().map(live).collect()
    }

    async fn chosen(&self) -> Result<Chosen, StoreError> {
        let rows = sqlx::query(CHOSEN).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read which languages people chose"))?;
        rows.iter().map(chosen).collect()
    }

    /// Streams every row of the record, in order.
    pub fn every_fact(&self) -> impl Stream<Item = Result<SqliteRow, sqlx::Error>> + '_ {
        (&self.pool).fetch(sqlx::query(EVERY_FACT))
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
}
