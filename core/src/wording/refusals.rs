//! Telling somebody no: what was wrong, and what to do next.

use crate::deployment::{Kind, Outcome};
use crate::ids::{
    Account, CommandName, DeploymentId, EnvironmentName, ParameterName, PersonName, RoleName,
    ServiceName,
};
use crate::person::Standing;
use crate::refusal::Refusal;
use crate::wording::words::{NAME_MAX, TITLE_MAX};
use crate::wording::{Voice, log};

/// Returns the refusal in words.
pub(crate) fn refusal(refusal: &Refusal, voice: &Voice) -> String {
    let about = |id, deployment: &DeploymentId| log::about(id, *deployment, voice).say();
    let there = |id, (service, environment): (&ServiceName, &EnvironmentName)| {
        voice.phrase(id).with("service", service).with("environment", environment)
    };
    match refusal {
        Refusal::NotAPerson { account } => not_a_person("refusal-not-a-person", account, voice),
        Refusal::NotAMember { standing } => voice.word(not_a_member(*standing)),
        Refusal::MissingRole { command, roles } => missing_role(command, roles, voice),
        Refusal::OwnDeployment { deployment, who } => {
            own(OWN_DEPLOYMENT, *deployment, (who, voice))
        }
        Refusal::OwnCommits { deployment, who } => own(OWN_COMMITS, *deployment, (who, voice)),
        Refusal::NotAnApprover { deployment, roles } => {
            let ids = ("refusal-not-an-approver", "refusal-approval-by-nobody");
            by_roles(ids, *deployment, roles, voice)
        }
        Refusal::NoApprovalNeeded { deployment } => about("refusal-no-approval-needed", deployment),
        Refusal::MayNotReject { deployment, roles } => {
            let ids = ("refusal-may-not-reject", "refusal-rejection-by-nobody");
            by_roles(ids, *deployment, roles, voice)
        }
        Refusal::MayNotCancel { deployment, requester, roles } => {
            may_not_cancel(*deployment, requester.as_ref(), roles, voice)
        }
        Refusal::UnknownService { service, nearest, known } => {
            unknown_service(service, nearest.as_ref(), known, voice)
        }
        Refusal::UnknownEnvironment { service, environment, nearest, known } => {
            let nearest = nearest.as_ref();
            unknown_environment(service.as_ref(), environment, (nearest, known), voice)
        }
        Refusal::UnknownName { name, nearest, services, environments } => {
            unknown_name(name, nearest.as_ref(), (services, environments), voice)
        }
        Refusal::UnknownCommand { command, nearest } => {
            unknown_command(command, nearest.as_ref(), voice)
        }
        Refusal::UnknownParameter { parameter, nearest, known } => {
            unknown_parameter(parameter, nearest.as_ref(), known, voice)
        }
        Refusal::MissingParameter { parameter, choices } => {
            missing_parameter(parameter, choices, voice)
        }
        Refusal::BadParameter { parameter, value, choices } => {
            bad_parameter(parameter, value, choices, voice)
        }
        Refusal::NoSuchDeployment { deployment } => about("refusal-no-such-deployment", deployment),
        Refusal::NotYet { deployment } => about("refusal-not-yet", deployment),
        Refusal::AlreadyStarted { deployment } => about("refusal-already-started", deployment),
        Refusal::Over { deployment, outcome, kind, service, environment } => {
            let phrase = there(over(*outcome, kind), (service, environment));
            phrase.with("deployment", deployment).say()
        }
        Refusal::NotOver { deployment } => about("refusal-not-over", deployment),
        Refusal::NothingLive { service, environment } => {
            there("refusal-nothing-live", (service, environment)).say()
        }
        Refusal::NothingBefore { service, environment } => {
            there("refusal-nothing-before", (service, environment)).say()
        }
        Refusal::NeverLiveThere { deployment, service, environment } => {
            let phrase = there("refusal-never-live-there", (service, environment));
            phrase.with("deployment", deployment).say()
        }
        Refusal::GoneFromConfiguration { service, environment } => {
            there("refusal-gone-from-configuration", (service, environment)).say()
        }
        Refusal::CommandNotRetried { deployment } => {
            about("refusal-command-not-retried", deployment)
        }
        Refusal::TooManyOpen { by, open, most } => {
            let phrase = voice.phrase("refusal-too-many-open").with("by", by);
            phrase.count("open", *open).count("most", *most).say()
        }
        Refusal::LaneFull { service, environment, most } => {
            there("refusal-lane-full", (service, environment)).count("most", *most).say()
        }
        Refusal::ApprovalsOutOfReach { service, environment, need, most, roles } => {
            let phrase = there("refusal-approvals-out-of-reach", (service, environment));
            let phrase = phrase.count("need", *need).count("most", *most);
            phrase.with("roles", voice.any_of(roles)).say()
        }
        Refusal::SameEnvironment { service, environment } => {
            there("refusal-same-environment", (service, environment)).say()
        }
        Refusal::OldCard { deployment } => about("refusal-old-card", deployment),
        Refusal::Replaced { deployment, by, service, environment } => {
            let phrase = there("refusal-replaced", (service, environment));
            phrase.with("deployment", deployment).with("by", by).say()
        }
        Refusal::MomentUnclear => voice.word("refusal-moment-unclear"),
        Refusal::TooFast { wait } => {
            let seconds = u64::try_from(wait.0 / 1000).unwrap_or_default();
            voice.phrase("refusal-too-fast").count("seconds", seconds).say()
        }
    }
}

