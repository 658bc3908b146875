//! The version that is looked up in a repository on GitHub: on which branches it is, and what would ship.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::decide::branch_matches;
use wilco_core::deployment::{Change, PathsRead, Version};
use wilco_core::ids::{CommitSha, RepositoryName};
use wilco_core::person::Author;

use super::api::{Api, Call};
use super::names::BRANCH;
use super::paths::reference;
use super::shapes::{Commit, Comparison, Reference};
use crate::backend::{BackendError, Found, Lookup, Stands};
use crate::plain::{cut, plain};

/// Commits since what is live that are named one by one; the rest are counted.
const CHANGES_MAX: usize = 20;
/// A comparison is read in pages of so many commits, and no further than this: beyond it nobody knows all authors.
const PAGE: usize = 100;
const PAGES_MAX: usize = 10;
/// Of the branches that match a pattern as many are compared; one that contains the commit is enough.
const BRANCHES_MAX: usize = 30;
/// A comparison names so many changed files, on its first page, and never more.
/// <https://docs.github.com/en/rest/commits/commits#compare-two-commits>
const FILES_MAX: usize = 300;
const RISKY_MAX: usize = 20;
/// A subject or a name is cut after this many bytes; the whole is in the repository.
const TEXT_LENGTH_MAX: usize = 200;

/// One repository.
pub struct There<'a> {
    pub api: &'a Api,
    pub repository: &'a RepositoryName,
}

