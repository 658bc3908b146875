//! Counterparts that speak the platforms' own protocols on this machine, and can fail as those do.

mod plain_http;
#[cfg(test)]
mod proof;
mod sent;
pub mod slack;
mod wire;
