//! One of everything that can be said, for the tests: a new variant does not pass before it is here.

use chrono_tz::Asia::Seoul;

use crate::deployment::{Change, Kind, Outcome, Status};
use crate::emoji::Verdict;
use crate::event::RunEnd;
use crate::fact::{Obstacle, Part};
use crate::gate::Blocker;
use crate::ids::{
    Account, CommandName, CommitSha, DeploymentId, Digest, Duration, EnvironmentName,
    ParameterName, PersonName, Platform, RoleName, ServiceName, Timestamp,
};
use crate::manifest::Localized;
use crate::notice::{
    AuditRow, BoardRow, HelpEntry, Locale, Notice, PolicySummary, Refusal, Summary, TimelineRow,
};
use crate::person::Standing;
use crate::private::Private;
use crate::request::SyntaxError;
use crate::wording::Voice;

/// Names every variant of an enum. The compiler asks for a new one here, a test for a sample of it.
macro_rules! variants {
    ($name:ident, $names:ident, $type:ident: $($variant:ident)*) => {
        pub(crate) const $names: &[&str] = &[$(stringify!($variant)),*];
        pub(crate) fn $name(value: &$type) -> &'static str {
            match value {
                $($type::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}
pub(crate) use variants;

variants!(notice_name, NOTICES, Notice:
    Refused NotUnderstood Approved VoteWithdrawn VotesVoided GatesOpened Rejected Cancelled
    CancelAsked Expired Obstructed StartUnknown WrongCommit RunEnded GaveUp Help
    HelpCommand Whoami Can Noted Status Live Changes History Why Audit Timeline DryRun
    LookupFailed);
variants!(refusal_name, REFUSALS, Refusal:
    NotAPerson NotAMember MissingRole OwnDeployment NotAnApprover NoApprovalNeeded MayNotReject
    MayNotCancel UnknownService UnknownEnvironment UnknownCommand UnknownParameter
    MissingParameter BadParameter NoSuchDeployment NotYet AlreadyStarted Over NotOver NothingLive
    NothingBefore NeverLiveThere GoneFromConfiguration CommandNotRetried TooManyOpen LaneFull
    MomentUnclear);
variants!(error_name, ERRORS, SyntaxError:
    Empty TooLong UnknownCommand Usage Slot Parameter);
variants!(end_name, ENDS, RunEnd:
    Succeeded Failed Killed Cancelled TimedOut NotRunnable Lost);
variants!(status_name, STATUSES, Status: Resolving Waiting Starting Running Ended);
variants!(outcome_name, OUTCOMES, Outcome: Succeeded Failed Rejected Cancelled Expired);
variants!(standing_name, STANDINGS, Standing: Member Bot Guest Stranger Deactivated Unverified);
variants!(blocker_name, BLOCKERS, Blocker: VersionUnknown ApprovalsMissing LaneHeld);
variants!(part_name, PARTS, Part: Policy Pipeline Script);

/// 2026-11-20 14:10 in Seoul.
pub(crate) const NOW: Timestamp = Timestamp(1_795_151_400_000);

pub(crate) fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: Seoul, now: NOW }
}

/// What people and repositories write.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub reason: &'static str,
    pub reference: &'static str,
    pub subject: &'static str,
    pub author: &'static str,
    pub word: &'static str,
    pub stage: &'static str,
    pub log: &'static str,
}

pub(crate) const PLAIN: Texts = Texts {
    reason: "the migration is not reviewed yet.",
    reference: "v1.1.0",
    subject: "Read prices once per request",
    author: "Mina",
    word: "deplyo",
    stage: "release",
    log: "copying 12 files\nerror: no space left on device",
};

pub(crate) fn ago(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 - minutes * 60_000)
}
pub(crate) fn id(number: u64) -> DeploymentId {
    DeploymentId(number)
}
pub(crate) fn person(name: &str) -> PersonName {
    PersonName::new(name).expect("a name")
}
pub(crate) fn role(name: &str) -> RoleName {
    RoleName::new(name).expect("a name")
}
pub(crate) fn service(name: &str) -> ServiceName {
    ServiceName::new(name).expect("a name")
}
pub(crate) fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).expect("a name")
}
pub(crate) fn command(name: &str) -> CommandName {
    CommandName::new(name).expect("a name")
}
pub(crate) fn parameter(name: &str) -> ParameterName {
    ParameterName::new(name).expect("a name")
}
/// A commit whose first seven digits are these.
pub(crate) fn commit(short: &str) -> CommitSha {
    CommitSha::new(format!("{short}{}", "0".repeat(33))).expect("a commit")
}
fn account(texts: Texts) -> Account {
    let user = if texts.word == PLAIN.word { "U0AAAAAAA" } else { texts.word };
    Account { platform: Platform::Slack, workspace: "T0123456789".into(), user: user.into() }
}

