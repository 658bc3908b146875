//! How a deployment's card looks on a terminal.

use wilco_core::card::{About, Button, Card, Press, StageLine, Tone};
use wilco_core::event::StageState;

use super::screen::{Row, Size, Style};
use super::text::wrap;

const BAR_CELLS: u64 = 10;

/// Rows of the terminal that are left to the prompt and to what is being typed.
const ROWS_LEFT_FREE: usize = 4;

/// Returns the card's rows; a card taller than the terminal is folded, so that it can be redrawn in place.
///
/// How things stand and what to type stay; then the stages share a row, and the lines below the
/// headline give way first.
pub fn rows(card: &Card, size: Size) -> Vec<Row> {
    let most = size.rows.saturating_sub(ROWS_LEFT_FREE).max(3);
    let whole = Parts::of(card, size.columns, &stages_apart(card));
    if whole.height() <= most {
        return whole.rows();
    }
    Parts::of(card, size.columns, &stages_together(card)).folded(most)
}

/// The parts of a card as rows of one width.
struct Parts {
    headline: Vec<Row>,
    lines: Vec<Row>,
    progress: Vec<Row>,
    stages: Vec<Row>,
    ways: Vec<Row>,
    footer: Vec<Row>,
}

impl Parts {
    fn of(card: &Card, columns: usize, stages: &[String]) -> Self {
        let wrapped = |style: Style, text: &str, indent: &str| -> Vec<Row> {
            let hang = format!("{indent}  ");
            let rows = wrap(text, indent, &hang, columns);
            rows.into_iter().map(|text| Row { text, style }).collect()
        };
        let all = |texts: &[String]| -> Vec<Row> {
            texts.iter().flat_map(|text| wrapped(Style::Plain, text, "  ")).collect()
        };
        let headline = format!("{} {} · {}", mark(card.tone), card.headline, card.state);
        let footer = &card.footer;
        Self {
            headline: wrapped(Style::Tone(card.tone), &headline, ""),
            lines: all(&card.lines.iter().chain(&card.url).cloned().collect::<Vec<_>>()),
            progress: all(&progress(card).into_iter().collect::<Vec<_>>()),
            stages: all(stages),
            ways: all(&ways(&card.buttons, &card.about).into_iter().collect::<Vec<_>>()),
            footer: if footer.is_empty() { vec![] } else { wrapped(Style::Faint, footer, "  ") },
        }
    }

    fn height(&self) -> usize {
        let parts = [&self.headline, &self.lines, &self.progress, &self.stages, &self.ways];
        parts.iter().map(|part| part.len()).sum::<usize>() + self.footer.len()
    }

    fn rows(self) -> Vec<Row> {
        let parts = [self.headline, self.lines, self.progress, self.stages, self.ways, self.footer];
        parts.into_iter().flatten().collect()
    }

    /// Leaves out what matters least until it is no taller than `most`, and says how much that was.
    fn folded(mut self, most: usize) -> Vec<Row> {
        // A row for saying that something was left out, and one for the bar.
        let kept = self.progress.len().min(1) + 1;
        let mut left_out = cut(&mut self.headline, most.saturating_sub(kept).max(1));
        let order: [fn(&mut Self) -> &mut Vec<Row>; 5] = [
            |parts| &mut parts.footer,
            |parts| &mut parts.lines,
            |parts| &mut parts.stages,
            |parts| &mut parts.ways,
            |parts| &mut parts.progress,
        ];
        for part in order {
            let over = (self.height() + usize::from(left_out > 0)).saturating_sub(most);
            let part = part(&mut self);
            if over == 0 || part.is_empty() {
                continue;
            }
            // The row that says so takes one more, the first time.
            let over = over + usize::from(left_out == 0);
            left_out += cut(part, part.len().saturating_sub(over));
        }
        let mut rows = self.rows();
        if left_out > 0 {
            rows.push(Row { text: format!("  … +{left_out}"), style: Style::Faint });
        }
        rows
    }
}

