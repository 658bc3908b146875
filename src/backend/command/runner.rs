//! The runner: a process of its own that carries out one run and outlives wilco.
//!
//! Wilco tells it what to do by files and learns from files what became of it: see [`RunDirectory`].

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, setsid};

use wilco_core::event::{RunEnd, RunReport};
use wilco_core::ids::RunRef;

use crate::backend::command::order::Order;
use crate::backend::command::output::{Line, Lines, Log};
use crate::backend::command::processes::{Processes, Whom, adopt_orphans, started};
use crate::backend::command::record::Record;
use crate::backend::command::run_directory::{Claim, RunDirectory, ScriptProcess, now};

/// How often the runner looks whether the script is over, cancelled or late.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long after everything ended its last output is waited for: a daemon may hold the pipe for ever.
const LAST_OUTPUT_WITHIN: Duration = Duration::from_secs(2);

/// How long after SIGKILL a process may stay before the runner stops waiting for it.
const KILLED_WITHIN: Duration = Duration::from_secs(2);

/// Carries out the run whose directory this is, unless somebody already has it.
pub fn main(run_directory: &Path) -> ExitCode {
    // A group's leader cannot begin a session; then it was not wilco that began this process.
    if let Err(error) = setsid()
        && error != Errno::PERM
    {
        complain(&format!("cannot begin a session: {error}"));
    }
    adopt_orphans();
    match run(&RunDirectory::new(run_directory.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("cannot carry out the run: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Says something to whoever reads the run's `runner.log`.
pub fn complain(text: &str) {
    // When even that fails there is nowhere left to say it.
    drop(writeln!(io::stderr(), "{text}"));
}

fn run(directory: &RunDirectory) -> io::Result<()> {
    let Some(order) = directory.order()? else {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it has no order"));
    };
    let run = RunRef::new(order.run.clone()).map_err(io::Error::other)?;
    let Some(_claim) = directory.claim(Claim::Runner { pid: process::id(), at: Some(now()) })?
    else {
        return Ok(());
    };
    let alive = directory.hold_alive()?;
    let mut record = Record::open(directory)?;
    record.report(RunReport::Started { run })?;
    let end = if directory.is_asked_to_stop() {
        RunEnd::Cancelled
    } else {
        match begin(directory, &order, &alive) {
            Ok((script, output)) => {
                let watch = Watch::new(directory, &order, output);
                watch.watch(Processes::new(script), &mut record)
            }
            Err(reason) => RunEnd::NotRunnable { reason },
        }
    };
    record.end(end)
}

/// Begins the script in a process group of its own. An error is a sentence's fragment for people.
fn begin(
    directory: &RunDirectory,
    order: &Order,
    alive: &File,
) -> Result<(Pid, Receiver<Vec<u8>>), String> {
    if !Path::new(&order.directory).is_dir() {
        return Err(format!(
            "cannot run {}: there is no directory {}",
            order.program, order.directory
        ));
    }
    let failed = |error: io::Error| format!("cannot run {}: {error}", order.program);
    let (reader, writer) = io::pipe().map_err(failed)?;
    let output = read_output(reader).map_err(failed)?;
    // Beside standard input, which `&` and `<` replace, the script and all that it begins inherit
    // this descriptor, so that its lock tells whether any of them lives.
    fcntl_setfd(alive, FdFlags::empty()).map_err(|error| failed(error.into()))?;
    let mut command = Command::new(&order.program);
    command
        .args(&order.arguments)
        .current_dir(&order.directory)
        .envs(&order.variables)
        .stdin(alive.try_clone().map_err(failed)?)
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer)
        .process_group(0);
    let child = spawn(&mut command).map_err(|error| not_run(order, &error))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let script = pid.ok_or_else(|| format!("cannot run {}: it has no number", order.program))?;
    let process = ScriptProcess {
        pid: script.as_raw_nonzero().get(),
        started: started(script),
        deadline_at: deadline_at(order.timeout()),
    };
    if let Err(error) = directory.write_script(&process) {
        complain(&format!("cannot note which process the script is: {error}"));
    }
    Ok((script, output))
}

/// Spawns; a program that is just being written gets a moment to be whole.
fn spawn(command: &mut Command) -> io::Result<process::Child> {
    const TRIES: u32 = 40;
    for _ in 1..TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(25));
            }
            answer => return answer,
        }
    }
    command.spawn()
}

fn not_run(order: &Order, error: &io::Error) -> String {
    let program = &order.program;
    let is_path = program.contains('/');
    match error.kind() {
        io::ErrorKind::NotFound if !is_path => {
            let path = env::var("PATH").unwrap_or_default();
            format!("cannot run {program}: there is no such program on PATH ({path})")
        }
        io::ErrorKind::NotFound if Path::new(program).exists() => {
            format!("cannot run {program}: the interpreter that its first line names is missing")
        }
        io::ErrorKind::NotFound => format!("cannot run {program}: there is no such file"),
        io::ErrorKind::PermissionDenied if is_path => {
            format!("cannot run {program}: it is not an executable file")
        }
        _ => format!("cannot run {program}: {error}"), // The system's words are the best there are.
    }
}

