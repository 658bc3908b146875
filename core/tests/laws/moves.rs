//! What may happen next: everything that people, backends, the clock and a reload can come up with.

use std::collections::BTreeMap;

use wilco_core::card::Press;
use wilco_core::checks::CheckState;
use wilco_core::deployment::{Deployment, PathsRead, Version};
use wilco_core::effect::Question;
use wilco_core::emoji::Emoji;
use wilco_core::event::Reaction::{Added, Removed};
use wilco_core::event::{
    Confirmation, Event, Posted, Reaction, Resolution, RunEnd, RunOutcome, RunReport, StageState,
};
use wilco_core::fact::What;
use wilco_core::ids::{
    CommandName, CommitSha, DeploymentId, Digest, MessageRef, OpKey, Place, Platform, RunRef,
};
use wilco_core::person::{Author, Speaker, Standing};
use wilco_core::request::{Heard, Request};
use wilco_core::time::Timestamp;

use crate::firm::{CATALOG, EXPIRES, commit, environment, place, service, slack, speaker, thread};
use crate::green::{build, checked, not_confirmed};
use crate::spoken::languages;
use crate::world::{BEGIN, Move, World};

/// How much of it is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Everything that anybody may do about one deployment.
    Everything,
    /// What matters between deployments of one lane.
    Lane,
}

pub fn event(event: Event) -> Move {
    Move::Event(Box::new(event))
}

pub fn said(speaker: Speaker, request: Request) -> Event {
    said_in(place(), speaker, request)
}

pub fn said_in(place: Place, speaker: Speaker, request: Request) -> Event {
    let command = CommandName::new(request.action()).expect("an action is a name");
    let words = request.action().to_owned();
    Event::Said { speaker, place, words, heard: Heard::Understood { command, request } }
}

pub fn deploy(environment_name: &str) -> Request {
    Request::Deploy {
        service: service(),
        environment: environment(environment_name),
        version: None,
        parameters: BTreeMap::new(),
        dry_run: false,
    }
}

pub fn card(deployment: DeploymentId) -> MessageRef {
    MessageRef { place: place(), message: format!("m{}", deployment.0) }
}

pub fn reacted(speaker: Speaker, deployment: DeploymentId, emoji: &str, change: Reaction) -> Event {
    let emoji = Emoji::Unicode(emoji.into());
    Event::Reacted { speaker, message: card(deployment), emoji, change }
}

/// ✅ of these stands on the card, and nothing else.
pub fn read(deployment: DeploymentId, speakers: impl IntoIterator<Item = Speaker>) -> Event {
    let approving = |speaker| (speaker, Emoji::Unicode("✅".into()));
    let seen = speakers.into_iter().map(approving).collect();
    Event::ReactionsRead { message: card(deployment), seen }
}

pub fn pressed(speaker: Speaker, deployment: DeploymentId, press: Press) -> Event {
    Event::Pressed { speaker, message: card(deployment), press, reason: None, trigger: None }
}

pub fn resolved(deployment: DeploymentId, commit: CommitSha) -> Event {
    // Ben wrote it, and somebody whom nobody knows.
    let authors = ["ben", "eve"].map(|name| Author::email(&format!("{name}@Example.com")));
    written_by(deployment, commit, Some(authors.into()))
}

/// The version is known, and by whom it was written, where that is.
pub fn written_by(
    deployment: DeploymentId,
    commit: CommitSha,
    authors: Option<Vec<Author>>,
) -> Event {
    let version = Version {
        commit,
        reference: Some("main".into()),
        subject: String::new().into(),
        author: String::new().into(),
    };
    let answer = Ok(Resolution {
        version,
        branches: vec!["main".into()],
        changes: vec![],
        changes_total: None,
        authors,
        risky: vec![],
        paths: PathsRead::Whole,
        checks: build(CheckState::Green),
        fingerprint: Digest([2; 32]),
    });
    Event::Resolved { deployment, catalog: CATALOG, answer }
}

pub fn confirmed(deployment: DeploymentId, seal: Digest) -> Event {
    with_confirmation(deployment, seal, |_| {})
}

