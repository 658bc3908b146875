//! Rows of the tables, made from deployments and effects.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use tokio::sync::mpsc;

use wilco_core::deployment::{Deployment, Kind, Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::ids::{CommitSha, MessageRef, PersonName};
use wilco_core::time::Timestamp;
use wilco_core::working_set::made_live;

/// A row of `deployment`, as a JSON array in the order of its columns.
#[derive(Debug, Serialize)]
pub struct DeploymentRow<'a>(
    u64,
    &'a str,
    &'a str,
    &'static str,
    Option<&'a str>,
    &'static str,
    Option<&'static str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<u64>,
);

impl<'a> DeploymentRow<'a> {
    pub fn of(deployment: &'a Deployment) -> Self {
        let sealed = deployment.sealed.as_ref();
        let (kind, command) = kind(&deployment.kind);
        let (status, outcome) = status(deployment.status);
        Self(
            deployment.id.0,
            deployment.service.as_str(),
            deployment.environment.as_str(),
            kind,
            command,
            status,
            outcome,
            sealed.and_then(|sealed| sealed.version.reference.as_deref()),
            deployment.commit().map(CommitSha::as_str),
            deployment.requester.known().map(PersonName::as_str),
            deployment.requested_at.0,
            deployment.expires_at.0,
            deployment.run.as_ref().and_then(|run| run.started_at).map(|at| at.0),
            deployment.ended_at.map(|at| at.0),
            deployment.rolls_back_to.map(|id| id.0),
        )
    }
}

fn kind(kind: &Kind) -> (&'static str, Option<&str>) {
    match kind {
        Kind::Deploy => ("deploy", None),
        Kind::Rollback => ("rollback", None),
        Kind::Command { command } => ("command", Some(command.as_str())),
    }
}

fn status(status: Status) -> (&'static str, Option<&'static str>) {
    (status.code(), status.outcome().map(Outcome::code))
}

/// Reads the two columns that make a status; `None` for anything that the table would not take.
pub fn read_status(status: &str, outcome: Option<&str>) -> Option<Status> {
    Some(match (status, outcome) {
        ("resolving", None) => Status::Resolving,
        ("waiting", None) => Status::Waiting,
        ("starting", None) => Status::Starting,
        ("running", None) => Status::Running,
        ("ended", Some("succeeded")) => Status::Ended(Outcome::Succeeded),
        ("ended", Some("failed")) => Status::Ended(Outcome::Failed),
        ("ended", Some("rejected")) => Status::Ended(Outcome::Rejected),
        ("ended", Some("cancelled")) => Status::Ended(Outcome::Cancelled),
        ("ended", Some("expired")) => Status::Ended(Outcome::Expired),
        _ => return None,
    })
}

/// A row of `live`, if the deployment made something live.
pub fn live_row(deployment: &Deployment) -> Option<(&str, &str, u64)> {
    made_live(deployment)?;
    Some((deployment.service.as_str(), deployment.environment.as_str(), deployment.id.0))
}

/// A row of `card`.
#[derive(Debug, Serialize)]
pub struct CardRow(String, String, String, u64);

impl CardRow {
    pub fn of(message: &MessageRef, deployment: u64) -> Self {
        let platform = message.place.platform.to_string();
        Self(platform, message.place.channel.clone(), message.message.clone(), deployment)
    }
}

/// An effect in the outbox.
#[derive(Debug, Clone)]
pub struct Pending {
    pub sequence: i64,
    pub destination: String,
    /// The call may have been made by a process that died since.
    pub attempting: bool,
    pub effect: Effect,
    pub at: Timestamp,
}

/// Effects as they are committed, for the courier.
pub struct Effects {
    pub committed: mpsc::Receiver<Vec<Pending>>,
    /// Set before the next batch comes, when one found the way full and is only in the outbox.
    pub left_out: Arc<AtomicBool>,
}
