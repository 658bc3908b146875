//! Slash commands.

use serde::Deserialize;
use serde_json::Value;

use super::origin::Origin;
use super::words::words;
use super::{Heard, Malformed, Us, account, id, moment, place, shape};

/// <https://docs.slack.dev/interactivity/implementing-slash-commands>
#[derive(Deserialize)]
struct Slash<'a> {
    api_app_id: Option<&'a str>,
    team_id: Option<&'a str>,
    channel_id: Option<&'a str>,
    user_id: Option<&'a str>,
    text: Option<&'a str>,
    trigger_id: Option<&'a str>,
}

pub(super) fn heard(payload: &Value, envelope: Option<&str>, us: &Us) -> Result<Heard, Malformed> {
    let slash: Slash<'_> = shape(payload, "a slash command")?;
    let origin = Origin {
        app: slash.api_app_id,
        teams: [slash.team_id, None, None, None],
        is_shared: false,
    };
    if let Some(why) = origin.is_foreign(us) {
        return Ok(Heard::Ignored(why));
    }
    Ok(Heard::Said {
        account: account(us, id(slash.user_id, "user_id")?),
        place: place(id(slash.channel_id, "channel_id")?),
        words: words(slash.text.unwrap_or_default(), &us.bot_user),
        ts: None,
        id: moment("slash", slash.trigger_id, envelope)?,
    })
}
