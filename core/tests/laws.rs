//! Laws that hold in every state that a deployment can reach, whoever does what, and whenever.

#![expect(clippy::print_stdout, reason = "how much was checked is worth reading")]

#[path = "laws/again.rs"]
mod again;
#[path = "laws/firm.rs"]
mod firm;
#[path = "laws/green.rs"]
mod green;
#[path = "laws/law.rs"]
mod law;
#[path = "laws/moves.rs"]
mod moves;
#[path = "laws/reread.rs"]
mod reread;
#[path = "laws/sealed.rs"]
mod sealed;
#[path = "laws/shown.rs"]
mod shown;
#[path = "laws/spoken.rs"]
mod spoken;
#[path = "laws/stories.rs"]
mod stories;
#[path = "laws/times.rs"]
mod times;
#[path = "laws/world.rs"]
mod world;
#[path = "laws/written.rs"]
mod written;

use std::collections::{BTreeSet, HashSet, VecDeque};

use proptest::prelude::*;
use wilco_core::audit;
use wilco_core::audit::verifier::Verifier;
use wilco_core::event::{Event, Posted, Reaction, RunEnd};
use wilco_core::fact::Fact;
use wilco_core::ids::DeploymentId;
use wilco_core::policy::Policy;
use wilco_core::request::Request;

use firm::{catalogs, commit, policy, slack};
use law::{Step, check};
use moves::{
    Alphabet, card, confirmed, deploy, ended, event, moves, reacted, reported, resolved, said,
    started,
};
use world::{Move, World};

/// Where an exploration ends.
struct Bounds {
    alphabet: Alphabet,
    deployments: usize,
    states: usize,
    /// The kinds of facts that must come up.
    kinds: Vec<&'static str>,
}

/// Facts that every deployment of its own can come to, whatever its policy.
const KINDS: [&str; 14] = [
    "request_refused",
    "language_chosen",
    "sealed",
    "obstructed",
    "vote_refused",
    "gates_opened",
    "run_started",
    "start_unknown",
    "stage_changed",
    "wrong_commit",
    "cancel_asked",
    "run_ended",
    "cancelled",
    "expired",
];

/// Facts that one comes to that somebody has to approve.
const VOTE_KINDS: [&str; 4] = ["approved", "vote_withdrawn", "resealed", "rejected"];

const LANE_KINDS: [&str; 6] =
    ["requested", "resealed", "gates_opened", "run_ended", "cancelled", "expired"];

/// Visits the worlds that can be reached from these, nearest first, and checks every step.
fn explore(name: &str, from: Vec<World>, bounds: &Bounds) {
    let mut seen: HashSet<String> = from.iter().map(World::key).collect();
    let mut queue = VecDeque::from(from);
    let (mut states, mut steps, mut depth) = (0, 0, 0);
    let mut kinds = BTreeSet::new();
    while let Some(before) = queue.pop_front() {
        states += 1;
        depth = depth.max(before.moves.len());
        for made in moves(&before, bounds.alphabet, bounds.deployments) {
            steps += 1;
            let mut after = before.clone();
            let decision = after.make(&made);
            check(&Step { before: &before, made: &made, decision: &decision, after: &after });
            kinds.extend(decision.facts.iter().map(Fact::kind));
            if seen.len() < bounds.states && seen.insert(after.key()) {
                queue.push_back(after);
            }
        }
    }
    println!("{name}: {states} states, {steps} steps, up to {depth} moves deep");
    // Whatever a deployment can have on record was seen, or the exploration ends too early.
    let missing: Vec<_> = bounds.kinds.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "{name}: nothing led to {missing:?}");
}

/// Makes a move that must hold to the laws.
fn make(world: &mut World, event_made: Event) {
    let (before, made) = (world.clone(), event(event_made));
    let decision = world.make(&made);
    check(&Step { before: &before, made: &made, decision: &decision, after: world });
}

/// Returns a world in which somebody asked for a deployment whose card is shown.
fn asked(policy: &Policy) -> World {
    let mut world = World::new(catalogs(policy));
    ask(&mut world, "ana");
    world
}

fn ask(world: &mut World, who: &str) -> DeploymentId {
    make(world, said(slack(who), deploy("prod")));
    let id = world.ids().max().expect("somebody just asked");
    make(
        world,
        Event::CardShown { deployment: id, message: card(id), seal: None, posted: Posted::Now },
    );
    id
}

const ONE: &[(u32, &[&str])] = &[(1, &["approver"])];
const TWO: &[(u32, &[&str])] = &[(2, &["approver"])];
const TWO_GROUPS: &[(u32, &[&str])] = &[(1, &["approver"]), (1, &["owner"])];

fn one_deployment(name: &str, groups: &[(u32, &[&str])]) {
    let votes = if groups.is_empty() { &[][..] } else { &VOTE_KINDS };
    let kinds = [&KINDS, votes].concat();
    let bounds = Bounds { alphabet: Alphabet::Everything, deployments: 1, states: 450, kinds };
    explore(name, on_the_way(&policy(groups)), &bounds);
}

