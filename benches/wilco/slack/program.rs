//! Both bots as programs of their own: what the operating system says that they cost.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::load::{self, Load, Pace, Where};
use super::{AT_ONCE, CONNECTIONS, WORDS, configure, minimal};
use crate::process::Running;
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN};
use crate::{bound, figure, heading, microseconds};

/// The argument by which this program is the minimal bot.
pub const MINIMAL: &str = "minimal-bot";

/// How many commands each is given before and after memory must be flat.
const MANY: usize = 50_000;
const PARTS: usize = 5;

/// What one bot cost.
struct Cost {
    idle: f64,
    /// Resident memory after each part of the commands, in MiB.
    sizes: Vec<f64>,
    /// Processor time of a command, many at once, and at a hundred a second.
    busy: Duration,
    calm: Duration,
}

pub async fn run() {
    heading("slack (both bots as programs of their own)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let load = Load::open().await;
    let file = directory.path().join("minimal.db");
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.arg(MINIMAL).arg(load.slack.api_url()).arg(file);
    let least = cost(load, program, PARTS).await;
    let load = Load::open().await;
    configure(directory.path(), &load);
    let ours = cost(load, wilco(directory.path()), 2 * PARTS).await;
    show(&least, &ours);
}

/// Is the minimal bot until it is ended.
pub async fn be_minimal(api_url: &str, file: &Path) {
    let bot = minimal::start(api_url, file, CONNECTIONS).await;
    #[allow(clippy::print_stderr, reason = "whoever started it waits for the word")]
    {
        eprintln!("ready");
    }
    std::future::pending::<()>().await;
    drop(bot);
}

fn wilco(directory: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_wilco"));
    program.arg("run").arg("--config").arg(directory.join("config"));
    program.arg("--data").arg(directory.join("data")).env("WILCO_LOG", "info");
    program.env("WILCO_SLACK_BOT_TOKEN", BOT_TOKEN).env("WILCO_SLACK_APP_TOKEN", APP_TOKEN);
    program
}

async fn cost(mut load: Load, mut program: Command, parts: usize) -> Cost {
    let running = tokio::task::spawn_blocking(move || Running::of(&mut program)).await.unwrap();
    load.slack.await_connections(CONNECTIONS as usize).await;
    let idle = running.resident();
    load.greet(WORDS).await;
    let (mut busy, mut sizes) = (Duration::ZERO, Vec::new());
    for _ in 0..parts {
        let before = load::processor_of(&running.id());
        load.run(WORDS, Where::Everywhere, (Pace::Closed(AT_ONCE), MANY / PARTS)).await;
        busy += load::processor_of(&running.id()).saturating_sub(before);
        sizes.push(running.resident());
    }
    let before = load::processor_of(&running.id());
    load.run(WORDS, Where::Everywhere, (Pace::Rate(100), 1_000)).await;
    let calm = load::processor_of(&running.id()).saturating_sub(before) / 1_000;
    let total = u32::try_from(parts * MANY / PARTS).unwrap();
    Cost { idle, sizes, busy: busy / total, calm }
}

fn show(least: &Cost, ours: &Cost) {
    bound("resident memory when idle", ours.idle, " MiB", 30.0);
    let shown = ours.sizes.iter().fold(String::new(), |mut shown, size| {
        write!(shown, "{size:.1} ").unwrap();
        shown
    });
    figure("after 10,000, 20,000, … 100,000 commands, MiB", shown.trim());
    bound("after 50,000 commands", ours.sizes[PARTS - 1], " MiB", 60.0);
    let growth = ours.sizes[2 * PARTS - 1] - ours.sizes[PARTS - 1];
    bound("growth over 50,000 more", growth, " MiB", 1.0);
    let minimal = format!("{:.1} idle, {:.1} then", least.idle, least.sizes[PARTS - 1]);
    figure("the minimal bot's, MiB", &minimal);
    for (name, ours, least) in
        [("64 at once", ours.busy, least.busy), ("100 a second", ours.calm, least.calm)]
    {
        let (ours, least) = (microseconds(ours), microseconds(least));
        figure(&format!("minimal, processor time a command, {name}"), &format!("{least:.0} µs"));
        figure(&format!("wilco, processor time a command, {name}"), &format!("{ours:.0} µs"));
        bound("processor time a command, against the minimal bot", ours / least, "×", 2.0);
    }
}
