//! Text as Slack shows it word for word: escaped, without anything that steers, cut to what Slack takes.
//!
//! `&`, `<` and `>` are all that Slack reads in a plain text: <https://docs.slack.dev/messaging/formatting-message-text>.
//! Without them there is no `<!channel>`, no `<@U…>` and no `<https://…|link>`.

use wilco_core::escaped::{self, Marks};
use wilco_core::ids::Account;
use wilco_core::text::inert_lines;

/// A text that can stand in a message as it is. Its length is counted as Slack gets it, in characters.
pub type Escaped = escaped::Escaped<Mrkdwn>;

/// What Slack reads in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mrkdwn;

/// Returns the text with its lines, at most `most` characters long.
pub fn lines(text: &str, most: usize) -> Escaped {
    Escaped::of(Mrkdwn::escape(&inert_lines(text, usize::MAX))).shortened(most)
}

/// Returns the text with its lines in pieces of at most `most` characters, divided between
/// lines where that is possible.
pub fn pieces(text: &str, most: usize) -> Vec<Escaped> {
    let escaped = Mrkdwn::escape(&inert_lines(text, usize::MAX));
    let mut pieces = Vec::new();
    let mut rest = escaped.trim_end();
    while rest.chars().nth(most).is_some() {
        let end = Mrkdwn::boundary(rest, most);
        // A line that begins so early leaves too little behind to divide there.
        let line_end = rest[..end].rfind('\n').filter(|at| *at > end / 2);
        let (piece, left) = rest.split_at(line_end.unwrap_or(end));
        pieces.push(Escaped::of(piece.trim_end().to_owned()));
        rest = left.strip_prefix('\n').unwrap_or(left);
        if end == 0 {
            return pieces; // Not even one character fits.
        }
    }
    pieces.push(Escaped::of(rest.to_owned()));
    pieces.retain(|piece| !piece.is_blank());
    pieces
}

/// Marks that Slack is to read: people who are called, and addresses that lead somewhere. Nothing that people
/// wrote gets into it, but for what has no mark in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called(String);

