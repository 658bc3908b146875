//! The command line.

use std::env::args_os;
use std::path::Path;
use std::process::ExitCode;

use wilco::backend::command::runner;

fn main() -> ExitCode {
    let arguments: Vec<_> = args_os().skip(1).collect();
    match arguments.as_slice() {
        [command, directory] if command == "runner" => runner::main(Path::new(directory)),
        _ => ExitCode::from(2),
    }
}
