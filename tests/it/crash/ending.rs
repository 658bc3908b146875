//! What must be true at rest, whatever happened on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};

use wilco::audit::{Verdict, verify};
use wilco::store::decode::Recorded;
use wilco::store::open::read_only;
use wilco::store::read::Reader;
use wilco::store::rows::{DeploymentRow, live_row};
use wilco_core::deployment::{Deployment, Outcome, Status};
use wilco_core::fact::{Mark, What};
use wilco_core::ids::{DeploymentId, OpKey, PersonName};
use wilco_core::private::Private;

use super::premises::Premises;

/// A vote: the deployment and who approved it.
pub type Vote = (u64, String);

/// What may be on record at rest.
#[derive(Clone, Copy)]
pub struct Expected {
    /// How a deployment may stand, by what is on record of it.
    pub stands: fn(&[Recorded]) -> &'static [Status],
    /// What of a vote is on record at most once, as long as it is not withdrawn.
    pub once: fn(&PersonName, &Mark) -> String,
    /// Effects that may be given up, since they are of no use after a kill.
    pub given_up: &'static [&'static str],
}

/// Nobody votes twice or against anything, and what waits is approved.
const BY_ITSELF: Expected =
    Expected { stands: by_itself, once: |by, _| by.to_string(), given_up: &[] };

/// It ran, unless it was cancelled.
fn by_itself(facts: &[Recorded]) -> &'static [Status] {
    let cancelled = |what: &What| matches!(what, What::CancelAsked { .. } | What::Cancelled { .. });
    if facts.iter().any(|row| cancelled(&row.fact.what)) {
        return &[Status::Ended(Outcome::Cancelled)];
    }
    &[Status::Ended(Outcome::Succeeded)]
}

/// How everything stands once nothing moves any more.
#[derive(Debug, Default)]
pub struct Ending {
    /// What is wrong; nothing should be.
    pub faults: Vec<String>,
    /// What is on record of each deployment, without what may differ from one time to the next.
    pub told: Vec<(u64, String)>,
    /// How many deployments got as far as an order to run.
    pub ordered: usize,
}

impl Ending {
    /// Reads the data directory of a wilco that has ended. `votes` are those that were acknowledged.
    pub async fn of(premises: &Premises, votes: &[Vote]) -> Self {
        Self::as_expected(premises, votes, BY_ITSELF).await
    }

    /// Reads it where people do what they like.
    pub async fn as_expected(premises: &Premises, votes: &[Vote], expected: Expected) -> Self {
        let mut ending = Self::default();
        match verify(&premises.database()).await {
            Ok(Verdict::Whole { .. }) => {}
            Ok(Verdict::Broken(fault)) => ending.fault(format!("the record is broken: {fault}")),
            Ok(Verdict::Differs(row)) => ending.fault(format!("a table is no fold: {row}")),
            Err(error) => ending.fault(format!("the record cannot be read: {error}")),
        }
        let reader = read_only(&premises.database()).await.unwrap();
        let outbox = reader.outbox_size().await.unwrap();
        if outbox != 0 {
            ending.fault(format!("{outbox} effects are left in the outbox"));
        }
        let aside = reader.aside().await.unwrap();
        if aside != 0 {
            ending.fault(format!("{aside} deliveries were kept aside"));
        }
        ending.look_at_deployments(premises, &reader, (votes, expected)).await;
        reader.close().await;
        ending
    }

    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    async fn look_at_deployments(
        &mut self,
        premises: &Premises,
        reader: &Reader,
        (votes, expected): (&[Vote], Expected),
    ) {
        let mut executions: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for (deployment, key) in premises.executions() {
            executions.entry(deployment).or_default().push(key);
        }
        let mut folds = Vec::new();
        for summary in reader.recent(100_000).await.unwrap().iter().rev() {
            let facts = reader.facts_of(summary.deployment).await.unwrap();
            let deployment = Deployment::fold(facts.iter().map(|row| &row.fact)).unwrap();
            let keys = executions.remove(&deployment.id.0).unwrap_or_default();
            self.look_at_run(&deployment, &facts, (&keys, expected));
            self.look_at_votes(deployment.id, &facts, (votes, expected));
            self.told.push((deployment.id.0, told(&facts)));
            folds.push(deployment);
        }
        for (deployment, keys) in executions {
            self.fault(format!("#{deployment} is not on record and ran: {keys:?}"));
        }
        for (deployment, by) in votes {
            if !folds.iter().any(|fold| fold.id.0 == *deployment) {
                self.fault(format!("the vote of {by} is on #{deployment}, which is lost"));
            }
        }
        self.compare_rows(&premises.database(), &folds).await;
    }

