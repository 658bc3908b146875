//! Whose traces are to be erased from a record, and which of its values are such traces.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fact::{Fact, Mark, What};
use crate::ids::{Account, PersonName};
use crate::record;

/// A person with the accounts under which the record knows them, or one account.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    person: Option<PersonName>,
    /// The platforms' ids of their accounts.
    users: BTreeSet<String>,
}

impl Subject {
    pub fn person(name: PersonName) -> Self {
        Self { person: Some(name), users: BTreeSet::new() }
    }

    pub fn account(user: String) -> Self {
        Self { person: None, users: BTreeSet::from([user]) }
    }

    /// Returns the person's name, if it is known.
    pub fn name(&self) -> Option<&PersonName> {
        self.person.as_ref()
    }

    /// Takes in the account of a fact that the person is known to have caused.
    pub fn learn(&mut self, fact: &Fact) {
        if self.person.is_some() && record::by(&fact.what) == self.person.as_ref() {
            self.users.extend(account(&fact.what).map(|account| account.user.clone()));
        }
    }

    /// Tells whether they caused the fact: then all that is private in it is theirs.
    pub fn caused(&self, fact: &Fact) -> bool {
        let by = record::by(&fact.what);
        by.is_some() && by == self.person.as_ref()
            || account(&fact.what).is_some_and(|account| self.users.contains(&account.user))
    }

    /// Tells whether a JSON text names them anywhere, as a word of its own.
    pub fn is_named_in(&self, json: &str) -> bool {
        serde_json::from_str(json).map_or_else(|_| self.names(json), |value| self.is_in(&value))
    }

    fn is_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.names(text),
            Value::Array(items) => items.iter().any(|item| self.is_in(item)),
            Value::Object(fields) => {
                fields.iter().any(|(key, value)| self.names(key) || self.is_in(value))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn names(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let person = self.person.iter().map(PersonName::as_str);
        let mut words = person.chain(self.users.iter().map(String::as_str));
        words.any(|word| has_word(&text, &word.to_lowercase()))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
    })
}

fn account(what: &What) -> Option<&Account> {
    match what {
        What::Requested(requested) => requested.account.known(),
        What::RequestRefused { account, .. } | What::VoteRefused { account, .. } => account.known(),
        What::Approved(approved) => approved.mark.known().map(account_of),
        What::VoteWithdrawn { mark, .. } => mark.known().map(account_of),
        What::Founded { .. }
        | What::CatalogLoaded { .. }
        | What::Sealed(_)
        | What::Obstructed { .. }
        | What::Resealed { .. }
        | What::ChecksRead { .. }
        | What::Rejected { .. }
        | What::GatesOpened { .. }
        | What::RunStarted { .. }
        | What::StartUnknown { .. }
        | What::StageChanged { .. }
        | What::WrongCommit { .. }
        | What::CancelAsked { .. }
        | What::RunEnded { .. }
        | What::Cancelled { .. }
        | What::Expired
        | What::CardShown { .. }
        | What::LanguageChosen { .. }
        | What::NewsHeard { .. }
        | What::NewsMended { .. }
        | What::NewsShown { .. }
        | What::GivenUp { .. } => None,
    }
}

fn account_of(mark: &Mark) -> &Account {
    match mark {
        Mark::Reaction { account, .. } | Mark::Words { account } => account,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Approved;
    use crate::ids::{DeploymentId, Digest, Platform};
    use crate::private::Private;
    use crate::time::Timestamp;

    fn ana() -> Subject {
        Subject::person(PersonName::new("ana").unwrap())
    }

    fn approval(name: &str, user: &str) -> Fact {
        let account =
            Account { platform: Platform::Slack, workspace: "T1".into(), user: user.into() };
        let approved = Approved {
            by: PersonName::new(name).unwrap().into(),
            roles: vec![],
            mark: Private::Known(Mark::Words { account }),
            seal: Digest([1; 32]),
        };
        Fact::new(Timestamp(1), DeploymentId(1), What::Approved(Box::new(approved)))
    }

    #[test]
    fn a_name_counts_as_a_word_of_its_own() {
        for (json, is_named) in [
            ("\"ana\"", true),
            ("\"said\\nana: now\"", true),
            ("{\"to\":[{\"user\":\"Ana\"}]}", true),
            ("\"ana's script\"", true),
            ("\"a banana\"", false),
            ("\"analysis\"", false),
            ("\"anna\"", false),
            ("no json, ana", true),
            ("7", false),
        ] {
            assert_eq!(ana().is_named_in(json), is_named, "{json}");
        }
    }

    #[test]
    fn who_wrote_what_news_are_about_is_found_by_their_login() {
        use crate::person::Author;
        let authors = vec![Author::github("ana-k"), Author::email("ana@acme.example")];
        let json = serde_json::to_string(&authors).unwrap();
        assert!(Subject::account("ana-k".into()).is_named_in(&json));
        assert!(Subject::account("ana@acme.example".into()).is_named_in(&json));
        assert!(!Subject::account("an".into()).is_named_in(&json));
    }

    #[test]
    fn the_accounts_of_a_person_are_theirs_too() {
        let mut subject = ana();
        assert!(!subject.is_named_in("\"U1\""));
        subject.learn(&approval("ben", "U2"));
        subject.learn(&approval("ana", "U1"));
        assert!(subject.is_named_in("\"U1\"") && !subject.is_named_in("\"U2\""));
        assert!(subject.caused(&approval("ana", "U7")) && subject.caused(&approval("ben", "U1")));
        assert!(!subject.caused(&approval("ben", "U2")));
        let account = Subject::account("U2".into());
        assert!(account.caused(&approval("ben", "U2")) && !account.caused(&approval("ana", "U1")));
    }
}
