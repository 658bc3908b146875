//! GitHub's webhooks at the real program: how soon each is answered, and what those cost that say nothing new.

mod github;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use tokio::time::{sleep, sleep_until};

use wilco::http::body::BodyLimits;

use crate::durable::Bare;
use crate::load::processor_of;
use crate::process::Running;
use crate::{at_least, bound, figure, heading, median, microseconds, milliseconds, percentile};
use crate::{program, world};
use github::{Caller, Github};

const RATE: u32 = 500;
const DELIVERIES: u32 = 5_000;
const CONNECTIONS: u32 = 16;
const LATEST_MILLISECONDS: f64 = 50.0;

const ROUNDS: u32 = 4;
const EACH: u32 = 2_000;

/// Processor time comes in hundredths of a second; for so many of them nothing more is done.
const AT_REST: Duration = Duration::from_millis(100);

pub async fn run() {
    heading(
        "hooks (GitHub's webhooks at the real program, each a failed build that a channel is told of)",
    );
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let address = configure(directory.path());
    let mut bare = Bare::open(&directory.path().join("bare.db")).await;
    let mut commits = Vec::new();
    for _ in 0..DELIVERIES / 10 {
        commits.push(bare.commit().await);
    }
    figure(
        "a bare durable one-row commit, median",
        &format!("{:.2} ms", milliseconds(median(commits))),
    );
    let wilco = program::start(wilco(directory.path())).await;
    let mut github = Github::new();
    at_a_rate(address, &mut github).await;
    at_least("on record, by wilco's own count", taken(address).await, "", f64::from(DELIVERIES));
    costs(address, &mut github, &wilco).await;
}

/// Writes a configuration in which a channel is told of builds, and returns where wilco is called.
fn configure(directory: &Path) -> SocketAddr {
    world::write(directory, 1);
    // Nobody takes it before wilco does.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let root = directory.join("config/wilco.toml");
    let text = fs::read_to_string(&root).unwrap();
    let news = "[[channel.deploys.news]]\nkinds = [\"build\"]\n";
    fs::write(&root, format!("{text}\n{news}\n[http]\nlisten = \"{address}\"\n")).unwrap();
    address
}

fn wilco(directory: &Path) -> Command {
    let mut program = program::wilco(directory);
    program.env("WILCO_GITHUB_WEBHOOK_SECRET", github::SECRET);
    program
}

/// Calls when each call is due, whatever became of those before, and counts from then on.
async fn at_a_rate(address: SocketAddr, github: &mut Github) {
    let mut piles: Vec<Vec<_>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    for number in 0..DELIVERIES {
        let body = github.failed(Utc::now());
        let request = github.signed(&body);
        let due = Duration::from_secs(1) * number / RATE;
        piles[(number % CONNECTIONS) as usize].push((due, request));
    }
    let begin = Instant::now() + Duration::from_millis(100);
    let calling = piles.into_iter().map(|pile| {
        tokio::spawn(async move {
            let mut caller = Caller::connect(address).await;
            let mut answers = Vec::new();
            for (due, request) in pile {
                let due = begin + due;
                sleep_until(due.into()).await;
                let status = caller.call(&request).await;
                answers.push((status, due.elapsed()));
            }
            answers
        })
    });
    let calling: Vec<_> = calling.collect();
    let mut answers = Vec::new();
    for caller in calling {
        answers.extend(caller.await.unwrap());
    }
    let lacking = answers.iter().filter(|(status, _)| *status != 202).count();
    let mut took: Vec<_> = answers.into_iter().map(|(_, took)| took).collect();
    let middle = milliseconds(median(took.clone()));
    figure(&format!("answered at {RATE} a second, median"), &format!("{middle:.2} ms"));
    let late = milliseconds(percentile(&mut took, 0.99));
    figure("the same, 99 of 100 within", &format!("{late:.2} ms"));
    let latest = milliseconds(took.into_iter().max().unwrap());
    bound(&format!("the latest answer, of {DELIVERIES}"), latest, " ms", LATEST_MILLISECONDS);
    bound("not answered with 202", lacking as f64, "", 0.0);
}

