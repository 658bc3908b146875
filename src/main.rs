//! The `wilco` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Without a choice, a second provider in the tree would leave none chosen. Only the first call counts.
    drop(rustls::crypto::ring::default_provider().install_default());
    wilco::command_line::main()
}
