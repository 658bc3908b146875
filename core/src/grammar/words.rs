//! A line as typed → words. What cannot be seen inside of one is told, never silently left out.

use crate::ids::ParameterName;
use crate::text::is_invisible;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As typed, with plain quotes, dashes and letters of normal width.
    pub text: String,
    /// The same in lower case, to compare with the words of patterns.
    pub word: String,
    /// Where it begins in the original line, in bytes.
    pub start: usize,
    /// Set when it reads `key=value`.
    pub parameter: Option<Typed>,
    /// Set when it must be typed again before anything is done with it.
    pub flaw: Option<Flaw>,
}

/// What makes a word something else than what one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Holds a character that cannot be seen.
    Hidden(char),
    /// Begins with a quote that is never closed.
    OpenQuote,
}

/// A `key=value` as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub name: ParameterName,
    pub value: String,
}

/// A character after normalisation and the bytes of the original that it stands for.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    character: char,
    start: usize,
    end: usize,
    /// A character that cannot be seen and stands at it.
    hidden: Option<char>,
}

/// Splits a line into words: at spaces, and where a Korean particle follows a name (`api를`).
pub(super) fn tokens(original: &str) -> Vec<Token> {
    let glyphs = glyphs(original);
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        if glyphs[at].character == ' ' {
            at += 1;
            continue;
        }
        let length = glyphs[at..].iter().take_while(|glyph| glyph.character != ' ').count();
        let word = &glyphs[at..at + length];
        if let Some((token, length)) = parameter(original, &glyphs[at..], length) {
            tokens.push(token);
            at += length;
            continue;
        }
        let (token, length) = quoted(&glyphs[at..]).unwrap_or_else(|| {
            let cut = particle(word).unwrap_or(length);
            (token(&word[..cut]), cut)
        });
        tokens.push(token);
        at += length;
    }
    tokens
}

/// Returns what stands inside of the quotes when they are around a whole line of more than one word.
pub(super) fn unwrapped(original: &str) -> &str {
    let glyphs = glyphs(original.trim());
    let inside = match quoted(&glyphs) {
        Some((token, length)) if length == glyphs.len() && token.text.contains(' ') => {
            glyphs[0].end..glyphs[length - 1].start
        }
        Some(_) | None => return original,
    };
    original.trim().get(inside).unwrap_or(original)
}

/// Returns the text without what cannot be seen; control characters become spaces.
pub(super) fn visible(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_invisible(*c));
    let spaced: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

/// Returns at most `most` characters of a text, with `…` where it was cut.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => text[..end].trim_end().to_owned() + "…",
    }
}

/// Returns the text in the characters that words are compared in.
pub(super) fn plain(text: &str) -> String {
    glyphs(text).iter().map(|glyph| glyph.character).collect::<String>().to_lowercase()
}

fn token(glyphs: &[Glyph]) -> Token {
    let text = characters(glyphs);
    let start = glyphs.first().map_or(0, |glyph| glyph.start);
    let hidden = glyphs.iter().find_map(|glyph| glyph.hidden);
    let opens = glyphs.first().is_some_and(|glyph| is_quote(glyph.character));
    let flaw = hidden.map(Flaw::Hidden).or(opens.then_some(Flaw::OpenQuote));
    Token { word: text.to_lowercase(), text, start, parameter: None, flaw }
}

