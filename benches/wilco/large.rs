//! A database with 1,000,000 past deployments of 1,000 services, and 1,000,000 facts: nothing may cost more for it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::sync::Notify;

use wilco::app::{self, App};
use wilco::chat::console::Console;
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::store::open::{DATABASE, Store};
use wilco::witness::Witness;
use wilco_core::audit::{ORIGIN, enter};
use wilco_core::deployment::Kind;
use wilco_core::effect::Target;
use wilco_core::fact::{Fact, Requested, What};
use wilco_core::hex::hex;
use wilco_core::ids::{CommitSha, DeploymentId, Digest, EnvironmentName, PersonName, ServiceName};
use wilco_core::time::Timestamp;

use super::{bound, figure, heading, median, milliseconds, process, world};

const SERVICES: usize = 1000;
const MANY: u64 = 1_000_000;
const FEW: u64 = 2_000;

pub async fn run() {
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    world::write(directory.path(), SERVICES);
    heading("large (1,000 services; 1,000,000 past deployments; 1,000,000 facts)");
    let started = Instant::now();
    let few = make(directory.path(), "few", FEW).await;
    let many = make(directory.path(), "many", MANY).await;
    let size = many.join(DATABASE).metadata().unwrap().len() / 1024 / 1024;
    figure("made in", &format!("{:.0} s, {size} MiB", started.elapsed().as_secs_f64()));
    let config = directory.path().join("config");
    let starts: Vec<Duration> =
        (0..5).map(|_| process::Running::start(&config, &many).ready_after).collect();
    bound("from start to ready, median", milliseconds(median(starts)), " ms", 200.0);
    let with_few = status(directory.path(), &few).await;
    let with_many = status(directory.path(), &many).await;
    figure("`status` with 2,000 past deployments", &format!("{:.2} ms", milliseconds(with_few)));
    bound("`status` with 1,000,000 past deployments", milliseconds(with_many), " ms", 10.0);
    let growth = with_many.as_secs_f64() / with_few.as_secs_f64();
    bound("the second against the first", growth, "×", 1.5);
}

/// Returns how long it takes from handing in `status` until the answer is with the chat.
async fn status(directory: &Path, data: &Path) -> Duration {
    let heard = Heard::default();
    let console = Console::plain("deploys", heard.clone());
    let catalog = world::catalog(directory);
    let app = App::start(app::Options {
        data: data.to_owned(),
        catalog: catalog.clone(),
        chats: Chats { console: Some(Arc::new(console)), ..Chats::default() },
        backends: app::backends(data, PathBuf::from(env!("CARGO_BIN_EXE_wilco"))).unwrap(),
        clock: Clock::System,
        patience: Patience::default(),
        witness: Witness::default(),
    })
    .await
    .unwrap();
    let mut times = Vec::new();
    for number in 0..50 {
        let id = format!("status/{}/{number}", data.display());
        let delivery = world::said(&catalog, "status", id);
        let start = Instant::now();
        app.deliveries.deliver(delivery).await.unwrap();
        heard.0.0.notified().await;
        times.push(start.elapsed());
    }
    assert!(heard.0.1.lock().unwrap().contains("s0"), "{}", heard.0.1.lock().unwrap());
    app.stop().await;
    median(times)
}

/// What the console is written to: it tells when something was.
#[derive(Clone, Default)]
struct Heard(Arc<(Notify, Mutex<String>)>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.1.lock().unwrap() = String::from_utf8_lossy(bytes).into_owned();
        self.0.0.notify_one();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).disable_statement_logging().connect().await.unwrap()
}

/// Makes a data directory with so many past deployments, each with a fact on record.
async fn make(directory: &Path, name: &str, count: u64) -> PathBuf {
    let data = directory.join(name);
    drop(Store::open(&data).await.unwrap());
    let mut connection = connect(&data.join(DATABASE)).await;
    connection.execute("pragma synchronous = off").await.unwrap();
    connection.execute("drop trigger fact_only_appends").await.unwrap();
    let instance = What::Founded { instance: Digest([1; 32]) };
    let mut sequence = 0;
    let mut chain = ORIGIN;
    let mut salt = Salt(1);
    let mut next = 0;
    while next < count {
        let page = (count - next).min(20_000);
        let (mut facts, mut deployments) = (Vec::new(), Vec::new());
        for id in next + 1..=next + page {
            let what = if sequence == 0 { instance.clone() } else { requested(id) };
            let deployment = (sequence > 0).then_some(DeploymentId(id));
            let fact = Fact { at: at(id), deployment, what };
            sequence += 1;
            let row = enter(sequence, &fact, &chain, &mut || salt.next());
            chain = row.chain;
            let deployment = row.deployment.map(|id| id.0);
            let (leaf, link) = (hex(&row.leaf.0), hex(&row.chain.0));
            let columns = (row.sequence, row.at.0, deployment, row.kind, row.body, row.private);
            facts.push((columns, leaf, link));
            deployments.push((id, lane(id), at(id).0));
        }
        insert(&mut connection, &facts, &deployments).await;
        next += page;
    }
    finish(&mut connection, sequence, &chain).await;
    connection.close().await.unwrap();
    data
}

