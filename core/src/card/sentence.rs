//! The whole sentence of a card, its headline, and its state in a word.

use crate::card::{Setting, buttons, stages};
use crate::deployment::{Deployment, Ending, Kind, Outcome, Status};
use crate::effect::Target;
use crate::event::{RunEnd, StageState};
use crate::ids::{CommitSha, DeploymentId};
use crate::private::Private;
use crate::run::Run;
use crate::text::inert;
use crate::wording::lexicon::Phrase;
use crate::wording::log::cause;
use crate::wording::words::{NAME_MAX, REFERENCE_MAX};
use crate::wording::{Voice, log};

/// Returns one sentence that says everything that matters; an alarm or void votes make it two.
pub(super) fn sentence(deployment: &Deployment, setting: &Setting<'_>) -> String {
    let voice = &setting.voice;
    let told = Told { deployment, voice };
    if let Some(other) = setting.replaced_by(deployment) {
        return told.replaced(other);
    }
    match deployment.status {
        Status::Resolving => told.subject("card-resolving").say(),
        Status::Waiting => told.waiting(setting),
        Status::Starting | Status::Running => told.run(),
        Status::Ended(outcome) => told.ended(outcome),
    }
}

/// Returns service, version → environment, number.
pub(super) fn headline(deployment: &Deployment, voice: &Voice) -> String {
    let told = Told { deployment, voice };
    match &deployment.kind {
        Kind::Deploy => told.facts("card-headline-deploy").say(),
        Kind::Rollback => told.facts("card-headline-rollback").say(),
        Kind::Command { command } => {
            told.facts("card-headline-command").with("command", command).say()
        }
    }
}

/// Returns the state in a word or a few.
pub(super) fn state(deployment: &Deployment, setting: &Setting<'_>) -> String {
    let voice = &setting.voice;
    let run = deployment.run.as_ref();
    let wrong_commit = run.is_some_and(|run| run.wrong_commit.is_some());
    let unknown = run.is_some_and(|run| run.unknown.is_some());
    let stopping = run.is_some_and(|run| run.cancel_asked_by.is_some());
    match deployment.status {
        Status::Starting | Status::Running | Status::Ended(_) if wrong_commit => {
            voice.word("card-state-wrong-commit")
        }
        Status::Starting | Status::Running if unknown => voice.word("card-state-unknown"),
        Status::Starting | Status::Running if stopping => voice.word("card-state-stopping"),
        Status::Ended(Outcome::Succeeded) if setting.replaced_by(deployment).is_some() => {
            voice.word("card-state-replaced")
        }
        Status::Ended(Outcome::Succeeded) if deployment.made_live() => {
            voice.word("card-state-live")
        }
        Status::Resolving
        | Status::Waiting
        | Status::Starting
        | Status::Running
        | Status::Ended(_) => voice.status(deployment.status),
    }
}

/// A deployment that is being put into words.
struct Told<'a> {
    deployment: &'a Deployment,
    voice: &'a Voice,
}

