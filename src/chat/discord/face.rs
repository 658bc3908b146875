//! Cards and answers as Discord's messages, within its limits whatever they hold.
//!
//! <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use serenity::model::id::{ChannelId, MessageId, UserId};

use wilco_core::card::{Button, Card, Press, StageLine, Tone};
use wilco_core::ids::{Account, DeploymentId};
use wilco_core::notice::Locale;
use wilco_core::wording::Voice;
use wilco_core::wording::surfaces::{cut_short, reason_form};

use super::mark;
use super::text::{Escaped, Fit, as_read, pieces, shortened, unmarked};

pub(super) const CONTENT_MAX: usize = 2_000;
/// What is said has room for its mark.
const WORDS_MAX: usize = CONTENT_MAX - mark::LENGTH;
const EMBED_MAX: usize = 6_000;
const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 4_096;
const LABEL_MAX: usize = 80;
const CUSTOM_ID_MAX: usize = 100;

const SENTENCE_MAX: usize = WORDS_MAX - CALLED_MAX;
/// As many people are mentioned at once, each by `<@`, an id and `> `.
const CALLED: usize = 10;
const CALLED_MAX: usize = CALLED * NAME_MAX;
const LINES_MAX: usize = 2_400;
const LINE_MAX: usize = 600;
const BAR_MAX: usize = 60;
const STAGES_MAX: usize = 1_500;
const STAGE_MAX: usize = 80;
const FOOTER_MAX: usize = 300;
/// Even the fullest card keeps its footer.
const _: () = assert!(LINES_MAX + BAR_MAX + STAGES_MAX + 4 <= DESCRIPTION_MAX);
const _: () = assert!(TITLE_MAX + DESCRIPTION_MAX + FOOTER_MAX <= EMBED_MAX);

/// `<@` with an id and `> `, which may have to stand before an answer.
const NAME_MAX: usize = 24;
/// A long answer goes on in embeds, which take more.
const ROOMS: [usize; 3] = [WORDS_MAX - NAME_MAX, 2_700, 2_700];
const CUT_SHORT_MAX: usize = 400;
const _: () = assert!(ROOMS[1] + ROOMS[2] + CUT_SHORT_MAX <= EMBED_MAX);

/// By this Discord says which form somebody sent; what it is about follows it.
pub const REASON_FORM: &str = "wilco.reject.reason";
pub const REASON: &str = "reason";
const FORM_TITLE_MAX: usize = 45;
const FORM_LABEL_MAX: usize = 45;
const FORM_HINT_MAX: usize = 100;
/// A reason is cut to 300 characters where it is shown, and kept whole on record.
const REASON_MAX: u64 = 500;

/// Returns a deployment's card. Its key stands behind every button.
pub fn card(card: &Card, key: &str) -> Value {
    face(card, &row(&card.buttons, key))
}

/// Returns a card on which nothing can be pressed any more.
pub fn retired(card: &Card) -> Value {
    face(card, &json!([]))
}

fn face(card: &Card, rows: &Value) -> Value {
    let title = format!("{} {} · {}", card.tone.sign(), card.headline, card.state);
    let mut embed = json!({
        "title": Escaped::line(&title, TITLE_MAX).or_dots().as_str(),
        "color": colour(card.tone),
    });
    if !Escaped::line(&card.footer, FOOTER_MAX).is_blank() {
        embed["footer"] = json!({ "text": unmarked(&card.footer, FOOTER_MAX) });
    }
    let description = description(card);
    if !description.is_empty() {
        embed["description"] = description.into();
    }
    if let Some(url) = &card.url {
        embed["url"] = url.as_str().into();
    }
    let message = json!({
        "content": Escaped::line(&card.sentence, SENTENCE_MAX).or_dots().as_str(),
        "embeds": [embed],
        "components": rows,
    });
    calling(&card.mentioned, message)
}

/// Returns the message with these people mentioned behind its words, whom it wakes and nobody else.
pub fn calling(accounts: &[Account], mut message: Value) -> Value {
    let id = |account: &Account| account.user.parse::<u64>().ok().filter(|id| *id > 0);
    let users: Vec<String> =
        accounts.iter().filter_map(id).take(CALLED).map(|id| id.to_string()).collect();
    if users.is_empty() {
        return message;
    }
    let content = message["content"].as_str().unwrap_or_default();
    let called: Vec<String> = users.iter().map(|user| format!("<@{user}>")).collect();
    let called = called.join(" ");
    let content = shortened(content, WORDS_MAX - called.len() - 1);
    message["content"] = format!("{content} {called}").into();
    message["allowed_mentions"] = json!({ "parse": [], "users": users });
    message
}

