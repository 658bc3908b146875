//! People, their accounts and roles, and what an account must be to count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{Account, PersonName, RoleName};
use crate::notice::Locale;

/// One human of people.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: PersonName,
    /// The language that the configuration says of them.
    pub locale: Option<Locale>,
    pub accounts: BTreeSet<Account>,
    /// By what repositories know what they wrote.
    pub writes_as: BTreeSet<Author>,
    pub roles: BTreeSet<RoleName>,
}

/// By what a repository knows who wrote a commit. It says who wrote something, and never whose vote counts:
/// whoever makes a commit may write any address into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The login of an account on GitHub.
    Github(String),
    Email(String),
}

impl Author {
    /// Neither kind tells capitals from small letters.
    pub fn github(login: &str) -> Self {
        Self::Github(login.to_ascii_lowercase())
    }

    pub fn email(address: &str) -> Self {
        Self::Email(address.to_lowercase())
    }

    /// Returns the account behind an address that GitHub itself gives to whoever hides theirs: it writes that into
    /// what people merge on its pages. <https://docs.github.com/en/account-and-profile/reference/email-addresses-reference>
    fn behind_noreply(&self) -> Option<Self> {
        let Self::Email(address) = self else { return None };
        // `users.noreply.HOST` on an Enterprise Server.
        let (name, _) = address.split_once("@users.noreply.")?;
        let login = match name.split_once('+') {
            Some((id, login)) if id.bytes().all(|byte| byte.is_ascii_digit()) => login,
            Some(_) => return None,
            None => name,
        };
        (!login.is_empty()).then(|| Self::github(login))
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Github(login) => write!(f, "github/{login}"),
            Self::Email(address) => f.write_str(address),
        }
    }
}

/// Everybody in people.toml, found by name and by account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    names: BTreeMap<PersonName, Person>,
    accounts: BTreeMap<Account, PersonName>,
    authors: BTreeMap<Author, PersonName>,
}

/// An account that two entries of people.toml claim: nobody could say whose vote it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is claimed by {first} and by {second}")]
pub struct ClaimedTwice {
    /// The account, or by what commits are known.
    pub what: String,
    pub first: PersonName,
    pub second: PersonName,
}

impl People {
    /// Gathers people; an account or an author that two of them claim is an error.
    pub fn new(people: impl IntoIterator<Item = Person>) -> Result<Self, ClaimedTwice> {
        let mut all = Self::default();
        for person in people {
            for account in &person.accounts {
                let what = format!("the account {account}");
                claim(&mut all.accounts, (account, what), &person.name)?;
            }
            for author in &person.writes_as {
                claim(&mut all.authors, (author, author.to_string()), &person.name)?;
            }
            all.names.insert(person.name.clone(), person);
        }
        Ok(all)
    }

    pub fn by_name(&self, name: &PersonName) -> Option<&Person> {
        self.names.get(name)
    }

    pub fn by_account(&self, account: &Account) -> Option<&Person> {
        self.accounts.get(account).and_then(|name| self.names.get(name))
    }

    /// Returns who wrote what a repository knows under this.
    pub fn by_author(&self, author: &Author) -> Option<&Person> {
        self.authors
            .get(author)
            .or_else(|| self.authors.get(&author.behind_noreply()?))
            .and_then(|name| self.names.get(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.names.values()
    }

    /// Returns everybody who has at least one of the roles. No roles: nobody.
    pub fn with_any_role<'a>(&'a self, roles: &'a [RoleName]) -> impl Iterator<Item = &'a Person> {
        self.iter().filter(move |person| person.has_any_role(roles))
    }
}

fn claim<K: Ord + Clone>(
    claims: &mut BTreeMap<K, PersonName>,
    (key, what): (&K, String),
    name: &PersonName,
) -> Result<(), ClaimedTwice> {
    match claims.insert(key.clone(), name.clone()) {
        Some(first) if first != *name => Err(ClaimedTwice { what, first, second: name.clone() }),
        Some(_) | None => Ok(()),
    }
}

impl Person {
    /// Tells whether the person has at least one of the roles. No roles: no.
    pub fn has_any_role(&self, roles: &[RoleName]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

/// What the platform says of an account. Only a member ever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A full member of our own workspace or guild.
    Member,
    /// A bot, an app, a webhook, or wilco itself.
    Bot,
    Guest,
    /// Somebody of another workspace or guild.
    Stranger,
    Deactivated,
    /// The platform could not be asked; the answer is no until it can.
    Unverified,
    /// The platform was not asked yet. Nothing is decided before it was.
    Unknown,
}

/// Who said or did something, as the adapter knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    pub account: Account,
    pub standing: Standing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Platform;

    fn account(user: &str) -> Account {
        Account { platform: Platform::Slack, workspace: "T1".into(), user: user.into() }
    }

    fn person(name: &str, users: &[&str]) -> Person {
        Person {
            name: PersonName::new(name).unwrap(),
            locale: None,
            accounts: users.iter().map(|user| account(user)).collect(),
            writes_as: BTreeSet::new(),
            roles: BTreeSet::new(),
        }
    }

    #[test]
    fn an_account_that_two_people_claim_is_refused() {
        let error = People::new([person("ana", &["U1"]), person("ben", &["U2", "U1"])]);
        assert_eq!(error.unwrap_err().what, "the account slack:T1/U1");
    }

    #[test]
    fn an_address_that_github_gives_is_that_of_its_account() {
        let writes_as = BTreeSet::from([Author::github("ben-k")]);
        let people = People::new([Person { writes_as, ..person("ben", &["U1"]) }]).unwrap();
        for (address, is_bens) in [
            ("123+Ben-K@users.noreply.github.com", true),
            ("ben-k@users.noreply.github.com", true),
            ("7+ben-k@users.noreply.github.example.com", true),
            ("x+ben-k@users.noreply.github.com", false),
            ("123+ben@users.noreply.github.com", false),
            ("@users.noreply.github.com", false),
            ("ben-k@example.com", false),
        ] {
            let found = people.by_author(&Author::email(address));
            assert_eq!(found.is_some(), is_bens, "{address}");
        }
    }

    #[test]
    fn an_account_is_compared_whole() {
        let people = People::new([person("ana", &["U1"])]).unwrap();
        assert!(people.by_account(&account("U1")).is_some());
        for other in [
            Account { workspace: "T2".into(), ..account("U1") },
            Account { platform: Platform::Discord, ..account("U1") },
            account("u1"),
        ] {
            assert!(people.by_account(&other).is_none(), "{other}");
        }
    }

    #[test]
    fn an_empty_list_of_roles_is_nobody() {
        let mut ana = person("ana", &["U1"]);
        ana.roles.insert(RoleName::new("sre").unwrap());
        let people = People::new([ana]).unwrap();
        assert_eq!(people.with_any_role(&[]).count(), 0);
    }
}