impl<'a> Told<'a> {
    /// Begins a sentence about number, service, version and environment.
    fn facts(&self, id: &'static str) -> Phrase<'a> {
        self.voice
            .phrase(id)
            .with("deployment", self.deployment.id)
            .with("service", &self.deployment.service)
            .with("version", self.version())
            .with("environment", &self.deployment.environment)
    }

    /// Begins a sentence whose subject is the deployment.
    fn subject(&self, id: &'static str) -> Phrase<'a> {
        self.voice.phrase(id).with("subject", self.subject_text())
    }

    fn subject_text(&self) -> String {
        let subject = match &self.deployment.kind {
            Kind::Deploy => self.facts("card-subject-deploy"),
            Kind::Rollback => self.facts("card-subject-rollback"),
            Kind::Command { command } => {
                self.facts("card-subject-command").with("command", command)
            }
        };
        subject.say()
    }

    fn version(&self) -> String {
        let known = self.deployment.sealed.as_ref().map(|sealed| &sealed.version);
        match (known, &self.deployment.target) {
            (Some(known), _) => self.voice.version(known.reference.as_deref(), &known.commit),
            (None, Target::Commit { commit, label, .. }) => self.voice.version(Some(label), commit),
            (None, Target::Reference { reference: Some(reference) }) => {
                inert(reference.as_str(), REFERENCE_MAX)
            }
            (None, Target::Reference { reference: None }) => self.voice.word("version-default"),
        }
    }

    fn waiting(&self, setting: &Setting<'_>) -> String {
        let said = if setting.blockers.is_empty() {
            self.subject("card-ready").say()
        } else {
            let votes = buttons::wants_votes(setting.blockers);
            let id = if votes { "card-waiting-votes" } else { "card-waiting" };
            self.subject(id).with("what", self.voice.blockers(setting.blockers)).say()
        };
        if self.deployment.moved.is_empty() {
            return said;
        }
        let parts = self.voice.parts(&self.deployment.moved);
        format!("{said} {}", self.voice.phrase("card-void").with("parts", parts).say())
    }

    fn run(&self) -> String {
        let Some(run) = &self.deployment.run else { return self.subject("card-starting").say() };
        if let Some(reported) = &run.wrong_commit {
            return self.wrong_commit("card-wrong-commit", reported);
        }
        if let Some(reason) = &run.unknown {
            return self
                .subject("card-unknown")
                .with("deployment", self.deployment.id)
                .with("environment", &self.deployment.environment)
                .with("reason", self.voice.private_reason(reason))
                .say();
        }
        if let Some(by) = &run.cancel_asked_by {
            return self.subject("card-stopping").with("by", self.voice.person(by)).say();
        }
        match self.deployment.status {
            Status::Running => self.stage(),
            Status::Resolving | Status::Waiting | Status::Starting | Status::Ended(_) => {
                self.subject("card-starting").say()
            }
        }
    }

    fn stage(&self) -> String {
        let Some(position) = stages::position(self.deployment) else {
            return self.subject("card-running").say();
        };
        let phrase = match position.current {
            Some(stage) => self
                .subject("card-running-stage")
                .text("stage", &stage.name, NAME_MAX)
                .count("number", position.number),
            None => self.subject("card-running-between").count("done", position.done),
        };
        phrase.count("total", position.total).say()
    }

    fn ended(&self, outcome: Outcome) -> String {
        let run = self.deployment.run.as_ref();
        if let Some(reported) = run.and_then(|run| run.wrong_commit.as_ref()) {
            return self.wrong_commit("card-wrong-commit-ended", reported);
        }
        let by = |id, by: &Private<_>| self.subject(id).with("by", self.voice.person(by));
        let asked_by = run.and_then(|run| run.cancel_asked_by.as_ref());
        match &self.deployment.ending {
            Some(Ending::Run { end, .. }) => self.run_ended(end),
            Some(Ending::Obstructed { obstacle }) => match asked_by {
                Some(asked_by) => by("card-cancelled", asked_by).say(),
                None => {
                    let phrase = log::obstacle(obstacle, &log::OBSTACLES_ON_CARDS, self.voice);
                    phrase.with("subject", self.subject_text()).say()
                }
            },
            Some(Ending::Rejected { by: who, reason: None }) => by("card-rejected", who).say(),
            Some(Ending::Rejected { by: who, reason: Some(reason) }) => {
                let reason = self.voice.private_reason(reason);
                by("card-rejected-because", who).with("reason", reason).say()
            }
            Some(Ending::Cancelled { by: who }) => by("card-cancelled", who).say(),
            Some(Ending::Expired) => self.subject("card-expired").say(),
            None => {
                let status = self.voice.status(Status::Ended(outcome));
                self.subject("card-over").with("status", status).say()
            }
        }
    }

    fn run_ended(&self, end: &RunEnd) -> String {
        let took = self.voice.duration(stages::took(self.deployment));
        let run = self.deployment.run.as_ref();
        match end {
            RunEnd::Succeeded => self.succeeded(took),
            RunEnd::Cancelled => {
                let phrase = match run.and_then(|run| run.cancel_asked_by.as_ref()) {
                    Some(by) => self.subject("card-stopped").with("by", self.voice.person(by)),
                    None => self.subject("card-stopped-alone"),
                };
                phrase.with("took", took).say()
            }
            RunEnd::Failed { .. }
            | RunEnd::Killed { .. }
            | RunEnd::TimedOut
            | RunEnd::NotRunnable { .. }
            | RunEnd::Lost => {
                let phrase = match run.and_then(failed_stage) {
                    Some(stage) => self.subject("card-failed-in").text("stage", stage, NAME_MAX),
                    None => self.subject("card-failed"),
                };
                phrase.with("cause", cause(end, self.voice)).with("took", took).say()
            }
        }
    }

    fn succeeded(&self, took: String) -> String {
        let phrase = match &self.deployment.kind {
            Kind::Deploy => self.facts("card-live"),
            Kind::Rollback => self.facts("card-live-again"),
            Kind::Command { command } => self.facts("card-command-done").with("command", command),
        };
        phrase.with("took", took).with("credit", self.credit()).say()
    }

    /// Says that it was live once, and what took its place.
    fn replaced(&self, other: DeploymentId) -> String {
        let phrase = match &self.deployment.kind {
            Kind::Deploy | Kind::Command { .. } => self.facts("card-was-live"),
            Kind::Rollback => self.facts("card-was-live-again"),
        };
        let at = self.deployment.ended_at.unwrap_or(self.deployment.requested_at);
        phrase
            .with("at", self.voice.time(at))
            .with("credit", self.credit())
            .with("other", other)
            .say()
    }

    fn credit(&self) -> String {
        let approvers = self.deployment.approvers();
        let phrase = if approvers.is_empty() {
            self.voice.phrase("card-asked")
        } else {
            let approvers = self.voice.all_of(&approvers);
            self.voice.phrase("card-asked-and-approved").with("approvers", approvers)
        };
        phrase.with("requester", self.voice.person(&self.deployment.requester)).say()
    }

    fn wrong_commit(&self, id: &'static str, reported: &CommitSha) -> String {
        let sealed = self.deployment.commit().map_or("?", CommitSha::short);
        self.subject(id)
            .with("environment", &self.deployment.environment)
            .with("reported", reported.short())
            .with("sealed", sealed)
            .say()
    }
}

fn failed_stage(run: &Run) -> Option<&str> {
    let failed = run.stages.iter().rev().find(|stage| stage.state == StageState::Failed);
    failed.map(|stage| stage.name.as_str())
}
