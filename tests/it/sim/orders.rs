//! Which requests shall fail, and how often.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How often an order holds.
#[derive(Clone, Copy, Debug)]
pub enum Times {
    Next(usize),
    Always,
}

struct Order<Fault> {
    operation: String,
    /// Only there, if one is named.
    channel: Option<String>,
    fault: Fault,
    times: Times,
}

pub struct Orders<Fault> {
    given: Vec<Order<Fault>>,
    /// Requests a second and channel.
    limits: BTreeMap<String, usize>,
    recent: BTreeMap<(String, String), Vec<Instant>>,
}

impl<Fault> Default for Orders<Fault> {
    fn default() -> Self {
        Self { given: Vec::new(), limits: BTreeMap::new(), recent: BTreeMap::new() }
    }
}

impl<Fault: Clone> Orders<Fault> {
    /// Takes what shall happen to this request; `too_many` where there were too many of them.
    pub fn take(&mut self, operation: &str, channel: &str, too_many: Fault) -> Option<Fault> {
        let is_it = |order: &Order<Fault>| {
            order.operation == operation
                && order.channel.as_deref().is_none_or(|only| only == channel)
        };
        let at = self.given.iter().position(is_it);
        let Some(at) = at else {
            return self.is_over_limit(operation, channel).then_some(too_many);
        };
        let order = &mut self.given[at];
        let fault = order.fault.clone();
        if let Times::Next(left) = &mut order.times {
            *left -= 1;
            if *left == 0 {
                self.given.remove(at);
            }
        }
        Some(fault)
    }

    fn is_over_limit(&mut self, operation: &str, channel: &str) -> bool {
        let Some(limit) = self.limits.get(operation) else { return false };
        let recent = self.recent.entry((operation.to_owned(), channel.to_owned())).or_default();
        recent.retain(|at| at.elapsed() < Duration::from_secs(1));
        let is_over = recent.len() >= *limit;
        if !is_over {
            recent.push(Instant::now());
        }
        is_over
    }

    /// Orders come true one after the other.
    pub fn add(&mut self, operation: &str, channel: Option<&str>, fault: Fault, times: Times) {
        let (operation, channel) = (operation.to_owned(), channel.map(str::to_owned));
        self.given.push(Order { operation, channel, fault, times });
    }

    /// Lets no more requests through, a second and channel.
    pub fn limit(&mut self, operation: &str, requests: usize) {
        self.limits.insert(operation.to_owned(), requests);
    }

    /// Takes back every order and limit for an operation.
    pub fn heal(&mut self, operation: &str) {
        self.given.retain(|order| order.operation != operation);
        self.limits.remove(operation);
    }
}
