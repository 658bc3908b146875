//! Deployments in a GitHub that fails in every way it knows, by a process that is killed again and again: no key
//! works twice, every end is the one that GitHub knows, and nothing works on a commit that nobody approved.

mod hub;
mod life;
mod weather;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use wilco::store::open::read_only;
use wilco::store::read::Reader;
use wilco_core::deployment::{Deployment, Status};

use self::hub::Hub;
use self::life::Life;
use super::random::{Random, deployments, kills};
use crate::wait::seen_within;

/// Kills and deployments of one test run; `WILCO_KILLS` and `WILCO_DEPLOYMENTS` ask for more.
const KILLS: u64 = 10;
const DEPLOYMENTS: u64 = 40;

/// A life ends once so much more has happened on GitHub, or once nothing happens any more.
const CHANGES: std::ops::Range<u64> = 0..2_000;
const QUIET_AFTER: Duration = Duration::from_millis(700);

/// Most lives last at least until wilco was heard of on GitHub, or had the time for it.
const EARLY_EVERY: u64 = 6;
const BEGINS_WITHIN: Duration = Duration::from_secs(3);

/// One life in so many goes on for longer, for what is looked for twice before it is started again.
const LONG_EVERY: u64 = 8;
const LONG_LIFE: Duration = Duration::from_secs(3);
const SHORT_LIFE: Duration = Duration::from_millis(1_500);

/// As much goes wrong in one life.
const FAULTS: std::ops::Range<u64> = 0..6;

/// Without kills one thing goes wrong in so many looks at what is open.
const FAULTY_EVERY: u64 = 3;

/// People look at what is open each time that so much more has happened on GitHub.
const LOOK_EVERY: u64 = 100;

/// Where nothing came of it for so many looks, people say once more what they said.
const SAID_AGAIN_EVERY: u64 = 20;

/// One in so many is stopped, each time that it stands otherwise than before.
const STOPPED_EVERY: u64 = 80;

/// People pause while so many are open.
const OPEN_MAX: usize = 60;

/// Whatever goes on comes to its end so soon after the last deployment was asked for.
const ENDS_WITHIN: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_works_twice_and_no_end_is_lost_on_a_github_that_fails_however_often_wilco_is_killed()
 {
    let (kills, wanted, seed) = (kills(KILLS), deployments(DEPLOYMENTS), Random::seed());
    let (mut random, began) = (Random(seed), Instant::now());
    // Shown when the test is run with `--nocapture`, and when it fails.
    #[expect(clippy::print_stdout, reason = "the seed is what repeats a failure")]
    {
        println!("WILCO_SEED={seed}");
    }
    let hub = Hub::open().await;
    let mut people = People { hub: &hub, seen: BTreeSet::new(), stopped: BTreeSet::new() };
    for life in 0..kills {
        let mut process = Life::begin(&hub, &format!("life-{life}"));
        for _ in 0..random.within(FAULTS) {
            weather::worsen(&hub, &mut random);
        }
        // What is said to a process that dies before it hears is said again later.
        let left = wanted.saturating_sub(hub.asked_for().await).div_ceil(kills - life);
        let is_busy = hub.open_deployments().await.len() >= OPEN_MAX;
        people.forget();
        process.say(&people.talk(&mut random, if is_busy { 0 } else { left }).await);
        if random.within(0..EARLY_EVERY) > 0 {
            begins(&hub).await;
        }
        process.be_heard(&hub);
        let length = if life % LONG_EVERY == LONG_EVERY - 1 {
            (u64::MAX, LONG_LIFE)
        } else {
            (random.within(CHANGES), SHORT_LIFE)
        };
        people.live(&mut process, &mut random, length).await;
        process.kill();
        hub.github.forget();
    }
    finish(&hub, &mut people, (&mut random, wanted)).await;
    let figures = hub.check().await;
    #[expect(clippy::print_stdout, reason = "how long it took is said where somebody looks")]
    {
        println!("WILCO_SEED={seed}: {kills} kills in {:?}: {figures:?}", began.elapsed());
    }
    assert_eq!(figures.faults, Vec::<String>::new(), "WILCO_SEED={seed}");
    assert!(figures.deployments as u64 >= wanted, "hardly anything was asked for: {figures:?}");
    assert!(figures.succeeded * 3 > figures.deployments, "hardly anything succeeded: {figures:?}");
}

/// Returns once wilco was heard of on GitHub, or was not for a while.
async fn begins(hub: &Hub) {
    let mut there = hub.github.changes();
    let _late = timeout(BEGINS_WITHIN, there.changed()).await;
}

