//! Words around what a chat shows: its forms, and where a text had to be cut.

use crate::ids::DeploymentId;
use crate::notice::Locale;
use crate::time::Timestamp;
use crate::wording::Voice;

/// The words of the form that asks why somebody rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonForm {
    pub title: String,
    pub label: String,
    pub submit: String,
    pub close: String,
}

/// Returns the form that asks why somebody rejects.
pub fn reason_form(deployment: DeploymentId, voice: &Voice) -> ReasonForm {
    ReasonForm {
        title: voice.phrase("form-reason-title").with("deployment", deployment).say(),
        label: voice.word("form-reason-label"),
        submit: voice.word("form-reason-submit"),
        close: voice.word("form-reason-close"),
    }
}

/// Returns what stands below a text that is longer than a chat takes.
pub fn cut_short(locale: Locale) -> String {
    // Nothing in it is a time.
    let voice = Voice { locale, timezone: chrono_tz::UTC, now: Timestamp(0) };
    voice.word("text-cut-short")
}
