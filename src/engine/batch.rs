//! A batch in the making: each new delivery is decided on what the ones before it left.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::error;

use wilco_core::audit::{self, SALT_LENGTH};
use wilco_core::catalog::Catalog;
use wilco_core::decide::{Decision, decide};
use wilco_core::deployment::Deployment;
use wilco_core::effect::Effect;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{DeploymentId, Digest};
use wilco_core::time::Timestamp;
use wilco_core::working_set::{WorkingSet, scope};

use super::Waiting;
use super::keeper::random;
use crate::delivery::{Accepted, Delivery, Mark};
use crate::store::StoreError;
use crate::store::rows::{CardRow, Pending};
use crate::store::write::{Aside, Batch, Head};

/// What became of a batch.
pub struct Done {
    /// One for each delivery, in their order.
    pub accepted: Vec<Accepted>,
    pub effects: Vec<Pending>,
}

/// A batch while its deliveries are decided.
pub struct Building<'a> {
    set: &'a mut WorkingSet,
    new: HashSet<String>,
    batch: Batch,
    accepted: Vec<Accepted>,
    /// Open deployments that the batch touched; their rows are made at the end.
    touched: BTreeSet<DeploymentId>,
    /// Deployments that ended in the batch, as they ended.
    ended: BTreeMap<DeploymentId, Deployment>,
    salts: Salts,
}

impl<'a> Building<'a> {
    pub fn new(set: &'a mut WorkingSet, head: Head, new: HashSet<String>) -> Self {
        Self {
            set,
            new,
            batch: Batch { head, ..Batch::default() },
            accepted: Vec::new(),
            touched: BTreeSet::new(),
            ended: BTreeMap::new(),
            salts: Salts::default(),
        }
    }

    /// Decides one delivery, unless it was delivered before, and takes in its mark.
    pub fn add(
        &mut self,
        one: &Waiting,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match &one.mark {
            Some(Mark::Attempting(sequence)) => self.batch.attempting.push(*sequence),
            Some(Mark::Settled(sequences)) => self.batch.settled.extend(sequences),
            None => {}
        }
        let accepted = match &one.delivery {
            // Taking the id out makes a second copy in the same batch a repetition too.
            Some(delivery) if self.new.remove(&delivery.id) => {
                self.decide(delivery, catalog, now)?
            }
            Some(_) => Accepted::Repeated,
            None => Accepted::Applied,
        };
        self.accepted.push(accepted);
        Ok(())
    }

    fn decide(
        &mut self,
        delivery: &Delivery,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<Accepted, StoreError> {
        let nonce = Digest(random()?);
        let set = &*self.set;
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let view = set.view(&scope(&delivery.event), catalog, now, nonce);
            decide(&view, &delivery.event)
        }));
        match decided {
            Ok(Decision { facts, effects }) => {
                self.salts.refill(facts.len())?;
                for fact in &facts {
                    self.record(fact);
                }
                for effect in effects {
                    self.order(effect, now);
                }
                Ok(Accepted::Applied)
            }
            Err(_) => {
                error!(delivery.id = %delivery.id, "deciding on a delivery failed; it was kept aside");
                self.batch.aside.push(Aside::of(delivery, "deciding on it failed", now));
                Ok(Accepted::KeptAside)
            }
        }
    }

    fn record(&mut self, fact: &Fact) {
        let head = &mut self.batch.head;
        let row = audit::enter(head.rows + 1, fact, &head.chain, &mut || self.salts.next());
        head.rows = row.sequence;
        head.chain = row.chain;
        self.batch.facts.push(row);
        if let What::CatalogLoaded { digest } = &fact.what {
            head.catalog = Some(*digest);
        }
        if let (What::CardShown { message }, Some(id)) = (&fact.what, fact.deployment) {
            self.batch.cards.push(CardRow::of(message, id.0));
        }
        let ended = self.set.apply(fact);
        let Some(id) = fact.deployment else { return };
        if let Some(deployment) = ended {
            self.touched.remove(&id);
            self.ended.insert(id, deployment);
        } else if self.set.deployment(id).is_some() {
            self.touched.insert(id);
        } // Else it is late news of something that is over.
    }

    fn order(&mut self, effect: Effect, at: Timestamp) {
        self.batch.head.outbox += 1;
        self.batch.effects.push(Pending {
            sequence: self.batch.head.outbox,
            destination: effect.destination(),
            attempting: false,
            effect,
            at,
        });
    }

    /// Returns the batch with a row for every deployment that it touched.
    pub fn finish(self) -> (Batch, Vec<Accepted>) {
        let mut batch = self.batch;
        let open = self.touched.iter().filter_map(|id| self.set.deployment(*id)).cloned();
        batch.deployments = open.chain(self.ended.into_values()).collect();
        (batch, self.accepted)
    }
}

/// Random salts, fetched from the operating system by the page.
#[derive(Default)]
struct Salts {
    bytes: Vec<u8>,
}

/// Facts have about this many private values at the most.
const SALTS_PER_FACT: usize = 16;

impl Salts {
    /// Makes sure that there are salts for this many facts.
    fn refill(&mut self, facts: usize) -> Result<(), StoreError> {
        while self.bytes.len() < facts * SALTS_PER_FACT * SALT_LENGTH {
            self.bytes.extend(random::<4096>()?);
        }
        Ok(())
    }

    fn next(&mut self) -> [u8; SALT_LENGTH] {
        if self.bytes.len() < SALT_LENGTH {
            // A fact with more private values than are usual, such as very many approvers.
            let page = random::<4096>().expect("the operating system gave random bytes before");
            self.bytes.extend(page);
        }
        let rest = self.bytes.len() - SALT_LENGTH;
        self.bytes.split_off(rest).try_into().expect("it was split off at a salt's length")
    }
}

impl Aside {
    /// Returns the row for a delivery that could not be applied.
    pub fn of(delivery: &Delivery, reason: &str, at: Timestamp) -> Self {
        let event = serde_json::to_string(&delivery.event)
            .unwrap_or_else(|error| format!("an event that is no JSON: {error}"));
        Self { id: delivery.id.clone(), at, event, reason: reason.to_owned() }
    }
}
