//! Looks up versions in a local git repository, with the `git` program and never over the network.

pub mod program;
mod shipping;

use std::collections::BTreeSet;

use async_trait::async_trait;
use wilco_core::catalog::Repository;
use wilco_core::checks::Check;
use wilco_core::decide::branch_matches;
use wilco_core::deployment::{Change, PathsRead, Version};
use wilco_core::ids::{CommitSha, RefName};

use crate::backend::git::program::Git;
use crate::backend::{BackendError, Found, Lookup, Source, Stands};
use crate::plain::{cut, plain};

/// Repositories on this machine, and services that name no repository at all.
#[derive(Debug, Clone, Copy)]
pub struct LocalGit;

#[async_trait]
impl Source for LocalGit {
    async fn resolve(&self, lookup: &Lookup) -> Result<Found, BackendError> {
        resolve(lookup).await
    }

    async fn confirm(&self, commit: &CommitSha, lookup: &Lookup) -> Result<Stands, BackendError> {
        confirm(commit, lookup).await
    }

    /// Git itself knows of no checks.
    async fn checks(&self, _commit: &CommitSha, _lookup: &Lookup) -> Vec<Check> {
        Vec::new()
    }
}

/// Commits since what is live that are named one by one; the rest are counted.
const CHANGES_MAX: usize = 20;
const SUGGESTIONS_MAX: usize = 3;
/// Of the branches that match a pattern; one is enough.
const BRANCHES_MAX: usize = 100;
/// A subject or a name is cut after this many bytes; the whole is in the repository.
const TEXT_LENGTH_MAX: usize = 200;
/// Git quotes at least seven digits of a commit; fewer are too easily somebody else's.
const DIGITS_MIN: usize = 7;

const TAGS: &str = "refs/tags/";
const BRANCHES: &str = "refs/heads/";
const REMOTE_BRANCHES: &str = "refs/remotes/origin/";

/// Looks up what the ref stands for. A local branch wins over the one of `origin`, as in git itself.
async fn resolve(lookup: &Lookup) -> Result<Found, BackendError> {
    let Some(git) = open(lookup).await? else {
        return without_repository(lookup.reference.as_ref());
    };
    let Target { commit, reference } = match &lookup.reference {
        None => head(&git).await?,
        Some(reference) => target(&git, reference).await?,
    };
    let (author, subject) = match changes(&git, commit.as_str(), 1).await?.pop() {
        Some(change) => (change.author, change.subject),
        None => (String::new(), String::new()),
    };
    let tag = tag_of(&git, &commit).await?;
    let reference = match reference {
        Some(Name { is_tag: true, text }) => Some(text),
        Some(Name { is_tag: false, text }) => tag.or(Some(text)),
        None => tag,
    };
    let branches = branches(&git, &commit, lookup).await?;
    let (changes, changes_total) = changes_since(&git, lookup.live.as_ref(), &commit).await?;
    let (authors, risky, paths) = shipping::of(&git, lookup, &commit).await?;
    let version = Version { commit, reference, subject: subject.into(), author: author.into() };
    Ok(Found { version, branches, changes, changes_total, authors, risky, paths })
}

/// Tells whether the commit is there, and which of the branches that the lookup asks for contain it.
///
/// Without a repository there is nobody who could deny the commit.
async fn confirm(commit: &CommitSha, lookup: &Lookup) -> Result<Stands, BackendError> {
    let Some(git) = open(lookup).await? else {
        return Ok(Stands { commit_exists: true, branches: Vec::new() });
    };
    if !is_commit(&git, commit).await? {
        return Ok(Stands { commit_exists: false, branches: Vec::new() });
    }
    Ok(Stands { commit_exists: true, branches: branches(&git, commit, lookup).await? })
}

async fn open(lookup: &Lookup) -> Result<Option<Git>, BackendError> {
    match &lookup.repository {
        Some(Repository::Path(path)) => Git::open(path).await.map(Some),
        Some(Repository::Github(_)) | None => Ok(None),
    }
}

fn without_repository(reference: Option<&RefName>) -> Result<Found, BackendError> {
    let Some(commit) = reference.and_then(RefName::as_commit) else {
        let said = reference.map_or("no version".into(), |reference| format!("`{reference}`"));
        let reason = format!(
            "the service names no repository to look up {}; say the full commit id",
            plain(&said)
        );
        return Err(BackendError::Refused(reason));
    };
    let (subject, author) = (String::new().into(), String::new().into());
    let version = Version { commit, reference: None, subject, author };
    Ok(Found {
        version,
        branches: Vec::new(),
        changes: Vec::new(),
        changes_total: None,
        authors: None,
        risky: Vec::new(),
        paths: PathsRead::Whole,
    })
}

