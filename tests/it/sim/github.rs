//! A simulated GitHub on this machine: its REST API, Actions that run, and the webhooks that it sends.
//!
//! It keeps what was done, refuses what GitHub refuses, and fails in the ways in which GitHub fails when told to.
//! Pages named as sources are those of GitHub's documentation; its sentences are those that GitHub is known to say.

mod access;
mod answer;
mod app;
mod at;
mod check;
mod clock;
mod compare;
mod deployment;
mod dispatch;
mod fault;
mod history;
mod hook;
mod limit;
mod names;
mod news;
mod person;
mod release;
mod rerun;
mod rest;
mod review;
mod route;
mod run;
mod runs;
mod server;
mod state;
mod workflow;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

pub use super::orders::Times;
pub use at::{At, Ran};
pub use deployment::Deployment;
pub use fault::Fault;
pub use history::{Change, Pull};
pub use hook::{Forgery, Mishap, Webhooks, signature};
pub use release::Stage;
pub use rerun::Rerun;
pub use review::Review;
pub use run::{CLAIM, Work};
pub use state::Server;
pub use workflow::{Dispatch, End, Input, Job, Pace, Step, Stop, Workflow};

use super::sent::Record;
use super::world::{self, Keeper};
use state::State;

/// The usual token, which sees every repository and may do everything, and who holds it.
pub const TOKEN: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
pub const BOT: &str = "wilco-bot";
/// The app, and the key that its words are signed with; the key opens nothing but this simulation.
pub const APP_ID: u64 = 123_456;
pub const APP_SLUG: &str = "wilco";
pub const APP_KEY: &str = include_str!("github/app.pem");
/// Where the app is installed: in the repositories of `acme`.
pub const INSTALLATION: u64 = 7_654_321;

/// A handle; the server ends with the last one.
#[derive(Clone)]
pub struct Github {
    world: Arc<World>,
    _keeper: Arc<Keeper>,
}

/// What the handles and the server share.
type World = world::World<State>;

impl Github {
    /// A GitHub that keeps what it is sent where `WILCO_SENT` says.
    pub async fn open() -> Github {
        Github::open_with(Record::open("github")).await
    }

    /// One that keeps it in this folder.
    pub async fn open_keeping(folder: &Path) -> Github {
        Github::open_with(Record::within("github", folder)).await
    }

    /// One for tests of the simulation itself, whose requests are not wilco's and wrong on purpose.
    pub async fn open_unrecorded() -> Github {
        Github::open_with(Record::none("github")).await
    }

    async fn open_with(record: Record) -> Github {
        let (world, keeper) = world::open(|base| State::new(base, record), server::serve).await;
        Github { world, _keeper: keeper }
    }

    /// What stands in place of `https://api.github.com`, without a slash at its end; under `/api/v3` it is the
    /// same, as on GitHub Enterprise Server.
    pub fn api_url(&self) -> String {
        self.world.base.clone()
    }

    /// Every request of an operation: `body`, `query` and the parts of the path.
    pub fn calls(&self, operation: &str) -> Vec<Value> {
        let is_it = |call: &&(&'static str, Value)| call.0 == operation;
        self.world
            .look(|state| state.calls.iter().filter(is_it).map(|call| call.1.clone()).collect())
    }

    /// How often a run was asked for, whatever came of it.
    pub fn dispatches(&self) -> usize {
        self.calls("actions/create-workflow-dispatch").len()
    }

    /// Forgets what was asked and told so far, so that a long test stays small.
    pub fn forget(&self) {
        self.world.change(|state| {
            state.calls.clear();
            state.hooks.forget();
        });
    }

    /// Answers with 401, 403 and 429.
    pub fn refused_requests(&self) -> usize {
        self.world.look(|state| state.refused)
    }

    /// What GitHub would have let pass and nobody wants.
    pub fn complaints(&self) -> Vec<String> {
        self.world.look(|state| state.complaints.clone())
    }

    /// Counts whatever happens here.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.changes()
    }

    /// Waits for a thing, and fails with its name when it does not come.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Github) -> Option<T>) -> T {
        world::until(what, self.changes(), || look(self)).await
    }
}
