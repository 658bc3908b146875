//! A card of every state, for the tests.

use std::collections::BTreeMap;

use crate::card::retired::retired;
use crate::card::{Card, Press, Setting, card};
use crate::catalog::{ParameterRule, Pipeline, Recipe};
use crate::deployment::{
    Approval, Approved, Deployment, Ending, Kind, Outcome, PathsRead, Sealed, Status, Version,
};
use crate::effect::Target;
use crate::event::{RunEnd, StageState};
use crate::fact::{Mark, Obstacle, Part, Requested};
use crate::gate::Blocker;
use crate::ids::{Account, Digest, OpKey, Place, Platform, RefName};
use crate::notice::Locale;
use crate::private::Private;
use crate::run::{Run, Stage};
use crate::time::Duration;
use crate::wording::Voice;
use crate::wording::samples::{
    Texts, ago, blockers, changes, command, commit, end_name, environment, every_end,
    every_outcome, id, parameter, person, policy, role, service, variants, voice,
};

variants!(press_name, PRESSES, Press: Approve Reject Abort RollBack Retry Deploy);
variants!(ending_name, ENDINGS, Ending: Run Obstructed Rejected Cancelled Expired);

/// The name of what was live until another deployment took its place ends so.
const REPLACED: &str = "and replaced";

/// Returns cards of every state, each with what it is a card of.
pub(crate) fn cards(texts: Texts, voice: &Voice) -> Vec<(String, Card)> {
    let mut all = Vec::new();
    let mut add = |name: &str, deployment: &Deployment, blockers: &[Blocker]| {
        let successor = name.ends_with(REPLACED).then(|| id(7));
        let setting = Setting {
            voice: *voice,
            blockers,
            progress: progress(deployment),
            estimate: Some(Duration::seconds(600)),
            audit: 17,
            successor,
        };
        all.push((name.to_owned(), card(deployment, &setting)));
    };
    for (name, deployment, blockers) in before_a_run(texts) {
        add(&name, &deployment, &blockers);
    }
    for (name, deployment) in during_a_run(texts) {
        add(&name, &deployment, &[]);
    }
    for (name, deployment) in after(texts) {
        add(&name, &deployment, &[]);
    }
    let (_, waiting, _) = &before_a_run(texts)[0];
    all.push(("another card has taken its place".into(), retired(waiting, voice)));
    all.extend(crate::card::news::samples::cards(texts, voice));
    all
}

fn progress(deployment: &Deployment) -> (u32, u32) {
    let need = deployment.sealed.as_ref().map_or(0, |sealed| sealed.policy.approvals());
    (u32::try_from(deployment.approvers().len()).unwrap_or(0), need)
}

/// Returns all texts of a card.
pub(crate) fn texts(card: &Card) -> Vec<String> {
    let mut all =
        vec![card.sentence.clone(), card.headline.clone(), card.state.clone(), card.footer.clone()];
    all.extend(card.lines.iter().chain(&card.url).cloned());
    all.extend(card.remaining_label.clone());
    all.extend(card.stages.iter().flat_map(|stage| [stage.name.clone(), stage.label.clone()]));
    all.extend(card.buttons.iter().map(|button| button.label.clone()));
    let confirms = card.buttons.iter().filter_map(|button| button.confirm.as_ref());
    all.extend(confirms.flat_map(|confirm| [confirm.question.clone(), confirm.no.clone()]));
    all
}

/// Draws a card as text, for the snapshot.
pub(crate) fn draw(card: &Card) -> String {
    let mut lines = vec![card.sentence.clone()];
    lines.push(format!("[{:?}: {}] {}", card.tone, card.state, card.headline));
    lines.extend(card.lines.iter().map(|line| format!("  {line}")));
    for stage in &card.stages {
        let took = stage.took_label.as_deref().unwrap_or_default();
        lines.push(format!("  - {} {} {took}", stage.name, stage.label).trim_end().into());
    }
    if let Some((done, total)) = card.progress {
        lines.push(format!("  progress {done}/{total} {:?}", card.remaining_label));
    }
    let labels: Vec<&str> = card.buttons.iter().map(|button| button.label.as_str()).collect();
    lines.push(format!("  ({}) {}", labels.join(") ("), card.footer));
    for confirm in card.buttons.iter().filter_map(|button| button.confirm.as_ref()) {
        lines.push(format!("  ? {} ({})", confirm.question, confirm.no));
    }
    lines.extend(card.url.iter().map(|url| format!("  -> {url}")));
    lines.extend(card.mentioned.iter().map(|account| format!("  @ {account}")));
    lines.join("\n")
}

