//! Both bots as programs of their own: what the operating system says that they cost.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::discord;
use crate::duel::{AT_ONCE, at_most};
use crate::load::{Load, Pace, Taken, Town, Where, processor_of};
use crate::process::Running;
use crate::sim::{discord as sim_discord, slack as sim_slack};
use crate::slack::{self, town::CONNECTIONS};
use crate::{at_least, bound, figure, microseconds};

/// The first argument by which this program is a minimal bot.
pub const MINIMAL_IN_SLACK: &str = "minimal-bot-in-slack";
pub const MINIMAL_IN_DISCORD: &str = "minimal-bot-in-discord";

/// How many acts each is given before and after memory must be flat, in so many parts.
const MANY: usize = 50_000;
pub const PARTS: usize = 5;
pub const PART: usize = MANY / PARTS;
const CALM: u32 = 1_000;

/// What one bot cost.
pub struct Cost {
    pub idle: f64,
    /// Resident memory after each part of the acts, in MiB.
    pub sizes: Vec<f64>,
    /// So many a second, many at once.
    rate: f64,
    /// Processor time of an act, many at once, and at a hundred a second.
    busy: Duration,
    calm: Duration,
    /// The same of the simulation and its people, many at once.
    simulation: Duration,
}

/// Is the minimal bot until it is ended.
pub async fn be_minimal_in_slack(api_url: &str, file: &Path) {
    let bot = slack::minimal::start(api_url, file, CONNECTIONS).await;
    stay().await;
    drop(bot);
}

pub async fn be_minimal_in_discord(api_url: &str) {
    let bot = discord::minimal::start(api_url).await;
    stay().await;
    drop(bot);
}

async fn stay() {
    #[allow(clippy::print_stderr, reason = "whoever started it waits for the word")]
    {
        eprintln!("ready");
    }
    std::future::pending::<()>().await;
}

/// Returns this program as a minimal bot.
pub fn minimal(arguments: &[&str]) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(arguments);
    program
}

/// Returns the real program on the configuration in this directory.
pub fn wilco(directory: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_wilco"));
    program.arg("run").arg("--config").arg(directory.join("config"));
    program.arg("--data").arg(directory.join("data")).env("WILCO_LOG", "info");
    program.env("WILCO_SLACK_BOT_TOKEN", sim_slack::BOT_TOKEN);
    program.env("WILCO_SLACK_APP_TOKEN", sim_slack::APP_TOKEN);
    program.env("WILCO_DISCORD_TOKEN", sim_discord::BOT_TOKEN);
    program
}

/// Starts a program, without keeping this one from answering it.
pub async fn start(mut program: Command) -> Running {
    tokio::task::spawn_blocking(move || Running::of(&mut program)).await.unwrap()
}

/// Runs a bot through so many parts.
pub async fn cost<T: Town>(mut load: Load<T>, program: Command, parts: usize) -> Cost {
    let running = start(program).await;
    load.town.arrived().await;
    let idle = running.resident();
    load.greet().await;
    let (mut busy, mut all, mut sizes) = (Duration::ZERO, Taken::default(), Vec::new());
    for _ in 0..parts {
        let before = processor_of(&running.id());
        all.add(load.run(Where::Everywhere, (Pace::Closed(AT_ONCE), PART)).await);
        busy += processor_of(&running.id()).saturating_sub(before);
        sizes.push(running.resident());
    }
    let before = processor_of(&running.id());
    load.run(Where::Everywhere, (Pace::Rate(100), CALM as usize)).await;
    let calm = processor_of(&running.id()).saturating_sub(before) / CALM;
    let total = u32::try_from(parts * PART).unwrap();
    let rate = f64::from(total) / all.all.as_secs_f64();
    Cost { idle, sizes, rate, busy: busy / total, calm, simulation: all.processor / total }
}

/// Prints how fast both were and their processor time, and how fast the simulation could be by itself.
pub fn show_processor(least: &Cost, ours: &Cost, most: Option<f64>) {
    figure("minimal, 64 at once, a second", &format!("{:.0}", least.rate));
    figure("wilco, 64 at once, a second", &format!("{:.0}", ours.rate));
    for (name, ours, least) in
        [("64 at once", ours.busy, least.busy), ("100 a second", ours.calm, least.calm)]
    {
        let (ours, least) = (microseconds(ours), microseconds(least));
        figure(&format!("minimal, processor time of each, {name}"), &format!("{least:.0} µs"));
        figure(&format!("wilco, processor time of each, {name}"), &format!("{ours:.0} µs"));
        at_most("processor time, against the minimal bot", ours / least, "×", most);
    }
    let simulation = microseconds(ours.simulation);
    figure("simulation, processor time of each, 64 at once", &format!("{simulation:.0} µs"));
    // One that could do no more than it is asked for would be what is measured.
    at_least("what one processor could simulate, a second", 1e6 / simulation, "", 2_000.0);
}

/// Prints how memory went.
pub fn show_memory((idle, sizes): (f64, &[f64]), (at_rest, after_many): (f64, f64)) {
    bound("resident memory when idle", idle, " MiB", at_rest);
    let shown = sizes.iter().fold(String::new(), |mut shown, size| {
        write!(shown, "{size:.1} ").unwrap();
        shown
    });
    figure("after 10,000, 20,000, … 100,000, MiB", shown.trim());
    bound("after 50,000", sizes[PARTS - 1], " MiB", after_many);
    let growth = sizes[2 * PARTS - 1] - sizes[PARTS - 1];
    bound("growth over 50,000 more", growth, " MiB", 1.0);
}
