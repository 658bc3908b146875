//! The pattern language of manifests: `[please] deploy <service> [to|in] <environment>`.

use std::collections::BTreeSet;

use super::nearest::nearest;
use super::words;

/// A place in a pattern that something typed fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Service,
    Environment,
    Version,
    /// `<service>@<version>`, in one word.
    ServiceVersion,
    Deployment,
    From,
    To,
    /// The rest of the line.
    Reason,
    Moment,
    Command,
    /// The rest of the line, heard as a line of its own.
    Request,
    Language,
    /// `dry run` in any of its spellings.
    DryRun,
}

impl Slot {
    /// Those that a pattern can name.
    pub const NAMED: [Self; 12] = [
        Self::Service,
        Self::Environment,
        Self::Version,
        Self::Deployment,
        Self::From,
        Self::To,
        Self::Reason,
        Self::Moment,
        Self::Command,
        Self::Request,
        Self::Language,
        Self::DryRun,
    ];

    /// Returns the name that stands between `<` and `>`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Environment => "environment",
            Self::Version => "version",
            Self::ServiceVersion => "service>@<version",
            Self::Deployment => "deployment",
            Self::From => "from",
            Self::To => "to",
            Self::Reason => "reason",
            Self::Moment => "moment",
            Self::Command => "command",
            Self::Request => "request",
            Self::Language => "language",
            Self::DryRun => "dry-run",
        }
    }

    /// Tells whether it takes everything that is left of the line.
    pub fn takes_the_rest(self) -> bool {
        matches!(self, Self::Reason | Self::Request)
    }

    /// Returns what it says about the request.
    pub fn gives(self) -> &'static [Self] {
        match self {
            Self::ServiceVersion => &[Self::Service, Self::Version],
            Self::Service => &[Self::Service],
            Self::Environment => &[Self::Environment],
            Self::Version => &[Self::Version],
            Self::Deployment => &[Self::Deployment],
            Self::From => &[Self::From],
            Self::To => &[Self::To],
            Self::Reason => &[Self::Reason],
            Self::Moment => &[Self::Moment],
            Self::Command => &[Self::Command],
            Self::Request => &[Self::Request],
            Self::Language => &[Self::Language],
            Self::DryRun => &[Self::DryRun],
        }
    }
}

/// How people write that nothing may change.
pub(super) const DRY_RUN: [&[&str]; 6] =
    [&["dry", "run"], &["dry-run"], &["--dry-run"], &["-dry-run"], &["dryrun"], &["시험"]];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// In lower case.
    Word(String),
    Slot(Slot),
    /// `(a|b)`.
    OneOf(Vec<Vec<Item>>),
    /// `[a|b]`.
    Maybe(Vec<Vec<Item>>),
}

/// By which words a pattern is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    /// English order: the item at this index begins the line, after optional words.
    First(usize),
    /// Korean order: the item at this index ends the line.
    Last(usize),
}

// Long enough for every form one can read; it bounds what hearing a line costs.
const PATTERN_LENGTH_MAX: usize = 400;
const DEPTH_MAX: usize = 6;

