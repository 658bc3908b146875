//! Counterparts that speak the platforms' own protocols on this machine, and can fail as those do.

mod plain_http;
mod proof;
mod sent;
pub mod slack;
