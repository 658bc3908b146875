//! Text as Discord shows it word for word: escaped, without anything that steers, cut to what Discord takes.
//!
//! A backslash takes the meaning of whatever mark follows it:
//! <https://support.discord.com/hc/en-us/articles/210298617>. Without marks there is no mention, no link
//! behind other words, and no formatting that hides what stands there. What would mean nothing gets none,
//! since a notification may show the backslashes themselves.

use wilco_core::escaped::{self, Marks};
use wilco_core::text::{inert, inert_lines};

/// A text that can stand in a message as it is. Its length is counted in UTF-16, in which it is never less
/// than in code points, which Discord counts: <https://github.com/discord/discord-api-docs/issues/1315>.
pub type Escaped = escaped::Escaped<Markdown>;

/// What Discord reads in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Markdown;

impl Marks for Markdown {
    fn escape(text: &str) -> String {
        escape(text)
    }

    fn length(text: &str) -> usize {
        length(text)
    }

    fn boundary(escaped: &str, most: usize) -> usize {
        let end = units(escaped, most);
        let marks = escaped[..end].bytes().rev().take_while(|byte| *byte == b'\\').count();
        // A backslash that stands alone at the end would take the meaning of what follows.
        if end < escaped.len() && marks % 2 == 1 { end - 1 } else { end }
    }
}

