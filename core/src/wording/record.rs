//! Answers from the record: the audit with names and hashes, the timeline without names.

use crate::emoji::Verdict;
use crate::ids::DeploymentId;
use crate::notice::{AuditRow, TimelineRow};
use crate::text::inert;
use crate::wording::words::{NAME_MAX, REASON_MAX};
use crate::wording::{Voice, columns, log};

/// Lists what is on record about a deployment.
pub(crate) fn audit(deployment: DeploymentId, rows: &[AuditRow], voice: &Voice) -> String {
    if rows.is_empty() {
        return log::about("audit-empty", deployment, voice).say();
    }
    let row = |row: &AuditRow| {
        vec![
            row.sequence.to_string(),
            voice.time(row.at),
            row.chain.short(),
            fact(&row.kind, voice),
            row.by.as_ref().map(ToString::to_string).unwrap_or_default(),
            inert(&row.detail, REASON_MAX),
        ]
    };
    let mut lines = vec![log::about("audit", deployment, voice).say()];
    lines.extend(columns(&rows.iter().map(row).collect::<Vec<_>>()));
    lines.push(voice.word("audit-verify"));
    lines.join("\n")
}

/// Lists what occurred to a deployment, by roles and times.
pub(crate) fn timeline(deployment: DeploymentId, rows: &[TimelineRow], voice: &Voice) -> String {
    if rows.is_empty() {
        return log::about("audit-empty", deployment, voice).say();
    }
    let row = |row: &TimelineRow| {
        let roles = if row.roles.is_empty() { String::new() } else { voice.listed(&row.roles) };
        let verdict = row.verdict.map(|verdict| match verdict {
            Verdict::Approve => voice.word("verdict-approve"),
            Verdict::Reject => voice.word("verdict-reject"),
        });
        vec![
            voice.time(row.at),
            fact(&row.kind, voice),
            roles,
            verdict.unwrap_or_default(),
            inert(&row.detail, REASON_MAX),
        ]
    };
    let mut lines = vec![log::about("timeline", deployment, voice).say()];
    lines.extend(columns(&rows.iter().map(row).collect::<Vec<_>>()));
    lines.join("\n")
}

/// Returns the kind of a fact in words. Its name comes from [`crate::fact::Fact::kind`].
pub(crate) fn fact(kind: &str, voice: &Voice) -> String {
    let id = match kind {
        "founded" => "fact-founded",
        "catalog_loaded" => "fact-catalog-loaded",
        "requested" => "fact-requested",
        "request_refused" => "fact-request-refused",
        "sealed" => "fact-sealed",
        "obstructed" => "fact-obstructed",
        "resealed" => "fact-resealed",
        "approved" => "fact-approved",
        "rejected" => "fact-rejected",
        "vote_withdrawn" => "fact-vote-withdrawn",
        "vote_refused" => "fact-vote-refused",
        "gates_opened" => "fact-gates-opened",
        "run_started" => "fact-run-started",
        "start_unknown" => "fact-start-unknown",
        "stage_changed" => "fact-stage-changed",
        "wrong_commit" => "fact-wrong-commit",
        "cancel_asked" => "fact-cancel-asked",
        "run_ended" => "fact-run-ended",
        "cancelled" => "fact-cancelled",
        "expired" => "fact-expired",
        "card_shown" => "fact-card-shown",
        "given_up" => "fact-given-up",
        // The record may hold what a newer wilco wrote.
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}
