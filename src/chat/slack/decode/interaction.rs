//! Buttons that were pressed, what was picked from a list, and forms that were sent.

use serde::Deserialize;
use serde_json::Value;

use wilco_core::card::Press;
use wilco_core::ids::MessageRef;
use wilco_core::notice::Locale;

use super::super::blocks::LANGUAGE;
use super::origin::Origin;
use super::{Heard, Malformed, Us, account, id, message, moment, shape};

/// The form that asks for the reason of a rejection.
const REASON_FORM: &str = "wilco.reject";

/// What every interaction says of itself.
#[derive(Deserialize)]
struct Interaction<'a> {
    api_app_id: Option<&'a str>,
    #[serde(borrow)]
    team: Option<Team<'a>>,
    user: Option<User<'a>>,
    is_ext_shared_channel: Option<bool>,
    trigger_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Team<'a> {
    id: Option<&'a str>,
}

#[derive(Deserialize)]
struct User<'a> {
    id: Option<&'a str>,
    team_id: Option<&'a str>,
}

/// <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>
#[derive(Deserialize)]
struct Buttons<'a> {
    #[serde(borrow)]
    container: Option<Container<'a>>,
    channel: Option<Channel<'a>>,
    message: Option<Posted<'a>>,
    actions: Vec<Action<'a>>,
}

#[derive(Deserialize)]
struct Container<'a> {
    r#type: Option<&'a str>,
    channel_id: Option<&'a str>,
    message_ts: Option<&'a str>,
}

#[derive(Deserialize)]
struct Channel<'a> {
    id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Posted<'a> {
    ts: Option<&'a str>,
    bot_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Action<'a> {
    action_id: Option<&'a str>,
    selected_option: Option<Picked<'a>>,
}

#[derive(Deserialize)]
struct Picked<'a> {
    value: Option<&'a str>,
}

/// <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>
#[derive(Deserialize)]
struct View<'a> {
    callback_id: Option<&'a str>,
    // A text with JSON in it, hence with escapes that cannot be borrowed from the wire.
    private_metadata: Option<String>,
}

/// On what the form was opened; Slack keeps it with the form and nobody can change it.
#[derive(Deserialize)]
struct About {
    channel: String,
    message: String,
}

pub(super) fn pressed(
    payload: &Value,
    envelope: Option<&str>,
    us: &Us,
) -> Result<Heard, Malformed> {
    let interaction: Interaction<'_> = shape(payload, "a press")?;
    if let Some(why) = interaction.is_foreign(us) {
        return Ok(Heard::Ignored(why));
    }
    let buttons: Buttons<'_> = shape(payload, "a press")?;
    let [action] = buttons.actions.as_slice() else {
        return Ok(Heard::Ignored("not one press"));
    };
    if action.action_id == Some(LANGUAGE) {
        return picked(action, &interaction, envelope, us);
    }
    let Some(press) = action.action_id.and_then(press) else {
        return Ok(Heard::Ignored("something else than a button of a card"));
    };
    if buttons.container.as_ref().is_some_and(|container| container.r#type != Some("message")) {
        return Ok(Heard::Ignored("a button that is not on a message"));
    }
    if buttons.is_on_message_of_another(us) {
        return Ok(Heard::Ignored("a button on a message that is not of wilco"));
    }
    Ok(Heard::Pressed {
        account: account(us, interaction.user()?),
        message: buttons.message()?,
        press,
        trigger: interaction.trigger_id.map(str::to_owned),
        id: moment("press", interaction.trigger_id, envelope)?,
    })
}

/// A list on somebody's own page, which is theirs alone: whose page it is needs no look.
fn picked(
    action: &Action<'_>,
    interaction: &Interaction<'_>,
    envelope: Option<&str>,
    us: &Us,
) -> Result<Heard, Malformed> {
    let value = action.selected_option.as_ref().and_then(|option| option.value);
    let Some(locale) = value.and_then(Locale::of_code) else {
        return Ok(Heard::Ignored("a language that wilco does not offer"));
    };
    let id = moment("pick", interaction.trigger_id, envelope)?;
    Ok(Heard::LanguagePicked { account: account(us, interaction.user()?), locale, id })
}

fn press(action: &str) -> Option<Press> {
    match action {
        "wilco.approve" => Some(Press::Approve),
        "wilco.reject" => Some(Press::Reject),
        "wilco.abort" => Some(Press::Abort),
        "wilco.roll_back" => Some(Press::RollBack),
        "wilco.retry" => Some(Press::Retry),
        "wilco.deploy" => Some(Press::Deploy),
        _ => None,
    }
}

impl Interaction<'_> {
    fn is_foreign(&self, us: &Us) -> Option<&'static str> {
        let team = self.team.as_ref().and_then(|team| team.id);
        let user_team = self.user.as_ref().and_then(|user| user.team_id);
        let origin = Origin {
            app: self.api_app_id,
            teams: [team, user_team, None, None],
            is_shared: self.is_ext_shared_channel.unwrap_or_default(),
        };
        origin.is_foreign(us)
    }

    fn user(&self) -> Result<&str, Malformed> {
        id(self.user.as_ref().and_then(|user| user.id), "user.id")
    }
}

impl Buttons<'_> {
    fn is_on_message_of_another(&self, us: &Us) -> bool {
        let author = self.message.as_ref().and_then(|message| message.bot_id);
        matches!((author, &us.bot_id), (Some(author), Some(ours)) if author != ours)
    }

    fn message(&self) -> Result<MessageRef, Malformed> {
        let container = self.container.as_ref();
        let channel = container.and_then(|container| container.channel_id);
        let ts = container.and_then(|container| container.message_ts);
        let channel = channel.or_else(|| self.channel.as_ref().and_then(|channel| channel.id));
        let ts = ts.or_else(|| self.message.as_ref().and_then(|message| message.ts));
        Ok(message(id(channel, "container.channel_id")?, id(ts, "container.message_ts")?))
    }
}

pub(super) fn submitted(
    payload: &Value,
    envelope: Option<&str>,
    us: &Us,
) -> Result<Heard, Malformed> {
    let interaction: Interaction<'_> = shape(payload, "a form")?;
    if let Some(why) = interaction.is_foreign(us) {
        return Ok(Heard::Ignored(why));
    }
    let view: View<'_> = shape(payload.get("view").ok_or(Malformed::Missing("view"))?, "a form")?;
    if view.callback_id != Some(REASON_FORM) {
        return Ok(Heard::Ignored("another form"));
    }
    let about = view.private_metadata.as_deref().ok_or(Malformed::Missing("private_metadata"))?;
    let about: About =
        serde_json::from_str(about).map_err(|_| Malformed::Shape("private_metadata"))?;
    let channel = id(Some(&about.channel), "private_metadata.channel")?;
    let ts = id(Some(&about.message), "private_metadata.message")?;
    Ok(Heard::Reason {
        account: account(us, interaction.user()?),
        message: message(channel, ts),
        reason: reason(payload)?,
        id: moment("reason", interaction.trigger_id, envelope)?,
    })
}

/// Returns what was written into the form; Slack says `null` for a field that was left empty.
fn reason(payload: &Value) -> Result<Option<String>, Malformed> {
    match payload.pointer("/view/state/values/reason/reason/value") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        Some(_) => Err(Malformed::Shape("the reason")),
    }
}
