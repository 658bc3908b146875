//! What a person can ask for, as the grammar understands it: names are well formed, nothing is known to exist yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CommandName, DeploymentId, EnvironmentName, ParameterName, RefName, ServiceName};
use crate::language::Preference;

/// Values for a pipeline's declared parameters, as typed.
pub type Parameters = BTreeMap<ParameterName, String>;

/// One line to the bot, understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Request {
    Deploy {
        service: ServiceName,
        environment: EnvironmentName,
        /// `None` asks for the environment's default ref.
        version: Option<RefName>,
        parameters: Parameters,
        dry_run: bool,
    },
    Rollback {
        service: ServiceName,
        environment: EnvironmentName,
        /// `None` asks for the version that was live before.
        to: Option<DeploymentId>,
        parameters: Parameters,
    },
    Promote {
        service: ServiceName,
        from: EnvironmentName,
        to: EnvironmentName,
        parameters: Parameters,
    },
    /// A team's own command: its manifest says which pipeline runs.
    Run {
        command: CommandName,
        service: ServiceName,
        environment: EnvironmentName,
        parameters: Parameters,
    },
    Status {
        service: Option<ServiceName>,
        environment: Option<EnvironmentName>,
    },
    Live {
        service: ServiceName,
        environment: EnvironmentName,
        at: Option<Moment>,
    },
    Changes {
        service: ServiceName,
        environment: EnvironmentName,
        version: Option<RefName>,
    },
    History {
        service: ServiceName,
        environment: EnvironmentName,
    },
    Show {
        deployment: DeploymentId,
    },
    Why {
        deployment: DeploymentId,
    },
    Approve {
        deployment: DeploymentId,
    },
    Reject {
        deployment: DeploymentId,
        reason: Option<String>,
    },
    Cancel {
        deployment: DeploymentId,
    },
    Retry {
        deployment: DeploymentId,
    },
    Audit {
        deployment: DeploymentId,
    },
    Timeline {
        deployment: DeploymentId,
    },
    Help {
        command: Option<CommandName>,
    },
    Whoami,
    /// Which language is used with whoever asks, or which is to be.
    Language {
        choice: Option<Preference>,
    },
    /// `can i …`: what would be said to the request, without making it.
    Can {
        request: Box<Request>,
    },
}

impl Request {
    /// Returns the word by which manifests name this meaning in `action = "…"`.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Deploy { .. } => "deploy",
            Self::Rollback { .. } => "rollback",
            Self::Promote { .. } => "promote",
            Self::Run { .. } => "run",
            Self::Status { .. } => "status",
            Self::Live { .. } => "live",
            Self::Changes { .. } => "changes",
            Self::History { .. } => "history",
            Self::Show { .. } => "show",
            Self::Why { .. } => "why",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Cancel { .. } => "cancel",
            Self::Retry { .. } => "retry",
            Self::Audit { .. } => "audit",
            Self::Timeline { .. } => "timeline",
            Self::Help { .. } => "help",
            Self::Whoami => "whoami",
            Self::Language { .. } => "language",
            Self::Can { .. } => "can",
        }
    }

    /// Returns what the words name.
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Deploy { service, environment, .. }
            | Self::Rollback { service, environment, .. }
            | Self::Run { service, environment, .. }
            | Self::Live { service, environment, .. }
            | Self::Changes { service, environment, .. }
            | Self::History { service, environment } => Subject::Lane { service, environment },
            Self::Promote { service, from, to, .. } => Subject::Promotion { service, from, to },
            Self::Status { service, environment } => {
                Subject::Board { service: service.as_ref(), environment: environment.as_ref() }
            }
            Self::Show { deployment }
            | Self::Why { deployment }
            | Self::Approve { deployment }
            | Self::Reject { deployment, .. }
            | Self::Cancel { deployment }
            | Self::Retry { deployment }
            | Self::Audit { deployment }
            | Self::Timeline { deployment } => Subject::Deployment(*deployment),
            Self::Help { .. } | Self::Whoami | Self::Language { .. } | Self::Can { .. } => {
                Subject::Nothing
            }
        }
    }

    /// Returns the deployment that the words name.
    pub fn names_deployment(&self) -> Option<DeploymentId> {
        match (self.subject(), self) {
            (Subject::Deployment(deployment), _) => Some(deployment),
            (Subject::Lane { .. }, Self::Rollback { to, .. }) => *to,
            (
                Subject::Lane { .. }
                | Subject::Promotion { .. }
                | Subject::Board { .. }
                | Subject::Nothing,
                _,
            ) => None,
        }
    }

    /// Tells whether it would put more on record than that it was made.
    pub fn changes_something(&self) -> bool {
        match self {
            Self::Deploy { dry_run, .. } => !dry_run,
            Self::Rollback { .. }
            | Self::Promote { .. }
            | Self::Run { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Cancel { .. }
            | Self::Retry { .. } => true,
            Self::Language { choice } => choice.is_some(),
            Self::Status { .. }
            | Self::Live { .. }
            | Self::Changes { .. }
            | Self::History { .. }
            | Self::Show { .. }
            | Self::Why { .. }
            | Self::Audit { .. }
            | Self::Timeline { .. }
            | Self::Help { .. }
            | Self::Whoami
            | Self::Can { .. } => false,
        }
    }
}

