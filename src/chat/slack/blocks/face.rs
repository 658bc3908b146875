//! How a deployment's card looks in Slack.

use wilco_core::card::{About, Button, Card, Press, StageLine};

use super::builder::{Action, BUTTON_MAX, Builder, CHARACTERS_MAX, HEADER_MAX, SECTION_MAX};
use super::{Content, words};
use crate::chat::slack::text::{Called, Escaped};

const SENTENCE_MAX: usize = 2_000;
/// A heading that is too long for large letters.
const HEADLINE_MAX: usize = 400;
const FOOTER_MAX: usize = 150;
const BAR_MAX: usize = 60;
/// Stages are listed down to here, and stand in columns of as many from there on.
const STAGES_IN_A_COLUMN: usize = 10;
const COLUMNS_MAX: usize = 6;
const STAGE_MAX: usize = 80;
const COLUMN_MAX: usize = STAGES_IN_A_COLUMN * (STAGE_MAX + 1);
/// Approve, reject, abort, roll back, retry, deploy.
const PRESSES: usize = 6;
/// Lines get what the rest leaves them.
const LINES_MAX: usize = 2_250;

/// Even the fullest card keeps its buttons and its footer. What calls people or leads to a page has no stages.
const _: () = assert!(
    HEADLINE_MAX
        + SENTENCE_MAX
        + LINES_MAX
        + BAR_MAX
        + COLUMNS_MAX * COLUMN_MAX
        + PRESSES * BUTTON_MAX
        + FOOTER_MAX
        <= CHARACTERS_MAX
);
const _: () = assert!(LINES_MAX <= SECTION_MAX && HEADER_MAX <= HEADLINE_MAX);

/// Returns the card with these buttons.
pub fn face(card: &Card, buttons: &[Button]) -> Content {
    let mut blocks = Builder::message();
    let headline = format!("{} {} · {}", card.tone.sign(), card.headline, card.state);
    blocks.header("headline", Escaped::line(&headline, HEADLINE_MAX));
    blocks.section("sentence", Escaped::line(&card.sentence, SENTENCE_MAX));
    let called = Called::people(&card.mentioned);
    blocks.read("called", &called);
    blocks.section("lines", lines(&card.lines));
    blocks.read("page", &card.url.as_deref().map(Called::page).unwrap_or_default());
    if let Some(bar) = card.bar() {
        blocks.section("progress", Escaped::line(&bar, BAR_MAX));
    }
    stages(&card.stages, &mut blocks);
    let actions: Vec<Action<'_>> =
        buttons.iter().map(|button| action(button, &card.about)).collect();
    blocks.actions("actions", &actions);
    blocks.context("footer", Escaped::line(&card.footer, FOOTER_MAX));
    Content { text: called.behind(words(&card.sentence)), blocks: blocks.finish() }
}

fn lines(lines: &[String]) -> Escaped {
    let lines: Vec<Escaped> = lines.iter().map(|line| Escaped::line(line, LINES_MAX / 4)).collect();
    let (all, fitted) = Escaped::joined(&lines, LINES_MAX);
    if fitted == lines.len() {
        return all;
    }
    // What is counted needs some room itself.
    let (_, fitted) = Escaped::joined(&lines, LINES_MAX - 20);
    let mut shown = lines[..fitted].to_vec();
    shown.push(left_out(lines.len() - fitted));
    Escaped::joined(&shown, LINES_MAX).0
}

/// A number reads the same in every language.
fn left_out(count: usize) -> Escaped {
    Escaped::line(&format!("… +{count}"), 20)
}

/// The newest stages, should there be more than columns.
fn stages(stages: &[StageLine], blocks: &mut Builder) {
    let most = STAGES_IN_A_COLUMN * COLUMNS_MAX;
    let first = if stages.len() > most { stages.len() - most + 1 } else { 0 };
    let mut lines = Vec::new();
    if first > 0 {
        lines.push(left_out(first));
    }
    lines.extend(stages[first..].iter().map(stage_line));
    let columns = lines.chunks(STAGES_IN_A_COLUMN);
    let mut columns: Vec<Escaped> =
        columns.map(|column| Escaped::joined(column, COLUMN_MAX).0).collect();
    match columns.len() {
        1 => blocks.section("stages", columns.remove(0)),
        _ => blocks.columns("stages", columns),
    }
}

fn stage_line(stage: &StageLine) -> Escaped {
    // What became of it stays, however long its name is.
    let state = Escaped::line(&stage.standing(), STAGE_MAX / 2);
    let name =
        Escaped::line(&format!("{} {}", stage.mark(), stage.name), STAGE_MAX - 1 - state.length());
    name.followed_by(&state)
}

fn action<'b>(button: &'b Button, about: &About) -> Action<'b> {
    let (id, style) = match button.press {
        Press::Approve => ("wilco.approve", Some("primary")),
        Press::Reject => ("wilco.reject", Some("danger")),
        Press::Abort => ("wilco.abort", Some("danger")),
        Press::RollBack => ("wilco.roll_back", Some("danger")),
        Press::Retry => ("wilco.retry", None),
        Press::Deploy => ("wilco.deploy", Some("primary")),
    };
    Action {
        id,
        label: &button.label,
        value: about.code(),
        style,
        question: button.confirm.as_ref().map(|confirm| (&*confirm.question, &*confirm.no)),
    }
}
