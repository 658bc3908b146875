//! The forms of commands as a reader of each language would type them: one's own first.

use crate::notice::{HelpEntry, Locale};
use crate::text::inert;
use crate::wording::Voice;
use crate::wording::words::NAME_MAX;

/// A form of a command is shown up to this many characters.
const FORM_MAX: usize = 200;

/// Returns the forms of a command, those of the reader's language first.
pub(crate) fn of(entry: &HelpEntry, voice: &Voice) -> Vec<String> {
    let by_alias = entry.usage.first().and_then(|form| by_alias(entry, form, voice.locale));
    let all: Vec<String> = by_alias.into_iter().chain(entry.usage.iter().cloned()).collect();
    in_order(&all, voice)
}

/// Returns lines that one could type, those of the reader's language first.
pub(crate) fn in_order(lines: &[String], voice: &Voice) -> Vec<String> {
    let (own, others): (Vec<&String>, Vec<&String>) =
        lines.iter().partition(|line| is_korean(line) == (voice.locale == Locale::Ko));
    own.into_iter().chain(others).map(|line| shown(line, voice)).collect()
}

/// Tells whether somebody who reads this language would try this form.
pub(crate) fn is_for(form: &str, locale: Locale) -> bool {
    match locale {
        Locale::En => form.is_ascii(),
        Locale::Ko => true,
    }
}

/// Returns a form with another word for the command: `상태` for `status`.
///
/// A form with further English words, such as `to`, would be half of each language.
fn by_alias(entry: &HelpEntry, form: &str, locale: Locale) -> Option<String> {
    let alias = match locale {
        Locale::En => return None,
        Locale::Ko => entry.aliases.iter().find(|alias| is_korean(alias))?,
    };
    let rest = form.strip_prefix(entry.command.as_str())?;
    let is_slot = |word: &str| word.starts_with('<') && word.ends_with('>');
    rest.split_whitespace().all(is_slot).then(|| format!("{alias}{rest}"))
}

pub(crate) fn is_korean(text: &str) -> bool {
    text.contains(|c| matches!(c, '가'..='힣'))
}

/// Returns a form with the names of its slots in the reader's language.
fn shown(form: &str, voice: &Voice) -> String {
    let mut shown = String::new();
    let mut rest = form;
    while let Some((before, (name, after))) =
        rest.split_once('<').and_then(|(before, inside)| Some((before, inside.split_once('>')?)))
    {
        shown.extend([before, "<", &slot(name, voice), ">"]);
        rest = after;
    }
    shown.push_str(rest);
    if is_korean(form) {
        shown = shown.replace("[dry run]", &format!("[{}]", voice.word("form-dry-run")));
    }
    inert(&shown, FORM_MAX)
}

/// Returns what stands for something in a form. Its name comes from the grammar.
pub(crate) fn slot(name: &str, voice: &Voice) -> String {
    let id = match name {
        "service" => "slot-service",
        "environment" => "slot-environment",
        "version" => "slot-version",
        "deployment" => "slot-deployment",
        "from" => "slot-from",
        "to" => "slot-to",
        "reason" => "slot-reason",
        "moment" => "slot-moment",
        "command" => "slot-command",
        "request" => "slot-request",
        "language" => "slot-language",
        other => return inert(other, NAME_MAX).replace('`', "'"),
    };
    voice.word(id)
}
