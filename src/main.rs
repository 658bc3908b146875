//! The `wilco` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wilco::command_line::main()
}
