//! What goes wrong in the simulated Discord at random, and how it is well again.

use std::time::Duration;

use super::random::Random;
use crate::sim::discord::{Discord, Fault, Hearing, Resumable};

/// What wilco asks of Discord while it is connected.
pub const OPERATIONS: [&str; 12] = [
    "create_message",
    "update_message",
    "create_interaction_response",
    "execute_webhook",
    "update_original_webhook_message",
    "delete_original_webhook_message",
    "add_my_message_reaction",
    "get_message",
    "list_message_reactions_by_emoji",
    "list_messages",
    "create_thread_from_message",
    "create_dm",
];

const CLOSE_CODES: [u16; 6] = [1001, 1011, 4000, 4001, 4007, 4009];

/// Events and the fields that one of them lacks.
const HOLES: [(&str, &str); 4] = [
    ("MESSAGE_REACTION_ADD", "emoji"),
    ("MESSAGE_REACTION_REMOVE", "user_id"),
    ("INTERACTION_CREATE", "data"),
    ("MESSAGE_CREATE", "author"),
];

/// Comes over a connection that is still to be made: heartbeats that nobody answers.
pub fn before(discord: &Discord, random: &mut Random) {
    let is_deaf = random.within(0..8) == 0;
    discord.hear_heartbeats(if is_deaf { Hearing::Deaf } else { Hearing::Good });
    let interval = if is_deaf { Duration::from_millis(60) } else { Duration::from_secs(41) };
    discord.heartbeat_interval(interval);
}

/// Breaks something, or nothing.
pub fn worsen(discord: &Discord, random: &mut Random) {
    match random.within(0..20) {
        0..=8 => {
            let operation = *random.of(&OPERATIONS).unwrap();
            discord.fail_next(operation, fault(random));
        }
        9 => discord.close_connections(*random.of(&CLOSE_CODES).unwrap()),
        10 => discord.cut_connections(),
        11 => discord.cut_in_a_frame(),
        12 => discord.ask_to_reconnect(),
        13 => discord.invalidate_sessions(Resumable::Yes),
        14 => discord.invalidate_sessions(Resumable::No),
        15 => discord.reorder_next(2),
        16 => {
            let (event, field) = *random.of(&HOLES).unwrap();
            discord.leave_out_of_next(event, field);
        }
        17 => {
            let (event, _) = *random.of(&HOLES).unwrap();
            discord.duplicate_next(event);
        }
        _ => {}
    }
}

fn fault(random: &mut Random) -> Fault {
    let soon = Duration::from_millis(random.within(1..80));
    match random.within(0..11) {
        0 => Fault::RateLimited { retry_after: soon },
        1 => Fault::RateLimitedGlobally { retry_after: soon },
        2 | 3 => Fault::ServerErrorBefore,
        4 | 5 => Fault::ServerErrorAfterEffect,
        6 => Fault::BadGateway,
        7 => Fault::ConnectionCutAfterEffect,
        8 => Fault::GarbledAnswer,
        9 => Fault::AnswerWithout("id"),
        _ => Fault::SlowBy(soon),
    }
}

/// Has everything go well from now on.
pub fn clear_up(discord: &Discord) {
    for operation in OPERATIONS {
        discord.heal(operation);
    }
    discord.hear_heartbeats(Hearing::Good);
    discord.heartbeat_interval(Duration::from_secs(41));
}
