//! Wilco in a simulated Slack, against the least bot that can be written with the same client.
//!
//! Both are in this process with a simulation each, and take turns; a command is `/wilco whoami`, and
//! each is durable before it is acknowledged.

mod load;
pub mod minimal;
pub mod program;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use wilco::app::{self, App};
use wilco::chat::Chat;
use wilco::chat::slack::api::Token;
use wilco::chat::slack::pace::{Limits, Rate};
use wilco::chat::slack::socket::Heartbeat;
use wilco::chat::slack::{Mode, Options, Slack as Adapter};
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::settings;
use wilco::witness::Witness;

use super::{at_least, bound, figure, heading, median, microseconds, milliseconds, percentile};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, Fault, TEAM, Times};
use load::{Load, Pace, Taken, Where};

const WORDS: &str = "whoami";
pub const CONNECTIONS: u32 = 2;
const ROUNDS: usize = 4;
const ALONE: usize = 250;
const RATES: [u32; 3] = [100, 300, 1000];
const SECONDS: u32 = 3;
const AT_ONCE: usize = 64;
const TOGETHER: usize = 5_000;
const SLOW: Duration = Duration::from_millis(80);

/// Both bots, each in its own workspace.
struct Both {
    minimal: Load,
    wilco: Load,
}

pub async fn run() {
    heading("slack (`/wilco whoami` through the real client, against a minimal bot)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut both = Both { minimal: Load::open().await, wilco: Load::open().await };
    let file = directory.path().join("minimal.db");
    let bot = minimal::start(&both.minimal.slack.api_url(), &file, CONNECTIONS).await;
    both.minimal.slack.await_connections(CONNECTIONS as usize).await;
    let (app, listening) = start(directory.path(), &both.wilco).await;
    both.minimal.greet(WORDS).await;
    both.wilco.greet(WORDS).await;
    alone(&mut both).await;
    rising(&mut both).await;
    together(&mut both).await;
    slow_posts(&mut both.wilco).await;
    drop(bot);
    listening.abort();
    app.stop().await;
}

async fn alone(both: &mut Both) {
    let (mut least, mut ours) = (Taken::default(), Taken::default());
    // In turns, so that whatever else the machine does meets both alike.
    for _ in 0..ROUNDS {
        for (load, taken) in [(&mut both.minimal, &mut least), (&mut both.wilco, &mut ours)] {
            let more = load.run(WORDS, Where::Everywhere, (Pace::Closed(1), ALONE)).await;
            taken.acknowledged.extend(more.acknowledged);
            taken.told.extend(more.told);
        }
    }
    show("minimal, one at a time", &mut least);
    show("wilco, one at a time", &mut ours);
    let acknowledged = ratio(&ours.acknowledged, &least.acknowledged);
    bound("acknowledgement against the minimal bot, median", acknowledged, "×", 2.0);
    bound("reply against the minimal bot, median", ratio(&ours.told, &least.told), "×", 1.5);
}

async fn rising(both: &mut Both) {
    for rate in RATES {
        let total = (rate * SECONDS) as usize;
        let pace = (Pace::Rate(rate), total);
        let mut least = both.minimal.run(WORDS, Where::Everywhere, pace).await;
        let mut ours = both.wilco.run(WORDS, Where::Everywhere, pace).await;
        show(&format!("minimal, {rate} a second"), &mut least);
        show(&format!("wilco, {rate} a second"), &mut ours);
        let acknowledged = ratio(&ours.acknowledged, &least.acknowledged);
        bound(&format!("acknowledgement at {rate} a second, median"), acknowledged, "×", 2.0);
        let replied = ratio(&ours.told, &least.told);
        bound(&format!("reply at {rate} a second, median"), replied, "×", 1.5);
        let latest = milliseconds(*ours.acknowledged.iter().max().unwrap());
        bound(&format!("the latest acknowledgement at {rate} a second"), latest, " ms", 100.0);
        let processor = ours.processor.as_secs_f64() / least.processor.as_secs_f64();
        figure("processor time with the simulation's", &format!("{processor:.2}×"));
    }
}

async fn together(both: &mut Both) {
    let pace = (Pace::Closed(AT_ONCE), TOGETHER);
    let (mut least, mut ours) = (Taken::default(), Taken::default());
    for _ in 0..2 {
        for (load, taken) in [(&mut both.minimal, &mut least), (&mut both.wilco, &mut ours)] {
            let more = load.run(WORDS, Where::Everywhere, pace).await;
            taken.all += more.all;
            taken.processor += more.processor;
        }
    }
    let rate = |taken: &Taken| 2.0 * TOGETHER as f64 / taken.all.as_secs_f64();
    figure("minimal, 64 at once, a second", &format!("{:.0}", rate(&least)));
    figure("wilco, 64 at once, a second", &format!("{:.0}", rate(&ours)));
    at_least("commands a second, against the minimal bot", rate(&ours) / rate(&least), "×", 0.6);
    let each = |taken: &Taken| microseconds(taken.processor) / (2.0 * TOGETHER as f64);
    figure("minimal, processor time a command", &format!("{:.0} µs", each(&least)));
    figure("wilco, processor time a command", &format!("{:.0} µs", each(&ours)));
    bound("processor time a command, with the simulation's", each(&ours) / each(&least), "×", 2.0);
}

/// Posts that take long, everywhere and then in one channel.
async fn slow_posts(load: &mut Load) {
    let pace = (Pace::Rate(100), 300);
    let quick = load.run(WORDS, Where::Elsewhere, pace).await;
    load.slack.fail("chat.postEphemeral", Fault::SlowBy(SLOW), Times::Always);
    let mut slow = load.run(WORDS, Where::Everywhere, pace).await;
    load.slack.heal("chat.postEphemeral");
    show("wilco, 100 a second, posts take 80 ms", &mut slow);
    let acknowledged = ratio(&slow.acknowledged, &quick.acknowledged);
    bound("acknowledgement while posts take 80 ms, median", acknowledged, "×", 1.5);
    load.slack.fail_in(&load::channel(0), "chat.postEphemeral", Fault::SlowBy(SLOW));
    // Half a minute's worth for the slow channel; nobody waits for it.
    load.begin(WORDS, Where::In(0), 40).await;
    let elsewhere = load.run(WORDS, Where::Elsewhere, pace).await;
    load.slack.heal("chat.postEphemeral");
    let told = ratio(&elsewhere.told, &quick.told);
    bound("reply elsewhere while one channel takes 80 ms, median", told, "×", 1.5);
}

fn ratio(one: &[Duration], other: &[Duration]) -> f64 {
    median(one.to_vec()).as_secs_f64() / median(other.to_vec()).as_secs_f64()
}

fn show(name: &str, taken: &mut Taken) {
    let mut shown = String::new();
    for (what, durations) in [("ack", &mut taken.acknowledged), ("reply", &mut taken.told)] {
        let (middle, late) = (median(durations.clone()), percentile(durations, 0.99));
        let (middle, late) = (milliseconds(middle), milliseconds(late));
        write!(shown, "{what} {middle:.2} ms, p99 {late:.2} ms  ").unwrap();
    }
    figure(name, shown.trim());
}

/// Writes a configuration that is in this simulated Slack.
fn configure(directory: &Path, load: &Load) {
    wilco::init::write(directory).unwrap();
    let config = directory.join("config");
    let accounts = load::accounts(TEAM);
    let people = config.join("people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let line = "console = [\"ana\"]\n";
    assert!(text.contains(line));
    fs::write(&people, text.replacen(line, &format!("{line}slack = [{accounts}]\n"), 1)).unwrap();
    let root = config.join("wilco.toml");
    // Nobody types as fast as a load generator does.
    let text = fs::read_to_string(&root).unwrap();
    let text = text.replace("burst           = 20", "burst           = 10000");
    assert!(text.contains("= 10000"));
    let api_url = load.slack.api_url();
    let table = format!("\n[slack]\nworkspace = \"{TEAM}\"\napi_url = \"{api_url}\"\n");
    fs::write(&root, text + &table).unwrap();
}

/// It is wilco that is measured, and not how fast Slack lets it go.
const UNHURRIED: Rate = Rate { burst: 10_000, every: Duration::from_millis(1) };

/// Starts wilco in this process, in that Slack.
async fn start(directory: &Path, load: &Load) -> (App, JoinHandle<()>) {
    configure(directory, load);
    let catalog = settings::load(&directory.join("config")).unwrap().catalog;
    let adapter = Adapter::open(Options {
        api_url: load.slack.api_url(),
        token: Token::new(BOT_TOKEN),
        workspace: TEAM.into(),
        mode: Mode::Socket {
            token: Token::new(APP_TOKEN),
            connections: CONNECTIONS,
            heartbeat: Heartbeat::default(),
        },
        limits: Limits { post: UNHURRIED, update: UNHURRIED },
    });
    let adapter = adapter.await.unwrap();
    let data = directory.join("data");
    let runner = env!("CARGO_BIN_EXE_wilco").into();
    let slack: Arc<dyn Chat> = Arc::new(adapter.clone());
    let app = App::start(app::Options {
        backends: app::backends(&data, runner).unwrap(),
        data,
        catalog,
        chats: Chats { slack: Some(slack), ..Chats::default() },
        clock: Clock::System,
        patience: Patience::default(),
        witness: Witness::default(),
    });
    let app = app.await.unwrap();
    let hearing = adapter.hearing(app.deliveries.clone(), app.catalog.clone());
    let listening = tokio::spawn(async move { adapter.listen(hearing).await });
    load.slack.await_connections(CONNECTIONS as usize).await;
    (app, listening)
}
