//! What GitHub knows: repositories, who may see them, and what is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::access::{Installation, Token};
use super::check::{CheckRun, Status};
use super::clock::{Clock, Moment, Numbers};
use super::deployment::Deployment;
use super::fault::Faults;
use super::history::{Commit, Pull};
use super::hook::Hooks;
use super::limit::Limits;
use super::news::News;
use super::release::Release;
use super::run::Run;
use super::workflow::Workflow;
use crate::sim::sent::Record;

/// Which GitHub it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Server {
    /// It can tell at a dispatch which run there will be.
    Recent,
    /// GitHub Enterprise Server before 3.21, which refuses to be asked for that.
    BeforeRunDetails,
}

/// An environment of a repository.
#[derive(Clone, Debug)]
pub struct Environment {
    pub id: u64,
    /// Who must approve a job that goes there; nobody need where it is empty.
    pub reviewers: Vec<String>,
}

/// A tag that is an object of its own, as `git tag -a` makes it.
#[derive(Clone, Debug)]
pub struct TagObject {
    pub tag: String,
    pub message: String,
    /// The commit that it stands for.
    pub object: String,
}

pub struct Repository {
    pub id: u64,
    /// `owner/name`.
    pub name: String,
    pub default_branch: String,
    /// When somebody pushed last.
    pub pushed: Option<Moment>,
    /// By their hash.
    pub commits: BTreeMap<String, Commit>,
    /// By their full name, as `refs/heads/main`; what they stand for is a commit or a tag object.
    pub refs: BTreeMap<String, String>,
    pub tag_objects: BTreeMap<String, TagObject>,
    pub pulls: Vec<Pull>,
    pub releases: Vec<Release>,
    pub check_runs: Vec<CheckRun>,
    pub statuses: Vec<Status>,
    pub environments: BTreeMap<String, Environment>,
    /// By their file.
    pub workflows: BTreeMap<String, Workflow>,
    pub runs: BTreeMap<u64, Run>,
    pub deployments: Vec<Deployment>,
    /// What webhooks are still to tell.
    pub news: Vec<News>,
    pub numbers: Numbers,
    /// Where the API is.
    pub base: String,
}

impl Repository {
    pub fn new(name: &str, base: &str, numbers: &Numbers) -> Repository {
        assert!(name.split('/').count() == 2, "{name} is not written owner/name");
        Repository {
            id: numbers.next(),
            name: name.to_owned(),
            default_branch: "main".to_owned(),
            pushed: None,
            commits: BTreeMap::new(),
            refs: BTreeMap::new(),
            tag_objects: BTreeMap::new(),
            pulls: Vec::new(),
            releases: Vec::new(),
            check_runs: Vec::new(),
            statuses: Vec::new(),
            environments: BTreeMap::new(),
            workflows: BTreeMap::new(),
            runs: BTreeMap::new(),
            deployments: Vec::new(),
            news: Vec::new(),
            numbers: numbers.clone(),
            base: base.to_owned(),
        }
    }

    /// An address of the API below this repository.
    pub fn api(&self, below: &str) -> String {
        format!("{}/repos/{}{below}", self.base, self.name)
    }

    /// An address for people below this repository.
    pub fn page(&self, below: &str) -> String {
        format!("{}/{}{below}", self.base, self.name)
    }

    /// Lets everything happen that is due by now; whether there was anything.
    pub fn advance(&mut self, now: Moment) -> Progress {
        let mut progress = Progress::None;
        let is_due = |run: &Run| run.due.is_some_and(|due| due <= now);
        while let Some(id) = self.runs.values().find(|run| is_due(run)).map(|run| run.id) {
            let due = self.runs[&id].due.unwrap_or(now);
            self.move_on(id, due);
            progress = Progress::Some;
        }
        progress
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    None,
    Some,
}

pub struct State {
    pub base: String,
    pub clock: Clock,
    pub numbers: Numbers,
    /// By `owner/name`.
    pub repositories: BTreeMap<String, Repository>,
    pub tokens: BTreeMap<String, Token>,
    pub installations: BTreeMap<u64, Installation>,
    pub server: Server,
    /// How long after its beginning a run stands in no list.
    pub listing_lag: Duration,
    pub limits: Limits,
    pub hooks: Hooks,
    /// The operation and everything that was said.
    pub calls: Vec<(&'static str, Value)>,
    pub complaints: Vec<String>,
    /// Answers with 401, 403 and 429.
    pub refused: usize,
    /// How many came in, each of which has a name made of that.
    pub requests: u64,
    pub faults: Faults,
    pub record: Record,
}

impl State {
    pub fn new(base: &str, record: Record) -> State {
        State {
            base: base.to_owned(),
            clock: Clock::new(),
            numbers: Numbers::new(),
            repositories: BTreeMap::new(),
            tokens: BTreeMap::from([(super::TOKEN.to_owned(), Token::of_person(super::BOT))]),
            installations: BTreeMap::from([(
                super::INSTALLATION,
                Installation { account: "acme".to_owned(), repositories: BTreeSet::new() },
            )]),
            server: Server::Recent,
            listing_lag: Duration::ZERO,
            limits: Limits::default(),
            hooks: Hooks::default(),
            calls: Vec::new(),
            complaints: Vec::new(),
            refused: 0,
            requests: 0,
            faults: Faults::default(),
            record,
        }
    }

    /// A repository that a test speaks of.
    pub fn known(&mut self, repository: &str) -> &mut Repository {
        let found = self.repositories.get_mut(repository);
        found.unwrap_or_else(|| panic!("there is no repository {repository}"))
    }

    /// Lets everything happen that is due by now, and hands its news to the webhooks.
    pub fn advance(&mut self) -> Progress {
        let now = self.clock.now();
        let mut progress = Progress::None;
        for repository in self.repositories.values_mut() {
            if repository.advance(now) == Progress::Some {
                progress = Progress::Some;
            }
            self.hooks.take(&mut repository.news, now);
        }
        progress
    }

    /// When something will happen next by itself.
    pub fn next_due(&self) -> Option<Moment> {
        let runs = self.repositories.values().flat_map(|repository| repository.runs.values());
        runs.filter_map(|run| run.due).chain(self.hooks.next_due()).min()
    }

    pub fn until(&self, moment: Moment) -> Duration {
        (moment - self.clock.now()).to_std().unwrap_or_default()
    }
}