impl There<'_> {
    pub async fn resolve(&self, lookup: &Lookup) -> Result<Found, BackendError> {
        let (commit, name) = match &lookup.reference {
            None => self.newest_of_default().await?,
            Some(reference) => self.named(reference).await?,
        };
        let sha = self.sha(&commit.sha)?;
        let branches = self.branches(&sha, &lookup.branches).await?;
        let shipping = self.shipping(lookup, &commit, &sha).await?;
        let change = change(&commit, &sha);
        let (subject, author) = (change.subject.into(), change.author.into());
        let version = Version { commit: sha, reference: name, subject, author };
        let Shipping { changes, total, authors, risky, paths } = shipping;
        Ok(Found { version, branches, changes, changes_total: total, authors, risky, paths })
    }

    pub async fn confirm(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Stands, BackendError> {
        match self.commit(commit.as_str()).await? {
            Some(found) if found.sha == commit.as_str() => {
                let branches = self.branches(commit, &lookup.branches).await?;
                Ok(Stands { commit_exists: true, branches })
            }
            Some(_) | None => Ok(Stands { commit_exists: false, branches: Vec::new() }),
        }
    }

    pub fn call<'b>(&'b self, what: &'b str, path: String) -> Call<'b> {
        Call { what, repository: self.repository, path }
    }

    fn sha(&self, commit: &str) -> Result<CommitSha, BackendError> {
        CommitSha::new(commit).map_err(|_| {
            let repository = self.repository;
            BackendError::Unavailable(format!("GitHub names a commit of {repository} oddly"))
        })
    }

    /// Returns the branches that contain the commit and match a pattern. What cannot be known is none.
    async fn branches(
        &self,
        commit: &CommitSha,
        patterns: &[String],
    ) -> Result<Vec<String>, BackendError> {
        let mut heads: BTreeMap<String, String> = BTreeMap::new();
        for pattern in patterns {
            match pattern.split_once('*') {
                None => {
                    let head = self.full_ref(BRANCH, pattern).await?;
                    heads.extend(head.map(|head| (pattern.clone(), head.sha)));
                }
                Some((before, _)) => heads.extend(self.matching(before, pattern).await?),
            }
        }
        let mut containing = Vec::new();
        for (name, head) in heads {
            if self.contains(&self.sha(&head)?, commit).await? {
                containing.push(plain(&name));
            }
        }
        Ok(containing)
    }

    /// Returns the branches that match a pattern, with their heads.
    async fn matching(
        &self,
        before: &str,
        pattern: &str,
    ) -> Result<Vec<(String, String)>, BackendError> {
        let path = format!("/git/matching-refs/heads/{}", reference(before));
        let found: Vec<Reference> = self.api.get(self.call("look for branches", path)).await?;
        let heads = found.into_iter().filter_map(|found| {
            let name = found.name.strip_prefix("refs/heads/")?.to_owned();
            branch_matches(pattern, &name).then_some((name, found.object.sha))
        });
        Ok(heads.take(BRANCHES_MAX).collect())
    }

    /// By its head and not by its name, which GitHub would take for a tag's where there is one.
    async fn contains(&self, head: &CommitSha, commit: &CommitSha) -> Result<bool, BackendError> {
        if head == commit {
            return Ok(true);
        }
        let path = format!("/compare/{commit}...{head}?per_page=1");
        match self.api.get::<Comparison>(self.call("compare a commit with a branch", path)).await {
            Ok(found) => Ok(matches!(found.status.as_str(), "ahead" | "identical")),
            Err(error) if error.is_absent() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn shipping(
        &self,
        lookup: &Lookup,
        newest: &Commit,
        commit: &CommitSha,
    ) -> Result<Shipping, BackendError> {
        let Some(live) = &lookup.live else {
            let authors = Some(authors_of(newest).collect());
            return Ok(Shipping { authors, ..Shipping::default() });
        };
        let mut commits: Vec<Commit> = Vec::new();
        let (mut total, mut risky, mut paths) = (0, Vec::new(), PathsRead::Whole);
        let mut goes_back = false;
        for page in 1..=PAGES_MAX {
            let path = format!("/compare/{live}...{commit}?per_page={PAGE}&page={page}");
            let call = self.call("compare what is live with what would ship", path);
            let found = match self.api.get::<Comparison>(call).await {
                Ok(found) => found,
                // What is live there is in no way related, so nobody can say what ships.
                Err(error) if error.is_absent() => {
                    return Ok(Shipping { paths: PathsRead::Cut, ..Shipping::default() });
                }
                Err(error) => return Err(error.into()),
            };
            total = found.total_commits;
            if page == 1 {
                goes_back = matches!(found.status.as_str(), "behind" | "diverged");
                (risky, paths) = risky_paths(&found, &lookup.risky);
            }
            let is_last = found.commits.len() < PAGE;
            commits.extend(found.commits);
            if is_last || commits.len() as u64 >= total {
                break;
            }
        }
        if goes_back && !lookup.risky.is_empty() {
            // What is live has changes that this takes back, which GitHub shows from the other side alone.
            let path = format!("/compare/{commit}...{live}?per_page=1");
            let call = self.call("compare what would ship with what is live", path);
            let (back, read) = risky_paths(&self.api.get(call).await?, &lookup.risky);
            let is_new = |path: &String| !risky.contains(path);
            let more: Vec<String> = back.into_iter().filter(is_new).collect();
            risky.extend(more);
            risky.truncate(RISKY_MAX);
            if !read.is_whole() {
                paths = read;
            }
        }
        let is_whole = commits.len() as u64 >= total;
        let authors: BTreeSet<Author> = commits.iter().flat_map(authors_of).collect();
        let shown = commits.iter().rev().take(CHANGES_MAX);
        let changes: Option<Vec<Change>> = shown
            .map(|one| CommitSha::new(one.sha.as_str()).ok().map(|sha| change(one, &sha)))
            .collect();
        Ok(Shipping {
            changes: changes.unwrap_or_default(),
            total: Some(total),
            authors: is_whole.then(|| authors.into_iter().collect()),
            risky,
            paths,
        })
    }
}

#[derive(Default)]
struct Shipping {
    changes: Vec<Change>,
    total: Option<u64>,
    authors: Option<Vec<Author>>,
    risky: Vec<String>,
    paths: PathsRead,
}

/// Returns the paths that a policy marks, and whether GitHub named all that changed.
fn risky_paths(found: &Comparison, patterns: &[String]) -> (Vec<String>, PathsRead) {
    let paths =
        found.files.iter().flat_map(|file| [Some(&file.filename), file.previous_filename.as_ref()]);
    let is_risky = |path: &&String| patterns.iter().any(|pattern| branch_matches(pattern, path));
    let risky = paths.flatten().filter(is_risky).take(RISKY_MAX);
    let risky = risky.map(|path| cut(&plain(path), TEXT_LENGTH_MAX).to_owned()).collect();
    let is_cut = found.files.len() >= FILES_MAX;
    (risky, if is_cut { PathsRead::Cut } else { PathsRead::Whole })
}

/// Whoever names somebody as a second author in the message has them counted, too.
fn authors_of(commit: &Commit) -> impl Iterator<Item = Author> {
    let login = commit.author.as_ref().and_then(|user| user.login.as_deref()).map(Author::github);
    let email = commit.written.author.as_ref().and_then(|signature| signature.email.as_deref());
    let email = email.map(|email| Author::email(cut(&plain(email), TEXT_LENGTH_MAX)));
    let second = commit.written.message.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let is_second = key.trim().eq_ignore_ascii_case("co-authored-by");
        let (_, address) = value.rsplit_once('<').filter(|_| is_second)?;
        let (address, _) = address.split_once('>')?;
        Some(Author::email(cut(&plain(address), TEXT_LENGTH_MAX)))
    });
    login.into_iter().chain(email).chain(second)
}

fn change(commit: &Commit, sha: &CommitSha) -> Change {
    let subject = commit.written.message.lines().next().unwrap_or_default();
    let author = commit.written.author.as_ref().and_then(|signature| signature.name.as_deref());
    Change {
        commit: sha.clone(),
        author: cut(&plain(author.unwrap_or_default()), TEXT_LENGTH_MAX).into(),
        subject: cut(&plain(subject), TEXT_LENGTH_MAX).into(),
        pull: pull(subject),
    }
}

/// GitHub puts the number of the pull request into the title of what it merges or squashes.
fn pull(subject: &str) -> Option<u64> {
    let merged = subject.strip_prefix("Merge pull request #");
    let merged = merged.map(|rest| rest.split(' ').next().unwrap_or_default());
    let squashed = || subject.strip_suffix(')')?.rsplit_once("(#").map(|(_, number)| number);
    merged.or_else(squashed)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_is_known_by_the_title_that_github_gives() {
        for (subject, number) in [
            ("Merge pull request #12 from acme/x", Some(12)),
            ("Fix the thing (#345)", Some(345)),
            ("Fix (#1) the thing", None),
            ("See #7", None),
            ("(#x)", None),
        ] {
            assert_eq!(pull(subject), number, "{subject}");
        }
    }
}
