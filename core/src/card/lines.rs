//! The lines below a card's headline: who asked, approvals, what ships; and the footer.

use crate::card::{Setting, stages};
use crate::deployment::{Deployment, Sealed, Status};
use crate::gate::Blocker;
use crate::text::inert;
use crate::wording::Voice;
use crate::wording::shipping::{Commits, commit_lines};
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
            lines.extend(setting.blockers.iter().map(|blocker| missing(blocker, voice)));
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
    if let Some(sealed) = &deployment.sealed {
        lines.extend(commit(sealed, voice));
        lines.extend(changes(sealed, voice));
    }
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

fn missing(blocker: &Blocker, voice: &Voice) -> String {
    voice.phrase("card-line-missing").with("what", voice.blocker(blocker)).say()
}

fn parameters(deployment: &Deployment, voice: &Voice) -> Option<String> {
    let parameters = deployment.parameters.known().filter(|parameters| !parameters.is_empty())?;
    let given: Vec<String> = parameters
        .iter()
        .take(PARAMETERS_SHOWN)
        .map(|(name, value)| format!("{name}={}", inert(value, TITLE_MAX)))
        .collect();
    Some(voice.phrase("card-line-parameters").with("parameters", given.join(" ")).say())
}

fn commit(sealed: &Sealed, voice: &Voice) -> Option<String> {
    let version = &sealed.version;
    let (subject, author) = (version.subject.known()?, version.author.known()?);
    let phrase = voice.phrase("commit").with("commit", version.commit.short());
    Some(phrase.text("subject", subject, TITLE_MAX).text("author", author, NAME_MAX).say())
}

fn changes(sealed: &Sealed, voice: &Voice) -> Vec<String> {
    let Some(changes) = sealed.changes.known() else { return Vec::new() };
    let commits = Commits {
        from: sealed.live.as_ref(),
        to: &sealed.version.commit,
        changes,
        total: sealed.changes_total,
    };
    commit_lines(commits, CHANGES_SHOWN, voice)
}
