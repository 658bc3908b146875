//! What is known of the things of which there was news, as a fold of the facts. As many are kept as are
//! bounded; what is forgotten and told of again begins anew.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::fact::{Fact, What};
use crate::ids::{
    Account, CommitSha, Digest, EnvironmentName, MessageRef, NewsId, Place, Platform, ServiceName,
};
use crate::news::{News, NewsState};
use crate::person::{Author, People};

/// So many things are kept: those of which something was put on record last.
pub const KEPT_MAX: usize = 512;

/// More people than this are not mentioned in one place.
const MENTIONED_MAX: usize = 10;

/// Where a thing is told of from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    pub place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

/// Where a release can be deployed to by pressing a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub service: ServiceName,
    pub environment: EnvironmentName,
}

/// A thing in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub place: Place,
    pub offer: Option<Offer>,
    /// What was told first there, by its attempt and state.
    pub first: (u32, NewsState),
    pub message: Option<MessageRef>,
}

/// A thing, as the facts about it leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    pub news: News,
    pub said: Vec<Said>,
    /// It failed and did not succeed since, whatever goes on now.
    pub broken: bool,
    /// What works in its place since it failed.
    pub mended: Option<Mended>,
}

/// Something that failed works again, at this commit where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    pub commit: Option<CommitSha>,
}

impl Thing {
    fn begin(news: News) -> Self {
        let broken = news.state == NewsState::Failed;
        Self { news, said: Vec::new(), broken, mended: None }
    }

    /// Folds all facts of one thing; `None` where nothing was heard of it.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<Self> {
        let mut thing = None;
        for fact in facts {
            apply(&mut thing, &fact.what);
        }
        thing
    }

    fn hear(&mut self, news: &News) {
        if !news.replaces(&self.news) {
            return;
        }
        self.news = news.clone();
        match news.state {
            NewsState::Failed => {
                self.broken = true;
                self.mended = None;
            }
            NewsState::Succeeded => {
                self.broken = false;
                self.mended = None;
            }
            NewsState::Waiting | NewsState::Running | NewsState::Cancelled => {}
        }
    }

    /// Returns what is known of it in a place.
    pub fn said_in(&self, place: &Place) -> Option<&Said> {
        self.said.iter().find(|said| said.place == *place)
    }

    /// Returns who is mentioned in its message: its authors, where the message was posted with this failure.
    ///
    /// A later failure mentions them in the line below it, since an edit wakes nobody.
    pub fn mentioned_in(&self, place: &Place, people: &People) -> Vec<Account> {
        let now = (self.news.attempt, self.news.state);
        match self.said_in(place) {
            Some(said) if said.first == now && self.news.state == NewsState::Failed => {
                self.news.mentioned(place.platform, people)
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Tells whether the two are one after another of the same: the same workflow on the same branch, say.
    pub fn follows(&self, other: &News) -> bool {
        let there = |news: &News| news.environment.as_ref().map(|there| there.name.clone());
        let known = &self.news;
        known.kind == other.kind
            && known.branch == other.branch
            && known.line == other.line
            && known.repository == other.repository
            && known.service == other.service
            && known.workflow() == other.workflow()
            && known.thing != other.thing
            && there(known) == there(other)
    }
}

impl News {
    /// Returns the accounts of its authors on a platform: those whom a failure mentions.
    pub fn mentioned(&self, platform: Platform, people: &People) -> Vec<Account> {
        let mut mentioned: Vec<Account> = Vec::new();
        let authors = self.authors.known().map(Vec::as_slice).unwrap_or_default();
        for person in authors.iter().filter_map(|author| people.by_author(author)) {
            let here = person.accounts.iter().filter(|account| account.platform == platform);
            let new: Vec<Account> =
                here.filter(|account| !mentioned.contains(account)).cloned().collect();
            mentioned.extend(new);
        }
        mentioned.truncate(MENTIONED_MAX);
        mentioned
    }

    /// Returns its authors as people read them: their names here, or their logins. Addresses are nobody's business.
    pub fn names(&self, people: &People) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for author in self.authors.known().map(Vec::as_slice).unwrap_or_default() {
            let name = match (people.by_author(author), author) {
                (Some(person), _) => person.name.to_string(),
                (None, Author::Github(login)) => login.clone(),
                (None, Author::Email(_)) => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Returns by what the message of a thing is found again, given the hash of the first fact about it, which
/// nobody can guess.
pub fn key(first: &Digest) -> String {
    let digest = Sha256::new_with_prefix(b"wilco.news.1\n").chain_update(first.0).finalize();
    format!("news-{}", crate::hex::hex(&digest[..10]))
}

fn apply(thing: &mut Option<Thing>, what: &What) {
    match what {
        What::NewsHeard { news, said } => {
            let thing = thing.get_or_insert_with(|| Thing::begin((**news).clone()));
            thing.hear(news);
            for saying in said {
                if thing.said_in(&saying.place).is_none() {
                    thing.said.push(Said {
                        place: saying.place.clone(),
                        offer: saying.offer.clone(),
                        first: (news.attempt, news.state),
                        message: None,
                    });
                }
            }
        }
        What::NewsMended { commit, .. } => {
            if let Some(thing) = thing {
                thing.mended = Some(Mended { commit: commit.clone() });
                thing.broken = false;
            }
        }
        What::NewsShown { message, .. } => {
            let said = thing.as_mut().map(|thing| &mut thing.said);
            for said in said.into_iter().flatten().filter(|said| said.place == message.place) {
                said.message = Some(message.clone());
            }
        }
        _ => {} // Nothing else is about things outside.
    }
}

/// The things that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Things {
    all: BTreeMap<NewsId, Thing>,
    /// Their names, the one that was touched last at the end.
    touched: VecDeque<NewsId>,
    messages: BTreeMap<MessageRef, NewsId>,
}

impl Things {
    /// Takes in a fact about a thing.
    pub fn apply(&mut self, id: &NewsId, what: &What) {
        let mut thing = self.all.remove(id);
        apply(&mut thing, what);
        let Some(thing) = thing else { return };
        for message in thing.said.iter().filter_map(|said| said.message.as_ref()) {
            self.messages.insert(message.clone(), id.clone());
        }
        self.touched.retain(|known| known != id);
        self.touched.push_back(id.clone());
        self.all.insert(id.clone(), thing);
        if self.touched.len() > KEPT_MAX
            && let Some(oldest) = self.touched.pop_front()
        {
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, id: &NewsId) {
        let forgotten = self.all.remove(id);
        for said in forgotten.iter().flat_map(|thing| &thing.said) {
            if let Some(message) = &said.message {
                self.messages.remove(message);
            }
        }
    }

    pub fn get(&self, id: &NewsId) -> Option<&Thing> {
        self.all.get(id)
    }

    /// Returns the thing that a message of ours tells of.
    pub fn by_message(&self, message: &MessageRef) -> Option<&Thing> {
        self.messages.get(message).and_then(|id| self.all.get(id))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Thing> {
        self.all.values()
    }
}
