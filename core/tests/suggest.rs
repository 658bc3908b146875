//! What is offered while somebody fills in a command, with the manifests that come with the bot.

#[path = "suggest/lines.rs"]
mod lines;
mod manifests;
#[path = "suggest/offers.rs"]
mod offers;
#[path = "suggest/rules.rs"]
mod rules;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wilco_core::catalog::{Catalog, Environment, Limits, Service};
use wilco_core::deployment::{Kind, Outcome, Status};
use wilco_core::grammar::fields::{FieldName, Filled};
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{CommandName, CommitSha, DeploymentId, Digest, EnvironmentName, ServiceName};
use wilco_core::manifest::{Does, Example, Manifest};
use wilco_core::notice::{Locale, Summary};
use wilco_core::person::People;
use wilco_core::suggest::{self, Asked, Choice, Recent, Room};
use wilco_core::time::Timestamp;

/// `lab` is a service, and an environment of another.
const SERVICES: [(&str, &[&str]); 4] = [
    ("api", &["prod", "staging"]),
    ("lab", &["prod"]),
    ("web", &["lab", "prod", "staging"]),
    ("worker-2.eu", &["staging"]),
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog(&SERVICES));

const ROOM: Room = Room { choices: 25, characters: 100 };

/// Returns a configuration with these services, the commands that come with the bot, and two of a team.
fn catalog(services: &[(&str, &[&str])]) -> Catalog {
    let Does::Pipeline { pipeline, policy } = manifests::pipeline() else { unreachable!() };
    let environment = || Environment {
        pipeline: (*pipeline).clone(),
        policy: policy.clone(),
        branches: vec![],
        reference: None,
    };
    let service = |environments: &[&str]| Service {
        repository: None,
        channel: None,
        environments: environments
            .iter()
            .map(|name| (EnvironmentName::new(*name).expect("a name"), environment()))
            .collect(),
    };
    let services: BTreeMap<ServiceName, Service> = services
        .iter()
        .map(|(name, there)| (ServiceName::new(*name).expect("a name"), service(there)))
        .collect();
    let mut commands = manifests::shipped();
    for (name, say) in
        [("warm", "<service> <environment> 예열"), ("drain", "drain <environment> of <service>")]
    {
        let name = CommandName::new(name).expect("a name");
        let (say, aliases) = (vec![say.to_owned()], vec![]);
        let manifest =
            Manifest { name: name.clone(), say, aliases, ..commands["smoke-test"].clone() };
        commands.insert(name, manifest);
    }
    let known = Known {
        services: services.keys().cloned().collect(),
        environments: services.values().flat_map(|s| s.environments.keys().cloned()).collect(),
    };
    Catalog {
        locale: Locale::En,
        locales: BTreeMap::new(),
        timezone: chrono_tz::UTC,
        people: People::default(),
        grammar: Grammar::new(&commands, &known).expect("the manifests have no fault"),
        services,
        channels: BTreeMap::new(),
        news: Vec::new(),
        commands,
        limits: Limits::default(),
        digest: Digest([0; 32]),
    }
}

fn summary(id: u64, lane: (&str, &str), status: Status, reference: Option<&str>) -> Summary {
    Summary {
        deployment: DeploymentId(id),
        kind: Kind::Deploy,
        service: ServiceName::new(lane.0).expect("a name"),
        environment: EnvironmentName::new(lane.1).expect("a name"),
        status,
        commit: Some(sha(id)),
        reference: reference.map(str::to_owned),
        requester: None,
        requested_at: Timestamp(0),
        ended_at: status.outcome().map(|_| Timestamp(0)),
        blockers: vec![],
    }
}

fn sha(number: u64) -> CommitSha {
    CommitSha::new(format!("{number:07x}{}", "c".repeat(33))).expect("a commit")
}

const DONE: Status = Status::Ended(Outcome::Succeeded);

fn filled(values: &[(FieldName, &str)]) -> Filled {
    values.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

/// Returns what is offered where this much is filled in.
fn offered(
    recent: &Recent,
    command: &str,
    values: &[(FieldName, &str)],
    (field, typed): (FieldName, &str),
) -> Vec<Choice> {
    let (manifest, filled) = (&CATALOG.commands[command], filled(values));
    let asked = Asked { manifest, field, filled: &filled, typed };
    suggest::choices(&CATALOG, recent, &asked, ROOM)
}

fn values(choices: &[Choice]) -> Vec<&str> {
    choices.iter().map(|choice| choice.value.as_str()).collect()
}

/// Returns what is wrong with how a line is heard; nothing where it says just what was filled in.
fn misheard(catalog: &Catalog, manifest: &Manifest, filled: &Filled) -> Vec<String> {
    let say = catalog.grammar.line(manifest, filled);
    let means = |(field, value): (&FieldName, &String)| match field {
        FieldName::DryRun => ("dry_run".to_owned(), "true".to_owned()),
        field => (field.code().to_owned(), value.clone()),
    };
    let means = filled.iter().map(means).collect();
    let manifest = Manifest { examples: vec![Example { say, means }], ..manifest.clone() };
    catalog.grammar.check_examples(&manifest)
}
