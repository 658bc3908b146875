//! The firm in which the laws are checked: who works there, and what its configuration asks for.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::catalog::{
    Catalog, Environment, Limits, ParameterRule, Pipeline, Recipe, Service, Who,
};
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{
    Account, CommandName, CommitSha, Digest, EnvironmentName, ParameterName, PersonName, Place,
    Platform, RoleName, ServiceName,
};
use wilco_core::manifest::{Does, Localized, Manifest};
use wilco_core::notice::Locale;
use wilco_core::person::{Author, People, Person, Speaker, Standing};
use wilco_core::policy::{ApprovalGroup, Policy};
use wilco_core::time::Duration;

/// Deployments expire this long after they were asked for.
/// The digest of every configuration of the firm.
pub const CATALOG: Digest = Digest([1; 32]);

pub const EXPIRES: Duration = Duration::seconds(3600);

pub fn service() -> ServiceName {
    ServiceName::new("api").expect("a name")
}

pub fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).expect("a name")
}

pub fn person(name: &str) -> PersonName {
    PersonName::new(name).expect("a name")
}

pub fn role(name: &str) -> RoleName {
    RoleName::new(name).expect("a name")
}

pub fn commit(digit: char) -> CommitSha {
    CommitSha::new(digit.to_string().repeat(40)).expect("a commit")
}

/// Returns the channel in which everything occurs.
pub fn place() -> Place {
    Place::in_channel(Platform::Slack, "C1")
}

/// Returns a thread of it.
pub fn thread() -> Place {
    Place { thread: Some("T1".into()), ..place() }
}

pub fn account(platform: Platform, user: &str) -> Account {
    Account { platform, workspace: "T1".into(), user: user.into() }
}

/// Returns a member of the firm, or somebody who looks like one.
pub fn speaker(platform: Platform, user: &str, standing: Standing) -> Speaker {
    Speaker { account: account(platform, user), standing }
}

pub fn slack(user: &str) -> Speaker {
    speaker(Platform::Slack, user, Standing::Member)
}

/// Returns everybody, ben with these roles.
fn people(ben: &[&str]) -> People {
    let entries: [(&str, &[&str]); 4] = [
        ("ana", &["deployer", "approver", "owner"]),
        ("ben", ben),
        ("mina", &["approver", "owner"]),
        ("carl", &["reader"]),
    ];
    People::new(entries.map(|(name, roles)| Person {
        name: person(name),
        locale: (name == "mina").then_some(Locale::En),
        // Everybody has an account on two platforms.
        accounts: BTreeSet::from([
            account(Platform::Slack, name),
            account(Platform::Discord, name),
        ]),
        writes_as: BTreeSet::from([Author::email(&format!("{name}@example.com"))]),
        roles: roles.iter().map(|name| role(name)).collect(),
    }))
    .expect("no account is claimed twice")
}

/// Returns a policy with these groups, of how many people from which role each.
pub fn policy(groups: &[(u32, &[&str])]) -> Policy {
    let group = |(approvals, from): &(u32, &[&str])| ApprovalGroup {
        approvals: *approvals,
        from: from.iter().map(|name| role(name)).collect(),
    };
    Policy {
        groups: groups.iter().map(group).collect(),
        requester: false,
        authors: true,
        risky: vec![],
        checks: vec![],
        expires: EXPIRES,
        reject: vec![role("approver")],
    }
}

pub fn pipeline(program: &str) -> Pipeline {
    let rule = ParameterRule { default: Some("1".into()), ..ParameterRule::default() };
    Pipeline {
        recipe: Recipe::Command {
            run: vec![program.into()],
            directory: "/srv".into(),
            pass: vec![],
        },
        stages: vec!["build".into()],
        timeout: Duration::seconds(60),
        parameters: BTreeMap::from([(ParameterName::new("hosts").expect("a name"), rule)]),
    }
}

fn manifest(name: &str, who: Who, does: Does) -> (CommandName, Manifest) {
    let name = CommandName::new(name).expect("a name");
    let summary = Localized { en: String::new(), ko: String::new() };
    let (say, aliases, examples) = (vec![], vec![], vec![]);
    (name.clone(), Manifest { name, summary, say, aliases, who, does, examples })
}

fn commands() -> BTreeMap<CommandName, Manifest> {
    let deployers = || Who::Roles(vec![role("deployer")]);
    let own = ["deploy", "rollback", "promote", "retry", "cancel"];
    let votes = ["approve", "reject", "can", "language"];
    let smoke = Does::Pipeline {
        pipeline: Box::new(pipeline("smoke")),
        policy: Policy { groups: vec![], ..policy(&[]) },
    };
    let action = |name: &str| Does::Action(name.into());
    own.map(|name| manifest(name, deployers(), action(name)))
        .into_iter()
        .chain(votes.map(|name| manifest(name, Who::Anybody, action(name))))
        .chain([manifest("smoke", Who::Roles(vec![role("owner")]), smoke)])
        .collect()
}

/// Returns a configuration in which prod has this policy and pipeline, and staging asks nobody.
pub fn catalog(policy: Policy, program: &str, limits: Limits) -> Catalog {
    let pair = |policy: Policy, program: &str| Environment {
        pipeline: pipeline(program),
        policy,
        branches: vec!["main".into()],
        reference: None,
    };
    let staging = pair(Policy { groups: vec![], ..policy.clone() }, "deploy");
    let environments = BTreeMap::from([
        (environment("prod"), pair(policy, program)),
        (environment("staging"), staging),
    ]);
    let api = Service { repository: None, channel: None, environments };
    Catalog {
        locale: Locale::En,
        locales: BTreeMap::from([(place(), Locale::Ko)]),
        timezone: chrono_tz::Tz::UTC,
        people: people(&["deployer", "approver"]),
        services: BTreeMap::from([(service(), api)]),
        channels: BTreeMap::new(),
        news: Vec::new(),
        commands: commands(),
        grammar: Grammar::new(&BTreeMap::new(), &Known::default()).expect("nothing is no fault"),
        limits,
        digest: CATALOG,
    }
}

/// The place in [`catalogs`] of the one in which ben is no approver any more.
pub const BEN_LOST_THE_ROLE: usize = 3;

/// The place of the one in which prod has another pipeline.
pub const OTHER_PIPELINE: usize = 2;

/// Returns the configurations between which a reload may change; the first is in force.
pub fn catalogs(policy: &Policy) -> Vec<Catalog> {
    let limits = Limits { open_per_person: 2, open_per_lane: 3, ..Limits::default() };
    let as_asked = catalog(policy.clone(), "deploy", limits);
    let stricter = Policy { reject: vec![role("owner")], ..policy.clone() };
    let mut lost = as_asked.clone();
    lost.people = people(&["deployer"]);
    let mut gone = as_asked.clone();
    gone.services.clear();
    vec![
        as_asked,
        catalog(stricter, "deploy", limits),
        catalog(policy.clone(), "deploy-2", limits),
        lost,
        gone,
    ]
}
