//! What wilco shows and says in Slack.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;
use wilco_core::card::{Button, Card, Press};
use wilco_core::emoji::Emoji;
use wilco_core::home::Home;
use wilco_core::ids::{Account, MessageRef, Place, Platform};
use wilco_core::person::{Speaker, Standing};
use wilco_core::wording::Voice;

use super::api::ApiError;
use super::blocks::{self, Content};
use super::pace::{Paced, WAIT};
use super::{SEEDED_MAX, Shared, Slack, emoji};
use crate::chat::{Chat, ChatError, LogLine, ReasonForm, Said, ShownCard, Told};

/// The kind of metadata by which wilco finds its own messages again.
const METADATA: &str = "wilco_message";

/// As many messages are looked through at once for one that may have been posted.
const LOOK_THROUGH: &str = "200";

/// A thread is told from its beginning, so as many pages lead to the newest line of a long one.
const PAGES_MAX: u32 = 20;

/// A sign below a card is no more than a help, so no card waits longer for one.
const SIGN_WAITS_AT_MOST: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Posted {
    ts: String,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    messages: Vec<Found>,
    response_metadata: Option<Onward>,
}

#[derive(Deserialize)]
struct Onward {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    ts: String,
    user: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    event_type: String,
    #[serde(default)]
    event_payload: Value,
}

#[derive(Deserialize)]
struct Reactions {
    message: Option<Reacted>,
}

#[derive(Deserialize)]
struct Reacted {
    #[serde(default)]
    reactions: Vec<Sign>,
}

#[derive(Deserialize)]
struct Sign {
    name: String,
    #[serde(default)]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct Done {}

impl Slack {
    async fn post(
        &self,
        channel: &str,
        content: &Content,
        (thread, key): (Option<&MessageRef>, &str),
    ) -> Result<String, ApiError> {
        let mut arguments = json!({
            "channel": channel,
            "text": content.text,
            "blocks": content.blocks,
            "unfurl_links": false,
            "unfurl_media": false,
            "metadata": { "event_type": METADATA, "event_payload": { "key": key } },
        });
        if let Some(thread) = thread {
            arguments["thread_ts"] = json!(thread.message);
        }
        let posted: Posted = self.paced(Paced::Post(channel), &arguments).await?;
        Ok(posted.ts)
    }

    async fn update(&self, message: &MessageRef, content: &Content) -> Result<(), ApiError> {
        let arguments = json!({
            "channel": message.place.channel,
            "ts": message.message,
            "text": content.text,
            "blocks": content.blocks,
        });
        self.paced::<Done>(Paced::Update, &arguments).await.map(drop)
    }

    /// Leaves what is gone, or cannot be changed any more, as it is.
    async fn update_if_there(
        &self,
        message: &MessageRef,
        content: &Content,
    ) -> Result<(), ChatError> {
        match self.update(message, content).await {
            Err(error) if error.is_gone() => Ok(()),
            result => Ok(result?),
        }
    }

