//! A record of 1,000,000 facts with the tables that they make: proving it costs little more than reading it.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};

use wilco::audit::{Verdict, verify};
use wilco::store::open::{DATABASE, Store};
use wilco::store::rows::{CardRow, DeploymentRow, live_row};
use wilco::store::write::{Batch, Head};
use wilco_core::audit::enter;
use wilco_core::catalog::Catalog;
use wilco_core::deployment::{Deployment, PathsRead, Sealed, Version};
use wilco_core::event::RunEnd;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::{CommitSha, DeploymentId, Digest, MessageRef, OpKey, PersonName};

use super::large::{Salt, at, requested};
use super::{bound, figure, heading, median, world};

const SERVICES: usize = 1000;

/// A deployment here has five facts, as one has that goes well: requested, sealed, shown, started, ended.
const DEPLOYMENTS: u64 = 200_000;

pub async fn run() {
    let directory = tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    world::write(directory.path(), SERVICES);
    heading("record (1,000,000 facts of 200,000 deployments, with their rows)");
    let data = directory.path().join("data");
    make(&data, &world::catalog(directory.path())).await;
    let file = data.join(DATABASE);
    figure("size", &format!("{} MiB", file.metadata().unwrap().len() / 1024 / 1024));
    let (mut facts, mut reading, mut verifying) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let start = Instant::now();
        read_plainly(&file, FACTS).await;
        facts.push(start.elapsed());
        for table in [DEPLOYMENT_ROWS, LIVE_ROWS, CARD_ROWS] {
            read_plainly(&file, table).await;
        }
        reading.push(start.elapsed());
        let start = Instant::now();
        let Verdict::Whole { rows, .. } = verify(&file).await.unwrap() else { panic!("broken") };
        assert!(rows > DEPLOYMENTS * 5);
        verifying.push(start.elapsed());
    }
    let seconds = |durations: Vec<Duration>| median(durations).as_secs_f64();
    let (facts, reading, verifying) = (seconds(facts), seconds(reading), seconds(verifying));
    figure("reading the facts", &format!("{facts:.2} s"));
    figure("reading the facts and the rows that they made", &format!("{reading:.2} s"));
    figure("verifying both", &format!("{verifying:.2} s"));
    figure("verifying both against reading the facts alone", &format!("{:.2}×", verifying / facts));
    bound("verifying against reading the same rows", verifying / reading, "×", 3.0);
}

const FACTS: &str = "select sequence, at, deployment, kind, body, private, leaf, chain \
                     from fact order by sequence";
const DEPLOYMENT_ROWS: &str = "select id, service, environment, kind, command, status, outcome, \
     reference, commit_sha, requester, requested_at, expires_at, started_at, ended_at, \
     rolls_back_to from deployment order by id";
const LIVE_ROWS: &str = "select service, environment, deployment from live";
const CARD_ROWS: &str = "select platform, channel, message, deployment from card";

async fn read_plainly(file: &Path, sql: &'static str) {
    let mut connection = connect(file).await;
    let mut rows = sqlx::query(sql).fetch(&mut connection);
    let mut bytes = 0;
    while let Some(row) = std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await {
        let row = row.unwrap();
        for column in 0..row.len() {
            bytes +=
                row.try_get_unchecked::<Option<&[u8]>, _>(column).unwrap().unwrap_or(b"").len();
        }
    }
    assert!(std::hint::black_box(bytes) > 0);
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).disable_statement_logging().connect().await.unwrap()
}

/// Makes a record through the store itself.
async fn make(data: &Path, catalog: &Catalog) {
    let Store { mut writer, reader, .. } = Store::open(data).await.unwrap();
    let mut head = Head::default();
    let mut salt = Salt(1);
    let mut batch = Batch::default();
    let founded = What::Founded { instance: Digest([1; 32]) };
    enter_into(
        &mut batch,
        &mut head,
        &Fact { at: at(0), deployment: None, what: founded },
        &mut salt,
    );
    for id in 1..=DEPLOYMENTS {
        let facts = life(DeploymentId(id), catalog);
        for fact in &facts {
            enter_into(&mut batch, &mut head, fact, &mut salt);
        }
        let deployment = Deployment::fold(&facts).unwrap();
        batch.cards.push(&CardRow::of(&card(id), id));
        batch.deployments.push(&DeploymentRow::of(&deployment));
        if let Some(row) = live_row(&deployment) {
            batch.live.push(&row);
        }
        if id % 100 == 0 {
            batch.head = head;
            batch.at = at(id);
            writer.write(std::mem::take(&mut batch)).await.unwrap();
        }
    }
    reader.close().await;
    writer.close().await.unwrap();
}

fn enter_into(batch: &mut Batch, head: &mut Head, fact: &Fact, salt: &mut Salt) {
    let row = enter(head.rows + 1, fact, &head.chain, &mut || salt.next());
    (head.rows, head.chain) = (row.sequence, row.chain);
    batch.push_fact(&row);
}

fn life(id: DeploymentId, catalog: &Catalog) -> Vec<Fact> {
    let request = requested(id.0);
    let What::Requested(asked) = &request else { unreachable!("it is a request") };
    let environment = &catalog.services[&asked.service].environments[&asked.environment];
    let sealed = Sealed {
        version: Version {
            commit: CommitSha::new("4f2c91a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6").unwrap(),
            reference: Some(format!("v1.{}", id.0)),
            subject: "a subject".to_owned().into(),
            author: "an author".to_owned().into(),
        },
        policy: environment.policy.clone(),
        pipeline: environment.pipeline.clone(),
        fingerprint: Digest([2; 32]),
        seal: Digest([3; 32]),
        live: None,
        changes: vec![].into(),
        changes_total: None,
        authors: None,
        risky: Vec::new(),
        paths: PathsRead::Whole,
    };
    let opened = What::GatesOpened {
        approvers: vec![PersonName::new("ben").unwrap().into()],
        seal: sealed.seal,
        policy: Digest([4; 32]),
        op_key: OpKey::new(format!("key-{}", id.0)).unwrap(),
    };
    let ended = What::RunEnded {
        end: RunEnd::Succeeded,
        log_tail: String::new().into(),
        rolls_back_to: None,
        observed_at: None,
    };
    let shown = What::CardShown { message: card(id.0) };
    [request, What::Sealed(Box::new(sealed)), shown, opened, ended]
        .into_iter()
        .map(|what| Fact::new(at(id.0), id, what))
        .collect()
}

fn card(id: u64) -> MessageRef {
    MessageRef { place: world::place(), message: id.to_string() }
}
