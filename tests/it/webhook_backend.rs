//! Somebody else's CI behind a webhook: the real adapter and its real server against a simulated one.

mod reports;
mod runs;
mod starts;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use wilco::backend::webhook::{Keys, Pace, Webhook, hooks};
use wilco::backend::{Backend, Lookup, Numbered, Purpose, StartOrder};
use wilco::clock::Clock;
use wilco::http::body::BodyLimits;
use wilco::http::signed::Key;
use wilco::http::tally::{Ended, Tally};
use wilco::http::{Limits, Server};
use wilco_core::catalog::{Asked, Recipe};
use wilco_core::event::{RunEnd, RunOutcome, RunReport};
use wilco_core::ids::secret::SecretName;
use wilco_core::ids::{CommitSha, DeploymentId, EnvironmentName, OpKey, RunRef, ServiceName};
use wilco_core::request::Parameters;
use wilco_core::time::Timestamp;

use crate::sim::webhook::{Other, SECRET};

const KEY: &str = "42-k1";
const COMMIT: &str = "0123456789012345678901234567890123456789";
const OTHERS_SECRET: &str = "fedcba9876543210";

const PACE: Pace = Pace {
    look_every: Duration::from_millis(5),
    ask_every: Duration::from_millis(30),
    gap: Duration::from_millis(500),
    grace: Duration::from_mins(2),
    settle: Duration::from_millis(20),
    listen: Duration::from_millis(200),
};

/// Somebody's CI, the adapter, and the server on which it is reported about.
struct Scene {
    other: Other,
    clock: Clock,
    home: TempDir,
    adapter: Webhook,
    server: Server,
    tally: Arc<Tally>,
    understands: Vec<Asked>,
}

impl Scene {
    /// A CI that can be asked everything.
    async fn open() -> Self {
        Self::understanding(&[Asked::Status, Asked::Cancel]).await
    }

    async fn understanding(understands: &[Asked]) -> Self {
        let clock = Clock::standing_at(Timestamp(1_790_000_000_500));
        let other = Other::open(clock.clone()).await;
        let home = TempDir::new().unwrap();
        let (adapter, server, tally) = begin(&home, &clock);
        Self { other, clock, home, adapter, server, tally, understands: understands.to_vec() }
    }

    /// Ends wilco's side and begins it anew on what is on disk.
    async fn restart(&mut self) {
        let (adapter, server, tally) = begin(&self.home, &self.clock);
        (self.adapter, self.tally) = (adapter, tally);
        std::mem::replace(&mut self.server, server).stop().await;
    }

    /// Of every report that came, how many ended how.
    fn counted(&self) -> Vec<(&'static str, u64)> {
        let all = Ended::ALL.into_iter().map(|ended| (ended.code(), self.tally.of(ended)));
        all.filter(|(_, number)| *number > 0).collect()
    }

    fn hook(&self) -> String {
        format!("http://{}/hooks/pipeline", self.server.address())
    }

    fn recipe(&self) -> Recipe {
        Recipe::Webhook {
            url: self.other.url.clone(),
            report_to: Some("https://wilco.example.com/hooks/pipeline".into()),
            secret: None,
            understands: self.understands.iter().copied().collect(),
        }
    }

    async fn order(&self) -> StartOrder {
        self.order_of(KEY, self.recipe()).await
    }

    async fn order_of(&self, key: &str, recipe: Recipe) -> StartOrder {
        let (service, environment) =
            (ServiceName::new("api").unwrap(), EnvironmentName::new("prod").unwrap());
        let commit = CommitSha::new(COMMIT).unwrap();
        let lookup = Lookup {
            repository: None,
            reference: None,
            live: None,
            branches: vec![],
            risky: vec![],
            checks: vec![],
            recipe: recipe.clone(),
            purpose: Purpose::none(&service, &environment),
        };
        let fingerprint = self.adapter.fingerprint(&commit, &lookup).await.unwrap();
        StartOrder {
            op_key: OpKey::new(key).unwrap(),
            deployment: DeploymentId(42),
            service,
            environment,
            commit,
            release: Some("v1.4.2".into()),
            parameters: Parameters::default(),
            recipe,
            fingerprint,
            timeout: Duration::from_mins(30),
            run: None,
        }
    }

    /// A run that the other side took.
    async fn started(&self) -> (StartOrder, RunRef) {
        let order = self.order().await;
        let run = self.adapter.start(&order).await.unwrap().run;
        (order, run)
    }

    /// Follows a run in the background.
    fn following(&self, order: &StartOrder, run: &RunRef) -> mpsc::Receiver<Numbered> {
        let (sender, receiver) = mpsc::channel(64);
        let (adapter, order, run) = (self.adapter.clone(), order.clone(), run.clone());
        tokio::spawn(async move { adapter.follow(&order, &run, sender).await });
        receiver
    }

    /// Follows to the end, and returns what was reported before it.
    async fn follow(&self, order: &StartOrder, run: &RunRef) -> (Vec<RunReport>, RunOutcome) {
        to_the_end(self.following(order, run)).await
    }

    async fn end(&self, order: &StartOrder, run: &RunRef) -> RunEnd {
        self.follow(order, run).await.1.end
    }
}

async fn to_the_end(mut following: mpsc::Receiver<Numbered>) -> (Vec<RunReport>, RunOutcome) {
    let mut reports = Vec::new();
    loop {
        let next = timeout(Duration::from_mins(1), following.recv()).await;
        match next.expect("the run ends").expect("it is followed to its end").report {
            RunReport::Ended { outcome } => return (reports, outcome),
            report => reports.push(report),
        }
    }
}

fn begin(home: &TempDir, clock: &Clock) -> (Webhook, Server, Arc<Tally>) {
    let named = Some(SecretName::new("other").unwrap());
    let keys = [(None, SECRET), (named, OTHERS_SECRET)];
    let keys = keys.map(|(name, secret)| (name, Key::new(secret).unwrap()));
    let folder = home.path().join("webhook");
    let adapter = Webhook::open(folder, Keys::new(keys.into()), clock.clone()).unwrap();
    let adapter = adapter.with_pace(PACE);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tally = Arc::new(Tally::default());
    let router = hooks::router(adapter.clone(), BodyLimits::default(), Arc::clone(&tally));
    let server = Server::start(listener, router, Limits::default()).unwrap();
    (adapter, server, tally)
}
