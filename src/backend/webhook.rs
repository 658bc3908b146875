//! Pipelines of somebody else's: whatever takes a signed request over HTTP and reports back in the same way.
//!
//! `docs/webhook.md` is the protocol. Nothing is heard but by what is on disk, so nothing that was acknowledged
//! is lost: requests and reports stand in the journal of their run, and whoever follows it reads there.

mod calls;
mod follow;
pub mod hooks;
mod journal;
mod known;
mod message;
mod signature;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use wilco_core::catalog::{Asked, Recipe};
use wilco_core::event::RunEnd;
use wilco_core::ids::secret::SecretName;
use wilco_core::ids::{CommitSha, Digest, OpKey, RunRef};
use wilco_core::time::Timestamp;

use calls::{Call, Client, Kind};
use follow::Follower;
use journal::Journals;
use known::{Entry, Known, Verdict, Why};
use message::{Answer, Report};
pub use signature::Keys;

use super::{Backend, BackendError, Begun, Lookup, Numbered, StartOrder};
use crate::clock::Clock;

/// How often and how long somebody is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a run is looked at of which nothing is heard.
    pub look_every: Duration,
    /// How long it may be silent before it is asked about.
    pub ask_every: Duration,
    /// How long an end waits for what was before it.
    pub gap: Duration,
    /// How long the end of what is being stopped is waited for.
    pub grace: Duration,
    /// How long a request may be on its way whose answer was lost.
    pub settle: Duration,
    /// How long a first report is waited for where nobody can be asked whether a run began.
    pub listen: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look_every: Duration::from_secs(1),
            ask_every: Duration::from_secs(20),
            gap: Duration::from_secs(5),
            grace: Duration::from_mins(2),
            settle: Duration::from_secs(10),
            listen: Duration::from_secs(10),
        }
    }
}

/// Everything that runs pipelines over HTTP.
#[derive(Clone)]
pub struct Webhook {
    journals: Arc<Journals>,
    client: Client,
    keys: Keys,
    clock: Clock,
    pace: Pace,
}

/// What a recipe says of the other side.
#[derive(Clone, Copy)]
pub struct There<'a> {
    url: &'a str,
    report_to: Option<&'a str>,
    secret: Option<&'a SecretName>,
    asked: &'a BTreeSet<Asked>,
}

impl<'a> There<'a> {
    /// The wiring hands over recipes of its own kind only.
    fn of(recipe: &'a Recipe) -> Result<Self, BackendError> {
        let Recipe::Webhook { url, report_to, secret, understands } = recipe else {
            return Err(BackendError::Refused("this recipe is no webhook".into()));
        };
        let (report_to, secret) = (report_to.as_deref(), secret.as_ref());
        Ok(Self { url, report_to, secret, asked: understands })
    }

    fn understands(&self, asked: Asked) -> bool {
        self.asked.contains(&asked)
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is of no run that wilco waits for, or not signed as that one's.
    Unknown,
    Judged(Verdict),
}

impl Webhook {
    /// Keeps journals in `folder`, which only wilco may read.
    pub fn open(folder: PathBuf, keys: Keys, clock: Clock) -> Result<Self, BackendError> {
        let journals = Journals::open(folder).map_err(|error| unkept(&error))?;
        let (journals, client) = (Arc::new(journals), Client::open()?);
        Ok(Self { journals, client, keys, clock, pace: Pace::default() })
    }

    /// Waits so long for everything.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Takes in a report that is signed with these secrets, and returns once that is durable.
    async fn take(
        &self,
        op_key: &OpKey,
        report: Report,
        signers: &[Option<SecretName>],
    ) -> Result<Taken, BackendError> {
        let (at, signers) = (self.clock.now(), signers.to_vec());
        self.change(op_key, move |known| match &known.ordered {
            Some((_, secret)) if signers.contains(secret) => {
                let verdict = known.judge(&report);
                let is_new = verdict == Verdict::New;
                let news = is_new.then_some(Entry::Reported { at, report });
                (Taken::Judged(verdict), news.into_iter().collect())
            }
            Some(_) | None => (Taken::Unknown, Vec::new()),
        })
        .await
    }

    async fn known(&self, op_key: &OpKey) -> Result<Known, BackendError> {
        let (journals, op_key) = (Arc::clone(&self.journals), op_key.clone());
        on_disk(move || journals.read(&op_key)).await
    }

    async fn note(&self, op_key: &OpKey, entries: Vec<Entry>) -> Result<(), BackendError> {
        self.change(op_key, |_| ((), entries)).await
    }

