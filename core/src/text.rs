//! Makes text that people and repositories wrote harmless before it gets into a sentence of ours.

/// Returns the text on one line, without anything that could steer a terminal or hide what is read,
/// cut to `most` characters.
///
/// Line breaks and runs of spaces become one space. Markup of a chat platform is not escaped here:
/// only its adapter knows it.
pub fn inert(text: &str, most: usize) -> String {
    // Nothing past this can be kept; a hostile text must not cost more than it shows.
    let bounded = head(text, most.saturating_mul(16).max(4096));
    let mut words = String::new();
    for word in visible(bounded).split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    if words.chars().nth(most).is_none() {
        return words;
    }
    let mut cut: String = words.chars().take(most.saturating_sub(1)).collect();
    if most > 0 {
        cut.push('…');
    }
    cut
}

/// Returns the same as [`inert`] with its lines kept, cut to the last `most` characters.
///
/// The end is kept because that is where a log says what went wrong.
pub fn inert_lines(text: &str, most: usize) -> String {
    let bounded = tail(text, most.saturating_mul(16).max(4096));
    let visible = visible(bounded);
    let lines: Vec<&str> = visible.lines().map(str::trim_end).collect();
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    let length = text.chars().count();
    if length <= most {
        return text.into();
    }
    let kept: String = text.chars().skip(length.saturating_sub(most.saturating_sub(1))).collect();
    if most == 0 { String::new() } else { format!("…{kept}") }
}

/// Returns how many columns of a terminal the text takes: wide characters take two.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// Returns what a reader would see: no escape sequences, no control characters but `\n`, nothing invisible.
fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}' => {
                rest = after_escape(c, rest);
            }
            '\r' if rest.starts_with('\n') => {}
            // A lone carriage return is how progress bars begin their line anew.
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => seen.push('\n'),
            '\t' => seen.push_str("    "),
            c if c.is_control() || is_invisible(c) => {}
            c if c.is_whitespace() => seen.push(' '),
            c => seen.push(c),
        }
    }
    seen
}

/// Returns what follows an escape sequence that `introducer` begins.
///
/// A sequence that does not end where it should hides nothing: only its beginning is dropped.
fn after_escape(introducer: char, rest: &str) -> &str {
    let (kind, body) = match introducer {
        '\u{1b}' => match rest.chars().next() {
            Some(kind @ ('[' | ']' | 'P' | 'X' | '^' | '_')) => (kind, &rest[1..]),
            // Two or three characters, such as `ESC c` and `ESC ( B`.
            Some(' '..='/') => return rest.trim_start_matches(|c| matches!(c, ' '..='/')),
            Some('0'..='~') => return &rest[1..],
            Some(_) | None => return rest,
        },
        '\u{9b}' => ('[', rest),
        _ => (']', rest),
    };
    if kind == '[' {
        let end = body.find(|c| !matches!(c, ' '..='?')).unwrap_or(body.len());
        let ends_well = body[end..].starts_with(|c| matches!(c, '@'..='~'));
        return if ends_well { &body[end + 1..] } else { body };
    }
    let line_end = body.find(['\n', '\r']).unwrap_or(body.len());
    for (end, c) in body[..line_end].char_indices() {
        match c {
            '\u{7}' | '\u{9c}' => return &body[end + c.len_utf8()..],
            '\u{1b}' if body[end + 1..].starts_with('\\') => return &body[end + 2..],
            '\u{1b}' => return body,
            _ => {}
        }
    }
    body
}

/// Tells whether a character shows nothing of its own or changes how its neighbours are shown.
///
/// Format characters and default ignorables of Unicode 16, and the blanks that are letters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{8e2}' | '\u{feff}'
        | '\u{600}'..='\u{605}' | '\u{6dd}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// East Asian wide and full-width characters, and the emoji that terminals draw in two columns.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{2705}' | '\u{274c}' | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}' | '\u{a960}'..='\u{a97c}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells whether a text holds something that it must not.
    pub(crate) fn is_harmless(text: &str) -> bool {
        !text.chars().any(|c| (c.is_control() && c != '\n') || is_invisible(c))
    }

    #[test]
    fn what_steers_a_terminal_is_gone() {
        for (text, expected) in [
            ("a\u{1b}[31mred\u{1b}[0m", "ared"),
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "alink"),
            ("a\u{9b}31mred", "ared"),
            ("a\u{1b}(Bb", "aBb"),
            ("a\u{1b}cb", "ab"),
            ("nul\0byte\u{7f}\u{8}", "nulbyte"),
            ("one\r\ntwo\n\n three\u{2028}four\tfive", "one two three four five"),
        ] {
            assert_eq!(inert(text, 80), expected, "{text:?}");
        }
    }

    #[test]
    fn an_escape_that_never_ends_hides_nothing() {
        assert_eq!(inert("a\u{1b}]0;rm -rf", 80), "a0;rm -rf");
        assert_eq!(inert("a\u{1b}[3;5\u{e9}b", 80), "a3;5\u{e9}b");
        assert_eq!(inert("a\u{1b}", 80), "a");
    }

    #[test]
    fn what_hides_or_turns_letters_is_gone() {
        assert_eq!(inert("ma\u{200b}in\u{202e}cod\u{2066}x\u{feff}\u{3164}", 80), "maincodx");
        assert_eq!(inert("배포\u{200d} 완료 ✅\u{fe0f}", 80), "배포 완료 ✅");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(inert("가나다라마", 5), "가나다라마");
        assert_eq!(inert("가나다라마바", 5), "가나다라…");
        assert_eq!(inert("가나", 1), "…");
        assert_eq!(inert("가나", 0), "");
    }

    #[test]
    fn a_log_keeps_its_lines_and_its_end() {
        assert_eq!(
            inert_lines("\n10%\r20%\r\nerror: \u{1b}[1mno\u{1b}[0m \n\n", 80),
            "10%\n20%\nerror: no"
        );
        assert_eq!(inert_lines("first\nlast", 5), "…last");
        assert_eq!(inert_lines("a", 0), "");
    }

    #[test]
    fn korean_takes_two_columns_a_letter() {
        assert_eq!(width("api 배포"), 8);
        assert_eq!(width("→ …"), 3);
    }

    proptest! {
        #[test]
        fn nothing_harmful_comes_out(text in "(\\PC|[\\x00-\\x1f\\x7f-\\u{a0}]|[\\u{200b}-\\u{202e}]|\u{1b}\\[|\u{1b}\\]){0,60}", most in 0_usize..40) {
            let line = inert(&text, most);
            prop_assert!(is_harmless(&line) && !line.contains('\n'), "{:?}", line);
            prop_assert!(line.chars().count() <= most);
            let lines = inert_lines(&text, most);
            prop_assert!(is_harmless(&lines), "{:?}", lines);
            prop_assert!(lines.chars().count() <= most);
            prop_assert_eq!(inert(&line, most), line);
        }

        #[test]
        fn plain_words_stay_as_they_are(text in "[a-z가-힣0-9./#-]{1,20}( [a-z가-힣]{1,9}){0,3}") {
            prop_assert_eq!(inert(&text, 200), text.clone());
            prop_assert_eq!(inert_lines(&text, 200), text);
        }
    }
}
