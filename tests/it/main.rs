//! The one integration binary: everything beside this file is a module or data of it.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

mod command_backend;
mod git_lookup;
