//! Cards, answers and pages as Slack's blocks, within its limits whatever they hold.

mod builder;
mod face;
mod page;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use wilco_core::card::Card;
use wilco_core::home::Home;
use wilco_core::ids::{Account, DeploymentId};
use wilco_core::notice::Locale;
use wilco_core::wording::Voice;
use wilco_core::wording::surfaces::{cut_short, reason_form};

use self::builder::{Builder, plain};
use super::text::{self, Called, Escaped};

/// By this Slack says which form somebody sent.
pub const REASON_FORM: &str = "wilco.reject";
/// The block and the field of the form in which the reason stands.
pub const REASON: &str = "reason";

/// By this Slack says that somebody picked a language.
pub const LANGUAGE: &str = "wilco.language";

/// Slack recommends this much; beyond 40,000 it cuts by itself.
const TEXT_MAX: usize = 4_000;
/// Of a long answer as many pieces are shown, each this long, and a sentence that there is more.
const PIECES_MAX: usize = 4;
const PIECE_MAX: usize = 2_900;
const CUT_SHORT_MAX: usize = 400;
const _: () = assert!(PIECES_MAX * PIECE_MAX + CUT_SHORT_MAX <= 12_000);

const FORM_TITLE_MAX: usize = 24;
const FORM_LABEL_MAX: usize = 2_000;
const FORM_METADATA_MAX: usize = 3_000;
/// A reason is cut to 300 characters where it is shown, and kept whole on record.
const REASON_MAX: u64 = 500;

/// What a message says: in words for notifications and screen readers, and in blocks for everybody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub text: String,
    pub blocks: Value,
}

/// Returns a deployment's card.
pub fn card(card: &Card) -> Content {
    face::face(card, &card.buttons)
}

/// Returns a card on which nothing can be pressed any more.
pub fn retired(card: &Card) -> Content {
    face::face(card, &[])
}

/// Returns a line of the log or an answer, in plain words.
pub fn line(text: &str, locale: Locale) -> Content {
    let pieces = text::pieces(text, PIECE_MAX);
    let is_long = pieces.len() > PIECES_MAX;
    let mut blocks = Builder::message();
    for piece in pieces.into_iter().take(PIECES_MAX) {
        blocks.section("line", piece);
    }
    if is_long {
        blocks.context("rest", Escaped::line(&cut_short(locale), CUT_SHORT_MAX));
    }
    if blocks.is_empty() {
        blocks.section("line", Escaped::default().or_dots());
    }
    Content { text: words(text), blocks: blocks.finish() }
}

/// Returns a line with these people mentioned behind it.
pub fn line_to(text: &str, locale: Locale, mentioned: &[Account]) -> Content {
    let called = Called::people(mentioned);
    let mut content = line(text, locale);
    if !called.as_str().is_empty() {
        let mut blocks = Builder::message();
        blocks.read("called", &called);
        if let (Value::Array(all), Value::Array(more)) = (&mut content.blocks, blocks.finish()) {
            all.extend(more);
        }
        content.text = called.behind(content.text);
    }
    content
}

/// Returns the form that asks why somebody rejects. The metadata comes back with the answer.
pub fn reason_modal(deployment: DeploymentId, private_metadata: &str, voice: &Voice) -> Value {
    // Cut metadata would name another message than the one that was pressed.
    let fits = private_metadata.chars().count() <= FORM_METADATA_MAX;
    let form = reason_form(deployment, voice);
    let short = |text: &str| plain(&Escaped::line(text, FORM_TITLE_MAX).or_dots());
    json!({
        "type": "modal",
        "callback_id": REASON_FORM,
        "private_metadata": if fits { private_metadata } else { "" },
        "title": short(&form.title),
        "submit": short(&form.submit),
        "close": short(&form.close),
        "blocks": [{
            "type": "input",
            "block_id": REASON,
            "optional": true,
            "label": plain(&Escaped::line(&form.label, FORM_LABEL_MAX).or_dots()),
            "element": {
                "type": "plain_text_input",
                "action_id": REASON,
                "multiline": true,
                "max_length": REASON_MAX,
            },
        }],
    })
}

/// Returns somebody's own page.
pub fn home(home: &Home, voice: &Voice) -> Value {
    json!({ "type": "home", "blocks": page::page(home, voice) })
}

fn words(text: &str) -> String {
    text::lines(text, TEXT_MAX).or_dots().as_str().to_owned()
}