    async fn change<T: Send + 'static>(
        &self,
        op_key: &OpKey,
        decide: impl FnOnce(&Known) -> (T, Vec<Entry>) + Send + 'static,
    ) -> Result<T, BackendError> {
        let (journals, op_key) = (Arc::clone(&self.journals), op_key.clone());
        on_disk(move || journals.change(&op_key, decide)).await
    }

    /// Has news of this run taken from now on.
    async fn expect(&self, order: &StartOrder, there: There<'_>) -> Result<Known, BackendError> {
        let (at, secret) = (self.clock.now(), there.secret.cloned());
        self.change(&order.op_key, move |known| {
            let entry = known.ordered.is_none().then_some(Entry::Ordered { at, secret });
            (known.clone(), entry.into_iter().collect())
        })
        .await
    }

    async fn send(
        &self,
        there: There<'_>,
        (kind, body): (Kind, Vec<u8>),
    ) -> Result<Vec<u8>, BackendError> {
        let Some(key) = self.keys.get(there.secret) else {
            let why = "wilco was started without the secret of this webhook: set it and start wilco again";
            return Err(BackendError::Unavailable(why.into()));
        };
        let signature = (signature::HEADER, signature::sign(key, self.clock.now(), &body));
        self.client.send(Call { kind, url: there.url, signature, body }).await
    }

    /// Asks the other side about a run, and takes in what it says; returns whether it knows the run.
    async fn ask(&self, order: &StartOrder, there: There<'_>) -> Result<bool, BackendError> {
        let body = self.send(there, (Kind::Ask, message::status(order))).await?;
        let answer = message::answer(&body, &order.op_key);
        let answer = answer.map_err(|error| misunderstood(&error))?;
        self.take_in(order, answer).await
    }

    async fn take_in(&self, order: &StartOrder, answer: Answer) -> Result<bool, BackendError> {
        let Answer { is_known, reports } = answer;
        for report in reports {
            let at = self.clock.now();
            self.change(&order.op_key, move |known| {
                let is_new = known.judge(&report) == Verdict::New;
                ((), is_new.then_some(Entry::Reported { at, report }).into_iter().collect())
            })
            .await?;
        }
        if is_known {
            self.change(&order.op_key, |known| {
                ((), (!known.is_taken).then_some(Entry::Taken).into_iter().collect())
            })
            .await?;
        }
        Ok(is_known)
    }

    /// Asks the other side to stop a run, once it is on record here that it is to.
    async fn stop(&self, order: &StartOrder, there: There<'_>) -> Result<(), BackendError> {
        if !there.understands(Asked::Cancel) {
            let why = "it cannot be asked to stop a run: its pipeline has no `understands = [\"cancel\"]`";
            return Err(BackendError::Refused(why.into()));
        }
        let body = self.send(there, (Kind::Ask, message::cancel(order))).await?;
        let at = self.clock.now();
        self.note(&order.op_key, vec![Entry::StopPromised { at }]).await?;
        // Whoever only says that it stops says enough.
        let is_known = match message::answer(&body, &order.op_key) {
            Ok(answer) => self.take_in(order, answer).await?,
            Err(_) => true,
        };
        if is_known { Ok(()) } else { self.conclude(&order.op_key, RunEnd::Cancelled).await }
    }

    /// Puts down how a run ended of which nothing more will be heard, unless that is known.
    async fn conclude(&self, op_key: &OpKey, end: RunEnd) -> Result<(), BackendError> {
        let at = self.clock.now();
        self.change(op_key, move |known| {
            let entry = known.end().is_none().then_some(Entry::Concluded { at, end });
            ((), entry.into_iter().collect())
        })
        .await
    }

    /// Waits for the first report of a run where nobody can be asked whether it began.
    async fn wait_for_report(&self, op_key: &OpKey) -> Result<Known, BackendError> {
        let mut written = self.journals.written();
        let waiting = async {
            loop {
                let known = self.known(op_key).await?;
                // The sender lives as long as this backend does.
                if known.is_there() || written.changed().await.is_err() {
                    return Ok(known);
                }
            }
        };
        match tokio::time::timeout(self.pace.listen, waiting).await {
            Ok(known) => known,
            Err(_) => {
                let why =
                    "it cannot be asked whether it took the run, and has reported nothing so far";
                Err(BackendError::Unknown(why.into()))
            }
        }
    }
}

async fn on_disk<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BackendError> {
    let done = spawn_blocking(act).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| unkept(&error))
}

