//! Answers from the record: the audit with names and hashes, the timeline without names.

use crate::emoji::Verdict;
use crate::ids::{DeploymentId, Digest};
use crate::notice::{AuditRow, Detail, TimelineRow};
use crate::text::inert;
use crate::wording::words::{NAME_MAX, REASON_MAX};
use crate::wording::{Voice, codes, columns, log};

/// Lists what is on record about a deployment.
pub(crate) fn audit(deployment: DeploymentId, rows: &[AuditRow], voice: &Voice) -> String {
    if rows.is_empty() {
        return log::about("audit-empty", deployment, voice).say();
    }
    let row = |row: &AuditRow| {
        vec![
            row.sequence.to_string(),
            voice.exact_time(row.at),
            row.chain.short(),
            fact(&row.kind, voice),
            row.by.as_ref().map(ToString::to_string).unwrap_or_default(),
            detail(&row.detail, voice),
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
            voice.exact_time(row.at),
            fact(&row.kind, voice),
            roles,
            verdict.unwrap_or_default(),
            detail(&row.detail, voice),
        ]
    };
    let mut lines = vec![log::about("timeline", deployment, voice).say()];
    lines.extend(columns(&rows.iter().map(row).collect::<Vec<_>>()));
    lines.join("\n")
}

fn detail(detail: &Detail, voice: &Voice) -> String {
    let seal = |id, seal: &Digest| voice.phrase(id).with("seal", seal.short());
    match detail {
        Detail::Nothing => String::new(),
        Detail::Plain { text } => inert(text, REASON_MAX),
        Detail::Refused { tried: None, reason } => codes::refused(reason, voice),
        Detail::Refused { tried: Some(tried), reason } => voice
            .phrase("detail-refused")
            .with("tried", codes::tried(tried, voice))
            .with("reason", codes::refused(reason, voice))
            .say(),
        Detail::Sealed { commit, seal: sealed, policy } => seal("detail-sealed", sealed)
            .with("commit", commit.short())
            .with("policy", policy.short())
            .say(),
        Detail::Moved { parts } => {
            voice.phrase("detail-moved").with("parts", voice.parts(parts)).say()
        }
        Detail::Resealed { parts, voided, seal: sealed } => seal("detail-resealed", sealed)
            .with("parts", voice.parts(parts))
            .count("voided", *voided)
            .say(),
        Detail::Vote { seal: sealed, reason: None } => seal("detail-seal", sealed).say(),
        Detail::Vote { seal: sealed, reason: Some(reason) } => {
            seal("detail-seal-because", sealed).with("reason", voice.reason(reason)).say()
        }
        Detail::Approvals { count } => {
            voice.phrase("detail-approvals").count("count", *count).say()
        }
        Detail::Opened { approvers, seal: sealed, op_key } if approvers.is_empty() => {
            seal("detail-opened-alone", sealed).with("key", op_key).say()
        }
        Detail::Opened { approvers, seal: sealed, op_key } => {
            let names = approvers.iter().map(|name| voice.person_or_erased(name.as_ref()));
            let approvers = voice.all_of(&names.collect::<Vec<_>>());
            seal("detail-opened", sealed).with("key", op_key).with("approvers", approvers).say()
        }
        Detail::Stage { stage, state } => voice
            .phrase("detail-stage")
            .text("stage", stage, NAME_MAX)
            .with("state", codes::stage(*state, voice))
            .say(),
        Detail::Checks { checks } => voice.checks(checks),
        Detail::Obstructed { obstacle } => codes::obstacle(obstacle, voice),
        Detail::Ended { end } => codes::end(end, voice),
        Detail::GivenUp { effect } => log::what(effect, voice),
    }
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
        "checks_read" => "fact-checks-read",
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
        "language_chosen" => "fact-language-chosen",
        "news_heard" => "fact-news-heard",
        "news_mended" => "fact-news-mended",
        "news_shown" => "fact-news-shown",
        "given_up" => "fact-given-up",
        // The record may hold what a newer wilco wrote.
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}
