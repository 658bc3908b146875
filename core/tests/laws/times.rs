//! What a backend says about time is taken only as far as it can be true.

use proptest::prelude::*;
use wilco_core::deployment::Outcome;
use wilco_core::event::{Event, RunEnd, RunReport, StageState};
use wilco_core::ids::DeploymentId;
use wilco_core::time::{Duration, Timestamp};

use crate::firm::{catalogs, commit, policy, slack};
use crate::moves::{deploy, ended, resolved, said, started};
use crate::world::{BEGIN, Move, World};
use crate::{ONE, make};

const FIRST: DeploymentId = DeploymentId(1);

/// Orders a run, then lets ten seconds go by in which nobody hears of it.
fn ordered() -> World {
    let mut world = World::new(catalogs(&policy(ONE)));
    make(&mut world, said(slack("ana"), deploy("staging")));
    make(&mut world, resolved(FIRST, commit('a')));
    world.make(&Move::Clock(BEGIN.after(Duration::seconds(10))));
    world
}

/// Reports what occurred so many milliseconds after the order; each step is held against the laws.
fn report(world: &mut World, after: Option<i64>, report: RunReport) {
    let deployment = world.deployment(FIRST).expect("it was asked for");
    let op_key = deployment.run.as_ref().expect("a run").op_key.clone();
    let at = after.map(|after| Timestamp(BEGIN.0.saturating_add(after)));
    make(world, Event::RunReported { deployment: FIRST, op_key, at, report });
}

fn stage(name: &str, state: StageState) -> RunReport {
    RunReport::Stage { stage: name.into(), state }
}

#[test]
fn a_run_that_nobody_listened_to_took_as_long_as_it_took() {
    let mut world = ordered();
    report(&mut world, Some(1000), started());
    report(&mut world, Some(2000), stage("build", StageState::Running));
    report(&mut world, Some(3500), stage("build", StageState::Succeeded));
    report(&mut world, Some(4000), ended(RunEnd::Succeeded));
    let over = world.deployment(FIRST).expect("it was asked for");
    assert_eq!(over.outcome(), Some(Outcome::Succeeded));
    let run = over.run.as_ref().expect("a run");
    let at = |milliseconds| Some(BEGIN.after(Duration(milliseconds)));
    assert_eq!((run.started_at, over.ended_at), (at(1000), at(4000)));
    assert_eq!((Some(run.stages[0].began_at), run.stages[0].ended_at), (at(2000), at(3500)));
    let live = world.set.live().values().next().expect("it is live");
    assert_eq!(Some(live.at), at(4000));
}

#[test]
fn a_clock_that_is_set_back_takes_nothing_back() {
    let mut world = ordered();
    report(&mut world, Some(5000), started());
    report(&mut world, Some(6000), stage("build", StageState::Succeeded));
    // A stage that begins again has no end, and yet time went on.
    report(&mut world, Some(7000), stage("build", StageState::Running));
    report(&mut world, Some(1000), ended(RunEnd::Succeeded));
    let over = world.deployment(FIRST).expect("it was asked for");
    assert_eq!(over.ended_at, Some(BEGIN.after(Duration(7000))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_backends_clock_says_the_laws_hold(
        times in prop::collection::vec(prop::option::of(-20_000..20_000_i64), 1..12),
        end in prop::option::of(any::<i64>()),
    ) {
        let mut world = ordered();
        report(&mut world, times[0], started());
        for (number, at) in times.iter().enumerate() {
            let state = if number % 2 == 0 { StageState::Running } else { StageState::Succeeded };
            report(&mut world, *at, stage(["build", "push"][number / 2 % 2], state));
        }
        report(&mut world, end, ended(RunEnd::Succeeded));
    }
}
