//! Wilco in a simulated Slack, against the least bot that can be written with the same client.
//!
//! Both are in this process with a simulation each, and take turns; a command is `/wilco whoami`, and
//! each is durable before it is acknowledged.

pub mod minimal;
pub mod town;

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

use super::{bound, figure, heading};
use crate::duel::{Bars, Both, ratio, show};
use crate::load::{Load, Pace, Town, Where};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, Fault, TEAM, Times};
use crate::{place, program};
use town::{CONNECTIONS, SlackTown};

const RATES: [u32; 3] = [100, 300, 1000];
const SLOW: Duration = Duration::from_millis(80);

const BARS: Bars = Bars {
    acknowledged: Some(2.0),
    told: Some(1.5),
    together: Some(0.6),
    processor: Some(2.0),
    latest_up_to: 1000,
};

pub async fn run() {
    heading("slack (`/wilco whoami` through the real client, against a minimal bot)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (minimal, wilco) = (SlackTown::open().await, SlackTown::open().await);
    let file = directory.path().join("minimal.db");
    let bot = minimal::start(&minimal.slack.api_url(), &file, CONNECTIONS).await;
    minimal.arrived().await;
    let (app, listening) = start(directory.path(), &wilco).await;
    let mut both = Both { minimal: Load::of(minimal), wilco: Load::of(wilco) };
    both.minimal.greet().await;
    both.wilco.greet().await;
    both.alone("", &BARS).await;
    both.rising(&RATES, &BARS).await;
    both.together(&BARS).await;
    slow_posts(&mut both.wilco).await;
    drop(bot);
    listening.abort();
    app.stop().await;
}

/// Both as programs of their own.
pub async fn programs() {
    heading("slack (both bots as programs of their own)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let town = SlackTown::open().await;
    let file = directory.path().join("minimal.db");
    let arguments = [program::MINIMAL_IN_SLACK, &town.slack.api_url(), file.to_str().unwrap()];
    let minimal = program::minimal(&arguments);
    let least = program::cost(Load::of(town), minimal, program::PARTS).await;
    let town = SlackTown::open().await;
    place::configure(directory.path(), &[town.joined()]);
    let wilco = program::wilco(directory.path());
    let ours = program::cost(Load::of(town), wilco, 2 * program::PARTS).await;
    program::show_memory((ours.idle, &ours.sizes), (30.0, 60.0));
    let minimal = format!("{:.1} idle, {:.1} then", least.idle, least.sizes[program::PARTS - 1]);
    figure("the minimal bot's, MiB", &minimal);
    program::show_processor(&least, &ours, BARS.processor);
}

/// Posts that take long, everywhere and then in one channel.
async fn slow_posts(load: &mut Load<SlackTown>) {
    let slack = load.town.slack.clone();
    let pace = (Pace::Rate(100), 300);
    let quick = load.run(Where::Elsewhere, pace).await;
    slack.fail("chat.postEphemeral", Fault::SlowBy(SLOW), Times::Always);
    let mut slow = load.run(Where::Everywhere, pace).await;
    slack.heal("chat.postEphemeral");
    show("wilco, 100 a second, posts take 80 ms", &mut slow);
    let acknowledged = ratio(&slow.acknowledged, &quick.acknowledged);
    bound("first answer while posts take 80 ms, median", acknowledged, "×", 1.5);
    slack.fail_in(&town::channel(0), "chat.postEphemeral", Fault::SlowBy(SLOW));
    // Half a minute's worth for the slow channel; nobody waits for it.
    load.begin(Where::In(0), 40).await;
    let elsewhere = load.run(Where::Elsewhere, pace).await;
    slack.heal("chat.postEphemeral");
    let told = ratio(&elsewhere.told, &quick.told);
    bound("reply elsewhere while one channel takes 80 ms, median", told, "×", 1.5);
}

/// It is wilco that is measured, and not how fast Slack lets it go.
const UNHURRIED: Rate = Rate { burst: 10_000, every: Duration::from_millis(1) };

/// Starts wilco in this process, in that Slack.
async fn start(directory: &Path, town: &SlackTown) -> (App, JoinHandle<()>) {
    place::configure(directory, &[town.joined()]);
    let catalog = settings::load(&directory.join("config")).unwrap().catalog;
    let adapter = Adapter::open(Options {
        api_url: town.slack.api_url(),
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
    town.arrived().await;
    (app, listening)
}
