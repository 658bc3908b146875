//! A scenario cut after every commit and before and after every effect, then opened again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Runtime;

use wilco::backend::Backend;

use super::ending::{Ending, Vote};
use super::fence::{Fence, Fenced};
use super::life::{Act, Cut, Lived, Memory, live};
use super::premises::{Premises, commit};

/// Lives that go on side by side; most of the time they wait.
const SIDE_BY_SIDE: usize = 4;

/// Beyond this many steps the scenario is not the one that was written here.
const STEPS_MAX: usize = 2000;

/// Fewer, and the scenario did not happen.
const STEPS_MIN: usize = 40;

#[test]
fn a_cut_at_any_step_changes_nothing_about_votes_and_runs() {
    every_cut(Fence::On, &votes_and_a_lane());
}

#[test]
fn a_cut_at_any_step_changes_nothing_about_what_is_cancelled() {
    every_cut(Fence::On, &cancels_and_the_past());
}

/// Cuts at each step in turn, until every thread had a life with fewer steps than that.
pub fn every_cut(fence: Fence, scenario: &[Act]) {
    let expected = cut_once(fence, &Cut::Never, scenario);
    assert_eq!(expected.ending.faults, Vec::<String>::new(), "without a cut");
    let (next, made) = (AtomicUsize::new(1), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    assert!(at < STEPS_MAX, "the scenario never comes to its end");
                    let outcome = cut_once(fence, &Cut::At(at), scenario);
                    let Lived::Until(step) = &outcome.first else { return };
                    made.fetch_add(1, Ordering::SeqCst);
                    let Ending { faults, told, .. } = &outcome.ending;
                    assert_eq!(*faults, Vec::<String>::new(), "after a cut at {at}, {step:?}");
                    assert_eq!(*told, expected.ending.told, "after a cut at {at}, {step:?}");
                }
            });
        }
    });
    let made = made.into_inner();
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the figure is what a long run is for")]
    {
        println!("{made} cuts with {fence:?}, all with the ending of no cut");
    }
    assert!(made >= STEPS_MIN, "only {made} cuts were made");
}

pub struct Outcome {
    pub first: Lived,
    pub ending: Ending,
}

/// Lives until the cut, then once more to the end.
pub fn cut_once(fence: Fence, cut: &Cut, scenario: &[Act]) -> Outcome {
    let premises = Premises::new("0.05");
    let mut memory = Memory::default();
    let open = || Arc::new(Fenced::open(&premises, fence)) as Arc<dyn Backend>;
    let first = live(&premises, &open(), cut.clone(), scenario, &mut memory);
    live(&premises, &open(), Cut::Never, scenario, &mut memory);
    premises.wait_for_runners();
    let ending = Runtime::new().unwrap().block_on(Ending::of(&premises, &votes(scenario)));
    Outcome { first, ending }
}

/// One after another in the same lane, and one that is cancelled while it waits.
fn votes_and_a_lane() -> Vec<Act> {
    let deploy = |number| format!("deploy api@{} to prod", commit(number));
    let mut acts = first_deployment();
    acts.extend([
        Act::Say("ana", deploy(2)),
        Act::Say("ben", deploy(3)),
        Act::Rest,
        Act::Approve("ben", 2),
        Act::Approve("mina", 2),
        Act::Rest,
        Act::Say("ben", "cancel #3".into()),
        Act::Rest,
    ]);
    acts
}

/// One that is cancelled while it runs, one while it starts, and words that come too late.
fn cancels_and_the_past() -> Vec<Act> {
    vec![
        Act::Say("ana", format!("deploy web@{} to staging", commit(1))),
        Act::Running(1),
        Act::Say("ana", "cancel #1".into()),
        Act::Rest,
        Act::Say("ana", format!("deploy web@{} to staging", commit(2))),
        Act::Ordered(2),
        Act::Say("ana", "cancel #2".into()),
        Act::Rest,
        Act::Say("ana", "cancel #1".into()),
        Act::Say("ana", "audit #1".into()),
        Act::Rest,
    ]
}

/// Ana deploys, ben and mina agree, and it runs to its end.
pub fn first_deployment() -> Vec<Act> {
    vec![
        Act::Say("ana", format!("deploy api@{} to prod", commit(1))),
        Act::Rest,
        Act::Approve("ben", 1),
        Act::Approve("mina", 1),
        Act::Rest,
    ]
}

fn votes(scenario: &[Act]) -> Vec<Vote> {
    let vote = |act: &Act| match act {
        Act::Approve(who, deployment) => Some((*deployment, (*who).to_owned())),
        Act::Say(..) | Act::Rest | Act::Ordered(_) | Act::Running(_) => None,
    };
    scenario.iter().filter_map(vote).collect()
}
