//! One execution of a pipeline, with its stages, as the facts tell it.

use serde::{Deserialize, Serialize};

use crate::event::StageState;
use crate::ids::{CommitSha, OpKey, PersonName, RunRef};
use crate::private::Private;
use crate::time::Timestamp;

/// The record keeps at most this many stages of a run; a script that reports more loses the rest.
pub const STAGES_MAX: usize = 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub state: StageState,
    pub began_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// One execution of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub op_key: OpKey,
    pub ordered_at: Timestamp,
    pub run: Option<RunRef>,
    pub started_at: Option<Timestamp>,
    /// When the newest of what is known of it occurred; what comes next cannot have been before.
    pub newest_at: Timestamp,
    pub stages: Vec<Stage>,
    /// Set while nobody knows whether something runs.
    pub unknown: Option<Private<String>>,
    pub wrong_commit: Option<CommitSha>,
    pub cancel_asked_by: Option<Private<PersonName>>,
}

impl Run {
    /// Returns a run that was ordered and that nobody has seen yet.
    pub fn ordered(op_key: OpKey, at: Timestamp) -> Self {
        Self {
            op_key,
            ordered_at: at,
            run: None,
            started_at: None,
            newest_at: at,
            stages: Vec::new(),
            unknown: None,
            wrong_commit: None,
            cancel_asked_by: None,
        }
    }

    /// Returns the time that counts for news of it, given when the backend says that it occurred.
    ///
    /// Clocks differ: what is said lies between what is known already and now.
    pub fn observed(&self, said: Timestamp, now: Timestamp) -> Timestamp {
        said.max(self.newest_at).min(now)
    }

    /// Takes in what became of a stage.
    pub fn apply_stage(&mut self, name: &str, state: StageState, at: Timestamp) {
        let over = state != StageState::Running;
        let ended_at = over.then_some(at);
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.name == name) {
            stage.state = state;
            stage.ended_at = ended_at;
        } else if self.stages.len() < STAGES_MAX {
            self.stages.push(Stage { name: name.into(), state, began_at: at, ended_at });
        }
    }
}
