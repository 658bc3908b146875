//! What platforms send over the wire, and what becomes of it.

mod discord_in;
mod github_hooks;
pub mod hooked;
mod readiness;
mod slack_counted;
mod slack_hooks;
mod slack_in;