pub fn with_confirmation(
    deployment: DeploymentId,
    seal: Digest,
    change: impl Fn(&mut Confirmation),
) -> Event {
    let mut confirmation = Confirmation {
        commit_exists: true,
        branches: vec!["main".into()],
        fingerprint: Digest([2; 32]),
        checks: build(CheckState::Green),
    };
    change(&mut confirmation);
    answered(deployment, seal, Ok(confirmation))
}

/// Returns what came of a last look for which every card was read.
pub fn answered(
    deployment: DeploymentId,
    seal: Digest,
    answer: Result<Confirmation, String>,
) -> Event {
    Event::Confirmed { deployment, seal, catalog: CATALOG, answer, unread: vec![] }
}

/// Returns the same with a card that could not be read.
pub fn unread_card(event: Event, message: MessageRef) -> Event {
    match event {
        Event::Confirmed { deployment, seal, catalog, answer, .. } => {
            Event::Confirmed { deployment, seal, catalog, answer, unread: vec![message] }
        }
        other => other,
    }
}

pub fn reported(deployment: DeploymentId, op_key: &OpKey, report: RunReport) -> Event {
    Event::RunReported { deployment, op_key: op_key.clone(), at: None, report }
}

pub fn started() -> RunReport {
    RunReport::Started { run: RunRef::new("run-1").expect("a name") }
}

pub fn ended(end: RunEnd) -> RunReport {
    RunReport::Ended { outcome: RunOutcome { end, log_tail: String::new() } }
}

/// Returns everything that may happen next in a world with at most this many deployments.
pub fn moves(world: &World, alphabet: Alphabet, deployments: usize) -> Vec<Move> {
    let mut moves = Vec::new();
    let ids: Vec<DeploymentId> = world.ids().collect();
    for id in &ids {
        let Some(deployment) = world.deployment(*id) else { continue };
        people(&mut moves, alphabet, *id);
        backends(&mut moves, world, alphabet, deployment);
        if deployment.is_over() {
            memories(&mut moves, deployment, ids.len() < deployments);
        }
    }
    if ids.len() < deployments {
        moves.push(event(said(slack("ana"), deploy("prod"))));
        moves.push(event(said_in(thread(), slack("ben"), deploy("prod"))));
    }
    let expiry = BEGIN.after(EXPIRES).0;
    let clocks = [BEGIN.0 - 1000, BEGIN.0, expiry - 1, expiry].map(Timestamp);
    let other = |at: &Timestamp| *at != world.now;
    moves.extend(clocks.into_iter().filter(other).map(Move::Clock));
    let reloads = 0..world.catalogs.len();
    moves.extend(reloads.filter(|catalog| *catalog != world.catalog).map(Move::Reload));
    if alphabet == Alphabet::Everything {
        nonsense(&mut moves);
    }
    moves
}

