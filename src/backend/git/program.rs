//! Asks the `git` program about one repository, so that neither the repository nor a name can make it do more.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use crate::backend::BackendError;
use crate::plain::{plain, text_of};

/// One local repository.
#[derive(Debug)]
pub struct Git {
    path: PathBuf,
}

/// What git said to one question.
#[derive(Debug)]
pub struct Said {
    status: ExitStatus,
    output: String,
    complaint: String,
}

const ANSWERED_WITHIN: Duration = Duration::from_secs(20);
const OUTPUT_LENGTH_MAX: u64 = 1024 * 1024;
/// Far longer than the name of a ref can be; what is longer is left out.
const LINE_LENGTH_MAX: usize = 64 * 1024;

/// What of wilco's environment git sees: where programs are, and whose configuration says `safe.directory`.
const PASSED: [&str; 3] = ["PATH", "HOME", "XDG_CONFIG_HOME"];

const FIXED: [(&str, &str); 8] = [
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    // A lookup stays on this machine, also in a clone that fetches what it lacks.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    // What is shown of a commit is what its id says, whatever `refs/replace` puts in its place.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_PAGER", "cat"),
];

impl Git {
    /// Makes sure that the directory is a repository itself, not merely inside one.
    pub async fn open(path: &str) -> Result<Self, BackendError> {
        let refused = |reason: &str| BackendError::Refused(format!("{path} {reason}"));
        let directory = match Path::new(path).canonicalize() {
            Ok(directory) if directory.is_dir() => directory,
            Ok(_) => return Err(refused("is not a directory")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refused("does not exist; it should be a git repository"));
            }
            Err(error) => return Err(refused(&format!("cannot be read: {error}"))),
        };
        let git = Self { path: directory };
        let said = git.ask(&["rev-parse", "--git-dir"]).await?;
        if said.status.success() {
            return Ok(git);
        }
        let owner = said.complaint.contains("dubious ownership");
        Err(refused(if owner {
            "belongs to another user; git reads it only if its `safe.directory` names it"
        } else {
            "is not a git repository"
        }))
    }

    pub fn path(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// Asks what git may answer with "no".
    pub async fn ask(&self, arguments: &[&str]) -> Result<Said, BackendError> {
        let doing = || format!("cannot ask git {} in {}", arguments[0], self.path());
        let mut child = self.command(arguments).spawn().map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                BackendError::Refused("git is not installed, or not on PATH".into())
            } else {
                BackendError::Unavailable(format!("{}: {error}", doing()))
            }
        })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let answer = async {
            let (output, complaint) = tokio::try_join!(read(stdout), read(stderr))?;
            io::Result::Ok(Said { status: child.wait().await?, output, complaint })
        };
        match timeout(ANSWERED_WITHIN, answer).await {
            Ok(Ok(said)) => Ok(said),
            Ok(Err(error)) => Err(BackendError::Unavailable(format!("{}: {error}", doing()))),
            Err(_) => Err(BackendError::Unavailable(format!("{}: no answer in 20 s", doing()))),
        }
    }

    /// Asks what git must be able to answer.
    pub async fn tell(&self, arguments: &[&str]) -> Result<String, BackendError> {
        let said = self.ask(arguments).await?;
        self.must_succeed(arguments[0], said)
    }

    fn must_succeed(&self, what: &str, said: Said) -> Result<String, BackendError> {
        if said.status.success() {
            return Ok(said.output);
        }
        let complaint = plain(said.complaint.lines().next().unwrap_or("it said nothing"));
        Err(BackendError::Unavailable(format!("git {what} failed in {}: {complaint}", self.path())))
    }

    /// Asks what may have any number of lines, and takes them one by one in bounded memory.
    pub async fn each_line(
        &self,
        arguments: &[&str],
        mut take: impl FnMut(&str) + Send,
    ) -> Result<(), BackendError> {
        let failed = |error: io::Error| {
            let what = arguments[0];
            BackendError::Unavailable(format!("cannot ask git {what} in {}: {error}", self.path()))
        };
        let mut child = self.command(arguments).spawn().map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let answer = async {
            let ((), complaint) = tokio::try_join!(read_lines(stdout, &mut take), read(stderr))?;
            io::Result::Ok(Said { status: child.wait().await?, output: String::new(), complaint })
        };
        match timeout(ANSWERED_WITHIN, answer).await {
            Ok(said) => self.must_succeed(arguments[0], said.map_err(failed)?).map(drop),
            Err(_) => Err(failed(io::Error::other("no answer in 20 s"))),
        }
    }

    pub fn not_understood(&self, what: &str) -> BackendError {
        let path = self.path();
        BackendError::Unavailable(format!("cannot understand what git {what} says in {path}"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        let passed = PASSED.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command
            .env_clear()
            .envs(passed)
            .envs(FIXED)
            .env("GIT_CEILING_DIRECTORIES", self.path.parent().unwrap_or(&self.path))
            .arg("-C")
            .arg(&self.path)
            // A repository's own configuration must not make git run programs.
            .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Said {
    /// Returns the answer, unless it is "no".
    pub fn text(&self) -> Option<&str> {
        self.status.success().then_some(&*self.output)
    }
}

/// Reads all of it, and hands on each line that is not too long.
async fn read_lines(
    stream: Option<impl AsyncRead + Unpin>,
    take: &mut (impl FnMut(&str) + Send),
) -> io::Result<()> {
    let Some(mut stream) = stream else { return Ok(()) };
    let (mut chunk, mut line) = (vec![0; 16 * 1024], Vec::new());
    loop {
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        for part in chunk[..length].split_inclusive(|byte| *byte == b'\n') {
            // One byte more than fits tells that it is too long.
            let room = (LINE_LENGTH_MAX + 1).saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                if line.len() <= LINE_LENGTH_MAX {
                    take(text_of(&line).trim_end());
                }
                line.clear();
            }
        }
    }
}

/// Reads all of it and keeps a bounded part, so that git never waits for a reader.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> io::Result<String> {
    let Some(mut stream) = stream else { return Ok(String::new()) };
    let mut bytes = Vec::new();
    (&mut stream).take(OUTPUT_LENGTH_MAX).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(text_of(&bytes))
}
