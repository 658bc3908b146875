//! Counterparts that speak the platforms' own protocols on this machine, and can fail as those do.

mod asked;
pub mod discord;
pub mod github;
mod orders;
pub mod plain_http;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod proof_discord;
#[cfg(test)]
mod proof_github;
mod reactions;
mod sent;
pub mod slack;
mod tap;
pub mod webhook;
mod wire;
mod world;
