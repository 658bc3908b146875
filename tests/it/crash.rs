//! Wilco is cut off at every step, and killed at random: the ending must be the same as if nothing had
//! happened. Never two runs under one key, never a lost vote, never a record that does not verify.

mod aftermath;
mod away;
mod connected;
mod cuts;
mod ending;
mod fence;
mod flood;
mod full_disk;
mod guild;
mod in_both;
mod in_discord;
mod in_slack;
mod kills;
mod life;
mod on_github;
mod premises;
mod program;
mod random;
mod weather;
