//! Manifests → forms; a line → a request, or the nearest thing we know.
//!
//! Understanding is forgiving, acting is not: a name is passed on as typed or refused, never guessed.

mod action;
mod compile;
mod courtesy;
mod examples;
mod explain;
pub mod fields;
mod form;
mod korean;
mod nearest;
mod pattern;
mod slots;
mod verbs;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{CommandName, EnvironmentName, ServiceName};
use crate::manifest::Manifest;
use crate::request::{Heard, Parameters, Request, SyntaxError};
use compile::{Command, Compiler};
use form::{Capture, Order};
use pattern::Slot;
use slots::Slots;
use verbs::Verbs;
use words::{Flaw, Token};

/// A line is at most this long, in characters.
pub const LINE_LENGTH_MAX: usize = 2000;

// What an answer quotes of a line must not fill the channel.
const QUOTE_LENGTH_MAX: usize = 80;

/// Everything that can be said, from the manifests.
#[derive(Debug, Clone)]
pub struct Grammar {
    commands: BTreeMap<CommandName, Command>,
    /// The verbs that begin a line, aliases too.
    first_verbs: Verbs,
    /// Those of the forms that end with theirs, as in Korean.
    last_verbs: Verbs,
    /// Words that may stand before the verb, such as `please`.
    openers: BTreeSet<String>,
    known: Known,
}

/// Names that exist. They only tell whether `status prod` asks about a service or an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub services: BTreeSet<ServiceName>,
    pub environments: BTreeSet<EnvironmentName>,
}

/// What is wrong with a form, an alias or the action of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("command `{command}`: `{pattern}`: {message}")]
pub struct PatternFault {
    pub command: CommandName,
    /// The text at fault; empty where it is the manifest as a whole.
    pub pattern: String,
    pub message: String,
}

/// A `can …` inside of a `can …` would ask nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Line,
    InsideCan,
}

type Understood = (CommandName, Request);

impl Grammar {
    /// Compiles the manifests; the error holds every fault, not only the first.
    pub fn new(
        manifests: &BTreeMap<CommandName, Manifest>,
        known: &Known,
    ) -> Result<Self, Vec<PatternFault>> {
        let mut compiler = Compiler::new(known);
        for manifest in manifests.values() {
            compiler.add(manifest);
        }
        compiler.finish()
    }

    /// Understands a line, without the mention of the bot. Never fails; costs at most forms × words.
    pub fn hear(&self, words: &str) -> Heard {
        let characters = words.chars().count();
        if characters > LINE_LENGTH_MAX {
            let error = SyntaxError::TooLong { characters, most: LINE_LENGTH_MAX };
            return Heard::NotUnderstood(error);
        }
        let words = words::unwrapped(words);
        let tokens = self.without_full_stop(words::tokens(words));
        let mut heard = self.understand(words, &tokens, Depth::Line);
        if heard.is_err() {
            // What can be understood as it stands is never heard in another way.
            let bare = self.without_courtesy(&tokens);
            if bare != tokens {
                heard = self.understand(words, &bare, Depth::Line);
            }
        }
        match heard {
            Ok((command, request)) => Heard::Understood { command, request },
            Err(error) => Heard::NotUnderstood(error),
        }
    }

    /// Returns the forms of a command as people are shown them; empty for a command that there is not.
    pub fn usage(&self, command: &CommandName) -> Vec<String> {
        let forms = self.commands.get(command).map(|command| command.forms.as_slice());
        usage(forms.unwrap_or_default().iter().map(|form| &form.usage))
    }

