//! The runner's record of a run: its reports, numbered and on disk, and the stages that they tell of.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};

use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::ids::CommitSha;
use wilco_core::run::STAGES_MAX;

use crate::backend::Numbered;
use crate::backend::command::output::{Line, Tail};
use crate::backend::command::run_directory::{End, RunDirectory, now};

/// A script that names ever more commits is not heard for ever; one that is not the sealed one is enough.
const COMMITS_MAX: usize = 16;

/// Writes reports as they come. A full disk loses reports, but never ends the script.
pub struct Record<'a> {
    directory: &'a RunDirectory,
    events: File,
    next: u64,
    /// The last line may have been written in part.
    is_torn: bool,
    stage: Option<String>,
    stages_begun: usize,
    commits: BTreeSet<CommitSha>,
    tail: Tail,
}

impl<'a> Record<'a> {
    pub fn open(directory: &'a RunDirectory) -> io::Result<Self> {
        Ok(Self {
            directory,
            events: directory.append_to("events.jsonl")?,
            next: 0,
            is_torn: false,
            stage: None,
            stages_begun: 0,
            commits: BTreeSet::new(),
            tail: Tail::default(),
        })
    }

    pub fn report(&mut self, report: RunReport) -> io::Result<()> {
        let mut line = if self.is_torn { vec![b'\n'] } else { Vec::new() };
        let at = Some(now());
        serde_json::to_writer(&mut line, &Numbered { number: self.next, at, report })?;
        line.push(b'\n');
        self.is_torn = true;
        self.events.write_all(&line)?;
        // What wilco heard is durable there, so it must not be gone here after a power cut.
        self.events.sync_data()?;
        self.is_torn = false;
        self.next += 1;
        Ok(())
    }

    /// Takes in one line of the script.
    pub fn hear(&mut self, line: Line) -> io::Result<()> {
        match line {
            Line::Text(text) => {
                self.tail.push(&text);
                Ok(())
            }
            Line::Stage(stage) => self.begin_stage(stage),
            Line::StageSkipped(stage) => self.skip_stage(stage),
            Line::Commit(commit) => self.name_commit(commit),
        }
    }

    fn begin_stage(&mut self, stage: String) -> io::Result<()> {
        if self.stage.as_ref() == Some(&stage) {
            return Ok(());
        }
        self.end_stage(StageState::Succeeded)?;
        if self.stages_begun >= STAGES_MAX {
            return Ok(());
        }
        self.stages_begun += 1;
        self.stage = Some(stage.clone());
        self.report(RunReport::Stage { stage, state: StageState::Running })
    }

    fn skip_stage(&mut self, stage: String) -> io::Result<()> {
        if self.stages_begun >= STAGES_MAX {
            return Ok(());
        }
        self.stages_begun += 1;
        self.stage.take_if(|current| *current == stage);
        self.report(RunReport::Stage { stage, state: StageState::Skipped })
    }

    fn end_stage(&mut self, state: StageState) -> io::Result<()> {
        let Some(current) = self.stage.take() else { return Ok(()) };
        self.report(RunReport::Stage { stage: current, state })
    }

    fn name_commit(&mut self, commit: CommitSha) -> io::Result<()> {
        if self.commits.len() >= COMMITS_MAX || !self.commits.insert(commit.clone()) {
            return Ok(());
        }
        self.report(RunReport::Working { commit })
    }

    /// Puts the end on disk; from here on it is what everybody is told.
    pub fn end(mut self, end: RunEnd) -> io::Result<()> {
        let succeeded = end == RunEnd::Succeeded;
        let state = if succeeded { StageState::Succeeded } else { StageState::Failed };
        // The end matters more than the stage before it.
        let ended = self.end_stage(state).and_then(|()| self.events.sync_all());
        let log_tail = if succeeded { String::new() } else { self.tail.text() };
        let outcome = RunOutcome { end, log_tail };
        self.directory.write_end(&End { number: self.next, at: Some(now()), outcome })?;
        ended
    }
}
