//! The real program in Discord, killed again and again while people deploy and vote and Discord fails: what
//! people were told is taken in is on record, and once; votes that stand are counted; nothing is said twice.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::connected::{Process, in_discord};
use super::guild::Guild;
use super::premises::Premises;
use super::random::{Random, kills};
use super::{aftermath, weather};
use crate::sim::discord::{Discord, GUILD};

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 200;

/// As many things are done in one life, and as much goes wrong.
const ACTS: std::ops::Range<u64> = 2..9;
const FAULTS: std::ops::Range<u64> = 0..3;

/// After one life in so many wilco is away for longer than Discord knows what it said by its nonce.
const LONG_AWAY_EVERY: u64 = 3;
const LONG_AWAY: Duration = Duration::from_mins(6);

/// A life ends once so much more has happened in Discord.
const CHANGES: std::ops::Range<u64> = 0..60;

/// One in which nothing happens any more ends after this.
const QUIET_AFTER: Duration = Duration::from_millis(250);

/// One life in so many goes on for longer, for what the backend is asked for two seconds.
const LONG_EVERY: u64 = 16;
const LONG_LIFE: Duration = Duration::from_secs(3);

// On one thread: what people see does not change while they press it.
#[tokio::test]
async fn nothing_that_discord_was_told_is_lost_or_done_twice_however_often_wilco_is_killed() {
    let (kills, seed, began) = (kills(KILLS), Random::seed(), Instant::now());
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}");
    }
    // Two processes live and die side by side, each in a Discord of its own.
    let half = kills.div_ceil(2);
    let answered = tokio::join!(soak(Random(seed), half), soak(Random(seed + 1), half));
    #[expect(clippy::print_stdout, reason = "how long it took is said where somebody looks")]
    {
        println!("{kills} kills in {:?}: {answered:?} answered", began.elapsed());
    }
}

/// Starts and kills so many times, then lets everything come to rest and looks at it. Returns how many
/// interactions were answered.
async fn soak(mut random: Random, kills: u64) -> usize {
    let (premises, mut guild) = (Premises::new("0.1"), Guild::open().await);
    in_discord(&premises, &guild.discord);
    for life in 0..kills {
        weather::before(&guild.discord, &mut random);
        let process = start(&premises, &guild.discord).await;
        for _ in 0..random.within(FAULTS) {
            weather::worsen(&guild.discord, &mut random);
        }
        for _ in 0..random.within(ACTS) {
            guild.act(&mut random);
        }
        if life % LONG_EVERY == LONG_EVERY - 1 {
            happens(&guild.discord, u64::MAX, LONG_LIFE).await;
        } else {
            happens(&guild.discord, random.within(CHANGES), QUIET_AFTER).await;
        }
        process.kill(&premises);
        guild.discord.await_connections(0).await;
        weather::clear_up(&guild.discord);
        guild.discord.expire_sessions();
        if random.within(0..LONG_AWAY_EVERY) == 0 {
            guild.discord.skip(LONG_AWAY);
        }
    }
    let process = start(&premises, &guild.discord).await;
    aftermath::settle(&premises, &guild).await;
    process.kill(&premises);
    aftermath::check(&premises, &guild).await;
    let answered = guild.answered();
    assert!(answered as u64 >= kills / 2, "hardly anything was acknowledged: {answered}");
    answered
}

/// Returns once so much more has happened, or as much as there was in that time.
async fn happens(discord: &Discord, changes: u64, at_most: Duration) {
    let mut seen = discord.changes();
    let enough = seen.borrow().saturating_add(changes);
    drop(timeout(at_most, seen.wait_for(|now| *now >= enough)).await);
}

/// Starts the program, and returns once it is connected and people can give it commands.
async fn start(premises: &Premises, discord: &Discord) -> Process {
    let process = Process::start(premises);
    discord.await_connections(1).await;
    let is_known = |discord: &Discord| (!discord.commands(Some(GUILD)).is_empty()).then_some(());
    discord.until("the commands", is_known).await;
    process
}
