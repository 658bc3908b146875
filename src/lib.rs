//! The hands of wilco: adapters around `wilco-core`.

pub mod backend;
