//! Answers about what would ship: the commits since what is live, and the gates in the way.

use crate::deployment::{Change, PathsRead};
use crate::ids::CommitSha;
use crate::notice::Notice;
use crate::text::inert;
use crate::wording::words::{NAME_MAX, TITLE_MAX};
use crate::wording::{Voice, size};

/// An answer shows this many commits; a card fewer.
const CHANGES_SHOWN: usize = 15;

/// So many risky paths are named, and the others counted.
const RISKY_SHOWN: usize = 3;

/// The commits between two versions.
#[derive(Clone, Copy)]
pub(crate) struct Commits<'a> {
    pub from: Option<&'a CommitSha>,
    pub to: &'a CommitSha,
    pub changes: &'a [Change],
    /// How many there are, also those that are not in `changes`.
    pub total: Option<u64>,
}

/// Lists the commits between what is live and what would ship.
pub(crate) fn changes(notice: &Notice, voice: &Voice) -> String {
    let Notice::Changes { service, environment, from, to, reference, changes, total } = notice
    else {
        return String::new();
    };
    let commits = Commits { from: from.as_ref(), to, changes, total: *total };
    let first = voice
        .phrase("changes")
        .with("service", service)
        .with("environment", environment)
        .with("version", voice.version(reference.as_deref(), to));
    let mut lines = vec![first.say()];
    lines.extend(commit_lines(commits, CHANGES_SHOWN, voice));
    lines.join("\n")
}

/// Shows what a deployment would be, and changes nothing.
pub(crate) fn dry_run(notice: &Notice, voice: &Voice) -> String {
    let Notice::DryRun {
        service,
        environment,
        commit,
        reference,
        changes,
        total,
        risky,
        paths,
        blockers,
        policy,
    } = notice
    else {
        return String::new();
    };
    let version = voice.version(reference.as_deref(), commit);
    let first = voice.phrase("dry-run").with("service", service).with("environment", environment);
    let mut lines = vec![first.with("version", version).say()];
    if !changes.is_empty() || total.is_some() {
        let commits = Commits { from: None, to: commit, changes, total: *total };
        lines.extend(commit_lines(commits, CHANGES_SHOWN, voice));
    }
    let known: Vec<&str> = risky.iter().map(String::as_str).collect();
    lines.extend(risky_line((&known, 0), voice));
    lines.extend(unread_line(*paths, voice));
    lines.push(match voice.policy(policy) {
        Some(what) => voice
            .phrase("dry-run-policy")
            .with("what", what)
            .with("expires", voice.duration(policy.expires))
            .say(),
        None => voice.word("dry-run-no-policy"),
    });
    if blockers.is_empty() {
        lines.push(voice.word("dry-run-open"));
    } else {
        lines.push(voice.word("dry-run-shut"));
        lines.extend(blockers.iter().map(|blocker| format!("  {}", voice.blocker(blocker))));
    }
    lines.push(voice.word("dry-run-next"));
    lines.join("\n")
}

/// Names paths that the policy marks, since whoever approves has to know of them; those that were erased are counted.
pub(crate) fn risky_line((known, erased): (&[&str], usize), voice: &Voice) -> Option<String> {
    let shown: Vec<String> =
        known.iter().take(RISKY_SHOWN).map(|path| inert(path, TITLE_MAX)).collect();
    let more = (known.len() + erased).saturating_sub(shown.len());
    match (shown.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(voice.phrase("card-line-risky").with("paths", shown.join(", ")).say()),
        (false, more) => {
            let phrase = voice.phrase("card-line-risky-more").with("paths", shown.join(", "));
            Some(phrase.count("count", size(more)).say())
        }
    }
}

/// Whoever approves must not take for harmless what nobody looked at.
pub(crate) fn unread_line(paths: PathsRead, voice: &Voice) -> Option<String> {
    match paths {
        PathsRead::Whole => None,
        PathsRead::Cut => Some(voice.word("card-line-risky-unknown")),
    }
}

/// Returns a commit's title with its pull request, which many titles name already.
fn titled(change: &Change) -> String {
    match change.pull.map(|number| format!("#{number}")) {
        Some(pull) if !change.subject.contains(&pull) => format!("{} ({pull})", change.subject),
        Some(_) | None => change.subject.clone(),
    }
}

/// Returns a line that counts the commits, and a line for each of the first ones.
pub(crate) fn commit_lines(commits: Commits<'_>, shown: usize, voice: &Voice) -> Vec<String> {
    let Commits { from, to, changes, total } = commits;
    if from == Some(to) {
        return vec![voice.word("commits-same")];
    }
    let count = total.unwrap_or(0).max(size(changes.len()));
    let counted = match (from, total) {
        (Some(from), _) if count == 0 => voice.phrase("commits-none").with("from", from.short()),
        (Some(from), _) => voice.phrase("commits").count("count", count).with("from", from.short()),
        (None, Some(_)) => voice.phrase("commits-since-live").count("count", count),
        (None, None) => voice.phrase("commits-first"),
    };
    let mut lines = vec![counted.say()];
    lines.extend(changes.iter().take(shown).map(|change| {
        let phrase = voice.phrase("commit").with("commit", change.commit.short());
        let line = phrase.text("subject", &titled(change), TITLE_MAX);
        format!("  {}", line.text("author", &change.author, NAME_MAX).say())
    }));
    let more = count.saturating_sub(size(changes.len().min(shown)));
    if more > 0 && !changes.is_empty() {
        lines.push(format!("  {}", voice.phrase("commits-more").count("count", more).say()));
    }
    lines
}