/// Returns worlds at each stage of one deployment, so that none is too far away to be explored.
fn on_the_way(policy: &Policy) -> Vec<World> {
    let (id, mut worlds) = (DeploymentId(1), vec![asked(policy)]);
    let go_on = |worlds: &mut Vec<World>, next: Event| {
        let mut world = worlds.last().cloned().expect("there is a first one");
        make(&mut world, next);
        worlds.push(world);
    };
    go_on(&mut worlds, resolved(id, commit('a')));
    for who in ["ben", "mina"] {
        go_on(&mut worlds, reacted(slack(who), id, "✅", Reaction::Added));
    }
    let last = worlds.last().cloned().expect("there is one");
    if let Some((_, seal)) = last.confirms.first() {
        go_on(&mut worlds, confirmed(id, *seal));
    }
    let last = worlds.last().cloned().expect("there is one");
    let run = last.deployment(id).and_then(|deployment| deployment.run.as_ref());
    let op_key = run.expect("it has started").op_key.clone();
    go_on(&mut worlds, reported(id, &op_key, started()));
    worlds
}

#[test]
fn the_laws_hold_without_approvals() {
    one_deployment("no approvals", &[]);
}

#[test]
fn the_laws_hold_with_one_approval() {
    one_deployment("one approval", ONE);
}

#[test]
fn the_laws_hold_with_two_approvals() {
    one_deployment("two approvals", TWO);
}

#[test]
fn the_laws_hold_with_a_required_check() {
    let kinds = [&KINDS, &VOTE_KINDS[..], &["checks_read"]].concat();
    let bounds = Bounds { alphabet: Alphabet::Everything, deployments: 1, states: 450, kinds };
    explore("a required check", on_the_way(&green::strict()), &bounds);
}

#[test]
fn the_laws_hold_with_two_groups() {
    one_deployment("two groups", TWO_GROUPS);
}

/// Returns a lane in which #1 runs and #2 and #3 wait for it with all their approvals.
fn line() -> World {
    let mut world = World::new(catalogs(&policy(ONE)));
    for who in ["ana", "ana", "ben"] {
        let id = ask(&mut world, who);
        make(&mut world, resolved(id, commit('a')));
        make(&mut world, reacted(slack("mina"), id, "✅", Reaction::Added));
        if let Some((deployment, seal)) = world.confirms.first().copied() {
            make(&mut world, confirmed(deployment, seal));
        }
    }
    world
}

fn one_lane(name: &str, world: World, deployments: usize) {
    let kinds = LANE_KINDS.to_vec();
    let bounds = Bounds { alphabet: Alphabet::Lane, deployments, states: 350, kinds };
    explore(name, vec![world], &bounds);
}

#[test]
fn the_laws_hold_in_a_lane_with_a_queue() {
    let mut world = line();
    // Room for one more: what is asked for anew joins the queue.
    make(&mut world, said(slack("ana"), Request::Cancel { deployment: DeploymentId(2) }));
    one_lane("a queue behind a run", world, 4);
}

#[test]
fn the_laws_hold_where_the_lane_is_just_left() {
    let mut world = line();
    let run = world.deployment(DeploymentId(1)).and_then(|deployment| deployment.run.as_ref());
    let op_key = run.expect("it has started").op_key.clone();
    make(&mut world, reported(DeploymentId(1), &op_key, ended(RunEnd::Succeeded)));
    one_lane("a queue whose turn it is", world, 4);
}

#[test]
fn the_laws_hold_in_a_queue_that_nobody_approves() {
    let mut world = asked(&policy(&[]));
    ask(&mut world, "ben");
    one_lane("a queue without approvals", world, 3);
}

#[test]
fn the_laws_hold_between_two_who_are_ready() {
    let mut world = asked(&policy(ONE));
    for id in [DeploymentId(1), ask(&mut world, "ben")] {
        make(&mut world, resolved(id, commit('a')));
        make(&mut world, reacted(slack("mina"), id, "✅", Reaction::Added));
    }
    one_lane("two in one lane", world, 3);
}

/// Puts everything on record and reads it back.
fn verify(world: &World) {
    let mut verifier = Verifier::default();
    let mut salts = 0_u8;
    for (sequence, fact) in (1..).zip(&world.facts) {
        let mut salt = || {
            salts = salts.wrapping_add(1);
            [salts; audit::SALT_LENGTH]
        };
        let row = audit::enter(sequence, fact, &verifier.chain(), &mut salt);
        verifier.take(&row.stored()).expect("the chain holds");
        assert_eq!(audit::read(&row.stored()).as_ref(), Ok(fact.as_ref()));
    }
    verifier.finish(verifier.rows(), &verifier.chain()).expect("nothing is missing");
    assert_eq!(verifier.rows(), world.facts.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_on_long_walks(
        groups in proptest::sample::select(vec![&[][..], ONE, TWO, TWO_GROUPS]),
        authors in any::<bool>(),
        checks in any::<bool>(),
        steps in proptest::collection::vec((0..4_u8, any::<prop::sample::Index>()), 30..120),
    ) {
        let checks = if checks { vec!["build".into()] } else { vec![] };
        let mut world = asked(&Policy { authors, checks, ..policy(groups) });
        for (kind, index) in steps {
            let alphabet = if kind == 0 { Alphabet::Everything } else { Alphabet::Lane };
            let possible: Vec<Move> = moves(&world, alphabet, 6);
            let before = world.clone();
            let made = &possible[index.index(possible.len())];
            let decision = world.make(made);
            check(&Step { before: &before, made, decision: &decision, after: &world });
        }
        verify(&world);
    }
}
