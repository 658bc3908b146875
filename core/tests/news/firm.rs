//! A firm that is told of its builds: people, two channels, one service on GitHub.

use std::collections::BTreeMap;

use wilco_core::card::Press;
use wilco_core::catalog::{
    Catalog, Environment, Limits, Pipeline, Recipe, Repository, Service, Who,
};
use wilco_core::decide::{Decision, decide};
use wilco_core::deployment::{PathsRead, Version};
use wilco_core::effect::Effect;
use wilco_core::event::{Event, Resolution, RunReport};
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{
    Account, ChannelName, CommandName, CommitSha, DeploymentId, Digest, EnvironmentName,
    MessageRef, NewsId, PersonName, Place, Platform, RepositoryName, RoleName, RunRef, ServiceName,
};
use wilco_core::manifest::{Does, Localized, Manifest};
use wilco_core::news::subscription::Subscription;
use wilco_core::news::{Line, News, NewsKind, NewsState};
use wilco_core::notice::Locale;
use wilco_core::person::{Author, People, Person, Speaker, Standing};
use wilco_core::policy::Policy;
use wilco_core::request::{Heard, Parameters, Request};
use wilco_core::time::{Duration, Timestamp};
use wilco_core::working_set::{Origin, WorkingSet, scope};

/// The channel that is told news.
pub const SHOWN: &str = "C1";
/// A channel that is not.
pub const OTHER: &str = "C2";

pub struct Firm {
    pub catalog: Catalog,
    pub set: WorkingSet,
    now: Timestamp,
}

impl Firm {
    pub fn new(wanted: Vec<Subscription>) -> Self {
        let set = WorkingSet::new(Origin {
            instance: Digest([1; 32]),
            catalog: None,
            newest: DeploymentId(0),
            last_at: Timestamp(0),
            live: BTreeMap::new(),
            chosen: BTreeMap::new(),
        });
        Self { catalog: catalog(wanted), set, now: Timestamp(1000) }
    }

    pub fn deliver(&mut self, event: &Event) -> Decision {
        self.now.0 += 1;
        let view = self.set.view(&scope(event), &self.catalog, self.now, Digest([7; 32]));
        let decision = decide(&view, event);
        for fact in &decision.facts {
            self.set.apply(fact);
        }
        decision
    }

    pub fn hear(&mut self, news: &News) -> Decision {
        self.deliver(&Event::NewsHeard { news: Box::new(news.clone()) })
    }

    pub fn show(&mut self, news: &News, channel: &str) {
        let thing = news.thing.clone();
        self.deliver(&Event::NewsShown { thing, message: message(channel) });
    }

    pub fn press(&mut self, who: &str, press: Press, channel: &str) -> Decision {
        let message = message(channel);
        let (reason, trigger) = (None, None);
        self.deliver(&Event::Pressed { speaker: speaker(who), message, press, reason, trigger })
    }
}

pub fn wants(kinds: &[NewsKind]) -> Subscription {
    Subscription { kinds: kinds.to_vec(), ..Subscription::default() }
}

pub fn place(channel: &str) -> Place {
    Place::in_channel(Platform::Slack, channel)
}

fn message(channel: &str) -> MessageRef {
    MessageRef { place: place(channel), message: "1.1".into() }
}

pub fn account(user: &str) -> Account {
    Account { platform: Platform::Slack, workspace: "T1".into(), user: user.into() }
}

fn speaker(user: &str) -> Speaker {
    Speaker { account: account(user), standing: Standing::Member }
}

fn sha(digit: &str) -> CommitSha {
    CommitSha::new(digit.repeat(40)).expect("a commit")
}

fn repository() -> RepositoryName {
    RepositoryName::new("acme/api").expect("a repository")
}

/// News of a build on the default branch.
pub fn build(run: u64, attempt: u32, state: NewsState, at: i64) -> News {
    News {
        thing: NewsId::new(format!("build/acme/api/{run}")).expect("a name"),
        kind: NewsKind::Build,
        repository: Some(repository()),
        service: None,
        name: Some("CI".into()),
        branch: Some("main".into()),
        line: Line::Default,
        environment: None,
        commit: Some(sha("a")),
        attempt,
        state,
        title: String::from("Faster search").into(),
        authors: vec![Author::github("ana-k")].into(),
        url: None,
        at: Timestamp(at),
    }
}

pub fn failed(run: u64, attempt: u32, at: i64) -> News {
    build(run, attempt, NewsState::Failed, at)
}

pub fn succeeded(run: u64, attempt: u32, at: i64) -> News {
    News { commit: Some(sha("b")), ..build(run, attempt, NewsState::Succeeded, at) }
}

