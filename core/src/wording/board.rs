//! Answers about deployments: what is live, what is going on, what was.

use crate::deployment::Status;
use crate::ids::{EnvironmentName, ServiceName};
use crate::notice::{BoardRow, Notice, Summary};
use crate::text::inert;
use crate::wording::lexicon::Phrase;
use crate::wording::words::REFERENCE_MAX;
use crate::wording::{Voice, columns, log, size};

/// Shows what is live where, and what is going on.
pub(crate) fn status(board: &[BoardRow], open: &[Summary], more: u64, voice: &Voice) -> String {
    let mut lines = Vec::new();
    if board.is_empty() {
        lines.push(voice.word("status-no-board"));
    } else {
        lines.push(voice.word("status-live"));
        let rows: Vec<Vec<String>> = board.iter().map(|row| board_row(row, voice)).collect();
        lines.extend(columns(&rows));
    }
    if open.is_empty() {
        lines.push(voice.word("status-nothing-open"));
        return lines.join("\n");
    }
    lines.push(
        voice.phrase("status-open").count("count", size(open.len()).saturating_add(more)).say(),
    );
    let rows: Vec<Vec<String>> = open.iter().map(|summary| open_row(summary, voice)).collect();
    lines.extend(columns(&rows));
    if more > 0 {
        lines.push(voice.phrase("status-more").count("count", more).say());
    }
    lines.join("\n")
}

/// Says what is or was live for one service in one environment.
pub(crate) fn live(notice: &Notice, voice: &Voice) -> String {
    let Notice::Live { service, environment, at, live } = notice else {
        return String::new();
    };
    let phrase = match (live, at) {
        (None, None) => voice.phrase("live-nothing"),
        (None, Some(at)) => voice.phrase("live-nothing-then").with("at", voice.time(*at)),
        (Some(live), None) => live_since(voice.phrase("live-now"), live, voice),
        (Some(live), Some(at)) => {
            live_since(voice.phrase("live-then"), live, voice).with("at", voice.time(*at))
        }
    };
    phrase.with("service", service).with("environment", environment).say()
}

/// Lists the past of one service in one environment.
pub(crate) fn history(notice: &Notice, voice: &Voice) -> String {
    let Notice::History { service, environment, deployments, more } = notice else {
        return String::new();
    };
    if deployments.is_empty() {
        return there("history-empty", service, environment, voice);
    }
    let mut lines = vec![there("history", service, environment, voice)];
    let rows: Vec<Vec<String>> = deployments.iter().map(|past| past_row(past, voice)).collect();
    lines.extend(columns(&rows));
    if let (true, Some(last)) = (*more, deployments.last()) {
        lines.push(log::about("history-more", last.deployment, voice).say());
    }
    lines.join("\n")
}

fn there(
    id: &'static str,
    service: &ServiceName,
    environment: &EnvironmentName,
    voice: &Voice,
) -> String {
    voice.phrase(id).with("service", service).with("environment", environment).say()
}

fn live_since<'a>(phrase: Phrase<'a>, live: &Summary, voice: &Voice) -> Phrase<'a> {
    phrase
        .with("version", version(live, voice))
        .with("since", voice.time(live.ended_at.unwrap_or(live.requested_at)))
        .with("deployment", live.deployment)
        .with("requester", voice.person_or_erased(live.requester.as_ref()))
}

fn board_row(row: &BoardRow, voice: &Voice) -> Vec<String> {
    let mut cells = vec![row.service.to_string(), row.environment.to_string()];
    let Some(live) = &row.live else {
        cells.push(voice.word("status-nothing-yet"));
        return cells;
    };
    let since = voice.time(live.ended_at.unwrap_or(live.requested_at));
    cells.extend([
        version(live, voice),
        voice.phrase("status-since").with("at", since).say(),
        live.deployment.to_string(),
        asked_by(live, voice),
    ]);
    cells
}

fn open_row(summary: &Summary, voice: &Voice) -> Vec<String> {
    let state = if summary.status == Status::Waiting && !summary.blockers.is_empty() {
        voice.phrase("status-waits-for").with("what", voice.blockers(&summary.blockers)).say()
    } else {
        voice.status(summary.status)
    };
    vec![
        summary.deployment.to_string(),
        voice.kind(&summary.kind),
        summary.service.to_string(),
        format!("{} → {}", version(summary, voice), summary.environment),
        asked_by(summary, voice),
        state,
    ]
}

fn past_row(summary: &Summary, voice: &Voice) -> Vec<String> {
    vec![
        summary.deployment.to_string(),
        voice.time(summary.ended_at.unwrap_or(summary.requested_at)),
        voice.status(summary.status),
        voice.kind(&summary.kind),
        version(summary, voice),
        asked_by(summary, voice),
    ]
}

fn asked_by(summary: &Summary, voice: &Voice) -> String {
    let requester = voice.person_or_erased(summary.requester.as_ref());
    voice.phrase("asked-by").with("requester", requester).say()
}

/// Returns the version, or what was asked for while the commit is not known.
pub(crate) fn version(summary: &Summary, voice: &Voice) -> String {
    match (&summary.commit, &summary.reference) {
        (Some(commit), reference) => voice.version(reference.as_deref(), commit),
        (None, Some(reference)) => inert(reference, REFERENCE_MAX),
        (None, None) => voice.word("version-default"),
    }
}
