//! The hands of wilco: adapters around `wilco-core`.

pub mod app;
pub mod audit;
pub mod backend;
pub mod chat;
pub mod clock;
pub mod command_line;
pub mod connect;
pub mod courier;
pub mod delivery;
pub mod demo;
pub mod engine;
pub mod http;
pub mod init;
pub mod plain;
pub mod reach;
pub mod recall;
pub mod schedule;
pub mod secrets;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod witness;
