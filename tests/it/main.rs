//! The one integration binary: everything beside this file is a module or data of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod agreed;
mod command_backend;
mod console;
mod crash;
mod demo;
mod discord_cards;
mod discord_live;
mod git_lookup;
mod github_backend;
mod house;
mod program;
mod rehearsal;
mod settings;
mod sim;
mod slack_blocks;
mod slack_live;
mod store;
mod wait;
mod webhook_backend;
mod wire;
