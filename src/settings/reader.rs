//! A walker over TOML that keeps going: each wrong value is noted where it stands, and the rest is still read.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wilco_core::ids::NameError;
use wilco_core::time::Duration;

use crate::settings::fault::{Fault, Reported, harmless, listed, nearest, quote};

/// One file of the configuration, and what is wrong in it.
#[derive(Debug)]
pub struct Source {
    pub path: PathBuf,
    /// Its path within the configuration, the same wherever that lies.
    pub name: String,
    pub text: String,
    line_starts: Vec<usize>,
    faults: RefCell<Vec<Fault>>,
}

/// A value with its place, and the words by which faults speak of it.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    source: &'a Source,
    label: &'a str,
    node: &'a Spanned<DeValue<'a>>,
}

/// A table whose keys are fixed.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    source: &'a Source,
    what: &'static str,
    known: &'static [&'static str],
    span: usize,
    entries: &'a DeTable<'a>,
}

/// A key that the configuration chose, such as the name of a service.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    source: &'a Source,
    node: &'a Spanned<std::borrow::Cow<'a, str>>,
}

/// What one file may add to the list; who has more than that has one cause.
const FAULTS_PER_FILE_MAX: usize = 100;

/// The parser says only this much of a key that is there twice.
const DUPLICATE: &str = "duplicate key";

/// Looking for doubles in a longer list would take noticeable time.
const LIST_LENGTH_MAX: usize = 1000;

impl Source {
    pub fn new(path: &Path, name: impl Into<String>, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let (path, name) = (path.to_owned(), name.into());
        Self { path, name, text, line_starts, faults: RefCell::default() }
    }

    /// Hands the document to `read`. A file with a fault of syntax is not read further, since what follows it is a guess.
    pub fn walk<T>(
        &self,
        known: &'static [&'static str],
        read: impl FnOnce(Table<'_>) -> Result<T, Reported>,
    ) -> Result<T, Reported> {
        let (document, errors) = DeTable::parse_recoverable(&self.text);
        let mut reported = None;
        for error in &errors {
            let span = error.span().unwrap_or(self.text.len()..self.text.len());
            let found = self.text.get(span.clone()).filter(|_| error.message() == DUPLICATE);
            let message = match found {
                Some(key) => format!("{DUPLICATE} {}", quote(key)),
                None => error.message().to_owned(),
            };
            reported = Some(self.fault(span.start, &message, None));
        }
        if let Some(reported) = reported {
            self.keep_one_fault_per_line();
            return Err(reported);
        }
        let table =
            Table { source: self, what: "this file", known, span: 0, entries: document.as_ref() };
        table.check_keys();
        read(table)
    }

    /// Notes a fault at a byte of the text, once however often it is noted.
    pub fn fault(&self, at: usize, message: &str, next_step: Option<String>) -> Reported {
        let fault = self.fault_at(at, message, next_step);
        let reported = Reported::from(&fault);
        let mut faults = self.faults.borrow_mut();
        if faults.len() < FAULTS_PER_FILE_MAX && !faults.contains(&fault) {
            faults.push(fault);
        }
        reported
    }

    /// Returns a fault at a byte of the text without noting it.
    pub fn fault_at(&self, at: usize, message: &str, next_step: Option<String>) -> Fault {
        let (line, column) = self.position(at);
        let next_step = next_step.map(|step| harmless(&step));
        let (file, message) = (self.path.clone(), harmless(message));
        Fault { file, line, column, message, next_step }
    }

    /// Returns what is wrong in this file.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults.into_inner()
    }

    /// Returns line and column of a byte, both from 1.
    fn position(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..at).unwrap_or_default();
        // Bytes that continue a character are not counted, so this is the number of characters.
        (line, before.iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1)
    }

    /// One slip makes the parser stumble over the rest of the line.
    fn keep_one_fault_per_line(&self) {
        let mut faults = self.faults.borrow_mut();
        faults.sort();
        faults.dedup_by_key(|fault| fault.line);
    }
}