pub(crate) fn changes(texts: Texts) -> Vec<Change> {
    ["4f2c91a", "77ab01c"]
        .iter()
        .map(|short| Change {
            commit: commit(short),
            author: texts.author.into(),
            subject: texts.subject.into(),
        })
        .collect()
}

pub(crate) fn blockers() -> Vec<Blocker> {
    let missing = |have, need, from: Vec<RoleName>, who: Vec<PersonName>| {
        Blocker::ApprovalsMissing { have, need, from, who }
    };
    vec![
        missing(0, 1, vec![role("sre")], vec![person("ben"), person("mina")]),
        missing(1, 3, vec![role("lead"), role("security")], vec![person("mina")]),
        missing(0, 1, vec![role("lead")], Vec::new()),
        missing(0, 1, Vec::new(), Vec::new()),
        Blocker::LaneHeld { by: id(1) },
        Blocker::VersionUnknown,
    ]
}

fn policy() -> PolicySummary {
    let sre = (2, vec![role("sre")], vec![person("ben"), person("mina")]);
    PolicySummary { groups: vec![sre], expires: Duration::seconds(4 * 3600) }
}

fn no_policy() -> PolicySummary {
    PolicySummary { groups: Vec::new(), expires: Duration::seconds(3600) }
}

pub(crate) fn every_status() -> Vec<Status> {
    let mut statuses = vec![Status::Resolving, Status::Waiting, Status::Starting, Status::Running];
    statuses.extend(every_outcome().into_iter().map(Status::Ended));
    statuses
}

pub(crate) fn every_outcome() -> Vec<Outcome> {
    use Outcome::{Cancelled, Expired, Failed, Rejected, Succeeded};
    vec![Succeeded, Failed, Rejected, Cancelled, Expired]
}

pub(crate) fn every_end(texts: Texts) -> Vec<RunEnd> {
    vec![
        RunEnd::Succeeded,
        RunEnd::Failed { status: 1 },
        RunEnd::Killed { signal: 9 },
        RunEnd::Cancelled,
        RunEnd::TimedOut,
        RunEnd::NotRunnable { reason: texts.reason.into() },
        RunEnd::Lost,
    ]
}

pub(crate) fn every_standing() -> Vec<Standing> {
    use Standing::{Bot, Deactivated, Guest, Member, Stranger, Unverified};
    vec![Member, Bot, Guest, Stranger, Deactivated, Unverified]
}