fn characters(glyphs: &[Glyph]) -> String {
    glyphs.iter().map(|glyph| glyph.character).collect()
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// Reads a word in quotes at the start of the glyphs, with its length; inside it may hold spaces.
///
/// A quote inside of a word closes nothing, since a ref may have one.
fn quoted(glyphs: &[Glyph]) -> Option<(Token, usize)> {
    let quote = glyphs.first()?.character;
    if !is_quote(quote) {
        return None;
    }
    let ends = |next: Option<&Glyph>| {
        next.is_none_or(|next| " .!?~".contains(next.character) || is_hangul(next.character))
    };
    let closes = |at: &usize| glyphs[*at].character == quote && ends(glyphs.get(at + 1));
    let close = (1..glyphs.len()).find(closes)?;
    let whole = token(&glyphs[..=close]);
    let hidden = whole.flaw.filter(|flaw| matches!(flaw, Flaw::Hidden(_)));
    let text = characters(&glyphs[1..close]);
    Some((Token { word: text.to_lowercase(), text, flaw: hidden, ..whole }, close + 1))
}

/// Reads `key=value` at the start of the glyphs, where the first word has `length`; a quoted value may hold spaces.
///
/// In quotes the value is what was typed, as far as one can see it; without them it is read like any word.
fn parameter(original: &str, glyphs: &[Glyph], length: usize) -> Option<(Token, usize)> {
    let equals = glyphs[..length].iter().position(|glyph| glyph.character == '=')?;
    let name = ParameterName::new(characters(&glyphs[..equals]).to_ascii_lowercase()).ok()?;
    let first = equals + 1;
    let quote = glyphs[first..].first().map(|glyph| glyph.character);
    let Some(quote) = quote.filter(|quote| matches!(quote, '"' | '\'')) else {
        let value = characters(&glyphs[first..length]);
        let token = token(&glyphs[..length]);
        return Some((Token { parameter: Some(Typed { name, value }), ..token }, length));
    };
    let closes = |at: &usize| {
        let next = glyphs.get(at + 1).map(|glyph| glyph.character);
        glyphs[*at].character == quote && matches!(next, None | Some(' '))
    };
    let shown = token(&glyphs[..length]);
    let Some(close) = (first + 1..glyphs.len()).find(closes) else {
        let parameter = Some(Typed { name, value: String::new() });
        return Some((Token { parameter, flaw: Some(Flaw::OpenQuote), ..shown }, length));
    };
    let inside = original.get(glyphs[first].end..glyphs[close].start);
    let parameter = Some(Typed { name, value: inside.map(visible).unwrap_or_default() });
    let flaw = token(&glyphs[..first]).flaw;
    Some((Token { parameter, flaw, ..shown }, close + 1))
}

/// Returns where Hangul begins right after an ASCII letter or digit.
///
/// `api@기능` and `feature/로그인` stay whole, since a ref may be Korean.
fn particle(word: &[Glyph]) -> Option<usize> {
    let ascii = word.iter().take_while(|glyph| glyph.character.is_ascii()).count();
    let before = word.get(ascii.checked_sub(1)?)?.character;
    let after = word.get(ascii)?.character;
    (before.is_ascii_alphanumeric() && is_hangul(after)).then_some(ascii)
}

/// Normalises character by character.
///
/// Every kind of white space becomes a space. Characters that cannot be seen are taken out and noted
/// at their neighbour. Other control characters become U+FFFD, which no word and no name has: a
/// terminal may show such a line as something else, so it is refused.
fn glyphs(original: &str) -> Vec<Glyph> {
    let mut glyphs: Vec<Glyph> = Vec::with_capacity(original.len());
    let mut hidden = None;
    for (start, c) in original.char_indices() {
        if is_invisible(c) {
            if !is_part_of_an_emoji(c, glyphs.last()) {
                hidden = hidden.filter(|hidden| !is_left_by_chats(*hidden)).or(Some(c));
            }
            continue;
        }
        let end = start + c.len_utf8();
        let character = plain_character(c);
        let begins = glyphs.last().is_none_or(|last| last.character == ' ');
        if begins && character == ' ' {
            continue;
        }
        let at_an_edge = begins || character == ' ';
        let hidden = hidden.take().filter(|hidden| !(at_an_edge && is_left_by_chats(*hidden)));
        let glyph = Glyph { character, start, end, hidden };
        let composed = glyphs.last().and_then(|last| compose(last.character, character));
        match (composed, glyphs.last_mut()) {
            (Some(syllable), Some(last)) => {
                *last = Glyph { character: syllable, end, hidden: last.hidden.or(hidden), ..*last };
            }
            (_, Some(last)) if character == ' ' => {
                last.hidden = last.hidden.or(hidden);
                glyphs.push(Glyph { hidden: None, ..glyph });
            }
            _ => glyphs.push(glyph),
        }
        // Phones and editors write `--` as one long dash.
        if c == '—' {
            glyphs.push(Glyph { hidden: None, ..glyph });
        }
    }
    if let Some(last) = glyphs.last_mut() {
        last.hidden = last.hidden.or(hidden.filter(|hidden| !is_left_by_chats(*hidden)));
    }
    glyphs
}

fn plain_character(c: char) -> char {
    match c {
        c if c.is_whitespace() => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        '“' | '”' | '„' | '‟' | '″' | '＂' => '"',
        '‘' | '’' | '‚' | '‛' | '′' | '＇' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '﹣' | '－' => '-',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Byte order marks, zero-width spaces and word joiners: chats leave them beside mentions.
///
/// At the edge of a word they hide nothing. What turns letters around does, wherever it stands.
fn is_left_by_chats(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// Emoji are written with a selector of their look or with joiners; such a one is not hidden in a word.
fn is_part_of_an_emoji(c: char, before: Option<&Glyph>) -> bool {
    let symbol = |c: char| !c.is_ascii() && !c.is_alphanumeric();
    matches!(c, '\u{fe0f}' | '\u{200d}') && before.is_some_and(|glyph| symbol(glyph.character))
}

// The arithmetic of Hangul syllables: The Unicode Standard, section 3.12.
const SYLLABLE_FIRST: u32 = 0xac00;
const LEAD_FIRST: u32 = 0x1100;
const VOWEL_FIRST: u32 = 0x1161;
const TRAIL_BEFORE: u32 = 0x11a7;
const VOWELS: u32 = 21;
const TRAILS: u32 = 28;

/// Joins Hangul letters that macOS sends one by one into the syllable that they show as.
fn compose(last: char, next: char) -> Option<char> {
    let (last, next) = (u32::from(last), u32::from(next));
    if (LEAD_FIRST..LEAD_FIRST + 19).contains(&last)
        && (VOWEL_FIRST..VOWEL_FIRST + VOWELS).contains(&next)
    {
        let index = (last - LEAD_FIRST) * VOWELS + (next - VOWEL_FIRST);
        return char::from_u32(SYLLABLE_FIRST + index * TRAILS);
    }
    let open =
        (SYLLABLE_FIRST..=0xd7a3).contains(&last) && (last - SYLLABLE_FIRST).is_multiple_of(TRAILS);
    if open && (TRAIL_BEFORE + 1..TRAIL_BEFORE + TRAILS).contains(&next) {
        return char::from_u32(last + next - TRAIL_BEFORE);
    }
    None
}

/// Takes Hangul syllables apart, so that a slip in one letter counts as one letter.
pub(super) fn letters(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    for c in word.chars() {
        let Some(index) = u32::from(c).checked_sub(SYLLABLE_FIRST).filter(|_| c <= '\u{d7a3}')
        else {
            letters.push(c);
            continue;
        };
        let trail = index % TRAILS;
        letters.extend(char::from_u32(LEAD_FIRST + index / (VOWELS * TRAILS)));
        letters.extend(char::from_u32(VOWEL_FIRST + index / TRAILS % VOWELS));
        letters.extend(char::from_u32(TRAIL_BEFORE + trail).filter(|_| trail > 0));
    }
    letters
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{3131}'..='\u{318e}' | '\u{1100}'..='\u{11ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        tokens(line).into_iter().map(|token| token.text).collect()
    }

    /// Returns the value; `open` for one whose quote is never closed.
    fn value(line: &str) -> Option<String> {
        let token = tokens(line).pop()?;
        let value = token.parameter?.value;
        Some(if token.flaw == Some(Flaw::OpenQuote) { "open".into() } else { value })
    }

    fn hidden(line: &str) -> Vec<char> {
        let hidden = |token: &Token| match token.flaw {
            Some(Flaw::Hidden(c)) => Some(c),
            Some(Flaw::OpenQuote) | None => None,
        };
        tokens(line).iter().filter_map(hidden).collect()
    }

    #[test]
    fn a_line_is_split_into_the_words_that_one_sees() {
        for (line, expected) in [
            ("  deploy\tapi \n to\u{a0}prod\u{3000}", vec!["deploy", "api", "to", "prod"]),
            ("ｄｅｐｌｏｙ api", vec!["deploy", "api"]),
            ("\u{feff}deploy\u{200b} \u{2060}api\u{feff}", vec!["deploy", "api"]),
            ("deploy \"web\" “x” 'y' `z`", vec!["deploy", "web", "x", "y", "z"]),
            ("\"web\"을 `a b`!", vec!["web", "을", "a b", "!"]),
            ("deploy \"web to web@a\"b\";#", vec!["deploy", "\"web", "to", "web@a\"b\";#"]),
            ("deploy a\u{0}pi", vec!["deploy", "a\u{fffd}pi"]),
            ("deploy a\u{8}pi", vec!["deploy", "a\u{fffd}pi"]),
            ("x —dry–run −1", vec!["x", "--dry-run", "-1"]),
            ("api를 prod에 배포해줘", vec!["api", "를", "prod", "에", "배포해줘"]),
            ("#42를 승인", vec!["#42", "를", "승인"]),
            ("api@기능 api@v/로그인", vec!["api@기능", "api@v/로그인"]),
            ("\u{1107}\u{1162}\u{1111}\u{1169} \u{1105}\u{1169}\u{11af}", vec!["배포", "롤"]),
            ("?", vec!["?"]),
            ("", vec![]),
            (" \u{200b} ", vec![]),
        ] {
            assert_eq!(texts(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_parameter_keeps_what_its_quotes_hold() {
        for (line, expected) in [
            ("a=1", Some("1")),
            ("A=", Some("")),
            ("a=\"\"", Some("")),
            ("a=\"two words\"", Some("two words")),
            ("a=“two — ‘words’”", Some("two — ‘words’")),
            ("a='it's fine'", Some("it's fine")),
            ("a=b=c", Some("b=c")),
            ("a=v2를", Some("v2를")),
            ("a=\"two", Some("open")),
            ("=1", None),
            ("api@v=1", None),
        ] {
            assert_eq!(value(line), expected.map(str::to_owned), "{line:?}");
        }
    }

    #[test]
    fn what_hides_in_a_word_is_noted_and_what_chats_leave_beside_one_is_not() {
        for (line, expected) in [
            ("\u{200b}deploy\u{feff} \u{200b} api\u{2060}", ""),
            ("de\u{200b}ploy a\u{ad}pi", "\u{200b}\u{ad}"),
            ("\u{202e}api\u{202c} \u{2066} prod", "\u{202e}\u{2066}"),
            ("api prod\u{200f}", "\u{200f}"),
            ("\u{200b}\u{202e}api", "\u{202e}"),
            ("a\u{fe0f}pi 1\u{fe0f}", "\u{fe0f}\u{fe0f}"),
            ("\u{1112}\u{200b}\u{1161}", "\u{200b}"),
            ("“w\u{200d}eb” k\u{200b}=\"a\u{202e}b\"", "\u{200d}\u{200b}"),
            ("⚠\u{fe0f} 👩\u{200d}🚒 ok", ""),
        ] {
            assert_eq!(hidden(line), expected.chars().collect::<Vec<_>>(), "{line:?}");
        }
    }

    #[test]
    fn a_syllable_is_compared_by_its_letters() {
        assert_eq!(letters("배포a롤"), "\u{1107}\u{1162}\u{1111}\u{1169}a\u{1105}\u{1169}\u{11af}");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clip("배포", 2), "배포");
        assert_eq!(clip("배포해", 2), "배포…");
    }
}