fn people(moves: &mut Vec<Move>, alphabet: Alphabet, id: DeploymentId) {
    for seen in [&[][..], &["ben"], &["ben", "mina"]] {
        moves.push(event(read(id, seen.iter().map(|name| slack(name)))));
    }
    let mut react = |speaker: Speaker, emoji: &str, change: Reaction| {
        moves.push(event(reacted(speaker, id, emoji, change)));
    };
    for name in ["ben", "mina"] {
        react(slack(name), "✅", Added);
        react(slack(name), "✅", Removed);
    }
    react(slack("mina"), "❌", Added);
    if alphabet == Alphabet::Everything {
        let discord = |name: &str| speaker(Platform::Discord, name, Standing::Member);
        react(slack("ben"), "👍🏽", Added);
        react(slack("ben"), "👍🏽", Removed);
        react(discord("mina"), "✅", Added);
        react(discord("mina"), "✅", Removed);
        react(slack("ana"), "✅", Added);
        react(discord("ana"), "✅", Added);
        react(slack("carl"), "✅", Added);
        react(slack("carl"), "❌", Added);
        for outsider in outsiders() {
            react(outsider.clone(), "✅", Added);
            react(outsider.clone(), "✅", Removed);
            react(outsider, "❌", Added);
        }
    }
    if alphabet == Alphabet::Everything {
        let presses = [Press::Approve, Press::Reject, Press::Abort, Press::Retry, Press::RollBack];
        for speaker in [slack("ana"), slack("ben"), slack("carl")].into_iter().chain(outsiders()) {
            moves.push(event(read(id, [speaker.clone()])));
            moves.extend(presses.map(|press| event(pressed(speaker.clone(), id, press))));
        }
    }
    let cancel = |name: &str| event(said(slack(name), Request::Cancel { deployment: id }));
    moves.push(cancel("ana"));
    if alphabet == Alphabet::Everything {
        moves.extend([cancel("ben"), cancel("carl")]);
        let approve = Request::Approve { deployment: id };
        let reject = Request::Reject { deployment: id, reason: Some("no".into()) };
        let cancel = Request::Cancel { deployment: id };
        moves.push(event(said(slack("ben"), approve.clone())));
        moves.push(event(said(slack("ana"), approve.clone())));
        moves.push(event(said(slack("carl"), reject.clone())));
        moves.push(event(said(slack("ben"), Request::Retry { deployment: id })));
        for outsider in outsiders() {
            for request in [&approve, &reject, &cancel] {
                moves.push(event(said(outsider.clone(), request.clone())));
            }
        }
    }
}

/// The past comes back with the question for which it was read.
fn memories(moves: &mut Vec<Move>, over: &Deployment, room: bool) {
    let deployment = over.id;
    let (speaker, message, emoji) = (slack("ben"), card(deployment), Emoji::Unicode("✅".into()));
    let vote = Question::Vote { speaker, message, emoji, change: Added };
    let (speaker, message) = (slack("ben"), card(deployment));
    let button =
        Question::Press { speaker, message, press: Press::RollBack, reason: None, trigger: None };
    let mut questions = vec![vote, button, question(slack("ben"), Request::Approve { deployment })];
    if room {
        let (service, environment) = (over.service.clone(), over.environment.clone());
        let parameters = BTreeMap::new();
        let to = Some(deployment);
        questions.push(question(slack("ana"), Request::Retry { deployment }));
        let rollback = Request::Rollback { service, environment, to, parameters };
        questions.push(question(slack("ana"), rollback));
    }
    moves.extend(questions.into_iter().map(|question| event(recalled(question, Some(over)))));
}

pub fn question(speaker: Speaker, request: Request) -> Question {
    Question::Request { speaker, place: place(), words: request.action().into(), request }
}

pub fn recalled(question: Question, past: Option<&Deployment>) -> Event {
    Event::Recalled { question, past: past.cloned().map(Box::new) }
}

/// Returns accounts that must count for nothing; some of them look like ben's.
pub fn outsiders() -> Vec<Speaker> {
    let ben = |standing| speaker(Platform::Slack, "ben", standing);
    vec![
        slack("U-nobody"),
        speaker(Platform::Console, "ben", Standing::Member),
        ben(Standing::Bot),
        ben(Standing::Guest),
        ben(Standing::Stranger),
        ben(Standing::Deactivated),
        ben(Standing::Unverified),
        ben(Standing::Unknown),
    ]
}

/// Returns every seal that a deployment ever had, and one that it never had.
pub fn seals(world: &World, id: DeploymentId) -> Vec<Digest> {
    let seal = |what: &What| match what {
        What::Sealed(sealed) | What::Resealed { sealed, .. } => Some(sealed.seal),
        _ => None, // No other fact has a seal of its own.
    };
    let mut seals: Vec<Digest> = world.facts_of(id).filter_map(|fact| seal(&fact.what)).collect();
    seals.push(Digest([0; 32]));
    seals.sort_by_key(|seal| seal.0);
    seals.dedup();
    seals
}