/// Keeps the first rows; returns how many were cut.
fn cut(rows: &mut Vec<Row>, kept: usize) -> usize {
    let cut = rows.len().saturating_sub(kept);
    rows.truncate(kept);
    cut
}

fn stages_apart(card: &Card) -> Vec<String> {
    card.stages.iter().map(stage_line).collect()
}

/// `✔ build · ▸ release`
fn stages_together(card: &Card) -> Vec<String> {
    let each = card.stages.iter().map(|stage| format!("{} {}", stage_mark(stage), stage.name));
    let together = each.collect::<Vec<_>>().join(" · ");
    if together.is_empty() { vec![] } else { vec![together] }
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

fn stage_mark(stage: &StageLine) -> &'static str {
    match stage.state {
        StageState::Running => "▸",
        StageState::Succeeded => "✔",
        StageState::Failed => "✘",
        StageState::Skipped => "–",
    }
}

fn stage_line(stage: &StageLine) -> String {
    let mark = stage_mark(stage);
    let took = stage.took_label.as_ref().map(|length| format!(" · {length}")).unwrap_or_default();
    format!("{mark} {} · {}{took}", stage.name, stage.label)
}

/// A terminal has no buttons: says for each what to type instead.
fn ways(buttons: &[Button], about: &About) -> Option<String> {
    let way = |button: &Button| {
        let typed = match button.press {
            // The sentence of a release says the words.
            Press::Deploy => return None,
            Press::Approve => format!("/react ✅ {about}"),
            Press::Reject => format!("/react ❌ {about}"),
            Press::Abort => format!("cancel {about}"),
            // The card does not say apart which service and environment it is for.
            Press::RollBack => "help rollback".to_owned(),
            Press::Retry => format!("retry {about}"),
        };
        Some(format!("{}: {typed}", button.label))
    };
    let ways = buttons.iter().filter_map(way).collect::<Vec<_>>().join(" · ");
    (!ways.is_empty()).then_some(ways)
}

#[cfg(test)]
mod tests {
    use wilco_core::ids::DeploymentId;
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
            about: About::Deployment(DeploymentId(1)),
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
            buttons: vec![Button { press: Press::Abort, label: "Abort".into(), confirm: None }],
            footer: "audit 12".into(),
            url: None,
            mentioned: vec![],
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
        assert_eq!(texts(&tall, 24).last().map(String::as_str), Some("  … +86"));
        for height in 0..40 {
            for columns in [0, 20, 24, 40, 80] {
                let size = Size { rows: height, columns };
                assert!(rows(&tall, size).len() <= height.saturating_sub(4).max(3), "{size:?}");
            }
        }
    }

    #[test]
    fn a_low_terminal_keeps_how_far_it_is_and_what_to_type() {
        let full = Card { lines: vec!["line".into(); 5], ..card() };
        let expected = [
            "● #1 api v1.1.0 (4f2c91a) → staging · running",
            "  [█████░░░░░] 1/2 release · ~12s",
            "  ✔ build · ▸ release",
            "  Abort: cancel #1",
            "  … +6",
        ];
        assert_eq!(texts(&full, 9), expected);
        assert_eq!(
            texts(&full, 5),
            [expected[0], expected[1], "  … +8"],
            "the bar stays where little else does"
        );
    }

    #[test]
    fn a_narrow_terminal_keeps_its_bar_too() {
        let size = Size { rows: 9, columns: 24 };
        let narrow: Vec<String> = rows(&card(), size).into_iter().map(|row| row.text).collect();
        assert!(narrow.iter().any(|row| row.contains("[█████░░░░░] 1/2")), "{narrow:?}");
    }

    #[test]
    fn a_bar_without_stages_or_past_its_end_is_still_a_bar() {
        assert_eq!(progress(&Card { progress: Some((0, 0)), ..card() }), None);
        let past = Card { progress: Some((9, 4)), stages: vec![], remaining_label: None, ..card() };
        assert_eq!(progress(&past).as_deref(), Some("[██████████] 9/4"));
    }
}
