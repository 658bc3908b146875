//! Why somebody is told no.

use serde::{Deserialize, Serialize};

use crate::deployment::{Deployment, Kind, Outcome};
use crate::ids::{
    Account, CommandName, DeploymentId, EnvironmentName, ParameterName, PersonName, RoleName,
    ServiceName,
};
use crate::person::Standing;
use crate::time::Duration;

/// Why somebody is told no. Every one is said with what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The account is in nobody's entry of people.toml.
    NotAPerson {
        account: Account,
    },
    NotAMember {
        standing: Standing,
    },
    MissingRole {
        command: CommandName,
        roles: Vec<RoleName>,
    },
    OwnDeployment {
        deployment: DeploymentId,
        /// Who could approve it instead.
        who: Vec<PersonName>,
    },
    /// Somebody wrote part of what ships, and the policy wants eyes that did not.
    OwnCommits {
        deployment: DeploymentId,
        /// Who could approve it instead.
        who: Vec<PersonName>,
    },
    NotAnApprover {
        deployment: DeploymentId,
        roles: Vec<RoleName>,
    },
    /// A policy without approvals has nobody who could give one.
    NoApprovalNeeded {
        deployment: DeploymentId,
    },
    MayNotReject {
        deployment: DeploymentId,
        roles: Vec<RoleName>,
    },
    MayNotCancel {
        deployment: DeploymentId,
        requester: Option<PersonName>,
        roles: Vec<RoleName>,
    },
    UnknownService {
        service: ServiceName,
        nearest: Option<ServiceName>,
        known: Vec<ServiceName>,
    },
    UnknownEnvironment {
        service: Option<ServiceName>,
        environment: EnvironmentName,
        nearest: Option<EnvironmentName>,
        known: Vec<EnvironmentName>,
    },
    /// Neither a service nor an environment has that name.
    UnknownName {
        name: ServiceName,
        nearest: Option<String>,
        services: Vec<ServiceName>,
        environments: Vec<EnvironmentName>,
    },
    UnknownCommand {
        command: CommandName,
        nearest: Option<CommandName>,
    },
    UnknownParameter {
        parameter: ParameterName,
        nearest: Option<ParameterName>,
        known: Vec<ParameterName>,
    },
    MissingParameter {
        parameter: ParameterName,
        choices: Vec<String>,
    },
    BadParameter {
        parameter: ParameterName,
        value: String,
        choices: Vec<String>,
    },
    NoSuchDeployment {
        deployment: DeploymentId,
    },
    /// The version is still being looked up, so there is nothing to vote on.
    NotYet {
        deployment: DeploymentId,
    },
    AlreadyStarted {
        deployment: DeploymentId,
    },
    Over {
        deployment: DeploymentId,
        outcome: Outcome,
        kind: Kind,
        service: ServiceName,
        environment: EnvironmentName,
    },
    /// A retry or the like of something that is still going on.
    NotOver {
        deployment: DeploymentId,
    },
    NothingLive {
        service: ServiceName,
        environment: EnvironmentName,
    },
    NothingBefore {
        service: ServiceName,
        environment: EnvironmentName,
    },
    /// Only versions that were live there can be rolled back to.
    NeverLiveThere {
        deployment: DeploymentId,
        service: ServiceName,
        environment: EnvironmentName,
    },
    /// The pair was taken out of the configuration since.
    GoneFromConfiguration {
        service: ServiceName,
        environment: EnvironmentName,
    },
    CommandNotRetried {
        deployment: DeploymentId,
    },
    TooManyOpen {
        by: PersonName,
        open: u64,
        most: u64,
    },
    LaneFull {
        service: ServiceName,
        environment: EnvironmentName,
        most: u64,
    },
    /// All who may approve a request of this person are too few for the policy.
    ApprovalsOutOfReach {
        service: ServiceName,
        environment: EnvironmentName,
        need: u32,
        most: u32,
        roles: Vec<RoleName>,
    },
    /// A promotion to where it comes from.
    SameEnvironment {
        service: ServiceName,
        environment: EnvironmentName,
    },
    /// The vote was on a card that another one has taken the place of, since what it showed has moved.
    OldCard {
        deployment: DeploymentId,
    },
    /// Something else is live there by now than what the card shows.
    Replaced {
        deployment: DeploymentId,
        by: DeploymentId,
        service: ServiceName,
        environment: EnvironmentName,
    },
    MomentUnclear,
    /// The account did more in a short time than one may.
    TooFast {
        wait: Duration,
    },
}

impl Refusal {
    /// Says that a deployment is over, with what it takes to name what can be done next.
    pub fn over(past: &Deployment, outcome: Outcome) -> Self {
        Self::Over {
            deployment: past.id,
            outcome,
            kind: past.kind.clone(),
            service: past.service.clone(),
            environment: past.environment.clone(),
        }
    }

    /// Returns the word by which the record names the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPerson { .. } => "not_a_person",
            Self::NotAMember { .. } => "not_a_member",
            Self::MissingRole { .. } => "missing_role",
            Self::OwnDeployment { .. } => "own_deployment",
            Self::OwnCommits { .. } => "own_commits",
            Self::NotAnApprover { .. } => "not_an_approver",
            Self::NoApprovalNeeded { .. } => "no_approval_needed",
            Self::MayNotReject { .. } => "may_not_reject",
            Self::MayNotCancel { .. } => "may_not_cancel",
            Self::UnknownService { .. } => "unknown_service",
            Self::UnknownEnvironment { .. } => "unknown_environment",
            Self::UnknownName { .. } => "unknown_name",
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownParameter { .. } => "unknown_parameter",
            Self::MissingParameter { .. } => "missing_parameter",
            Self::BadParameter { .. } => "bad_parameter",
            Self::NoSuchDeployment { .. } => "no_such_deployment",
            Self::NotYet { .. } => "not_yet",
            Self::AlreadyStarted { .. } => "already_started",
            Self::Over { .. } => "over",
            Self::NotOver { .. } => "not_over",
            Self::NothingLive { .. } => "nothing_live",
            Self::NothingBefore { .. } => "nothing_before",
            Self::NeverLiveThere { .. } => "never_live_there",
            Self::GoneFromConfiguration { .. } => "gone_from_configuration",
            Self::CommandNotRetried { .. } => "command_not_retried",
            Self::TooManyOpen { .. } => "too_many_open",
            Self::LaneFull { .. } => "lane_full",
            Self::ApprovalsOutOfReach { .. } => "approvals_out_of_reach",
            Self::SameEnvironment { .. } => "same_environment",
            Self::OldCard { .. } => "old_card",
            Self::Replaced { .. } => "replaced",
            Self::MomentUnclear => "moment_unclear",
            Self::TooFast { .. } => "too_fast",
        }
    }
}