struct Target {
    commit: CommitSha,
    reference: Option<Name>,
}

/// The name under which somebody knows a commit.
struct Name {
    text: String,
    is_tag: bool,
}

async fn head(git: &Git) -> Result<Target, BackendError> {
    let Some(commit) = peel(git, "HEAD").await? else {
        return Err(BackendError::Refused(format!("{} has no commit yet", git.path())));
    };
    let branch = git.ask(&["symbolic-ref", "--quiet", "HEAD"]).await?;
    let branch = branch.text().and_then(|text| text.trim().strip_prefix(BRANCHES).map(plain));
    Ok(Target { commit, reference: branch.map(|text| Name { text, is_tag: false }) })
}

async fn target(git: &Git, reference: &RefName) -> Result<Target, BackendError> {
    if let Some(commit) = reference.as_commit() {
        if !is_commit(git, &commit).await? {
            let reason = format!("there is no commit {commit}");
            return Err(BackendError::Refused(reason));
        }
        return Ok(Target { commit, reference: None });
    }
    let mut found = candidates(git, reference.as_str()).await?;
    if found.is_empty() {
        return Err(BackendError::Refused(unknown(git, reference).await?));
    }
    let commits: BTreeSet<&CommitSha> = found.iter().map(|(_, target)| &target.commit).collect();
    if commits.len() > 1 {
        let named = found.iter().map(|(what, target)| format!("{what} {}", target.commit));
        let named = named.collect::<Vec<_>>().join(", ");
        let reason = format!(
            "`{}` is ambiguous: {named}; say the full commit id",
            plain(reference.as_str())
        );
        return Err(BackendError::Refused(reason));
    }
    Ok(found.swap_remove(0).1)
}

/// Returns everything that the text may mean, tags first.
async fn candidates(git: &Git, text: &str) -> Result<Vec<(&'static str, Target)>, BackendError> {
    let mut found = Vec::new();
    if let Some(commit) = full_ref(git, &format!("{TAGS}{text}")).await? {
        let name = Name { text: plain(text), is_tag: true };
        found.push(("the tag is", Target { commit, reference: Some(name) }));
    }
    // `origin/main` names the remote's branch even where a local one of that name wins.
    let branches = [format!("{BRANCHES}{text}"), format!("{REMOTE_BRANCHES}{text}")];
    let spelled = text.strip_prefix("origin/").map(|rest| format!("{REMOTE_BRANCHES}{rest}"));
    for branch in branches.into_iter().chain(spelled) {
        if let Some(commit) = full_ref(git, &branch).await? {
            let name = Name { text: plain(text), is_tag: false };
            found.push(("the branch is", Target { commit, reference: Some(name) }));
            break;
        }
    }
    for commit in abbreviated(git, text).await? {
        found.push(("the commit is", Target { commit, reference: None }));
    }
    Ok(found)
}

/// Returns the commit of exactly this ref; git's own guessing of prefixes stays out.
async fn full_ref(git: &Git, name: &str) -> Result<Option<CommitSha>, BackendError> {
    let shown = git.ask(&["show-ref", "--verify", "--hash", "--", name]).await?;
    match shown.text() {
        Some(object) => peel(git, object.trim()).await,
        None => Ok(None),
    }
}

/// Returns the commits whose id begins so, when it can be the beginning of an id.
async fn abbreviated(git: &Git, text: &str) -> Result<Vec<CommitSha>, BackendError> {
    let digits = text.to_ascii_lowercase();
    if digits.len() < DIGITS_MIN || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Vec::new());
    }
    let objects = git.ask(&["rev-parse", &format!("--disambiguate={digits}")]).await?;
    let objects = objects.text().unwrap_or_default();
    let mut commits = Vec::new();
    for object in objects.lines().filter_map(|line| CommitSha::new(line).ok()).take(20) {
        if is_commit(git, &object).await? {
            commits.push(object);
        }
    }
    Ok(commits)
}

async fn is_commit(git: &Git, commit: &CommitSha) -> Result<bool, BackendError> {
    Ok(peel(git, commit.as_str()).await?.as_ref() == Some(commit))
}

/// Returns the commit behind an object id, through tags.
async fn peel(git: &Git, object: &str) -> Result<Option<CommitSha>, BackendError> {
    let object = format!("{object}^{{commit}}");
    let said = git.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &object]).await?;
    Ok(said.text().and_then(|text| CommitSha::new(text.trim()).ok()))
}

