//! A line that no form takes → the answer that helps most.

use super::compile::Command;
use super::form::{Capture, Order, Take, Trace};
use super::nearest::nearest;
use super::words::Token;
use super::{Grammar, quote, slots, usage};
use crate::ids::CommandName;
use crate::request::SyntaxError;

impl Grammar {
    /// Says why no form fits: the command, then its parameters, then a word in it.
    pub(super) fn explain(&self, line: &str, tokens: &[Token], plain: &[Token]) -> SyntaxError {
        let Some((name, command, order)) = self.meant(tokens) else {
            return self.unknown(tokens);
        };
        let reserved = |token: &Token| command.reserved.contains(&token.word);
        let strict = |take, token: &Token| !reserved(token) && slots::fits(take, token);
        let takes_parameters = command.action.takes_parameters();
        let first_parameter = tokens.iter().skip(1).find(|token| token.parameter.is_some());
        if let (false, Some(parameter)) = (takes_parameters, first_parameter)
            && command.forms.iter().any(|form| form.hear(plain, strict).captures.is_some())
        {
            let (command, text) = (name.clone(), quote(&parameter.text));
            return SyntaxError::Parameter { command, text };
        }
        let said = if takes_parameters { plain } else { tokens };
        if let Some(error) = self.bad_slot(name, command, line, said) {
            return error;
        }
        let forms = || command.forms.iter().filter(|form| form.order == order);
        let traces = forms().map(|form| form.hear(said, strict));
        let reached = traces.map(|Trace { reached, .. }| reached).max().unwrap_or(0);
        // The verb itself is where words are missing before it: `api 배포` lacks an environment.
        let unexpected =
            said.get(reached).filter(|token| self.last_verbs.begun_by(&token.word).is_none());
        SyntaxError::Usage {
            command: name.clone(),
            usage: usage(forms().map(|form| &form.usage)),
            unexpected: unexpected.map(|token| quote(&token.text)),
        }
    }

    /// Finds a form that fits but for what stands in its slots, and names the first of those.
    fn bad_slot(
        &self,
        name: &CommandName,
        command: &Command,
        line: &str,
        tokens: &[Token],
    ) -> Option<SyntaxError> {
        let loose = |take: Take, token: &Token| {
            !command.reserved.contains(&token.word) && slots::may_be_meant(take, token)
        };
        let faults = |captures: &[Capture]| -> Vec<SyntaxError> {
            let each = captures.iter().map(std::slice::from_ref);
            each.filter_map(|capture| self.fill(name, line, tokens, capture).err()).collect()
        };
        let fitting = command.forms.iter().filter_map(|form| form.hear(tokens, loose).captures);
        let wrong = fitting.map(|captures| faults(&captures)).filter(|faults| !faults.is_empty());
        wrong.min_by_key(Vec::len).and_then(|faults| faults.into_iter().next())
    }

    /// Finds the command that the line begins with, or else the last verb in it.
    fn meant(&self, tokens: &[Token]) -> Option<(&CommandName, &Command, Order)> {
        let said = self.after_openers(tokens);
        let begun = || self.first_verbs.begun_by(&said.first()?.word);
        let (name, order) = match self.first_verbs.at_the_beginning(said).or_else(begun) {
            Some(name) => (name, Order::VerbFirst),
            None => (self.last_verb(tokens)?, Order::VerbLast),
        };
        Some((name, self.commands.get(name)?, order))
    }

    fn last_verb(&self, tokens: &[Token]) -> Option<&CommandName> {
        (1..=tokens.len()).rev().find_map(|end| {
            let begun = || self.last_verbs.begun_by(&tokens[end - 1].word);
            self.last_verbs.at_the_end(&tokens[..end]).or_else(begun)
        })
    }

    /// Returns the words after `please` and the like; all of them when there are no others.
    pub(super) fn after_openers<'a>(&self, tokens: &'a [Token]) -> &'a [Token] {
        let opens = |token: &Token| self.openers.contains(&token.word);
        let first = tokens.iter().position(|token| !opens(token)).unwrap_or(0);
        &tokens[first..]
    }

    /// Refuses a `can` that asks about a `can`.
    pub(super) fn nested(&self, tokens: &[Token]) -> SyntaxError {
        let unexpected = tokens.first().map(|token| quote(&token.text));
        match self.meant(tokens) {
            Some((name, _, _)) => {
                SyntaxError::Usage { command: name.clone(), usage: self.usage(name), unexpected }
            }
            None => self.unknown(tokens),
        }
    }

    fn unknown(&self, tokens: &[Token]) -> SyntaxError {
        let first =
            self.after_openers(tokens).first().map(|token| token.word.as_str()).unwrap_or_default();
        let last = tokens.last().map(|token| token.word.as_str()).unwrap_or_default();
        let by_first = nearest(first, self.vocabulary()).map(|near| (first, near));
        // In `api prod 베포` the verb stands last; in `api prod deploy` it is right but must not.
        let by_last = || {
            let near = nearest(last, self.vocabulary())?;
            Some((if near == last { first } else { last }, near))
        };
        let found = by_first.or_else(by_last);
        SyntaxError::UnknownCommand {
            word: quote(found.map_or(first, |(word, _)| word)),
            nearest: found.map(|(_, near)| near.to_owned()),
        }
    }
}
