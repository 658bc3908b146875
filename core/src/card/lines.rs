//! The lines below a card's headline: who asked, approvals, what ships; and the footer.

use crate::card::{Setting, stages};
use crate::deployment::{Deployment, Kind, Sealed, Status};
use crate::gate::Blocker;
use crate::text::inert;
use crate::wording::Voice;
use crate::wording::shipping::{Commits, commit_lines, risky_line, unread_line};
use crate::wording::words::{NAME_MAX, TITLE_MAX};

/// A card shows this many commits; `changes` shows more.
const CHANGES_SHOWN: usize = 5;
/// A card shows this many parameters.
const PARAMETERS_SHOWN: usize = 12;

/// Returns the lines of this state; one of them when the deployment is over.
pub(super) fn lines(deployment: &Deployment, setting: &Setting<'_>) -> Vec<String> {
    let voice = &setting.voice;
    let mut lines = vec![asked(deployment, voice)];
    match deployment.status {
        Status::Ended(_) => return lines,
        Status::Resolving => {}
        Status::Waiting => {
            lines.push(approvals(deployment, setting));
            lines.extend(setting.blockers.iter().map(|blocker| waits(blocker, voice)));
        }
        Status::Starting | Status::Running => {
            lines.push(approvals(deployment, setting));
            if let Some(remaining) = stages::remaining(deployment, setting) {
                let remaining = voice.duration(remaining);
                lines.push(voice.phrase("card-line-remaining").with("remaining", remaining).say());
            }
        }
    }
    lines.extend(parameters(deployment, voice));
    lines.extend(version(deployment, voice));
    lines
}

/// Returns the audit number and the policy.
pub(super) fn footer(deployment: &Deployment, setting: &Setting<'_>) -> String {
    let phrase = match &deployment.sealed {
        Some(sealed) => setting
            .voice
            .phrase("card-footer-policy")
            .with("policy", sealed.policy.digest().short()),
        None => setting.voice.phrase("card-footer"),
    };
    phrase.with("audit", setting.audit).say()
}

fn asked(deployment: &Deployment, voice: &Voice) -> String {
    let phrase = match (deployment.status, deployment.ended_at) {
        (Status::Ended(_), Some(ended_at)) => {
            voice.phrase("card-line-ended").with("ended", voice.time(ended_at))
        }
        (Status::Resolving | Status::Waiting, _) => {
            voice.phrase("card-line-expires").with("expires", voice.time(deployment.expires_at))
        }
        (Status::Starting | Status::Running | Status::Ended(_), _) => {
            voice.phrase("card-line-asked")
        }
    };
    phrase
        .with("requester", voice.person(&deployment.requester))
        .with("at", voice.time(deployment.requested_at))
        .say()
}

fn approvals(deployment: &Deployment, setting: &Setting<'_>) -> String {
    let (voice, (have, need)) = (&setting.voice, setting.progress);
    if need == 0 {
        return voice.word("card-line-no-approval");
    }
    let approvers = deployment.approvers();
    let phrase = if approvers.is_empty() {
        voice.phrase("card-line-unapproved")
    } else {
        voice.phrase("card-line-approved").with("approvers", voice.all_of(&approvers))
    };
    phrase.count("have", have).count("need", need).say()
}

fn waits(blocker: &Blocker, voice: &Voice) -> String {
    voice.phrase("card-line-waits").with("what", voice.blocker(blocker)).say()
}

/// The parameters that somebody gave; what is empty or as it would be anyway says nothing.
fn parameters(deployment: &Deployment, voice: &Voice) -> Option<String> {
    let rules = deployment.sealed.as_ref().map(|sealed| &sealed.pipeline.parameters);
    let default = |name| rules.and_then(|rules| rules.get(name)?.default.as_deref());
    let given: Vec<String> = deployment
        .parameters
        .known()?
        .iter()
        .filter(|(name, value)| !value.is_empty() && default(*name) != Some(value.as_str()))
        .take(PARAMETERS_SHOWN)
        .map(|(name, value)| format!("{name}={}", inert(value, TITLE_MAX)))
        .collect();
    let given = (!given.is_empty()).then(|| given.join(" "))?;
    Some(voice.phrase("card-line-parameters").with("parameters", given).say())
}

