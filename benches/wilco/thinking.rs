//! What the core costs: hearing a line, and deciding on it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use wilco_core::decide::decide;
use wilco_core::ids::{DeploymentId, Digest};
use wilco_core::time::Timestamp;
use wilco_core::working_set::{Origin, WorkingSet, scope};

use super::{figure, heading, world};

pub fn run() {
    heading("thinking (the core alone)");
    let directory = tempfile::tempdir().unwrap();
    world::write(directory.path(), 1000);
    let catalog = world::catalog(directory.path());
    for line in
        ["deploy s1 to prod", "approve #42", "status", "deplyo s1 to prod", "s1을 prod에 배포해줘"]
    {
        figure(&format!("hear `{line}`"), &nanoseconds(|| catalog.grammar.hear(black_box(line))));
    }
    let set = WorkingSet::new(Origin {
        instance: Digest([1; 32]),
        catalog: None,
        newest: DeploymentId(41),
        last_at: Timestamp(0),
        live: std::collections::BTreeMap::new(),
        chosen: std::collections::BTreeMap::new(),
    });
    for words in ["deploy s1 to prod", "status", "approve #42"] {
        let event = world::said(&catalog, words, String::new()).event;
        let deciding = || {
            let view = set.view(&scope(&event), &catalog, Timestamp(1), Digest([2; 32]));
            decide(&view, black_box(&event))
        };
        figure(&format!("decide on `{words}`"), &nanoseconds(deciding));
    }
}

/// Returns the time that one call takes, from the fastest of some rounds.
fn nanoseconds<T>(mut call: impl FnMut() -> T) -> String {
    const CALLS: u32 = 2000;
    let round = |call: &mut dyn FnMut() -> T| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(call());
        }
        start.elapsed() / CALLS
    };
    let fastest = (0..10).map(|_| round(&mut call)).min().unwrap_or(Duration::ZERO);
    format!("{} ns", fastest.as_nanos())
}
