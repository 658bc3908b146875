//! The hands of wilco: adapters around `wilco-core`.

pub mod backend;
pub mod chat;
pub mod delivery;
pub mod demo;
