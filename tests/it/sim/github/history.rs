//! Commits, and the names that stand for them: branches, tags, and whatever else is below `refs/`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::clock::{Moment, written};
use super::person::person;
use super::state::{Repository, TagObject};

/// A file that a commit touched.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    /// `added`, `modified`, `removed` or `renamed`.
    pub status: &'static str,
    pub text: String,
}

/// What somebody commits.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub message: String,
    /// The account that GitHub knows the author by, if it knows any.
    pub login: Option<String>,
    pub files: Vec<File>,
    /// What the author says the date was; anything can stand there.
    pub dated: Option<String>,
}

impl Change {
    pub fn by(login: &str, message: &str) -> Change {
        let login = Some(login.to_owned());
        Change { message: message.to_owned(), login, ..Change::default() }
    }

    /// By somebody whose address belongs to no account.
    pub fn by_stranger(message: &str) -> Change {
        Change { message: message.to_owned(), ..Change::default() }
    }

    pub fn with(mut self, status: &'static str, name: &str, text: &str) -> Change {
        self.files.push(File { name: name.to_owned(), status, text: text.to_owned() });
        self
    }

    pub fn dated(mut self, date: &str) -> Change {
        self.dated = Some(date.to_owned());
        self
    }
}

pub struct Commit {
    pub sha: String,
    pub parents: Vec<String>,
    pub change: Change,
    pub at: Moment,
    /// Later ones have larger numbers.
    pub number: usize,
}

/// A pull request that was merged.
#[derive(Clone, Debug)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub login: String,
    pub branch: String,
    /// The commit that it became.
    pub sha: String,
}

impl Repository {
    pub fn add(&mut self, parents: Vec<String>, change: Change, at: Moment) -> String {
        let number = self.commits.len();
        let sha = hash(&format!("{} {number} {parents:?} {}", self.name, change.message));
        let commit = Commit { sha: sha.clone(), parents, change, at, number };
        self.commits.insert(sha.clone(), commit);
        sha
    }

    /// What a ref's value leads to, through a tag object if there is one.
    pub fn peeled<'a>(&'a self, value: &'a str) -> &'a str {
        self.tag_objects.get(value).map_or(value, |tag| &tag.object)
    }

    /// The full name of a branch or a tag, and its commit. A tag goes before a branch, as in git.
    pub fn named(&self, name: &str) -> Option<(String, &Commit)> {
        let candidates = [
            name.to_owned(),
            format!("refs/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/heads/{name}"),
        ];
        candidates.into_iter().filter(|full| full.starts_with("refs/")).find_map(|full| {
            let value = self.refs.get(&full)?;
            let commit = self.commits.get(self.peeled(value))?;
            Some((full, commit))
        })
    }

    /// What somebody means: a whole hash, a branch, a tag, or the beginning of one hash alone.
    pub fn find(&self, reference: &str) -> Option<&Commit> {
        if let Some(commit) = self.commits.get(reference) {
            return Some(commit);
        }
        let reference = if reference == "HEAD" { &self.default_branch } else { reference };
        if let Some((_, commit)) = self.named(reference) {
            return Some(commit);
        }
        let is_short = (4..40).contains(&reference.len())
            && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut alike = self.commits.values().filter(|commit| {
            let (sha, short) = (&commit.sha, reference.to_ascii_lowercase());
            is_short && sha.starts_with(&short)
        });
        alike.next().filter(|_| alike.next().is_none())
    }

    /// The commit and all before it.
    pub fn ancestors(&self, sha: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut open = vec![sha.to_owned()];
        while let Some(sha) = open.pop() {
            if seen.insert(sha.clone()) {
                let parents = self.commits.get(&sha).map(|commit| commit.parents.clone());
                open.extend(parents.unwrap_or_default());
            }
        }
        seen
    }

    /// These commits, the oldest first.
    pub fn in_order(&self, shas: impl IntoIterator<Item = String>) -> Vec<&Commit> {
        let mut commits: Vec<_> =
            shas.into_iter().filter_map(|sha| self.commits.get(&sha)).collect();
        commits.sort_by_key(|commit| commit.number);
        commits
    }

