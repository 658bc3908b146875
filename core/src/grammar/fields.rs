//! A command as a form to be filled in, for chats that have such, and the line that somebody would have said.

use std::collections::BTreeMap;

use super::pattern::{self, Item, Slot};
use super::{Grammar, action, words};
use crate::manifest::Manifest;
use crate::request::{Heard, Request};

/// One field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: FieldName,
    pub need: Need,
    pub kind: FieldKind,
}

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldName {
    Service,
    Environment,
    Version,
    Deployment,
    From,
    To,
    Reason,
    Moment,
    Command,
    Request,
    Language,
    DryRun,
    /// `key=value`, which no pattern names.
    Parameters,
}

/// Whether something can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Words, such as a name or a reason.
    Words,
    /// Yes or no.
    Switch,
}

/// What was filled in, by the fields. Whatever is in a switch means yes.
pub type Filled = BTreeMap<FieldName, String>;

/// The same without what is blank.
type Left<'a> = BTreeMap<FieldName, &'a str>;

/// How a line is worded: the first that is heard as it is meant is said.
#[derive(Debug, Clone, Copy)]
struct Style {
    words: Words,
    quotes: Quotes,
}

/// Whether words are said that only make a line sound better. Sometimes they tell what a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    Fewest,
    /// The first of those that could be said.
    First,
    /// The last: `status on lab`, where `status of lab` asks about a service.
    Last,
}

/// Which values stand in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// Those that would fall apart into words, and could then say something else.
    Spaced,
    /// Those, too, of which a part would be read as a particle or a parameter.
    Unclear,
}

const STYLES: [Style; 6] = [
    Style { words: Words::Fewest, quotes: Quotes::Spaced },
    Style { words: Words::Fewest, quotes: Quotes::Unclear },
    Style { words: Words::First, quotes: Quotes::Spaced },
    Style { words: Words::First, quotes: Quotes::Unclear },
    Style { words: Words::Last, quotes: Quotes::Spaced },
    Style { words: Words::Last, quotes: Quotes::Unclear },
];

impl FieldName {
    pub const ALL: [Self; 13] = [
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
        Self::Parameters,
    ];

    /// Returns the word by which a form names it.
    pub fn code(self) -> &'static str {
        self.slot().map_or("parameters", Slot::name)
    }

    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.code() == code)
    }

    fn slot(self) -> Option<Slot> {
        Some(match self {
            Self::Service => Slot::Service,
            Self::Environment => Slot::Environment,
            Self::Version => Slot::Version,
            Self::Deployment => Slot::Deployment,
            Self::From => Slot::From,
            Self::To => Slot::To,
            Self::Reason => Slot::Reason,
            Self::Moment => Slot::Moment,
            Self::Command => Slot::Command,
            Self::Request => Slot::Request,
            Self::Language => Slot::Language,
            Self::DryRun => Slot::DryRun,
            Self::Parameters => return None,
        })
    }

    fn kind(self) -> FieldKind {
        if self == Self::DryRun { FieldKind::Switch } else { FieldKind::Words }
    }
}

impl Grammar {
    /// Returns the fields of a command: what its forms take, and first what each of them needs.
    pub fn fields(&self, manifest: &Manifest) -> Vec<Field> {
        let forms = forms(manifest);
        let command = self.commands.get(&manifest.name);
        let takes_parameters = command.is_some_and(|command| command.action.takes_parameters());
        let field = |name: FieldName| {
            let taken = match name.slot() {
                Some(slot) => forms.iter().any(|items| takes(items, slot)),
                None => takes_parameters,
            };
            let is_needed = |slot| forms.iter().all(|items| needs(items, slot));
            let need =
                if name.slot().is_some_and(is_needed) { Need::Required } else { Need::Optional };
            taken.then_some(Field { name, need, kind: name.kind() })
        };
        let mut fields: Vec<Field> = FieldName::ALL.into_iter().filter_map(field).collect();
        fields.sort_by_key(|field| field.need == Need::Optional);
        fields
    }

    /// Returns the line that says what was filled in.
    ///
    /// It is heard as just that, where any line is: a name may need quotes, or a word before it that tells
    /// what it is. Else hearing it says how the command is said.
    pub fn line(&self, manifest: &Manifest, filled: &Filled) -> String {
        let mut left: Left<'_> = filled.iter().map(|(name, value)| (*name, value.trim())).collect();
        left.retain(|_, value| !value.is_empty());
        let parameters = left.remove(&FieldName::Parameters);
        let forms = forms(manifest);
        let exact = self.exact(manifest, &forms, &left);
        let said = exact.or_else(|| lines(&forms, &left).next()).unwrap_or_else(|| {
            let values = left.values().copied();
            std::iter::once(manifest.name.as_str()).chain(values).collect::<Vec<_>>().join(" ")
        });
        std::iter::once(said.as_str()).chain(parameters).collect::<Vec<_>>().join(" ")
    }

    /// Tells whether a value in a field can be heard as that very value, with `beside` in what else a form needs.
    pub fn carries(
        &self,
        manifest: &Manifest,
        (field, value): (FieldName, &str),
        beside: &Filled,
    ) -> bool {
        let Some(slot) = field.slot() else { return false };
        let forms = forms(manifest);
        let taking = forms.iter().filter(|items| takes(items, slot));
        taking.into_iter().any(|items| {
            let needed = |name: &&FieldName| name.slot().is_some_and(|slot| needs(items, slot));
            let mut left: Left<'_> = beside
                .keys()
                .filter(needed)
                .filter_map(|name| Some((*name, beside.get(name)?.as_str())))
                .collect();
            left.insert(field, value);
            self.exact(manifest, &forms, &left).is_some()
        })
    }

