//! The store on real files: what it takes, what it refuses, and what it notices.

mod directory;
mod engine;
mod guards;
pub mod record;
mod statements;
mod tampering;