fn deadline_at(timeout: Duration) -> i64 {
    now().0.saturating_add(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX))
}

/// Reads the script's output on a thread of its own; the channel is short, so a flood waits in the script.
fn read_output(mut output: PipeReader) -> io::Result<Receiver<Vec<u8>>> {
    let (sender, receiver): (SyncSender<Vec<u8>>, _) = sync_channel(4);
    thread::Builder::new().name("output".into()).spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match output.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    if sender.send(buffer[..length].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    })?;
    Ok(receiver)
}

/// One script under watch.
struct Watch<'a> {
    directory: &'a RunDirectory,
    output: Receiver<Vec<u8>>,
    output_is_over: bool,
    lines: Lines,
    log: Option<Log>,
    deadline: Option<Instant>,
    grace: Duration,
}

/// What is being done to end processes.
struct Ending {
    whom: Whom,
    kill_at: Instant,
}

impl<'a> Watch<'a> {
    fn new(directory: &'a RunDirectory, order: &Order, output: Receiver<Vec<u8>>) -> Self {
        let log = Log::open(directory);
        if let Err(error) = &log {
            complain(&format!("cannot write the log: {error}"));
        }
        Self {
            directory,
            output,
            output_is_over: false,
            lines: Lines::default(),
            log: log.ok(),
            deadline: Instant::now().checked_add(order.timeout()),
            grace: order.grace(),
        }
    }

    /// Watches until the script is over and nothing of it is left, and returns how it ended.
    fn watch(mut self, mut processes: Processes, record: &mut Record<'_>) -> RunEnd {
        let mut stopped: Option<RunEnd> = None;
        let mut ending: Option<Ending> = None;
        loop {
            self.take_output(LOOK_EVERY, record);
            processes.reap();
            let whom = ending.as_ref().map_or(Whom::Group, |ending| ending.whom);
            let is_over = processes.status().is_some();
            if is_over && !processes.are_left(whom) {
                break;
            }
            let Some(Ending { whom, kill_at }) = &ending else {
                // What the script leaves behind when it is done is ended like a script that is late.
                let reason = if is_over { None } else { self.reason_to_stop() };
                if is_over || reason.is_some() {
                    let whom = if is_over { Whom::Group } else { Whom::Everybody };
                    processes.signal(whom, Signal::TERM);
                    ending = Some(Ending { whom, kill_at: Instant::now() + self.grace });
                    stopped = reason;
                }
                continue;
            };
            let now = Instant::now();
            if now >= *kill_at {
                // Again each time: what was just being forked must not escape.
                processes.signal(*whom, Signal::KILL);
            }
            if is_over && now >= *kill_at + KILLED_WITHIN {
                complain("some processes could not be ended");
                break;
            }
        }
        self.take_last_output(record);
        let by_itself = processes.status().map(|status| ExitStatus::from_raw(status.as_raw()));
        stopped.unwrap_or_else(|| by_itself.map_or(RunEnd::Lost, end_of))
    }

    fn reason_to_stop(&self) -> Option<RunEnd> {
        if self.directory.is_asked_to_stop() {
            return Some(RunEnd::Cancelled);
        }
        self.deadline.is_some_and(|at| Instant::now() >= at).then_some(RunEnd::TimedOut)
    }

    /// Takes what the script writes for about this long, or at once when it will write no more.
    fn take_output(&mut self, length: Duration, record: &mut Record<'_>) {
        let until = Instant::now() + length;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if self.output_is_over {
                thread::sleep(left);
                return;
            }
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take_bytes(&bytes, record),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.output_is_over = true,
            }
            if left.is_zero() {
                return;
            }
        }
    }

    fn take_last_output(&mut self, record: &mut Record<'_>) {
        let until = Instant::now() + LAST_OUTPUT_WITHIN;
        while !self.output_is_over && Instant::now() < until {
            match self.output.recv_timeout(LOOK_EVERY) {
                Ok(bytes) => self.take_bytes(&bytes, record),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.output_is_over = true,
            }
        }
        self.lines.finish(|line| hear(record, line));
    }

    fn take_bytes(&mut self, bytes: &[u8], record: &mut Record<'_>) {
        let written = self.log.as_mut().map_or(Ok(()), |log| log.write(self.directory, bytes));
        if let Err(error) = written {
            complain(&format!("cannot write the log any more: {error}"));
            self.log = None;
        }
        self.lines.feed(bytes, |line| hear(record, line));
    }
}

fn hear(record: &mut Record<'_>, line: &[u8]) {
    if let Err(error) = record.hear(Line::read(line)) {
        complain(&format!("cannot write a report: {error}"));
    }
}

fn end_of(status: ExitStatus) -> RunEnd {
    match (status.code(), status.signal()) {
        (Some(0), _) => RunEnd::Succeeded,
        (Some(status), _) => RunEnd::Failed { status },
        (None, Some(signal)) => RunEnd::Killed { signal },
        (None, None) => RunEnd::Lost,
    }
}