/// What a request is about, as far as its words name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    Lane {
        service: &'a ServiceName,
        environment: &'a EnvironmentName,
    },
    Promotion {
        service: &'a ServiceName,
        from: &'a EnvironmentName,
        to: &'a EnvironmentName,
    },
    Deployment(DeploymentId),
    /// What is live, of everything or of a part.
    Board {
        service: Option<&'a ServiceName>,
        environment: Option<&'a EnvironmentName>,
    },
    Nothing,
}

/// A moment as people say it, on the configured time zone's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// `14:05`: the latest such time that has passed.
    Time { hour: u8, minute: u8 },
    /// `yesterday 09:00`.
    Yesterday { hour: u8, minute: u8 },
    /// `2026-11-19 14:05`, and `2026-11-19` for the end of that day.
    Date { year: i32, month: u8, day: u8, hour: u8, minute: u8 },
}

/// What the grammar made of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// `command` is the manifest that matched; it says who may ask for it.
    Understood {
        command: CommandName,
        request: Request,
    },
    NotUnderstood(SyntaxError),
}

impl Heard {
    /// Tells whether the line is a command, be it said wrongly or nearly so.
    ///
    /// Where wilco hears what is not said to it alone, anything else is none of its business.
    pub fn is_about_a_command(&self) -> bool {
        match self {
            Self::Understood { .. } => true,
            Self::NotUnderstood(error) => match error {
                SyntaxError::Empty
                | SyntaxError::TooLong { .. }
                | SyntaxError::UnknownCommand { nearest: None, .. } => false,
                SyntaxError::UnknownCommand { nearest: Some(_), .. }
                | SyntaxError::Usage { .. }
                | SyntaxError::Slot { .. }
                | SyntaxError::Hidden { .. }
                | SyntaxError::OpenQuote { .. }
                | SyntaxError::Parameter { .. } => true,
            },
        }
    }
}

/// Why a line is no request. Every variant names the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum SyntaxError {
    /// Nothing but spaces or a mention.
    Empty,
    TooLong {
        characters: usize,
        most: usize,
    },
    /// No command begins like this; `nearest` is a word that is close enough to be meant.
    UnknownCommand {
        word: String,
        nearest: Option<String>,
    },
    /// The command is clear, its words are not; `usage` lists its forms.
    Usage {
        command: CommandName,
        usage: Vec<String>,
        /// The first word that no form of the command takes; `None` when words are missing.
        unexpected: Option<String>,
    },
    /// The words fit, but one of them is not what must stand there.
    Slot {
        command: CommandName,
        slot: String,
        text: String,
        usage: Vec<String>,
    },
    /// A word holds a character that cannot be seen, so it is not what one reads.
    Hidden {
        word: String,
        character: char,
    },
    /// A quote is never closed; `text` is the word that begins with it.
    OpenQuote {
        text: String,
    },
    /// A `key=value` was given twice, or to a command that takes none.
    Parameter {
        command: CommandName,
        text: String,
    },
}
