//! The codes of the record in words. A code that a newer wilco wrote is shown as it stands.

use crate::event::StageState;
use crate::text::inert;
use crate::wording::Voice;
use crate::wording::words::NAME_MAX;

/// Returns why somebody was told no. The codes come from [`crate::refusal::Refusal::code`].
pub(crate) fn refused(code: &str, voice: &Voice) -> String {
    let id = match code {
        "not_a_person" => "refused-not-a-person",
        "not_a_member" => "refused-not-a-member",
        "missing_role" => "refused-missing-role",
        "own_deployment" => "refused-own-deployment",
        "own_commits" => "refused-own-commits",
        "not_an_approver" => "refused-not-an-approver",
        "no_approval_needed" => "refused-no-approval-needed",
        "may_not_reject" => "refused-may-not-reject",
        "may_not_cancel" => "refused-may-not-cancel",
        "unknown_service" => "refused-unknown-service",
        "unknown_environment" => "refused-unknown-environment",
        "unknown_name" => "refused-unknown-name",
        "unknown_command" => "refused-unknown-command",
        "unknown_parameter" => "refused-unknown-parameter",
        "missing_parameter" => "refused-missing-parameter",
        "bad_parameter" => "refused-bad-parameter",
        "no_such_deployment" => "refused-no-such-deployment",
        "not_yet" => "refused-not-yet",
        "already_started" => "refused-already-started",
        "over" => "refused-over",
        "not_over" => "refused-not-over",
        "nothing_live" => "refused-nothing-live",
        "nothing_before" => "refused-nothing-before",
        "never_live_there" => "refused-never-live-there",
        "gone_from_configuration" => "refused-gone-from-configuration",
        "command_not_retried" => "refused-command-not-retried",
        "too_many_open" => "refused-too-many-open",
        "lane_full" => "refused-lane-full",
        "approvals_out_of_reach" => "refused-approvals-out-of-reach",
        "same_environment" => "refused-same-environment",
        "old_card" => "refused-old-card",
        "replaced" => "refused-replaced",
        "moment_unclear" => "refused-moment-unclear",
        "too_fast" => "refused-too-fast",
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}

/// Returns why nothing was started. The codes come from [`crate::fact::Obstacle::code`].
pub(crate) fn obstacle(code: &str, voice: &Voice) -> String {
    let id = match code {
        "unresolved" => "obstacle-unresolved",
        "not_started" => "obstacle-not-started",
        "commit_gone" => "obstacle-commit-gone",
        "branch_not_allowed" => "obstacle-branch-not-allowed",
        "not_configured" => "obstacle-not-configured",
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}

/// Returns how a run ended. The codes come from [`crate::event::RunEnd::code`].
pub(crate) fn end(code: &str, voice: &Voice) -> String {
    let id = match code {
        "succeeded" => "end-succeeded",
        "failed" => "end-failed",
        "killed" => "end-killed",
        "cancelled" => "end-cancelled",
        "timed_out" => "end-timed-out",
        "not_runnable" => "end-not-runnable",
        "lost" => "end-lost",
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}

/// Returns what a vote that was refused was to be.
pub(crate) fn tried(code: &str, voice: &Voice) -> String {
    let id = match code {
        "approve" => "tried-approve",
        "reject" => "tried-reject",
        "vote" => "tried-vote",
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}

/// Returns how a stage stands.
pub(crate) fn stage(state: StageState, voice: &Voice) -> String {
    voice.word(match state {
        StageState::Running => "stage-running",
        StageState::Succeeded => "stage-succeeded",
        StageState::Failed => "stage-failed",
        StageState::Skipped => "stage-skipped",
    })
}
