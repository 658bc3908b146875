//! A delivery through the engine with full sync, against the barest durable commit that sqlx can make.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use wilco::clock::Clock;
use wilco::delivery::{Accepted, Deliveries};
use wilco::engine::{Engine, Parts};
use wilco::store::open::Store;
use wilco::witness::Witness;
use wilco_core::catalog::Catalog;

use super::durable::Bare;
use super::{at_least, bound, figure, heading, median, microseconds, percentile, world};

const SERVICES: usize = 1000;
const ROUNDS: usize = 5;
const ALONE: usize = 400;
const IN_FLIGHT: usize = 256;
const TOGETHER: usize = 20_000;

pub async fn run() {
    heading("engine (a deployment request with its fact, row and effects; durable)");
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    world::write(directory.path(), SERVICES);
    let catalog = Arc::new(world::catalog(directory.path()));
    let mut bare = Bare::open(&directory.path().join("bare.db")).await;
    let (deliveries, engine) = open(&directory.path().join("data"), &catalog).await;
    let (mut bare_commits, mut alone) = (Vec::new(), Vec::new());
    let mut number = 0;
    // In turns, so that whatever else the machine does meets both alike.
    for _ in 0..ROUNDS {
        for _ in 0..ALONE {
            bare_commits.push(bare.commit().await);
        }
        for _ in 0..ALONE {
            number += 1;
            let delivery = world::request(&catalog, number, SERVICES);
            let start = Instant::now();
            assert_eq!(deliveries.deliver(delivery).await.unwrap(), Accepted::Applied);
            alone.push(start.elapsed());
        }
    }
    let (bare, single) = (median(bare_commits), median(alone.clone()));
    figure("a bare durable one-row commit, median", &format!("{:.0} µs", microseconds(bare)));
    figure("a delivery, one at a time, median", &format!("{:.0} µs", microseconds(single)));
    let late = percentile(&mut alone, 0.99);
    figure("a delivery, one at a time, 99 of 100 within", &format!("{:.0} µs", microseconds(late)));
    bound("one delivery against a bare commit", ratio(single, bare), "×", 2.5);
    let mean: Duration = alone.iter().sum::<Duration>() / u32::try_from(alone.len()).unwrap();
    let together = together(&deliveries, &catalog, number).await;
    figure("deliveries a second, one at a time", &format!("{:.0}", 1.0 / mean.as_secs_f64()));
    figure("deliveries a second, 256 in flight", &format!("{:.0}", 1.0 / together.as_secs_f64()));
    at_least("256 in flight against one at a time", ratio(mean, together), "×", 10.0);
    drop(deliveries);
    engine.await.unwrap().unwrap();
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

async fn open(
    data: &Path,
    catalog: &Arc<Catalog>,
) -> (Deliveries, tokio::task::JoinHandle<Result<(), wilco::store::StoreError>>) {
    let Store { writer, reader, directory, .. } = Store::open(data).await.unwrap();
    let (_, catalog) = watch::channel(Arc::clone(catalog));
    let clock = Clock::System;
    let parts = Parts { writer, reader, catalog, clock, witness: Witness::default() };
    let engine = Engine::open(parts).await.unwrap();
    let mut effects = engine.effects.committed;
    // Takes what a courier would take, and does nothing with it.
    tokio::spawn(async move { while effects.recv().await.is_some() {} });
    let task = tokio::spawn(async move {
        let _directory = directory;
        engine.task.run().await
    });
    (engine.deliveries, task)
}

/// Returns the time for one delivery when many are in flight.
async fn together(deliveries: &Deliveries, catalog: &Arc<Catalog>, after: usize) -> Duration {
    // What a chat does with a line happens before the clock starts: this is about the engine.
    let mut piles: Vec<Vec<_>> = (0..IN_FLIGHT).map(|_| Vec::new()).collect();
    for number in 0..TOGETHER {
        let delivery = world::request(catalog, after + 1 + number, SERVICES);
        piles[number % IN_FLIGHT].push(delivery);
    }
    let start = Instant::now();
    let tasks: Vec<_> = piles
        .into_iter()
        .map(|pile| {
            let deliveries = deliveries.clone();
            tokio::spawn(async move {
                for delivery in pile {
                    assert_eq!(deliveries.deliver(delivery).await.unwrap(), Accepted::Applied);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed() / u32::try_from(TOGETHER).unwrap()
}