    /// Returns the words that begin a line, in every language, and the verbs that end one.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        let first: BTreeSet<&str> = self.first_verbs.first_words().collect();
        let last: BTreeSet<&str> = self.last_verbs.first_words().collect();
        let only_last: Vec<&str> = last.difference(&first).copied().collect();
        first.into_iter().chain(only_last)
    }

    /// Returns the command that a word begins, by its name or an alias, in any case.
    pub fn command_of(&self, word: &str) -> Option<&CommandName> {
        self.first_verbs.begun_by(&words::plain(word))
    }

    /// Returns the commands whose own words hide this name: `deploy to prod` never means a service `to`.
    pub fn hides(&self, name: &str) -> Vec<&CommandName> {
        let hiding = self.commands.iter().filter(|(_, command)| command.reserved.contains(name));
        hiding.map(|(name, _)| name).collect()
    }

    fn understand(
        &self,
        line: &str,
        tokens: &[Token],
        depth: Depth,
    ) -> Result<Understood, SyntaxError> {
        if tokens.is_empty() {
            return Err(SyntaxError::Empty);
        }
        let plain = without_parameters(tokens);
        let owner = self.first_verbs.at_the_beginning(self.after_openers(tokens));
        let courtesy = self.closer(tokens).map_or(usize::MAX, |closer| tokens[closer].start);
        let mut found: Vec<Understood> = Vec::new();
        for (name, command) in &self.commands {
            let said = if command.action.takes_parameters() { &plain } else { tokens };
            // A longer verb is never read as a shorter one with a name after it.
            let other = owner.is_some_and(|owner| owner != name);
            let forms = command.forms.iter();
            for form in forms.filter(|form| !(other && form.order == Order::VerbFirst)) {
                let fits = |take, token: &Token| {
                    token.start < courtesy
                        && !command.reserved.contains(&token.word)
                        && slots::fits(take, token)
                };
                let Some(captures) = form.hear(said, fits).captures else { continue };
                let rest = captures.iter().find(|capture| capture.slot.takes_the_rest());
                legible(rest.map_or(tokens, |rest| &tokens[..rest.first]))?;
                let mut slots = self.fill(name, line, said, &captures)?;
                if let Some(rest) = captures.iter().find(|capture| capture.slot == Slot::Request) {
                    slots.request = Some(self.inner(line, said, rest.first, depth)?);
                }
                let said_parameters =
                    if command.action.takes_parameters() { tokens } else { &tokens[..0] };
                let parameters = parameters(name, said_parameters)?;
                let request = command.action.request(name, slots, parameters);
                let understood = request.map(|request| (name.clone(), request));
                found.extend(understood.filter(|understood| !found.contains(understood)));
            }
        }
        if let Some(understood) = self.settle(found)? {
            return Ok(understood);
        }
        legible(tokens)?;
        Err(self.explain(line, tokens, &plain))
    }

    /// Hears what `can` asks about: the words from `first` on.
    fn inner(
        &self,
        line: &str,
        tokens: &[Token],
        first: usize,
        depth: Depth,
    ) -> Result<Box<Request>, SyntaxError> {
        match depth {
            Depth::Line => {
                let (_, request) = self.understand(line, &tokens[first..], Depth::InsideCan)?;
                Ok(Box::new(request))
            }
            Depth::InsideCan => Err(self.nested(tokens)),
        }
    }

    /// Reads the words that fill the slots; the first that is not what must stand there is the error.
    fn fill(
        &self,
        name: &CommandName,
        line: &str,
        tokens: &[Token],
        captures: &[Capture],
    ) -> Result<Slots, SyntaxError> {
        let mut slots = Slots::default();
        for capture in captures {
            let text = captured(line, tokens, *capture);
            let command_of = |word: &str| self.command_of(word).cloned();
            if slots.put(capture.slot, &text, command_of).is_none() {
                return Err(self.slot_error(name, capture.slot, &text));
            }
        }
        Ok(slots)
    }

    fn slot_error(&self, name: &CommandName, slot: Slot, text: &str) -> SyntaxError {
        // `api@` lacks a version, `@v1` has no service that is well formed.
        let (slot, text) = match (slot, text.split_once('@')) {
            (Slot::ServiceVersion, Some((service, version))) => {
                let bad_service = ServiceName::new(service.to_ascii_lowercase()).is_err();
                if bad_service { (Slot::Service, service) } else { (Slot::Version, version) }
            }
            _ => (slot, text),
        };
        if text.is_empty() {
            let (command, usage) = (name.clone(), self.usage(name));
            return SyntaxError::Usage { command, usage, unexpected: None };
        }
        SyntaxError::Slot {
            command: name.clone(),
            slot: slot.name().into(),
            text: quote(text),
            usage: self.usage(name),
        }
    }

    /// Decides between readings of one line: none is picked unless it is the only one.
    ///
    /// `status x` reads as a service and as an environment; what exists tells which is asked about.
    fn settle(&self, mut found: Vec<Understood>) -> Result<Option<Understood>, SyntaxError> {
        if found.len() == 2 {
            found.retain(|(_, request)| match request {
                Request::Status { service: Some(service), environment: None } => {
                    !self.is_environment(service.as_str())
                }
                Request::Status { service: None, environment: Some(environment) } => {
                    self.is_environment(environment.as_str())
                }
                _ => true,
            });
        }
        match (found.pop(), found.pop()) {
            (understood, None) => Ok(understood),
            (_, Some((command, _))) => {
                let usage = self.usage(&command);
                Err(SyntaxError::Usage { command, usage, unexpected: None })
            }
        }
    }

    fn is_environment(&self, name: &str) -> bool {
        self.known.environments.contains(name) && !self.known.services.contains(name)
    }
}

/// Refuses the first word that is not what one reads. The rest of a line is text: it names nothing.
fn legible(tokens: &[Token]) -> Result<(), SyntaxError> {
    let flawed = tokens.iter().find_map(|token| Some((token, token.flaw?)));
    match flawed {
        None => Ok(()),
        Some((token, Flaw::Hidden(character))) => {
            Err(SyntaxError::Hidden { word: quote(&token.text), character })
        }
        Some((token, Flaw::OpenQuote)) => Err(SyntaxError::OpenQuote { text: quote(&token.text) }),
    }
}

/// Returns the words without `key=value`; the first word is never one.
fn without_parameters(tokens: &[Token]) -> Vec<Token> {
    let kept = tokens.iter().enumerate();
    let kept = kept.filter(|(index, token)| *index == 0 || token.parameter.is_none());
    kept.map(|(_, token)| token.clone()).collect()
}

/// Collects `key=value`; one given twice is an error.
fn parameters(command: &CommandName, tokens: &[Token]) -> Result<Parameters, SyntaxError> {
    let mut parameters = Parameters::new();
    for token in tokens.iter().skip(1) {
        let Some(typed) = &token.parameter else { continue };
        if parameters.insert(typed.name.clone(), typed.value.clone()).is_some() {
            let text = quote(&token.text);
            return Err(SyntaxError::Parameter { command: command.clone(), text });
        }
    }
    Ok(parameters)
}

/// Returns the words that fill a slot; the rest of a line is taken from the line as it was typed.
fn captured(line: &str, tokens: &[Token], capture: Capture) -> String {
    if capture.slot.takes_the_rest() {
        let start = tokens.get(capture.first).map_or(line.len(), |token| token.start);
        return line.get(start..).unwrap_or_default().to_owned();
    }
    let words = tokens.get(capture.first..=capture.last).unwrap_or_default();
    words.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Lists the forms once each: aliases and versions may read the same.
fn usage<'a>(forms: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut usage: Vec<String> = Vec::new();
    for form in forms {
        if !usage.contains(form) {
            usage.push(form.clone());
        }
    }
    usage
}

fn quote(text: &str) -> String {
    words::clip(text, QUOTE_LENGTH_MAX)
}
