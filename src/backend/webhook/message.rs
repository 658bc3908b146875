//! What is asked of the other side, and what it says of a run: JSON, as `docs/webhook.md` has it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wilco_core::event::{RunEnd, RunOutcome, RunReport, StageState};
use wilco_core::ids::{CommitSha, OpKey};
use wilco_core::text::inert_lines;
use wilco_core::time::Timestamp;

use crate::backend::{Numbered, StartOrder};
use crate::plain::{cut, plain};

/// A run has at most so many reports.
pub const REPORTS_MAX: u64 = 1_000;
const STAGE_LENGTH_MAX: usize = 60;
/// Of a log as many characters are kept; its end is where it says what went wrong.
const LOG_LENGTH_MAX: usize = 2_000;

/// The version of what is said here.
const PROTOCOL: u32 = 1;

/// Returns the request to start a run. It is the same, byte for byte, however often it is made.
pub fn start(order: &StartOrder, report_to: Option<&str>) -> Vec<u8> {
    bytes(&json!({
        "request": "start",
        "protocol": PROTOCOL,
        "op_key": order.op_key,
        "deployment": order.deployment,
        "service": order.service,
        "environment": order.environment,
        "commit": order.commit,
        "version": order.release,
        "parameters": order.parameters,
        "fingerprint": order.fingerprint,
        "timeout_seconds": order.timeout.as_secs(),
        "report_to": report_to,
    }))
}

/// Returns the request for what is known of a run.
pub fn status(order: &StartOrder) -> Vec<u8> {
    about("status", order)
}

/// Returns the request to stop a run, or to never begin it.
pub fn cancel(order: &StartOrder) -> Vec<u8> {
    about("cancel", order)
}

fn about(request: &str, order: &StartOrder) -> Vec<u8> {
    bytes(&json!({
        "request": request,
        "protocol": PROTOCOL,
        "op_key": order.op_key,
        "deployment": order.deployment,
    }))
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// One thing that the other side says of a run, made harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its place among the reports of the run, from 1.
    pub number: u64,
    /// When it occurred, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What the run works on, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitSha>,
    pub news: News,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    Started,
    /// Says the commit and nothing else.
    Working,
    Stage {
        stage: String,
        state: StageState,
    },
    Ended(RunOutcome),
}

impl Report {
    /// Returns what is delivered of it, the end left out: under numbers that no other report has.
    pub fn numbered(&self, at: Timestamp) -> Vec<Numbered> {
        let at = Some(self.at.unwrap_or(at));
        let numbered = |offset, report| Numbered { number: 2 * self.number + offset, at, report };
        let commit = self.commit.clone().map(|commit| numbered(0, RunReport::Working { commit }));
        let stage = match &self.news {
            News::Stage { stage, state } => {
                let (stage, state) = (stage.clone(), *state);
                Some(numbered(1, RunReport::Stage { stage, state }))
            }
            // That it began is known from the answer to the start, or from any report at all.
            News::Started | News::Working | News::Ended(_) => None,
        };
        commit.into_iter().chain(stage).collect()
    }

    pub fn stage(&self) -> Option<&str> {
        match &self.news {
            News::Stage { stage, .. } => Some(stage),
            News::Started | News::Working | News::Ended(_) => None,
        }
    }

    pub fn outcome(&self) -> Option<&RunOutcome> {
        match &self.news {
            News::Ended(outcome) => Some(outcome),
            News::Started | News::Working | News::Stage { .. } => None,
        }
    }
}

/// Why something that was said is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// A report as it is written. What nobody knows is a fault: it could be a name with a typo.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    op_key: OpKey,
    number: u64,
    report: Kind,
    /// Unix seconds.
    at: Option<i64>,
    commit: Option<CommitSha>,
    stage: Option<String>,
    state: Option<StageState>,
    end: Option<End>,
    status: Option<i32>,
    log: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Started,
    Working,
    Stage,
    Ended,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Succeeded,
    Failed,
    Cancelled,
}

/// Reads a report, and of which run it is.
pub fn report(body: &[u8]) -> Result<(OpKey, Report), Malformed> {
    let malformed = |error: serde_json::Error| Malformed(plain(&error.to_string()));
    understood(serde_json::from_slice(body).map_err(malformed)?)
}

