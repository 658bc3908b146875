//! A card: the one message per place that shows how a deployment stands, or a thing of which there is news, in
//! words, platform-neutral.

pub(crate) mod buttons;
mod lines;
pub mod news;
pub mod retired;
#[cfg(test)]
pub(crate) mod samples;
mod sentence;
mod signs;
mod stages;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{Deployment, Outcome, Status};
use crate::event::StageState;
use crate::gate::Blocker;
use crate::ids::{Account, DeploymentId, NewsId};
use crate::time::Duration;
use crate::wording::Voice;

/// What a platform shows of a deployment. Texts are in one language and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub about: About,
    pub tone: Tone,
    /// A whole sentence that says everything that matters: for notifications, screen readers and plain terminals.
    pub sentence: String,
    /// Service, version → environment, number.
    pub headline: String,
    /// The state in a word.
    pub state: String,
    /// Lines below: who asked, approvals, commits.
    pub lines: Vec<String>,
    pub stages: Vec<StageLine>,
    /// Stages done and stages in all; `None` before a run.
    pub progress: Option<(u32, u32)>,
    /// How much longer it will take, from earlier runs.
    pub remaining: Option<Duration>,
    /// The same in words of the card's language.
    #[serde(default)]
    pub remaining_label: Option<String>,
    pub buttons: Vec<Button>,
    /// Audit number and policy.
    pub footer: String,
    /// The page that shows it whole: an address with nothing in it that any platform would read as a mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who is mentioned below the sentence, and wakes up by it if the message is posted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned: Vec<Account>,
}

/// What a card shows: a deployment, or something outside of which there is news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum About {
    Deployment(DeploymentId),
    News(NewsId),
}

impl About {
    /// Returns by what a message on a platform that names messages by what they show is known.
    pub fn code(&self) -> String {
        match self {
            Self::Deployment(deployment) => deployment.0.to_string(),
            Self::News(thing) => thing.to_string(),
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployment(deployment) => deployment.fmt(f),
            Self::News(thing) => thing.fmt(f),
        }
    }
}

impl Card {
    /// Returns the whole card as lines of text.
    pub fn plain(&self) -> String {
        let stages = self.stages.iter().map(|stage| match &stage.took_label {
            Some(took) => format!("  {}: {} ({took})", stage.name, stage.label),
            None => format!("  {}: {}", stage.name, stage.label),
        });
        let mut lines = vec![self.sentence.clone()];
        lines.extend(self.lines.iter().cloned());
        lines.extend(stages);
        lines.push(self.footer.clone());
        lines.join("\n")
    }
}

/// How a card feels; colour and emoji follow from it, and the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Waiting,
    Working,
    Good,
    Bad,
    /// Over and of no effect now: rejected, cancelled, expired, or replaced by another.
    Quiet,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageLine {
    pub name: String,
    pub state: StageState,
    /// The state in a word.
    pub label: String,
    pub took: Option<Duration>,
    /// The same in words of the card's language.
    #[serde(default)]
    pub took_label: Option<String>,
}

/// What can be pressed in this state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub press: Press,
    pub label: String,
    /// What is asked before it counts, where a slip of the finger would cost much.
    #[serde(default)]
    pub confirm: Option<Confirm>,
}

/// A question before a button counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    pub question: String,
    /// What to press to leave things as they are.
    pub no: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    Approve,
    Reject,
    Abort,
    RollBack,
    Retry,
    /// Of a release: puts it where the button says.
    Deploy,
}

/// What a card shows beside its deployment.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub voice: Voice,
    /// The gates that are shut now.
    pub blockers: &'a [Blocker],
    /// Approvals that count and approvals that are needed.
    pub progress: (u32, u32),
    /// How long earlier runs of the pipeline took.
    pub estimate: Option<Duration>,
    /// The number of the newest fact on record.
    pub audit: u64,
    /// What took the place of a deployment that was live. It stays the same, and so does what the card says.
    pub successor: Option<DeploymentId>,
}

impl Setting<'_> {
    /// Returns what took the place of a deployment that once was live.
    fn replaced_by(&self, deployment: &Deployment) -> Option<DeploymentId> {
        self.successor.filter(|_| deployment.made_live())
    }
}

/// Returns the card that shows how the deployment stands.
pub fn card(deployment: &Deployment, setting: &Setting<'_>) -> Card {
    let voice = &setting.voice;
    let failed = deployment.outcome() == Some(Outcome::Failed);
    // A card that is over shrinks, and keeps its stages only where they say what failed.
    let shows_stages = failed || !deployment.is_over();
    let remaining = stages::remaining(deployment, setting);
    Card {
        about: About::Deployment(deployment.id),
        tone: tone(deployment, setting),
        sentence: sentence::sentence(deployment, setting),
        headline: sentence::headline(deployment, voice),
        state: sentence::state(deployment, setting),
        lines: lines::lines(deployment, setting),
        stages: if shows_stages { stages::lines(deployment, voice) } else { Vec::new() },
        progress: stages::progress(deployment).filter(|_| shows_stages),
        remaining,
        remaining_label: remaining.map(|remaining| voice.duration(remaining)),
        buttons: buttons::buttons(deployment, setting),
        footer: lines::footer(deployment, setting),
        url: None,
        mentioned: Vec::new(),
    }
}

fn tone(deployment: &Deployment, setting: &Setting<'_>) -> Tone {
    let run = deployment.run.as_ref();
    let alarm = run.is_some_and(|run| run.unknown.is_some() || run.wrong_commit.is_some());
    match deployment.status {
        Status::Starting | Status::Running | Status::Ended(_) if alarm => Tone::Bad,
        Status::Resolving | Status::Starting | Status::Running => Tone::Working,
        Status::Waiting => Tone::Waiting,
        Status::Ended(Outcome::Succeeded) if setting.replaced_by(deployment).is_some() => {
            Tone::Quiet
        }
        Status::Ended(Outcome::Succeeded) => Tone::Good,
        Status::Ended(Outcome::Failed) => Tone::Bad,
        Status::Ended(Outcome::Rejected | Outcome::Cancelled | Outcome::Expired) => Tone::Quiet,
    }
}
