//! What the configuration says, as the core sees it: people, services, environments, pipelines, commands.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::grammar::Grammar;
use crate::ids::secret::SecretName;
use crate::ids::{
    ChannelName, CommandName, Digest, EnvironmentName, ParameterName, PersonName, Place, RefName,
    RepositoryName, RoleName, ServiceName,
};
use crate::language::of_place;
use crate::manifest::{Does, Manifest};
use crate::news::subscription::Subscriptions;
use crate::notice::Locale;
use crate::person::{People, Person};
use crate::policy::{Concerned, Policy};
use crate::time::Duration;

/// Everything that is configured, checked and ready to decide with.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The language of everything for which nothing else is said.
    pub locale: Locale,
    /// The languages of places that have one of their own.
    pub locales: BTreeMap<Place, Locale>,
    /// On whose wall clock people say and read times.
    pub timezone: Tz,
    pub people: People,
    pub services: BTreeMap<ServiceName, Service>,
    pub channels: BTreeMap<ChannelName, Vec<Place>>,
    /// What channels are told of builds, releases and deployments elsewhere.
    pub news: Subscriptions,
    pub commands: BTreeMap<CommandName, Manifest>,
    pub grammar: Grammar,
    pub limits: Limits,
    /// Names this configuration in the record.
    pub digest: Digest,
}

/// Bounds that keep one person's flood from costing everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Deployments that one person may have asked for and that are not over.
    pub open_per_person: usize,
    /// Deployments that may be open for one service × environment.
    pub open_per_lane: usize,
    /// How fast one account may go on.
    pub rate: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = Rate { burst: 20, per_minute: 60 };
        Self { open_per_person: 20, open_per_lane: 50, rate }
    }
}

/// What one account may say, press and vote in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once, after a rest.
    pub burst: u32,
    /// From then on.
    pub per_minute: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub repository: Option<Repository>,
    /// Where its cards are shown; without one, where the request was made.
    pub channel: Option<ChannelName>,
    pub environments: BTreeMap<EnvironmentName, Environment>,
}

/// Where a service's commits are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repository {
    /// A local git repository.
    Path(String),
    Github(RepositoryName),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub pipeline: Pipeline,
    pub policy: Policy,
    /// Patterns of branches that a commit must be on; empty allows every commit of the repository.
    pub branches: Vec<String>,
    /// What `deploy api to prod` without a version means; `None` is the repository's `HEAD`.
    pub reference: Option<RefName>,
}

/// A named recipe at a backend. It is part of the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    pub recipe: Recipe,
    /// The stages that it will report, in order, for the progress bar; it may report others.
    pub stages: Vec<String>,
    /// A run that takes longer is stopped.
    pub timeout: Duration,
    pub parameters: BTreeMap<ParameterName, ParameterRule>,
}

/// What a backend needs to know to run a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "backend", rename_all = "snake_case")]
pub enum Recipe {
    /// A program on this machine.
    Command {
        /// The program and its arguments; `{commit}` and the like stand for values.
        run: Vec<String>,
        /// Where it runs; absolute.
        directory: String,
        /// Variables of wilco's environment that it may see, beside a fixed few.
        pass: Vec<String>,
    },
    /// A workflow of GitHub Actions.
    Github {
        repository: RepositoryName,
        /// The file in `.github/workflows`.
        workflow: String,
        /// The branch or tag whose workflow file runs; `None` is the repository's default branch. What it
        /// deploys is the sealed commit, whatever this is.
        reference: Option<RefName>,
        /// The environment under which GitHub's own pages show what is deployed; `None` shows nothing there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deployments: Option<String>,
        /// Environments of which wilco approves a job that waits, since people have approved it in chat.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reviews: Vec<String>,
    },
    /// Whatever takes a signed request over HTTP and reports back in the same way.
    Webhook {
        /// Where the requests go.
        url: String,
        /// Where the other side is told to report; `None` where it knows that by itself.
        report_to: Option<String>,
        /// Which secret signs both ways; `None` is the one without a name.
        secret: Option<SecretName>,
        /// What the other side can be asked besides a start.
        understands: BTreeSet<Asked>,
    },
}

/// What a webhook may be asked besides a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// What it knows of a run.
    Status,
    /// To stop a run, or to never begin it.
    Cancel,
}

/// What a declared parameter takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterRule {
    /// Used when nobody says a value; a parameter without one must be said.
    pub default: Option<String>,
    /// The values allowed; empty allows any.
    pub choices: Vec<String>,
    pub summary: Option<String>,
}

/// A value of a parameter is at most this long, in bytes.
pub const PARAMETER_LENGTH_MAX: usize = 256;

