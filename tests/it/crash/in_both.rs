//! The real program in Slack and in Discord at once, killed again and again: one quorum over both, counted once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::connected::{
    EVERYBODY, IN_DISCORD, IN_SLACK, Process, in_discord, in_slack, requests, slack_user,
};
use super::guild::Guild;
use super::premises::{Premises, commit};
use super::random::{Random, kills};
use super::{aftermath, weather};
use crate::rehearsal::discord_room::{number, user};
use crate::sim::discord::Discord;
use crate::sim::slack::{Bot, Message, Slack, User};

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 40;

const ACTS: std::ops::Range<u64> = 2..7;
const CHANGES: std::ops::Range<u64> = 0..60;
const QUIET_AFTER: Duration = Duration::from_millis(250);

// On one thread: what people see does not change while they press it.
#[tokio::test]
async fn one_quorum_over_two_platforms_counts_once_however_often_wilco_is_killed() {
    let (kills, seed, began) = (kills(KILLS), Random::seed(), Instant::now());
    let mut random = Random(seed);
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}");
    }
    let (premises, mut guild, slack) =
        (Premises::new("0.1"), Guild::open().await, workspace().await);
    in_slack(&premises, &slack);
    in_discord(&premises, &guild.discord);
    for life in 0..kills {
        let process = start(&premises, &guild.discord, &slack).await;
        weather::worsen(&guild.discord, &mut random);
        for act in 0..random.within(ACTS) {
            match random.within(0..3) {
                0 => {
                    let words = format!("deploy web@s{life}-{act} to staging");
                    slack.mention(&slack_user("ana"), IN_SLACK, &words).await;
                }
                1 => react(&slack, &mut random).await,
                _ => guild.act(&mut random),
            }
        }
        let mut seen = guild.discord.changes();
        let enough = *seen.borrow() + random.within(CHANGES);
        drop(timeout(QUIET_AFTER, seen.wait_for(|now| *now >= enough)).await);
        process.kill(&premises);
        guild.discord.await_connections(0).await;
        slack.await_connections(0).await;
        weather::clear_up(&guild.discord);
        guild.discord.expire_sessions();
    }
    let process = start(&premises, &guild.discord, &slack).await;
    aftermath::settle(&premises, &guild).await;
    quorum(&guild, &slack).await;
    aftermath::settle(&premises, &guild).await;
    process.kill(&premises);
    aftermath::check(&premises, &guild).await;
    let requests = requests(&premises).await;
    let said: BTreeSet<String> = slack.acknowledged_words().into_iter().collect();
    for words in said.iter().map(|said| said.trim_start_matches("<@U0WILCO000> ")) {
        assert_eq!(requests.get(words), Some(&1), "{words}, WILCO_SEED={seed}");
    }
    assert!(!said.is_empty() && guild.answered() > 0, "hardly anything was acknowledged");
    #[expect(clippy::print_stdout, reason = "how long it took is said where somebody looks")]
    {
        println!("{kills} kills on both in {:?}", began.elapsed());
    }
}

async fn workspace() -> Slack {
    let slack = Slack::open().await;
    slack.channel(IN_SLACK, "deploys", Bot::In);
    for name in EVERYBODY {
        slack.user(&slack_user(name), User::named(name));
    }
    slack.redeliver_after(Duration::from_millis(50));
    slack
}

async fn start(premises: &Premises, discord: &Discord, slack: &Slack) -> Process {
    let process = Process::start(premises);
    slack.await_connections(2).await;
    discord.await_connections(1).await;
    let is_known = |discord: &Discord| {
        (!discord.commands(Some(crate::sim::discord::GUILD)).is_empty()).then_some(())
    };
    discord.until("the commands", is_known).await;
    process
}

/// Returns the cards in Slack on which votes are wanted.
fn waiting(slack: &Slack) -> Vec<Message> {
    let mut messages = slack.messages(IN_SLACK);
    messages.retain(|message| message.thread_ts.is_none() && message.text.contains(" waits for "));
    messages
}

/// Puts a reaction in Slack there or takes it away.
async fn react(slack: &Slack, random: &mut Random) {
    let waiting = waiting(slack);
    let Some(card) = random.of(&waiting) else { return };
    toggle(slack, &card.ts).await;
}

async fn toggle(slack: &Slack, ts: &str) {
    let (ben, sign) = (slack_user("ben"), "white_check_mark");
    let mut messages = slack.messages(IN_SLACK).into_iter();
    let card = messages.find(|message| message.ts == ts).unwrap();
    let mut reactions = card.reactions.iter();
    if reactions.any(|(name, who)| name == sign && who.contains(&ben)) {
        slack.unreact(&ben, (IN_SLACK, ts), sign).await;
    } else {
        slack.react(&ben, (IN_SLACK, ts), sign).await;
    }
}

/// Ben approves in Slack and mina in Discord, and it runs.
async fn quorum(guild: &Guild, slack: &Slack) {
    let known: BTreeSet<String> = guild.waiting().into_iter().map(|card| card.id).collect();
    let version = commit(1_000_000);
    let words = format!("deploy api@{version} to prod");
    guild.discord.mention(&user("ana"), IN_DISCORD, &words);
    let card = guild
        .discord
        .until("the card in Discord", |_| {
            guild.waiting().into_iter().find(|card| !known.contains(&card.id))
        })
        .await;
    let number = format!("#{} ", number(&card).unwrap());
    let there = slack
        .until("the card in Slack", |slack| {
            waiting(slack).into_iter().find(|card| card.text.contains(&number))
        })
        .await;
    toggle(slack, &there.ts).await;
    guild.discord.react(&user("mina"), (IN_DISCORD, &card.id), "✅");
    guild
        .discord
        .until("it is live", |discord| {
            let mut messages = discord.messages(IN_DISCORD).into_iter();
            let card = messages.find(|message| message.id == card.id)?;
            card.embeds[0]["title"].as_str()?.starts_with('✅').then_some(())
        })
        .await;
}