impl Called {
    /// Calls these people, and nobody else; what is no id of a person calls nobody.
    pub fn people(accounts: &[Account]) -> Self {
        let is_id = |user: &str| {
            !user.is_empty() && user.len() <= 32 && user.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let users = accounts.iter().map(|account| account.user.as_str()).filter(|user| is_id(user));
        Self(users.map(|user| format!("<@{user}>")).collect::<Vec<_>>().join(" "))
    }

    /// Leads to a page.
    pub fn page(url: &str) -> Self {
        let is_plain = |c: char| c.is_ascii_graphic() && !"<>|&".contains(c);
        let escaped = url.replace('&', "&amp;");
        let is_whole = url.starts_with("https://") && url.replace('&', "").chars().all(is_plain);
        Self(if is_whole { format!("<{escaped}>") } else { String::new() })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text with this behind it.
    pub fn behind(&self, text: String) -> String {
        if self.0.is_empty() { text } else { format!("{text} {}", self.0) }
    }
}

impl Marks for Mrkdwn {
    fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                c => escaped.push(c),
            }
        }
        escaped
    }

    fn length(text: &str) -> usize {
        text.chars().count()
    }

    fn boundary(escaped: &str, most: usize) -> usize {
        let end = escaped.char_indices().nth(most).map_or(escaped.len(), |(at, _)| at);
        // Every `&` begins an entity, since all others are escaped.
        match escaped[..end].rfind('&') {
            Some(begin) if !escaped[begin..end].contains(';') => begin,
            Some(_) | None => end,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells whether Slack shows the text word for word, and nothing in it was cut in two.
    pub(crate) fn is_word_for_word(text: &str) -> bool {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            let entity = ["&amp;", "&lt;", "&gt;"].iter().find(|e| rest[at..].starts_with(**e));
            let Some(entity) = entity else { return false };
            rest = &rest[at + entity.len()..];
        }
        let steers = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        !text.contains(['<', '>']) && !text.contains(steers)
    }

    /// What people could write to make Slack do something.
    pub(crate) fn hostile() -> impl Strategy<Value = String> {
        let bits = prop_oneof![
            "\\PC{0,12}",
            "[\\x00-\\x1f\\x7f-\\u{a0}]{1,3}",
            "[\\u{200b}-\\u{202e}\\u{2066}-\\u{2069}]{1,3}",
            Just("<!channel>".to_owned()),
            Just("<@U0123456789>".to_owned()),
            Just("<https://example.com|fine>".to_owned()),
            Just("&lt;!here&gt;".to_owned()),
            Just("*b* _i_ ~s~ `c` :tada:".to_owned()),
            Just("&&&<<<>>>".to_owned()),
            Just("\n".to_owned()),
        ];
        prop::collection::vec(bits, 0..20).prop_map(|bits| bits.concat())
    }

    #[test]
    fn a_text_is_never_cut_inside_an_entity_or_a_character() {
        let cut = |text, most| Escaped::line(text, most).as_str().to_owned();
        assert_eq!(cut("a<b", 6), "a&lt;b");
        assert_eq!(cut("a<b", 5), "a…");
        assert_eq!(cut("가<나다", 7), "가&lt;나다");
        assert_eq!(cut("가<나다라", 7), "가&lt;나…");
        assert_eq!(cut("<", 3), "…");
        assert_eq!(cut("<", 0), "");
    }

    #[test]
    fn nobody_is_called_and_nothing_is_linked() {
        let text = lines("<!channel> <@U1>\n<https://example.com|x> &lt;!here&gt;", 500);
        assert_eq!(
            text.as_str(),
            "&lt;!channel&gt; &lt;@U1&gt;\n&lt;https://example.com|x&gt; &amp;lt;!here&amp;gt;"
        );
    }

    #[test]
    fn pieces_end_where_lines_do() {
        let texts = |text, most| -> Vec<String> {
            pieces(text, most).into_iter().map(|piece| piece.as_str().to_owned()).collect()
        };
        assert_eq!(texts("first\nsecond\nthird", 12), ["first\nsecond", "third"]);
        assert_eq!(texts("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(texts("ab<cd", 4), ["ab", "&lt;", "cd"]);
        assert_eq!(texts(" \n ", 4), [""; 0]);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_shown_word_for_word(text in hostile(), most in 0_usize..200) {
            for escaped in [Escaped::line(&text, most), lines(&text, most)] {
                prop_assert!(is_word_for_word(escaped.as_str()), "{:?}", escaped);
                prop_assert!(escaped.length() <= most, "{:?}", escaped);
            }
            prop_assert!(!Escaped::line(&text, most).as_str().contains('\n'));
        }

        #[test]
        fn no_piece_is_too_long_and_nothing_is_lost(text in hostile(), most in 5_usize..60) {
            let pieces = pieces(&text, most);
            for piece in &pieces {
                prop_assert!(is_word_for_word(piece.as_str()), "{:?}", piece);
                prop_assert!(piece.length() <= most && !piece.is_blank(), "{:?}", piece);
            }
            let squeezed = |text: &str| -> String { text.split_whitespace().collect() };
            let said: String = pieces.iter().map(|piece| squeezed(piece.as_str())).collect();
            prop_assert_eq!(said, squeezed(&Mrkdwn::escape(&inert_lines(&text, usize::MAX))));
        }

        #[test]
        fn joined_lines_stay_whole(texts in prop::collection::vec(hostile(), 0..9), most in 0_usize..400) {
            let lines: Vec<Escaped> = texts.iter().map(|text| Escaped::line(text, 60)).collect();
            let (joined, fitted) = Escaped::joined(&lines, most);
            prop_assert!(joined.length() <= most);
            let expected: Vec<&str> = lines[..fitted].iter().map(Escaped::as_str).collect();
            prop_assert_eq!(joined.as_str(), expected.join("\n"));
        }
    }
}
