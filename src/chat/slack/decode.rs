//! What Slack sent → what occurred. Only the fields that are read have to be as they should.
//!
//! Slack's real traffic differs from its documentation in fields that say nothing to wilco, so
//! nothing here knows a whole payload.

mod callback;
mod interaction;
mod origin;
mod slash;
mod words;

use serde::Deserialize;
use serde_json::Value;

use wilco_core::card::Press;
use wilco_core::emoji::Emoji;
use wilco_core::event::Reaction;
use wilco_core::ids::{Account, MessageRef, Place, Platform};
use wilco_core::notice::Locale;

/// Who wilco is in this workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Us {
    pub team: String,
    pub bot_user: String,
    pub bot_id: Option<String>,
    /// The id of the app, where it is known.
    pub app: Option<String>,
}

/// What occurred, as Slack says it. Nothing here says whether it counts.
///
/// `id` is the same however often Slack sends one and the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// `ts` is the message that was said; a slash command is none.
    Said {
        account: Account,
        place: Place,
        words: String,
        ts: Option<String>,
        id: String,
    },
    Reacted {
        account: Account,
        message: MessageRef,
        emoji: Emoji,
        change: Reaction,
        id: String,
    },
    /// `trigger` opens a form for as long as Slack lets it.
    Pressed {
        account: Account,
        message: MessageRef,
        press: Press,
        trigger: Option<String>,
        id: String,
    },
    /// The form that asks for the reason of a rejection was sent.
    Reason {
        account: Account,
        message: MessageRef,
        reason: Option<String>,
        id: String,
    },
    HomeOpened {
        account: Account,
        id: String,
    },
    /// A language was picked on the page.
    LanguagePicked {
        account: Account,
        locale: Locale,
        id: String,
    },
    /// Nothing for wilco, and why.
    Ignored(&'static str),
}

/// Why a payload could not be read. It never holds a part of what somebody said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("cannot read what Slack sent: no JSON at line {line}, column {column}")]
    Json { line: usize, column: usize },
    #[error("cannot read what Slack sent: {0} does not have the shape that Slack documents")]
    Shape(&'static str),
    #[error("cannot read what Slack sent: {0} is missing")]
    Missing(&'static str),
    #[error("cannot read what Slack sent: {0} is not written as Slack writes it")]
    Written(&'static str),
}

/// Reads one payload as it came over the wire: bare, or in the envelope of Socket Mode.
pub fn event(raw: &str, us: &Us) -> Result<Heard, Malformed> {
    let value: Value = serde_json::from_str(raw)
        .map_err(|error| Malformed::Json { line: error.line(), column: error.column() })?;
    event_value(&value, us)
}

/// Reads one payload that is JSON already.
pub fn event_value(value: &Value, us: &Us) -> Result<Heard, Malformed> {
    let envelope = value.get("envelope_id").and_then(Value::as_str);
    let payload = match (envelope, value.get("payload")) {
        (Some(_), Some(payload)) => payload,
        (Some(_) | None, _) => value,
    };
    if payload.get("command").is_some() {
        return slash::heard(payload, envelope, us);
    }
    match payload.get("type").and_then(Value::as_str) {
        Some("event_callback") => callback::heard(payload, us),
        Some("block_actions") => interaction::pressed(payload, envelope, us),
        Some("view_submission") => interaction::submitted(payload, envelope, us),
        Some(_) => Ok(Heard::Ignored("a kind of payload that says nothing to wilco")),
        None if payload.is_object() => Ok(Heard::Ignored("a payload without a kind")),
        None => Err(Malformed::Shape("the payload")),
    }
}

/// Returns what Slack wants back to see that an address is ours, where it asks for that.
///
/// <https://docs.slack.dev/reference/events/url_verification>
pub fn challenge(payload: &Value) -> Option<&str> {
    let asks = payload.get("type").and_then(Value::as_str) == Some("url_verification");
    payload.get("challenge").and_then(Value::as_str).filter(|_| asks)
}

fn shape<'a, T: Deserialize<'a>>(value: &'a Value, what: &'static str) -> Result<T, Malformed> {
    T::deserialize(value).map_err(|_| Malformed::Shape(what))
}

/// Ids are joined and stored; what is none must not become a part of one.
fn id<'a>(text: Option<&'a str>, what: &'static str) -> Result<&'a str, Malformed> {
    let text = text.ok_or(Malformed::Missing(what))?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let fits = (1..=128).contains(&text.len());
    if fits && text.bytes().all(is_plain) { Ok(text) } else { Err(Malformed::Written(what)) }
}

fn account(us: &Us, user: &str) -> Account {
    Account { platform: Platform::Slack, workspace: us.team.clone(), user: user.to_owned() }
}

fn place(channel: &str) -> Place {
    Place::in_channel(Platform::Slack, channel)
}

fn message(channel: &str, ts: &str) -> MessageRef {
    MessageRef { place: place(channel), message: ts.to_owned() }
}

/// Returns the id of something that somebody did at one moment: a command, a press, a form.
///
/// Slack makes a trigger for each of them and puts it into the payload, where a second sending finds
/// it too, over HTTP as well as over a socket. The envelope is only the wrapping of one sending, and
/// stands in where there is no trigger.
fn moment(kind: &str, trigger: Option<&str>, envelope: Option<&str>) -> Result<String, Malformed> {
    match trigger {
        Some(trigger) => Ok(format!("{kind}/{}", id(Some(trigger), "trigger_id")?)),
        None => Ok(format!("{kind}/envelope/{}", id(envelope, "trigger_id")?)),
    }
}