    fn look_at_run(
        &mut self,
        deployment: &Deployment,
        facts: &[Recorded],
        (keys, expected): (&[String], Expected),
    ) {
        let id = deployment.id;
        for row in facts {
            if let What::GivenUp { effect, reason } = &row.fact.what
                && !expected.given_up.contains(&effect.as_str())
            {
                let reason = reason.known();
                self.fault(format!("{effect} of {id} was given up: {reason:?}"));
            }
        }
        let ordered: Vec<&OpKey> = facts.iter().filter_map(|row| ordered(&row.fact.what)).collect();
        self.ordered += usize::from(!ordered.is_empty());
        if ordered.len() > 1 {
            self.fault(format!("{id} was ordered {} times", ordered.len()));
        }
        if keys.iter().any(|key| !ordered.iter().any(|known| key.starts_with(known.as_str()))) {
            self.fault(format!("{id} ran under a key that was never ordered: {keys:?}"));
        }
        if keys.len() > 1 {
            self.fault(format!("{id} ran {} times", keys.len()));
        }
        let (expected, status) = ((expected.stands)(facts), deployment.status);
        if !expected.contains(&status) {
            self.fault(format!("{id} should be one of {expected:?}, and is {status:?}"));
        }
        if status == Status::Ended(Outcome::Succeeded) && keys.is_empty() {
            self.fault(format!("{id} never ran"));
        }
    }

    fn look_at_votes(
        &mut self,
        id: DeploymentId,
        facts: &[Recorded],
        (votes, expected): (&[Vote], Expected),
    ) {
        let vote = |by: &Private<PersonName>, mark: &Private<Mark>| {
            (expected.once)(by.known().unwrap(), mark.known().unwrap())
        };
        let (mut standing, mut approvers) = (BTreeSet::new(), BTreeSet::new());
        for row in facts {
            match &row.fact.what {
                What::Approved(approved) => {
                    let vote = vote(&approved.by, &approved.mark);
                    if !standing.insert(vote.clone()) {
                        self.fault(format!("the vote of {vote} on {id} is on record twice"));
                    }
                    approvers.insert(approved.by.known().unwrap().to_string());
                }
                What::VoteWithdrawn { by, mark } => drop(standing.remove(&vote(by, mark))),
                What::Resealed { .. } => standing.clear(),
                // Nothing else is about a vote.
                _ => {}
            }
        }
        for (_, by) in votes.iter().filter(|(deployment, _)| *deployment == id.0) {
            if !approvers.contains(by) {
                self.fault(format!("the vote of {by} on {id} is lost"));
            }
        }
    }

    /// Compares the rows of the tables with the fold of the facts.
    async fn compare_rows(&mut self, database: &Path, folds: &[Deployment]) {
        let value = |row: &String| serde_json::from_str::<Value>(row).unwrap();
        let stored = rows(database, DEPLOYMENT_ROWS).await;
        let folded = folds.iter().map(DeploymentRow::of);
        let folded: Vec<Value> = folded.map(|row| serde_json::to_value(row).unwrap()).collect();
        if stored.iter().map(value).collect::<Vec<_>>() != folded {
            self.fault(format!(
                "deployments are not the fold of their facts: {stored:?}, {folded:?}"
            ));
        }
        let mut ended: Vec<&Deployment> = folds.iter().collect();
        ended.sort_by_key(|deployment| (deployment.ended_at, deployment.id));
        let mut live = BTreeMap::new();
        for (service, environment, id) in ended.into_iter().filter_map(live_row) {
            live.insert((service, environment), id);
        }
        let live: Vec<Value> =
            live.into_iter().map(|((s, e), id)| serde_json::json!([s, e, id])).collect();
        let stored = rows(database, LIVE_ROWS).await;
        if stored.iter().map(value).collect::<Vec<_>>() != live {
            self.fault(format!("what is live is not the fold of the facts: {stored:?}, {live:?}"));
        }
    }
}

const DEPLOYMENT_ROWS: &str = "
    select json_array(id, service, environment, kind, command, status, outcome, reference,
        commit_sha, requester, requested_at, expires_at, started_at, ended_at, rolls_back_to)
    from deployment order by id";

const LIVE_ROWS: &str = "
    select json_array(service, environment, deployment) from live order by service, environment";

/// Reads rows as JSON arrays, past the store whose rows are in question.
async fn rows(database: &Path, sql: &'static str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = options.connect().await.unwrap();
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn ordered(what: &What) -> Option<&OpKey> {
    if let What::GatesOpened { op_key, .. } = what { Some(op_key) } else { None }
}

/// Returns the kinds of facts in their order, without those whose place depends on who was faster:
/// when a card was first shown, and what a run says while it is being stopped.
fn told(facts: &[Recorded]) -> String {
    let is_stopped = facts.iter().any(|row| matches!(row.fact.what, What::CancelAsked { .. }));
    let mut kinds: Vec<_> = facts.iter().map(|row| row.fact.kind()).collect();
    if let Some(at) = kinds.iter().position(|kind| *kind == "gates_opened").filter(|_| is_stopped) {
        kinds.truncate(at + 1);
        kinds.push("cancel_asked");
    }
    kinds.retain(|kind| *kind != "card_shown");
    kinds.join(" ")
}
