//! The real program, started with its console on pipes, and ended by its own number whatever happens.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::premises::Premises;

/// A `wilco run` that this test started.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: PathBuf,
    complaints: PathBuf,
}

impl Program {
    /// Starts it; what it says goes to files under this name.
    pub fn start(premises: &Premises, name: &str) -> Self {
        let output = premises.file(&format!("{name}.out"));
        let complaints = premises.file(&format!("{name}.err"));
        let file = |path| OpenOptions::new().create(true).append(true).open(path).unwrap();
        // A write beyond a limit is then an error, as on a full disk, and no signal.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wilco"), "run"]);
        command.arg("--config").arg(premises.config()).arg("--data").arg(premises.data());
        command.stdin(Stdio::piped()).stdout(file(&output)).stderr(file(&complaints));
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        Self { child, input, output, complaints }
    }

    /// Types lines. One that has ended already does not hear them.
    pub fn say(&mut self, lines: &str) {
        let input = self.input.as_mut().unwrap();
        drop(input.write_all(lines.as_bytes()).and_then(|()| input.flush()));
    }

    pub fn id(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }

    pub fn output(&self) -> String {
        fs::read_to_string(&self.output).unwrap()
    }

    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.complaints).unwrap()
    }

    /// Tells whether it ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it as a power cut would, and buries it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.kill();
        }
    }
}
