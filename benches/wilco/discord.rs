//! Wilco in a simulated Discord, against the least bot that can be written with the same library.
//!
//! An interaction is `/whoami`, or a press on a button that is refused: wilco has each on record before it
//! answers. The minimal bot has no record.

pub mod minimal;
pub mod town;

use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinHandle;

use wilco::app::{self, App};
use wilco::chat::Chat;
use wilco::chat::discord::api::Token;
use wilco::chat::discord::{Discord as Adapter, Options};
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::settings;
use wilco::witness::Witness;

use super::heading;
use crate::duel::{Bars, Both};
use crate::load::{Load, Town};
use crate::sim::discord::{BOT_TOKEN, GUILD};
use crate::{place, program};
use town::{DiscordTown, Doing, Reply};

const RATES: [u32; 4] = [100, 300, 500, 1000];

/// The minimal bot keeps nothing, so it says what the library and the simulation take, and is no bar.
const BARS: Bars =
    Bars { acknowledged: None, told: None, together: None, processor: None, latest_up_to: 500 };

pub async fn run() {
    heading("discord (`/whoami` and a button, against a minimal bot that keeps nothing)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let minimal = DiscordTown::open(Reply::AtOnce).await;
    let wilco = DiscordTown::open(Reply::Replaces).await;
    let bot = minimal::start(&minimal.discord.api_url()).await;
    minimal.arrived().await;
    let (app, listening) = start(directory.path(), &wilco).await;
    let mut both = Both { minimal: Load::of(minimal), wilco: Load::of(wilco) };
    both.minimal.greet().await;
    both.wilco.greet().await;
    for (what, doing) in [("commands, ", Doing::Commands), ("presses, ", Doing::Presses)] {
        (both.minimal.town.doing, both.wilco.town.doing) = (doing, doing);
        both.alone(what, &BARS).await;
    }
    (both.minimal.town.doing, both.wilco.town.doing) = (Doing::Both, Doing::Both);
    both.rising(&RATES, &BARS).await;
    both.together(&BARS).await;
    bot.end().await;
    listening.abort();
    app.stop().await;
}

/// Both as programs of their own.
pub async fn programs() {
    heading("discord (both bots as programs of their own)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let town = DiscordTown::open(Reply::AtOnce).await;
    let minimal = program::minimal(&[program::MINIMAL_IN_DISCORD, &town.discord.api_url()]);
    let least = program::cost(Load::of(town), minimal, 1).await;
    let town = DiscordTown::open(Reply::Replaces).await;
    place::configure(directory.path(), &[town.joined()]);
    let ours = program::cost(Load::of(town), program::wilco(directory.path()), 1).await;
    program::show_processor(&least, &ours, BARS.processor);
}

/// Starts wilco in this process, in that Discord.
async fn start(directory: &Path, town: &DiscordTown) -> (App, JoinHandle<()>) {
    place::configure(directory, &[town.joined()]);
    let catalog = settings::load(&directory.join("config")).unwrap().catalog;
    let adapter = Adapter::open(Options {
        api_url: town.discord.api_url(),
        token: Token::new(BOT_TOKEN),
        guilds: vec![GUILD.into()],
        prefix: None,
    });
    let adapter = adapter.await.unwrap();
    let data = directory.join("data");
    let runner = env!("CARGO_BIN_EXE_wilco").into();
    let discord: Arc<dyn Chat> = Arc::new(adapter.clone());
    let app = App::start(app::Options {
        backends: app::backends(&data, runner).unwrap(),
        data,
        catalog,
        chats: Chats { discord: Some(discord), ..Chats::default() },
        clock: Clock::System,
        patience: Patience::default(),
        witness: Witness::default(),
    });
    let app = app.await.unwrap();
    let (deliveries, catalog) = (app.deliveries.clone(), app.catalog.clone());
    let recall = app.recall.clone();
    let listening = tokio::spawn(async move { adapter.listen(deliveries, recall, catalog).await });
    town.arrived().await;
    (app, listening)
}