fn description(card: &Card) -> String {
    let lines: Vec<Escaped> = card.lines.iter().map(|line| card_line(line)).collect();
    let bar = card.bar().map(|bar| Escaped::line(&bar, BAR_MAX));
    let parts = [first_of(&lines, LINES_MAX), bar.unwrap_or_default(), stages(&card.stages)];
    let parts: Vec<&str> =
        parts.iter().filter(|part| !part.is_blank()).map(Escaped::as_str).collect();
    parts.join("\n")
}

/// A line that is set in belongs to the one above it, which spaces at its beginning would not show.
fn card_line(line: &str) -> Escaped {
    match line.strip_prefix("  ") {
        Some(inner) => Escaped::line(&format!("• {inner}"), LINE_MAX),
        None => Escaped::line(line, LINE_MAX),
    }
}

/// Returns as many lines as there is room for, and how many more there are.
fn first_of(lines: &[Escaped], most: usize) -> Escaped {
    let (all, fitted) = Escaped::joined(lines, most);
    if fitted == lines.len() {
        return all;
    }
    // What is counted needs some room itself.
    let (_, fitted) = Escaped::joined(lines, most - 20);
    let mut shown = lines[..fitted].to_vec();
    shown.push(left_out(lines.len() - fitted));
    Escaped::joined(&shown, most).0
}

/// A number reads the same in every language.
fn left_out(count: usize) -> Escaped {
    Escaped::line(&format!("… +{count}"), 20)
}

/// The newest stages, should there be more than fit.
fn stages(stages: &[StageLine]) -> Escaped {
    let most = STAGES_MAX / (STAGE_MAX + 1);
    let first = if stages.len() > most { stages.len() - most + 1 } else { 0 };
    let mut lines = Vec::new();
    if first > 0 {
        lines.push(left_out(first));
    }
    lines.extend(stages[first..].iter().map(stage_line));
    Escaped::joined(&lines, STAGES_MAX).0
}

fn stage_line(stage: &StageLine) -> Escaped {
    // What became of it stays, however long its name is.
    let state = stage.standing();
    let room = STAGE_MAX.saturating_sub(Escaped::line(&state, STAGE_MAX / 2).length() + 3);
    let name = wilco_core::text::inert(&stage.name, room / 2);
    Escaped::line(&format!("{} {name} {state}", stage.mark()), STAGE_MAX)
}

fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Waiting => 0x00f0_b232,
        Tone::Working => 0x0058_65f2,
        Tone::Good => 0x0023_a55a,
        Tone::Bad => 0x00f2_3f43,
        Tone::Quiet => 0x0080_848e,
    }
}

/// Styles of buttons. <https://discord.com/developers/docs/components/reference#button-button-styles>
const GREY: u8 = 2;
const GREEN: u8 = 3;
const RED: u8 = 4;

/// So many buttons stand in a row.
/// <https://discord.com/developers/docs/components/reference#action-row>
const ROW_MAX: usize = 5;

/// Of two buttons that do the same the first; so two rows hold all there can be.
fn row(buttons: &[Button], key: &str) -> Value {
    let mut known = BTreeSet::new();
    let mut shown = Vec::new();
    for button in buttons {
        let style = match button.press {
            Press::Approve | Press::Deploy => GREEN,
            Press::Reject | Press::Abort | Press::RollBack => RED,
            Press::Retry => GREY,
        };
        let step = if button.confirm.is_some() { Step::Ask } else { Step::Do };
        if let Some(id) = custom_id(button.press, step, key)
            && known.insert(word(button.press))
        {
            shown.push(labelled(&id, &button.label, style));
        }
    }
    rows_of(&shown)
}

fn labelled(custom_id: &str, label: &str, style: u8) -> Value {
    json!({
        "type": 2, "style": style, "label": unmarked(label, LABEL_MAX), "custom_id": custom_id,
    })
}

fn rows_of(buttons: &[Value]) -> Value {
    let row = |buttons: &[Value]| json!({ "type": 1, "components": buttons });
    buttons.chunks(ROW_MAX).map(row).collect()
}

/// Whether a press counts at once, or is asked about first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Ask,
    Do,
}