impl Pipeline {
    /// Returns the digest of the recipe as configured. What the backend finds behind it is sealed beside it.
    pub fn digest(&self) -> Digest {
        let json = serde_json::to_vec(self).expect("a pipeline has only JSON values");
        Digest(
            Sha256::new().chain_update(b"wilco.pipeline.1\n").chain_update(json).finalize().into(),
        )
    }
}

/// Who may ask for a command, from its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Anybody at all: for commands that only show things.
    Anybody,
    /// Everybody in people.toml.
    People,
    /// Those of people.toml who have one of these roles; no roles are nobody.
    Roles(Vec<RoleName>),
}

impl Who {
    /// Tells whether somebody may ask; `None` is an account that is in nobody's entry.
    pub fn allows(&self, person: Option<&Person>) -> bool {
        match self {
            Self::Anybody => true,
            Self::People => person.is_some(),
            Self::Roles(roles) => person.is_some_and(|person| person.has_any_role(roles)),
        }
    }

    /// Returns the roles that it asks for, if it asks for any.
    pub fn roles(&self) -> &[RoleName] {
        match self {
            Self::Anybody | Self::People => &[],
            Self::Roles(roles) => roles,
        }
    }
}

impl Catalog {
    pub fn environment(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<&Environment> {
        self.services.get(service)?.environments.get(environment)
    }

    /// Tells whether a repository or a pipeline is on GitHub.
    pub fn speaks_of_github(&self) -> bool {
        let is_there = |recipe: &Recipe| matches!(recipe, Recipe::Github { .. });
        let mut services = self.services.values();
        services.any(|service| matches!(service.repository, Some(Repository::Github(_))))
            || self.recipes().any(is_there)
    }

    /// Tells whether this is the repository of a service. GitHub takes its name in any case.
    pub fn looks_up_versions_in(&self, repository: &RepositoryName) -> bool {
        let is_it = |name: &RepositoryName| name.as_str().eq_ignore_ascii_case(repository.as_str());
        self.services.values().any(|service| match &service.repository {
            Some(Repository::Github(name)) => is_it(name),
            Some(Repository::Path(_)) | None => false,
        })
    }

    /// Returns which secrets of webhooks are spoken of; `None` is the one without a name.
    pub fn webhook_secrets(&self) -> BTreeSet<Option<SecretName>> {
        let secrets = self.recipes().filter_map(|recipe| match recipe {
            Recipe::Webhook { secret, .. } => Some(secret.clone()),
            Recipe::Command { .. } | Recipe::Github { .. } => None,
        });
        secrets.collect()
    }

    /// Returns how everything that is configured is run.
    fn recipes(&self) -> impl Iterator<Item = &Recipe> {
        let services = self.services.values().flat_map(|service| service.environments.values());
        let commands = self.commands.values().filter_map(|manifest| match &manifest.does {
            Does::Pipeline { pipeline, .. } => Some(&pipeline.recipe),
            Does::Action(_) => None,
        });
        services.map(|there| &there.pipeline.recipe).chain(commands)
    }

    /// Returns the command that has one of wilco's own meanings.
    pub fn command_for(&self, action: &str) -> Option<&Manifest> {
        let means = |does: &Does| matches!(does, Does::Action(own) if own == action);
        self.commands.values().find(|manifest| means(&manifest.does))
    }

    /// Returns who may ask for a deployment there, parted into those whose request could get its
    /// approvals and those whose request could not, since too few others may approve.
    pub fn who_may_ask(&self, there: &Environment) -> (Vec<&PersonName>, Vec<&PersonName>) {
        let deploy = self.command_for("deploy");
        let asking = self
            .people
            .iter()
            .filter(|person| deploy.is_some_and(|manifest| manifest.who.allows(Some(person))));
        asking.map(|person| &person.name).partition(|name| {
            let concerned = Concerned { requester: Some(name), authors: None };
            there.policy.reach(concerned, &self.people) >= there.policy.approvals()
        })
    }

    /// Returns the language of what everybody in a place reads.
    pub fn locale_of(&self, place: &Place) -> Locale {
        of_place(self, Some(place)).locale
    }

    /// Returns where cards of the service are shown, given where the request was made: never in a thread,
    /// since a card has its own one.
    pub fn places(&self, service: &ServiceName, asked_in: &Place) -> Vec<Place> {
        let channel = self.services.get(service).and_then(|service| service.channel.as_ref());
        let places = channel.and_then(|channel| self.channels.get(channel));
        match places {
            Some(places) if !places.is_empty() => places.clone(),
            Some(_) | None => vec![asked_in.whole()],
        }
    }
}