    /// Keeps a tag object, which no ref leads to so far; returns its hash.
    pub fn add_tag(&mut self, tag: TagObject) -> String {
        let number = self.tag_objects.len();
        let sha = hash(&format!("{number} {tag:?}"));
        self.tag_objects.insert(sha.clone(), tag);
        sha
    }

    /// Every workflow file at a commit.
    fn workflow_files(&self, sha: &str) -> BTreeMap<&str, &str> {
        let mut files = BTreeMap::new();
        let before = self.in_order(self.ancestors(sha));
        for file in before.iter().flat_map(|commit| &commit.change.files) {
            if !file.name.starts_with(".github/workflows/") {
                continue;
            }
            if file.status == "removed" {
                files.remove(file.name.as_str());
            } else {
                files.insert(file.name.as_str(), file.text.as_str());
            }
        }
        files
    }

    /// Whether a ref to this commit needs the permission for workflows: where its workflow files are others than
    /// those of the default branch. Source: https://github.com/mathieudutour/github-tag-action/issues/138
    pub fn brings_workflows(&self, sha: &str) -> bool {
        let head = self.refs.get(&format!("refs/heads/{}", self.default_branch));
        head.is_some_and(|head| self.workflow_files(sha) != self.workflow_files(head))
    }

    /// What a file is at a commit.
    pub fn file(&self, commit: &Commit, name: &str) -> Option<String> {
        let before = self.in_order(self.ancestors(&commit.sha));
        let mut touched = before.iter().rev().flat_map(|commit| &commit.change.files);
        let file = touched.find(|file| file.name == name)?;
        (file.status != "removed").then(|| file.text.clone())
    }

    /// A commit as it stands in lists.
    pub fn show(&self, commit: &Commit) -> Value {
        let sha = &commit.sha;
        let login = commit.change.login.as_deref();
        let account = login.map_or(Value::Null, |login| person(login, &self.base));
        let name = login.unwrap_or("somebody");
        let date = commit.change.dated.clone().unwrap_or_else(|| written(commit.at));
        let by = json!({ "name": name, "email": format!("{name}@example.com"), "date": date });
        let parents = commit.parents.iter().map(|sha| {
            let url = self.api(&format!("/commits/{sha}"));
            json!({ "sha": sha, "url": url, "html_url": self.page(&format!("/commit/{sha}")) })
        });
        let tree = hash(&format!("tree of {sha}"));
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "commit": {
                "author": by,
                "committer": by,
                "message": commit.change.message,
                "tree": { "sha": tree, "url": self.api(&format!("/git/trees/{tree}")) },
                "url": self.api(&format!("/git/commits/{sha}")),
                "comment_count": 0,
                "verification": {
                    "verified": false, "reason": "unsigned", "signature": null, "payload": null,
                    "verified_at": null,
                },
            },
            "url": self.api(&format!("/commits/{sha}")),
            "html_url": self.page(&format!("/commit/{sha}")),
            "comments_url": self.api(&format!("/commits/{sha}/comments")),
            "author": account,
            "committer": account,
            "parents": parents.collect::<Vec<_>>(),
        })
    }

    pub fn show_file(&self, file: &File, sha: &str) -> Value {
        let lines = file.text.lines().count();
        let (added, deleted) = if file.status == "removed" { (0, lines) } else { (lines, 0) };
        json!({
            "sha": hash(&file.text),
            "filename": file.name,
            "status": file.status,
            "additions": added,
            "deletions": deleted,
            "changes": lines,
            "blob_url": self.page(&format!("/blob/{sha}/{}", file.name)),
            "raw_url": self.page(&format!("/raw/{sha}/{}", file.name)),
            "contents_url": self.api(&format!("/contents/{}?ref={sha}", file.name)),
        })
    }
}

/// Something that looks like a hash of git's.
pub fn hash(text: &str) -> String {
    let digits: Vec<_> = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    digits[..20].concat()
}
