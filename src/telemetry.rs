//! Logs: readable on a terminal, JSON otherwise; always on standard error, so that answers stay apart.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Sets up logging. `WILCO_LOG` chooses what is logged, such as `info` or `wilco=debug`.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_env("WILCO_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.with_target(false).init();
    } else {
        builder.json().flatten_event(true).init();
    }
}
