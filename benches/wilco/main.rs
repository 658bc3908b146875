//! Benchmarks that print ratios against something measured in the same run. `docs/benchmarks.md` explains them.
//!
//! `cargo bench` runs all; `cargo bench -- engine status` runs those named.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails aloud")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod engine;
mod large;
mod process;
mod record;
#[path = "../../tests/it/sim/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the benchmark needs a part of it")]
mod sim;
mod slack;
mod thinking;
mod world;

use std::time::Duration;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let [bot, api_url, file] = &wanted[..]
        && bot == slack::program::MINIMAL
    {
        return runtime.block_on(slack::program::be_minimal(api_url, file.as_ref()));
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
    if ["slack", "memory"].iter().any(|name| asked(name)) {
        runtime.block_on(slack::program::run());
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
