//! The words by which commands are recognised; of two that fit, the longer is meant.

use std::collections::BTreeMap;

use super::words::Token;
use crate::ids::CommandName;

/// The verbs at one end of a line, each of one or more words, with the commands that they belong to.
#[derive(Debug, Clone, Default)]
pub(super) struct Verbs(BTreeMap<Vec<String>, CommandName>);

impl Verbs {
    /// Gives a verb to a command; the error is the other command that has it.
    pub fn claim(&mut self, verb: &[String], command: &CommandName) -> Result<(), CommandName> {
        let owner = self.0.entry(verb.to_vec()).or_insert_with(|| command.clone());
        if owner == command { Ok(()) } else { Err(owner.clone()) }
    }

    pub fn owner(&self, verb: &[String]) -> Option<&CommandName> {
        self.0.get(verb)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[String], &CommandName)> {
        self.0.iter().map(|(verb, command)| (verb.as_slice(), command))
    }

    /// Returns the command whose verb the line begins with.
    pub fn at_the_beginning(&self, tokens: &[Token]) -> Option<&CommandName> {
        let fitting = self.0.iter().filter(|(verb, _)| reads(tokens.get(..verb.len()), verb));
        fitting.max_by_key(|(verb, _)| verb.len()).map(|(_, command)| command)
    }

    /// Returns the command whose verb these words end with.
    pub fn at_the_end(&self, tokens: &[Token]) -> Option<&CommandName> {
        let end = |verb: &[String]| tokens.get(tokens.len().checked_sub(verb.len())?..);
        let fitting = self.0.iter().filter(|(verb, _)| reads(end(verb), verb));
        fitting.max_by_key(|(verb, _)| verb.len()).map(|(_, command)| command)
    }

    /// Returns the command that one word begins: its verb, or the start of a longer one that only it has.
    pub fn begun_by(&self, word: &str) -> Option<&CommandName> {
        let mut begun = self.0.iter().filter(|(verb, _)| verb[0] == word);
        let (first, command) = begun.next()?;
        let alone = first.len() == 1 || begun.all(|(_, other)| other == command);
        alone.then_some(command)
    }

    /// Returns the word that each verb begins with, once.
    pub fn first_words(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.0
            .keys()
            .map(|verb| verb[0].as_str())
            .filter(move |word| last.replace(*word) != Some(*word))
    }
}

fn reads(tokens: Option<&[Token]>, verb: &[String]) -> bool {
    tokens.is_some_and(|tokens| tokens.iter().map(|token| &token.word).eq(verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::words::tokens;

    fn verbs(all: &[(&str, &str)]) -> Verbs {
        let mut verbs = Verbs::default();
        for (verb, command) in all {
            let verb: Vec<String> = verb.split(' ').map(str::to_owned).collect();
            let command = CommandName::new(*command).expect("a name");
            assert_eq!(verbs.claim(&verb, &command), Ok(()));
        }
        verbs
    }

    #[test]
    fn the_longer_verb_is_meant() {
        let verbs =
            verbs(&[("배포", "deploy"), ("배포 이력", "history"), ("roll back", "rollback")]);
        let beginning = |line: &str| verbs.at_the_beginning(&tokens(line)).map(CommandName::as_str);
        assert_eq!(beginning("배포 이력 web"), Some("history"));
        assert_eq!(beginning("배포 web"), Some("deploy"));
        assert_eq!(beginning("roll web"), None);
        let end = |line: &str| verbs.at_the_end(&tokens(line)).map(CommandName::as_str);
        assert_eq!(end("web 배포 이력"), Some("history"));
        assert_eq!(end("web 배포"), Some("deploy"));
        assert_eq!(end("이력"), None);
    }

    #[test]
    fn a_word_stands_for_a_verb_that_only_one_command_begins_with_it() {
        let verbs = verbs(&[
            ("배포", "deploy"),
            ("배포 이력", "history"),
            ("roll back", "rollback"),
            ("who am i", "whoami"),
            ("who is on", "rota"),
        ]);
        for (word, command) in [("배포", Some("deploy")), ("roll", Some("rollback")), ("who", None)]
        {
            assert_eq!(verbs.begun_by(word).map(CommandName::as_str), command, "{word}");
        }
        assert_eq!(verbs.first_words().collect::<Vec<_>>(), ["roll", "who", "배포"]);
    }
}
