//! Questions about deployments, asked of the tables beside the record: what is live, open, due and past.

use sqlx::Row;

use wilco_core::deployment::{Deployment, Kind};
use wilco_core::ids::{DeploymentId, EnvironmentName, MessageRef, ServiceName};
use wilco_core::notice::Summary;
use wilco_core::time::Timestamp;

use super::Reader;
use crate::store::StoreError;
use crate::store::decode::{id, integer, summaries};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[
    LIVE_SUMMARIES,
    OPEN_SUMMARIES,
    OPEN_BY_STATE,
    LIVE_AT,
    LIVE_AFTER,
    HISTORY,
    RECENT_DEPLOYMENTS,
    LANE_HOLDER,
    EARLIER_LENGTHS_OF,
    DUE,
    OPEN_IDS,
    DEPLOYMENT_OF_CARD,
];

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

pub const OPEN_BY_STATE: &str = "
    select
        count(*) filter (where status = 'resolving'), count(*) filter (where status = 'waiting'),
        count(*) filter (where status = 'starting'), count(*) filter (where status = 'running')
    from deployment indexed by deployment_open where status <> 'ended'";

pub const LIVE_AT: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment
    where service = ? and environment = ? and outcome = 'succeeded' and kind <> 'command'
        and ended_at <= ?
    order by ended_at desc, id desc limit 1";

// A lane's runs follow one another, so whatever ended next took the place of what was live.
pub const LIVE_AFTER: &str = "
    select id from deployment
    where service = ?1 and environment = ?2 and outcome = 'succeeded' and kind <> 'command'
        and ended_at >= ?3 and (ended_at > ?3 or id > ?4)
    order by ended_at, id limit 1";

pub const HISTORY: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment where service = ? and environment = ? order by id desc limit ?";

pub const RECENT_DEPLOYMENTS: &str = "
    select id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, ended_at
    from deployment order by id desc limit ?";

pub const LANE_HOLDER: &str = "
    select id from deployment
        indexed by deployment_open
    where service = ? and environment = ? and status <> 'ended'
        and status in ('starting', 'running')";

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

impl Reader {
    /// Returns how many deployments are in each state, for those that are not over.
    pub async fn open_by_state(&self) -> Result<[(&'static str, i64); 4], StoreError> {
        let row = sqlx::query(OPEN_BY_STATE).fetch_one(&self.pool).await;
        let row = row.map_err(StoreError::of("count what is open"))?;
        Ok([
            ("resolving", row.get(0)),
            ("waiting", row.get(1)),
            ("starting", row.get(2)),
            ("running", row.get(3)),
        ])
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

    /// Returns what took the place of a deployment that was live.
    pub async fn successor(
        &self,
        deployment: &Deployment,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let Some(ended_at) = deployment.ended_at.filter(|_| deployment.made_live()) else {
            return Ok(None);
        };
        let row = sqlx::query(LIVE_AFTER)
            .bind(deployment.service.as_str())
            .bind(deployment.environment.as_str())
            .bind(ended_at.0)
            .bind(integer(deployment.id))
            .fetch_optional(&self.pool)
            .await;
        let row = row.map_err(StoreError::of("read what took the place of a deployment"))?;
        Ok(row.map(|row| id(row.get(0))))
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
}