/// Backends answer what was asked, what was not asked, late and twice.
fn backends(moves: &mut Vec<Move>, world: &World, alphabet: Alphabet, deployment: &Deployment) {
    let id = deployment.id;
    let everything = alphabet == Alphabet::Everything;
    moves.push(event(resolved(id, commit('a'))));
    for catalog in [CATALOG, Digest([3; 32])] {
        let answer = Err("no such ref".into());
        moves.push(event(Event::Resolved { deployment: id, catalog, answer }));
    }
    for seal in seals(world, id) {
        moves.push(event(confirmed(id, seal)));
        let moved = |c: &mut Confirmation| c.fingerprint = Digest([3; 32]);
        moves.push(event(with_confirmation(id, seal, moved)));
        let gone = |c: &mut Confirmation| c.commit_exists = false;
        moves.push(event(with_confirmation(id, seal, gone)));
        if everything {
            moves.extend(not_confirmed(id, seal).map(event));
            let elsewhere = |c: &mut Confirmation| c.branches = vec!["wip".into()];
            moves.push(event(with_confirmation(id, seal, elsewhere)));
            let answer = Err("timed out".into());
            moves.push(event(answered(id, seal, answer)));
            moves.push(event(unread_card(confirmed(id, seal), card(id))));
        }
    }
    moves.extend([CheckState::Green, CheckState::Failed].map(|state| event(checked(id, state))));
    moves.push(event(Event::LookAgain { deployment: id }));
    moves.push(event(Event::CardShown {
        deployment: id,
        message: card(id),
        seal: None,
        posted: Posted::MaybeBefore,
    }));
    if let Some(run) = &deployment.run {
        reports(moves, everything, id, &run.op_key);
    }
    if everything {
        reports(moves, false, id, &OpKey::new("9-nonsense").expect("a name"));
        moves.push(event(Event::GaveUp {
            deployment: Some(id),
            effect: "cancel_run".into(),
            reason: "gone".into(),
        }));
        moves.push(event(Event::ReasonNotAsked {
            deployment: id,
            message: card(id),
            to: slack("mina").account,
            reason: "too late".into(),
        }));
    }
}

fn reports(moves: &mut Vec<Move>, everything: bool, id: DeploymentId, op_key: &OpKey) {
    let mut reports = vec![
        started(),
        RunReport::NotStarted { reason: "no".into() },
        RunReport::Working { commit: commit('b') },
        ended(RunEnd::Succeeded),
        ended(RunEnd::Failed { status: 1 }),
    ];
    if everything {
        let stage = |state| RunReport::Stage { stage: "build".into(), state };
        reports.extend([
            RunReport::Unknown { reason: "timed out".into() },
            RunReport::Working { commit: commit('a') },
            stage(StageState::Running),
            stage(StageState::Failed),
            ended(RunEnd::Cancelled),
            ended(RunEnd::Lost),
        ]);
    }
    moves.extend(reports.into_iter().map(|report| event(reported(id, op_key, report))));
    if everything {
        // A backend's clock may say anything.
        let seen = |at: i64, report| Event::RunReported {
            deployment: id,
            op_key: op_key.clone(),
            at: Some(Timestamp(at)),
            report,
        };
        let begun = RunReport::Stage { stage: "build".into(), state: StageState::Running };
        moves.extend([
            event(seen(BEGIN.0 + 1, started())),
            event(seen(i64::MAX, begun.clone())),
            event(seen(i64::MIN, begun)),
            event(seen(BEGIN.0 + 2, ended(RunEnd::Succeeded))),
        ]);
    }
}

/// News of what never was.
fn nonsense(moves: &mut Vec<Move>) {
    let never = DeploymentId(99);
    moves.push(event(resolved(never, commit('a'))));
    moves.push(event(confirmed(never, Digest([0; 32]))));
    moves.push(event(Event::LookAgain { deployment: never }));
    moves.push(event(said(slack("ana"), Request::Cancel { deployment: never })));
    moves.push(event(reacted(slack("ben"), never, "✅", Added)));
    languages(moves);
    let op_key = OpKey::new("99-nonsense").expect("a name");
    moves.push(event(reported(never, &op_key, ended(RunEnd::Succeeded))));
}
