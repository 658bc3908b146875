//! People who do things in a simulated platform, and a watch that says how long the bot took.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::time::{sleep_until, timeout};

/// So many people that nobody waits for two answers at once.
pub const PEOPLE: usize = 512;
pub const CHANNELS: usize = 16;
const FORGET_EVERY: usize = 1000;
/// Discord takes an answer for three seconds; who hears nothing for longer than this never will.
const PATIENCE: Duration = Duration::from_secs(10);

/// A simulated platform with everybody in it.
pub trait Town {
    /// Returns once the bot is there.
    async fn arrived(&self);

    /// Makes ready what people need before they can act.
    async fn prepare(&mut self);

    /// Has somebody do something somewhere.
    async fn act(&self, act: Act);

    /// Returns what the bot did next.
    async fn seen(&mut self) -> Seen;

    /// Forgets what is over, so that looking things up stays quick; so many acts still wait for the bot.
    fn forget(&self, open: usize);
}

/// Who acts, and where.
#[derive(Clone, Copy)]
pub struct Act {
    pub person: usize,
    pub channel: usize,
}

/// Something that the bot did for somebody.
pub struct Seen {
    pub did: Did,
    pub person: usize,
    pub at: Instant,
}

#[derive(Clone, Copy)]
pub enum Did {
    /// The platform has the first answer that it waits for.
    Acknowledged,
    /// The person reads what came of it.
    Told,
}

/// How the acts come.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many a second, whether or not the earlier ones are answered.
    Rate(u32),
    /// So many at once: each answer is followed by the next act.
    Closed(usize),
}

/// How long each act took.
#[derive(Default)]
pub struct Taken {
    pub acknowledged: Vec<Duration>,
    pub told: Vec<Duration>,
    /// Acts on which nothing followed, or not all.
    pub lost: usize,
    /// From the first act to the last answer.
    pub all: Duration,
    /// Processor time of this process meanwhile: the simulation, and the bot if it is in here too.
    pub processor: Duration,
}

impl Taken {
    /// Adds what came of a later run.
    pub fn add(&mut self, more: Taken) {
        self.acknowledged.extend(more.acknowledged);
        self.told.extend(more.told);
        self.lost += more.lost;
        self.all += more.all;
        self.processor += more.processor;
    }
}

/// Where people act.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Everywhere,
    /// In this channel alone.
    In(usize),
    /// Everywhere but in the first channel.
    Elsewhere,
}

/// Everybody in one town.
pub struct Load<T> {
    pub town: T,
    next: usize,
    /// Who acted when and has not been acknowledged, or not been told.
    unacknowledged: Vec<VecDeque<Instant>>,
    untold: Vec<VecDeque<Instant>>,
    /// So many are not acknowledged, and so many not told.
    open: [usize; 2],
}

impl<T: Town> Load<T> {
    pub fn of(town: T) -> Self {
        let nobody = || vec![VecDeque::new(); PEOPLE];
        Self { town, next: 0, unacknowledged: nobody(), untold: nobody(), open: [0, 0] }
    }

    /// Has every person act once, so that everybody is known to the bot.
    pub async fn greet(&mut self) {
        self.town.prepare().await;
        self.run(Where::Everywhere, (Pace::Closed(8), PEOPLE)).await;
    }

    /// Has people act so often, and returns how long each act took.
    pub async fn run(&mut self, place: Where, (pace, total): (Pace, usize)) -> Taken {
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
                    self.act(place).await;
                    sent += 1;
                    if sent % FORGET_EVERY == 0 {
                        self.forget();
                    }
                }
                seen = timeout(PATIENCE, self.town.seen()), if self.open != [0, 0] => {
                    match seen {
                        Ok(seen) => self.note(&seen, &mut taken),
                        Err(_) => taken.lost += self.give_up(),
                    }
                }
            }
        }
        taken.all = begin.elapsed();
        taken.processor = self::processor().saturating_sub(processor);
        self.forget();
        taken
    }

    /// Has people act so often, and waits for nothing; whoever runs next notes what comes of it.
    pub async fn begin(&mut self, place: Where, total: usize) {
        for _ in 0..total {
            self.act(place).await;
        }
    }

    async fn act(&mut self, place: Where) {
        self.next += 1;
        let person = self.next % PEOPLE;
        let channel = match place {
            Where::Everywhere => self.next % CHANNELS,
            Where::In(number) => number,
            Where::Elsewhere => 1 + self.next % (CHANNELS - 1),
        };
        let now = Instant::now();
        self.unacknowledged[person].push_back(now);
        self.untold[person].push_back(now);
        self.open = self.open.map(|open| open + 1);
        self.town.act(Act { person, channel }).await;
    }

    fn note(&mut self, seen: &Seen, taken: &mut Taken) {
        let [unacknowledged, untold] = &mut self.open;
        let (waiting, durations, open) = match seen.did {
            Did::Acknowledged => {
                (&mut self.unacknowledged[seen.person], &mut taken.acknowledged, unacknowledged)
            }
            Did::Told => (&mut self.untold[seen.person], &mut taken.told, untold),
        };
        // Nobody waits any more for what was given up.
        let Some(acted) = waiting.pop_front() else { return };
        durations.push(seen.at.saturating_duration_since(acted));
        *open -= 1;
    }

    /// Waits no longer, and returns for how many acts.
    fn give_up(&mut self) -> usize {
        self.unacknowledged.iter_mut().chain(&mut self.untold).for_each(VecDeque::clear);
        let [unacknowledged, untold] = std::mem::take(&mut self.open);
        unacknowledged.max(untold)
    }

    fn has_room(&self, at_once: usize) -> bool {
        self.open.iter().all(|&open| open < at_once)
    }

    fn forget(&self) {
        self.town.forget(self.open.into_iter().sum());
    }
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
