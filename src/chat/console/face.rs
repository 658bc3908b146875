//! How a deployment's card looks on a terminal.

use wilco_core::card::{Button, Card, Press, StageLine, Tone};
use wilco_core::event::StageState;
use wilco_core::ids::DeploymentId;

use super::screen::{Row, Size, Style};
use super::text::wrap;

const BAR_CELLS: u64 = 10;

/// Rows of the terminal that are left to the prompt and to what is being typed.
const ROWS_LEFT_FREE: usize = 4;

/// Returns the card's rows; a card taller than the terminal is cut, so that it can be redrawn in place.
pub fn rows(card: &Card, size: Size) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |style: Style, text: &str, indent: &str| {
        let hang = format!("{indent}  ");
        let wrapped = wrap(text, indent, &hang, size.columns);
        rows.extend(wrapped.into_iter().map(|text| Row { text, style }));
    };
    let headline = format!("{} {} · {}", mark(card.tone), card.headline, card.state);
    add(Style::Tone(card.tone), &headline, "");
    for line in &card.lines {
        add(Style::Plain, line, "  ");
    }
    if let Some(progress) = progress(card) {
        add(Style::Plain, &progress, "  ");
    }
    for stage in &card.stages {
        add(Style::Plain, &stage_line(stage), "  ");
    }
    if !card.buttons.is_empty() {
        add(Style::Plain, &ways(&card.buttons, card.deployment), "  ");
    }
    if !card.footer.is_empty() {
        add(Style::Faint, &card.footer, "  ");
    }
    let most = size.rows.saturating_sub(ROWS_LEFT_FREE).max(3);
    if rows.len() > most {
        let left_out = rows.len() - most + 1;
        rows.truncate(most - 1);
        rows.push(Row { text: format!("  … +{left_out}"), style: Style::Faint });
    }
    rows
}

fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Waiting => "○",
        Tone::Working => "●",
        Tone::Good => "✔",
        Tone::Bad => "✘",
        Tone::Quiet => "–",
    }
}

/// `[██████░░░░] 2/4 release · ~1m12s`
fn progress(card: &Card) -> Option<String> {
    let (done, all) = card.progress.filter(|(_, all)| *all > 0)?;
    let filled = (u64::from(done) * BAR_CELLS / u64::from(all)).min(BAR_CELLS);
    let bar: String = (0..BAR_CELLS).map(|cell| if cell < filled { '█' } else { '░' }).collect();
    let running = card.stages.iter().find(|stage| stage.state == StageState::Running);
    let stage = running.map(|stage| format!(" {}", stage.name)).unwrap_or_default();
    let remaining = card.remaining_label.as_ref().map(|length| format!(" · ~{length}"));
    let remaining = remaining.unwrap_or_default();
    Some(format!("[{bar}] {done}/{all}{stage}{remaining}"))
}

fn stage_line(stage: &StageLine) -> String {
    let mark = match stage.state {
        StageState::Running => "▸",
        StageState::Succeeded => "✔",
        StageState::Failed => "✘",
        StageState::Skipped => "–",
    };
    let took = stage.took_label.as_ref().map(|length| format!(" · {length}")).unwrap_or_default();
    format!("{mark} {} · {}{took}", stage.name, stage.label)
}

/// A terminal has no buttons: says for each what to type instead.
fn ways(buttons: &[Button], deployment: DeploymentId) -> String {
    let way = |button: &Button| {
        let typed = match button.press {
            Press::Approve => format!("/react ✅ {deployment}"),
            Press::Reject => format!("/react ❌ {deployment}"),
            Press::Abort => format!("cancel {deployment}"),
            // The card does not say apart which service and environment it is for.
            Press::RollBack => "help rollback".to_owned(),
            Press::Retry => format!("retry {deployment}"),
        };
        format!("{}: {typed}", button.label)
    };
    buttons.iter().map(way).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use wilco_core::time::Duration;

    use super::*;

    fn card() -> Card {
        let stage = |name: &str, state, label: &str, took| StageLine {
            name: name.into(),
            state,
            label: label.into(),
            took,
            took_label: took.map(|took| took.to_string()),
        };
        Card {
            deployment: DeploymentId(1),
            tone: Tone::Working,
            sentence: "#1 api is being deployed to staging.".into(),
            headline: "#1 api v1.1.0 (4f2c91a) → staging".into(),
            state: "running".into(),
            lines: vec!["asked by ana".into()],
            stages: vec![
                stage("build", StageState::Succeeded, "done", Some(Duration(3000))),
                stage("release", StageState::Running, "running", None),
            ],
            progress: Some((1, 2)),
            remaining: Some(Duration::seconds(12)),
            remaining_label: Some("12s".into()),
            buttons: vec![Button { press: Press::Abort, label: "Abort".into() }],
            footer: "audit 12".into(),
        }
    }

    fn texts(card: &Card, rows_max: usize) -> Vec<String> {
        let size = Size { rows: rows_max, columns: 80 };
        rows(card, size).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn a_card_shows_a_bar_its_stages_in_words_and_what_to_type() {
        let expected = [
            "● #1 api v1.1.0 (4f2c91a) → staging · running",
            "  asked by ana",
            "  [█████░░░░░] 1/2 release · ~12s",
            "  ✔ build · done · 3.0s",
            "  ▸ release · running",
            "  Abort: cancel #1",
            "  audit 12",
        ];
        assert_eq!(texts(&card(), 24), expected);
    }

    #[test]
    fn a_card_is_never_taller_than_the_terminal() {
        let tall = Card { lines: vec!["line".into(); 100], ..card() };
        assert_eq!(texts(&tall, 24).len(), 20);
        assert_eq!(texts(&tall, 24).last().map(String::as_str), Some("  … +87"));
        assert_eq!(texts(&tall, 0).len(), 3);
    }

    #[test]
    fn a_bar_without_stages_or_past_its_end_is_still_a_bar() {
        assert_eq!(progress(&Card { progress: Some((0, 0)), ..card() }), None);
        let past = Card { progress: Some((9, 4)), stages: vec![], remaining_label: None, ..card() };
        assert_eq!(progress(&past).as_deref(), Some("[██████████] 9/4"));
    }
}
