//! The test of the test: without the fence of the real backend, asking before sending again must be enough,
//! and a backend that lies when it is asked must be noticed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};

use wilco::app::App;
use wilco::backend::command::CommandBackend;
use wilco::backend::{Backend, BackendError, Begun, Lookup, Numbered, StartOrder};
use wilco::chat::console::Console;
use wilco::delivery::{Accepted, Activity};
use wilco::witness::{Step, Witness};
use wilco_core::deployment::{Deployment, Outcome};
use wilco_core::ids::{CommitSha, DeploymentId, Digest, OpKey, RunRef};
use wilco_core::run::Run;

use super::cuts::{cut_once, every_cut, first_deployment};
use super::ending::Ending;
use super::life::{Cut, Lived, options, say, wait_for};
use super::premises::{Premises, commit};

/// A start that was followed by a cut is asked about this often before it is made again.
const ASKED_BEFORE_A_START: usize = 2;

/// Longer than a runner needs to claim its run here, shorter than anybody wants to wait.
const SETTLED_WITHIN: Duration = Duration::from_millis(700);

#[test]
fn without_a_fence_asking_before_sending_again_is_enough() {
    every_cut(Fence::Off { lies: false }, &first_deployment());
}

#[test]
fn a_second_run_is_noticed() {
    let cut = Cut::Where(Step::AfterEffect("call_start"));
    let outcome = cut_once(Fence::Off { lies: true }, &cut, &first_deployment());
    assert_eq!(outcome.first, Lived::Until(Step::AfterEffect("call_start")));
    assert_eq!(outcome.ending.faults, ["#1 ran 2 times"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_turns_up_late_is_followed_to_its_end() {
    let premises = Premises::new("0.05");
    let backend = Arc::new(Fenced::open(&premises, Fence::Late));
    let console = Console::plain("deploys", std::io::sink());
    let late = backend.late.clone();
    let app = App::start(options(&premises, backend, console, Witness::default())).await.unwrap();
    let words = format!("deploy api@{} to staging", commit(1));
    assert_eq!(say(&app, "ana", &words, "words".into()).await, Accepted::Applied);
    let is_unknown = |run: &Run| run.unknown.is_some();
    wait_for(&app, 1, |deployment| deployment.run.as_ref().is_some_and(is_unknown)).await;
    late.send_replace(true);
    wait_for(&app, 1, Deployment::is_over).await;
    let told = app.reader.deployment(DeploymentId(1)).await.unwrap().unwrap();
    assert_eq!(told.outcome(), Some(Outcome::Succeeded));
    let mut activity = app.deliveries.activity();
    activity.wait_for(Activity::is_at_rest).await.unwrap();
    app.stop().await;
    assert_eq!(Ending::of(&premises, &[]).await.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_certainly_did_not_happen_is_tried_again() {
    let premises = Premises::new("0");
    let backend = Arc::new(Fenced::open(&premises, Fence::Busy));
    let asked = Arc::clone(&backend);
    let console = Console::plain("deploys", std::io::sink());
    let app = App::start(options(&premises, backend, console, Witness::default())).await.unwrap();
    let words = format!("deploy api@{} to staging", commit(1));
    assert_eq!(say(&app, "ana", &words, "words".into()).await, Accepted::Applied);
    wait_for(&app, 1, Deployment::is_over).await;
    let over = app.reader.deployment(DeploymentId(1)).await.unwrap().unwrap();
    assert_eq!(over.outcome(), Some(Outcome::Succeeded));
    assert_eq!(asked.asked.lock().unwrap().values().copied().collect::<Vec<_>>(), [3]);
    assert_eq!(premises.executions().len(), 1);
    app.stop().await;
}

/// What keeps a key from running twice.
#[derive(Debug, Clone, Copy)]
pub enum Fence {
    /// The claim of the real backend.
    On,
    /// Nothing: each start runs. Lying, it also says that it knows of no run.
    Off { lies: bool },
    /// The claim of the real backend; but the first start has no answer, and the second cannot happen yet.
    Busy,
    /// The claim of the real backend; but nobody learns what became of a start, and it takes its time.
    Late,
}

/// The real backend with its fence taken away, and with less to wait for.
pub struct Fenced {
    inner: CommandBackend,
    runs: PathBuf,
    fence: Fence,
    asked: Mutex<BTreeMap<OpKey, usize>>,
    /// Becomes true when late starts are to happen.
    late: watch::Sender<bool>,
}

impl Fenced {
    pub fn open(premises: &Premises, fence: Fence) -> Self {
        let runs = premises.data().join("runs");
        let runner = env!("CARGO_BIN_EXE_wilco").into();
        let inner = CommandBackend::open(runs.clone(), runner).unwrap();
        Self { inner, runs, fence, asked: Mutex::default(), late: watch::Sender::new(false) }
    }

    /// Returns every run under the key, or under one that was made of it.
    fn runs_of(&self, op_key: &OpKey) -> Vec<OpKey> {
        let runs = fs::read_dir(&self.runs).unwrap().map(|run| run.unwrap());
        let claimed = runs.filter(|run| run.path().join("claim").exists());
        let names = claimed.map(|run| run.file_name().into_string().unwrap());
        let ours = names.filter(|name| name.starts_with(op_key.as_str()));
        ours.map(|name| OpKey::new(name).unwrap()).collect()
    }

    fn start_late(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        let (inner, order) = (self.inner.clone(), order.clone());
        let mut late = self.late.subscribe();
        tokio::spawn(async move {
            late.wait_for(|is_late| *is_late).await.unwrap();
            inner.start(&order).await.unwrap();
        });
        Err(BackendError::Unknown("no answer".into()))
    }

    fn lies_now(&self, op_key: &OpKey) -> bool {
        let Fence::Off { lies: true } = self.fence else { return false };
        self.times_asked(op_key) <= ASKED_BEFORE_A_START
    }

    fn times_asked(&self, op_key: &OpKey) -> usize {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(op_key.clone()).or_default();
        *times += 1;
        *times
    }
}

#[async_trait]
impl Backend for Fenced {
    async fn fingerprint(
        &self,
        commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Digest, BackendError> {
        self.inner.fingerprint(commit, lookup).await
    }

    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        match self.fence {
            Fence::On => return self.inner.start(order).await,
            Fence::Off { .. } => {}
            Fence::Late => return self.start_late(order),
            Fence::Busy => match self.times_asked(&order.op_key) {
                1 => return Err(BackendError::Unknown("no answer".into())),
                2 => return Err(BackendError::Unavailable("not now".into())),
                _ => return self.inner.start(order).await,
            },
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let op_key = OpKey::new(format!("{}-{now}", order.op_key)).unwrap();
        self.inner.start(&StartOrder { op_key, ..order.clone() }).await
    }

    async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError> {
        let Fence::Off { .. } = self.fence else { return self.inner.find(order).await };
        let op_key = &order.op_key;
        if self.lies_now(op_key) {
            return Ok(None);
        }
        let run = self.runs_of(op_key).into_iter().next();
        Ok(run.map(|run| Begun { run: RunRef::new(run.as_str()).unwrap(), at: None }))
    }

    fn settle(&self) -> Duration {
        SETTLED_WITHIN
    }

    async fn follow(
        &self,
        order: &StartOrder,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError> {
        self.inner.follow(order, run, reports).await
    }

    async fn kept(&self) -> Result<Vec<OpKey>, BackendError> {
        self.inner.kept().await
    }

    async fn forget(&self, op_key: &OpKey) -> Result<(), BackendError> {
        self.inner.forget(op_key).await
    }

    async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        let Fence::Off { .. } = self.fence else { return self.inner.cancel(order).await };
        for op_key in self.runs_of(&order.op_key) {
            self.inner.cancel(&StartOrder { op_key, ..order.clone() }).await?;
        }
        Ok(())
    }
}
