//! One of everything that can be said, for the tests: a new variant does not pass before it is here.

pub(crate) mod answers;
pub(crate) mod notices;
pub(crate) mod refusals;

use chrono_tz::Asia::Seoul;

use crate::checks::{Check, CheckState};
use crate::deployment::{Change, Outcome, Status};
use crate::event::RunEnd;
use crate::fact::{Obstacle, Part};
use crate::gate::Blocker;
use crate::ids::{
    Account, CommandName, CommitSha, DeploymentId, EnvironmentName, ParameterName, PersonName,
    Platform, RoleName, ServiceName,
};
use crate::notice::{Locale, Notice};
use crate::person::Standing;
use crate::policy::{ApprovalGroup, Policy};
use crate::refusal::Refusal;
use crate::request::SyntaxError;
use crate::time::{Duration, Timestamp};
use crate::wording::Voice;

/// Names every variant of an enum. The compiler asks for a new one here, a test for a sample of it.
macro_rules! variants {
    ($name:ident, $names:ident, $type:ident: $($variant:ident)*) => {
        pub(crate) const $names: &[&str] = &[$(stringify!($variant)),*];
        pub(crate) fn $name(value: &$type) -> &'static str {
            match value {
                $($type::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}
pub(crate) use variants;

variants!(notice_name, NOTICES, Notice:
    Refused NotUnderstood Approved VoteWithdrawn VotesVoided GatesOpened Rejected Cancelled
    CancelAsked Expired Obstructed StartUnknown WrongCommit RunEnded GaveUp Help
    HelpCommand Whoami Language LanguageChosen Can Noted StillApproved ReasonNotAsked Status Live Changes History Why Audit Timeline DryRun
    LookupFailed NewsAgain NewsFailed NewsMended NewsWithdrawn OfferOver OfferTaken OfferLive);
variants!(refusal_name, REFUSALS, Refusal:
    NotAPerson NotAMember MissingRole OwnDeployment OwnCommits NotAnApprover NoApprovalNeeded MayNotReject
    MayNotCancel UnknownService UnknownEnvironment UnknownName UnknownCommand UnknownParameter
    MissingParameter BadParameter NoSuchDeployment NotYet AlreadyStarted Over NotOver NothingLive
    NothingBefore NeverLiveThere GoneFromConfiguration CommandNotRetried TooManyOpen LaneFull
    ApprovalsOutOfReach SameEnvironment OldCard Replaced MomentUnclear TooFast);
variants!(error_name, ERRORS, SyntaxError:
    Empty TooLong UnknownCommand Usage Slot Hidden OpenQuote Parameter);
variants!(end_name, ENDS, RunEnd:
    Succeeded Failed Killed Cancelled TimedOut NotRunnable Lost);
variants!(status_name, STATUSES, Status: Resolving Waiting Starting Running Ended);
variants!(outcome_name, OUTCOMES, Outcome: Succeeded Failed Rejected Cancelled Expired);
variants!(standing_name, STANDINGS, Standing: Member Bot Guest Stranger Deactivated
    Unverified Unknown);
variants!(blocker_name, BLOCKERS, Blocker: VersionUnknown ApprovalsMissing
    ApprovalsOutOfReach AuthorsUnknown ChecksNotGreen LaneHeld BranchNotAllowed);
variants!(obstacle_name, OBSTACLES, Obstacle:
    Unresolved NotStarted CommitGone BranchNotAllowed NotConfigured);
variants!(part_name, PARTS, Part: Policy Pipeline Script);

/// 2026-11-20 14:10 in Seoul.
pub(crate) const NOW: Timestamp = Timestamp(1_795_151_400_000);

pub(crate) fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: Seoul, now: NOW }
}

/// What people and repositories write.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub reason: &'static str,
    pub reference: &'static str,
    pub subject: &'static str,
    pub author: &'static str,
    pub word: &'static str,
    pub stage: &'static str,
    pub log: &'static str,
}

pub(crate) const PLAIN: Texts = Texts {
    reason: "the migration is not reviewed yet.",
    reference: "v1.1.0",
    subject: "Read prices once per request",
    author: "Mina",
    word: "deplyo",
    stage: "release",
    log: "copying 12 files\nerror: no space left on device",
};

pub(crate) fn ago(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 - minutes * 60_000)
}
pub(crate) fn id(number: u64) -> DeploymentId {
    DeploymentId(number)
}
pub(crate) fn person(name: &str) -> PersonName {
    PersonName::new(name).expect("a name")
}
pub(crate) fn role(name: &str) -> RoleName {
    RoleName::new(name).expect("a name")
}
pub(crate) fn service(name: &str) -> ServiceName {
    ServiceName::new(name).expect("a name")
}
pub(crate) fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).expect("a name")
}
pub(crate) fn command(name: &str) -> CommandName {
    CommandName::new(name).expect("a name")
}
pub(crate) fn parameter(name: &str) -> ParameterName {
    ParameterName::new(name).expect("a name")
}
/// A commit whose first seven digits are these.
pub(crate) fn commit(short: &str) -> CommitSha {
    CommitSha::new(format!("{short}{}", "0".repeat(33))).expect("a commit")
}
pub(crate) fn account(texts: Texts) -> Account {
    let user = if texts.word == PLAIN.word { "U0AAAAAAA" } else { texts.word };
    Account { platform: Platform::Slack, workspace: "T0123456789".into(), user: user.into() }
}

