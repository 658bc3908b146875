//! Everything that is tested from outside, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that unwraps in vain has failed, and says where")]

mod console;
mod demo;
