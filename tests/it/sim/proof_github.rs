//! Holds the simulated GitHub to what it promises, over the wire.

mod access;
mod checks;
mod client;
mod compare;
mod deployments;
mod dispatch;
mod failing;
mod limits;
mod listener;
mod names;
mod record;
mod review;
mod runs;
mod webhooks;

use super::github::{Github, Workflow};

pub const API: &str = "acme/api";

/// A repository with one commit, and a workflow that deploys it.
async fn opened() -> (Github, String) {
    let github = Github::open_unrecorded().await;
    let first = github.repository(API);
    github.at(API).workflow(Workflow::deploying("deploy.yml"));
    (github, first)
}
