//! Wilco and a minimal bot, each in a town of its own, under the same load in turns.

use std::fmt::Write as _;
use std::time::Duration;

use crate::load::{Load, Pace, Taken, Town, Where};
use crate::{at_least, bound, figure, median, microseconds, milliseconds, percentile};

const ROUNDS: usize = 4;
const ALONE: usize = 250;
const SECONDS: u32 = 3;
pub const AT_ONCE: usize = 64;
const TOGETHER: usize = 5_000;

/// Both bots, each in its own town.
pub struct Both<T> {
    pub minimal: Load<T>,
    pub wilco: Load<T>,
}

/// What is asked of wilco beside the minimal bot; where there is no bar, a figure is only shown.
pub struct Bars {
    /// First answers, and what people read in the end: at most so many times the minimal bot's.
    pub acknowledged: Option<f64>,
    pub told: Option<f64>,
    /// At least such a part of what the minimal bot gets done when there is much to do.
    pub together: Option<f64>,
    /// Processor time: at most so many times the minimal bot's.
    pub processor: Option<f64>,
    /// The latest first answer, up to so many a second.
    pub latest_up_to: u32,
}

/// No first answer may be later.
const LATEST_MILLISECONDS: f64 = 100.0;

impl<T: Town> Both<T> {
    /// Measures one act at a time.
    pub async fn alone(&mut self, what: &str, bars: &Bars) {
        let (mut least, mut ours) = (Taken::default(), Taken::default());
        // In turns, so that whatever else the machine does meets both alike.
        for _ in 0..ROUNDS {
            for (load, taken) in [(&mut self.minimal, &mut least), (&mut self.wilco, &mut ours)] {
                taken.add(load.run(Where::Everywhere, (Pace::Closed(1), ALONE)).await);
            }
        }
        show_both(&format!("{what}one at a time"), (&mut ours, &mut least), bars);
    }

    /// Measures at these rates, one after the other.
    pub async fn rising(&mut self, rates: &[u32], bars: &Bars) {
        for &rate in rates {
            let pace = (Pace::Rate(rate), (rate * SECONDS) as usize);
            let mut least = self.minimal.run(Where::Everywhere, pace).await;
            let mut ours = self.wilco.run(Where::Everywhere, pace).await;
            let name = format!("{rate} a second");
            show_both(&name, (&mut ours, &mut least), bars);
            let latest = milliseconds(*ours.acknowledged.iter().max().unwrap());
            let bar = (rate <= bars.latest_up_to).then_some(LATEST_MILLISECONDS);
            at_most(&format!("the latest first answer at {name}"), latest, " ms", bar);
            let processor = ours.processor.as_secs_f64() / least.processor.as_secs_f64();
            figure("processor time with the simulation's", &format!("{processor:.2}×"));
        }
    }

    /// Measures how many get done when each answer is followed by the next act.
    pub async fn together(&mut self, bars: &Bars) {
        let pace = (Pace::Closed(AT_ONCE), TOGETHER);
        let (mut least, mut ours) = (Taken::default(), Taken::default());
        for _ in 0..2 {
            for (load, taken) in [(&mut self.minimal, &mut least), (&mut self.wilco, &mut ours)] {
                taken.add(load.run(Where::Everywhere, pace).await);
            }
        }
        show("minimal, 64 at once", &mut least);
        show("wilco, 64 at once", &mut ours);
        let rate = |taken: &Taken| taken.told.len() as f64 / taken.all.as_secs_f64();
        figure("minimal, 64 at once, a second", &format!("{:.0}", rate(&least)));
        figure("wilco, 64 at once, a second", &format!("{:.0}", rate(&ours)));
        let (name, part) = ("a second, against the minimal bot", rate(&ours) / rate(&least));
        match bars.together {
            Some(bar) => at_least(name, part, "×", bar),
            None => figure(name, &format!("{part:.2}×")),
        }
        let each = |taken: &Taken| microseconds(taken.processor) / taken.told.len() as f64;
        figure("minimal, processor time of each", &format!("{:.0} µs", each(&least)));
        figure("wilco, processor time of each", &format!("{:.0} µs", each(&ours)));
        let (name, times) = ("processor time, with the simulation's", each(&ours) / each(&least));
        at_most(name, times, "×", bars.processor);
    }
}

fn show_both(name: &str, (ours, least): (&mut Taken, &mut Taken), bars: &Bars) {
    show(&format!("minimal, {name}"), least);
    show(&format!("wilco, {name}"), ours);
    let acknowledged = ratio(&ours.acknowledged, &least.acknowledged);
    at_most(&format!("first answer, {name}, median"), acknowledged, "×", bars.acknowledged);
    let told = ratio(&ours.told, &least.told);
    at_most(&format!("reply, {name}, median"), told, "×", bars.told);
}

/// Prints a figure, with its bar where it has one.
pub fn at_most(name: &str, value: f64, unit: &str, bar: Option<f64>) {
    match bar {
        Some(bar) => bound(name, value, unit, bar),
        None => figure(name, &format!("{value:.2}{unit}")),
    }
}

/// Returns how the median of one compares to that of the other.
pub fn ratio(one: &[Duration], other: &[Duration]) -> f64 {
    median(one.to_vec()).as_secs_f64() / median(other.to_vec()).as_secs_f64()
}

/// Prints how long both answers took.
pub fn show(name: &str, taken: &mut Taken) {
    let mut shown = String::new();
    for (what, durations) in [("first", &mut taken.acknowledged), ("reply", &mut taken.told)] {
        let (middle, late) = (median(durations.clone()), percentile(durations, 0.99));
        let latest = durations.iter().max().unwrap();
        let [middle, late, latest] = [middle, late, *latest].map(milliseconds);
        write!(shown, "{what} {middle:.2} p99 {late:.2} max {latest:.2} ms  ").unwrap();
    }
    figure(name, shown.trim());
    if taken.lost > 0 {
        bound("never answered", taken.lost as f64, "", 0.0);
    }
}
