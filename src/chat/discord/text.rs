//! Text as Discord shows it word for word: escaped, without anything that steers, cut to what Discord takes.
//!
//! A backslash takes the meaning of whatever mark follows it:
//! <https://support.discord.com/hc/en-us/articles/210298617>. Without marks there is no mention, no link
//! behind other words, and no formatting that hides what stands there.

use wilco_core::text::{inert, inert_lines};

/// A text that can stand in a message as it is. Its length is counted in UTF-16, in which it is never less
/// than in any other way in which Discord may count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escaped(String);

impl Escaped {
    /// Returns the text on one line, at most `most` long.
    pub fn line(text: &str, most: usize) -> Self {
        Self(escape(&inert(text, most))).shortened(most)
    }

    /// Returns the text with its lines in pieces, each as long as there is room, divided between lines
    /// where that is possible; and whether all of it fitted.
    pub fn pieces(text: &str, rooms: &[usize]) -> (Vec<Self>, Fit) {
        let escaped = escape(&inert_lines(text, usize::MAX));
        let mut pieces = Vec::new();
        let mut rest = escaped.trim_end();
        for room in rooms {
            let end = boundary(rest, *room);
            if end == rest.len() {
                pieces.push(Self(rest.to_owned()));
                rest = "";
                break;
            }
            // A line that begins so early leaves too little behind to divide there.
            let line_end = rest[..end].rfind('\n').filter(|at| *at > end / 2);
            let (piece, left) = rest.split_at(line_end.unwrap_or(end));
            pieces.push(Self(piece.trim_end().to_owned()));
            rest = left.strip_prefix('\n').unwrap_or(left);
        }
        pieces.retain(|piece| !piece.is_blank());
        (pieces, if rest.is_empty() { Fit::Whole } else { Fit::Cut })
    }

    /// Returns the texts as lines of one, with as many as fit into `most`, and how many did.
    pub fn joined(lines: &[Self], most: usize) -> (Self, usize) {
        let (mut text, mut length) = (String::new(), 0);
        for (number, line) in lines.iter().enumerate() {
            let added = line.length() + usize::from(number > 0);
            if length + added > most {
                return (Self(text), number);
            }
            if number > 0 {
                text.push('\n');
            }
            text.push_str(&line.0);
            length += added;
        }
        (Self(text), lines.len())
    }

    /// Returns the same, cut to at most `most`.
    #[must_use]
    pub fn shortened(self, most: usize) -> Self {
        if self.length() <= most {
            return self;
        }
        let mut kept = self.0[..boundary(&self.0, most.saturating_sub(1))].to_owned();
        if most > 0 {
            kept.push('…');
        }
        Self(kept)
    }

    /// Returns the same, or dots where nothing is to see. Discord refuses what is empty.
    #[must_use]
    pub fn or_dots(self) -> Self {
        if self.is_blank() { Self("…".into()) } else { self }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn length(&self) -> usize {
        length(&self.0)
    }

    /// Tells whether there is nothing to see.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// Whether a text was taken whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Whole,
    Cut,
}

/// Returns words for where Discord reads no marks: footers, buttons, forms, names of threads.
pub fn unmarked(text: &str, most: usize) -> String {
    let text = inert(text, most);
    let text = if text.is_empty() { "…".to_owned() } else { text };
    let end = units(&text, most);
    text[..end].to_owned()
}

fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Returns where at most `most` of a text end.
fn units(text: &str, most: usize) -> usize {
    let mut left = most;
    for (at, c) in text.char_indices() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => return at,
        }
    }
    text.len()
}

/// Returns where at most `most` of an escaped text end, outside of its escapes.
fn boundary(escaped: &str, most: usize) -> usize {
    let end = units(escaped, most);
    let marks = escaped[..end].bytes().rev().take_while(|byte| *byte == b'\\').count();
    // A backslash that stands alone at the end would take the meaning of what follows.
    if end < escaped.len() && marks % 2 == 1 { end - 1 } else { end }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut begins_line = true;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_mark = match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '@' | '[' | ']' => true,
            // A heading, a list and small print are only read where a line begins.
            '#' | '-' | '+' => begins_line,
            // What follows makes it an address, of which Discord makes a link.
            ':' => rest.peek() == Some(&'/'),
            _ => false,
        };
        if is_mark {
            escaped.push('\\');
        }
        escaped.push(c);
        begins_line = c == '\n' || (begins_line && c == ' ');
    }
    escaped
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells whether every mark in a text has its backslash.
    pub(crate) fn is_word_for_word(text: &str) -> bool {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' if rest.next().is_some_and(|c| c.is_ascii_punctuation()) => {}
                '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '@' | '[' | ']' => return false,
                _ => {}
            }
        }
        let steers = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        !text.replace("\\:", "").contains("://") && !text.contains(steers)
    }

    /// What people could write to make Discord do something.
    pub(crate) fn hostile() -> impl Strategy<Value = String> {
        let bits = prop_oneof![
            "\\PC{0,12}",
            "[\\x00-\\x1f\\x7f-\\u{a0}]{1,3}",
            "[\\u{200b}-\\u{202e}\\u{2066}-\\u{2069}]{1,3}",
            Just("@everyone".to_owned()),
            Just("<@100000000000000001>".to_owned()),
            Just("<@&700000000000000002>".to_owned()),
            Just("[fine](https://example.com)".to_owned()),
            Just("```\n".to_owned()),
            Just("\\".to_owned()),
            Just("||*_~`".to_owned()),
            Just("\n# ".to_owned()),
        ];
        prop::collection::vec(bits, 0..12).prop_map(|bits| bits.concat())
    }

    #[test]
    fn marks_are_shown_and_do_nothing() {
        for (text, shown) in [
            ("@everyone", "\\@everyone"),
            ("<@1> *b*", "\\<\\@1\\> \\*b\\*"),
            ("[a](https://b)", "\\[a\\](https\\://b)"),
            ("# x - y\n- z", "\\# x - y\n\\- z"),
            ("a-b: c", "a-b: c"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_shown_word_for_word_and_fits(text in hostile(), most in 0..60usize) {
            let line = Escaped::line(&text, most);
            prop_assert!(line.length() <= most);
            prop_assert!(is_word_for_word(line.as_str()), "{:?}", line);
            let (pieces, _) = Escaped::pieces(&text, &[most, 9, most]);
            for piece in pieces {
                prop_assert!(piece.length() <= most.max(9));
                prop_assert!(is_word_for_word(piece.as_str()), "{:?}", piece);
            }
            prop_assert!(length(&unmarked(&text, most)) <= most);
        }

        #[test]
        fn pieces_that_fit_lose_nothing(text in "[a-z*_\\\\@ \n]{0,80}") {
            let (pieces, fit) = Escaped::pieces(&text, &[40, 400, 400]);
            prop_assert_eq!(fit, Fit::Whole);
            let joined: String = pieces.iter().map(Escaped::as_str).collect();
            let bare = |text: &str| text.replace(char::is_whitespace, "");
            prop_assert_eq!(bare(&joined), bare(&escape(&inert_lines(&text, usize::MAX))));
        }
    }
}
