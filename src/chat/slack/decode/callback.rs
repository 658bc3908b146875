//! Events: something was said, a reaction came or went, somebody opened their page.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use wilco_core::event::Reaction;

use super::origin::Origin;
use super::words::words;
use super::{Heard, Malformed, Us, account, id, message, place, shape};
use crate::chat::slack::emoji;

/// Slackbot passes reminders on in its own name, and Slack does not call it a bot.
const SLACKBOT: &str = "USLACKBOT";

/// <https://docs.slack.dev/apis/events-api#event-type-structure>
#[derive(Deserialize)]
struct Callback<'a> {
    team_id: Option<&'a str>,
    api_app_id: Option<&'a str>,
    event_id: Option<&'a str>,
    is_ext_shared_channel: Option<bool>,
}

/// `app_mention` and `message`.
#[derive(Deserialize)]
struct Said<'a> {
    subtype: Option<&'a str>,
    user: Option<&'a str>,
    team: Option<&'a str>,
    user_team: Option<&'a str>,
    source_team: Option<&'a str>,
    channel: Option<&'a str>,
    channel_type: Option<&'a str>,
    text: Option<&'a str>,
    ts: Option<&'a str>,
    edited: Option<IgnoredAny>,
    bot_id: Option<IgnoredAny>,
    bot_profile: Option<IgnoredAny>,
    app_id: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Reacted<'a> {
    user: Option<&'a str>,
    team: Option<&'a str>,
    user_team: Option<&'a str>,
    source_team: Option<&'a str>,
    reaction: Option<&'a str>,
    item: Option<Item<'a>>,
    /// Who wrote the message; Slack leaves it out for some messages.
    item_user: Option<&'a str>,
}

#[derive(Deserialize)]
struct Item<'a> {
    r#type: Option<&'a str>,
    channel: Option<&'a str>,
    ts: Option<&'a str>,
}

#[derive(Deserialize)]
struct Opened<'a> {
    user: Option<&'a str>,
    tab: Option<&'a str>,
}

pub(super) fn heard(payload: &Value, us: &Us) -> Result<Heard, Malformed> {
    let callback: Callback<'_> = shape(payload, "the event")?;
    let event = payload.get("event").ok_or(Malformed::Missing("event"))?;
    // The kind comes first: fields of the same name hold other things in other events.
    match event.get("type").and_then(Value::as_str) {
        Some("app_mention") => said(&callback, &shape(event, "a mention")?, us),
        Some("message") => {
            let message: Said<'_> = shape(event, "a message")?;
            if message.channel_type != Some("im") {
                return Ok(Heard::Ignored("a message that is not said to wilco"));
            }
            said(&callback, &message, us)
        }
        Some("reaction_added") => {
            reacted(&callback, &shape(event, "a reaction")?, Reaction::Added, us)
        }
        Some("reaction_removed") => {
            reacted(&callback, &shape(event, "a reaction")?, Reaction::Removed, us)
        }
        Some("app_home_opened") => opened(&callback, &shape(event, "an opened page")?, us),
        Some(_) => Ok(Heard::Ignored("an event that says nothing to wilco")),
        None => Err(Malformed::Missing("the type of the event")),
    }
}

impl<'a> Callback<'a> {
    fn origin(&self, teams: [Option<&'a str>; 3]) -> Origin<'a> {
        let [team, user_team, source_team] = teams;
        Origin {
            app: self.api_app_id,
            teams: [self.team_id, team, user_team, source_team],
            is_shared: self.is_ext_shared_channel.unwrap_or_default(),
        }
    }

    /// Two events of the same content are two: somebody may take a reaction back and add it again.
    /// Sent again, an event keeps its id.
    fn delivery(&self) -> Result<String, Malformed> {
        Ok(format!("event/{}", id(self.event_id, "event_id")?))
    }
}

fn said(callback: &Callback<'_>, said: &Said<'_>, us: &Us) -> Result<Heard, Malformed> {
    let origin = callback.origin([said.team, said.user_team, said.source_team]);
    if let Some(why) = no_words(said, us).or_else(|| origin.is_foreign(us)) {
        return Ok(Heard::Ignored(why));
    }
    let user = id(said.user, "user")?;
    let channel = id(said.channel, "channel")?;
    let ts = id(said.ts, "ts")?;
    Ok(Heard::Said {
        account: account(us, user),
        place: place(channel),
        words: words(said.text.unwrap_or_default(), &us.bot_user),
        ts: Some(ts.to_owned()),
        // One message may arrive as several events: as a mention and as a message, and once more
        // under a new event id when it was edited. What it said first is what counts.
        id: format!("said/{}/{channel}/{ts}", us.team),
    })
}

/// Returns why a message is not something that a person says now, if it is not.
fn no_words(said: &Said<'_>, us: &Us) -> Option<&'static str> {
    match said.subtype {
        Some("message_changed") => return Some("a message that was edited"),
        Some("message_deleted") => return Some("a message that was deleted"),
        Some("bot_message") => return Some("said by a bot"),
        Some(_) => return Some("a message that Slack made, or with something attached"),
        None => {}
    }
    if said.edited.is_some() {
        return Some("a message that was edited");
    }
    if said.user == Some(us.bot_user.as_str()) {
        return Some("said by wilco");
    }
    // `app_id` marks what an app said in the name of a person who never said it.
    let is_bot = said.bot_id.is_some() || said.bot_profile.is_some() || said.app_id.is_some();
    (is_bot || said.user == Some(SLACKBOT)).then_some("said by a bot")
}

fn reacted(
    callback: &Callback<'_>,
    reacted: &Reacted<'_>,
    change: Reaction,
    us: &Us,
) -> Result<Heard, Malformed> {
    let origin = callback.origin([reacted.team, reacted.user_team, reacted.source_team]);
    if let Some(why) = no_vote(reacted, us).or_else(|| origin.is_foreign(us)) {
        return Ok(Heard::Ignored(why));
    }
    let item = reacted.item.as_ref().ok_or(Malformed::Missing("item"))?;
    Ok(Heard::Reacted {
        account: account(us, id(reacted.user, "user")?),
        message: message(id(item.channel, "item.channel")?, id(item.ts, "item.ts")?),
        emoji: emoji::emoji(reacted.reaction.ok_or(Malformed::Missing("reaction"))?),
        change,
        id: callback.delivery()?,
    })
}

/// Returns why a reaction cannot be a vote on a card, if it cannot.
fn no_vote(reacted: &Reacted<'_>, us: &Us) -> Option<&'static str> {
    if reacted.user == Some(us.bot_user.as_str()) {
        return Some("a reaction of wilco");
    }
    if reacted.item.as_ref().is_some_and(|item| item.r#type != Some("message")) {
        return Some("a reaction to something that is no message");
    }
    let is_others = reacted.item_user.is_some_and(|author| author != us.bot_user);
    is_others.then_some("a reaction to a message that is not of wilco")
}

fn opened(callback: &Callback<'_>, opened: &Opened<'_>, us: &Us) -> Result<Heard, Malformed> {
    if opened.tab.is_some_and(|tab| tab != "home") {
        return Ok(Heard::Ignored("another tab than the page"));
    }
    if let Some(why) = callback.origin([None; 3]).is_foreign(us) {
        return Ok(Heard::Ignored(why));
    }
    let account = account(us, id(opened.user, "user")?);
    Ok(Heard::HomeOpened { account, id: callback.delivery()? })
}
