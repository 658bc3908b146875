//! The local command backend with real processes: what a script may see and do, and what survives what.

mod inputs;
mod reports;
mod stage;
mod stops;
mod survival;