/// Returns at least one of every refusal.
pub(crate) fn refusals(texts: Texts) -> Vec<Refusal> {
    let deployment = id(1);
    let mut all = vec![Refusal::NotAPerson { account: account(texts) }];
    all.extend(every_standing().into_iter().map(|standing| Refusal::NotAMember { standing }));
    for roles in [Vec::new(), vec![role("sre"), role("lead")]] {
        let who = if roles.is_empty() { Vec::new() } else { vec![person("ben"), person("mina")] };
        all.extend([
            Refusal::MissingRole { command: command("deploy"), roles: roles.clone() },
            Refusal::OwnDeployment { deployment, who },
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
                known: environments,
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
    ];
    all.extend(every_outcome().into_iter().map(|outcome| Refusal::Over { deployment, outcome }));
    let (service, environment) = (service("api"), environment("prod"));
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
        SyntaxError::Parameter { command: deploy(), text: texts.word.into() },
    ]
}

/// Returns at least one of everything that can be said.
pub(crate) fn notices(texts: Texts) -> Vec<Notice> {
    let mut all: Vec<Notice> =
        refusals(texts).into_iter().map(|refusal| Notice::Refused { refusal }).collect();
    all.extend(errors(texts).into_iter().map(|error| Notice::NotUnderstood { error }));
    all.extend(votes(texts));
    all.extend(runs(texts));
    all.extend(about_commands(texts));
    all.extend(boards(texts));
    all.extend(shipping(texts));
    all.extend(reasons());
    all.extend(records(texts));
    all
}

fn votes(texts: Texts) -> Vec<Notice> {
    let (deployment, ben) = (id(1), || person("ben"));
    let parts = [vec![Part::Pipeline], vec![Part::Policy, Part::Pipeline, Part::Script]];
    let [one, all] = parts;
    vec![
        Notice::Approved { deployment, by: ben(), have: 1, need: 1 },
        Notice::Approved { deployment, by: ben(), have: 1, need: 2 },
        Notice::VoteWithdrawn { deployment, by: ben(), have: 0, need: 1 },
        Notice::VoteWithdrawn { deployment, by: ben(), have: 0, need: 2 },
        Notice::VotesVoided { deployment, moved: one.clone(), voided: 0 },
        Notice::VotesVoided { deployment, moved: one, voided: 1 },
        Notice::VotesVoided { deployment, moved: all, voided: 2 },
        Notice::GatesOpened { deployment, approvers: vec![ben(), person("mina")] },
        Notice::GatesOpened { deployment, approvers: Vec::new() },
        Notice::Rejected { deployment, by: ben(), reason: None },
        Notice::Rejected { deployment, by: ben(), reason: Some(texts.reason.into()) },
        Notice::Cancelled { deployment, by: ben() },
        Notice::CancelAsked { deployment, by: ben() },
        Notice::Expired { deployment },
        Notice::Noted { deployment },
    ]
}

fn runs(texts: Texts) -> Vec<Notice> {
    let deployment = id(1);
    let reason = || texts.reason.to_owned();
    let obstructed = |obstacle| Notice::Obstructed { deployment, obstacle };
    let mut all = vec![
        obstructed(Obstacle::Unresolved { reason: Private::Known(reason()) }),
        obstructed(Obstacle::Unresolved { reason: Private::Known(String::new()) }),
        obstructed(Obstacle::NotStarted { reason: Private::Known(reason()) }),
        obstructed(Obstacle::CommitGone),
        obstructed(Obstacle::BranchNotAllowed { allowed: vec!["main".into(), "release/*".into()] }),
        obstructed(Obstacle::NotConfigured),
        Notice::StartUnknown { deployment, reason: reason() },
        Notice::WrongCommit { deployment, sealed: commit("4f2c91a"), reported: commit("0badc0d") },
        Notice::LookupFailed { reason: reason() },
    ];
    for effect in effect_kinds().into_iter().chain([texts.word]) {
        let effect = effect.to_owned();
        all.push(Notice::GaveUp { deployment: Some(deployment), effect, reason: reason() });
    }
    all.push(Notice::GaveUp { deployment: None, effect: "tell".into(), reason: reason() });
    for end in every_end(texts) {
        for stage in [None, Some(texts.stage.to_owned())] {
            let over_well = end == RunEnd::Succeeded;
            let log_tail = if over_well { String::new() } else { texts.log.into() };
            all.push(Notice::RunEnded { deployment, end: end.clone(), stage, log_tail });
        }
    }
    all
}

fn about_commands(texts: Texts) -> Vec<Notice> {
    let entry = |name: &str, usage: &str, en: &str, ko: &str| HelpEntry {
        command: command(name),
        summary: Localized { en: en.into(), ko: ko.into() },
        usage: usage.into(),
    };
    let deploy = entry(
        "deploy",
        "deploy <service> to <environment>",
        "Deploy a service to an environment",
        "서비스를 환경에 배포합니다",
    );
    let status = entry("status", "status", texts.subject, texts.subject);
    let own = Refusal::MissingRole { command: command("deploy"), roles: vec![role("deployer")] };
    let can =
        |refusal, policy| Notice::Can { refusal, command: "deploy api to prod".into(), policy };
    let whoami = |person, roles| Notice::Whoami { account: account(texts), person, roles };
    vec![
        Notice::Help { commands: vec![deploy.clone(), status.clone()] },
        Notice::Help { commands: Vec::new() },
        Notice::HelpCommand {
            entry: deploy,
            usage: vec![
                "deploy <service> to <environment>".into(),
                "deploy <service>@<version> to <environment>".into(),
            ],
            examples: vec!["deploy api to prod".into()],
        },
        Notice::HelpCommand { entry: status, usage: Vec::new(), examples: Vec::new() },
        whoami(Some(person("ana")), vec![role("deployer"), role("sre")]),
        whoami(Some(person("ana")), Vec::new()),
        whoami(None, Vec::new()),
        can(None, Some(policy())),
        can(None, Some(no_policy())),
        can(None, None),
        can(Some(own), None),
    ]
}

fn summary(number: u64, status: Status, texts: Texts) -> Summary {
    Summary {
        deployment: id(number),
        kind: Kind::Deploy,
        service: service("api"),
        environment: environment("prod"),
        status,
        commit: Some(commit("4f2c91a")),
        reference: Some(texts.reference.into()),
        requester: Some(person("ana")),
        requested_at: ago(26 * 60),
        ended_at: Some(ago(5)),
        blockers: Vec::new(),
    }
}

fn boards(texts: Texts) -> Vec<Notice> {
    let succeeded = Status::Ended(Outcome::Succeeded);
    let live = || summary(1, succeeded, texts);
    let board = vec![
        BoardRow { service: service("api"), environment: environment("prod"), live: Some(live()) },
        BoardRow { service: service("web"), environment: environment("staging"), live: None },
    ];
    let mut open: Vec<Summary> =
        (2..).zip(every_status()).map(|(n, s)| summary(n, s, texts)).collect();
    open[0] = Summary { commit: None, ..open[0].clone() };
    open[1].blockers = blockers();
    open[2].kind = Kind::Rollback;
    open[3].kind = Kind::Command { command: command("smoke-test") };
    open[4] = Summary { requester: None, reference: None, ..open[4].clone() };
    let there = || (service("api"), environment("prod"));
    let lives =
        [(None, None), (Some(ago(2000)), None), (None, Some(live())), (Some(ago(2)), Some(live()))];
    let mut all: Vec<Notice> = lives
        .into_iter()
        .map(|(at, live)| {
            let (service, environment) = there();
            Notice::Live { service, environment, at, live }
        })
        .collect();
    for (deployments, more) in [(open.clone(), true), (Vec::new(), false)] {
        let (service, environment) = there();
        all.push(Notice::History { service, environment, deployments, more });
    }
    all.push(Notice::Status { board: board.clone(), open: open.clone(), more: 3 });
    all.push(Notice::Status { board, open: open[3..4].to_vec(), more: 0 });
    let no_name = Summary { commit: None, reference: None, ..open[0].clone() };
    all.push(Notice::Status { board: Vec::new(), open: vec![no_name], more: 1 });
    all.push(Notice::Status { board: Vec::new(), open: Vec::new(), more: 0 });
    all
}

fn shipping(texts: Texts) -> Vec<Notice> {
    let (one, two) = (changes(texts)[..1].to_vec(), changes(texts));
    let old = Some(commit("1a2b3c4"));
    let mut all = Vec::new();
    for (from, changes, total) in [
        (old.clone(), two.clone(), Some(2)),
        (old.clone(), one.clone(), Some(1)),
        (old.clone(), two.clone(), Some(40)),
        (old, Vec::new(), Some(0)),
        (Some(commit("4f2c91a")), Vec::new(), Some(0)),
        (None, Vec::new(), None),
    ] {
        all.push(Notice::Changes {
            service: service("api"),
            environment: environment("prod"),
            from,
            to: commit("4f2c91a"),
            reference: Some(texts.reference.into()),
            changes,
            total,
        });
    }
    for (changes, total, blockers, policy) in [
        (two, Some(2), blockers(), policy()),
        (one, Some(1), Vec::new(), policy()),
        (Vec::new(), Some(0), Vec::new(), no_policy()),
        (Vec::new(), None, Vec::new(), no_policy()),
    ] {
        all.push(Notice::DryRun {
            service: service("api"),
            environment: environment("prod"),
            commit: commit("4f2c91a"),
            reference: Some(texts.reference.into()),
            changes,
            total,
            blockers,
            policy,
        });
    }
    all
}

fn reasons() -> Vec<Notice> {
    let why = |status, blockers| Notice::Why {
        deployment: id(1),
        status,
        blockers,
        expires_at: ago(-240),
    };
    let mut all: Vec<Notice> =
        every_status().into_iter().map(|status| why(status, Vec::new())).collect();
    all.push(why(Status::Waiting, blockers()));
    all
}

fn records(texts: Texts) -> Vec<Notice> {
    let deployment = id(1);
    let kinds = || fact_kinds().into_iter().chain([texts.word]);
    let rows = (11..)
        .zip(kinds())
        .map(|(sequence, kind)| AuditRow {
            sequence,
            at: ago(3),
            kind: kind.into(),
            by: (kind == "approved").then(|| person("ben")),
            detail: if kind == "rejected" { texts.reason.into() } else { String::new() },
            chain: Digest([7; 32]),
        })
        .collect();
    let line = |kind: &str, roles: Vec<RoleName>, verdict| TimelineRow {
        at: ago(2000),
        kind: kind.into(),
        roles,
        verdict,
        detail: texts.stage.into(),
    };
    let lines = vec![
        line("requested", vec![role("deployer")], None),
        line("vote_refused", Vec::new(), Some(Verdict::Approve)),
        line("rejected", vec![role("sre"), role("lead")], Some(Verdict::Reject)),
    ];
    vec![
        Notice::Audit { deployment, rows },
        Notice::Audit { deployment, rows: Vec::new() },
        Notice::Timeline { deployment, rows: lines },
        Notice::Timeline { deployment, rows: Vec::new() },
    ]
}

/// The names of all facts, from the place that gives them out.
pub(crate) fn fact_kinds() -> Vec<&'static str> {
    names_in(include_str!("../fact.rs"), "What::")
}

/// The names of all effects, from the place that gives them out.
pub(crate) fn effect_kinds() -> Vec<&'static str> {
    names_in(include_str!("../effect.rs"), "Self::")
}

fn names_in(source: &'static str, prefix: &str) -> Vec<&'static str> {
    let named = |line: &'static str| {
        let (variant, name) = line.trim().split_once(" => \"")?;
        variant.starts_with(prefix).then_some(name)?.strip_suffix("\",")
    };
    source.lines().filter_map(named).filter(|name| !name.contains('"')).collect()
}
