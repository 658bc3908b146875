//! Puts what we say into words: meaning in, a text in somebody's language out.
//!
//! The sentences live in `locales/`. Markup of the chat platforms is the adapters' business: what
//! comes from here is plain text, and whatever people or repositories wrote in it is inert.

mod answers;
pub(crate) mod board;
pub(crate) mod codes;
mod forms;
pub(crate) mod language;
pub(crate) mod lexicon;
pub(crate) mod log;
mod misunderstandings;
pub mod offers;
pub mod particle;
mod record;
mod refusals;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod shipping;
pub mod surfaces;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use chrono_tz::Tz;

use crate::ids::{DeploymentId, PersonName};
use crate::notice::{Locale, Notice};
use crate::time::Timestamp;

/// In which language, and on whose wall clock, something is said.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    pub locale: Locale,
    pub timezone: Tz,
    pub now: Timestamp,
}

/// Returns the notice in words; answers that list something have several lines.
pub fn say(notice: &Notice, voice: &Voice) -> String {
    let about = |id, deployment: &DeploymentId| log::about(id, *deployment, voice);
    let by = |id, deployment, by: &PersonName| about(id, deployment).with("by", by);
    let because = |id, deployment, reason: &str| {
        about(id, deployment).with("reason", voice.reason(reason)).say()
    };
    match notice {
        Notice::Refused { refusal } => refusals::refusal(refusal, voice),
        Notice::NotUnderstood { error } => misunderstandings::error(error, voice),
        Notice::Approved { deployment, by: who, have, need } => {
            by("log-approved", deployment, who).count("have", *have).count("need", *need).say()
        }
        Notice::VoteWithdrawn { deployment, by: who, have, need } => {
            let withdrawn = by("log-vote-withdrawn", deployment, who);
            withdrawn.count("have", *have).count("need", *need).say()
        }
        Notice::VotesVoided { deployment, moved, voided } => {
            let void = about("log-votes-voided", deployment).count("voided", *voided);
            void.with("parts", voice.parts(moved)).say()
        }
        Notice::GatesOpened { deployment, approvers } => log::gates(*deployment, approvers, voice),
        Notice::Rejected { deployment, by: who, reason: None } => {
            by("log-rejected", deployment, who).say()
        }
        Notice::Rejected { deployment, by: who, reason: Some(reason) } => {
            let rejected = by("log-rejected-because", deployment, who);
            rejected.with("reason", voice.reason(reason)).say()
        }
        Notice::Cancelled { deployment, by: who } => by("log-cancelled", deployment, who).say(),
        Notice::CancelAsked { deployment, by: who } => {
            by("log-cancel-asked", deployment, who).say()
        }
        Notice::Expired { deployment } => about("log-expired", deployment).say(),
        Notice::Obstructed { deployment, obstacle } => {
            let deployment = deployment.to_string();
            log::obstacle(obstacle, &log::OBSTACLES, voice).with("deployment", deployment).say()
        }
        Notice::StartUnknown { deployment, reason } => {
            because("log-start-unknown", deployment, reason)
        }
        Notice::WrongCommit { deployment, sealed, reported } => {
            let alarm = about("log-wrong-commit", deployment).with("sealed", sealed.short());
            alarm.with("reported", reported.short()).say()
        }
        Notice::RunEnded { .. } => log::run_ended(notice, voice),
        Notice::GaveUp { deployment, effect, reason } => {
            log::gave_up(*deployment, effect, reason, voice)
        }
        Notice::NewsAgain { attempt } => {
            voice.phrase("log-news-again").with("attempt", attempt).say()
        }
        Notice::NewsFailed { attempt } => {
            voice.phrase("log-news-failed").count("attempt", *attempt).say()
        }
        Notice::NewsMended { commit } => log::mended(commit.as_ref(), voice),
        Notice::NewsWithdrawn => voice.word("log-news-withdrawn"),
        Notice::OfferOver => voice.word("answer-offer-over"),
        Notice::OfferTaken { deployment } => about("answer-offer-taken", deployment).say(),
        Notice::OfferLive { deployment } => about("answer-offer-live", deployment).say(),
        Notice::Help { commands } => answers::help(commands, voice),
        Notice::HelpCommand { entry, examples } => answers::help_command(entry, examples, voice),
        Notice::Whoami { account, person, roles } => {
            answers::whoami(account, person.as_ref(), roles, voice)
        }
        Notice::Language { locale, because, nobody } => {
            language::used(*locale, *because, nobody.as_ref(), voice)
        }
        Notice::LanguageChosen { locale, because } => language::chosen(*locale, *because, voice),
        Notice::Can { refusal, command, policy } => {
            answers::can(refusal.as_ref(), command, policy.as_ref(), voice)
        }
        Notice::Noted { deployment } => about("answer-noted", deployment).say(),
        Notice::StillApproved { deployment } => about("answer-still-approved", deployment).say(),
        Notice::ReasonNotAsked { deployment } => about("answer-reason-not-asked", deployment).say(),
        Notice::Status { board, open, more } => board::status(board, open, *more, voice),
        Notice::Live { .. } => board::live(notice, voice),
        Notice::Changes { .. } => shipping::changes(notice, voice),
        Notice::History { .. } => board::history(notice, voice),
        Notice::Why { .. } => answers::why(notice, voice),
        Notice::Audit { deployment, rows } => record::audit(*deployment, rows, voice),
        Notice::Timeline { deployment, rows } => record::timeline(*deployment, rows, voice),
        Notice::DryRun { .. } => shipping::dry_run(notice, voice),
        Notice::LookupFailed { reason } => {
            voice.phrase("answer-lookup-failed").with("reason", voice.reason(reason)).say()
        }
    }
}

/// Returns a length as the number by which a language chooses its words.
pub(crate) fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Returns the rows as indented lines with their columns aligned, two spaces apart.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    use crate::text::width;
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, column) in row.iter().zip(&widths).filter(|(_, column)| **column > 0) {
                line.push_str("  ");
                line.push_str(cell);
                line.push_str(&" ".repeat(column - width(cell)));
            }
            line.trim_end().into()
        })
        .collect()
}
