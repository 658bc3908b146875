//! Holds the simulated Discord to what it promises, over the wire and with a real client.

mod calls;
mod client;
mod commands;
mod contract;
mod events;
mod failing;
mod gateway;
mod interactions;
mod modals;
mod places;
mod refusals;
mod serenity;
mod socket;
mod tap;

use super::discord::{Discord, GUILD, Member, User};

pub const ANA: &str = "100000000000000001";
pub const BEN: &str = "100000000000000002";
pub const MINA: &str = "100000000000000003";
pub const DEPLOYS: &str = "200000000000000001";
pub const OTHER: &str = "200000000000000002";

/// Three people, who are in the guild, and two channels.
async fn guild() -> Discord {
    let discord = Discord::open_unrecorded().await;
    for (id, name) in [(ANA, "ana"), (BEN, "ben"), (MINA, "mina")] {
        discord.user(id, User::named(name));
        discord.member(GUILD, id, Member::default());
    }
    discord.channel(GUILD, DEPLOYS, "deploys");
    discord.channel(GUILD, OTHER, "other");
    discord
}
