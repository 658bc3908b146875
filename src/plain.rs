//! Text from outside made harmless to show: no escape sequences, no control characters, no hidden marks.

use std::iter::Peekable;
use std::str::Chars;

/// Returns the line as a terminal would leave it, without anything that steers, hides or turns text round.
pub fn plain(line: &str) -> String {
    // A progress bar writes over itself: what counts is what stood there last.
    let last = line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or("");
    let mut text = String::with_capacity(last.len());
    let mut characters = last.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\u{9b}' => skip_control_sequence(&mut characters),
            '\t' => text.push(' '),
            c if c.is_control() || is_hidden(c) => {}
            c => text.push(c),
        }
    }
    text
}

/// Returns the beginning of the text, at most this many bytes, cut on a character boundary.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// Reads bytes as text; when they were cut, a character that is not whole at their end is left out.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Marks that have no width or change the direction of what follows.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// <https://ecma-international.org/publications-and-standards/standards/ecma-48/>
fn skip_escape(characters: &mut Peekable<Chars<'_>>) {
    match characters.next() {
        Some('[') => skip_control_sequence(characters),
        Some(']' | 'P' | 'X' | '^' | '_') => skip_control_string(characters),
        Some(' '..='/') => {
            while characters.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            characters.next();
        }
        Some(_) | None => {}
    }
}

fn skip_control_sequence(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    characters.next_if(|c| matches!(c, '@'..='~'));
}

fn skip_control_string(characters: &mut Peekable<Chars<'_>>) {
    while let Some(character) = characters.next() {
        if character == '\u{7}' || character == '\u{9c}' {
            return;
        }
        if character == '\u{1b}' {
            characters.next_if_eq(&'\\');
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_cannot_steer_a_terminal() {
        for (given, expected) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("a\u{202e}b\u{2066}c\u{200b}d\0e\u{9b}31mf", "abcdef"),
            ("10%\r50%\r100%\r", "100%"),
            ("a\tb", "a b"),
            ("배포 ✅", "배포 ✅"),
            ("\u{1b}", ""),
            ("\u{1b}]never ends", ""),
        ] {
            assert_eq!(plain(given), expected, "{given:?}");
        }
    }

    #[test]
    fn text_is_cut_on_a_character_boundary() {
        assert_eq!(cut("배포", 4), "배");
        assert_eq!(text_of(&"배포".as_bytes()[..4]), "배");
        assert_eq!(text_of(&[0xff, b'a']), "\u{fffd}a");
    }
}
