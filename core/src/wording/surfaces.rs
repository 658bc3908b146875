//! Words around what a chat shows: its forms, and where a text had to be cut.

use crate::card::{Press, buttons};
use crate::ids::DeploymentId;
use crate::notice::Locale;
use crate::time::Timestamp;
use crate::wording::Voice;

/// The words of the form that asks why somebody rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonForm {
    pub title: String,
    /// The question with its hint.
    pub label: String,
    /// The two apart, for where there is only room for a few words.
    pub question: String,
    pub hint: String,
    pub submit: String,
    pub close: String,
}

/// Returns the form that asks why somebody rejects.
pub fn reason_form(deployment: DeploymentId, voice: &Voice) -> ReasonForm {
    let (question, hint) = (voice.word("form-reason-question"), voice.word("form-reason-hint"));
    ReasonForm {
        title: voice.phrase("form-reason-title").with("deployment", deployment).say(),
        label: format!("{question} {hint}"),
        question,
        hint,
        submit: voice.word("form-reason-submit"),
        close: voice.word("form-reason-close"),
    }
}

/// Returns what stands below a text that is longer than a chat takes.
pub fn cut_short(locale: Locale) -> String {
    timeless(locale).word("text-cut-short")
}

/// Returns what somebody reads who said something in a way that only they see.
pub fn heard(words: &str, locale: Locale) -> String {
    timeless(locale).phrase("text-heard").with("words", words).say()
}

/// Returns what somebody reads who left things as they are.
pub fn left_alone(locale: Locale) -> String {
    timeless(locale).word("text-left-alone")
}

/// The question before a button counts, for the one who pressed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sure {
    pub question: String,
    /// What to press for it to count.
    pub yes: String,
    /// What to press to leave things as they are.
    pub no: String,
}

/// Returns the question before a button counts, where a chat asks it once the button was pressed.
pub fn sure(press: Press, deployment: DeploymentId, locale: Locale) -> Option<Sure> {
    let id = match press {
        Press::Approve | Press::Reject | Press::Retry | Press::Deploy => return None,
        Press::Abort => "sure-abort",
        Press::RollBack => "sure-roll-back",
    };
    let voice = timeless(locale);
    let question = voice.phrase(id).with("deployment", deployment).say();
    let (yes, no) = (voice.word(buttons::label(press)), voice.word("confirm-no"));
    Some(Sure { question, yes, no })
}

/// For what has no time in it.
pub(super) fn timeless(locale: Locale) -> Voice {
    Voice { locale, timezone: chrono_tz::UTC, now: Timestamp(0) }
}
