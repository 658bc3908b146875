//! What the record tells of a fact: to an auditor with names and hashes, to everybody else without names.

use crate::checks::Check;
use crate::emoji::Verdict;
use crate::fact::{Fact, Obstacle, What};
use crate::ids::{Digest, PersonName, RoleName};
use crate::language;
use crate::notice::{AuditRow, Detail, TimelineRow};

/// Returns a fact as an auditor reads it.
pub fn audit_row(sequence: u64, chain: Digest, fact: &Fact) -> AuditRow {
    AuditRow {
        sequence,
        at: fact.at,
        kind: fact.kind().into(),
        by: by(&fact.what).cloned(),
        detail: audit_detail(&fact.what),
        chain,
    }
}

/// Returns the person that a fact names, unless that was erased.
pub fn by(what: &What) -> Option<&PersonName> {
    match what {
        What::Requested(requested) => requested.by.known(),
        What::Approved(approved) => approved.by.known(),
        What::Rejected { by, .. }
        | What::VoteWithdrawn { by, .. }
        | What::CancelAsked { by }
        | What::Cancelled { by } => by.known(),
        What::LanguageChosen { person, .. } => person.known(),
        What::RequestRefused { by, .. } | What::VoteRefused { by, .. } => {
            by.as_ref().and_then(|by| by.known())
        }
        What::Founded { .. }
        | What::CatalogLoaded { .. }
        | What::Sealed(_)
        | What::Obstructed { .. }
        | What::Resealed { .. }
        | What::ChecksRead { .. }
        | What::GatesOpened { .. }
        | What::RunStarted { .. }
        | What::StartUnknown { .. }
        | What::StageChanged { .. }
        | What::WrongCommit { .. }
        | What::RunEnded { .. }
        | What::Expired
        | What::CardShown { .. }
        | What::NewsHeard { .. }
        | What::NewsMended { .. }
        | What::NewsShown { .. }
        | What::GivenUp { .. } => None,
    }
}

/// What an auditor wants beside the kind: seals, keys, commits and reasons.
fn audit_detail(what: &What) -> Detail {
    match what {
        What::Founded { instance: digest } | What::CatalogLoaded { digest } => {
            plain(digest.short())
        }
        What::RequestRefused { reason, .. } => refused(None, reason),
        What::VoteRefused { verdict, reason, .. } => refused(Some(verdict), reason),
        What::Sealed(sealed) => Detail::Sealed {
            commit: sealed.version.commit.clone(),
            seal: sealed.seal,
            policy: sealed.policy.digest(),
        },
        What::Resealed { moved, sealed, voided } => {
            Detail::Resealed { parts: moved.clone(), voided: *voided, seal: sealed.seal }
        }
        What::Approved(approved) => Detail::Vote { seal: approved.seal, reason: None },
        What::Rejected { seal, reason, .. } => {
            let reason = reason.as_ref().and_then(|reason| reason.known()).cloned();
            Detail::Vote { seal: *seal, reason }
        }
        What::GatesOpened { approvers, seal, op_key, .. } => Detail::Opened {
            approvers: approvers.iter().map(|name| name.known().cloned()).collect(),
            seal: *seal,
            op_key: op_key.clone(),
        },
        What::RunStarted { run, .. } => plain(run),
        What::CardShown { message } => plain(message.place.platform),
        What::NewsHeard { news, .. } => plain(format!("{} {}", news.thing, news.state.code())),
        What::NewsMended { thing, .. } | What::NewsShown { thing, .. } => plain(thing),
        What::GivenUp { effect, .. } => Detail::GivenUp { effect: effect.clone() },
        What::LanguageChosen { locale, .. } => plain(language::code(*locale)),
        What::Requested(_)
        | What::Obstructed { .. }
        | What::ChecksRead { .. }
        | What::StageChanged { .. }
        | What::WrongCommit { .. }
        | What::RunEnded { .. }
        | What::StartUnknown { .. }
        | What::VoteWithdrawn { .. }
        | What::CancelAsked { .. }
        | What::Cancelled { .. }
        | What::Expired => open_detail(what),
    }
}

/// What everybody may read beside the kind: never a name or a reason.
fn open_detail(what: &What) -> Detail {
    match what {
        What::Requested(requested) => {
            plain(format!("{} → {}", requested.service, requested.environment))
        }
        What::Sealed(sealed) => plain(sealed.version.commit.short()),
        What::Resealed { moved, .. } => Detail::Moved { parts: moved.clone() },
        What::Obstructed { obstacle } => Detail::Obstructed { obstacle: obstacle.code().into() },
        What::VoteRefused { reason, .. } | What::RequestRefused { reason, .. } => {
            refused(None, reason)
        }
        What::StageChanged { stage, state, .. } => {
            Detail::Stage { stage: stage.clone(), state: *state }
        }
        What::ChecksRead { checks } => Detail::Checks { checks: checks.clone() },
        What::RunEnded { end, .. } => Detail::Ended { end: end.code().into() },
        What::WrongCommit { reported } => plain(reported.short()),
        What::GatesOpened { approvers, .. } => {
            Detail::Approvals { count: u32::try_from(approvers.len()).unwrap_or(u32::MAX) }
        }
        What::Founded { .. }
        | What::CatalogLoaded { .. }
        | What::Approved(_)
        | What::Rejected { .. }
        | What::VoteWithdrawn { .. }
        | What::RunStarted { .. }
        | What::StartUnknown { .. }
        | What::CancelAsked { .. }
        | What::Cancelled { .. }
        | What::Expired
        | What::CardShown { .. }
        | What::LanguageChosen { .. }
        | What::NewsHeard { .. }
        | What::NewsMended { .. }
        | What::NewsShown { .. }
        | What::GivenUp { .. } => Detail::Nothing,
    }
}