/// Says that an account is nobody's, with the line of people.toml that would make it somebody's.
pub(crate) fn not_a_person(id: &'static str, account: &Account, voice: &Voice) -> String {
    voice
        .phrase(id)
        .with("platform", account.platform)
        .quoted("entry", &account.entry(), NAME_MAX)
        .say()
}

fn not_a_member(standing: Standing) -> &'static str {
    match standing {
        Standing::Bot => "refusal-bot",
        Standing::Guest => "refusal-guest",
        Standing::Stranger => "refusal-stranger",
        Standing::Deactivated => "refusal-deactivated",
        // A member is never refused for that; whoever says so could not tell.
        Standing::Member | Standing::Unverified | Standing::Unknown => "refusal-unverified",
    }
}

fn missing_role(command: &CommandName, roles: &[RoleName], voice: &Voice) -> String {
    let phrase = if roles.is_empty() {
        voice.phrase("refusal-command-for-nobody")
    } else {
        voice.phrase("refusal-missing-role").with("roles", voice.any_of(roles))
    };
    phrase.with("command", command).say()
}

/// What is said where others could approve instead, and where nobody else could.
const OWN_DEPLOYMENT: (&str, &str) = ("refusal-own-deployment", "refusal-own-deployment-nobody");
const OWN_COMMITS: (&str, &str) = ("refusal-own-commits", "refusal-own-commits-nobody");

fn own(
    (some, none): (&'static str, &'static str),
    deployment: DeploymentId,
    (who, voice): (&[PersonName], &Voice),
) -> String {
    let phrase = if who.is_empty() {
        voice.phrase(none)
    } else {
        voice.phrase(some).with("who", voice.any_of(who))
    };
    phrase.with("deployment", deployment).say()
}

/// Says which roles something takes; the second id is for the case that there are none.
fn by_roles(
    (some, none): (&'static str, &'static str),
    deployment: DeploymentId,
    roles: &[RoleName],
    voice: &Voice,
) -> String {
    let phrase = if roles.is_empty() {
        voice.phrase(none)
    } else {
        voice.phrase(some).with("roles", voice.any_of(roles))
    };
    phrase.with("deployment", deployment).say()
}

fn may_not_cancel(
    deployment: DeploymentId,
    requester: Option<&PersonName>,
    roles: &[RoleName],
    voice: &Voice,
) -> String {
    let phrase = match (requester, roles) {
        (None, []) => voice.phrase("refusal-may-not-cancel"),
        (Some(requester), []) => {
            voice.phrase("refusal-may-not-cancel-requester").with("requester", requester)
        }
        (None, roles) => {
            voice.phrase("refusal-may-not-cancel-roles").with("roles", voice.any_of(roles))
        }
        (Some(requester), roles) => voice
            .phrase("refusal-may-not-cancel-either")
            .with("requester", requester)
            .with("roles", voice.any_of(roles)),
    };
    phrase.with("deployment", deployment).say()
}

fn unknown_service(
    service: &ServiceName,
    nearest: Option<&ServiceName>,
    known: &[ServiceName],
    voice: &Voice,
) -> String {
    let phrase = match (nearest, known) {
        (_, []) => voice.phrase("refusal-no-services"),
        (Some(nearest), known) => voice
            .phrase("refusal-unknown-service-nearest")
            .with("nearest", nearest)
            .with("known", voice.listed(known)),
        (None, known) => voice.phrase("refusal-unknown-service").with("known", voice.listed(known)),
    };
    phrase.with("service", service).say()
}