pub(crate) fn deployment(kind: Kind, texts: Texts) -> Deployment {
    let place = Place::in_channel(Platform::Slack, "C0123456789");
    let account =
        Account { platform: Platform::Slack, workspace: "T0123456789".into(), user: "U1".into() };
    let requested = Requested {
        kind,
        service: service("api"),
        environment: environment("prod"),
        by: person("ana").into(),
        account: account.into(),
        words: String::from("deploy api to prod").into(),
        place,
        places: Vec::new(),
        target: Target::Reference { reference: None },
        parameters: BTreeMap::new().into(),
        expires_at: ago(-230),
        nonce: Digest([1; 32]).into(),
    };
    let mut deployment = Deployment::begin(id(1), ago(10), requested);
    deployment.status = Status::Waiting;
    deployment.sealed = Some(sealed(texts));
    deployment
}

fn sealed(texts: Texts) -> Sealed {
    Sealed {
        version: Version {
            commit: commit("4f2c91a"),
            reference: Some(texts.reference.into()),
            subject: texts.subject.to_owned().into(),
            author: texts.author.to_owned().into(),
        },
        policy: policy(),
        pipeline: Pipeline {
            recipe: Recipe::Command {
                run: vec!["./deploy.sh".into()],
                directory: "/srv/api".into(),
                pass: Vec::new(),
            },
            stages: ["build", "test", "release", "verify"].map(Into::into).into(),
            timeout: Duration::seconds(1800),
            parameters: BTreeMap::new(),
        },
        fingerprint: Digest([2; 32]),
        seal: Digest([3; 32]),
        live: Some(commit("1a2b3c4")),
        changes: changes(texts).into(),
        changes_total: Some(9),
        authors: None,
        risky: Vec::new(),
        paths: PathsRead::Whole,
    }
}

pub(crate) fn approved(mut deployment: Deployment) -> Deployment {
    let account =
        Account { platform: Platform::Slack, workspace: "T0123456789".into(), user: "U2".into() };
    let approved = Approved {
        by: person("ben").into(),
        roles: vec![role("sre")],
        mark: Mark::Words { account }.into(),
        seal: Digest([3; 32]),
    };
    deployment.approvals.push(Approval { approved, at: ago(6) });
    deployment
}

fn started(kind: Kind, texts: Texts, status: Status) -> Deployment {
    let mut deployment = approved(deployment(kind, texts));
    deployment.status = status;
    let stage = |name: &str, state, ended_at| Stage {
        name: name.into(),
        state,
        began_at: ago(4),
        ended_at,
    };
    deployment.run = Some(Run {
        op_key: OpKey::new("k1").expect("a key"),
        ordered_at: ago(5),
        run: None,
        started_at: Some(ago(5)),
        newest_at: ago(1),
        stages: vec![
            stage("build", StageState::Succeeded, Some(ago(3))),
            stage("test", StageState::Skipped, Some(ago(3))),
            stage(texts.stage, StageState::Running, None),
        ],
        unknown: None,
        wrong_commit: None,
        cancel_asked_by: None,
    });
    deployment
}

fn smoke_test() -> Kind {
    Kind::Command { command: command("smoke-test") }
}

