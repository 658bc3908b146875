//! One of every refusal and of every way not to be understood.

use crate::deployment::{Kind, Outcome};
use crate::refusal::Refusal;
use crate::request::SyntaxError;
use crate::time::Duration;
use crate::wording::samples::{
    Texts, account, command, environment, every_outcome, every_standing, id, parameter, person,
    role, service,
};

/// Returns at least one of every refusal.
pub(crate) fn refusals(texts: Texts) -> Vec<Refusal> {
    let deployment = id(1);
    let mut all = vec![Refusal::NotAPerson { account: account(texts) }];
    all.extend(every_standing().into_iter().map(|standing| Refusal::NotAMember { standing }));
    for roles in [Vec::new(), vec![role("sre"), role("lead")]] {
        let who = if roles.is_empty() { Vec::new() } else { vec![person("ben"), person("mina")] };
        all.extend([
            Refusal::MissingRole { command: command("deploy"), roles: roles.clone() },
            Refusal::OwnDeployment { deployment, who: who.clone() },
            Refusal::OwnCommits { deployment, who },
            Refusal::NotAnApprover { deployment, roles: roles.clone() },
            Refusal::MayNotReject { deployment, roles: roles.clone() },
        ]);
        for requester in [None, Some(person("ana"))] {
            let roles = roles.clone();
            all.push(Refusal::MayNotCancel { deployment, requester, roles });
        }
    }
    all.push(Refusal::NoApprovalNeeded { deployment });
    all.extend(unknown(texts));
    all.extend(not_now());
    all
}

fn unknown(texts: Texts) -> Vec<Refusal> {
    let (api, web) = (service("api"), service("web"));
    let mut all = Vec::new();
    for (nearest, known) in [
        (Some(&api), vec![api.clone(), web.clone()]),
        (None, vec![api.clone(), web]),
        (None, Vec::new()),
    ] {
        let near = |name: &str| nearest.is_some().then(|| name.to_owned());
        let list = |names: [&str; 2]| -> Vec<String> {
            if known.is_empty() { Vec::new() } else { names.map(Into::into).into() }
        };
        let environments: Vec<_> =
            list(["staging", "prod"]).iter().map(|n| environment(n)).collect();
        let parameters: Vec<_> = list(["region", "size"]).iter().map(|n| parameter(n)).collect();
        let nearest_environment = near("prod").map(|name| environment(&name));
        let wrong = environment("prdo");
        all.extend([
            Refusal::UnknownService {
                service: service("ap"),
                nearest: nearest.cloned(),
                known: known.clone(),
            },
            Refusal::UnknownEnvironment {
                service: nearest.cloned(),
                environment: wrong,
                nearest: nearest_environment,
                known: environments.clone(),
            },
            Refusal::UnknownName {
                name: service("prdo"),
                nearest: near("prod"),
                services: known.clone(),
                environments: environments.clone(),
            },
            Refusal::UnknownCommand {
                command: command("deplyo"),
                nearest: near("deploy").map(|name| command(&name)),
            },
            Refusal::UnknownParameter {
                parameter: parameter("regoin"),
                nearest: near("region").map(|name| parameter(&name)),
                known: parameters,
            },
            Refusal::MissingParameter {
                parameter: parameter("region"),
                choices: list([texts.reference, "us"]),
            },
            Refusal::BadParameter {
                parameter: parameter("region"),
                value: texts.word.into(),
                choices: list([texts.reference, "us"]),
            },
        ]);
    }
    all
}

fn not_now() -> Vec<Refusal> {
    let deployment = id(1);
    let mut all = vec![
        Refusal::NoSuchDeployment { deployment: id(99) },
        Refusal::NotYet { deployment },
        Refusal::AlreadyStarted { deployment },
        Refusal::NotOver { deployment },
        Refusal::CommandNotRetried { deployment },
        Refusal::TooManyOpen { by: person("ana"), open: 20, most: 20 },
        Refusal::TooManyOpen { by: person("ana"), open: 1, most: 1 },
        Refusal::MomentUnclear,
        Refusal::TooFast { wait: Duration::seconds(1) },
        Refusal::TooFast { wait: Duration::seconds(40) },
    ];
    let (service, environment) = (service("api"), environment("prod"));
    let over = |kind: &Kind, outcome| Refusal::Over {
        deployment,
        outcome,
        kind: kind.clone(),
        service: service.clone(),
        environment: environment.clone(),
    };
    all.extend(every_outcome().into_iter().map(|outcome| over(&Kind::Deploy, outcome)));
    let ran = Kind::Command { command: command("smoke-test") };
    all.extend([Outcome::Succeeded, Outcome::Failed].map(|outcome| over(&ran, outcome)));
    let there = || (service.clone(), environment.clone());
    let (service, environment) = there();
    all.push(Refusal::NothingLive { service, environment });
    let (service, environment) = there();
    all.push(Refusal::NothingBefore { service, environment });
    let (service, environment) = there();
    all.push(Refusal::NeverLiveThere { deployment, service, environment });
    let (service, environment) = there();
    all.push(Refusal::GoneFromConfiguration { service, environment });
    let (service, environment) = there();
    all.push(Refusal::LaneFull { service, environment, most: 50 });
    for (need, most) in [(1, 0), (2, 1)] {
        let ((service, environment), roles) = (there(), vec![role("sre"), role("lead")]);
        all.push(Refusal::ApprovalsOutOfReach { service, environment, need, most, roles });
    }
    let (service, environment) = there();
    all.push(Refusal::SameEnvironment { service, environment });
    all.push(Refusal::OldCard { deployment });
    let (service, environment) = there();
    all.push(Refusal::Replaced { deployment, by: id(7), service, environment });
    all
}

/// Returns at least one of every way not to be understood.
pub(crate) fn errors(texts: Texts) -> Vec<SyntaxError> {
    let deploy = || command("deploy");
    let usage = || {
        vec![
            "deploy <service> to <environment>".into(),
            "deploy <service>@<version> to <environment>".into(),
        ]
    };
    vec![
        SyntaxError::Empty,
        SyntaxError::TooLong { characters: 5000, most: 2000 },
        SyntaxError::UnknownCommand { word: texts.word.into(), nearest: Some("deploy".into()) },
        SyntaxError::UnknownCommand { word: texts.word.into(), nearest: None },
        SyntaxError::Usage {
            command: deploy(),
            usage: usage(),
            unexpected: Some(texts.word.into()),
        },
        SyntaxError::Usage { command: deploy(), usage: usage(), unexpected: None },
        SyntaxError::Slot {
            command: deploy(),
            slot: "environment".into(),
            text: texts.word.into(),
            usage: usage(),
        },
        SyntaxError::Slot {
            command: command("live"),
            slot: "moment".into(),
            text: texts.word.into(),
            usage: vec!["live <service> in <environment> [at <moment>]".into()],
        },
        SyntaxError::Slot {
            command: command("language"),
            slot: "language".into(),
            text: texts.word.into(),
            usage: vec!["language [<language>]".into(), "언어 <language>".into()],
        },
        SyntaxError::Hidden { word: texts.word.into(), character: '\u{200b}' },
        SyntaxError::Hidden { word: texts.word.into(), character: '\u{202e}' },
        SyntaxError::Hidden { word: texts.word.into(), character: '\u{ad}' },
        SyntaxError::Hidden { word: texts.word.into(), character: '\u{fe0f}' },
        SyntaxError::Hidden { word: texts.word.into(), character: '\u{3164}' },
        SyntaxError::OpenQuote { text: texts.word.into() },
        SyntaxError::Parameter { command: deploy(), text: texts.word.into() },
    ]
}