fn unknown_environment(
    service: Option<&ServiceName>,
    environment: &EnvironmentName,
    (nearest, known): (Option<&EnvironmentName>, &[EnvironmentName]),
    voice: &Voice,
) -> String {
    let wrong = match service {
        Some(service) => voice.phrase("refusal-environment-of-service").with("service", service),
        None => voice.phrase("refusal-environment-anywhere"),
    };
    let wrong = wrong.with("environment", environment).say();
    let phrase = match (nearest, known) {
        (_, []) => voice.phrase("refusal-no-environments"),
        (Some(nearest), known) => voice
            .phrase("refusal-unknown-environment-nearest")
            .with("nearest", nearest)
            .with("known", voice.listed(known)),
        (None, known) => {
            voice.phrase("refusal-unknown-environment").with("known", voice.listed(known))
        }
    };
    phrase.with("wrong", wrong).say()
}

fn unknown_command(command: &CommandName, nearest: Option<&CommandName>, voice: &Voice) -> String {
    let phrase = match nearest {
        Some(nearest) => voice.phrase("refusal-unknown-command-nearest").with("nearest", nearest),
        None => voice.phrase("refusal-unknown-command"),
    };
    phrase.with("command", command).say()
}

fn unknown_parameter(
    parameter: &ParameterName,
    nearest: Option<&ParameterName>,
    known: &[ParameterName],
    voice: &Voice,
) -> String {
    let phrase = match (nearest, known) {
        (_, []) => voice.phrase("refusal-no-parameters"),
        (Some(nearest), known) => voice
            .phrase("refusal-unknown-parameter-nearest")
            .with("nearest", nearest)
            .with("known", voice.listed(known)),
        (None, known) => {
            voice.phrase("refusal-unknown-parameter").with("known", voice.listed(known))
        }
    };
    phrase.with("parameter", parameter).say()
}

fn missing_parameter(parameter: &ParameterName, choices: &[String], voice: &Voice) -> String {
    let phrase = if choices.is_empty() {
        voice.phrase("refusal-missing-parameter")
    } else {
        let choices = voice.listed_texts(choices);
        voice.phrase("refusal-missing-parameter-choices").with("choices", choices)
    };
    phrase.with("parameter", parameter).say()
}

fn bad_parameter(
    parameter: &ParameterName,
    value: &str,
    choices: &[String],
    voice: &Voice,
) -> String {
    let phrase = if choices.is_empty() {
        voice.phrase("refusal-bad-parameter")
    } else {
        let choices = voice.listed_texts(choices);
        voice.phrase("refusal-bad-parameter-choices").with("choices", choices)
    };
    phrase.with("parameter", parameter).quoted("value", value, TITLE_MAX).say()
}

fn over(outcome: Outcome, kind: &Kind) -> &'static str {
    let is_command = match kind {
        Kind::Command { .. } => true,
        Kind::Deploy | Kind::Rollback => false,
    };
    match outcome {
        Outcome::Succeeded if is_command => "refusal-over-command-succeeded",
        Outcome::Failed | Outcome::Rejected | Outcome::Cancelled | Outcome::Expired
            if is_command =>
        {
            "refusal-over-command"
        }
        Outcome::Succeeded => "refusal-over-succeeded",
        Outcome::Failed => "refusal-over-failed",
        Outcome::Rejected => "refusal-over-rejected",
        Outcome::Cancelled => "refusal-over-cancelled",
        Outcome::Expired => "refusal-over-expired",
    }
}

fn unknown_name(
    name: &ServiceName,
    nearest: Option<&String>,
    (services, environments): (&[ServiceName], &[EnvironmentName]),
    voice: &Voice,
) -> String {
    let phrase = match (nearest, services) {
        (_, []) => return unknown_service(name, None, services, voice),
        (Some(nearest), _) => {
            voice.phrase("refusal-unknown-name-nearest").quoted("nearest", nearest, NAME_MAX)
        }
        (None, _) => voice.phrase("refusal-unknown-name"),
    };
    phrase
        .with("name", name)
        .with("services", voice.listed(services))
        .with("environments", voice.listed(environments))
        .say()
}
