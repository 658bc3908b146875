//! A record that the engine writes, without chats and backends: the test says what occurs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use wilco::chat::console::Console;
use wilco::clock::Clock;
use wilco::delivery::{Accepted, Deliveries, Delivery};
use wilco::engine::{Engine, EngineTask, Parts};
use wilco::settings;
use wilco::store::StoreError;
use wilco::store::open::{DATABASE, Directory, Store};
use wilco::store::read::Reader;
use wilco::store::rows::Effects;
use wilco::witness::Witness;
use wilco_core::catalog::Catalog;
use wilco_core::deployment::{PathsRead, Version};
use wilco_core::emoji::Emoji;
use wilco_core::event::{
    Confirmation, Event, Posted, Reaction, Resolution, RunEnd, RunOutcome, RunReport, StageState,
};
use wilco_core::ids::{CommitSha, DeploymentId, Digest, MessageRef, Place, Platform, RunRef};
use wilco_core::person::{Speaker, Standing};
use wilco_core::time::Timestamp;

/// When every record here begins.
pub const BEGIN: Timestamp = Timestamp(1_800_000_000_000);

/// A record that is being written.
pub struct Record {
    pub deliveries: Deliveries,
    pub reader: Reader,
    pub clock: Clock,
    pub catalog: Arc<Catalog>,
    pub data: PathBuf,
    task: JoinHandle<Result<(), StoreError>>,
    _effects: Effects,
    _catalog: watch::Sender<Arc<Catalog>>,
    _directory: Directory,
    count: u64,
}

/// A record whose engine has not begun to take deliveries.
pub struct Closed {
    record: Record,
    task: EngineTask,
}

impl Closed {
    pub fn deliveries(&self) -> Deliveries {
        self.record.deliveries.clone()
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    pub fn begin(mut self) -> Record {
        self.record.task = tokio::spawn(self.task.run());
        self.record
    }
}

impl Record {
    pub async fn open(data: &Path) -> Self {
        Self::prepare(data).await.begin()
    }

    pub async fn prepare(data: &Path) -> Closed {
        let Store { writer, reader, directory, check: _ } = Store::open(data).await.unwrap();
        let clock = Clock::standing_at(BEGIN);
        let catalog = Arc::new(catalog());
        let (sender, watched) = watch::channel(Arc::clone(&catalog));
        let parts = Parts {
            writer,
            reader: reader.clone(),
            catalog: watched,
            clock: clock.clone(),
            witness: Witness::default(),
        };
        let Engine { deliveries, effects, task } = Engine::open(parts).await.unwrap();
        let record = Self {
            deliveries,
            reader,
            clock,
            catalog,
            data: data.to_owned(),
            task: tokio::spawn(async { Ok(()) }),
            _effects: effects,
            _catalog: sender,
            _directory: directory,
            count: 0,
        };
        Closed { record, task }
    }

    /// Ends the engine; what it wrote is in the one file then.
    pub async fn close(self) -> PathBuf {
        drop(self.deliveries);
        self.task.await.unwrap().unwrap();
        self.data.join(DATABASE)
    }

    /// Returns why the engine gave up.
    pub async fn failure(self) -> StoreError {
        drop(self.deliveries);
        self.task.await.unwrap().expect_err("the engine gave up")
    }

    /// Goes on where another record on the same directory ended.
    pub async fn open_again(data: &Path) -> Self {
        Self { count: 1_000_000, ..Self::open(data).await }
    }

    pub async fn deliver(&mut self, event: Event) {
        self.count += 1;
        let id = format!("test/{}", self.count);
        let accepted = self.deliveries.deliver(Delivery { source: "test", id, event }).await;
        assert_eq!(accepted.unwrap(), Accepted::Applied);
    }

    pub fn said(&self, who: &str, words: &str) -> Event {
        let heard = self.catalog.grammar.hear(words);
        Event::Said { speaker: speaker(who), place: place(), words: words.to_owned(), heard }
    }

    pub async fn say(&mut self, who: &str, words: &str) {
        self.deliver(self.said(who, words)).await;
    }

    /// Asks for something that becomes the next deployment; its version is looked up at once.
    pub async fn ask(&mut self, words: &str, commit: char) -> DeploymentId {
        self.say("ana", words).await;
        let deployment = self.newest().await;
        let answer = Ok(resolution(commit));
        self.deliver(Event::Resolved { deployment, catalog: self.catalog.digest, answer }).await;
        let message = card(deployment);
        self.deliver(Event::CardShown { deployment, message, seal: None, posted: Posted::Now })
            .await;
        deployment
    }

    pub async fn newest(&self) -> DeploymentId {
        self.reader.recent(1).await.unwrap().pop().unwrap().deployment
    }

    pub async fn react(&mut self, who: &str, emoji: &str, deployment: DeploymentId) {
        let (message, emoji) = (card(deployment), Emoji::Unicode(emoji.into()));
        let change = Reaction::Added;
        self.deliver(Event::Reacted { speaker: speaker(who), message, emoji, change }).await;
    }

    pub async fn confirm(&mut self, deployment: DeploymentId) {
        let seal = self.fold(deployment).await.sealed.unwrap().seal;
        let Resolution { fingerprint, branches, .. } = resolution('a');
        let answer =
            Ok(Confirmation { commit_exists: true, branches, fingerprint, checks: vec![] });
        let (catalog, unread) = (self.catalog.digest, vec![]);
        self.deliver(Event::Confirmed { deployment, seal, catalog, answer, unread }).await;
    }

