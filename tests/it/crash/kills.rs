//! The real program under `kill -9` at random moments of real runs.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;

use wilco::store::open::read_only;
use wilco_core::deployment::Status;

use super::ending::{Ending, Vote};
use super::premises::{Premises, commit};
use super::program::Program;
use super::random::{Random, kills};
use crate::wait::within;

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 200;

/// Processes that live and die side by side, each with a data directory of its own.
const SIDE_BY_SIDE: u64 = 2;

/// A life ends once the database was seen to be written to this often; starting is part of that.
const WRITES: std::ops::Range<u64> = 0..120;

/// One that writes no more, since it only waits for votes, ends after this.
const QUIET_AFTER: Duration = Duration::from_millis(450);

/// One life in so many goes on until no start is in doubt, for which the backend is asked for two seconds:
/// without them such a start would hold its lane until the last life.
const LONG_EVERY: u64 = 16;
const LONG_LIFE: Duration = Duration::from_secs(3);

/// New deployments are asked for while at most this many wait for votes.
const WAITING_MAX: usize = 3;

#[test]
fn a_process_that_is_killed_again_and_again_loses_no_vote_and_runs_nothing_twice() {
    let (kills, seed) = (kills(KILLS), Random::seed());
    let began = Instant::now();
    let totals = thread::scope(|scope| {
        let work = |index: u64| move || soak(seed + index, kills.div_ceil(SIDE_BY_SIDE));
        let workers: Vec<_> = (0..SIDE_BY_SIDE).map(|index| scope.spawn(work(index))).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}: {kills} kills in {:?}: {totals:?}", began.elapsed());
    }
    assert!(totals.iter().all(Result::is_ok), "WILCO_SEED={seed}");
}

/// What a worker went through.
#[derive(Debug)]
#[expect(dead_code, reason = "it is printed")]
struct Totals {
    runs: usize,
    votes_seen: usize,
}

/// Starts and kills so many times, then lets everything come to its end and looks at it.
fn soak(seed: u64, kills: u64) -> Totals {
    let (premises, mut random) = (Premises::new("0.1"), Random(seed));
    let (mut commits, mut votes) = (0, BTreeSet::new());
    for life in 0..kills {
        let mut program = Program::start(&premises, &format!("life-{life}"));
        let waiting = waiting(&premises);
        program.say(&workload(&mut random, &waiting, &mut commits));
        let mut written = Written::default();
        if life % LONG_EVERY == LONG_EVERY - 1 {
            let much = |written: &mut Written| written.times(&premises) >= WRITES.end;
            within(LONG_LIFE, || much(&mut written) && nothing_starts(&premises));
        } else {
            let writes = random.within(WRITES);
            within(QUIET_AFTER, || written.times(&premises) >= writes);
        }
        assert!(!program.has_ended(), "it ended by itself: {}", program.complaints());
        program.kill();
        votes.extend(votes_in(&program.output()));
    }
    finish(&premises, &mut votes);
    premises.wait_for_runners();
    let votes: Vec<Vote> = votes.into_iter().collect();
    let ending = Runtime::new().unwrap().block_on(Ending::of(&premises, &votes));
    assert_eq!(ending.faults, Vec::<String>::new(), "with seed {seed}");
    assert!(ending.ordered > 0, "nothing ran");
    Totals { runs: ending.ordered, votes_seen: votes.len() }
}

/// Counts how often the database's log was seen to change.
#[derive(Default)]
struct Written {
    last: Option<SystemTime>,
    times: u64,
}

impl Written {
    fn times(&mut self, premises: &Premises) -> u64 {
        let log = premises.database().with_extension("db-wal");
        let now = fs::metadata(log).and_then(|log| log.modified()).ok();
        if now != self.last {
            self.last = now;
            self.times += 1;
        }
        self.times
    }
}

/// Tells whether no run is ordered of which nobody knows yet whether it began.
fn nothing_starts(premises: &Premises) -> bool {
    let starting = read(premises, async |reader| {
        let open = reader.open_summaries(None, None, 100).await.unwrap();
        open.iter().any(|summary| summary.status == Status::Starting)
    });
    starting == Some(false)
}

/// Votes on what waits, mixed with new requests.
fn workload(random: &mut Random, waiting: &[u64], commits: &mut u64) -> String {
    let mut lines = Vec::new();
    if waiting.len() <= WAITING_MAX {
        for environment in ["staging", "prod"] {
            *commits += 1;
            lines.push(format!("/as ana\ndeploy api@{} to {environment}\n", commit(*commits)));
        }
    }
    for id in waiting {
        for who in ["ben", "mina"] {
            lines.push(format!("/as {who}\n/react ✅ #{id}\n"));
        }
    }
    // Fisher and Yates: every order is as likely as any other.
    for last in (1..lines.len()).rev() {
        let other = random.within(0..last as u64 + 1);
        lines.swap(last, usize::try_from(other).unwrap());
    }
    lines.concat()
}

/// Lets everything that waits be approved, and everything that goes on come to its end.
fn finish(premises: &Premises, votes: &mut BTreeSet<Vote>) {
    let mut program = Program::start(premises, "last");
    let deadline = Instant::now() + Duration::from_mins(2);
    let mut voted = BTreeSet::new();
    while !is_at_rest(premises) {
        assert!(Instant::now() < deadline, "it does not come to rest: {}", program.complaints());
        for id in waiting(premises) {
            if voted.insert(id) {
                program.say(&format!("/as ben\n/react ✅ #{id}\n/as mina\n/react ✅ #{id}\n"));
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    program.say("/quit\n");
    premises.wait_until_left();
    votes.extend(votes_in(&program.output()));
}

fn is_at_rest(premises: &Premises) -> bool {
    read(premises, async |reader| {
        reader.open_ids().await.unwrap().is_empty() && reader.outbox_size().await.unwrap() == 0
    })
    .unwrap_or(false)
}

fn waiting(premises: &Premises) -> Vec<u64> {
    let waiting = read(premises, async |reader| {
        let open = reader.open_summaries(None, None, 100).await.unwrap();
        let waiting = open.iter().filter(|summary| summary.status == Status::Waiting);
        waiting.map(|summary| summary.deployment.0).collect()
    });
    waiting.unwrap_or_default()
}

/// Asks the database; `None` while there is none, or its tables are still being made.
fn read<T>(
    premises: &Premises,
    ask: impl AsyncFnOnce(&wilco::store::read::Reader) -> T,
) -> Option<T> {
    Runtime::new().unwrap().block_on(async {
        let reader = read_only(&premises.database()).await.ok()?;
        let answer = match reader.origin().await {
            Ok(Some(_)) => Some(ask(&reader).await),
            Ok(None) | Err(_) => None,
        };
        reader.close().await;
        answer
    })
}

/// Returns the votes of which people were told: `· ben approved #3: 1 of 2 approvals.`
fn votes_in(output: &str) -> impl Iterator<Item = Vote> {
    output.lines().filter(|line| line.ends_with('.')).filter_map(|line| {
        let (who, rest) = line.trim().strip_prefix("· ")?.split_once(" approved #")?;
        Some((rest.split_once(':')?.0.parse().ok()?, who.to_owned()))
    })
}