fn unkept(error: &io::Error) -> BackendError {
    BackendError::Unavailable(format!("what is known of a run cannot be kept: {error}"))
}

fn misunderstood(error: &message::Malformed) -> BackendError {
    BackendError::Unavailable(format!("the answer cannot be understood: {error}"))
}

/// Returns what approvals are bound to. What is behind the address nobody here can see.
fn fingerprint(recipe: &Recipe) -> Result<Digest, BackendError> {
    let json = serde_json::to_vec(recipe)
        .map_err(|error| BackendError::Refused(format!("cannot write the recipe: {error}")))?;
    let hasher = Sha256::new_with_prefix(b"wilco.webhook.1\n").chain_update(json);
    Ok(Digest(hasher.finalize().into()))
}

/// The other side takes a key once, so the run may be called by it.
fn begun(order: &StartOrder, at: Option<Timestamp>) -> Result<Begun, BackendError> {
    let run = RunRef::new(order.op_key.as_str())
        .map_err(|error| BackendError::Refused(format!("cannot name a run: {error}")))?;
    Ok(Begun { run, at })
}

#[async_trait]
impl Backend for Webhook {
    async fn fingerprint(
        &self,
        _commit: &CommitSha,
        lookup: &Lookup,
    ) -> Result<Digest, BackendError> {
        There::of(&lookup.recipe)?;
        fingerprint(&lookup.recipe)
    }

    async fn start(&self, order: &StartOrder) -> Result<Begun, BackendError> {
        let there = There::of(&order.recipe)?;
        if fingerprint(&order.recipe)? != order.fingerprint {
            return Err(BackendError::Refused(
                "the webhook is not the one that was approved".into(),
            ));
        }
        let known = self.expect(order, there).await?;
        if known.stop.is_some() {
            return Err(BackendError::Refused("it was cancelled before it began".into()));
        }
        // From here on it may have happened, unless an answer says otherwise.
        let at = self.clock.now();
        self.note(&order.op_key, vec![Entry::Sending { at }]).await?;
        match self.send(there, (Kind::Start, message::start(order, there.report_to))).await {
            Ok(_) => {
                // It has begun, whatever can be kept of that.
                let kept = self.note(&order.op_key, vec![Entry::Taken]).await;
                kept.map_err(|error| BackendError::Unknown(error.to_string()))?;
                begun(order, Some(at))
            }
            Err(error @ BackendError::Unknown(_)) => Err(error),
            Err(error) => {
                self.note(&order.op_key, vec![Entry::NotTaken]).await?;
                Err(error)
            }
        }
    }

    async fn find(&self, order: &StartOrder) -> Result<Option<Begun>, BackendError> {
        let there = There::of(&order.recipe)?;
        let known = self.expect(order, there).await?;
        let is_new = known.ordered.is_none();
        let known = match known.sending_at {
            _ if known.is_there() => known,
            // Every request is on disk before it is sent, so none was.
            None if !is_new => known,
            None | Some(_) if there.understands(Asked::Status) => {
                self.ask(order, there).await?;
                self.known(&order.op_key).await?
            }
            None => known,
            Some(_) => self.wait_for_report(&order.op_key).await?,
        };
        known.is_there().then(|| begun(order, known.sending_at)).transpose()
    }

    fn settle(&self) -> Duration {
        self.pace.settle
    }

    async fn follow(
        &self,
        order: &StartOrder,
        run: &RunRef,
        reports: mpsc::Sender<Numbered>,
    ) -> Result<(), BackendError> {
        let there = There::of(&order.recipe)?;
        Follower { webhook: self, order, there, run }.follow(&reports).await
    }

    async fn cancel(&self, order: &StartOrder) -> Result<(), BackendError> {
        let there = There::of(&order.recipe)?;
        let known = self.expect(order, there).await?;
        if known.end().is_some() {
            return Ok(());
        }
        self.note(&order.op_key, vec![Entry::Stopping { why: Why::Asked }]).await?;
        if known.sending_at.is_none() && !known.is_there() {
            return self.conclude(&order.op_key, RunEnd::Cancelled).await;
        }
        self.stop(order, there).await
    }

    async fn kept(&self) -> Result<Vec<OpKey>, BackendError> {
        self.journals.kept().map_err(|error| unkept(&error))
    }

    async fn forget(&self, op_key: &OpKey) -> Result<(), BackendError> {
        self.journals.remove(op_key).map_err(|error| unkept(&error))
    }
}
