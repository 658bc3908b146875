//! The thinking of wilco: what occurred goes in, decisions come out. No I/O, no clock, no randomness.

pub mod audit;
pub mod card;
pub mod catalog;
pub mod decide;
pub mod deployment;
pub mod effect;
pub mod emoji;
pub mod event;
pub mod fact;
pub mod gate;
pub mod grammar;
pub mod ids;
pub mod manifest;
pub mod nearest;
pub mod notice;
pub mod person;
pub mod policy;
pub mod private;
pub mod record;
pub mod request;
pub mod seal;
pub mod template;
pub mod text;
pub mod wording;
pub mod working_set;
