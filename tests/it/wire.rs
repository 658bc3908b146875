//! What platforms send over the wire, and what becomes of it.

mod discord_in;
pub mod hooked;
mod slack_hooks;
mod slack_in;