impl<'a> Table<'a> {
    pub fn optional(&self, key: &'static str) -> Option<Value<'a>> {
        debug_assert!(self.known.contains(&key), "`{key}` is read but not known in {}", self.what);
        let node = self.entries.get(key)?;
        Some(Value { source: self.source, label: key, node })
    }

    /// Returns the value of a key that must be there; `why` ends the sentence about one that is not.
    pub fn required(&self, key: &'static str, why: &str) -> Result<Value<'a>, Reported> {
        match self.optional(key) {
            Some(value) => Ok(value),
            None => Err(self.missing(key, why)),
        }
    }

    /// Notes that a key is missing, unless it is there with a typo: then that is what is said.
    pub fn missing(&self, key: &'static str, why: &str) -> Reported {
        let typo = self.unknown().find(|found| nearest(found.text(), self.unused()) == Some(key));
        match typo {
            Some(found) => self.unknown_key(found),
            None => self.fault(&format!("`{key}` is missing in {}", self.what), why),
        }
    }

    /// Notes a fault about the table as a whole.
    pub fn fault(&self, message: &str, next_step: &str) -> Reported {
        self.source.fault(self.span, message, Some(next_step.to_owned()))
    }

    fn check_keys(&self) {
        for key in self.unknown() {
            self.unknown_key(key);
        }
    }

    fn unknown(&self) -> impl Iterator<Item = Key<'a>> + use<'a> {
        let (source, known) = (self.source, self.known);
        let unknown = self.entries.keys().filter(|key| !known.contains(&key.as_ref().as_ref()));
        unknown.map(move |node| Key { source, node })
    }

    fn unused(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        self.known.iter().copied().filter(|key| !self.entries.contains_key(*key))
    }

    fn unknown_key(&self, key: Key<'a>) -> Reported {
        let secret = SECRET_WORDS.iter().any(|word| key.text().to_lowercase().contains(word));
        let next_step = if secret {
            "secrets come from the environment, never from a file of the configuration: take it out, \
             and replace it if others could read it"
                .to_owned()
        } else {
            match nearest(key.text(), self.unused()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known here: {}", listed(self.known)),
            }
        };
        let message = format!("unknown key {} in {}", quote(key.text()), self.what);
        key.fault(&message, Some(next_step))
    }
}

const SECRET_WORDS: [&str; 5] = ["token", "secret", "password", "passwd", "api_key"];

impl<'a> Key<'a> {
    pub fn text(&self) -> &'a str {
        self.node.as_ref()
    }

    pub fn name<T: FromStr<Err = NameError>>(&self) -> Result<T, Reported> {
        self.text().parse().map_err(|error: NameError| self.fault(&error.to_string(), None))
    }

    pub fn fault(&self, message: &str, next_step: Option<String>) -> Reported {
        self.source.fault(self.node.span().start, message, next_step)
    }

    /// Says where the key stands, to point at it from another file: `config/services.toml:12`.
    pub fn place(&self) -> String {
        let (line, _) = self.source.position(self.node.span().start);
        format!("{}:{line}", self.source.path.display())
    }
}

impl<'a> Value<'a> {
    /// Reads a table whose keys are fixed; a key that is not known is a fault.
    pub fn table(
        self,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Result<Table<'a>, Reported> {
        let DeValue::Table(entries) = self.node.as_ref() else {
            return Err(self.wrong_type("a table", &format!("{{ {} = … }}", known[0])));
        };
        let span = self.node.span().start;
        let table = Table { source: self.source, what, known, span, entries };
        table.check_keys();
        Ok(table)
    }

    /// Reads a table whose keys the configuration chooses.
    pub fn entries(self) -> Result<Vec<(Key<'a>, Value<'a>)>, Reported> {
        let DeValue::Table(entries) = self.node.as_ref() else {
            return Err(self.wrong_type("a table", &format!("[{}.NAME]", self.label)));
        };
        let source = self.source;
        let entry = |(key, node): (&'a Spanned<std::borrow::Cow<'a, str>>, _)| {
            (Key { source, node: key }, Value { source, label: key.as_ref(), node })
        };
        Ok(entries.iter().map(entry).collect())
    }

    pub fn list(self, example: &str) -> Result<Vec<Value<'a>>, Reported> {
        let DeValue::Array(items) = self.node.as_ref() else {
            return Err(self.wrong_type("a list", example));
        };
        if items.len() > LIST_LENGTH_MAX {
            let message = format!("`{}` has more than {LIST_LENGTH_MAX} items", self.label);
            return Err(self.fault(&message, None));
        }
        Ok(items.iter().map(|node| Value { node, ..self }).collect())
    }