fn before_a_run(texts: Texts) -> Vec<(String, Deployment, Vec<Blocker>)> {
    let waiting = || deployment(Kind::Deploy, texts);
    let votes = || blockers()[..1].to_vec();
    let mut resolving = waiting();
    resolving.status = Status::Resolving;
    resolving.sealed = None;
    let mut named = resolving.clone();
    named.target = Target::Reference { reference: RefName::new("feature-x").ok() };
    let mut promoted = resolving.clone();
    promoted.target = Target::Commit {
        commit: commit("4f2c91a"),
        label: texts.reference.into(),
        from: id(38),
        rolls_back_to: None,
    };
    let mut moved = waiting();
    moved.moved = vec![Part::Pipeline];
    let mut free = waiting();
    free.sealed.iter_mut().for_each(|sealed| sealed.policy.groups.clear());
    let mut given = waiting();
    given.parameters = BTreeMap::from([
        (parameter("region"), String::from("eu")),
        (parameter("note"), texts.word.into()),
        (parameter("fail-at"), String::new()),
        (parameter("size"), String::from("small")),
    ])
    .into();
    let size =
        ParameterRule { default: Some(String::from("small")), choices: Vec::new(), summary: None };
    given.sealed.iter_mut().for_each(|sealed| {
        sealed.pipeline.parameters.insert(parameter("size"), size.clone());
    });
    let mut erased = waiting();
    erased.requester = Private::Erased;
    erased.sealed.iter_mut().for_each(|sealed| {
        sealed.changes = Private::Erased;
        sealed.version.author = Private::Erased;
    });
    let unknown = || vec![Blocker::VersionUnknown];
    let behind = || vec![Blocker::LaneHeld { by: id(7) }];
    let row = |name: &str, deployment, blockers| (name.to_owned(), deployment, blockers);
    vec![
        row("resolving the default", resolving, unknown()),
        row("resolving a branch", named, unknown()),
        row("resolving a promotion", promoted, unknown()),
        row("waiting for votes", waiting(), votes()),
        row("waiting for everything", waiting(), blockers()),
        row("waiting for its turn", approved(waiting()), behind()),
        row("waiting again since the pipeline moved", moved, votes()),
        row("waiting with parameters", given, votes()),
        row("waiting, a rollback", deployment(Kind::Rollback, texts), votes()),
        row("waiting, a command", deployment(smoke_test(), texts), votes()),
        row("waiting, names erased", erased, votes()),
        row("waiting, nothing asked", free, behind()),
        row("about to start", approved(waiting()), Vec::new()),
    ]
}

fn during_a_run(texts: Texts) -> Vec<(String, Deployment)> {
    let running = || started(Kind::Deploy, texts, Status::Running);
    let with_run = |mut deployment: Deployment, change: &dyn Fn(&mut Run)| {
        deployment.run.iter_mut().for_each(change);
        deployment
    };
    let starting = with_run(started(Kind::Deploy, texts, Status::Starting), &|run| {
        run.started_at = None;
        run.stages.clear();
    });
    let unknown = with_run(starting.clone(), &|run| {
        run.unknown = Some(texts.reason.to_owned().into());
    });
    let between = with_run(running(), &|run| {
        run.stages.pop();
    });
    let stopping = with_run(running(), &|run| run.cancel_asked_by = Some(person("ben").into()));
    let wrong = with_run(running(), &|run| run.wrong_commit = Some(commit("0badc0d")));
    let mut plain = with_run(running(), &|run| run.stages.clear());
    plain.sealed.iter_mut().for_each(|sealed| sealed.pipeline.stages.clear());
    let row = |name: &str, deployment| (name.to_owned(), deployment);
    vec![
        row("starting", starting),
        row("unknown whether it runs", unknown),
        row("running", running()),
        row("running, a rollback", started(Kind::Rollback, texts, Status::Running)),
        row("running, a command", started(smoke_test(), texts, Status::Running)),
        row("running between stages", between),
        row("running without stages", plain),
        row("running, being stopped", stopping),
        row("running, wrong commit", wrong),
    ]
}

fn over(mut deployment: Deployment, outcome: Outcome, ending: Option<Ending>) -> Deployment {
    deployment.status = Status::Ended(outcome);
    deployment.ending = ending;
    deployment.ended_at = Some(ago(1));
    let last =
        if outcome == Outcome::Succeeded { StageState::Succeeded } else { StageState::Failed };
    for stage in deployment.run.iter_mut().flat_map(|run| &mut run.stages) {
        if stage.state == StageState::Running {
            stage.state = last;
            stage.ended_at = Some(ago(1));
        }
    }
    deployment
}

