//! Slack's markup → the words that somebody typed.

/// Returns what was said to the bot: without the mentions of it in front, and with markup as it reads.
pub fn words(text: &str, bot_user: &str) -> String {
    as_read(without_address(text, bot_user)).trim().to_owned()
}

/// Returns the text after whatever only says to whom it is said.
fn without_address<'a>(text: &'a str, bot_user: &str) -> &'a str {
    let mut rest = text.trim_start();
    while let Some(after) = own_mention(rest, bot_user) {
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ','));
    }
    rest
}

fn own_mention<'a>(text: &'a str, bot_user: &str) -> Option<&'a str> {
    let (inside, after) = text.strip_prefix("<@")?.split_once('>')?;
    let (user, _) = halves(inside);
    (user == bot_user).then_some(after)
}

/// <https://docs.slack.dev/messaging/formatting-message-text>: a `<` that was typed arrives as
/// `&lt;`, so one that stands there begins markup.
fn as_read(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        read.push_str(&unescaped(before));
        let markup = after
            .split_once('>')
            .and_then(|(inside, behind)| shown(inside).map(|shown| (unescaped(&shown), behind)));
        // Where escaping is off, as for some slash commands, `<` may be one that was typed.
        let (shown, behind) = markup.unwrap_or_else(|| ("<".to_owned(), after));
        read.push_str(&shown);
        rest = behind;
    }
    read.push_str(&unescaped(rest));
    read
}

/// Returns how a piece of markup reads; `None` where it is none.
fn shown(inside: &str) -> Option<String> {
    if inside.contains('<') {
        return None;
    }
    let (target, label) = halves(inside);
    if let Some(user) = target.strip_prefix('@') {
        return Some(format!("@{}", label.unwrap_or(user)));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return Some(format!("#{}", label.unwrap_or(channel)));
    }
    if let Some(special) = target.strip_prefix('!') {
        return Some(label.map_or_else(|| format!("@{special}"), str::to_owned));
    }
    // Slack makes a link of `api.example.com` by itself; its label is what was typed.
    is_link(target).then(|| label.unwrap_or(target).to_owned())
}

/// Returns what markup points to, and how it reads where it says so.
fn halves(inside: &str) -> (&str, Option<&str>) {
    match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    }
}

fn is_link(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else { return false };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(allowed)
}

/// `&amp;` comes last, so that a typed `&lt;` stays one.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> String {
        words(text, "U0WILCO")
    }

    #[test]
    fn the_mention_in_front_is_no_word() {
        for text in [
            "<@U0WILCO> deploy api",
            "<@U0WILCO|wilco> deploy api",
            " <@U0WILCO>: deploy api ",
            "<@U0WILCO>, deploy api",
            "<@U0WILCO>\u{a0}<@U0WILCO> deploy api",
            "deploy api",
        ] {
            assert_eq!(said(text), "deploy api", "{text}");
        }
        assert_eq!(said("<@U0WILCO>"), "");
    }

    #[test]
    fn mentions_elsewhere_and_of_others_are_words() {
        assert_eq!(said("<@U1BEN> deploy api"), "@U1BEN deploy api");
        assert_eq!(said("ask <@U1BEN|ben> or <@U0WILCO>"), "ask @ben or @U0WILCO");
        assert_eq!(said("<@U0WILCOX> hi"), "@U0WILCOX hi");
        assert_eq!(said("in <#C1|general> or <#C2> or <#C3|>"), "in #general or #C2 or #C3");
        assert_eq!(said("<!here> <!subteam^S1|@sre> <!subteam^S1>"), "@here @sre @subteam^S1");
    }

    #[test]
    fn a_link_is_the_text_that_was_typed() {
        assert_eq!(
            said("deploy <http://api.example.com|api.example.com>"),
            "deploy api.example.com"
        );
        assert_eq!(said("<https://example.com/a?b=1&amp;c=2>"), "https://example.com/a?b=1&c=2");
        assert_eq!(said("<mailto:ana@example.com|ana@example.com>"), "ana@example.com");
    }

    #[test]
    fn escaping_is_undone_once() {
        assert_eq!(said("a &lt;b&gt; &amp;amp; &amp;lt;c&amp;gt;"), "a <b> &amp; &lt;c&gt;");
        assert_eq!(said("say &lt;@U1BEN&gt;"), "say <@U1BEN>");
        assert_eq!(said("&lt;@U0WILCO&gt; hi"), "<@U0WILCO> hi");
    }

    #[test]
    fn what_is_no_markup_stays() {
        for text in ["deploy <branch>", "a < b", "a > b", "<", "<>", "<a <b", "&nbsp;", "<1:2>"] {
            assert_eq!(said(text), text);
        }
        assert_eq!(said("a < <@U1BEN|ben>"), "a < @ben");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([<>@#!|&:^]|&amp;|&lt;|<@U0WILCO>|\\PC){0,40}") {
            said(&text);
        }

        #[test]
        fn what_was_typed_comes_back(typed in "[a-z<>&;@#|! ]{0,40}") {
            let escaped = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(said(&escaped), typed.trim());
        }
    }
}