    pub fn text(self, example: &str) -> Result<&'a str, Reported> {
        match self.node.as_ref() {
            DeValue::String(text) => Ok(text),
            _ => Err(self.wrong_type("a text", &format!("\"{example}\""))),
        }
    }

    /// Reads a text of one line, that is not empty and at most `most` bytes long.
    pub fn line(self, example: &str, most: usize) -> Result<String, Reported> {
        let text = self.text(example)?;
        if text.trim().is_empty() {
            return Err(self.fault(&format!("`{}` is empty", self.label), None));
        }
        self.short(text, most)
    }

    /// Reads a text of one line that may be empty.
    pub fn line_or_nothing(self, example: &str, most: usize) -> Result<String, Reported> {
        self.text(example).and_then(|text| self.short(text, most))
    }

    fn short(self, text: &str, most: usize) -> Result<String, Reported> {
        if text.len() > most {
            let message = format!("`{}` has {} bytes; {most} is the most", self.label, text.len());
            return Err(self.fault(&message, None));
        }
        if text.chars().any(char::is_control) {
            let message = format!("`{}` has a line break or a control character", self.label);
            return Err(self.fault(&message, Some("write it on one line".to_owned())));
        }
        Ok(text.to_owned())
    }

    pub fn number(self, allowed: Range<i64>) -> Result<i64, Reported> {
        let DeValue::Integer(integer) = self.node.as_ref() else {
            return Err(self.wrong_type("a whole number", &allowed.start.max(1).to_string()));
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if allowed.contains(&number) => Ok(number),
            Ok(_) | Err(_) => {
                let (least, most) = (allowed.start, allowed.end - 1);
                let message = format!("`{}` takes a number from {least} to {most}", self.label);
                Err(self.fault(&message, None))
            }
        }
    }

    pub fn flag(self) -> Result<bool, Reported> {
        match self.node.as_ref() {
            DeValue::Boolean(flag) => Ok(*flag),
            _ => Err(self.wrong_type("true or false", "false")),
        }
    }

    pub fn duration(self, example: &str) -> Result<Duration, Reported> {
        let text = self.text(example)?;
        Duration::read(text).ok_or_else(|| {
            let message = format!("{} is not a length of time", quote(text));
            let units = "90s, 30m, 4h or 2d, up to a year";
            self.fault(&message, Some(format!("write it like \"{example}\": {units}")))
        })
    }

    pub fn name<T: FromStr<Err = NameError>>(self, example: &str) -> Result<T, Reported> {
        let text = self.text(example)?;
        text.parse().map_err(|error: NameError| {
            let message = format!("`{}` cannot be {}: {error}", self.label, quote(text));
            self.fault(&message, None)
        })
    }

    /// Reads each item of a list; one that is there twice is a fault.
    pub fn each<T: PartialEq>(
        self,
        example: &str,
        mut read: impl FnMut(Value<'a>) -> Result<T, Reported>,
    ) -> Result<Vec<T>, Reported> {
        let items = self.list(example)?;
        let mut seen: Vec<Result<T, Reported>> = Vec::with_capacity(items.len());
        for item in items {
            let value = read(item);
            if value.is_ok() && seen.contains(&value) {
                let message = format!("`{}` has this twice", self.label);
                seen.push(Err(item.fault(&message, Some("take one of them out".to_owned()))));
            } else {
                seen.push(value);
            }
        }
        seen.into_iter().collect()
    }

    /// Like [`Self::each`], for a list that means something else when it is empty.
    pub fn each_of_some<T: PartialEq>(
        self,
        example: &str,
        empty: &str,
        read: impl FnMut(Value<'a>) -> Result<T, Reported>,
    ) -> Result<Vec<T>, Reported> {
        let items = self.each(example, read)?;
        if items.is_empty() {
            let message = format!("`{}` is empty", self.label);
            return Err(self.fault(&message, Some(empty.to_owned())));
        }
        Ok(items)
    }

    pub fn fault(&self, message: &str, next_step: Option<String>) -> Reported {
        self.source.fault(self.at(), message, next_step)
    }

    /// Returns the byte of the text at which the value begins.
    pub fn at(&self) -> usize {
        self.node.span().start
    }

    fn wrong_type(&self, wanted: &str, example: &str) -> Reported {
        let found = match self.node.as_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` takes {wanted}, and this is {found}", self.label);
        self.fault(&message, Some(format!("write it like {example}")))
    }
}

/// Gathers what was read, after every item has had its turn.
pub fn gather<T, C: FromIterator<T>>(
    items: impl Iterator<Item = Result<T, Reported>>,
) -> Result<C, Reported> {
    items.collect::<Vec<_>>().into_iter().collect()
}
