//! People who type commands, and a watch that says how long the bot took.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep_until, timeout};

use crate::sim::slack::{Bot, Seen, Slack, User, What};

/// So many people that nobody waits for two answers at once.
const PEOPLE: usize = 512;
const CHANNELS: usize = 16;
const FORGET_EVERY: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(20);

/// How the commands come.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many a second, whether or not the earlier ones are answered.
    Rate(u32),
    /// So many at once: each answer is followed by the next command.
    Closed(usize),
}

/// How long each command took.
#[derive(Default)]
pub struct Taken {
    pub acknowledged: Vec<Duration>,
    pub told: Vec<Duration>,
    /// From the first command to the last answer.
    pub all: Duration,
    /// Processor time of this process meanwhile: the bot and the simulation.
    pub processor: Duration,
}

/// Everybody in one workspace.
pub struct Load {
    pub slack: Slack,
    seen: UnboundedReceiver<Seen>,
    next: usize,
    /// Who typed when and has not been acknowledged, or not been told.
    unacknowledged: Vec<VecDeque<Instant>>,
    untold: Vec<VecDeque<Instant>>,
    /// So many are not acknowledged, and so many not told.
    open: [usize; 2],
}

/// Where people type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Everywhere,
    /// In this channel alone.
    In(usize),
    /// Everywhere but in the first channel.
    Elsewhere,
}

impl Load {
    pub async fn open() -> Self {
        let slack = Slack::open().await;
        for number in 0..CHANNELS {
            slack.channel(&channel(number), &format!("deploys{number}"), Bot::In);
        }
        for number in 0..PEOPLE {
            slack.user(&user(number), User::named(&format!("person{number}")));
        }
        let seen = slack.tap();
        let (unacknowledged, untold) =
            (vec![VecDeque::new(); PEOPLE], vec![VecDeque::new(); PEOPLE]);
        Self { slack, seen, next: 0, unacknowledged, untold, open: [0, 0] }
    }

    /// Has every person type once, so that everybody is known to the bot.
    pub async fn greet(&mut self, words: &str) {
        self.run(words, Where::Everywhere, (Pace::Closed(8), PEOPLE)).await;
    }

    /// Has so many commands typed, and returns how long each took.
    pub async fn run(&mut self, words: &str, place: Where, (pace, total): (Pace, usize)) -> Taken {
        let mut taken = Taken::default();
        let (begin, processor) = (Instant::now(), processor());
        let mut sent = 0;
        while sent < total || self.open != [0, 0] {
            let due = match pace {
                Pace::Rate(rate) => Some(begin + Duration::from_secs(1) * in_u32(sent) / rate),
                Pace::Closed(at_once) => self.has_room(at_once).then_some(begin),
            };
            let (is_due, due) = (due.is_some() && sent < total, due.unwrap_or(begin));
            tokio::select! {
                biased;
                () = sleep_until(due.into()), if is_due => {
                    self.type_in(words, place).await;
                    sent += 1;
                }
                seen = timeout(PATIENCE, self.seen.recv()), if self.open != [0, 0] => {
                    self.note(&seen.expect("the bot answers in time").unwrap(), &mut taken);
                }
            }
            if sent % FORGET_EVERY == 0 {
                self.slack.forget();
            }
        }
        taken.all = begin.elapsed();
        taken.processor = self::processor().saturating_sub(processor);
        taken
    }

    /// Has so many commands typed, and waits for nothing; whoever runs next notes what comes of them.
    pub async fn begin(&mut self, words: &str, place: Where, total: usize) {
        for _ in 0..total {
            self.type_in(words, place).await;
        }
    }

    async fn type_in(&mut self, words: &str, place: Where) {
        self.next += 1;
        let person = self.next % PEOPLE;
        let channel = channel(match place {
            Where::Everywhere => self.next % CHANNELS,
            Where::In(number) => number,
            Where::Elsewhere => 1 + self.next % (CHANNELS - 1),
        });
        let now = Instant::now();
        self.unacknowledged[person].push_back(now);
        self.untold[person].push_back(now);
        self.open = self.open.map(|open| open + 1);
        self.slack.slash(&user(person), &channel, words).await.expect("the bot is connected");
    }

    fn note(&mut self, seen: &Seen, taken: &mut Taken) {
        let person: usize = seen.user.trim_start_matches("U0BENCH").parse().unwrap();
        let [unacknowledged, untold] = &mut self.open;
        let (waiting, durations, open) = match seen.what {
            What::Acknowledged => {
                (&mut self.unacknowledged[person], &mut taken.acknowledged, unacknowledged)
            }
            What::Told => (&mut self.untold[person], &mut taken.told, untold),
        };
        let typed = waiting.pop_front().expect("somebody waits for it");
        durations.push(seen.at.saturating_duration_since(typed));
        *open -= 1;
    }

    fn has_room(&self, at_once: usize) -> bool {
        self.open.iter().all(|&open| open < at_once)
    }
}

pub fn channel(number: usize) -> String {
    format!("C0BENCH{number:04}")
}

fn user(number: usize) -> String {
    format!("U0BENCH{number:04}")
}

/// Returns everybody, as `people.toml` writes it.
pub fn accounts(workspace: &str) -> String {
    let all: Vec<_> =
        (0..PEOPLE).map(|number| format!("\"{workspace}/{}\"", user(number))).collect();
    all.join(", ")
}

fn in_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}

/// Returns the processor time that this process has used.
fn processor() -> Duration {
    processor_of("self")
}

/// Returns the processor time that a process has used, to a hundredth of a second.
pub fn processor_of(process: &str) -> Duration {
    // A tick is a hundredth of a second on every Linux that wilco runs on.
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let ticks: u64 =
        after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
