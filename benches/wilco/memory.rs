//! The real program in Slack and in Discord at once: how much memory it has, before and after much went on.

use super::heading;
use crate::discord::town::{DiscordTown, Reply};
use crate::duel::AT_ONCE;
use crate::load::{Load, Pace, Town, Where};
use crate::slack::town::SlackTown;
use crate::{place, program};

pub async fn run() {
    heading("memory (the real program in Slack and Discord at once)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (slack, discord) = (SlackTown::open().await, DiscordTown::open(Reply::Replaces).await);
    place::configure(directory.path(), &[slack.joined(), discord.joined()]);
    let running = program::start(program::wilco(directory.path())).await;
    tokio::join!(slack.arrived(), discord.arrived());
    let idle = running.resident();
    let (mut slack, mut discord) = (Load::of(slack), Load::of(discord));
    slack.greet().await;
    discord.greet().await;
    let half = (Pace::Closed(AT_ONCE / 2), program::PART / 2);
    let mut sizes = Vec::new();
    for _ in 0..2 * program::PARTS {
        let in_slack = slack.run(Where::Everywhere, half);
        tokio::join!(in_slack, discord.run(Where::Everywhere, half));
        sizes.push(running.resident());
    }
    program::show_memory((idle, &sizes), (40.0, 60.0));
}
