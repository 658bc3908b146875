//! What the engine has in memory: a fold of the record, and ahead of it while a batch is being written.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use wilco_core::fact::{Fact, What};
use wilco_core::flood::Flood;
use wilco_core::ids::Digest;
use wilco_core::time::Timestamp;
use wilco_core::working_set::WorkingSet;

use crate::delivery::Activity;
use crate::store::StoreError;
use crate::store::read::Reader;
use crate::store::write::{Batch, Head, Writer};

/// The last ids of deliveries that are remembered, so that most repetitions cost no look at the store.
const RECENT: usize = 4096;

/// The working set, with where the record ends.
pub struct Memory {
    pub set: WorkingSet,
    pub head: Head,
    /// Effects that have not been carried out.
    pub unsettled: usize,
    pub recent: Recent,
    /// On no record: after a failed batch, what is decided again is counted again, from nothing.
    pub flood: Flood,
    pub random: Random,
}

impl Memory {
    /// Reads what is durable, beginning a record in an empty database.
    pub async fn open(
        writer: &mut Writer,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        if reader.head().await?.rows == 0 {
            found(writer, now).await?;
        }
        Self::read(reader).await
    }

    /// Reads what is durable. Ids of deliveries are not read: the store itself knows them.
    pub async fn read(reader: &Reader) -> Result<Self, StoreError> {
        let origin = reader.origin().await?.ok_or_else(|| StoreError::Row {
            what: "fact".into(),
            reason: "the record has no beginning".into(),
        })?;
        let mut set = WorkingSet::new(origin);
        for fact in reader.open_facts().await? {
            set.apply(&fact);
        }
        for fact in reader.kept_news().await? {
            set.apply(&fact);
        }
        let unsettled = usize::try_from(reader.outbox_size().await?).unwrap_or(usize::MAX);
        let (recent, random) = (Recent::default(), Random::new()?);
        let (head, flood) = (reader.head().await?, Flood::default());
        Ok(Self { set, head, unsettled, recent, flood, random })
    }

    pub fn activity(&self) -> Activity {
        Activity {
            unsettled: self.unsettled,
            moving: self.set.moving(),
            deadline: self.set.next_deadline(),
            last_at: self.set.last_at(),
        }
    }
}

/// Writes the first fact of a new record.
async fn found(writer: &mut Writer, now: Timestamp) -> Result<(), StoreError> {
    let instance = Digest(random()?);
    let fact = Fact { at: now, deployment: None, what: What::Founded { instance } };
    let origin = Head::default();
    let no_salt = &mut || [0; wilco_core::audit::SALT_LENGTH]; // The first fact has nothing private.
    let row = wilco_core::audit::enter(1, &fact, &origin.chain, no_salt);
    let head = Head { rows: 1, chain: row.chain, ..origin };
    let mut batch = Batch { at: now, head, ..Batch::default() };
    batch.push_fact(&row);
    writer.write(batch).await
}

/// Ids of deliveries that are durable, or in a batch before the next.
#[derive(Default)]
pub struct Recent {
    ids: HashSet<Arc<str>>,
    in_order: VecDeque<Arc<str>>,
}

impl Recent {
    /// Remembers an id; tells whether it was not remembered before.
    pub fn is_new(&mut self, id: &str) -> bool {
        if self.ids.contains(id) {
            return false;
        }
        if self.in_order.len() == RECENT
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        let id: Arc<str> = id.into();
        self.ids.insert(Arc::clone(&id));
        self.in_order.push_back(id);
        true
    }
}

/// Random bytes, fetched from the operating system by the page.
pub struct Random {
    page: Box<[u8; PAGE]>,
    used: usize,
}

const PAGE: usize = 4096;

impl Random {
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self { page: Box::new(random()?), used: 0 })
    }

    /// Returns bytes that were never returned before.
    pub fn next<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        if PAGE - self.used < LENGTH {
            *self.page = random().expect("the operating system gave random bytes before");
            self.used = 0;
        }
        let bytes = &mut self.page[self.used..self.used + LENGTH];
        self.used += LENGTH;
        let mut taken = [0; LENGTH];
        // What was given out does not stay here.
        taken.swap_with_slice(bytes);
        taken
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_remembered_until_many_others_came() {
        let mut recent = Recent::default();
        assert!(recent.is_new("first"));
        for number in 1..RECENT {
            assert!(recent.is_new(&number.to_string()));
            assert!(!recent.is_new("first"));
        }
        assert!(recent.is_new("one too many"));
        assert!(recent.is_new("first"));
        assert_eq!((recent.ids.len(), recent.in_order.len()), (RECENT, RECENT));
    }

    #[test]
    fn random_bytes_are_given_out_once() {
        let mut random = Random::new().unwrap();
        let mut given = HashSet::new();
        for _ in 0..1000 {
            assert!(given.insert(random.next::<16>()));
            assert!(given.insert(random.next::<32>()[..16].try_into().unwrap()));
        }
    }
}