/// Returns by what a button is known: what it does, and what it is about; `None` where Discord takes no
/// name so long. One that was cut would be about something else.
pub fn custom_id(press: Press, step: Step, about: &str) -> Option<String> {
    let step = match step {
        Step::Ask => "?",
        Step::Do => "",
    };
    let id = format!("wilco.{}{step}/{about}", word(press));
    // No character takes more of what Discord counts than of bytes.
    (id.len() <= CUSTOM_ID_MAX).then_some(id)
}

/// Reads by what a button is known; `None` for one that is not a card's.
pub fn pressed(custom_id: &str) -> Option<(Press, Step, &str)> {
    let (what, about) = custom_id.strip_prefix("wilco.")?.split_once('/')?;
    let (what, step) = match what.strip_suffix('?') {
        Some(what) => (what, Step::Ask),
        None => (what, Step::Do),
    };
    let press = PRESSES.into_iter().find(|press| word(*press) == what)?;
    Some((press, step, about))
}

/// Tells whether votes are wanted on a message with such buttons.
pub fn wants_votes(components: &Value) -> bool {
    let rows = components.as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let is_approve = |id: &str| matches!(pressed(id), Some((Press::Approve, _, _)));
    buttons.any(|button| button["custom_id"].as_str().is_some_and(is_approve))
}

/// Everything that a button does.
const PRESSES: [Press; 6] =
    [Press::Approve, Press::Reject, Press::Abort, Press::RollBack, Press::Retry, Press::Deploy];

fn word(press: Press) -> &'static str {
    match press {
        Press::Approve => "approve",
        Press::Reject => "reject",
        Press::Abort => "abort",
        Press::RollBack => "roll_back",
        Press::Retry => "retry",
        Press::Deploy => "deploy",
    }
}

/// By this Discord says that somebody changed their mind.
pub const LEAVE: &str = "wilco.leave";

/// Returns the question before a press counts, with the two answers, and the heading of the card that it
/// is about, as it stands there.
pub fn question(question: &str, heading: Option<&str>, yes: (&str, &str), no: &str) -> Value {
    let (id, label) = yes;
    let buttons = [labelled(id, label, RED), labelled(LEAVE, no, GREY)];
    let mut message = line(question);
    if let Some(heading) = heading {
        let heading = Escaped::line(&as_read(heading), TITLE_MAX).or_dots();
        message["embeds"] = json!([{ "title": heading.as_str() }]);
    }
    message["components"] = rows_of(&buttons);
    message
}

/// Returns the form that asks why somebody rejects. Which card it is about comes back with the answer.
pub fn reason_modal(
    deployment: DeploymentId,
    (channel, message): (ChannelId, MessageId),
    voice: &Voice,
) -> Value {
    let form = reason_form(deployment, voice);
    json!({
        "custom_id": format!("{REASON_FORM}/{channel}/{message}"),
        "title": unmarked(&form.title, FORM_TITLE_MAX),
        "components": [{ "type": 1, "components": [{
            "type": 4,
            "custom_id": REASON,
            "style": 2,
            "label": unmarked(&form.question, FORM_LABEL_MAX),
            "placeholder": unmarked(&form.hint, FORM_HINT_MAX),
            "required": false,
            "max_length": REASON_MAX,
        }] }],
    })
}

/// Returns the message with somebody's name before it, so that they are waked by it and nobody else is.
pub fn naming(user: UserId, mut message: Value) -> Value {
    let content = message["content"].as_str().unwrap_or_default();
    let begin = format!("<@{user}> ");
    let content = shortened(content, WORDS_MAX - begin.len());
    message["content"] = format!("{begin}{content}").into();
    message["allowed_mentions"] = json!({ "parse": [], "users": [user.to_string()] });
    message
}

fn line(text: &str) -> Value {
    json!({ "content": Escaped::line(text, CONTENT_MAX).or_dots().as_str(), "embeds": [] })
}

/// Returns a line of the log or an answer, in plain words.
pub fn words(text: &str, locale: Locale) -> Value {
    let (pieces, fit) = pieces(text, &ROOMS);
    let mut pieces = pieces.into_iter();
    let content = pieces.next().unwrap_or_default().or_dots();
    let mut embeds: Vec<Value> =
        pieces.map(|piece| json!({ "description": piece.as_str() })).collect();
    if fit == Fit::Cut {
        let rest = Escaped::line(&cut_short(locale), CUT_SHORT_MAX);
        embeds.push(json!({ "description": rest.as_str() }));
    }
    json!({ "content": content.as_str(), "embeds": embeds })
}
