//! One of every answer.

use crate::deployment::{Kind, Outcome, PathsRead, Status};
use crate::emoji::Verdict;
use crate::event::StageState;
use crate::fact::Part;
use crate::ids::{Digest, OpKey, RoleName};
use crate::language::Because;
use crate::manifest::Localized;
use crate::notice::{
    AuditRow, BoardRow, Detail, HelpEntry, Locale, Notice, PolicySummary, Summary, TimelineRow,
};
use crate::refusal::Refusal;
use crate::time::Duration;
use crate::wording::samples::{
    Texts, account, ago, blockers, changes, checks, command, commit, environment, every_end,
    every_obstacle, every_status, fact_kinds, id, person, refusals::refusals, role, service,
};

fn policy() -> PolicySummary {
    let sre = (2, vec![role("sre")], vec![person("ben"), person("mina")]);
    PolicySummary { groups: vec![sre], expires: Duration::seconds(4 * 3600) }
}

fn no_policy() -> PolicySummary {
    PolicySummary { groups: Vec::new(), expires: Duration::seconds(3600) }
}

pub(crate) fn about_commands(texts: Texts) -> Vec<Notice> {
    let entry = |name: &str, usage: &[&str], alias: &str, summary: [&str; 2]| HelpEntry {
        command: command(name),
        summary: Localized { en: summary[0].into(), ko: summary[1].into() },
        usage: usage.iter().map(|form| (*form).to_owned()).collect(),
        aliases: vec!["ship".into(), alias.into()],
    };
    let forms = [
        "deploy <service> to <environment> [dry run]",
        "deploy <service>@<version> to <environment> [dry run]",
        "배포 <service> <environment> [dry run]",
    ];
    let summary = ["Deploy a service to an environment", "서비스를 환경에 배포합니다"];
    let deploy = entry("deploy", &forms, "배포", summary);
    let status = entry("status", &["status", "status <service>"], "상태", [texts.subject; 2]);
    let bare = entry("sweep", &[], "sweep", [texts.subject; 2]);
    let own = Refusal::MissingRole { command: command("deploy"), roles: vec![role("deployer")] };
    let can =
        |refusal, policy| Notice::Can { refusal, command: "deploy api to prod".into(), policy };
    let language = |locale, because, nobody| Notice::Language { locale, because, nobody };
    let whoami = |person, roles| Notice::Whoami { account: account(texts), person, roles };
    vec![
        Notice::Help { commands: vec![deploy.clone(), status.clone()] },
        Notice::Help { commands: Vec::new() },
        Notice::HelpCommand {
            entry: deploy,
            examples: vec!["deploy api to prod".into(), "배포 api prod".into()],
        },
        Notice::HelpCommand { entry: status, examples: Vec::new() },
        Notice::HelpCommand { entry: bare, examples: Vec::new() },
        whoami(Some(person("ana")), vec![role("deployer"), role("sre")]),
        whoami(Some(person("ana")), Vec::new()),
        whoami(None, Vec::new()),
        language(Locale::En, Because::Chosen, None),
        language(Locale::Ko, Because::Person, None),
        language(Locale::En, Because::Channel, None),
        language(Locale::Ko, Because::Default, None),
        language(Locale::En, Because::Default, Some(account(texts))),
        Notice::LanguageChosen { locale: Locale::Ko, because: Because::Chosen },
        Notice::LanguageChosen { locale: Locale::En, because: Because::Channel },
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

pub(crate) fn boards(texts: Texts) -> Vec<Notice> {
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

pub(crate) fn shipping(texts: Texts) -> Vec<Notice> {
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
    for (changes, total, (risky, paths), blockers, policy) in [
        (two, Some(2), (4, PathsRead::Cut), blockers(), policy()),
        (one, Some(1), (1, PathsRead::Whole), Vec::new(), policy()),
        (Vec::new(), Some(0), (0, PathsRead::Whole), Vec::new(), no_policy()),
        (Vec::new(), None, (0, PathsRead::Whole), Vec::new(), no_policy()),
    ] {
        all.push(Notice::DryRun {
            service: service("api"),
            environment: environment("prod"),
            commit: commit("4f2c91a"),
            reference: Some(texts.reference.into()),
            changes,
            total,
            risky: vec![texts.subject.to_owned(); risky],
            paths,
            blockers,
            policy,
        });
    }
    all
}

pub(crate) fn reasons(texts: Texts) -> Vec<Notice> {
    let why = |status, blockers| Notice::Why {
        deployment: id(1),
        status,
        unknown: None,
        blockers,
        expires_at: ago(-240),
    };
    let mut all: Vec<Notice> =
        every_status().into_iter().map(|status| why(status, Vec::new())).collect();
    all.push(why(Status::Waiting, blockers()));
    all.push(Notice::Why {
        deployment: id(1),
        status: Status::Starting,
        unknown: Some(texts.reason.to_owned().into()),
        blockers: vec![],
        expires_at: ago(-240),
    });
    all
}

pub(crate) fn records(texts: Texts) -> Vec<Notice> {
    let deployment = id(1);
    let kinds = || fact_kinds().into_iter().chain([texts.word]);
    let audited = |(sequence, (kind, detail)): (u64, (&str, Detail))| AuditRow {
        sequence,
        at: ago(3),
        kind: kind.into(),
        by: (kind == "approved").then(|| person("ben")),
        detail,
        chain: Digest([7; 32]),
    };
    let plain = kinds().map(|kind| (kind, Detail::Nothing));
    let rows = (11..).zip(details(texts).into_iter().chain(plain)).map(audited).collect();
    let line = |kind: &str, roles: Vec<RoleName>, verdict| TimelineRow {
        at: ago(2000),
        kind: kind.into(),
        roles,
        verdict,
        detail: Detail::Stage { stage: texts.stage.into(), state: StageState::Running },
    };
    let mut lines = vec![
        line("requested", vec![role("deployer")], None),
        line("vote_refused", Vec::new(), Some(Verdict::Approve)),
        line("rejected", vec![role("sre"), role("lead")], Some(Verdict::Reject)),
    ];
    lines.extend((0..3).map(|count| TimelineRow {
        detail: Detail::Approvals { count },
        ..line("gates_opened", Vec::new(), None)
    }));
    lines.extend(codes(texts).into_iter().map(|detail| TimelineRow {
        detail: detail.clone(),
        ..line(kind_of(&detail), Vec::new(), None)
    }));
    vec![
        Notice::Audit { deployment, rows },
        Notice::Audit { deployment, rows: Vec::new() },
        Notice::Timeline { deployment, rows: lines },
        Notice::Timeline { deployment, rows: Vec::new() },
    ]
}

/// Returns one of every detail but those of [`codes`], each with its kind of fact.
fn details(texts: Texts) -> Vec<(&'static str, Detail)> {
    let seal = Digest([3; 32]);
    let op_key = || OpKey::new("k1").expect("a key");
    let opened = |approvers| Detail::Opened { approvers, seal, op_key: op_key() };
    let resealed = |voided| {
        let parts = vec![Part::Policy, Part::Script];
        ("resealed", Detail::Resealed { parts, voided, seal })
    };
    let refused = |tried: &str, reason: &str| {
        let (tried, reason) = (Some(tried.to_owned()), reason.to_owned());
        ("vote_refused", Detail::Refused { tried, reason })
    };
    vec![
        ("requested", Detail::Plain { text: texts.word.into() }),
        ("sealed", Detail::Sealed { commit: commit("4f2c91a"), seal, policy: Digest([4; 32]) }),
        ("resealed", Detail::Moved { parts: vec![Part::Pipeline] }),
        resealed(0),
        resealed(1),
        resealed(2),
        ("checks_read", Detail::Checks { checks: checks() }),
        ("approved", Detail::Vote { seal, reason: None }),
        ("rejected", Detail::Vote { seal, reason: Some(texts.reason.into()) }),
        refused("approve", "own_deployment"),
        refused(texts.word, texts.word),
        ("gates_opened", opened(Vec::new())),
        ("gates_opened", opened(vec![Some(person("ben")), None])),
        ("given_up", Detail::GivenUp { effect: "show_card".into() }),
    ]
}

/// Returns the kind of fact that has such a detail.
fn kind_of(detail: &Detail) -> &'static str {
    match detail {
        Detail::Nothing | Detail::Plain { .. } => "requested",
        Detail::Refused { .. } => "vote_refused",
        Detail::Sealed { .. } => "sealed",
        Detail::Moved { .. } | Detail::Resealed { .. } => "resealed",
        Detail::Vote { .. } => "approved",
        Detail::Approvals { .. } | Detail::Opened { .. } => "gates_opened",
        Detail::Stage { .. } => "stage_changed",
        Detail::Checks { .. } => "checks_read",
        Detail::Obstructed { .. } => "obstructed",
        Detail::Ended { .. } => "run_ended",
        Detail::GivenUp { .. } => "given_up",
    }
}

/// Returns every detail that the record has a code for.
pub(crate) fn codes(texts: Texts) -> Vec<Detail> {
    use StageState::{Failed, Running, Skipped, Succeeded};
    let refused = |tried: Option<&str>, reason: &str| Detail::Refused {
        tried: tried.map(Into::into),
        reason: reason.into(),
    };
    let mut all: Vec<Detail> = Vec::new();
    for refusal in refusals(texts) {
        let detail = refused(None, refusal.code());
        if !all.contains(&detail) {
            all.push(detail);
        }
    }
    all.extend(["approve", "reject", "vote"].map(|tried| refused(Some(tried), "over")));
    all.extend(
        every_obstacle(texts)
            .iter()
            .map(|obstacle| Detail::Obstructed { obstacle: obstacle.code().into() }),
    );
    all.extend(every_end(texts).iter().map(|end| Detail::Ended { end: end.code().into() }));
    all.extend(
        [Running, Succeeded, Failed, Skipped]
            .map(|state| Detail::Stage { stage: texts.stage.into(), state }),
    );
    all
}
