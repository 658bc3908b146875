//! The store on real files: what it takes, what it refuses, and what it notices.

mod backup;
mod clock;
mod directory;
mod engine;
mod erasure;
mod evidence;
mod guards;
pub mod record;
mod statements;
mod tampering;
