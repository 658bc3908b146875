//! Logs: readable on a terminal, JSON otherwise; always on standard error, so that answers stay apart.

use std::io::IsTerminal;

use tracing::Metadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// Libraries whose lines may hold tokens, tickets of connections, addresses with the token of an interaction,
/// and what people said.
const SILENT: [&str; 9] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "reqwest",
    "serenity",
    "slack_morphism",
    "tokio_tungstenite",
    "tungstenite",
];

/// Sets up logging. `WILCO_LOG` chooses what is logged, such as `info` or `wilco=debug`;
/// nothing there makes a library talk that may know a secret.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_env("WILCO_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A filter of its own, since in `WILCO_LOG` a longer target would win over any that is added.
    let guard = filter_fn(|metadata| !is_silent(metadata));
    if std::io::stderr().is_terminal() {
        builder.with_target(false).finish().with(guard).init();
    } else {
        builder.json().flatten_event(true).finish().with(guard).init();
    }
}

fn is_silent(metadata: &Metadata<'_>) -> bool {
    SILENT.contains(&metadata.target().split("::").next().unwrap_or_default())
}
