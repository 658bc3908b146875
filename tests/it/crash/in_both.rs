//! The real program in Slack and in Discord at once, killed again and again while people deploy and vote in both
//! and both fail: what was taken in is on record, and once; both show and tell the same; one quorum over both.

mod sides;
mod weather;
mod workspace;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use self::sides::Sides;
use self::workspace::Workspace;
use super::aftermath;
use super::connected::{IN_DISCORD, Process, in_discord, in_slack};
use super::guild::Guild;
use super::premises::{Premises, commit};
use super::random::{Random, kills};
use crate::rehearsal::discord_room::{number, user};
use crate::sim::discord::{Discord, GUILD};
use crate::sim::slack::Slack;

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 40;

/// As many things are done in one life, and as much goes wrong.
const ACTS: std::ops::Range<u64> = 2..8;
const FAULTS: std::ops::Range<u64> = 0..4;

/// A life ends once so much more has happened in both chats.
const CHANGES: std::ops::Range<u64> = 0..80;

/// One in which nothing happens any more ends after this.
const QUIET_AFTER: Duration = Duration::from_millis(250);

/// One life in so many goes on for longer, for what the backend is asked for two seconds.
const LONG_EVERY: u64 = 16;
const LONG_LIFE: Duration = Duration::from_secs(3);

/// One in so many goes on until everything is at rest, and then both chats must say the same.
const REST_EVERY: u64 = 25;

/// Whatever is done in a life, and at rest, is done in this time, also while this machine is busy.
const STEP_WITHIN: Duration = Duration::from_mins(2);

/// People pause while wilco has more to do than this: Slack takes one message a second of it.
const BACKLOG_MAX: u64 = 30;

// On one thread: what people see does not change while they press it.
#[tokio::test]
async fn one_quorum_over_two_platforms_counts_once_however_often_wilco_is_killed() {
    let (kills, seed, began) = (kills(KILLS), Random::seed(), Instant::now());
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}");
    }
    // Two processes live and die side by side, each with a Slack and a Discord of its own.
    let half = kills.div_ceil(2);
    let taken = tokio::join!(soak(Random(seed), half), soak(Random(seed.wrapping_add(1)), half));
    #[expect(clippy::print_stdout, reason = "how long it took is said where somebody looks")]
    {
        println!("{kills} kills in both in {:?}: {taken:?} taken in", began.elapsed());
    }
}

/// Starts and kills so many times, then lets everything come to rest and looks at it. Returns how much was
/// acknowledged in Slack and in Discord.
async fn soak(mut random: Random, kills: u64) -> (usize, usize) {
    let (premises, mut guild) = (Premises::new("0.1"), Guild::open().await);
    let mut workspace = Workspace::open().await;
    in_slack(&premises, &workspace.slack);
    in_discord(&premises, &guild.discord);
    for life in 0..kills {
        super::weather::before(&guild.discord, &mut random);
        let starting = start(&premises, &guild.discord, &workspace.slack);
        let process = bounded((life, "it connects"), starting).await;
        if life % REST_EVERY == REST_EVERY - 1 {
            let sides = Sides { premises: &premises, guild: &guild, workspace: &workspace };
            bounded((life, "it comes to rest"), sides.settle()).await;
            let faults = bounded((life, "all is looked at"), sides.faults_at_rest()).await;
            assert_eq!(faults, Vec::<String>::new(), "in life {life}");
        }
        let is_busy = aftermath::backlog(&premises).await > BACKLOG_MAX;
        for _ in 0..random.within(FAULTS) {
            weather::worsen(&guild.discord, &workspace.slack, &mut random);
        }
        for _ in 0..if is_busy { 0 } else { random.within(ACTS) } {
            if random.within(0..2) == 0 {
                bounded((life, "Slack sends it"), workspace.act(&mut random)).await;
            } else {
                guild.act(&mut random);
            }
        }
        if life % LONG_EVERY == LONG_EVERY - 1 {
            happens((&guild.discord, &workspace.slack), u64::MAX, LONG_LIFE).await;
        } else {
            let changes = random.within(CHANGES);
            happens((&guild.discord, &workspace.slack), changes, QUIET_AFTER).await;
        }
        process.kill(&premises);
        let clearing = weather::clear_up(&guild.discord, &workspace.slack);
        bounded((life, "nobody is connected"), clearing).await;
        let sides = Sides { premises: &premises, guild: &guild, workspace: &workspace };
        let faults = bounded((life, "its end is looked at"), sides.faults_after_a_life()).await;
        assert_eq!(faults, Vec::<String>::new(), "after life {life}");
    }
    super::weather::clear_up(&guild.discord);
    let starting = start(&premises, &guild.discord, &workspace.slack);
    let process = bounded((kills, "it connects"), starting).await;
    let sides = Sides { premises: &premises, guild: &guild, workspace: &workspace };
    bounded((kills, "it comes to rest"), sides.settle()).await;
    bounded((kills, "two approve in two chats"), quorum(&sides)).await;
    bounded((kills, "it comes to rest once more"), sides.settle()).await;
    process.kill(&premises);
    bounded((kills, "all is looked at"), sides.check()).await;
    let taken = (workspace.deliveries().len(), guild.answered());
    assert!(taken.0.min(taken.1) as u64 >= kills / 4, "hardly anything was taken in: {taken:?}");
    taken
}

