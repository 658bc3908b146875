//! The demo's git repository: the same commits, with the same ids, on every machine.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::DemoError;

/// What the commits touch.
pub const TOP: [&str; 2] = ["web", "api"];

/// The refs that there are when all is made.
const REFS: [&str; 5] = [
    "refs/heads/feature-x",
    "refs/heads/main",
    "refs/tags/v1.0.0",
    "refs/tags/v1.1.0",
    "refs/tags/v1.2.0",
];

/// Monday 2 March 2026, 09:00 in Seoul.
const BEGINS_AT: u64 = 1_772_409_600;

/// One commit: who wrote it, how many hours after the first, and the files that it leaves changed.
struct Commit {
    branch: &'static str,
    author: &'static str,
    hours: u64,
    message: &'static str,
    files: &'static [(&'static str, &'static str)],
    tag: Option<&'static str>,
}

const COMMITS: [Commit; 9] = [
    Commit {
        branch: "main",
        author: "ana",
        hours: 0,
        message: "Serve a greeting at /",
        files: &[
            ("api/server.py", "def greet():\n    return \"hello\"\n"),
            ("api/README.md", "# api\n\nAnswers at `/`.\n"),
        ],
        tag: None,
    },
    Commit {
        branch: "main",
        author: "ben",
        hours: 3,
        message: "Show the greeting on a page",
        files: &[
            ("web/index.html", "<h1 id=\"greeting\"></h1>\n"),
            ("web/app.js", "fetch(\"/api\").then(show);\n"),
        ],
        tag: Some("v1.0.0"),
    },
    Commit {
        branch: "main",
        author: "mina",
        hours: 26,
        message: "Greet in Korean as well",
        files: &[(
            "api/server.py",
            "GREETINGS = {\"en\": \"hello\", \"ko\": \"안녕하세요\"}\n\n\ndef greet(language=\"en\"):\n    return GREETINGS[language]\n",
        )],
        tag: None,
    },
    Commit {
        branch: "main",
        author: "ana",
        hours: 29,
        message: "Let people choose the language",
        files: &[("web/app.js", "fetch(\"/api?language=\" + chosen()).then(show);\n")],
        tag: None,
    },
    Commit {
        branch: "main",
        author: "ben",
        hours: 50,
        message: "Answer an unknown language in English",
        files: &[(
            "api/server.py",
            "GREETINGS = {\"en\": \"hello\", \"ko\": \"안녕하세요\"}\n\n\ndef greet(language=\"en\"):\n    return GREETINGS.get(language, GREETINGS[\"en\"])\n",
        )],
        tag: Some("v1.1.0"),
    },
    Commit {
        branch: "main",
        author: "mina",
        hours: 74,
        message: "Say when the greeting cannot be loaded",
        files: &[(
            "web/app.js",
            "fetch(\"/api?language=\" + chosen()).then(show).catch(apologize);\n",
        )],
        tag: None,
    },
    Commit {
        branch: "main",
        author: "ana",
        hours: 98,
        message: "Answer health checks at /healthz",
        files: &[("api/health.py", "def health():\n    return \"ok\"\n")],
        tag: Some("v1.2.0"),
    },
    Commit {
        branch: "main",
        author: "ben",
        hours: 122,
        message: "Load the page without waiting for the greeting",
        files: &[(
            "web/index.html",
            "<h1 id=\"greeting\">…</h1>\n<script async src=\"app.js\"></script>\n",
        )],
        tag: None,
    },
    Commit {
        branch: "feature-x",
        author: "mina",
        hours: 125,
        message: "Try a greeting for the time of day",
        files: &[(
            "api/daytime.py",
            "def greet_at(hour):\n    return \"good morning\" if hour < 12 else \"good day\"\n",
        )],
        tag: None,
    },
];

/// Tells whether the folder has the repository with all its refs.
pub fn is_whole(folder: &Path) -> Result<bool, DemoError> {
    if !folder.join(".git").exists() {
        return Ok(false);
    }
    let output = git(folder, &["for-each-ref", "--format=%(refname)"], "")?;
    let refs = String::from_utf8_lossy(&output.stdout);
    let has = |name: &&'static str| refs.lines().any(|line| line == *name);
    Ok(output.status.success() && REFS.iter().all(has))
}

/// Makes the repository in an empty folder.
pub fn make(folder: &Path) -> Result<(), DemoError> {
    // No template: a machine's own hooks and excludes have no place here.
    let init = ["init", "--quiet", "--template=", "--object-format=sha1", "-b", "main"];
    must("make the demo's repository", &git(folder, &init, "")?)?;
    let import = ["fast-import", "--quiet"];
    must("write the demo's commits", &git(folder, &import, &stream())?)?;
    let checkout = ["checkout", "--quiet", "--force", "main", "--"];
    must("check out the demo's files", &git(folder, &checkout, "")?)?;
    let exclude = folder.join(".git/info/exclude");
    std::fs::create_dir_all(folder.join(".git/info"))
        .and_then(|()| std::fs::write(&exclude, "/config/\n/commands/\n"))
        .map_err(DemoError::file("write", &exclude))
}

/// Returns the history as `git fast-import` reads it. <https://git-scm.com/docs/git-fast-import>
fn stream() -> String {
    let mut stream = String::new();
    for (index, commit) in COMMITS.iter().enumerate() {
        let Commit { branch, author, message, .. } = commit;
        let at = BEGINS_AT + commit.hours * 3600;
        let mut add = |text: std::fmt::Arguments<'_>| {
            let written = stream.write_fmt(text);
            debug_assert!(written.is_ok(), "writing to a string does not fail");
        };
        let mark = index + 1;
        add(format_args!("commit refs/heads/{branch}\nmark :{mark}\n"));
        for role in ["author", "committer"] {
            add(format_args!("{role} {author} <{author}@example.com> {at} +0900\n"));
        }
        add(format_args!("data {}\n{message}\n", message.len()));
        if index > 0 {
            add(format_args!("from :{index}\n"));
        }
        for (path, content) in commit.files {
            add(format_args!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
        }
        if let Some(tag) = commit.tag {
            add(format_args!("reset refs/tags/{tag}\nfrom :{mark}\n"));
        }
    }
    stream.push_str("done\n");
    stream
}

fn must(doing: &'static str, output: &Output) -> Result<(), DemoError> {
    if output.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(400).collect();
    Err(DemoError::Git { doing, status: output.status, said })
}

/// Runs git on this folder's own repository, with nothing of the machine's or the user's configuration.
fn git(folder: &Path, arguments: &[&str], input: &str) -> Result<Output, DemoError> {
    let mut command = Command::new("git");
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .args(["-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null"])
        .arg("--git-dir")
        .arg(folder.join(".git"))
        .arg("--work-tree")
        .arg(folder)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(DemoError::NoGit)?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input.as_bytes()) {
            // Git says itself why it did not want to read on.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(DemoError::file("tell git about", folder)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    child.wait_with_output().map_err(DemoError::NoGit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_has_an_author_of_the_demo_and_a_later_date() {
        assert!(COMMITS.is_sorted_by_key(|commit| commit.hours));
        for commit in &COMMITS {
            assert!(["ana", "ben", "mina"].contains(&commit.author));
            let is_within = |path: &str| TOP.iter().any(|top| path.starts_with(top));
            assert!(commit.files.iter().all(|(path, _)| is_within(path)));
        }
    }
}
