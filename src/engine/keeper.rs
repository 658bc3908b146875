//! The writer's memory and its store, kept in step: what is applied to one is applied to the other.

use wilco_core::catalog::Catalog;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{DeploymentId, Digest};
use wilco_core::time::Timestamp;
use wilco_core::working_set::WorkingSet;

use super::Waiting;
use super::batch::{Building, Done};
use crate::delivery::{Activity, Delivery, Mark};
use crate::store::StoreError;
use crate::store::read::Reader;
use crate::store::write::{Aside, Batch, Head, Writer};

/// Readers get this long to end when wilco stops.
const CLOSE_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The working set with the database that it is a fold of.
pub struct Keeper {
    writer: Writer,
    reader: Reader,
    set: WorkingSet,
    head: Head,
    unsettled: usize,
}

impl Keeper {
    /// Reads the record, beginning one in an empty database.
    pub async fn open(
        mut writer: Writer,
        reader: Reader,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        if reader.head().await?.rows == 0 {
            found(&mut writer, now).await?;
        }
        let (set, head, unsettled) = read(&reader).await?;
        Ok(Self { writer, reader, set, head, unsettled })
    }

    /// Brings memory back to what is durable, after a batch that failed.
    pub async fn recover(&mut self) -> Result<(), StoreError> {
        self.writer.roll_back().await;
        (self.set, self.head, self.unsettled) = read(&self.reader).await?;
        Ok(())
    }

    /// Applies a batch to memory and store in one transaction. After an error call [`Keeper::recover`].
    pub async fn attempt(
        &mut self,
        waiting: &[Waiting],
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<Done, StoreError> {
        let ids: Vec<&str> =
            waiting.iter().filter_map(|one| Some(one.delivery.as_ref()?.id.as_str())).collect();
        let new = self.writer.begin(&ids, now).await?;
        let mut building = Building::new(&mut self.set, self.head, new);
        for one in waiting {
            building.add(one, catalog, now)?;
        }
        let (batch, accepted) = building.finish();
        self.writer.commit(&batch).await?;
        self.head = batch.head;
        self.unsettled = (self.unsettled + batch.effects.len()).saturating_sub(batch.settled.len());
        Ok(Done { accepted, effects: batch.effects })
    }

    /// Keeps a delivery aside for people to look at, and remembers that it came.
    pub async fn keep_aside(
        &mut self,
        delivery: &Delivery,
        mark: Option<&Mark>,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.begin(&[&delivery.id], now).await?;
        let aside = vec![Aside::of(delivery, reason, now)];
        let mut batch = Batch { aside, head: self.head, ..Batch::default() };
        match mark {
            Some(Mark::Attempting(sequence)) => batch.attempting.push(*sequence),
            Some(Mark::Settled(sequences)) => batch.settled.clone_from(sequences),
            None => {}
        }
        self.writer.commit(&batch).await?;
        self.unsettled = self.unsettled.saturating_sub(batch.settled.len());
        Ok(())
    }

    pub async fn forget_deliveries(&mut self, before: Timestamp) -> Result<(), StoreError> {
        self.writer.forget_deliveries(before).await
    }

    pub fn is_open(&self, deployment: DeploymentId) -> bool {
        self.set.deployment(deployment).is_some()
    }

    pub fn activity(&self) -> Activity {
        Activity {
            unsettled: self.unsettled,
            moving: self.set.moving(),
            deadline: self.set.next_deadline(),
            last_at: self.set.last_at(),
        }
    }

    pub async fn close(self) -> Result<(), StoreError> {
        // The last connection that closes empties the log into the file; a long check may still read.
        if tokio::time::timeout(CLOSE_WITHIN, self.reader.close()).await.is_err() {
            tracing::info!("the database is still being read");
        }
        self.writer.close().await
    }
}

async fn read(reader: &Reader) -> Result<(WorkingSet, Head, usize), StoreError> {
    let origin = reader.origin().await?.ok_or_else(|| StoreError::Row {
        what: "fact".into(),
        reason: "the record has no beginning".into(),
    })?;
    let mut set = WorkingSet::new(origin);
    for fact in reader.open_facts().await? {
        set.apply(&fact);
    }
    let unsettled = usize::try_from(reader.outbox_size().await?).unwrap_or(usize::MAX);
    Ok((set, reader.head().await?, unsettled))
}

/// Writes the first fact of a new record.
async fn found(writer: &mut Writer, now: Timestamp) -> Result<(), StoreError> {
    let instance = Digest(random()?);
    let fact = Fact { at: now, deployment: None, what: What::Founded { instance } };
    let origin = Head::default();
    let no_salt = &mut || [0; wilco_core::audit::SALT_LENGTH]; // The first fact has nothing private.
    let row = wilco_core::audit::enter(1, &fact, &origin.chain, no_salt);
    let head = Head { rows: 1, chain: row.chain, ..origin };
    writer.begin(&[], now).await?;
    writer.commit(&Batch { facts: vec![row], head, ..Batch::default() }).await
}

/// Returns random bytes of the operating system.
pub fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], StoreError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Row {
        what: "randomness".into(),
        reason: error.to_string(),
    })?;
    Ok(bytes)
}
