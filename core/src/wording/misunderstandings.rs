//! Telling somebody that a line was not understood, and how to say it.

use crate::request::SyntaxError;
use crate::wording::words::TITLE_MAX;
use crate::wording::{Voice, forms, size};

/// Returns the error in words.
pub(crate) fn error(error: &SyntaxError, voice: &Voice) -> String {
    match error {
        SyntaxError::Empty => voice.word("syntax-empty"),
        SyntaxError::TooLong { characters, most } => voice
            .phrase("syntax-too-long")
            .count("characters", size(*characters))
            .count("most", size(*most))
            .say(),
        SyntaxError::UnknownCommand { word, nearest: Some(nearest) } => voice
            .phrase("syntax-unknown-command-nearest")
            .quoted("word", word, TITLE_MAX)
            .quoted("nearest", nearest, TITLE_MAX)
            .say(),
        SyntaxError::UnknownCommand { word, nearest: None } => {
            voice.phrase("syntax-unknown-command").quoted("word", word, TITLE_MAX).say()
        }
        SyntaxError::Usage { command, usage, unexpected } => {
            let phrase = match unexpected {
                Some(word) => voice.phrase("syntax-unexpected").quoted("word", word, TITLE_MAX),
                None => voice.phrase("syntax-words-missing"),
            };
            with_usage(phrase.with("command", command).say(), usage, voice)
        }
        SyntaxError::Slot { command, slot, text, usage } => {
            // What a name is, the forms show; how a moment is written and which languages there are, they do not.
            let phrase = match slot.as_str() {
                "moment" => "syntax-slot-moment",
                "language" => "syntax-slot-language",
                _ => "syntax-slot", // Slots are named in manifests, by their texts.
            };
            let wrong = voice
                .phrase(phrase)
                .with("command", command)
                .with("slot", forms::slot(slot, voice))
                .quoted("text", text, TITLE_MAX)
                .say();
            with_usage(wrong, usage, voice)
        }
        SyntaxError::Hidden { word, character } => voice
            .phrase("syntax-hidden")
            .quoted("word", word, TITLE_MAX)
            .with("kind", voice.word(kind(*character)))
            .with("code", format!("U+{:04X}", u32::from(*character)))
            .say(),
        SyntaxError::OpenQuote { text } => {
            voice.phrase("syntax-open-quote").quoted("text", text, TITLE_MAX).say()
        }
        SyntaxError::Parameter { command, text } => voice
            .phrase("syntax-parameter")
            .with("command", command)
            .quoted("text", text, TITLE_MAX)
            .say(),
    }
}

/// Returns the word for the kind of a character that cannot be seen.
fn kind(hidden: char) -> &'static str {
    match hidden {
        '\u{ad}' => "hidden-soft-hyphen",
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "hidden-zero-width",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "hidden-direction"
        }
        '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            "hidden-variation"
        }
        _ => "hidden-other",
    }
}

fn with_usage(wrong: String, usage: &[String], voice: &Voice) -> String {
    if usage.is_empty() {
        return wrong;
    }
    let mut lines = vec![format!("{wrong} {}", voice.word("syntax-usage"))];
    let readable: Vec<String> =
        usage.iter().filter(|form| forms::is_for(form, voice.locale)).cloned().collect();
    let shown = if readable.is_empty() { usage } else { &readable };
    lines.extend(forms::in_order(shown, voice).into_iter().map(|form| format!("  {form}")));
    lines.join("\n")
}
