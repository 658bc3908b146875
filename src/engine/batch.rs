//! A batch in the making: each new delivery is decided on what the ones before it left.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::error;

use wilco_core::audit;
use wilco_core::catalog::Catalog;
use wilco_core::decide::{Decision, decide};
use wilco_core::deployment::Deployment;
use wilco_core::effect::Effect;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{DeploymentId, Digest, PersonName};
use wilco_core::language::Chosen;
use wilco_core::private::Private;
use wilco_core::time::Timestamp;
use wilco_core::working_set::scope;

use super::memory::Memory;
use crate::delivery::{Accepted, Activity, Delivery, Mark, NotDelivered};
use crate::store::rows::{AsideRow, CardRow, DeploymentRow, Pending, live_row};
use crate::store::write::Batch;

/// One delivery on its way, with who waits for it.
pub struct Waiting {
    pub delivery: Option<Delivery>,
    pub mark: Option<Mark>,
    pub acknowledge: oneshot::Sender<Result<Accepted, NotDelivered>>,
}

/// Somebody who asks whether a deployment is open.
pub struct Asking {
    pub deployment: DeploymentId,
    pub answer: oneshot::Sender<bool>,
}

/// A batch while its deliveries are decided.
#[derive(Default)]
pub struct Building {
    waiting: Vec<Waiting>,
    asking: Vec<Asking>,
    accepted: Vec<Accepted>,
    effects: Vec<Pending>,
    batch: Batch,
    /// Open deployments that the batch touched; their rows are made at the end.
    touched: BTreeSet<DeploymentId>,
    /// Deployments that ended in the batch, as they ended.
    ended: BTreeMap<DeploymentId, Deployment>,
    /// Who chose a language in the batch, or took a choice back.
    chose: BTreeSet<PersonName>,
    urgency: Urgency,
}

/// Whether somebody waits for a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Urgency {
    /// It says nothing but that effects are done.
    #[default]
    None,
    Now,
}

/// A batch that is decided, with everybody who waits until it is durable.
pub struct Decided {
    pub batch: Batch,
    pub told: Told,
}

/// Whom to tell what about a batch.
pub struct Told {
    pub waiting: Vec<Waiting>,
    /// One for each of those who wait, in their order.
    pub accepted: Vec<Accepted>,
    pub answers: Vec<(Asking, bool)>,
    pub effects: Vec<Pending>,
    pub activity: Activity,
    /// The languages that people chose, where somebody chose one in the batch.
    pub chosen: Option<Arc<Chosen>>,
}

impl Building {
    /// Returns how many deliveries are in it.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Tells whether nobody waits for it.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.asking.is_empty()
    }

    /// Tells whether somebody waits for it.
    pub fn is_urgent(&self) -> bool {
        self.urgency == Urgency::Now
    }

    /// Takes in somebody who asks; the answer is about what is durable with this batch.
    pub fn ask(&mut self, asking: Asking) {
        self.urgency = Urgency::Now;
        self.asking.push(asking);
    }

    /// Decides one delivery, unless it was delivered before, and takes in its mark.
    pub fn add(&mut self, one: Waiting, memory: &mut Memory, catalog: &Catalog, now: Timestamp) {
        mark(&mut self.batch, one.mark.as_ref());
        if one.delivery.is_some() || matches!(one.mark, Some(Mark::Attempting(_))) {
            self.urgency = Urgency::Now;
        }
        let accepted = match &one.delivery {
            Some(delivery) if memory.recent.is_new(&delivery.id) => {
                self.batch.deliveries.push(&delivery.id);
                Deciding { building: self, memory, now }.decide(delivery, catalog)
            }
            Some(_) => Accepted::Repeated,
            None => Accepted::Applied,
        };
        self.batch.at = now;
        self.waiting.push(one);
        self.accepted.push(accepted);
    }

    /// Returns the batch with a row for every deployment that it touched.
    pub fn finish(mut self, memory: &mut Memory) -> Decided {
        let open = self.touched.iter().filter_map(|id| memory.set.deployment(*id));
        for deployment in open.chain(self.ended.values()) {
            self.batch.deployments.push(&DeploymentRow::of(deployment));
            if let Some(row) = live_row(deployment) {
                self.batch.live.push(&row);
            }
        }
        for person in &self.chose {
            let locale = memory.set.chosen().get(person).map(|locale| locale.code());
            self.batch.languages.push(&(person, locale));
        }
        memory.unsettled =
            (memory.unsettled + self.effects.len()).saturating_sub(self.batch.settled.len());
        self.batch.head = memory.head;
        let is_open = |asking: Asking| {
            let is_open = memory.set.deployment(asking.deployment).is_some();
            (asking, is_open)
        };
        let told = Told {
            answers: self.asking.into_iter().map(is_open).collect(),
            waiting: self.waiting,
            accepted: self.accepted,
            effects: self.effects,
            activity: memory.activity(),
            chosen: (!self.chose.is_empty()).then(|| Arc::new(memory.set.chosen().clone())),
        };
        Decided { batch: self.batch, told }
    }
}

