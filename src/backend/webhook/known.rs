//! What is known of a run that somebody else runs: the fold of its journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wilco_core::event::{RunEnd, RunOutcome};
use wilco_core::ids::secret::SecretName;
use wilco_core::time::Timestamp;

use super::message::Report;
use crate::backend::Numbered;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// It was ordered. Only what is signed with this secret is news of it.
    Ordered { at: Timestamp, secret: Option<SecretName> },
    /// The start is about to be sent: from now on it may have happened.
    Sending { at: Timestamp },
    /// It certainly did not happen.
    NotTaken,
    /// The other side said that it took it.
    Taken,
    /// It is to stop; one that was not started never is.
    Stopping { why: Why },
    /// The other side said that it stops.
    StopPromised { at: Timestamp },
    /// The other side said this of it.
    Reported { at: Timestamp, report: Report },
    /// Nothing more will be heard, and this is what is known.
    Concluded { at: Timestamp, end: RunEnd },
}

/// Why a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Asked,
    TookTooLong,
}

impl Why {
    /// Returns how a run ended that was stopped for this.
    pub fn end(self) -> RunEnd {
        match self {
            Self::Asked => RunEnd::Cancelled,
            Self::TookTooLong => RunEnd::TimedOut,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    at: Timestamp,
    report: Report,
    /// It came after a later one of the same stage: what it says is no longer so.
    is_late: bool,
}

/// What is known of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// When it was ordered, and the secret that its news is signed with.
    pub ordered: Option<(Timestamp, Option<SecretName>)>,
    /// Since when it may have been started.
    pub sending_at: Option<Timestamp>,
    /// The same, of a start before the last one, of which nobody knows what became.
    in_doubt_since: Option<Timestamp>,
    pub is_taken: bool,
    pub stop: Option<Why>,
    pub stop_promised_at: Option<Timestamp>,
    heard: BTreeMap<u64, Heard>,
    concluded: Option<(Timestamp, RunEnd)>,
}

/// What a report is, beside those that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    New,
    /// It came before.
    Repeated,
    /// Another one came under its number.
    Contradicts,
    /// The run was over before this.
    Over,
}