fn plain(text: impl std::fmt::Display) -> Detail {
    Detail::Plain { text: text.to_string() }
}

fn refused(tried: Option<&String>, reason: &str) -> Detail {
    Detail::Refused { tried: tried.cloned(), reason: reason.into() }
}

/// Returns what an export writes beside the kind: the record's own codes, in no language.
pub fn exported(what: &What) -> String {
    match what {
        What::Founded { instance } => format!("instance {}", instance.short()),
        What::CatalogLoaded { digest } => format!("digest {}", digest.short()),
        What::Requested(requested) => {
            format!("{} → {}", requested.service, requested.environment)
        }
        What::RequestRefused { reason, .. } => reason.clone(),
        What::VoteRefused { verdict, reason, .. } => format!("{verdict}: {reason}"),
        What::Sealed(sealed) => {
            let commit = sealed.version.commit.short();
            format!(
                "{commit}, seal {}, policy {}",
                sealed.seal.short(),
                sealed.policy.digest().short()
            )
        }
        What::Resealed { moved, sealed, voided } => {
            let moved: Vec<String> = moved.iter().map(|part| part.code().to_owned()).collect();
            format!("{}, {voided} void, seal {}", moved.join(" "), sealed.seal.short())
        }
        What::Obstructed { obstacle } => obstacle.code().into(),
        What::Approved(approved) => format!("seal {}", approved.seal.short()),
        What::Rejected { seal, reason, .. } => {
            let reason = reason.as_ref().and_then(|reason| reason.known());
            match reason {
                Some(reason) => format!("seal {}: {reason}", seal.short()),
                None => format!("seal {}", seal.short()),
            }
        }
        What::GatesOpened { approvers, seal, op_key, .. } => {
            let names: Vec<&str> =
                approvers.iter().filter_map(|name| Some(name.known()?.as_str())).collect();
            format!("seal {}, {op_key} {}", seal.short(), names.join(" ")).trim_end().into()
        }
        What::RunStarted { run, .. } => run.to_string(),
        What::StageChanged { stage, state, .. } => format!("{stage}: {}", state.code()),
        What::ChecksRead { checks } => {
            let each = |check: &Check| format!("{}: {}", check.name, check.state.code());
            checks.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        What::WrongCommit { reported } => reported.short().into(),
        What::RunEnded { end, .. } => end.code().into(),
        What::CardShown { message } => format!("{}", message.place.platform),
        What::NewsHeard { news, .. } => format!("{} {}", news.thing, news.state.code()),
        What::NewsMended { thing, .. } | What::NewsShown { thing, .. } => thing.to_string(),
        What::GivenUp { effect, .. } => effect.clone(),
        What::LanguageChosen { locale, .. } => language::code(*locale).into(),
        What::StartUnknown { .. }
        | What::VoteWithdrawn { .. }
        | What::CancelAsked { .. }
        | What::Cancelled { .. }
        | What::Expired => String::new(),
    }
}

/// Returns a fact as a blameless timeline shows it; `None` for what only concerns machines.
pub fn timeline_row(fact: &Fact) -> Option<TimelineRow> {
    match &fact.what {
        What::Founded { .. }
        | What::CatalogLoaded { .. }
        | What::CardShown { .. }
        | What::LanguageChosen { .. }
        | What::NewsHeard { .. }
        | What::NewsMended { .. }
        | What::NewsShown { .. }
        | What::GivenUp { .. } => None,
        What::Requested(_)
        | What::RequestRefused { .. }
        | What::Sealed(_)
        | What::Obstructed { .. }
        | What::Resealed { .. }
        | What::ChecksRead { .. }
        | What::Approved(_)
        | What::Rejected { .. }
        | What::VoteWithdrawn { .. }
        | What::VoteRefused { .. }
        | What::GatesOpened { .. }
        | What::RunStarted { .. }
        | What::StartUnknown { .. }
        | What::StageChanged { .. }
        | What::WrongCommit { .. }
        | What::CancelAsked { .. }
        | What::RunEnded { .. }
        | What::Cancelled { .. }
        | What::Expired => Some(TimelineRow {
            at: fact.occurred_at(),
            kind: fact.kind().into(),
            roles: roles(&fact.what),
            verdict: verdict(&fact.what),
            detail: open_detail(&fact.what),
        }),
    }
}

fn roles(what: &What) -> Vec<RoleName> {
    match what {
        What::Approved(approved) => approved.roles.clone(),
        What::Rejected { roles, .. } => roles.clone(),
        _ => Vec::new(), // Only votes put roles on record.
    }
}

fn verdict(what: &What) -> Option<Verdict> {
    match what {
        What::Approved(_) => Some(Verdict::Approve),
        What::Rejected { .. } => Some(Verdict::Reject),
        _ => None, // Only votes have a direction.
    }
}

impl Obstacle {
    /// Returns the word by which the record names it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unresolved { .. } => "unresolved",
            Self::NotStarted { .. } => "not_started",
            Self::CommitGone => "commit_gone",
            Self::BranchNotAllowed { .. } => "branch_not_allowed",
            Self::NotConfigured => "not_configured",
        }
    }
}
