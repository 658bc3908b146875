//! Questions about what waits to go out, and what could not be taken in.

use sqlx::Row;

use wilco_core::time::Timestamp;

use super::Reader;
use crate::store::StoreError;
use crate::store::decode::pending;
use crate::store::rows::Pending;

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[DESTINATIONS, PENDING, OUTBOX_SIZE, WAITING, ASIDE];

pub const DESTINATIONS: &str = "select distinct destination from outbox";

pub const PENDING: &str = "
    select sequence, destination, state, effect, at from outbox
    where destination = ? and sequence > ? order by sequence limit ?";

pub const OUTBOX_SIZE: &str = "select count(*) from outbox";

pub const WAITING: &str = "select count(*), min(at) from outbox";

pub const ASIDE: &str = "select count(*) from aside";

/// Effects that have not been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingEffects {
    pub number: i64,
    pub oldest_at: Option<Timestamp>,
}

impl Reader {
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

    pub async fn waiting_effects(&self) -> Result<WaitingEffects, StoreError> {
        let row = sqlx::query(WAITING).fetch_one(&self.pool).await;
        let row = row.map_err(StoreError::of("read how long effects wait"))?;
        Ok(WaitingEffects {
            number: row.get(0),
            oldest_at: row.get::<Option<i64>, _>(1).map(Timestamp),
        })
    }

    /// Returns how many deliveries were kept aside.
    pub async fn aside(&self) -> Result<u64, StoreError> {
        let size = self.number(ASIDE, "count what was kept aside").await?;
        Ok(u64::try_from(size).unwrap_or_default())
    }
}