/// Reads a pattern; the error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, String> {
    let chars: Vec<char> = words::plain(text).chars().collect();
    if chars.len() > PATTERN_LENGTH_MAX {
        return Err(format!(
            "a pattern has {} characters; {PATTERN_LENGTH_MAX} is the most",
            chars.len()
        ));
    }
    let mut parser = Parser { chars, at: 0 };
    let mut alternatives = parser.alternatives(None, 0)?;
    match (alternatives.pop(), alternatives.is_empty()) {
        (Some(items), true) => Ok(items),
        _ => Err("`|` stands outside of `(…)` and `[…]`".into()),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn alternatives(
        &mut self,
        closes: Option<char>,
        depth: usize,
    ) -> Result<Vec<Vec<Item>>, String> {
        if depth > DEPTH_MAX {
            return Err(format!("groups are nested more than {DEPTH_MAX} deep"));
        }
        let mut alternatives = Vec::new();
        let mut items = Vec::new();
        loop {
            let next = self.chars.get(self.at).copied();
            self.at += 1;
            match next {
                Some(' ') => {}
                Some('|') => Self::finish(&mut items, &mut alternatives)?,
                next if next == closes => {
                    Self::finish(&mut items, &mut alternatives)?;
                    return Ok(alternatives);
                }
                None => return Err(format!("`{}` is missing", closes.unwrap_or(' '))),
                Some('[') => items.push(Item::Maybe(self.alternatives(Some(']'), depth + 1)?)),
                Some('(') => items.push(Item::OneOf(self.alternatives(Some(')'), depth + 1)?)),
                Some('<') => items.push(Item::Slot(self.slot()?)),
                Some(c @ (']' | ')' | '>')) => return Err(format!("`{c}` closes nothing")),
                Some(_) => self.words(&mut items),
            }
            if !matches!(next, Some(' ' | '|')) {
                self.require_gap()?;
            }
        }
    }

    fn finish(items: &mut Vec<Item>, alternatives: &mut Vec<Vec<Item>>) -> Result<(), String> {
        if items.is_empty() {
            return Err("there is nothing where words must stand".into());
        }
        alternatives.push(std::mem::take(items));
        Ok(())
    }

    /// Reads a slot whose `<` has been read.
    fn slot(&mut self) -> Result<Slot, String> {
        let rest = &self.chars[self.at..];
        let length = rest.iter().position(|c| *c == '>').ok_or("`>` is missing")?;
        let name: String = rest[..length].iter().collect();
        self.at += length + 1;
        let Some(slot) = Slot::NAMED.into_iter().find(|slot| slot.name() == name) else {
            let known = nearest(&name, Slot::NAMED.iter().map(|slot| slot.name()));
            let hint = known.map(|known| format!("; did you mean `<{known}>`?"));
            return Err(format!("`<{name}>` is no slot{}", hint.unwrap_or_default()));
        };
        let glued: Vec<char> = "@<version>".chars().collect();
        if slot == Slot::Service && self.chars[self.at..].starts_with(&glued) {
            self.at += glued.len();
            return Ok(Slot::ServiceVersion);
        }
        Ok(slot)
    }

    /// Reads a word whose first character has been read, cut as a typed one would be.
    fn words(&mut self, items: &mut Vec<Item>) {
        let begin = self.at - 1;
        let ends = |c: &char| " <>[]()|".contains(*c);
        while self.chars.get(self.at).is_some_and(|c| !ends(c)) {
            self.at += 1;
        }
        let text: String = self.chars[begin..self.at].iter().collect();
        items.extend(words::tokens(&text).into_iter().map(|token| Item::Word(token.word)));
    }

    /// Words and slots that touch would never be typed like that.
    fn require_gap(&self) -> Result<(), String> {
        match self.chars.get(self.at) {
            None | Some(' ' | '|' | ']' | ')') => Ok(()),
            Some(c) => Err(format!("a space is missing before `{c}`")),
        }
    }
}

/// Finds the words that a pattern is recognised by.
pub(super) fn verb(items: &[Item]) -> Option<Verb> {
    let first = items.iter().position(|item| !is_optional_words(item))?;
    if begins_with_words(&items[first]) {
        return Some(Verb::First(first));
    }
    items.iter().rposition(begins_with_words).map(Verb::Last)
}

/// Returns the words that the items begin with, in each way that they can be said.
pub(super) fn phrases(items: &[Item]) -> Vec<Vec<String>> {
    let heads: Vec<(Vec<String>, bool)> = match items.first() {
        Some(Item::Word(word)) => vec![(vec![word.clone()], true)],
        Some(Item::OneOf(alternatives)) => {
            let is_word = |item: &Item| matches!(item, Item::Word(_));
            let heads = alternatives.iter().flat_map(|items| {
                let whole = items.iter().all(is_word);
                phrases(items).into_iter().map(move |phrase| (phrase, whole))
            });
            heads.collect()
        }
        Some(Item::Slot(_) | Item::Maybe(_)) | None => return Vec::new(),
    };
    let tails = phrases(&items[1..]);
    let mut found = Vec::new();
    for (head, whole) in heads {
        if whole && !tails.is_empty() {
            found.extend(tails.iter().map(|tail| [head.as_slice(), tail].concat()));
        } else {
            found.push(head);
        }
    }
    found
}

/// Returns every word of the items, but of `dry run` only what could be taken for a name first.
pub(super) fn all_words(items: &[Item]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in items {
        match item {
            Item::Word(word) => drop(found.insert(word.clone())),
            Item::Slot(Slot::DryRun) => {
                found.extend(DRY_RUN.iter().filter_map(|words| words.first()).map(|w| (*w).into()));
            }
            Item::Slot(_) => {}
            Item::OneOf(alternatives) | Item::Maybe(alternatives) => {
                found.extend(alternatives.iter().flat_map(|items| all_words(items)));
            }
        }
    }
    found
}

/// Returns the slots that are filled whichever way the pattern is said.
pub(super) fn always(items: &[Item]) -> BTreeSet<Slot> {
    let mut found = BTreeSet::new();
    for item in items {
        match item {
            Item::Word(_) | Item::Maybe(_) => {}
            Item::Slot(slot) => found.extend(slot.gives()),
            Item::OneOf(alternatives) => {
                let mut sets = alternatives.iter().map(|items| always(items));
                let first = sets.next().unwrap_or_default();
                found.extend(sets.fold(first, |both, set| &both & &set));
            }
        }
    }
    found
}

