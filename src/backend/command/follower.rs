//! Reads what became of a run from its directory, also after the runner or wilco died.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use wilco_core::event::{RunEnd, RunOutcome, RunReport};

use crate::backend::Numbered;
use crate::backend::command::processes::{group_is_there, signal_group, started};
use crate::backend::command::run_directory::{Claim, End, RunDirectory, ScriptProcess, now};

/// One reader of a run, from its beginning.
pub struct Follower {
    directory: RunDirectory,
    /// Up to here `events.jsonl` was read.
    offset: u64,
    /// The number that the next report has.
    next: u64,
    /// How long an orphaned script has between being asked to stop and being made to.
    grace: Duration,
    /// When an orphaned script is made to stop.
    kill_at: Option<Instant>,
}

/// What one look brought.
#[derive(Debug, Default)]
pub struct Look {
    pub reports: Vec<Numbered>,
    /// There is more to read at once.
    pub is_behind: bool,
    /// The last report is the run's end.
    pub is_over: bool,
}

/// A look reads at most this much, so that a long run costs bounded memory; a line is far shorter.
const LOOK_LENGTH_MAX: u64 = 64 * 1024;

impl Follower {
    pub fn new(directory: RunDirectory, grace: Duration) -> Self {
        Self { directory, offset: 0, next: 0, grace, kill_at: None }
    }

    /// Reads what is new. The order of looking matters: first the end, then whether anything lives, then reports.
    pub fn look(&mut self) -> io::Result<Look> {
        if self.directory.claimed()? == Some(Claim::Cancel) {
            let outcome = RunOutcome { end: RunEnd::Cancelled, log_tail: String::new() };
            let report = RunReport::Ended { outcome };
            let reports = vec![Numbered { number: 0, at: None, report }];
            return Ok(Look { reports, is_over: true, ..Look::default() });
        }
        let end = self.directory.end()?;
        let is_gone = end.is_none() && self.is_gone()?;
        let mut look = self.read_events()?;
        if look.is_behind {
            return Ok(look);
        }
        // A runner may have put down the end between the first look at it and its own death.
        let end = if is_gone { self.directory.end()?.or_else(|| Some(self.lost())) } else { end };
        if let Some(End { number, at, outcome }) = end {
            look.reports.push(Numbered { number, at, report: RunReport::Ended { outcome } });
            look.is_over = true;
        }
        Ok(look)
    }

    fn lost(&self) -> End {
        let outcome = RunOutcome { end: RunEnd::Lost, log_tail: String::new() };
        End { number: self.next, at: None, outcome }
    }

    fn read_events(&mut self) -> io::Result<Look> {
        let mut file = match File::open(self.directory.events_path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::default()),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(LOOK_LENGTH_MAX).read_to_end(&mut bytes)?;
        let mut look = Look::default();
        // What has no line feed yet is still being written.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        for line in bytes[..whole].split(|byte| *byte == b'\n') {
            // A full disk may have torn a line; its number was then used again.
            if let Ok(numbered) = serde_json::from_slice::<Numbered>(line) {
                self.next = numbered.number + 1;
                look.reports.push(numbered);
            }
        }
        self.offset += u64::try_from(whole).unwrap_or(0);
        look.is_behind = u64::try_from(bytes.len()).unwrap_or(0) == LOOK_LENGTH_MAX && whole > 0;
        Ok(look)
    }

    /// Tells whether neither the runner nor anything of the script lives.
    fn is_gone(&mut self) -> io::Result<bool> {
        if self.directory.runner_lives()? {
            return Ok(false);
        }
        if !self.directory.script_lives()? {
            return Ok(true);
        }
        let Some(script) = self.directory.script()? else { return Ok(false) };
        match Orphan::of(script) {
            // A daemon that left the script's group is meant to stay, and holds no run.
            Orphan::Gone => return Ok(true),
            Orphan::There(group) => self.watch_orphan(group, script.deadline_at),
            Orphan::Unknown => {}
        }
        Ok(false)
    }

    /// Does for a script what its runner can do no more: ends it when it is cancelled or late.
    fn watch_orphan(&mut self, group: Pid, deadline_at: i64) {
        match self.kill_at {
            None if now().0 >= deadline_at || self.directory.is_asked_to_stop() => {
                signal_group(group, Signal::TERM);
                self.kill_at = Some(Instant::now() + self.grace);
            }
            Some(at) if Instant::now() >= at => signal_group(group, Signal::KILL),
            None | Some(_) => {}
        }
    }
}

/// What became of a script whose runner died.
enum Orphan {
    There(Pid),
    Gone,
    /// Nobody can tell where there is no `/proc`; then nothing is signalled and only its lock counts.
    Unknown,
}

impl Orphan {
    fn of(script: ScriptProcess) -> Self {
        let (Some(group), Some(then)) = (Pid::from_raw(script.pid), script.started) else {
            return Self::Unknown;
        };
        // While a group has members its number is not given to anybody else.
        let is_there = started(group).map_or_else(|| group_is_there(group), |now| now == then);
        if is_there { Self::There(group) } else { Self::Gone }
    }
}