pub fn pushed(logins: &[&str]) -> News {
    News {
        thing: NewsId::new("push/acme/api/aaaa").expect("a name"),
        kind: NewsKind::Push,
        name: None,
        authors: logins.iter().map(|login| Author::github(login)).collect::<Vec<_>>().into(),
        ..build(0, 1, NewsState::Succeeded, 1)
    }
}

pub fn release(number: u64) -> News {
    News {
        thing: NewsId::new(format!("release/acme/api/{number}")).expect("a name"),
        kind: NewsKind::Release,
        name: Some("v1.4.2".into()),
        branch: None,
        line: Line::Other,
        ..build(0, 1, NewsState::Succeeded, 1)
    }
}

/// Has ana deploy to staging, asked for in this channel, and the run end so.
pub fn deploys(firm: &mut Firm, channel: &str, end: &RunReport) -> Decision {
    let request = Request::Deploy {
        service: ServiceName::new("api").expect("a name"),
        environment: EnvironmentName::new("staging").expect("a name"),
        version: None,
        parameters: Parameters::new(),
        dry_run: false,
    };
    let command = CommandName::new("deploy").expect("a name");
    let words = "deploy api to staging".to_owned();
    let heard = Heard::Understood { command, request };
    firm.deliver(&Event::Said { speaker: speaker("ana"), place: place(channel), words, heard });
    let (deployment, catalog) = (DeploymentId(1), firm.catalog.digest);
    let version = Version {
        commit: sha("c"),
        reference: Some("main".into()),
        subject: String::new().into(),
        author: String::new().into(),
    };
    let resolution = Resolution {
        version,
        branches: vec![],
        changes: vec![],
        changes_total: None,
        authors: Some(vec![Author::github("ana-k")]),
        risky: vec![],
        paths: PathsRead::Whole,
        checks: vec![],
        fingerprint: Digest([3; 32]),
    };
    let resolved = firm.deliver(&Event::Resolved { deployment, catalog, answer: Ok(resolution) });
    let op_key = resolved.effects.iter().find_map(|effect| match effect {
        Effect::StartRun { op_key, .. } => Some(op_key.clone()),
        _ => None,
    });
    let op_key = op_key.expect("nobody has to approve");
    let run = RunRef::new("r1").expect("a name");
    for report in [RunReport::Started { run }, end.clone()] {
        let event = Event::RunReported { deployment, op_key: op_key.clone(), at: None, report };
        let decision = firm.deliver(&event);
        if matches!(&event, Event::RunReported { report, .. } if report == end) {
            return decision;
        }
    }
    Decision::default()
}

fn catalog(wanted: Vec<Subscription>) -> Catalog {
    let role = RoleName::new("deployer").expect("a name");
    let person = |name: &str, login: &str| Person {
        name: PersonName::new(name).expect("a name"),
        locale: None,
        accounts: [account(name)].into(),
        writes_as: [Author::github(login)].into(),
        roles: [role.clone()].into(),
    };
    let channel = ChannelName::new("builds").expect("a name");
    let staging = Environment {
        pipeline: Pipeline {
            recipe: Recipe::Command { run: vec!["d".into()], directory: "/".into(), pass: vec![] },
            stages: vec![],
            timeout: Duration::seconds(60),
            parameters: BTreeMap::new(),
        },
        policy: Policy {
            groups: vec![],
            requester: false,
            authors: false,
            expires: Duration::seconds(600),
            reject: vec![],
            risky: vec![],
            checks: vec![],
        },
        branches: vec![],
        reference: None,
    };
    let environments = [(EnvironmentName::new("staging").expect("a name"), staging)].into();
    let repository = Some(Repository::Github(repository()));
    let api = Service { repository, channel: None, environments };
    let name = CommandName::new("deploy").expect("a name");
    let deploy = Manifest {
        name: name.clone(),
        summary: Localized { en: String::new(), ko: String::new() },
        say: vec![],
        aliases: vec![],
        who: Who::Roles(vec![role.clone()]),
        does: Does::Action("deploy".into()),
        examples: vec![],
    };
    Catalog {
        locale: Locale::En,
        locales: BTreeMap::new(),
        timezone: chrono_tz::Tz::UTC,
        people: People::new([person("ana", "ana-k"), person("ben", "ben-s")]).expect("two people"),
        services: [(ServiceName::new("api").expect("a name"), api)].into(),
        channels: [(channel.clone(), vec![place(SHOWN)])].into(),
        news: wanted.into_iter().map(|wanted| (channel.clone(), wanted)).collect(),
        commands: [(name, deploy)].into(),
        grammar: Grammar::new(&BTreeMap::new(), &Known::default()).expect("nothing is no fault"),
        limits: Limits::default(),
        digest: Digest([2; 32]),
    }
}