/// Returns the text with its lines in pieces, each as long as there is room, divided between lines
/// where that is possible; and whether all of it fitted. Dots begin what goes on with a line.
pub fn pieces(text: &str, rooms: &[usize]) -> (Vec<Escaped>, Fit) {
    let escaped = escape(&inert_lines(text, usize::MAX));
    let mut pieces = Vec::new();
    let mut rest = escaped.trim_end();
    let mut dots = "";
    for room in rooms {
        let end = Markdown::boundary(rest, room.saturating_sub(length(dots)));
        if end == rest.len() {
            pieces.push(Escaped::of(format!("{dots}{rest}")));
            rest = "";
            break;
        }
        // A line that begins so early leaves too little behind to divide there.
        let line_end = rest[..end].rfind('\n').filter(|at| *at > end / 2);
        let (piece, left) = rest.split_at(line_end.unwrap_or(end));
        pieces.push(Escaped::of(format!("{dots}{}", piece.trim_end())));
        let line = left.strip_prefix('\n');
        // What stood within a line must not be read as the beginning of one.
        dots = if line.is_some() { "" } else { "…" };
        rest = line.unwrap_or(left);
    }
    pieces.retain(|piece| !piece.is_blank());
    (pieces, if rest.is_empty() { Fit::Whole } else { Fit::Cut })
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
    if length(&text) <= most {
        return text;
    }
    let mut kept = text[..units(&text, most.saturating_sub(1))].to_owned();
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// Returns a text of ours cut to at most `most`.
pub fn shortened(escaped: &str, most: usize) -> String {
    Escaped::of(escaped.to_owned()).shortened(most).as_str().to_owned()
}

/// Returns what people read of a text of ours.
pub fn as_read(escaped: &str) -> String {
    let mut read = String::with_capacity(escaped.len());
    let mut rest = escaped.chars();
    while let Some(c) = rest.next() {
        read.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    read
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

/// What stands before a character on its line. Some marks are only read where a line begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Digits,
    Words,
}

impl Before {
    fn and(self, c: char) -> Self {
        match (self, c) {
            (_, '\n') | (Self::Nothing, ' ') => Self::Nothing,
            (Self::Nothing | Self::Digits, '0'..='9') => Self::Digits,
            (Self::Nothing | Self::Digits | Self::Words, _) => Self::Words,
        }
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut before = Before::Nothing;
    for (at, c) in text.char_indices() {
        if is_mark(c, before, &text[at + c.len_utf8()..]) {
            escaped.push('\\');
        }
        escaped.push(c);
        before = before.and(c);
    }
    escaped
}

/// Tells whether Discord reads a character as anything but itself.
fn is_mark(c: char, before: Before, after: &str) -> bool {
    let ends_here = |rest: &str| rest.chars().next().is_none_or(char::is_whitespace);
    match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '@' | '[' | ']' => true,
        // A heading, a list, small print; `#42` is none of them.
        '#' => before == Before::Nothing && ends_here(after.trim_start_matches('#')),
        '-' | '+' => before == Before::Nothing && (ends_here(after) || after.starts_with('#')),
        // A numbered list, which would be numbered anew.
        '.' => before == Before::Digits && ends_here(after),
        // An address, of which Discord makes a link, or an emoji by its name.
        ':' => after.starts_with('/') || is_name(after),
        _ => false,
    }
}

/// Tells whether a text begins with a name that a colon ends.
fn is_name(text: &str) -> bool {
    let end = text.find(|c: char| c == ':' || c.is_whitespace());
    end.is_some_and(|end| end > 0 && text[end..].starts_with(':'))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells whether Discord shows a text as it reads without its backslashes.
    pub(crate) fn is_word_for_word(text: &str) -> bool {
        // What has a backslash means nothing, whatever it is.
        let mut bare = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' if rest.next().is_some_and(|c| c.is_ascii_punctuation()) => bare.push('§'),
                '\\' => return false,
                c => bare.push(c),
            }
        }
        let steers = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        // `:`, some letters, and `:` again.
        let named = |word: &str| {
            let parts: Vec<&str> = word.split(':').collect();
            parts.len() > 2 && parts[1..parts.len() - 1].iter().any(|name| !name.is_empty())
        };
        !bare.contains(['*', '_', '~', '`', '|', '<', '>', '@', '[', ']'])
            && !bare.contains(steers)
            && !bare.contains("://")
            && !bare.split(|c: char| c.is_whitespace() || c == '§').any(named)
            && !lines(&bare).any(|(line, below)| begins_something(line, below))
    }

    /// Returns each line, and what stands below it.
    fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = Some(text);
        std::iter::from_fn(move || {
            let (line, below) =
                rest?.split_once('\n').map_or((rest?, None), |(line, below)| (line, Some(below)));
            rest = below;
            Some((line.trim_start(), below.unwrap_or_default()))
        })
    }

    fn begins_something(line: &str, below: &str) -> bool {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = first.strip_suffix('.').unwrap_or_default();
        let is_mark = (!first.is_empty() && first.chars().all(|c| c == '#'))
            || matches!(first, "-" | "+")
            || first.starts_with("-#")
            || (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
        // A mark alone, with nothing behind it, is read as itself.
        is_mark && !(rest.trim().is_empty() && below.trim().is_empty())
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
            Just(" -# ".to_owned()),
            Just("\n- ".to_owned()),
            Just("\n 12. ".to_owned()),
            Just(":tada:".to_owned()),
            Just("🚀👩‍👩‍👧가".to_owned()),
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
            ("##\n -# z\n+ y", "\\##\n \\-# z\n\\+ y"),
            ("1. a\n20. b\n3.", "1\\. a\n20\\. b\n3\\."),
            ("ok :tada: :a:b:", "ok \\:tada: \\:a\\:b:"),
        ] {
            assert_eq!(escape(text), shown);
            assert_eq!(as_read(shown), text);
        }
    }

    #[test]
    fn what_means_nothing_to_discord_gets_no_backslash() {
        for text in ["#42 api: x", "a-b: c", "-1 +1", "1.5 of 2. in v1.2.3", "14:05, a: b: :", "…"]
        {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn a_piece_does_not_begin_a_line_that_began_before_it() {
        let (pieces, fit) = pieces("aaaa # b", &[5, 5, 5]);
        let pieces: Vec<&str> = pieces.iter().map(Escaped::as_str).collect();
        assert_eq!((pieces, fit), (vec!["aaaa", "…# b"], Fit::Whole));
    }

    #[test]
    fn what_is_too_long_ends_with_dots_even_where_nothing_is_escaped() {
        assert_eq!(unmarked("🚀🚀🚀", 4), "🚀…");
        assert_eq!((unmarked("🚀", 1).as_str(), unmarked("", 9).as_str()), ("…", "…"));
        assert_eq!(unmarked("🚀🚀", 4), "🚀🚀");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_shown_word_for_word_and_fits(text in hostile(), most in 0..60usize) {
            let line = Escaped::line(&text, most);
            prop_assert!(line.length() <= most);
            prop_assert!(is_word_for_word(line.as_str()), "{:?}", line);
            let (pieces, _) = pieces(&text, &[most, 9, most]);
            for piece in pieces {
                prop_assert!(piece.length() <= most.max(9));
                prop_assert!(is_word_for_word(piece.as_str()), "{:?}", piece);
            }
            let unmarked = unmarked(&text, most);
            prop_assert!(length(&unmarked) <= most && (most == 0 || !unmarked.trim().is_empty()));
        }

        #[test]
        fn what_is_escaped_reads_as_it_was_written(text in "[a-z0-9#.:/@*\\\\+ \n-]{0,60}") {
            let escaped = escape(&text);
            prop_assert!(is_word_for_word(&escaped), "{:?}", escaped);
            prop_assert_eq!(as_read(&escaped), text);
        }

        #[test]
        fn pieces_that_fit_lose_nothing(text in "[a-z*_\\\\@ \n]{0,80}") {
            let (pieces, fit) = pieces(&text, &[40, 400, 400]);
            prop_assert_eq!(fit, Fit::Whole);
            let joined: String = pieces.iter().map(Escaped::as_str).collect();
            let bare = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '…', "");
            prop_assert_eq!(bare(&joined), bare(&escape(&inert_lines(&text, usize::MAX))));
        }
    }
}