    /// Returns the first line that is heard as just these values.
    fn exact(&self, manifest: &Manifest, forms: &[Vec<Item>], left: &Left<'_>) -> Option<String> {
        lines(forms, left).find(|line| self.is_heard_as(manifest, line, left))
    }

    fn is_heard_as(&self, manifest: &Manifest, line: &str, left: &Left<'_>) -> bool {
        let request = match self.hear(line) {
            Heard::Understood { command, request } if command == manifest.name => request,
            Heard::Understood { .. } | Heard::NotUnderstood(_) => return false,
        };
        // What `can` asks about has slots of its own.
        if let Request::Can { .. } = request {
            return true;
        }
        let heard = action::means(&request);
        let meant = |(name, value): (&FieldName, &&str)| match name {
            FieldName::DryRun => ("dry_run".to_owned(), "true".to_owned()),
            other => (other.code().to_owned(), (*value).to_owned()),
        };
        heard == left.iter().map(meant).collect()
    }
}

/// Returns the forms in English order, whose verb comes first and is the command's name, if there are any.
fn forms(manifest: &Manifest) -> Vec<Vec<Item>> {
    let parsed = |only: fn(&&String) -> bool| {
        let say = manifest.say.iter().filter(only);
        say.filter_map(|form| pattern::parse(form).ok()).collect::<Vec<_>>()
    };
    let english = parsed(|form| form.is_ascii());
    if english.is_empty() { parsed(|_| true) } else { english }
}

fn takes(items: &[Item], slot: Slot) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) => false,
        Item::Slot(found) => found.gives().contains(&slot),
        Item::OneOf(ways) | Item::Maybe(ways) => ways.iter().any(|items| takes(items, slot)),
    })
}

fn needs(items: &[Item], slot: Slot) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) | Item::Maybe(_) => false,
        Item::Slot(found) => found.gives().contains(&slot),
        Item::OneOf(ways) => ways.iter().all(|items| needs(items, slot)),
    })
}

/// Returns the lines of the forms that take just these values, the plainest first.
fn lines<'a>(forms: &'a [Vec<Item>], left: &'a Left<'a>) -> impl Iterator<Item = String> + 'a {
    STYLES.into_iter().flat_map(move |style| {
        forms.iter().filter_map(move |items| {
            let mut rest = left.clone();
            let words = said(items, &mut rest, style)?;
            rest.is_empty().then(|| words.join(" "))
        })
    })
}

/// Returns the words of a form with these values in it, and takes those out; `None` where one is missing.
fn said(items: &[Item], left: &mut Left<'_>, style: Style) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for item in items {
        match item {
            Item::Word(word) => words.push(word.clone()),
            Item::Slot(slot) => words.push(value(*slot, left, style.quotes)?),
            Item::OneOf(ways) => words.extend(way(ways, left, style)?),
            Item::Maybe(ways) if ways.iter().any(|items| has_slot(items)) => {
                let filling: Vec<Vec<Item>> =
                    ways.iter().filter(|items| has_slot(items)).cloned().collect();
                words.extend(way(&filling, left, style).unwrap_or_default());
            }
            Item::Maybe(ways) => {
                let found = match style.words {
                    Words::Fewest => None,
                    Words::First => ways.first(),
                    Words::Last => ways.last(),
                };
                let found = found.and_then(|items| said(items, left, style));
                words.extend(found.unwrap_or_default());
            }
        }
    }
    Some(words)
}

fn way(ways: &[Vec<Item>], left: &mut Left<'_>, style: Style) -> Option<Vec<String>> {
    ways.iter().find_map(|items| {
        let mut rest = left.clone();
        let words = said(items, &mut rest, style)?;
        *left = rest;
        Some(words)
    })
}

fn has_slot(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Word(_) => false,
        Item::Slot(_) => true,
        Item::OneOf(ways) | Item::Maybe(ways) => ways.iter().any(|items| has_slot(items)),
    })
}

fn value(slot: Slot, left: &mut Left<'_>, quotes: Quotes) -> Option<String> {
    let mut take = |name| left.remove(&name);
    let word = |value: &str| Some(quoted(value, quotes));
    match slot {
        Slot::ServiceVersion => {
            let (service, version) = (take(FieldName::Service)?, take(FieldName::Version)?);
            word(&format!("{service}@{version}"))
        }
        Slot::Service => word(take(FieldName::Service)?),
        Slot::Environment => word(take(FieldName::Environment)?),
        Slot::Version => word(take(FieldName::Version)?),
        Slot::Deployment => word(take(FieldName::Deployment)?),
        Slot::From => word(take(FieldName::From)?),
        Slot::To => word(take(FieldName::To)?),
        Slot::Command => word(take(FieldName::Command)?),
        Slot::Language => word(take(FieldName::Language)?),
        Slot::DryRun => take(FieldName::DryRun).map(|_| "dry run".into()),
        // These are more than a word.
        Slot::Reason => take(FieldName::Reason).map(str::to_owned),
        Slot::Moment => take(FieldName::Moment).map(str::to_owned),
        Slot::Request => take(FieldName::Request).map(str::to_owned),
    }
}

/// Returns a value as one word, in quotes where it would fall apart without them.
fn quoted(value: &str, quotes: Quotes) -> String {
    let is_clear = match quotes {
        Quotes::Spaced => !value.contains(char::is_whitespace),
        Quotes::Unclear => match words::tokens(value).as_slice() {
            [only] => only.text == value && only.parameter.is_none() && only.flaw.is_none(),
            _ => false,
        },
    };
    let quote = ['"', '\'', '`'].into_iter().find(|quote| !value.contains(*quote));
    match quote {
        Some(quote) if !is_clear => format!("{quote}{value}{quote}"),
        Some(_) | None => value.to_owned(),
    }
}