/// What ships. A command ships nothing, so it shows only what it runs on.
fn version(deployment: &Deployment, voice: &Voice) -> Vec<String> {
    let Some(sealed) = &deployment.sealed else { return Vec::new() };
    let changes = sealed.changes.known().map(Vec::as_slice).unwrap_or_default();
    let commit = &sealed.version.commit;
    let is_command = match deployment.kind {
        Kind::Command { .. } => true,
        Kind::Deploy | Kind::Rollback => false,
    };
    // The first of the changes is the commit itself, with its title and author.
    let is_listed = !is_command && changes.first().is_some_and(|change| change.commit == *commit);
    let mut lines = Vec::new();
    if !is_listed {
        lines.extend(title(sealed, voice));
    }
    if !is_command && sealed.changes.known().is_some() {
        let (from, total) = (sealed.live.as_ref(), sealed.changes_total);
        let commits = Commits { from, to: commit, changes, total };
        lines.extend(commit_lines(commits, CHANGES_SHOWN, voice));
        lines.extend(risky(sealed, voice));
        lines.extend(unread(sealed, voice));
    }
    lines
}

fn risky(sealed: &Sealed, voice: &Voice) -> Option<String> {
    let known: Vec<&str> =
        sealed.risky.iter().filter_map(|path| path.known().map(String::as_str)).collect();
    let erased = sealed.risky.len() - known.len();
    risky_line((&known, erased), voice)
}

fn unread(sealed: &Sealed, voice: &Voice) -> Option<String> {
    unread_line(sealed.policy.read_for_risks(sealed.paths), voice)
}

fn title(sealed: &Sealed, voice: &Voice) -> Option<String> {
    let version = &sealed.version;
    let (subject, author) = (version.subject.known()?, version.author.known()?);
    let phrase = voice.phrase("commit").with("commit", version.commit.short());
    Some(phrase.text("subject", subject, TITLE_MAX).text("author", author, NAME_MAX).say())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::samples::deployment;
    use crate::deployment::PathsRead;
    use crate::notice::Locale;
    use crate::private::Private;
    use crate::wording::samples::{PLAIN, voice};

    #[test]
    fn risky_paths_are_named_and_the_rest_is_counted() {
        let mut sealed = deployment(Kind::Deploy, PLAIN).sealed.unwrap();
        assert_eq!(risky(&sealed, &voice(Locale::En)), None);
        let paths = ["migrations/7.sql", "a\u{202e}b", "c", "d", "e"];
        for (count, en, ko) in [
            (1, "migrations/7.sql.", "migrations/7.sql."),
            (
                4,
                "migrations/7.sql, ab, c and one more such path.",
                "migrations/7.sql, ab, c 외 1개.",
            ),
            (
                5,
                "migrations/7.sql, ab, c and 2 more such paths.",
                "migrations/7.sql, ab, c 외 2개.",
            ),
        ] {
            sealed.risky = paths[..count].iter().map(|path| (*path).to_owned().into()).collect();
            assert!(risky(&sealed, &voice(Locale::En)).unwrap().ends_with(en));
            assert!(risky(&sealed, &voice(Locale::Ko)).unwrap().ends_with(ko));
        }
        sealed.risky = vec![Private::Erased];
        assert_eq!(risky(&sealed, &voice(Locale::En)), None);
    }

    #[test]
    fn paths_that_nobody_looked_at_are_never_nothing_risky() {
        let mut sealed = deployment(Kind::Deploy, PLAIN).sealed.unwrap();
        sealed.paths = PathsRead::Cut;
        assert_eq!(unread(&sealed, &voice(Locale::En)), None, "the policy marks no paths");
        sealed.policy.risky = vec!["migrations/*".into()];
        assert!(unread(&sealed, &voice(Locale::En)).unwrap().contains("not every changed path"));
        assert!(unread(&sealed, &voice(Locale::Ko)).unwrap().contains("일부"));
        sealed.paths = PathsRead::Whole;
        assert_eq!(unread(&sealed, &voice(Locale::En)), None);
    }
}