/// Asks for what is still to be asked for while as much goes wrong, and then waits, while all is well, until
/// everything has ended.
async fn finish(hub: &Hub, people: &mut People<'_>, (random, wanted): (&mut Random, u64)) {
    let mut process = Life::begin(hub, "last");
    let deadline = Instant::now() + ENDS_WITHIN + Duration::from_millis(wanted * 600);
    let mut left = wanted.saturating_sub(hub.asked_for().await);
    for look in 1_u64.. {
        assert!(Instant::now() < deadline, "it does not come to rest: {:?}", hub.stuck().await);
        assert!(!process.has_ended(), "it ended by itself: {}", process.complaints());
        if look % SAID_AGAIN_EVERY == 0 {
            people.forget();
        }
        let more = if hub.open_deployments().await.len() < OPEN_MAX { left.min(6) } else { 0 };
        left -= more;
        if left == 0 {
            weather::clear_up(hub);
        } else if random.within(0..FAULTY_EVERY) == 0 {
            weather::worsen(hub, random);
        }
        process.be_heard(hub);
        process.say(&people.talk(random, more).await);
        hub.github.forget();
        if left == 0 && hub.is_at_rest().await {
            break;
        }
        sleep(Duration::from_millis(150)).await;
    }
    process.say("/quit\n");
    let ended = seen_within(Duration::from_secs(30), async || process.has_ended().then_some(()));
    assert!(ended.await.is_some(), "it does not end");
}

/// Who asks, votes and stops.
struct People<'a> {
    hub: &'a Hub,
    /// What was seen so far, how it stood, and with which commit.
    seen: BTreeSet<(u64, String)>,
    /// What was stopped because nobody could tell whether it runs.
    stopped: BTreeSet<u64>,
}

impl People<'_> {
    /// Has everything said once more: a life that ended may not have heard it.
    fn forget(&mut self) {
        self.seen.clear();
        self.stopped.clear();
    }

    /// Talks while a process lives: until so much more has happened on GitHub, or nothing has for a while, or that
    /// time is over.
    async fn live(
        &mut self,
        process: &mut Life,
        random: &mut Random,
        (changes, at_most): (u64, Duration),
    ) {
        let mut there = self.hub.github.changes();
        let deadline = Instant::now() + at_most;
        let begun = *there.borrow();
        let (enough, mut next_look) = (begun.saturating_add(changes), begun + LOOK_EVERY);
        loop {
            let now = *there.borrow_and_update();
            if now >= enough || Instant::now() >= deadline {
                return;
            }
            if now >= next_look {
                process.be_heard(self.hub);
                process.say(&self.talk(random, 0).await);
                next_look = now + LOOK_EVERY;
            }
            if timeout(QUIET_AFTER, there.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Asks for so many more, votes on what waits, and stops something now and then.
    async fn talk(&mut self, random: &mut Random, more: u64) -> String {
        let mut lines = Vec::new();
        for _ in 0..more {
            let (service, environment) = Hub::lane(random);
            lines.push(format!("/as ana\ndeploy {service}@main to {environment}\n"));
        }
        for deployment in self.hub.open_deployments().await {
            let id = deployment.id;
            // As its card says.
            if self.hub.is_nowhere(&deployment) && self.stopped.insert(id.0) {
                lines.push(format!("/as ana\ncancel {id}\n"));
            }
            let is_waiting = deployment.status == Status::Waiting;
            if is_waiting && deployment.cards.is_empty() {
                continue; // Nobody votes on a card that is not there.
            }
            let stands = format!("{:?} {:?}", deployment.status, deployment.commit());
            if !self.seen.insert((id.0, stands)) {
                continue;
            }
            if is_waiting {
                lines.extend(["ben", "mina"].map(|who| format!("/as {who}\n/react ✅ {id}\n")));
            }
            if random.within(0..STOPPED_EVERY) == 0 {
                lines.push(format!("/as ana\ncancel {id}\n"));
            }
        }
        // Fisher and Yates: every order is as likely as any other.
        for last in (1..lines.len()).rev() {
            let other = random.within(0..last as u64 + 1);
            lines.swap(last, usize::try_from(other).unwrap());
        }
        lines.concat()
    }
}

/// Reads every open deployment.
async fn all(hub: &Hub) -> Vec<Deployment> {
    let open = read(hub, async |reader| {
        let mut found = Vec::new();
        for id in reader.open_ids().await.unwrap() {
            found.extend(reader.deployment(id).await.unwrap());
        }
        found
    });
    open.await.unwrap_or_default()
}

async fn newest(hub: &Hub) -> u64 {
    let newest = read(hub, async |reader| reader.recent(1).await.unwrap().pop());
    newest.await.flatten().map_or(0, |newest| newest.deployment.0)
}

/// Asks the database; `None` while there is none, or its tables are still being made.
async fn read<T>(hub: &Hub, ask: impl AsyncFnOnce(&Reader) -> T) -> Option<T> {
    let reader = read_only(&hub.premises.database()).await.ok()?;
    let answer = match reader.origin().await {
        Ok(Some(_)) => Some(ask(&reader).await),
        Ok(None) | Err(_) => None,
    };
    reader.close().await;
    answer
}