    /// Looks for a message of our own that has this key, in a channel or below a message there.
    async fn find(
        &self,
        (place, below): (&Place, Option<&MessageRef>),
        key: &str,
    ) -> Result<Option<String>, ApiError> {
        let Some(below) = below else { return self.find_in_channel(place, key).await };
        let ts = ("ts", Some(below.message.as_str()));
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = [ts, ("cursor", cursor.as_deref())];
            let history = match self.look("conversations.replies", place, &page).await {
                // What belonged below a card that is gone was said in the channel.
                Err(error) if error.is_gone() => return self.find_in_channel(place, key).await,
                history => history?,
            };
            if let Some(found) = self.own(&history, key) {
                return Ok(Some(found));
            }
            cursor = history.response_metadata.and_then(|onward| onward.next_cursor);
            if cursor.as_ref().is_none_or(String::is_empty) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Looks among the newest messages of a channel.
    async fn find_in_channel(&self, place: &Place, key: &str) -> Result<Option<String>, ApiError> {
        let history = self.look("conversations.history", place, &[]).await?;
        Ok(self.own(&history, key))
    }

    async fn look(
        &self,
        method: &'static str,
        place: &Place,
        more: &[(&str, Option<&str>)],
    ) -> Result<History, ApiError> {
        let channel = ("channel", Some(place.channel.as_str()));
        let common =
            [channel, ("limit", Some(LOOK_THROUGH)), ("include_all_metadata", Some("true"))];
        self.shared.api.get(method, &[&common, more].concat()).await
    }

    /// Other apps can write the same metadata, so the author must be wilco.
    fn own(&self, history: &History, key: &str) -> Option<String> {
        let is_own = |found: &&Found| {
            found.user.as_ref() == Some(&self.shared.us.bot_user)
                && found.metadata.as_ref().is_some_and(|metadata| {
                    metadata.event_type == METADATA && metadata.event_payload["key"] == key
                })
        };
        history.messages.iter().find(is_own).map(|found| found.ts.clone())
    }

    /// Puts ✅ and ❌ below a card on which votes are wanted. They are a help, so a failure is only logged.
    async fn seed(&self, message: &MessageRef, buttons: &[Button]) {
        if !buttons.iter().any(|button| button.press == Press::Approve) || !self.is_new(message) {
            return;
        }
        for name in ["white_check_mark", "x"] {
            if let Err(error) = self.sign(message, name).await {
                warn!(%error, "a card has no {name} to click on until it changes");
                self.seeded().remove(message);
            }
        }
    }

    /// Puts one sign below a card, once more where Slack asks for a moment only.
    async fn sign(&self, message: &MessageRef, name: &str) -> Result<(), ApiError> {
        let arguments = json!({
            "channel": message.place.channel, "timestamp": message.message, "name": name,
        });
        let put = || self.shared.api.post::<Done>("reactions.add", &arguments);
        let mut tried = put().await;
        if let Err(ApiError::TooFast { retry_after, .. }) = &tried {
            let wait = retry_after.unwrap_or(WAIT);
            if wait <= SIGN_WAITS_AT_MOST {
                tokio::time::sleep(wait).await;
                tried = put().await;
            }
        }
        match tried {
            Err(error) if error.is("already_reacted") => Ok(()),
            tried => tried.map(drop),
        }
    }

    /// The same id in another workspace is somebody else.
    fn ours(&self, accounts: &[Account]) -> Vec<Account> {
        let team = &self.shared.us.team;
        accounts.iter().filter(|account| account.workspace == *team).cloned().collect()
    }

    fn calling_ours(&self, card: &Card) -> Card {
        Card { mentioned: self.ours(&card.mentioned), ..card.clone() }
    }

    fn is_new(&self, message: &MessageRef) -> bool {
        let mut seeded = self.seeded();
        if seeded.len() >= SEEDED_MAX {
            seeded.clear();
        }
        seeded.insert(message.clone())
    }

    fn seeded(&self) -> MutexGuard<'_, HashSet<MessageRef>> {
        self.shared.seeded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chat for Slack {
    async fn show_card(&self, shown: &ShownCard<'_>) -> Result<MessageRef, ChatError> {
        let content = blocks::card(&self.calling_ours(shown.card));
        if let Some(message) = shown.shown {
            match self.update(message, &content).await {
                Ok(()) => {
                    self.seed(message, &shown.card.buttons).await;
                    return Ok(message.clone());
                }
                Err(error) if error.is_gone() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if shown.maybe_done {
            let found = self.find((shown.place, None), shown.key).await?;
            let found = found.map(|message| MessageRef { place: shown.place.clone(), message });
            // One that cannot be changed any more may still be there.
            if let Some(message) = found.filter(|found| Some(found) != shown.shown) {
                self.update(&message, &content).await?;
                self.seed(&message, &shown.card.buttons).await;
                return Ok(message);
            }
        }
        let ts = self.post(&shown.place.channel, &content, (None, shown.key)).await?;
        let message = MessageRef { place: shown.place.clone(), message: ts };
        self.seed(&message, &shown.card.buttons).await;
        Ok(message)
    }

    async fn redraw_card(
        &self,
        message: &MessageRef,
        card: &Card,
        _key: &str,
    ) -> Result<(), ChatError> {
        self.update_if_there(message, &blocks::card(&self.calling_ours(card))).await
    }

    async fn retire_card(&self, message: &MessageRef, card: &Card) -> Result<(), ChatError> {
        self.update_if_there(message, &blocks::retired(card)).await
    }

    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError> {
        let content = blocks::line_to(line.text, line.locale, &self.ours(line.mentioned));
        let posted = match self.post(&line.place.channel, &content, (line.card, line.key)).await {
            // Somebody deleted the card: what happened is told all the same.
            Err(error) if line.card.is_some() && error.is_gone() => {
                self.post(&line.place.channel, &content, (None, line.key)).await
            }
            posted => posted,
        };
        Ok(posted.map(drop)?)
    }

    async fn tell(&self, told: &Told<'_>) -> Result<(), ChatError> {
        let Told { place, to, text, locale, key } = *told;
        let content = blocks::line(text, locale);
        // Nobody else reads a direct message, and there is nobody to hide it from.
        let told = if place.channel.starts_with('D') {
            self.post(&place.channel, &content, (None, key)).await.map(drop)
        } else {
            let arguments = json!({
                "channel": place.channel,
                "user": to.user,
                "text": content.text,
                "blocks": content.blocks,
            });
            let call = Paced::PostEphemeral(&place.channel);
            self.paced::<Done>(call, &arguments).await.map(drop)
        };
        match told {
            // `/wilco` can be said anywhere, also where wilco is not.
            Err(error) if error.is_not_there() => {
                Ok(self.post(&to.user, &content, (None, key)).await.map(drop)?)
            }
            told => Ok(told?),
        }
    }

    async fn was_said(&self, said: &Said<'_>) -> Result<bool, ChatError> {
        match self.find((said.place, said.below), said.key).await {
            Ok(found) => Ok(found.is_some()),
            // Where wilco may not look, it is said twice rather than never.
            Err(ApiError::Refused { .. } | ApiError::MissingScope { .. }) => Ok(false),
            Err(
                error @ (ApiError::NoToken { .. }
                | ApiError::TooFast { .. }
                | ApiError::Unknown { .. }),
            ) => Err(error.into()),
        }
    }

    async fn reactions(
        &self,
        message: &MessageRef,
    ) -> Result<Option<Vec<(Speaker, Emoji)>>, ChatError> {
        let arguments = [
            ("channel", Some(message.place.channel.as_str())),
            ("timestamp", Some(message.message.as_str())),
            ("full", Some("true")),
        ];
        let reactions: Reactions = match self.shared.api.get("reactions.get", &arguments).await {
            Ok(reactions) => reactions,
            Err(error) if error.is_gone() => return Ok(None),
            Err(error) => return Err(error.unread()),
        };
        let mut seen = Vec::new();
        for sign in reactions.message.map(|message| message.reactions).unwrap_or_default() {
            let emoji = emoji::emoji(&sign.name);
            if emoji.verdict().is_none() {
                continue;
            }
            for user in sign.users {
                let workspace = self.shared.us.team.clone();
                let account = Account { platform: Platform::Slack, workspace, user };
                let Shared { users, api, us, .. } = &*self.shared;
                let standing = match users.look_up(api, us, &account.user).await {
                    Ok(standing) => standing,
                    Err(error @ ApiError::TooFast { .. }) => return Err(error.into()),
                    // Who cannot be looked up now is left for the next time.
                    Err(_) => Standing::Unverified,
                };
                seen.push((Speaker { account, standing }, emoji.clone()));
            }
        }
        Ok(Some(seen))
    }

    async fn standing(&self, account: &Account) -> Result<Standing, ChatError> {
        let shared = &self.shared;
        if account.workspace != shared.us.team {
            return Ok(Standing::Stranger);
        }
        shared
            .users
            .standing(&shared.api, &shared.us, &account.user)
            .await
            .map_err(ApiError::unread)
    }

    async fn ask_reason(&self, form: &ReasonForm<'_>) -> Result<(), ChatError> {
        let message = json!({
            "channel": form.message.place.channel, "message": form.message.message,
        });
        let view = blocks::reason_modal(form.deployment, &message.to_string(), form.voice);
        let arguments = json!({ "trigger_id": form.trigger, "view": view });
        self.shared.api.post::<Done>("views.open", &arguments).await?;
        Ok(())
    }

    async fn show_home(&self, to: &Account, home: &Home, voice: &Voice) -> Result<(), ChatError> {
        let arguments = json!({ "user_id": to.user, "view": blocks::home(home, voice) });
        self.shared.api.post::<Done>("views.publish", &arguments).await?;
        Ok(())
    }
}