pub(crate) fn changes(texts: Texts) -> Vec<Change> {
    ["4f2c91a", "77ab01c"]
        .iter()
        .map(|short| Change {
            commit: commit(short),
            author: texts.author.into(),
            pull: None,
            subject: texts.subject.into(),
        })
        .collect()
}

pub(crate) fn policy() -> Policy {
    Policy {
        groups: vec![ApprovalGroup { approvals: 1, from: vec![role("sre")] }],
        requester: false,
        authors: true,
        risky: vec![],
        checks: vec![],
        expires: Duration::seconds(4 * 3600),
        reject: vec![role("sre")],
    }
}

pub(crate) fn blockers() -> Vec<Blocker> {
    let missing = |have, need, from: Vec<RoleName>, who: Vec<PersonName>| {
        Blocker::ApprovalsMissing { have, need, from, who }
    };
    vec![
        missing(0, 1, vec![role("sre")], vec![person("ben"), person("mina")]),
        missing(1, 3, vec![role("lead"), role("security")], vec![person("mina")]),
        missing(0, 1, vec![role("lead")], Vec::new()),
        missing(0, 1, Vec::new(), Vec::new()),
        Blocker::ApprovalsOutOfReach { need: 2, most: 1, from: vec![role("sre")] },
        Blocker::ApprovalsOutOfReach { need: 1, most: 0, from: vec![role("lead")] },
        Blocker::LaneHeld { by: id(1) },
        Blocker::VersionUnknown,
        Blocker::AuthorsUnknown,
        Blocker::ChecksNotGreen { checks: checks() },
        Blocker::BranchNotAllowed { allowed: vec!["main".into(), "release/*".into()] },
    ]
}

/// One check in each state, by a name that a repository may give it.
pub(crate) fn checks() -> Vec<Check> {
    use CheckState::{Failed, Green, Missing, Running, Unknown};
    [
        ("build", Green),
        ("test (ubuntu)", Running),
        ("lint", Failed),
        ("ci/circleci: deploy", Missing),
        ("e2e", Unknown),
    ]
    .map(|(name, state)| Check { name: name.into(), state })
    .into()
}

pub(crate) fn every_status() -> Vec<Status> {
    let mut statuses = vec![Status::Resolving, Status::Waiting, Status::Starting, Status::Running];
    statuses.extend(every_outcome().into_iter().map(Status::Ended));
    statuses
}

pub(crate) fn every_outcome() -> Vec<Outcome> {
    use Outcome::{Cancelled, Expired, Failed, Rejected, Succeeded};
    vec![Succeeded, Failed, Rejected, Cancelled, Expired]
}

pub(crate) fn every_end(texts: Texts) -> Vec<RunEnd> {
    vec![
        RunEnd::Succeeded,
        RunEnd::Failed { status: 1 },
        RunEnd::Killed { signal: 9 },
        RunEnd::Cancelled,
        RunEnd::TimedOut,
        RunEnd::NotRunnable { reason: texts.reason.into() },
        RunEnd::Lost,
    ]
}

pub(crate) fn every_obstacle(texts: Texts) -> Vec<Obstacle> {
    let reason = || texts.reason.to_owned().into();
    vec![
        Obstacle::Unresolved { reason: reason() },
        Obstacle::NotStarted { reason: reason() },
        Obstacle::CommitGone,
        Obstacle::BranchNotAllowed { allowed: vec!["main".into(), "release/*".into()] },
        Obstacle::NotConfigured,
    ]
}

pub(crate) fn every_standing() -> Vec<Standing> {
    use Standing::{Bot, Deactivated, Guest, Member, Stranger, Unknown, Unverified};
    vec![Member, Bot, Guest, Stranger, Deactivated, Unverified, Unknown]
}

/// The names of all facts, from the place that gives them out.
pub(crate) fn fact_kinds() -> Vec<&'static str> {
    names_in(include_str!("../fact.rs"), "What::")
}

/// The names of all effects, from the place that gives them out.
pub(crate) fn effect_kinds() -> Vec<&'static str> {
    names_in(include_str!("../effect.rs"), "Self::")
}

fn names_in(source: &'static str, prefix: &str) -> Vec<&'static str> {
    let named = |line: &'static str| {
        let (variant, name) = line.trim().split_once(" => \"")?;
        variant.starts_with(prefix).then_some(name)?.strip_suffix("\",")
    };
    source.lines().filter_map(named).filter(|name| !name.contains('"')).collect()
}
