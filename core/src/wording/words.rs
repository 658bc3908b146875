//! The small parts of sentences: times, lists, versions, people, approvals that are missing.

use std::fmt::Display;

use chrono::DateTime;
use chrono_tz::Tz;

use crate::checks::{Check, CheckState};
use crate::deployment::{Kind, Outcome, Status};
use crate::fact::Part;
use crate::gate::Blocker;
use crate::ids::{CommitSha, PersonName, RoleName};
use crate::notice::PolicySummary;
use crate::private::Private;
use crate::text::inert;
use crate::time::{Duration, Timestamp};
use crate::wording::Voice;

/// A reason or another free text is shown up to this many characters.
pub(crate) const REASON_MAX: usize = 300;
/// A branch or a tag is shown up to this many characters.
pub(crate) const REFERENCE_MAX: usize = 80;
/// The title of a commit, and words of a person's line.
pub(crate) const TITLE_MAX: usize = 72;
/// The author of a commit, a stage, an account.
pub(crate) const NAME_MAX: usize = 48;

/// More names than this are counted instead of listed.
const LISTED_MAX: usize = 12;

impl Voice {
    /// Returns `14:05` for a time of today, `2026-11-19 14:05` for another day.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let form = if self.is_today(at) { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        self.local(at).format(form).to_string()
    }

    /// Returns `14:05:31 KST`, and the day before it unless that is today.
    pub(crate) fn exact_time(&self, at: Timestamp) -> String {
        let form = if self.is_today(at) { "%H:%M:%S %Z" } else { "%Y-%m-%d %H:%M:%S %Z" };
        self.local(at).format(form).to_string()
    }

    fn is_today(&self, at: Timestamp) -> bool {
        self.local(at).date_naive() == self.local(self.now).date_naive()
    }

    fn local(&self, at: Timestamp) -> DateTime<Tz> {
        // Years 1 to 9999: beyond them a wall clock has no four digits, and chrono could overflow.
        let milliseconds = at.0.clamp(-62_135_000_000_000, 253_402_000_000_000);
        let utc = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
        utc.with_timezone(&self.timezone)
    }

    /// Returns the two largest units of a length: `3m12s`, `3분 12초`.
    pub(crate) fn duration(&self, length: Duration) -> String {
        let seconds = length.0.max(0) / 1000;
        if seconds < 10 {
            let tenths = format!("{seconds}.{}", length.0.max(0) % 1000 / 100);
            return self.phrase("duration-seconds").with("number", tenths).say();
        }
        let units = [
            ("duration-days", seconds / 86_400),
            ("duration-hours", seconds / 3600 % 24),
            ("duration-minutes", seconds / 60 % 60),
            ("duration-seconds", seconds % 60),
        ];
        let part = |(id, number): (&'static str, i64)| self.phrase(id).with("number", number).say();
        let first = units.iter().position(|(_, number)| *number > 0).unwrap_or(units.len() - 1);
        let large = part(units[first]);
        match units.get(first + 1) {
            Some(&small) if small.1 > 0 => {
                self.phrase("duration-two").with("large", large).with("small", part(small)).say()
            }
            Some(_) | None => large,
        }
    }

    /// Returns `ana, ben or mina`.
    pub(crate) fn any_of<T: Display>(&self, items: &[T]) -> String {
        self.list("list-or", items)
    }

    /// Returns `ana, ben and mina`.
    pub(crate) fn all_of<T: Display>(&self, items: &[T]) -> String {
        self.list("list-and", items)
    }

    /// Returns `ana, ben, mina`.
    pub(crate) fn listed<T: Display>(&self, items: &[T]) -> String {
        self.list("list-plain", items)
    }

    fn list<T: Display>(&self, id: &'static str, items: &[T]) -> String {
        let words: Vec<String> = items.iter().map(ToString::to_string).collect();
        match words.as_slice() {
            [] => self.word("list-empty"),
            [only] => only.clone(),
            [first @ .., last] if words.len() <= LISTED_MAX => {
                self.phrase(id).with("first", first.join(", ")).with("last", last).say()
            }
            many => {
                let shown = many[..LISTED_MAX].join(", ");
                let more = crate::wording::size(many.len() - LISTED_MAX);
                self.phrase("list-more").with("shown", shown).count("more", more).say()
            }
        }
    }

    /// Returns what somebody wrote in a file or a line, each made inert, as `a, b, c`.
    pub(crate) fn listed_texts(&self, texts: &[String]) -> String {
        let inert: Vec<String> = texts.iter().map(|text| inert(text, NAME_MAX)).collect();
        self.listed(&inert)
    }

    /// Returns `v1.1.0 (4f2c91a)`, or `4f2c91a` where no other name is known.
    pub(crate) fn version(&self, reference: Option<&str>, commit: &CommitSha) -> String {
        let reference = reference.map(|reference| inert(reference, REFERENCE_MAX));
        let says_more = |reference: &String| {
            let typed = reference.to_ascii_lowercase();
            !typed.is_empty() && typed != "head" && !commit.as_str().starts_with(&typed)
        };
        match reference.filter(says_more) {
            Some(reference) => self
                .phrase("version-named")
                .with("reference", reference)
                .with("commit", commit.short())
                .say(),
            None => commit.short().into(),
        }
    }

    pub(crate) fn person(&self, person: &Private<PersonName>) -> String {
        self.person_or_erased(person.known())
    }

    pub(crate) fn person_or_erased(&self, person: Option<&PersonName>) -> String {
        person.map_or_else(|| self.word("person-erased"), ToString::to_string)
    }

    /// Returns a free text as the end of a sentence, which brings its own full stop.
    pub(crate) fn reason(&self, reason: &str) -> String {
        let reason = inert(reason, REASON_MAX);
        let bare = reason.trim_end_matches(['.', ' ']);
        if bare.is_empty() { self.word("reason-none") } else { bare.into() }
    }

    pub(crate) fn private_reason(&self, reason: &Private<String>) -> String {
        reason.known().map_or_else(|| self.word("reason-erased"), |reason| self.reason(reason))
    }

    /// Returns the kind as a word: `deploy`, `rollback`, or the command's name.
    pub(crate) fn kind(&self, kind: &Kind) -> String {
        match kind {
            Kind::Deploy => self.word("kind-deploy"),
            Kind::Rollback => self.word("kind-rollback"),
            Kind::Command { command } => command.to_string(),
        }
    }

    pub(crate) fn status(&self, status: Status) -> String {
        self.word(match status {
            Status::Resolving => "status-resolving",
            Status::Waiting => "status-waiting",
            Status::Starting => "status-starting",
            Status::Running => "status-running",
            Status::Ended(Outcome::Succeeded) => "status-succeeded",
            Status::Ended(Outcome::Failed) => "status-failed",
            Status::Ended(Outcome::Rejected) => "status-rejected",
            Status::Ended(Outcome::Cancelled) => "status-cancelled",
            Status::Ended(Outcome::Expired) => "status-expired",
        })
    }

    /// Returns what moved, as `the policy and the pipeline`.
    pub(crate) fn parts(&self, parts: &[Part]) -> String {
        let words: Vec<String> = parts
            .iter()
            .map(|part| {
                self.word(match part {
                    Part::Policy => "part-policy",
                    Part::Pipeline => "part-pipeline",
                    Part::Script => "part-script",
                })
            })
            .collect();
        self.all_of(&words)
    }

    /// Returns a shut gate as what is waited for: `1 approval from sre (ben or mina)`.
    pub(crate) fn blocker(&self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::VersionUnknown => self.word("blocker-version"),
            Blocker::AuthorsUnknown => self.word("blocker-authors"),
            Blocker::ChecksNotGreen { checks } => {
                self.phrase("blocker-checks").with("checks", self.checks(checks)).say()
            }
            Blocker::LaneHeld { by } => self.phrase("blocker-lane").with("by", by).say(),
            Blocker::BranchNotAllowed { allowed } => {
                self.phrase("blocker-branch").with("branches", self.listed_texts(allowed)).say()
            }
            Blocker::ApprovalsOutOfReach { need, most, from } => self
                .phrase("blocker-out-of-reach")
                .count("need", *need)
                .count("most", *most)
                .with("roles", self.any_of(from))
                .say(),
            Blocker::ApprovalsMissing { have, need, from, who } => {
                let missing = need.saturating_sub(*have);
                let id = if *have > 0 { "approvals-more" } else { "approvals" };
                let approvals = self.phrase(id).count("count", missing).say();
                self.approvals_from(&approvals, from, who)
            }
        }
    }

    /// Returns how checks stand, as `build is green, test is running`.
    pub(crate) fn checks(&self, checks: &[Check]) -> String {
        let each = checks.iter().map(|check| {
            let id = match check.state {
                CheckState::Green => "check-green",
                CheckState::Running => "check-running",
                CheckState::Failed => "check-failed",
                CheckState::Missing => "check-missing",
                CheckState::Unknown => "check-unknown",
            };
            self.phrase(id).text("name", &check.name, NAME_MAX).say()
        });
        self.listed(&each.collect::<Vec<_>>())
    }

    /// Returns all shut gates as one part of a sentence.
    pub(crate) fn blockers(&self, blockers: &[Blocker]) -> String {
        let what: Vec<String> = blockers.iter().map(|blocker| self.blocker(blocker)).collect();
        self.all_of(&what)
    }

    /// Returns what a policy asks for, as one part of a sentence; `None` when it asks for nothing.
    pub(crate) fn policy(&self, policy: &PolicySummary) -> Option<String> {
        let groups: Vec<String> = policy
            .groups
            .iter()
            .filter(|(approvals, _, _)| *approvals > 0)
            .map(|(approvals, from, who)| {
                let approvals = self.phrase("approvals").count("count", *approvals).say();
                self.approvals_from(&approvals, from, who)
            })
            .collect();
        (!groups.is_empty()).then(|| self.all_of(&groups))
    }

    fn approvals_from(&self, approvals: &str, from: &[RoleName], who: &[PersonName]) -> String {
        let phrase = match (from, who) {
            ([], _) => self.phrase("approvals-from-no-role"),
            (from, []) => self.phrase("approvals-from-nobody").with("roles", self.any_of(from)),
            (from, who) => self
                .phrase("approvals-from")
                .with("roles", self.any_of(from))
                .with("who", self.any_of(who)),
        };
        phrase.with("approvals", approvals).say()
    }
}
