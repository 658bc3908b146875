//! Benchmarks that print ratios against something measured in the same run. `docs/benchmarks.md` explains them.
//!
//! `cargo bench` runs all; `cargo bench -- engine status` runs those named.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails aloud")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod discord;
mod duel;
mod durable;
mod engine;
mod hooks;
mod large;
mod load;
mod memory;
mod place;
mod process;
mod program;
mod record;
mod slack;
mod thinking;
mod world;

/// The simulated platforms alone: what else lies in that folder holds them to what they simulate.
#[path = "../../tests/it/sim"]
mod sim {
    mod asked;
    #[allow(dead_code, unused_imports, reason = "tests ask for more of it")]
    pub mod discord;
    #[allow(dead_code, reason = "tests order more failures")]
    mod orders;
    #[allow(dead_code, reason = "the simulations take from it how long to wait; tests call by it")]
    pub mod plain_http;
    mod reactions;
    mod sent;
    #[allow(dead_code, unused_imports, reason = "tests ask for more of it")]
    pub mod slack;
    mod tap;
    mod wire;
    mod world;
}

use std::time::Duration;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match &wanted[..] {
        [bot, api_url, file] if bot == program::MINIMAL_IN_SLACK => {
            return runtime.block_on(program::be_minimal_in_slack(api_url, file.as_ref()));
        }
        [bot, api_url] if bot == program::MINIMAL_IN_DISCORD => {
            return runtime.block_on(program::be_minimal_in_discord(api_url));
        }
        _ => {}
    }
    if asked("thinking") {
        thinking::run();
    }
    if asked("engine") {
        runtime.block_on(engine::run());
    }
    if asked("process") {
        process::fresh();
    }
    if asked("slack") {
        runtime.block_on(slack::run());
    }
    if asked("slack-programs") {
        runtime.block_on(slack::programs());
    }
    if asked("discord") {
        runtime.block_on(discord::run());
    }
    if asked("discord-programs") {
        runtime.block_on(discord::programs());
    }
    if asked("hooks") {
        runtime.block_on(hooks::run());
    }
    if asked("memory") {
        runtime.block_on(memory::run());
    }
    if ["record", "audit"].iter().any(|name| asked(name)) {
        runtime.block_on(record::run());
    }
    if ["large", "status", "start"].iter().any(|name| asked(name)) {
        runtime.block_on(large::run());
    }
}

/// Prints a heading.
fn heading(text: &str) {
    println!("\n{text}");
}

/// Prints one figure.
fn figure(name: &str, value: &str) {
    println!("  {name:<58} {value}");
}

/// Prints a figure with the bound that it must keep.
fn bound(name: &str, value: f64, unit: &str, most: f64) {
    let verdict = if value <= most { "kept" } else { "MISSED" };
    figure(name, &format!("{value:.2}{unit} (at most {most}{unit}: {verdict})"));
}

/// Prints a figure with the bound below which it must not fall.
fn at_least(name: &str, value: f64, unit: &str, least: f64) {
    let verdict = if value >= least { "kept" } else { "MISSED" };
    figure(name, &format!("{value:.2}{unit} (at least {least}{unit}: {verdict})"));
}

/// Returns the middle one of some durations.
fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}

/// Returns the duration below which this share of them lies.
fn percentile(durations: &mut [Duration], share: f64) -> Duration {
    durations.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = ((durations.len() - 1) as f64 * share) as usize;
    durations[index]
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
