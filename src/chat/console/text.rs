//! Text on a terminal: what may be written there, how wide it is, and where a line ends.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Narrower terminals are treated as this wide; nothing readable fits them anyway.
const COLUMNS_MIN: usize = 20;

/// Returns the text with everything that could steer a terminal replaced; `\n` and `\t` stay.
///
/// Texts are inert when they come here; this holds even if one is not.
pub fn inert(text: &str) -> String {
    let steers = |c: char| {
        let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() && !matches!(c, '\n' | '\t')) || turns_direction
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Breaks a text into rows that fit the terminal: `lead` before the first, `hang` before the others.
pub fn wrap(text: &str, lead: &str, hang: &str, columns: usize) -> Vec<String> {
    // A character in the last column would leave the cursor in a state that terminals disagree on.
    let most = columns.max(COLUMNS_MIN) - 1;
    let mut rows = Vec::new();
    for line in inert(text).replace('\t', "    ").trim_end_matches('\n').split('\n') {
        let before = if rows.is_empty() { lead } else { hang };
        wrap_line(line, before, hang, most, &mut rows);
    }
    rows
}

fn wrap_line(line: &str, lead: &str, hang: &str, most: usize, rows: &mut Vec<String>) {
    let (mut row, mut used) = (lead.to_owned(), lead.width());
    let mut is_fresh = true;
    let mut next_row = |row: &mut String| {
        let full = std::mem::replace(row, hang.to_owned());
        rows.push(full.trim_end().to_owned());
        hang.width()
    };
    for word in line.split_inclusive(' ') {
        if !is_fresh && used + word.trim_end().width() > most {
            used = next_row(&mut row);
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > most && c != ' ' {
                used = next_row(&mut row);
            }
            row.push(c);
            used += wide;
        }
        is_fresh = false;
    }
    next_row(&mut row);
}

/// Returns the rows that a prompt with a typed line takes, as the line editor lays them out.
pub fn typed_rows(prompt: &str, line: &str, columns: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for c in inert(prompt).chars().chain(inert(line).chars()) {
        let wide = c.width().unwrap_or(0);
        if c == '\n' || used + wide > columns {
            rows.push(String::new());
            used = 0;
        }
        if c != '\n' {
            used += wide;
            if let Some(row) = rows.last_mut() {
                row.push(c);
            }
        }
    }
    if used == columns {
        // The editor moves on by itself when a row is full to the last column.
        rows.push(String::new());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        let text = inert("a\u{1b}[2Jb\u{9b}31m\r\u{7}\u{0}\u{202e}c\td\ne");
        assert_eq!(text.chars().filter(|c| c.is_control()).collect::<String>(), "\t\n");
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn no_row_is_as_wide_as_the_terminal_and_no_word_is_lost() {
        let text =
            "배포를 승인해 주세요 ✅ a-word-that-is-longer-than-any-row-of-this-terminal end";
        for columns in [0, 20, 21, 33, 80] {
            let rows = wrap(text, "  · ", "    ", columns);
            assert!(rows.iter().all(|row| row.width() < columns.max(20)), "{rows:?}");
            let said: String = rows.concat().replace([' ', '·'], "");
            assert_eq!(said, text.replace(' ', ""));
        }
    }

    #[test]
    fn lines_of_a_text_stay_lines() {
        assert_eq!(wrap("a\n  b\n", "· ", "  ", 80), ["· a", "    b"]);
        assert_eq!(wrap("", "", "", 80), [""]);
    }

    #[test]
    fn a_typed_line_takes_the_rows_that_the_editor_gives_it() {
        assert_eq!(typed_rows("> ", "abc", 10), ["> abc"]);
        assert_eq!(typed_rows("> ", "abcdefgh", 10), ["> abcdefgh", ""]);
        assert_eq!(typed_rows("> ", "abcdefghi", 10), ["> abcdefgh", "i"]);
        assert_eq!(typed_rows("> ", "abcdefg배", 10), ["> abcdefg", "배"]);
    }
}
