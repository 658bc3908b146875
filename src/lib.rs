//! The hands of wilco: adapters around `wilco-core`.

pub mod backend;
pub mod chat;
pub mod clock;
pub mod delivery;
pub mod demo;
pub mod engine;
pub mod store;
pub mod witness;
