//! Who wrote what would ship, and which of its paths ask for a second look.

use std::collections::BTreeSet;

use wilco_core::decide::branch_matches;
use wilco_core::deployment::PathsRead;
use wilco_core::ids::CommitSha;
use wilco_core::person::Author;

use super::program::Git;
use super::{TEXT_LENGTH_MAX, is_commit};
use crate::backend::{BackendError, Lookup};
use crate::plain::{cut, plain};

/// More people than this wrote no version that is deployed in one step; beyond it nobody is sure.
const AUTHORS_MAX: usize = 500;
/// Paths that are named one by one.
const RISKY_MAX: usize = 20;

/// Returns both, and whether every path was looked at. Where nothing is live, the authors are those of the commit itself; where what is live is
/// not in the repository, nobody knows what ships.
pub async fn of(
    git: &Git,
    lookup: &Lookup,
    commit: &CommitSha,
) -> Result<(Option<Vec<Author>>, Vec<String>, PathsRead), BackendError> {
    let Some(live) = &lookup.live else {
        return Ok((authors(git, None, commit).await?, Vec::new(), PathsRead::Whole));
    };
    if !is_commit(git, live).await? {
        return Ok((None, Vec::new(), PathsRead::Cut));
    }
    let authors = authors(git, Some(live), commit).await?;
    Ok((authors, risky(git, (live, commit), &lookup.risky).await?, PathsRead::Whole))
}

/// Whoever names somebody as a second author in the message has them counted, too.
async fn authors(
    git: &Git,
    live: Option<&CommitSha>,
    commit: &CommitSha,
) -> Result<Option<Vec<Author>>, BackendError> {
    let range = live.map_or_else(|| commit.to_string(), |live| format!("{live}..{commit}"));
    let count = if live.is_some() { "--max-count=-1" } else { "--max-count=1" };
    // As the commit says, whatever a file of the repository makes of it.
    let format = "--format=<%ae>%n%(trailers:key=Co-authored-by,valueonly)";
    let mut found = BTreeSet::new();
    let keep = |line: &str| {
        let address = line.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
        if let Some((address, _)) = address.filter(|_| found.len() <= AUTHORS_MAX) {
            found.insert(Author::email(cut(&plain(address), TEXT_LENGTH_MAX)));
        }
    };
    let arguments =
        ["rev-list", count, "--no-commit-header", "--encoding=UTF-8", format, "--end-of-options"];
    git.each_line(&[&arguments[..], &[&range, "--"]].concat(), keep).await?;
    Ok((found.len() <= AUTHORS_MAX).then(|| found.into_iter().collect()))
}

async fn risky(
    git: &Git,
    (live, commit): (&CommitSha, &CommitSha),
    patterns: &[String],
) -> Result<Vec<String>, BackendError> {
    let mut found = Vec::new();
    let keep = |path: &str| {
        let is_risky = || patterns.iter().any(|pattern| branch_matches(pattern, path));
        if found.len() < RISKY_MAX && is_risky() {
            found.push(cut(&plain(path), TEXT_LENGTH_MAX).to_owned());
        }
    };
    if patterns.is_empty() {
        return Ok(found);
    }
    // A file that moved away from such a path counts like one that came there.
    let arguments = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "--end-of-options"];
    git.each_line(&[&arguments[..], &[live.as_str(), commit.as_str(), "--"]].concat(), keep)
        .await?;
    Ok(found)
}