/// Returns how many calls said something that is on record.
async fn taken(address: SocketAddr) -> f64 {
    let text = github::get(address, "/metrics").await;
    let taken = "wilco_webhooks_total{hook=\"github\",result=\"taken\"} ";
    let number = text.lines().find_map(|line| line.strip_prefix(taken));
    number.expect("it is counted").parse().unwrap()
}

/// A kind of call, and how it is answered.
struct Kind {
    name: &'static str,
    status: u16,
    requests: fn(&mut Github) -> Vec<Arc<[u8]>>,
}

/// The others are compared with the cheaper one of the first two.
const KINDS: [Kind; 6] = [
    Kind { name: "good, and told to a channel", status: 202, requests: told },
    Kind { name: "good, and told to nobody", status: 202, requests: good },
    Kind { name: "forged", status: 401, requests: forged },
    Kind { name: "stale", status: 202, requests: stale },
    Kind { name: "repeated", status: 202, requests: repeated },
    Kind { name: "oversized", status: 413, requests: oversized },
];

fn told(github: &mut Github) -> Vec<Arc<[u8]>> {
    let bodies: Vec<_> = (0..EACH).map(|_| github.failed(Utc::now())).collect();
    bodies.iter().map(|body| github.signed(body)).collect()
}

fn good(github: &mut Github) -> Vec<Arc<[u8]>> {
    let bodies: Vec<_> = (0..EACH).map(|_| github.succeeded(Utc::now())).collect();
    bodies.iter().map(|body| github.signed(body)).collect()
}

fn forged(github: &mut Github) -> Vec<Arc<[u8]>> {
    (0..EACH).map(|_| Github::forged(&github.succeeded(Utc::now()))).collect()
}

/// They became so more than three days ago.
fn stale(github: &mut Github) -> Vec<Arc<[u8]>> {
    let long_ago = Utc::now() - TimeDelta::days(4);
    let bodies: Vec<_> = (0..EACH).map(|_| github.succeeded(long_ago)).collect();
    bodies.iter().map(|body| github.signed(body)).collect()
}

/// The first of them is new.
fn repeated(github: &mut Github) -> Vec<Arc<[u8]>> {
    let body = github.succeeded(Utc::now());
    vec![github.signed(&body); EACH as usize]
}

fn oversized(github: &mut Github) -> Vec<Arc<[u8]>> {
    let body = github.succeeded(Utc::now());
    let spaces = " ".repeat(BodyLimits::default().bytes_max + 1 - body.len());
    vec![github.signed(&(body + &spaces)); EACH as usize]
}

/// What the calls of a kind took.
#[derive(Clone, Copy, Default)]
struct Cost {
    processor: Duration,
    elapsed: Duration,
}

/// Calls one after the other, and has the system say what each kind cost wilco.
async fn costs(address: SocketAddr, github: &mut Github, wilco: &Running) {
    let mut caller = Caller::connect(address).await;
    let mut costs = [Cost::default(); KINDS.len()];
    // In turns, so that whatever else the machine does meets all alike.
    for _ in 0..ROUNDS {
        for (kind, cost) in KINDS.iter().zip(&mut costs) {
            let requests = (kind.requests)(github);
            let before = at_rest(wilco).await;
            let begin = Instant::now();
            for request in &requests {
                assert_eq!(caller.call(request).await, kind.status, "{}", kind.name);
            }
            cost.elapsed += begin.elapsed();
            cost.processor += at_rest(wilco).await.saturating_sub(before);
        }
    }
    let calls = ROUNDS * EACH;
    for (kind, cost) in KINDS.iter().zip(&costs) {
        let [processor, elapsed] =
            [cost.processor, cost.elapsed].map(|all| microseconds(all / calls));
        let shown = format!("{processor:.0} µs of the processor, answered after {elapsed:.0} µs");
        figure(&format!("one that is {}", kind.name), &shown);
    }
    let [_, good, others @ ..] = &costs;
    for (kind, cost) in KINDS[2..].iter().zip(others) {
        let times = cost.processor.as_secs_f64() / good.processor.as_secs_f64();
        bound(&format!("processor time, {} against good", kind.name), times, "×", 1.0);
    }
}

/// Returns the processor time that wilco used, once it does nothing more.
async fn at_rest(wilco: &Running) -> Duration {
    loop {
        let used = processor_of(&wilco.id());
        sleep(AT_REST).await;
        if processor_of(&wilco.id()) == used {
            return used;
        }
    }
}