/// One delivery while it is decided.
struct Deciding<'a> {
    building: &'a mut Building,
    memory: &'a mut Memory,
    now: Timestamp,
}

impl Deciding<'_> {
    fn decide(&mut self, delivery: &Delivery, catalog: &Catalog) -> Accepted {
        let nonce = Digest(self.memory.random.next());
        let Memory { set, flood, .. } = &mut *self.memory;
        let pace = flood.take(&delivery.event, self.now, catalog.limits.rate);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let view = set.view(&scope(&delivery.event), catalog, self.now, nonce).at(pace);
            decide(&view, &delivery.event)
        }));
        match decided {
            Ok(Decision { facts, effects }) => {
                for fact in &facts {
                    self.record(fact);
                }
                for effect in effects {
                    self.order(effect);
                }
                Accepted::Applied
            }
            Err(_) => {
                error!(delivery.id = %delivery.id, "deciding on a delivery failed; it was kept aside");
                keep_aside(&mut self.building.batch, delivery, "deciding on it failed", self.now);
                Accepted::KeptAside
            }
        }
    }

    fn record(&mut self, fact: &Fact) {
        let Memory { set, head, random, .. } = &mut *self.memory;
        let batch = &mut self.building.batch;
        let row = audit::enter(head.rows + 1, fact, &head.chain, &mut || random.next());
        head.rows = row.sequence;
        head.chain = row.chain;
        batch.push_fact(&row);
        if let What::CatalogLoaded { digest } = &fact.what {
            head.catalog = Some(*digest);
        }
        if let (What::CardShown { message }, Some(id)) = (&fact.what, fact.deployment) {
            batch.cards.push(&CardRow::of(message, id.0));
        }
        if let What::LanguageChosen { person: Private::Known(person), .. } = &fact.what {
            self.building.chose.insert(person.clone());
        }
        let ended = set.apply(fact);
        let Some(id) = fact.deployment else { return };
        if let Some(deployment) = ended {
            self.building.touched.remove(&id);
            self.building.ended.insert(id, deployment);
        } else if set.deployment(id).is_some() {
            self.building.touched.insert(id);
        } // Else it is late news of something that is over.
    }

    fn order(&mut self, effect: Effect) {
        let head = &mut self.memory.head;
        head.outbox += 1;
        let pending = Pending {
            sequence: head.outbox,
            destination: effect.destination(),
            attempting: false,
            effect,
            at: self.now,
        };
        self.building.batch.push_effect(&pending);
        self.building.effects.push(pending);
    }
}

/// Puts a word about effects of the outbox into the batch.
pub fn mark(batch: &mut Batch, mark: Option<&Mark>) {
    match mark {
        Some(Mark::Attempting(sequence)) => batch.attempting.push(sequence),
        Some(Mark::Settled(sequences)) => {
            for sequence in sequences {
                batch.settled.push(sequence);
            }
        }
        None => {}
    }
}

/// Puts a delivery that could not be applied into the batch, for people to look at.
pub fn keep_aside(batch: &mut Batch, delivery: &Delivery, reason: &str, at: Timestamp) {
    let event = serde_json::to_string(&delivery.event)
        .unwrap_or_else(|error| format!("an event that is no JSON: {error}"));
    batch.aside.push(&AsideRow(&delivery.id, at.0, &event, reason));
}
