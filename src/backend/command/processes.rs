//! The script's processes: watched, asked to end, and made to.

use std::fs;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group,
    test_kill_process_group, wait,
};

/// Whom a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// What the script left in its process group: a daemon that went its own way is meant to stay.
    Group,
    /// Everything that came from the script: `timeout` and `setsid` leave the group without meaning to stay.
    Everybody,
}

/// The script and whatever it began, seen from its runner.
#[derive(Debug)]
pub struct Processes {
    script: Pid,
    status: Option<WaitStatus>,
}

impl Processes {
    pub fn new(script: Pid) -> Self {
        Self { script, status: None }
    }

    /// Returns how the script itself ended, if it has.
    pub fn status(&self) -> Option<WaitStatus> {
        self.status
    }

    /// Takes note of every child that ended: the script, and orphans that came to the runner.
    pub fn reap(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.script => self.status = Some(status),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) | Err(_) => return, // Without children there is nothing to learn.
            }
        }
    }

    pub fn are_left(&self, whom: Whom) -> bool {
        match whom {
            Whom::Group => group_is_there(self.script),
            Whom::Everybody => group_is_there(self.script) || !descendants().is_empty(),
        }
    }

    pub fn signal(&self, whom: Whom, signal: Signal) {
        signal_group(self.script, signal);
        match whom {
            Whom::Group => {}
            Whom::Everybody => {
                for pid in descendants() {
                    match kill_process(pid, signal) {
                        // It may be gone by now, or belong to another user by `sudo`.
                        Ok(()) | Err(_) => {}
                    }
                }
            }
        }
    }
}

/// Makes orphans of the script children of this process, where the system can do that.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(getpid())) {
        crate::backend::command::runner::complain(&format!("cannot adopt orphans: {error}"));
    }
}

/// Sends a signal to a process group; a group that is gone is no error.
pub fn signal_group(group: Pid, signal: Signal) {
    match kill_process_group(group, signal) {
        Ok(()) | Err(_) => {}
    }
}

/// Tells whether the process group has members, also those that we may not signal.
pub fn group_is_there(group: Pid) -> bool {
    !matches!(test_kill_process_group(group), Err(Errno::SRCH))
}

/// What `/proc/<pid>/stat` says about a process.
struct Stat {
    pid: i32,
    parent: i32,
    is_zombie: bool,
    started: u64,
}

/// Returns when the process began, in the kernel's ticks since it booted; `None` where there is no `/proc`.
pub fn started(pid: Pid) -> Option<u64> {
    stat(pid.as_raw_nonzero().get()).map(|stat| stat.started)
}

/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The name stands in brackets and may hold anything, brackets and blanks too.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Stat {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        is_zombie: matches!(*fields.first()?, "Z" | "X"),
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Returns everything that descends from this process and is not over.
fn descendants() -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut others: Vec<Stat> = pids.filter_map(stat).collect();
    let mut family = vec![getpid().as_raw_nonzero().get()];
    let mut found = Vec::new();
    while let Some(parent) = family.pop() {
        others.retain(|process| {
            if process.parent != parent {
                return true;
            }
            family.push(process.pid);
            if !process.is_zombie {
                found.extend(Pid::from_raw(process.pid));
            }
            false
        });
    }
    found
}
