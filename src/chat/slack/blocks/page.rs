//! How somebody's own page looks in Slack.

use serde_json::Value;

use wilco_core::home::{Choice, Home, Line, Part, left_out};
use wilco_core::notice::Locale;
use wilco_core::wording::Voice;

use super::LANGUAGE;
use super::builder::{Builder, CHARACTERS_MAX, HEADER_MAX, OPTION_MAX, SECTION_MAX, Select};
use crate::chat::slack::text::Escaped;

const GREETING_MAX: usize = 500;
const LINE_MAX: usize = 400;
const LIST_MAX: usize = 2_600;
const LEFT_OUT_MAX: usize = 150;
const ANSWER_MAX: usize = 500;
const TITLE_MAX: usize = 150;
const LANGUAGES_MAX: usize = 2;
const PARTS: usize = 4;
const _: () = assert!(
    GREETING_MAX
        + ANSWER_MAX
        + TITLE_MAX
        + LANGUAGES_MAX * OPTION_MAX
        + PARTS * (HEADER_MAX + LIST_MAX + LEFT_OUT_MAX)
        <= CHARACTERS_MAX
);
const _: () = assert!(Locale::ALL.len() <= LANGUAGES_MAX);
const _: () = assert!(LIST_MAX <= SECTION_MAX);

/// Returns the blocks of the page.
pub fn page(home: &Home, voice: &Voice) -> Value {
    let mut blocks = Builder::page();
    blocks.section("greeting", Escaped::line(&home.greeting, GREETING_MAX).or_dots());
    if let Some(answer) = &home.answer {
        blocks.section("answer", Escaped::line(answer, ANSWER_MAX).or_dots());
    }
    if let Some(choice) = &home.language {
        language(choice, home.locale, &mut blocks);
    }
    part("waits_for_you", &home.waits_for_you, voice, &mut blocks);
    part("running", &home.running, voice, &mut blocks);
    part("waiting_for_others", &home.waiting_for_others, voice, &mut blocks);
    part("board", &home.board, voice, &mut blocks);
    blocks.finish()
}

/// Slack keeps what somebody picked in a block of the same name, whatever is published anew as picked. So the
/// block is named after what is picked, and the page shows what is on record.
fn language(choice: &Choice, present: Locale, blocks: &mut Builder) {
    let options = choice.options.iter().take(LANGUAGES_MAX);
    let options = options.map(|(locale, name)| (locale.code(), name.as_str())).collect();
    let present = present.code();
    let select = Select { id: LANGUAGE, options, present };
    blocks.select(
        &format!("language.{present}"),
        Escaped::line(&choice.title, TITLE_MAX).or_dots(),
        &select,
    );
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
