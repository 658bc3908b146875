//! Rows of the tables, made from deployments and effects, and written as JSON.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use tokio::sync::mpsc;

use wilco_core::deployment::{Deployment, Kind, Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::ids::{CommitSha, MessageRef, PersonName};
use wilco_core::live::made_live;
use wilco_core::time::Timestamp;

/// Rows for one table, in the making: a JSON array, of which SQLite makes rows.
#[derive(Debug, Default)]
pub struct Rows {
    text: Vec<u8>,
    count: usize,
}

impl Rows {
    pub fn push<T: Serialize>(&mut self, row: &T) {
        self.text.push(if self.count == 0 { b'[' } else { b',' });
        self.count += 1;
        serde_json::to_writer(&mut self.text, row).expect("rows are JSON values");
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the array; `None` without any rows.
    pub fn json(mut self) -> Option<String> {
        self.text.push(b']');
        let text = || String::from_utf8(self.text).expect("JSON is UTF-8");
        (self.count > 0).then(text)
    }
}

/// Texts one after another, of which rows take pieces.
#[derive(Debug, Default)]
pub struct Texts(pub Vec<u8>);

/// Where a text stands among others, counted in bytes from 1 as SQLite does.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub start: usize,
    pub length: usize,
}

impl Texts {
    pub fn add(&mut self, text: &str) -> Piece {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        self.since(start)
    }

    pub fn add_json<T: Serialize>(&mut self, value: &T) -> Piece {
        let start = self.0.len();
        serde_json::to_writer(&mut self.0, value).expect("what is stored is a JSON value");
        self.since(start)
    }

    fn since(&self, start: usize) -> Piece {
        Piece { start: start + 1, length: self.0.len() - start }
    }
}

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

/// A row of `aside`: a delivery that could not be applied.
#[derive(Debug, Serialize)]
pub struct AsideRow<'a>(pub &'a str, pub i64, pub &'a str, pub &'a str);

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