fn after(texts: Texts) -> Vec<(String, Deployment)> {
    let running = || started(Kind::Deploy, texts, Status::Running);
    let run_end =
        |end: RunEnd| Some(Ending::Run { end, log_tail: Private::Known(texts.log.to_owned()) });
    let outcome = |end: &RunEnd| match end {
        RunEnd::Succeeded => Outcome::Succeeded,
        RunEnd::Cancelled => Outcome::Cancelled,
        RunEnd::Failed { .. }
        | RunEnd::Killed { .. }
        | RunEnd::TimedOut
        | RunEnd::NotRunnable { .. }
        | RunEnd::Lost => Outcome::Failed,
    };
    let mut all: Vec<(String, Deployment)> = Vec::new();
    for end in every_end(texts) {
        let name = format!("over, run {}", end_name(&end));
        all.push((name, over(running(), outcome(&end), run_end(end.clone()))));
    }
    for kind in [Kind::Rollback, smoke_test()] {
        for end in [RunEnd::Succeeded, RunEnd::Failed { status: 1 }] {
            let name = format!("over, {} {}", voice(Locale::En).kind(&kind), end_name(&end));
            let ended = started(kind.clone(), texts, Status::Running);
            all.push((name, over(ended, outcome(&end), run_end(end))));
        }
    }
    let mut with_way_back = over(running(), Outcome::Succeeded, run_end(RunEnd::Succeeded));
    with_way_back.rolls_back_to = Some(id(38));
    with_way_back.approvals.clear();
    all.push((format!("over, with a way back {REPLACED}"), with_way_back.clone()));
    all.push(("over, with a way back".into(), with_way_back));
    let rolled_back = started(Kind::Rollback, texts, Status::Running);
    let rolled_back = over(rolled_back, Outcome::Succeeded, run_end(RunEnd::Succeeded));
    all.push((format!("over, rolled back {REPLACED}"), rolled_back));
    all.extend(after_unusually(texts));
    all
}

fn after_unusually(texts: Texts) -> Vec<(String, Deployment)> {
    let waiting = || deployment(Kind::Deploy, texts);
    let running = || started(Kind::Deploy, texts, Status::Running);
    let reason = || Private::Known(texts.reason.to_owned());
    let ben = || Private::Known(person("ben"));
    let asked = |mut deployment: Deployment| {
        deployment.run.iter_mut().for_each(|run| run.cancel_asked_by = Some(ben()));
        deployment
    };
    let mut wrong = running();
    wrong.run.iter_mut().for_each(|run| run.wrong_commit = Some(commit("0badc0d")));
    let stopped = Ending::Run { end: RunEnd::Cancelled, log_tail: Private::Erased };
    let row = |name: &str, deployment| (name.to_owned(), deployment);
    let (failed, cancelled) = (Outcome::Failed, Outcome::Cancelled);
    let obstructed = |obstacle| Some(Ending::Obstructed { obstacle });
    let not_started = || obstructed(Obstacle::NotStarted { reason: reason() });
    let branches = || vec!["main".to_owned(), "release/*".to_owned()];
    let rejected = |reason| Some(Ending::Rejected { by: ben(), reason });
    let mut all = vec![
        row(
            "over, unresolved",
            over(waiting(), failed, obstructed(Obstacle::Unresolved { reason: reason() })),
        ),
        row("over, commit gone", over(waiting(), failed, obstructed(Obstacle::CommitGone))),
        row(
            "over, branch not allowed",
            over(waiting(), failed, obstructed(Obstacle::BranchNotAllowed { allowed: branches() })),
        ),
        row("over, not configured", over(waiting(), failed, obstructed(Obstacle::NotConfigured))),
        row("over, not started", over(waiting(), failed, not_started())),
        row("over, not started and cancelled", over(asked(running()), cancelled, not_started())),
        row("over, rejected", over(waiting(), Outcome::Rejected, rejected(None))),
        row("over, rejected because", over(waiting(), Outcome::Rejected, rejected(Some(reason())))),
        row(
            "over, rejected, reason erased",
            over(waiting(), Outcome::Rejected, rejected(Some(Private::Erased))),
        ),
        row("over, cancelled", over(waiting(), cancelled, Some(Ending::Cancelled { by: ben() }))),
        row("over, expired", over(waiting(), Outcome::Expired, Some(Ending::Expired))),
        row("over, stopped", over(asked(running()), cancelled, Some(stopped.clone()))),
        row("over, wrong commit", over(wrong, failed, Some(stopped))),
    ];
    for outcome in every_outcome() {
        all.push((
            format!("over, {outcome:?} for no known reason"),
            over(waiting(), outcome, None),
        ));
    }
    all
}

/// Returns the names of the endings that the samples have.
pub(crate) fn endings(texts: Texts) -> Vec<&'static str> {
    after(texts).iter().filter_map(|(_, d)| d.ending.as_ref()).map(ending_name).collect()
}
