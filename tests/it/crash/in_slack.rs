//! The real program in Slack, killed again and again: what was acknowledged is on record, and once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::connected::{EVERYBODY, IN_SLACK, Process, in_slack, requests, slack_user};
use super::premises::Premises;
use super::random::{Random, kills};
use crate::sim::slack::{Bot, Slack, User};
use crate::wait::seen_within;

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 200;

/// Lines said in one life of the process.
const LINES: u64 = 6;

/// What was acknowledged is on record so soon after the last start.
const MADE_GOOD_WITHIN: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_was_told_is_taken_in_is_on_record_once_however_often_wilco_is_killed() {
    let (kills, seed, began) = (kills(KILLS), Random::seed(), Instant::now());
    let mut random = Random(seed);
    let slack = Slack::open().await;
    slack.channel(IN_SLACK, "deploys", Bot::In);
    for name in EVERYBODY {
        slack.user(&slack_user(name), User::named(name));
    }
    slack.redeliver_after(Duration::from_millis(50));
    let premises = Premises::new("0.1");
    in_slack(&premises, &slack);
    for life in 0..kills {
        let process = start(&premises, &slack).await;
        let before = taken(&slack);
        for line in 0..LINES {
            // A version that is nowhere: it is asked for, put on record, and over at once.
            let words = format!("deploy web@n{life}-{line} to staging");
            slack.mention(&slack_user("ana"), IN_SLACK, &words).await;
        }
        // Killed once so many are acknowledged: none, all, or some while the rest is under way.
        let enough = before + random.within(0..LINES + 1);
        let is_enough = |slack: &Slack| (taken(slack) >= enough).then_some(());
        slack.until("some acknowledgements", is_enough).await;
        process.kill(&premises);
        slack.await_connections(0).await;
    }
    let process = start(&premises, &slack).await;
    // What was acknowledged by a process that was killed is taken up from the outbox.
    let acknowledged = || -> BTreeSet<String> {
        slack.acknowledged_words().iter().map(|said| plain(said)).collect()
    };
    let missing = |found: &BTreeMap<String, usize>| -> Vec<String> {
        acknowledged().into_iter().filter(|words| !found.contains_key(words)).collect()
    };
    seen_within(MADE_GOOD_WITHIN, async || {
        missing(&requests(&premises).await.taken).is_empty().then_some(())
    })
    .await;
    process.kill(&premises);
    let found = requests(&premises).await.taken;
    assert_eq!(missing(&found), Vec::<String>::new(), "WILCO_SEED={seed}");
    let not_once: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
    assert_eq!(not_once, Vec::<(&String, &usize)>::new(), "WILCO_SEED={seed}");
    assert!(acknowledged().len() as u64 >= kills, "hardly anything was acknowledged");
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}: {kills} kills in Slack in {:?}", began.elapsed());
    }
}

fn plain(words: &str) -> String {
    words.trim_start_matches("<@U0WILCO000> ").to_owned()
}

/// Starts the program, and returns once it is connected.
async fn start(premises: &Premises, slack: &Slack) -> Process {
    let process = Process::start(premises);
    slack.await_connections(2).await;
    process
}

/// Counts the envelopes that were acknowledged.
fn taken(slack: &Slack) -> u64 {
    let all = slack.envelopes();
    all.iter().filter(|id| slack.acknowledged(id).is_some()).count().try_into().unwrap()
}
