//! A decision in the making: the deployment as it stands after the facts so far.

use super::{Decision, View};
use crate::deployment::Deployment;
use crate::effect::Effect;
use crate::fact::{Fact, What};
use crate::gate::{Blocker, blockers, waits_for_checks};
use crate::notice::Notice;

/// Facts and effects about one deployment, with the deployment as it will be.
pub struct Draft<'a> {
    pub view: &'a View<'a>,
    pub deployment: Deployment,
    decision: Decision,
    /// The cards are shown as the facts so far leave it.
    shown: bool,
}

impl<'a> Draft<'a> {
    pub fn new(view: &'a View<'a>, deployment: Deployment) -> Self {
        Self { view, deployment, decision: Decision::default(), shown: false }
    }

    /// Puts a fact on record and lets it change the deployment at once.
    pub fn record(&mut self, what: What) {
        let fact = Fact::new(self.view.now, self.deployment.id, what);
        self.deployment.apply(&fact);
        self.decision.facts.push(fact);
        self.shown = false;
    }

    /// Shows the cards before anything else that is ordered from here on.
    pub fn show(&mut self) {
        self.decision.effects.extend(show_everywhere(&self.deployment));
        self.shown = true;
    }

    pub fn effect(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    /// Adds a line to the log below the card, wherever there is one.
    pub fn log(&mut self, notice: &Notice) {
        self.decision.effects.extend(log_everywhere(&self.deployment, notice));
    }

    /// Returns the gates that are shut for the deployment as it now stands.
    pub fn blockers(&self) -> Vec<Blocker> {
        let holder = self.view.holder.filter(|holder| *holder != self.deployment.id);
        blockers(&self.deployment, &self.view.catalog.people, holder)
    }

    /// Ends the draft: shows the card if anything was recorded, and looks after the lane's others
    /// if this deployment took the lane, left it, or lost its turn.
    pub fn finish(mut self) -> Decision {
        if self.decision.facts.is_empty() {
            return self.decision;
        }
        // A vote that does not count changes nothing that a card shows.
        let refused = |fact: &Fact| matches!(fact.what, What::VoteRefused { .. });
        if self.decision.facts.iter().all(refused) {
            return self.decision;
        }
        if !self.shown {
            self.show();
        }
        let waited = self.view.deployment.is_some_and(waits_for_checks);
        if !waited && waits_for_checks(&self.deployment) {
            self.decision.effects.push(Effect::ReadChecks { deployment: self.deployment.id });
        }
        let held_before = self.view.deployment.is_some_and(Deployment::holds_lane);
        if held_before != self.deployment.holds_lane()
            || self.deployment.is_over()
            || self.lost_its_turn()
        {
            self.look_after_lane();
        }
        self.decision
    }

    /// Tells whether it could have started before and can't now, so that the next one must not wait for it.
    fn lost_its_turn(&self) -> bool {
        let people = &self.view.catalog.people;
        let ready = |before| blockers(before, people, self.view.holder).is_empty();
        self.view.deployment.is_some_and(ready) && !self.blockers().is_empty()
    }

    /// Shows the others whose turn it is now, and goes on with the oldest that waits for nothing else.
    fn look_after_lane(&mut self) {
        let holder = match self.view.holder {
            _ if self.deployment.holds_lane() => Some(self.deployment.id),
            Some(holder) if holder != self.deployment.id => Some(holder),
            Some(_) | None => None,
        };
        let held_before = self.view.holder;
        let mut next = None;
        for other in self.view.neighbours.iter() {
            if holder != held_before {
                self.decision.effects.extend(show_everywhere(other));
            }
            let ready = || blockers(other, &self.view.catalog.people, holder).is_empty();
            if next.is_none() && !other.holds_lane() && ready() {
                next = Some(other);
            }
        }
        if let Some(effect) = next.and_then(confirm) {
            self.decision.effects.push(effect);
        }
    }
}

/// Returns the effect that looks once more at what a deployment has sealed.
pub fn confirm(deployment: &Deployment) -> Option<Effect> {
    let seal = deployment.sealed.as_ref()?.seal;
    Some(Effect::Confirm { deployment: deployment.id, seal })
}

pub fn show_everywhere(deployment: &Deployment) -> Vec<Effect> {
    let show = |place: &crate::ids::Place| Effect::ShowCard {
        deployment: deployment.id,
        place: place.clone(),
    };
    deployment.places.iter().map(show).collect()
}

pub fn log_everywhere(deployment: &Deployment, notice: &Notice) -> Vec<Effect> {
    let log = |place: &crate::ids::Place| Effect::Log {
        deployment: deployment.id,
        place: place.clone(),
        notice: notice.clone(),
    };
    deployment.places.iter().map(log).collect()
}
