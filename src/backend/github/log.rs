//! The log of a job that failed → what people read of it: the step that failed, without GitHub's own marks.

use tracing::warn;
use wilco_core::text::inert_lines;

use super::actions::Workflow;
use super::shapes::Job;

/// Of a log as many characters are kept; that is where it says what went wrong.
const LENGTH_MAX: usize = 2_000;

/// GitHub's marks before lines, which its own pages show as folds and colours.
const MARKS: [&str; 5] = ["##[group]", "##[error]", "##[warning]", "##[notice]", "##[command]"];

/// Returns the end of what the failed job wrote; without it the end of the run is known all the same.
pub async fn of_failed_job(workflow: &Workflow<'_>, jobs: &[Job]) -> String {
    let failed = |job: &&Job| job.conclusion.as_deref() == Some("failure");
    let Some(job) = jobs.iter().find(failed) else { return String::new() };
    let path = format!("/actions/jobs/{}/logs", job.id);
    match workflow.api.end_of_text(workflow.call("read the log of a job", path)).await {
        Ok(text) => inert_lines(&of_failed_step(&text), LENGTH_MAX),
        Err(error) => {
            warn!(%error, "the log of a failed job cannot be read");
            String::new()
        }
    }
}

/// Returns what the step wrote that failed; all of it where the log does not say which that was.
fn of_failed_step(log: &str) -> String {
    let lines: Vec<&str> = log.lines().map(without_time).collect();
    let failed = lines.iter().rposition(|line| line.starts_with("##[error]"));
    let before = &lines[..failed.unwrap_or(0)];
    let begun = before.iter().rposition(|line| line.starts_with("##[group]Run "));
    let end = failed.map_or(lines.len(), |failed| failed + 1);
    let shown = lines[begun.unwrap_or(0)..end].iter().filter(|line| **line != "##[endgroup]");
    shown.map(|line| without_mark(line)).collect::<Vec<_>>().join("\n")
}

/// GitHub puts the time before each line of a log.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if chrono::DateTime::parse_from_rfc3339(time).is_ok() => rest,
        _ => line,
    }
}

fn without_mark(line: &str) -> &str {
    MARKS.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_failed_step_wrote_is_shown() {
        let log = "2026-11-21T12:00:00.0000000Z ##[group]Run make\n\
                   2026-11-21T12:00:01.0000000Z fine\n\
                   2026-11-21T12:00:02.0000000Z ##[group]Run ./deploy.sh\n\
                   2026-11-21T12:00:02.0000000Z shell: bash\n\
                   2026-11-21T12:00:02.0000000Z ##[endgroup]\n\
                   2026-11-21T12:00:03.0000000Z no space left on device\n\
                   2026-11-21T12:00:03.0000000Z ##[error]Process completed with exit code 1.\n\
                   2026-11-21T12:00:04.0000000Z Post job cleanup.\n";
        let shown = "Run ./deploy.sh\nshell: bash\nno space left on device\n\
                     Process completed with exit code 1.";
        assert_eq!(of_failed_step(log), shown);
        assert_eq!(of_failed_step("no\nmarks"), "no\nmarks");
        assert_eq!(of_failed_step("##[error]only this\nlater"), "only this");
        assert_eq!(of_failed_step(""), "");
    }
}
