//! Holds the simulated Slack to what it promises, over the wire and with a real client.

mod calls;
mod client;
mod commands;
mod failing;
mod refusals;
mod signed;
mod socket;
mod talk;
mod tap;

use super::slack::{Bot, Slack, User};

pub const ANA: &str = "U0ANA00000";
pub const BEN: &str = "U0BEN00000";
pub const MINA: &str = "U0MINA0000";
pub const DEPLOYS: &str = "C0DEPLOYS0";
pub const SECRET: &str = "C0SECRET00";

/// Three people, a channel with the bot and one without.
async fn workspace() -> Slack {
    let slack = Slack::open_unrecorded().await;
    for (id, name) in [(ANA, "ana"), (BEN, "ben"), (MINA, "mina")] {
        slack.user(id, User::named(name));
    }
    slack.channel(DEPLOYS, "deploys", Bot::In);
    slack.channel(SECRET, "secret", Bot::Out);
    slack
}
