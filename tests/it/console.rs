//! The console on a pipe: which lines are taken when, what is answered, and what is written.

mod lines;
mod news;
mod output;
mod room;
mod slash;