/// Returns the highest tag that stands on the commit.
async fn tag_of(git: &Git, commit: &CommitSha) -> Result<Option<String>, BackendError> {
    let points_at = format!("--points-at={commit}");
    let format = "--format=%(refname)";
    let sort = "--sort=-version:refname";
    let said = git.tell(&["for-each-ref", &points_at, format, sort, "--count=1", TAGS]).await?;
    Ok(said.trim().strip_prefix(TAGS).map(plain))
}

async fn branches(
    git: &Git,
    commit: &CommitSha,
    lookup: &Lookup,
) -> Result<Vec<String>, BackendError> {
    if lookup.branches.is_empty() {
        return Ok(Vec::new());
    }
    let contains = format!("--contains={commit}");
    let mut names: BTreeSet<String> = BTreeSet::new();
    // There may be any number of branches, and the one that counts may be the last of them.
    let keep = |line: &str| {
        let name = short_branch(line).filter(|name| is_match(&lookup.branches, name));
        if let Some(name) = name.filter(|_| names.len() < BRANCHES_MAX) {
            names.insert(name.into());
        }
    };
    let arguments = ["for-each-ref", &contains, "--format=%(refname)", BRANCHES, REMOTE_BRANCHES];
    git.each_line(&arguments, keep).await?;
    Ok(names.into_iter().collect())
}

fn is_match(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| branch_matches(pattern, name))
}

fn short_branch(name: &str) -> Option<&str> {
    let short = name.strip_prefix(BRANCHES).or_else(|| name.strip_prefix(REMOTE_BRANCHES))?;
    // `origin/HEAD` is a pointer to a branch and none itself.
    (name != "refs/remotes/origin/HEAD").then_some(short)
}

async fn changes_since(
    git: &Git,
    live: Option<&CommitSha>,
    commit: &CommitSha,
) -> Result<(Vec<Change>, Option<u64>), BackendError> {
    let Some(live) = live else { return Ok((Vec::new(), None)) };
    if !is_commit(git, live).await? {
        return Ok((Vec::new(), None));
    }
    let range = format!("{live}..{commit}");
    let counted = git.tell(&["rev-list", "--count", "--end-of-options", &range, "--"]).await?;
    let total = counted.trim().parse().map_err(|_| git.not_understood("rev-list --count"))?;
    Ok((changes(git, &range, CHANGES_MAX).await?, Some(total)))
}

/// Returns commits, newest first, with their authors and subjects made harmless.
async fn changes(git: &Git, range: &str, count: usize) -> Result<Vec<Change>, BackendError> {
    let count = format!("--max-count={count}");
    let format = "--format=%H%x00%an%x00%s";
    let arguments =
        ["rev-list", &count, "--no-commit-header", "--encoding=UTF-8", format, "--end-of-options"];
    let said = git.tell(&[&arguments[..], &[range, "--"]].concat()).await?;
    said.lines().map(|line| change(line).ok_or_else(|| git.not_understood("rev-list"))).collect()
}

fn change(line: &str) -> Option<Change> {
    let mut fields = line.split('\0');
    let commit = CommitSha::new(fields.next()?).ok()?;
    let author = cut(&plain(fields.next()?), TEXT_LENGTH_MAX).into();
    let subject = cut(&plain(fields.next()?), TEXT_LENGTH_MAX).into();
    Some(Change { commit, author, subject, pull: None })
}

/// Says that there is no such ref, and which are nearest to it.
async fn unknown(git: &Git, reference: &RefName) -> Result<String, BackendError> {
    let said = git
        .tell(&[
            "for-each-ref",
            "--count=5000",
            "--format=%(refname)",
            TAGS,
            BRANCHES,
            REMOTE_BRANCHES,
        ])
        .await?;
    let names: BTreeSet<&str> = said
        .lines()
        .filter_map(|name| name.strip_prefix(TAGS).or_else(|| short_branch(name)))
        .collect();
    let text = reference.as_str();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 3)
        .collect();
    near.sort_unstable();
    let near = near.iter().take(SUGGESTIONS_MAX).map(|(_, name)| format!("`{}`", plain(name)));
    let near = near.collect::<Vec<_>>().join(", ");
    let nothing = format!("there is no tag, branch or commit `{}`", plain(text));
    Ok(if near.is_empty() { nothing } else { format!("{nothing}; the nearest are {near}") })
}