    pub async fn start(&mut self, deployment: DeploymentId) {
        let run = RunRef::new(format!("run-{}", deployment.0)).unwrap();
        self.report(deployment, RunReport::Started { run }).await;
        let build = RunReport::Stage { stage: "build".into(), state: StageState::Running };
        self.report(deployment, build).await;
    }

    pub async fn end(&mut self, deployment: DeploymentId, end: RunEnd) {
        let outcome = RunOutcome { end, log_tail: "the last line".into() };
        self.clock.advance(1000);
        self.report(deployment, RunReport::Ended { outcome }).await;
    }

    async fn report(&mut self, deployment: DeploymentId, report: RunReport) {
        let op_key = self.fold(deployment).await.run.unwrap().op_key;
        self.deliver(Event::RunReported { deployment, op_key, at: None, report }).await;
    }

    async fn fold(&self, id: DeploymentId) -> wilco_core::deployment::Deployment {
        self.reader.deployment(id).await.unwrap().unwrap()
    }

    /// Lives through every way in which a deployment can go on and end; the last ones stay open.
    pub async fn live_through_everything(&mut self) {
        let digest = self.catalog.digest;
        self.deliver(Event::CatalogLoaded { digest }).await;
        for commit in ['a', 'b'] {
            let id = self.ask("deploy web to prod", commit).await;
            self.react("ana", "✅", id).await;
            self.react("ben", "✅", id).await;
            self.confirm(id).await;
            self.start(id).await;
            self.end(id, RunEnd::Succeeded).await;
        }
        let failed = self.ask("deploy web to staging", 'c').await;
        self.start(failed).await;
        self.end(failed, RunEnd::Failed { status: 3 }).await;
        let rejected = self.ask("deploy api to prod", 'c').await;
        self.react("mina", "❌", rejected).await;
        let cancelled = self.ask("deploy api to prod", 'd').await;
        self.say("ana", &format!("cancel {cancelled}")).await;
        let stopped = self.ask("deploy api to staging", 'd').await;
        self.start(stopped).await;
        self.say("ana", &format!("cancel {stopped}")).await;
        self.end(stopped, RunEnd::Cancelled).await;
        let expired = self.ask("deploy web to prod", 'e').await;
        self.clock.advance(25 * 3_600_000);
        self.deliver(Event::LookAgain { deployment: expired }).await;
        self.say("ana", "deploy web to staging").await;
        let unresolved = self.newest().await;
        let answer = Err("no such ref".into());
        self.deliver(Event::Resolved {
            deployment: unresolved,
            catalog: self.catalog.digest,
            answer,
        })
        .await;
        self.say("ana", "rollback web in prod").await;
        let live = self.ask("deploy web to staging", 'f').await;
        self.start(live).await;
        self.end(live, RunEnd::Succeeded).await;
        self.say("ben", "language ko").await;
        self.say("ben", "language default").await;
        self.say("ana", "언어 한국어").await;
        self.say("eve", "deploy web to prod").await;
        self.say("ana", "nonsense of a stranger").await;
        let waiting = self.ask("deploy api to prod", 'f').await;
        self.react("ben", "✅", waiting).await;
        let running = self.ask("deploy api to staging", 'f').await;
        self.start(running).await;
        self.say("ana", "deploy web to staging").await;
    }
}

/// Returns the example configuration, read; one person may bring as much at once as these tests want.
pub fn catalog() -> Catalog {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut catalog = settings::load(&config).unwrap_or_else(|faults| panic!("{faults:?}")).catalog;
    catalog.limits.rate.burst = u32::MAX;
    catalog
}

pub fn place() -> Place {
    Place::in_channel(Platform::Console, "deploys")
}

fn card(deployment: DeploymentId) -> MessageRef {
    MessageRef { place: place(), message: deployment.0.to_string() }
}

fn speaker(name: &str) -> Speaker {
    Speaker { account: Console::account(name), standing: Standing::Member }
}

fn resolution(commit: char) -> Resolution {
    let text = |text: &str| wilco_core::private::Private::Known(text.to_owned());
    Resolution {
        version: Version {
            commit: CommitSha::new(commit.to_string().repeat(40)).unwrap(),
            reference: Some("main".into()),
            subject: text("a subject"),
            author: text("an author"),
        },
        branches: vec!["main".into()],
        changes: vec![],
        changes_total: None,
        authors: None,
        risky: vec![],
        paths: PathsRead::Whole,
        checks: vec![],
        fingerprint: Digest([1; 32]),
    }
}

/// Opens the database as somebody with the file in their hands would: nothing is checked, all is allowed.
pub async fn open_beside(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).foreign_keys(false).connect().await.unwrap()
}

/// Changes the database beside the engine; returns what SQLite said to it.
pub async fn change(file: &Path, sql: &str) -> Result<(), String> {
    let mut connection = open_beside(file).await;
    let text = sqlx::AssertSqlSafe(format!("pragma ignore_check_constraints = on; {sql}"));
    let done = sqlx::raw_sql(text).execute(&mut connection).await;
    connection.close().await.unwrap();
    done.map(drop).map_err(|error| error.to_string())
}
