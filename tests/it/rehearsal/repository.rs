//! The git repository of a scenario: made the same each time, and changed as the scenario says.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Saturday 7 March 2026, 21:00 UTC: later than every commit of the demo.
const CHANGES_BEGIN_AT: u64 = 1_772_917_200;

pub struct Repository {
    path: PathBuf,
    /// How many commits the scenario made.
    commits: u64,
}

impl Repository {
    pub fn make(path: PathBuf) -> Self {
        std::fs::create_dir(&path).unwrap();
        wilco::demo::repository::make(&path).unwrap();
        Self { path, commits: 0 }
    }

    /// Adds a commit to a branch, which begins at main if there is none yet.
    pub fn push(&mut self, branch: &str, subject: &str) {
        let parent = self.head(branch).or_else(|| self.head("main")).unwrap();
        let commit = self.commit(&parent, subject);
        self.point(&format!("refs/heads/{branch}"), &commit);
    }

    /// Puts another commit in place of a branch's last one.
    pub fn force_push(&mut self, branch: &str, subject: &str) {
        let parent = self.head(&format!("{branch}^")).unwrap();
        let commit = self.commit(&parent, subject);
        self.point(&format!("refs/heads/{branch}"), &commit);
    }

    /// Makes a tag, or moves it, to where main is.
    pub fn tag(&self, name: &str) {
        let head = self.head("main").unwrap();
        self.point(&format!("refs/tags/{name}"), &head);
    }

    pub fn delete_branch(&self, branch: &str) {
        self.git(&["update-ref", "-d", &format!("refs/heads/{branch}")]).unwrap();
    }

    fn point(&self, reference: &str, commit: &str) {
        self.git(&["update-ref", reference, commit]).unwrap();
    }

    fn head(&self, reference: &str) -> Option<String> {
        self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", reference])
    }

    fn commit(&mut self, parent: &str, subject: &str) -> String {
        self.commits += 1;
        let tree = format!("{parent}^{{tree}}");
        self.git(&["commit-tree", &tree, "-p", parent, "-m", subject]).unwrap()
    }

    fn git(&self, arguments: &[&str]) -> Option<String> {
        let date = format!("{} +0000", CHANGES_BEGIN_AT + self.commits * 60);
        let mut command = Command::new("git");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "mina");
            command.env(format!("GIT_{role}_EMAIL"), "mina@example.com");
            command.env(format!("GIT_{role}_DATE"), &date);
        }
        let output = command.arg("-C").arg(Path::new(&self.path)).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| said.trim().to_owned())
    }
}
