//! How somebody's own page looks in Slack.

use serde_json::Value;

use wilco_core::home::{Home, Line, Part, left_out};
use wilco_core::wording::Voice;

use super::builder::{Builder, CHARACTERS_MAX, HEADER_MAX, SECTION_MAX};
use crate::chat::slack::text::Escaped;

const GREETING_MAX: usize = 500;
const LINE_MAX: usize = 400;
const LIST_MAX: usize = 2_700;
const LEFT_OUT_MAX: usize = 150;
const PARTS: usize = 4;
const _: () =
    assert!(GREETING_MAX + PARTS * (HEADER_MAX + LIST_MAX + LEFT_OUT_MAX) <= CHARACTERS_MAX);
const _: () = assert!(LIST_MAX <= SECTION_MAX);

/// Returns the blocks of the page.
pub fn page(home: &Home, voice: &Voice) -> Value {
    let mut blocks = Builder::page();
    blocks.section("greeting", Escaped::line(&home.greeting, GREETING_MAX).or_dots());
    part("waits_for_you", &home.waits_for_you, voice, &mut blocks);
    part("running", &home.running, voice, &mut blocks);
    part("waiting_for_others", &home.waiting_for_others, voice, &mut blocks);
    part("board", &home.board, voice, &mut blocks);
    blocks.finish()
}

fn part(id: &str, part: &Part, voice: &Voice, blocks: &mut Builder) {
    blocks.header(&format!("{id}.title"), Escaped::line(&part.title, HEADER_MAX));
    let lines: Vec<Escaped> = part.lines.iter().map(line).collect();
    let (list, fitted) = Escaped::joined(&lines, LIST_MAX);
    if lines.is_empty() {
        blocks.section(id, Escaped::line(&part.none, LINE_MAX));
    } else {
        blocks.section(id, list);
    }
    let cut = u64::try_from(lines.len() - fitted).unwrap_or(u64::MAX);
    let more = part.more.saturating_add(cut);
    if more > 0 {
        blocks.context(&format!("{id}.more"), Escaped::line(&left_out(more, voice), LEFT_OUT_MAX));
    }
}

fn line(line: &Line) -> Escaped {
    match &line.detail {
        Some(detail) => Escaped::line(&format!("• {} {detail}", line.text), LINE_MAX),
        None => Escaped::line(&format!("• {}", line.text), LINE_MAX),
    }
}