/// Says in which life what took too long.
async fn bounded<T>((life, what): (u64, &str), step: impl Future<Output = T>) -> T {
    let done = timeout(STEP_WITHIN, step).await;
    done.unwrap_or_else(|_| panic!("waited in vain in life {life} until {what}"))
}

/// Returns once so much more has happened in either chat, or as much as there was in that time.
async fn happens((discord, slack): (&Discord, &Slack), changes: u64, at_most: Duration) {
    let (mut there, mut here) = (discord.changes(), slack.changes());
    let so_far = |one: u64, other: u64| one.saturating_add(other);
    let enough = so_far(*there.borrow(), *here.borrow()).saturating_add(changes);
    let happens = async {
        while so_far(*there.borrow_and_update(), *here.borrow_and_update()) < enough {
            let changed = tokio::select! {
                changed = there.changed() => changed,
                changed = here.changed() => changed,
            };
            changed.expect("both outlive the life");
        }
    };
    drop(timeout(at_most, happens).await);
}

/// Starts the program, and returns once it is connected to both and people can give it commands.
async fn start(premises: &Premises, discord: &Discord, slack: &Slack) -> Process {
    let process = Process::start(premises);
    slack.await_connections(2).await;
    discord.await_connections(1).await;
    let is_known = |discord: &Discord| (!discord.commands(Some(GUILD)).is_empty()).then_some(());
    discord.until("the commands", is_known).await;
    process
}

/// Ben approves in Slack and mina in Discord, and it runs.
async fn quorum(Sides { guild, workspace, .. }: &Sides<'_>) {
    let known: BTreeSet<String> = guild.waiting().into_iter().map(|card| card.id).collect();
    let words = format!("deploy api@{} to prod", commit(2_000_000));
    guild.discord.mention(&user("ana"), IN_DISCORD, &words);
    let is_new = || guild.waiting().into_iter().find(|card| !known.contains(&card.id));
    let there = guild.discord.until("the card in Discord", |_| is_new()).await;
    let is_its = |card: &_| workspace::number(card) == number(&there);
    let find = || workspace.waiting().into_iter().find(is_its);
    let here = workspace.slack.until("the card in Slack", |_| find()).await;
    workspace.toggle("ben", &here).await;
    guild.discord.react(&user("mina"), (IN_DISCORD, &there.id), "✅");
    let is_live = |discord: &Discord| {
        let mut messages = discord.messages(IN_DISCORD).into_iter();
        let card = messages.find(|message| message.id == there.id)?;
        card.embeds[0]["title"].as_str()?.starts_with('✅').then_some(())
    };
    guild.discord.until("it is live", is_live).await;
}
