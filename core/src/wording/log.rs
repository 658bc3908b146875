//! The lines under a card: each thing that occurred, in one sentence, and after a failure the log's end.

use crate::event::RunEnd;
use crate::fact::Obstacle;
use crate::ids::{CommitSha, DeploymentId, PersonName};
use crate::notice::Notice;
use crate::text::{inert, inert_lines};
use crate::wording::Voice;
use crate::wording::lexicon::Phrase;
use crate::wording::words::NAME_MAX;

/// The end of a log is shown up to this many characters: with the rest, it fits one message anywhere.
const LOG_TAIL_MAX: usize = 1500;

/// Begins a sentence about a deployment.
pub(crate) fn about<'a>(
    id: &'static str,
    deployment: DeploymentId,
    voice: &'a Voice,
) -> Phrase<'a> {
    voice.phrase(id).with("deployment", deployment)
}

/// Says that nothing holds a deployment any more, and who made it so.
pub(crate) fn gates(deployment: DeploymentId, approvers: &[PersonName], voice: &Voice) -> String {
    if approvers.is_empty() {
        return about("log-gates-opened-alone", deployment, voice).say();
    }
    let approvers = voice.all_of(approvers);
    about("log-gates-opened", deployment, voice).with("approvers", approvers).say()
}

/// Says how a run ended, and the last lines of its log.
pub(crate) fn run_ended(notice: &Notice, voice: &Voice) -> String {
    let Notice::RunEnded { deployment, end, stage, log_tail } = notice else {
        return String::new();
    };
    let mut lines = vec![end_of_run(*deployment, end, stage.as_deref(), voice)];
    let tail = inert_lines(log_tail, LOG_TAIL_MAX);
    lines.extend(tail.lines().map(|line| format!("│ {line}")));
    lines.join("\n")
}

/// Says that what failed works again.
pub(crate) fn mended(commit: Option<&CommitSha>, voice: &Voice) -> String {
    match commit {
        Some(commit) => voice.phrase("log-news-mended-by").with("commit", commit.short()).say(),
        None => voice.word("log-news-mended"),
    }
}

/// Says that an effect was tried until it made no sense to go on.
pub(crate) fn gave_up(
    deployment: Option<DeploymentId>,
    effect: &str,
    reason: &str,
    voice: &Voice,
) -> String {
    let phrase = match deployment {
        Some(deployment) => about("log-gave-up-deployment", deployment, voice),
        None => voice.phrase("log-gave-up"),
    };
    phrase.with("what", what(effect, voice)).with("reason", voice.reason(reason)).say()
}

fn end_of_run(
    deployment: DeploymentId,
    end: &RunEnd,
    stage: Option<&str>,
    voice: &Voice,
) -> String {
    let failed = || match stage {
        Some(stage) => about("log-run-failed-in", deployment, voice).text("stage", stage, NAME_MAX),
        None => about("log-run-failed", deployment, voice),
    };
    let phrase = match end {
        RunEnd::Succeeded => about("log-run-succeeded", deployment, voice),
        RunEnd::Cancelled => about("log-run-cancelled", deployment, voice),
        RunEnd::Lost => about("log-run-lost", deployment, voice),
        RunEnd::Failed { .. }
        | RunEnd::Killed { .. }
        | RunEnd::TimedOut
        | RunEnd::NotRunnable { .. } => failed().with("cause", cause(end, voice)),
    };
    phrase.say()
}

/// Returns why a run did not succeed, as words between brackets.
pub(crate) fn cause(end: &RunEnd, voice: &Voice) -> String {
    match end {
        RunEnd::Succeeded => voice.word("cause-succeeded"),
        RunEnd::Failed { status } => voice.phrase("cause-status").with("status", status).say(),
        RunEnd::Killed { signal } => voice.phrase("cause-signal").with("signal", signal).say(),
        RunEnd::Cancelled => voice.word("cause-cancelled"),
        RunEnd::TimedOut => voice.word("cause-timed-out"),
        RunEnd::NotRunnable { reason } => {
            voice.phrase("cause-not-runnable").with("reason", voice.reason(reason)).say()
        }
        RunEnd::Lost => voice.word("cause-lost"),
    }
}

/// Returns what an effect was to do. Its name comes from [`crate::effect::Effect::kind`].
pub(crate) fn what(effect: &str, voice: &Voice) -> String {
    let id = match effect {
        "resolve" => "effect-resolve",
        "confirm" => "effect-confirm",
        "start_run" => "effect-start-run",
        "cancel_run" => "effect-cancel-run",
        "ask_reason" => "effect-ask-reason",
        "show_home" => "effect-show-home",
        "read_checks" => "effect-read-checks",
        "read_reactions" => "effect-read-reactions",
        "identify" => "effect-identify",
        "show_card" | "redraw_card" | "retire_card" => "effect-show-card",
        "show_news" => "effect-show-news",
        "log" | "log_news" => "effect-log",
        "tell" => "effect-tell",
        "answer" => "effect-answer",
        "recall" => "effect-recall",
        // The outbox may hold what a newer wilco wrote.
        newer => return inert(newer, NAME_MAX),
    };
    voice.word(id)
}

/// The phrases that name an obstacle, in the order of [`Obstacle`].
pub(crate) struct ObstaclePhrases {
    unresolved: &'static str,
    not_started: &'static str,
    commit_gone: &'static str,
    branch_not_allowed: &'static str,
    not_configured: &'static str,
}

pub(crate) const OBSTACLES: ObstaclePhrases = ObstaclePhrases {
    unresolved: "log-unresolved",
    not_started: "log-not-started",
    commit_gone: "log-commit-gone",
    branch_not_allowed: "log-branch-not-allowed",
    not_configured: "log-not-configured",
};

pub(crate) const OBSTACLES_ON_CARDS: ObstaclePhrases = ObstaclePhrases {
    unresolved: "card-unresolved",
    not_started: "card-not-started",
    commit_gone: "card-commit-gone",
    branch_not_allowed: "card-branch-not-allowed",
    not_configured: "card-not-configured",
};

/// Says why nothing was or will be started; the caller says of what.
pub(crate) fn obstacle<'v>(
    obstacle: &Obstacle,
    phrases: &ObstaclePhrases,
    voice: &'v Voice,
) -> Phrase<'v> {
    match obstacle {
        Obstacle::Unresolved { reason } => {
            voice.phrase(phrases.unresolved).with("reason", voice.private_reason(reason))
        }
        Obstacle::NotStarted { reason } => {
            voice.phrase(phrases.not_started).with("reason", voice.private_reason(reason))
        }
        Obstacle::CommitGone => voice.phrase(phrases.commit_gone),
        Obstacle::BranchNotAllowed { allowed } => {
            voice.phrase(phrases.branch_not_allowed).with("branches", voice.any_of(allowed))
        }
        Obstacle::NotConfigured => voice.phrase(phrases.not_configured),
    }
}
