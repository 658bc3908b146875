//! What chats may know of recent deployments without knowing the store: it is read when somebody asks, and
//! again only once something has changed, so that it is never older than what people were told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tracing::warn;

use wilco_core::catalog::Catalog;
use wilco_core::ids::ServiceName;
use wilco_core::suggest::Recent;

use crate::delivery::Activity;
use crate::store::StoreError;
use crate::store::read::Reader;

/// Discord waits three seconds for what is offered; by then something must be.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// At most this many questions wait.
const QUESTIONS: usize = 64;

/// So many of the newest deployments are known, and so many that are open.
const NEWEST: u32 = 100;
const OPEN: u32 = 100;
/// So many of the newest in each environment of a service that was asked about.
const OF_LANE: u32 = 25;
const LANES: usize = 25;
/// What was read is kept for so many services.
const SERVICES: usize = 16;

/// Asks what is known of recent deployments. Cheap to clone.
#[derive(Clone)]
pub struct Recall {
    questions: mpsc::Sender<Question>,
}

struct Question {
    about: Option<ServiceName>,
    answer: oneshot::Sender<Arc<Recent>>,
}

/// Reads for those who ask.
pub struct Recalling {
    questions: mpsc::Receiver<Question>,
    reader: Reader,
    catalog: watch::Receiver<Arc<Catalog>>,
    activity: watch::Receiver<Activity>,
    known: BTreeMap<Option<ServiceName>, Arc<Recent>>,
}

impl Recall {
    /// Knows of nothing, where there is no store to ask.
    pub fn of_nothing() -> Self {
        Self { questions: mpsc::channel(1).0 }
    }

    /// Returns the newest deployments of everything, with more of the service where one is named.
    ///
    /// It is nothing where the store cannot say in time.
    pub async fn recent(&self, about: Option<ServiceName>) -> Arc<Recent> {
        match timeout(ANSWERED_WITHIN, self.ask(about)).await {
            Ok(Some(recent)) => recent,
            Ok(None) | Err(_) => Arc::default(),
        }
    }

    async fn ask(&self, about: Option<ServiceName>) -> Option<Arc<Recent>> {
        let (answer, answered) = oneshot::channel();
        self.questions.send(Question { about, answer }).await.ok()?;
        answered.await.ok()
    }
}

impl Recalling {
    pub fn new(
        reader: Reader,
        catalog: watch::Receiver<Arc<Catalog>>,
        activity: watch::Receiver<Activity>,
    ) -> (Recall, Self) {
        let (sender, questions) = mpsc::channel(QUESTIONS);
        let recalling = Self { questions, reader, catalog, activity, known: BTreeMap::new() };
        (Recall { questions: sender }, recalling)
    }

    /// Answers until nobody can ask any more.
    pub async fn run(mut self) {
        while let Some(Question { about, answer }) = self.questions.recv().await {
            // Whoever did not wait any longer has gone.
            if answer.is_closed() {
                continue;
            }
            match self.recent(about).await {
                Ok(recent) => drop(answer.send(recent)),
                Err(error) => warn!(%error, "nothing of past deployments is offered for now"),
            }
        }
    }

    async fn recent(&mut self, about: Option<ServiceName>) -> Result<Arc<Recent>, StoreError> {
        // Seen before anything is read, so that what changes meanwhile is read the next time.
        if self.activity.has_changed().unwrap_or(true) {
            self.activity.borrow_and_update();
            self.known.clear();
        }
        if let Some(known) = self.known.get(&about) {
            return Ok(Arc::clone(known));
        }
        let recent = Arc::new(self.read(about.as_ref()).await?);
        if self.known.len() >= SERVICES {
            self.known.clear();
        }
        self.known.insert(about, Arc::clone(&recent));
        Ok(recent)
    }

    async fn read(&self, about: Option<&ServiceName>) -> Result<Recent, StoreError> {
        let mut read = self.reader.recent(NEWEST).await?;
        read.extend(self.reader.open_summaries(None, None, OPEN).await?);
        let catalog = Arc::clone(&self.catalog.borrow());
        let service = about.and_then(|name| Some((name, catalog.services.get(name)?)));
        if let Some((name, service)) = service {
            for environment in service.environments.keys().take(LANES) {
                read.extend(self.reader.history(name, environment, OF_LANE).await?);
            }
        }
        let Some(((first, _), (last, _))) =
            catalog.services.first_key_value().zip(catalog.services.last_key_value())
        else {
            return Ok(Recent::new(read, []));
        };
        let range = about.map_or((first, last), |name| (name, name));
        let live = self.reader.live_summaries(range, None).await?;
        let ids: Vec<_> = live.iter().map(|summary| summary.deployment).collect();
        read.extend(live);
        Ok(Recent::new(read, ids))
    }
}
