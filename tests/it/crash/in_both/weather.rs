//! What goes wrong in both chats at random: everything that the simulations know, apart from a definite no, which
//! wilco takes for one.

use std::time::Duration;

use super::super::random::Random;
use super::super::weather::{self, OPERATIONS};
use crate::sim::discord::{self, Discord, Gateway, Resumable};
use crate::sim::slack::{Disconnect, Fault, Slack, Times};

/// What wilco asks of Slack while it is connected. Without `users.info`: whom Slack does not tell of is refused, and
/// told so.
const METHODS: [&str; 9] = [
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "reactions.get",
    "reactions.add",
    "conversations.history",
    "conversations.replies",
    "views.open",
    "apps.connections.open",
];

/// Slack's words for trouble of its own.
const TROUBLE: [&str; 5] =
    ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"];

/// Breaks something somewhere, or nothing.
pub fn worsen(discord: &Discord, slack: &Slack, random: &mut Random) {
    match random.within(0..8) {
        0..=2 => weather::worsen(discord, random),
        3 => worsen_discord(discord, random),
        4 | 5 => call_to_slack(slack, discord, random),
        _ => connection_to_slack(slack, random),
    }
}

/// What weighs too much to come often.
fn worsen_discord(discord: &Discord, random: &mut Random) {
    let operation = *random.of(&OPERATIONS).unwrap();
    match random.within(0..10) {
        0 => discord.fail_next(operation, discord::Fault::HangBefore),
        1 => discord.fail_next(operation, discord::Fault::HangAfterEffect),
        2 => discord.fail(operation, discord::Fault::ServerErrorBefore, Times::Always),
        3 => discord.lose_next(2),
        4 => discord.ask_for_heartbeat(),
        5 => discord.silence_connections(),
        6 => {
            discord.gateway(Gateway::Closed);
            discord.cut_connections();
        }
        7 => {
            discord.close_at_entry(4000, 1);
            discord.cut_connections();
        }
        8 => {
            discord.invalidate_at_entry(Resumable::No);
            discord.cut_connections();
        }
        _ => discord.limit(operation, 1),
    }
}

fn call_to_slack(slack: &Slack, discord: &Discord, random: &mut Random) {
    let method = *random.of(&METHODS).unwrap();
    match random.within(0..10) {
        0 => slack.fail(method, fault(discord, random), Times::Always),
        1 => slack.limit(method, 1),
        2 => slack.expire_triggers(),
        _ => slack.fail_next(method, fault(discord, random)),
    }
}

fn fault(discord: &Discord, random: &mut Random) -> Fault {
    match random.within(0..12) {
        0 => Fault::RateLimited { retry_after_seconds: 1 },
        1 | 2 => Fault::ServerErrorBefore,
        3 | 4 => Fault::ServerErrorAfterEffect,
        5 => Fault::HangBefore,
        6 => Fault::HangAfterEffect,
        7 => Fault::ConnectionCutAfterEffect,
        8 => Fault::Error(random.of(&TROUBLE).unwrap()),
        9 => Fault::GarbledAnswer,
        // There the request would be taken for one of wilco's, and be complained about.
        10 => Fault::RedirectedTo(format!("{}/api/v10/users/@me", discord.api_url())),
        _ => Fault::SlowBy(Duration::from_millis(random.within(1..80))),
    }
}

fn connection_to_slack(slack: &Slack, random: &mut Random) {
    match random.within(0..15) {
        0 => slack.disconnect(Disconnect::Warning),
        1 => slack.disconnect(Disconnect::RefreshRequested),
        2 => slack.disconnect(Disconnect::LinkDisabled),
        3 => {
            slack.disconnect_in_a_burst(2);
            slack.disconnect_all(Disconnect::RefreshRequested);
        }
        4 => slack.cut_connections(),
        5 => slack.silence_connections(),
        6 => slack.cut_in_a_frame(),
        7 | 8 => slack.lose_acknowledgements(usize::try_from(random.within(1..5)).unwrap()),
        9 | 10 => slack.duplicate_next_envelope(),
        11 | 12 => slack.reorder_next(2),
        13 => {
            slack.refuse_connections_open(Some("internal_error"));
            slack.cut_connections();
        }
        _ => slack.ping(),
    }
}

/// Has everything go well from now on, with nobody connected any more.
pub async fn clear_up(discord: &Discord, slack: &Slack) {
    weather::clear_up(discord);
    discord.gateway(Gateway::Open);
    discord.lose_next(0);
    // What is silent would stay, since not even its end is heard.
    discord.cut_connections();
    discord.await_connections(0).await;
    discord.expire_sessions();
    for method in METHODS {
        slack.heal(method);
    }
    slack.lose_acknowledgements(0);
    slack.disconnect_in_a_burst(0);
    slack.refuse_connections_open(None);
    slack.cut_connections();
    slack.await_connections(0).await;
}
