//! Who asks, and what they may see and do.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Call, Refusal};
use super::clock::Moment;
use super::route::Need;
use super::state::State;

/// Whose token it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    Person(String),
    Installation(u64),
}

#[derive(Clone)]
pub struct Token {
    pub holder: Holder,
    /// `owner/name`; all where there is no list.
    pub repositories: Option<BTreeSet<String>>,
    /// `read` or `write` by what it is for; everything where there is no list.
    pub permissions: Option<BTreeMap<String, String>>,
    pub expires: Option<Moment>,
}

/// Where the app is installed.
pub struct Installation {
    pub account: String,
    pub repositories: BTreeSet<String>,
}

impl Holder {
    /// Who does what is done with the token.
    pub fn login(&self) -> String {
        match self {
            Holder::Person(login) => login.clone(),
            Holder::Installation(_) => format!("{}[bot]", super::APP_SLUG),
        }
    }

    pub fn limited(&self) -> String {
        match self {
            Holder::Person(login) => format!("user ID {}", super::person::number(login)),
            Holder::Installation(id) => format!("installation ID {id}"),
        }
    }
}

impl Token {
    /// One that may do everything everywhere.
    pub fn of_person(login: &str) -> Token {
        let holder = Holder::Person(login.to_owned());
        Token { holder, repositories: None, permissions: None, expires: None }
    }

    fn sees(&self, repository: &str) -> Sight {
        let is_among = self.repositories.as_ref().is_none_or(|all| all.contains(repository));
        if is_among { Sight::Seen } else { Sight::Hidden }
    }

    fn may(&self, need: Need) -> Sight {
        let Some(permissions) = &self.permissions else { return Sight::Seen };
        let level = |name: &str| permissions.get(name).map(String::as_str);
        let is_allowed = match need {
            // Whoever sees a repository may read what it is called.
            Need::Nothing | Need::Read("metadata") => true,
            Need::App => false,
            Need::Read(name) => matches!(level(name), Some("read" | "write")),
            Need::Write(name) => level(name) == Some("write"),
        };
        if is_allowed { Sight::Seen } else { Sight::Hidden }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Seen,
    Hidden,
}

impl State {
    /// Who holds the token of a request.
    pub fn holder(&self, call: &Call) -> Result<Holder, Refusal> {
        let requires = || Refusal::new(401, "Requires authentication");
        let given = call.token.as_deref().ok_or_else(requires)?;
        let known = self.tokens.get(given);
        let known = known.filter(|one| one.expires.is_none_or(|at| at > self.clock.now()));
        known.map(|one| one.holder.clone()).ok_or_else(|| Refusal::new(401, "Bad credentials"))
    }

    /// Refuses what the token may not see or not do.
    pub fn allow(&self, call: &Call, need: Need) -> Result<(), Refusal> {
        let Some(token) = call.token.as_ref().and_then(|given| self.tokens.get(given)) else {
            return Err(Refusal::new(401, "Bad credentials"));
        };
        let repository = call.repository();
        if !repository.is_empty() {
            let is_there = self.repositories.contains_key(&repository);
            if !is_there || token.sees(&repository) == Sight::Hidden {
                return Err(Refusal::not_found());
            }
        }
        if token.may(need) == Sight::Seen {
            return Ok(());
        }
        Err(Refusal::new(
            403,
            match token.holder {
                Holder::Person(_) => "Resource not accessible by personal access token",
                Holder::Installation(_) => "Resource not accessible by integration",
            },
        ))
    }
}