type Columns = (u64, i64, Option<u64>, &'static str, String, String);

async fn insert(
    connection: &mut SqliteConnection,
    facts: &[(Columns, String, String)],
    deployments: &[(u64, (String, &'static str), i64)],
) {
    let mut transaction = connection.begin().await.unwrap();
    let sql = "insert into fact (sequence, at, deployment, kind, body, private, leaf, chain)
        select value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]',
            value ->> '$[0][4]', value ->> '$[0][5]', unhex(value ->> 1), unhex(value ->> 2)
        from json_each(?)";
    let json = serde_json::to_string(facts).unwrap();
    sqlx::query(sql).bind(json).execute(&mut *transaction).await.unwrap();
    let sql = "insert into deployment (id, service, environment, kind, status, outcome, reference,
            commit_sha, requester, requested_at, expires_at, started_at, ended_at)
        select value ->> 0, value ->> '$[1][0]', value ->> '$[1][1]', 'deploy', 'ended',
            'succeeded', 'v1.' || (value ->> 0), '4f2c91a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6', 'ana',
            value ->> 2, value ->> 2, value ->> 2, (value ->> 2) + 60000
        from json_each(?)";
    let json = serde_json::to_string(deployments).unwrap();
    sqlx::query(sql).bind(json).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn finish(connection: &mut SqliteConnection, rows: u64, chain: &Digest) {
    let live = "insert into live (service, environment, deployment)
        select service, environment, max(id) from deployment group by 1, 2";
    connection.execute(live).await.unwrap();
    let guard = "create trigger fact_only_appends before insert on fact
        when new.sequence is not (select coalesce(max(sequence), 0) + 1 from fact)
        begin select raise(abort, 'facts are only appended, under the next number'); end";
    connection.execute(guard).await.unwrap();
    let head = sqlx::query("update head set rows = ?, chain = ?");
    let rows = i64::try_from(rows).unwrap();
    head.bind(rows).bind(chain.0.to_vec()).execute(&mut *connection).await.unwrap();
    connection.execute("pragma wal_checkpoint(truncate)").await.unwrap();
}

fn lane(id: u64) -> (String, &'static str) {
    let services = u64::try_from(SERVICES).unwrap();
    let environment = if (id / services).is_multiple_of(2) { "prod" } else { "staging" };
    (format!("s{}", id % services), environment)
}

pub fn at(id: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + i64::try_from(id).unwrap() * 60_000)
}

pub fn requested(id: u64) -> What {
    let (service, environment) = lane(id);
    let speaker = world::ana();
    What::Requested(Box::new(Requested {
        kind: Kind::Deploy,
        service: ServiceName::new(service).unwrap(),
        environment: EnvironmentName::new(environment).unwrap(),
        by: PersonName::new("ana").unwrap().into(),
        account: speaker.account.into(),
        words: "deploy it to prod".to_owned().into(),
        place: world::place(),
        places: vec![world::place()],
        target: Target::Commit {
            commit: CommitSha::new("4f2c91a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6").unwrap(),
            label: "v1.0.0".into(),
            from: DeploymentId(1),
            rolls_back_to: None,
        },
        parameters: wilco_core::request::Parameters::new().into(),
        expires_at: at(id),
        nonce: Digest([7; 32]).into(),
    }))
}

/// Salts that differ, which is all that a benchmark needs of them.
pub struct Salt(pub u128);

impl Salt {
    pub fn next(&mut self) -> [u8; 16] {
        self.0 = self.0.wrapping_mul(0x0123_4567_89ab_cdef_0123_4567_89ab_cdf1).wrapping_add(1);
        self.0.to_be_bytes()
    }
}
