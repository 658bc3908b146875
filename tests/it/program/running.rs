//! A `wilco run` beside the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Nothing here takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

/// A `wilco run` with its log, ended by its own number whatever happens.
pub struct Running {
    child: Child,
    typed: Option<ChildStdin>,
    out: PathBuf,
    lines: Receiver<String>,
    log: String,
}

impl Running {
    pub fn begin(folder: &TempDir, mut command: Command, log: &str) -> Self {
        command.env("WILCO_LOG", log).stdin(Stdio::piped()).stderr(Stdio::piped());
        let out = folder.path().join("out");
        let mut child = command.stdout(fs::File::create(&out).unwrap()).spawn().unwrap();
        let typed = child.stdin.take();
        let (say, lines) = channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            errors.lines().map_while(Result::ok).try_for_each(|line| say.send(line))
        });
        Self { child, typed, out, lines, log: String::new() }
    }

    /// Waits for a line of the log with these words.
    pub fn until(&mut self, words: &str) {
        loop {
            let Ok(line) = tokio::task::block_in_place(|| self.lines.recv_timeout(PATIENCE)) else {
                panic!("{words:?} did not come after\n{}", self.log)
            };
            self.log.push_str(&line);
            self.log.push('\n');
            if line.contains(words) {
                return;
            }
        }
    }

    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Types a line into its terminal.
    pub fn say(&mut self, line: &str) {
        writeln!(self.typed.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until its terminal shows these words.
    pub fn until_out(&self, words: &str) {
        let begun = Instant::now();
        while !fs::read_to_string(&self.out).unwrap().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "{words:?} was not shown after\n{}", self.log);
            std::thread::yield_now();
        }
    }

    /// Stops it, and returns all that it logged.
    pub fn stop(mut self) -> String {
        self.signal("-TERM");
        let ended = tokio::task::block_in_place(|| self.child.wait()).unwrap();
        self.log.extend(self.lines.iter().map(|line| line + "\n"));
        assert!(ended.success(), "{}", self.log);
        std::mem::take(&mut self.log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and been buried, already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