impl Known {
    /// Returns what the lines of a journal say.
    pub fn fold(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut known = Self::default();
        entries.into_iter().for_each(|entry| known.apply(entry));
        known
    }

    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Ordered { at, secret } => self.ordered = Some((at, secret)),
            Entry::Sending { at } => {
                self.in_doubt_since = self.in_doubt_since.or(self.sending_at);
                self.sending_at = Some(at);
            }
            // The last start did not happen; an earlier one still may have.
            Entry::NotTaken => self.sending_at = self.in_doubt_since,
            Entry::Taken => self.is_taken = true,
            Entry::Stopping { why } => self.stop = self.stop.or(Some(why)),
            Entry::StopPromised { at } => {
                self.stop_promised_at = self.stop_promised_at.or(Some(at));
            }
            Entry::Reported { at, report } => {
                let later = self.heard.range(report.number..);
                let is_late = report.stage().is_some_and(|stage| {
                    later.clone().any(|(_, heard)| heard.report.stage() == Some(stage))
                });
                self.heard.insert(report.number, Heard { at, report, is_late });
            }
            Entry::Concluded { at, end } => self.concluded = Some((at, end)),
        }
    }

    /// Judges a report before it is taken in.
    pub fn judge(&self, report: &Report) -> Verdict {
        if let Some(heard) = self.heard.get(&report.number) {
            let is_same = heard.report == *report;
            return if is_same { Verdict::Repeated } else { Verdict::Contradicts };
        }
        let ended = self.ended();
        let is_over = self.concluded.is_some()
            || ended.is_some_and(|ended| {
                report.number > ended.report.number || report.outcome().is_some()
            });
        if is_over { Verdict::Over } else { Verdict::New }
    }

    /// Tells whether the other side certainly has the run, or had it.
    pub fn has_begun(&self) -> bool {
        self.is_taken || !self.heard.is_empty()
    }

    /// Tells whether it is certain what became of the start.
    pub fn is_there(&self) -> bool {
        self.has_begun() || self.concluded.is_some()
    }

    /// Returns what is to be delivered besides the end, in order.
    pub fn news(&self) -> Vec<Numbered> {
        let current = self.heard.values().filter(|heard| !heard.is_late);
        current.flat_map(|heard| heard.report.numbered(heard.at)).collect()
    }

    /// Returns how it ended and when.
    pub fn end(&self) -> Option<(Timestamp, RunOutcome)> {
        if let Some((at, end)) = &self.concluded {
            return Some((*at, RunOutcome { end: end.clone(), log_tail: String::new() }));
        }
        let heard = self.ended()?;
        let mut outcome = heard.report.outcome()?.clone();
        if let (Some(why), RunEnd::Cancelled) = (self.stop, &outcome.end) {
            outcome.end = why.end();
        }
        Some((heard.report.at.unwrap_or(heard.at), outcome))
    }

    /// Tells whether reports from before the end have yet to come.
    pub fn has_gaps(&self) -> bool {
        let Some(ended) = self.ended().filter(|_| self.concluded.is_none()) else { return false };
        let before = self.heard.range(..ended.report.number).count();
        u64::try_from(before).is_ok_and(|before| before + 1 < ended.report.number)
    }

    /// Returns how many reports came.
    pub fn reports(&self) -> usize {
        self.heard.len()
    }

    fn ended(&self) -> Option<&Heard> {
        self.heard.values().find(|heard| heard.report.outcome().is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use wilco_core::event::{RunReport, StageState};

    use super::super::message::News;
    use super::*;

    #[test]
    fn a_start_that_was_not_taken_settles_nothing_about_an_earlier_one() {
        let sending = |at| Entry::Sending { at: Timestamp(at) };
        let since = |entries: &[Entry]| Known::fold(entries.iter().cloned()).sending_at;
        assert_eq!(since(&[sending(1), Entry::NotTaken]), None);
        assert_eq!(since(&[sending(1), Entry::NotTaken, sending(2), Entry::NotTaken]), None);
        let in_doubt = [sending(1), sending(2), Entry::NotTaken];
        assert_eq!(since(&in_doubt), Some(Timestamp(1)));
        let again = [&in_doubt[..], &[sending(3), Entry::NotTaken]].concat();
        assert_eq!(since(&again), Some(Timestamp(1)));
    }

    fn all(length: usize) -> Vec<Report> {
        let report = |number: usize, news| Report {
            number: u64::try_from(number).unwrap(),
            at: None,
            commit: None,
            news,
        };
        let states = [StageState::Running, StageState::Failed, StageState::Succeeded];
        let stages = (1..length).map(|number| {
            let stage = ["build", "ship"][number % 2].to_owned();
            report(number, News::Stage { stage, state: states[number % 3] })
        });
        let outcome = RunOutcome { end: RunEnd::Succeeded, log_tail: String::new() };
        stages.chain([report(length, News::Ended(outcome))]).collect()
    }

    /// What somebody sees who looked after each report.
    fn seen(reports: &[Report]) -> (BTreeMap<String, StageState>, Option<RunEnd>) {
        let mut known = Known::default();
        let (mut told, mut stages) = (Vec::new(), BTreeMap::new());
        for report in reports {
            if known.judge(report) == Verdict::New {
                known.apply(Entry::Reported { at: Timestamp(1), report: report.clone() });
            }
            for numbered in known.news() {
                if !told.contains(&numbered.number) {
                    told.push(numbered.number);
                    if let RunReport::Stage { stage, state } = numbered.report {
                        stages.insert(stage, state);
                    }
                }
            }
        }
        (stages, known.end().map(|(_, outcome)| outcome.end))
    }

    proptest! {
        #[test]
        fn reports_that_come_late_twice_or_out_of_order_end_the_same(
            order in (2..12_usize).prop_flat_map(|length| Just(all(length)).prop_shuffle()),
            again in (0..12_usize),
        ) {
            let mut sorted = order.clone();
            sorted.sort_by_key(|report| report.number);
            let mut twice = order.clone();
            twice.extend(order.iter().take(again).cloned());
            prop_assert_eq!(seen(&twice), seen(&sorted));
        }

        #[test]
        fn what_got_lost_costs_no_end(some in subsequence(all(9), 1..9)) {
            let has_end = some.iter().any(|report| report.outcome().is_some());
            prop_assert_eq!(seen(&some).1.is_some(), has_end);
        }
    }

    #[test]
    fn after_the_end_nothing_is_new_but_what_was_before_it() {
        let reports = all(4);
        let reported =
            |report: &Report| Entry::Reported { at: Timestamp(1), report: report.clone() };
        let known = Known::fold([reported(&reports[3]), reported(&reports[0])]);
        assert!(known.has_gaps());
        assert_eq!(known.judge(&reports[1]), Verdict::New);
        assert_eq!(known.judge(&reports[3]), Verdict::Repeated);
        let other = Report { number: 1, ..reports[1].clone() };
        assert_eq!(known.judge(&other), Verdict::Contradicts);
        for number in [2, 5] {
            assert_eq!(known.judge(&Report { number, ..reports[3].clone() }), Verdict::Over);
        }
        let mut over = known.clone();
        over.apply(Entry::Concluded { at: Timestamp(2), end: RunEnd::Lost });
        assert_eq!(over.judge(&reports[1]), Verdict::Over);
    }
}