fn understood(written: Written) -> Result<(OpKey, Report), Malformed> {
    if !(1..=REPORTS_MAX).contains(&written.number) {
        return Err(Malformed(format!("`number` is from 1 to {REPORTS_MAX}")));
    }
    let missing = |what: &str| Malformed(format!("`{what}` is missing"));
    let news = match written.report {
        Kind::Started => News::Started,
        Kind::Working if written.commit.is_none() => return Err(missing("commit")),
        Kind::Working => News::Working,
        Kind::Stage => {
            let stage = plain(&written.stage.ok_or_else(|| missing("stage"))?);
            let stage = cut(stage.trim(), STAGE_LENGTH_MAX).to_owned();
            if stage.is_empty() {
                return Err(missing("stage"));
            }
            News::Stage { stage, state: written.state.ok_or_else(|| missing("state"))? }
        }
        Kind::Ended => {
            let log = written.log.as_deref().unwrap_or_default();
            let log_tail = inert_lines(log, LOG_LENGTH_MAX);
            let without_log = |end| RunOutcome { end, log_tail: String::new() };
            News::Ended(match written.end.ok_or_else(|| missing("end"))? {
                // A success of nobody knows what makes nothing live.
                End::Succeeded if written.commit.is_none() => return Err(missing("commit")),
                End::Succeeded => without_log(RunEnd::Succeeded),
                End::Failed => {
                    let status = written.status.unwrap_or(1);
                    RunOutcome { end: RunEnd::Failed { status }, log_tail }
                }
                End::Cancelled => without_log(RunEnd::Cancelled),
            })
        }
    };
    let at = written.at.map(|seconds| Timestamp(seconds.saturating_mul(1_000)));
    let report = Report { number: written.number, at, commit: written.commit, news };
    Ok((written.op_key, report))
}

/// What the other side says when it is asked about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it took the run. One that it does not know, it has not begun.
    pub is_known: bool,
    pub reports: Vec<Report>,
}

#[derive(Deserialize)]
struct Answered {
    known: bool,
    #[serde(default)]
    reports: Vec<Written>,
}

/// Reads an answer about this run.
pub fn answer(body: &[u8], asked: &OpKey) -> Result<Answer, Malformed> {
    let malformed = |error: serde_json::Error| Malformed(plain(&error.to_string()));
    let Answered { known, reports } = serde_json::from_slice(body).map_err(malformed)?;
    let reports = reports.into_iter().map(|written| match understood(written)? {
        (op_key, report) if op_key == *asked => Ok(report),
        (op_key, _) => Err(Malformed(format!("it answers about {op_key}"))),
    });
    Ok(Answer { is_known: known, reports: reports.collect::<Result<_, _>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<News, String> {
        let body = text.replacen('{', r#"{"op_key":"42-k1","number":3,"#, 1);
        report(body.as_bytes()).map(|(_, report)| report.news).map_err(|error| error.to_string())
    }

    #[test]
    fn a_report_says_what_it_must_and_nothing_that_nobody_knows() {
        let stage = |stage: &str| News::Stage { stage: stage.into(), state: StageState::Failed };
        assert_eq!(read(r#"{"report":"started"}"#), Ok(News::Started));
        assert_eq!(
            read("{\"report\":\"stage\",\"stage\":\"\\u001b[31mShip\",\"state\":\"failed\"}"),
            Ok(stage("Ship"))
        );
        for (said, why) in [
            (r#"{"report":"working"}"#, "`commit` is missing"),
            (r#"{"report":"ended","end":"succeeded"}"#, "`commit` is missing"),
            (r#"{"report":"ended"}"#, "`end` is missing"),
            (r#"{"report":"stage","state":"failed"}"#, "`stage` is missing"),
            (r#"{"report":"stage","stage":" ","state":"failed"}"#, "`stage` is missing"),
            (r#"{"report":"stage","stage":"a"}"#, "`state` is missing"),
            (r#"{"report":"started","comit":"a"}"#, "unknown field `comit`"),
            (r#"{"report":"working","commit":"main"}"#, "40"),
            (r#"{"report":"begun"}"#, "unknown variant `begun`"),
            (r#"{"request":"start"}"#, "unknown field `request`"),
        ] {
            let error = read(said).expect_err(said);
            assert!(error.contains(why), "{said}: {error}");
        }
        let number =
            |number| format!(r#"{{"op_key":"42-k1","number":{number},"report":"started"}}"#);
        for wrong in [0, REPORTS_MAX + 1] {
            assert!(report(number(wrong).as_bytes()).is_err());
        }
        assert!(report(number(REPORTS_MAX).as_bytes()).is_ok());
    }

    #[test]
    fn an_answer_that_does_not_say_whether_it_knows_the_run_is_none() {
        let asked = OpKey::new("42-k1").unwrap();
        let known = |body: &str| answer(body.as_bytes(), &asked).map(|answer| answer.is_known).ok();
        assert_eq!(known(r#"{"known":false}"#), Some(false));
        assert_eq!(known(r#"{"known":true,"reports":[]}"#), Some(true));
        for strange in ["", "{}", "ok", r#"{"reports":[]}"#] {
            assert_eq!(known(strange), None, "{strange}");
        }
        let other =
            r#"{"known":true,"reports":[{"op_key":"43-k1","number":1,"report":"started"}]}"#;
        assert_eq!(known(other), None);
    }
}
