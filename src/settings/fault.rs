//! What is wrong in the configuration, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    pub file: PathBuf,
    /// From 1; 0 when the fault is the file itself.
    pub line: usize,
    /// In characters, from 1; 0 when the fault is the file itself.
    pub column: usize,
    pub message: String,
    pub next_step: Option<String>,
}

/// Proof that a fault has been noted, so that nothing unreadable is dropped in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

impl Fault {
    /// Says what is wrong with a file as a whole.
    pub fn of_file(
        file: &Path,
        message: impl AsRef<str>,
        next_step: Option<impl AsRef<str>>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            message: harmless(message.as_ref()),
            next_step: next_step.map(|step| harmless(step.as_ref())),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", harmless(&self.file.to_string_lossy()))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.next_step {
            Some(next_step) => write!(f, "; {next_step}"),
            None => Ok(()),
        }
    }
}

impl From<&Fault> for Reported {
    fn from(_: &Fault) -> Self {
        Self(())
    }
}

/// Returns the known word that was probably meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word: String = word.chars().take(WORD_LENGTH_MAX).flat_map(char::to_lowercase).collect();
    // Two slips in a short word make another word; a long one bears more.
    let most = word.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(&word, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

/// Longer words are compared by their beginning, so that a huge key costs nothing.
const WORD_LENGTH_MAX: usize = 80;

/// Quotes a text of the configuration, cut to what fits a line.
pub fn quote(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(WORD_LENGTH_MAX).collect();
    let more = if characters.next().is_some() { "…" } else { "" };
    format!("`{start}{more}`")
}

/// Joins known words for a sentence: `a, b, c`.
pub fn listed<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(", ")
}

/// Makes visible what would act on a terminal or hide in a line.
pub fn harmless(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_one_line_with_its_place() {
        let fault = Fault {
            file: "config/services.toml".into(),
            line: 12,
            column: 5,
            message: "unknown key `aprovers` in policy".into(),
            next_step: Some("did you mean `approvals`?".into()),
        };
        assert_eq!(
            fault.to_string(),
            "config/services.toml:12:5: unknown key `aprovers` in policy; did you mean `approvals`?"
        );
        let fault =
            Fault::of_file(Path::new("config/a\u{1b}.toml"), "has no\nending", None::<&str>);
        assert_eq!(fault.to_string(), "config/a\\u{1b}.toml: has no\\nending");
    }

    #[test]
    fn the_nearest_word_is_close_or_there_is_none() {
        let known = ["approvals", "from", "requester", "reject"];
        assert_eq!(nearest("aprovers", known), Some("approvals"));
        assert_eq!(nearest("Form", known), Some("from"));
        assert_eq!(nearest("slack", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