/// Returns how often a slot can be filled in one line, at most.
pub(super) fn count(items: &[Item], slot: Slot) -> usize {
    let each = items.iter().map(|item| match item {
        Item::Word(_) => 0,
        Item::Slot(found) => usize::from(found.gives().contains(&slot)),
        Item::OneOf(alternatives) | Item::Maybe(alternatives) => {
            alternatives.iter().map(|items| count(items, slot)).max().unwrap_or(0)
        }
    });
    each.sum()
}

/// Writes the pattern as people are shown it: the plainest way to say it, with what is optional in brackets.
///
/// Optional words are left out, except one that leads to a later slot (`to <environment>`).
pub(super) fn usage(items: &[Item]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let first_slot = items.iter().position(|item| matches!(item, Item::Slot(_)));
    for (index, item) in items.iter().enumerate() {
        let late = first_slot.is_some_and(|first| index > first);
        let before_slot = matches!(items.get(index + 1), Some(Item::Slot(_)));
        match item {
            Item::Word(word) => parts.push(word.clone()),
            Item::Slot(Slot::DryRun) => parts.push("dry run".into()),
            Item::Slot(slot) => parts.push(format!("<{}>", slot.name())),
            Item::OneOf(alternatives) => {
                parts.extend(alternatives.first().map(|items| usage(items)));
            }
            Item::Maybe(alternatives) if is_optional_words(item) => {
                let word = alternatives.first().map(|items| usage(items)).unwrap_or_default();
                // A Korean particle is written without a space, and nobody misses it.
                if late && before_slot && word.is_ascii() {
                    parts.push(word);
                }
            }
            Item::Maybe(alternatives) => {
                let shown = alternatives.first().filter(|_| late || first_slot.is_none());
                let shown = shown.map(|items| format!("[{}]", usage(items)));
                // `dry run` may stand in several places; one is enough to know.
                parts.extend(shown.filter(|shown| !parts.contains(shown)));
            }
        }
    }
    parts.join(" ")
}

fn begins_with_words(item: &Item) -> bool {
    match item {
        Item::Word(_) => true,
        Item::Slot(_) | Item::Maybe(_) => false,
        Item::OneOf(alternatives) => {
            alternatives.iter().all(|items| items.first().is_some_and(begins_with_words))
        }
    }
}

fn is_optional_words(item: &Item) -> bool {
    let Item::Maybe(alternatives) = item else { return false };
    alternatives.iter().flatten().all(|item| matches!(item, Item::Word(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_shown_the_plainest_way() {
        for (pattern, expected) in [
            (
                "[please] deploy [<dry-run>] [the] <service> [to|in] <environment> [<dry-run>]",
                "deploy <service> to <environment> [dry run]",
            ),
            (
                "<service> [을|를] <environment> [에] (배포|배포해 줘)",
                "<service> <environment> 배포",
            ),
            (
                "promote <service>@<version> [from] <from>",
                "promote <service>@<version> from <from>",
            ),
            ("status", "status"),
        ] {
            assert_eq!(parse(pattern).map(|items| usage(&items)), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_says_why() {
        for (pattern, expected) in [
            ("", "there is nothing where words must stand"),
            ("a [b", "`]` is missing"),
            ("a b]", "`]` closes nothing"),
            ("a | b", "`|` stands outside of `(…)` and `[…]`"),
            ("a [b|]", "there is nothing where words must stand"),
            ("a <servcie>", "`<servcie>` is no slot; did you mean `<service>`?"),
            ("a <zzz>", "`<zzz>` is no slot"),
            ("a <service", "`>` is missing"),
            ("a<service>", "a space is missing before `<`"),
            ("a <service>b", "a space is missing before `b`"),
            ("((((((((a))))))))", "groups are nested more than 6 deep"),
        ] {
            assert_eq!(parse(pattern), Err(expected.to_owned()), "{pattern:?}");
        }
        assert!(parse(&"a ".repeat(201)).is_err());
    }

    #[test]
    fn a_pattern_is_recognised_by_its_first_or_its_last_word() {
        let verb_of = |pattern: &str| parse(pattern).ok().and_then(|items| verb(&items));
        assert_eq!(verb_of("[please] (a|b) <service>"), Some(Verb::First(1)));
        assert_eq!(verb_of("<service> [을] (배포|배포해 줘) [요]"), Some(Verb::Last(2)));
        assert_eq!(verb_of("<service> <environment>"), None);
    }
}
