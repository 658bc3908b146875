//! What goes wrong on order: requests that fail, runs that are not what was asked for, and limits.

use std::time::Duration;

use super::Github;
use super::access::Holder;
use super::route::need;
use super::state::Server;
use crate::sim::orders::{Orders, Times};

pub type Faults = Orders<Fault>;

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There were too many at once: 403 or 429, with `retry-after`.
    SecondaryLimit { status: u16, retry_after: Duration },
    /// There were too many in this hour: 403 or 429, and all later ones get 403 until it is over.
    PrimaryLimit { status: u16 },
    /// 500 or 502, and nothing was done.
    ServerErrorBefore(u16),
    /// 500 or 502, though it was done.
    ServerErrorAfterEffect(u16),
    /// Nothing is done, and the connection is reset in place of an answer.
    ConnectionCutBefore,
    /// It is done, and the connection is reset in place of an answer.
    ConnectionCutAfterEffect,
    /// Nothing is done, and no answer comes.
    HangBefore,
    /// It is done, and no answer comes.
    HangAfterEffect,
    /// Nothing is done, and this is the answer.
    Error { status: u16, message: &'static str },
    /// Nothing is done, and the answer leads to another address.
    RedirectedTo { status: u16, address: String },
    /// It is done, and the answer is no JSON.
    GarbledAnswer,
    /// It is done, and the answer lacks a field.
    AnswerWithout(&'static str),
    /// It is done, and answered, that much later.
    SlowBy(Duration),
    /// A run begins for this commit, whatever was asked; only at a dispatch.
    OtherCommit(String),
    /// The run that begins never stands in a list; only at a dispatch.
    Unlisted,
    /// It is answered as if a run began, and none does; only at a dispatch.
    NeverBegun,
    /// Two runs begin in place of one; only at a dispatch.
    Twice,
}

impl Github {
    /// Operations have the names of GitHub's OpenAPI description: `actions/create-workflow-dispatch`.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.fail(operation, fault, Times::Next(1));
    }

    /// Orders come true one after the other.
    pub fn fail(&self, operation: &str, fault: Fault, times: Times) {
        self.order((operation, None), fault, times);
    }

    /// Every such request about one repository fails, and none elsewhere.
    pub fn fail_in(&self, repository: &str, operation: &str, fault: Fault) {
        self.order((operation, Some(repository)), fault, Times::Always);
    }

    fn order(&self, (operation, where_): (&str, Option<&str>), fault: Fault, times: Times) {
        assert!(need(operation).is_some(), "there is no {operation}");
        self.world.change(|state| state.faults.add(operation, where_, fault, times));
    }

    /// Takes back every order and limit for an operation.
    pub fn heal(&self, operation: &str) {
        self.world.change(|state| state.faults.heal(operation));
    }

    /// Lets no more requests through, a second and repository.
    pub fn limit(&self, operation: &str, requests: usize) {
        assert!(need(operation).is_some(), "there is no {operation}");
        self.world.change(|state| state.faults.limit(operation, requests));
    }

    /// How many requests an hour everybody has from now on.
    pub fn requests_an_hour(&self, requests: u64) {
        self.world.change(|state| state.limits.most = requests);
    }

    /// How many requests whoever holds the usual token has used in this hour.
    pub fn used(&self) -> u64 {
        let holder = Holder::Person(super::BOT.to_owned());
        self.world.look(|state| {
            let shown = state.limits.show(&holder, state.clock.now());
            shown["rate"]["used"].as_u64().unwrap_or_default()
        })
    }

    /// Lets GitHub's clock go on: tokens and limits grow old, and runs come to what is due.
    pub fn skip(&self, time: Duration) {
        self.world.change(|state| {
            state.clock.skip(time);
            state.advance();
        });
    }

    /// Has GitHub's clock stand at this moment, in Unix milliseconds, until it is told to go on.
    pub fn stand_at(&self, milliseconds: i64) {
        let moment = chrono::DateTime::from_timestamp_millis(milliseconds).expect("a moment");
        self.world.change(|state| state.clock.stand_at(moment));
    }

    /// How long after its beginning a run stands in no list, from now on.
    pub fn listing_lag(&self, lag: Duration) {
        self.world.change(|state| state.listing_lag = lag);
    }

    /// Which GitHub it is; a recent one, unless told.
    pub fn server(&self, server: Server) {
        self.world.change(|state| state.server = server);
    }
}
