//! What wilco shows and says in Slack.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use tracing::warn;
use wilco_core::card::{Button, Card, Press};
use wilco_core::emoji::Emoji;
use wilco_core::home::Home;
use wilco_core::ids::{Account, MessageRef, Platform};
use wilco_core::person::{Speaker, Standing};
use wilco_core::wording::Voice;

use super::api::ApiError;
use super::blocks::{self, Content};
use super::found::{METADATA, is_gone};
use super::pace::{Paced, WAIT};
use super::{SEEDED_MAX, Shared, Slack, emoji};
use crate::chat::{Chat, ChatError, LogLine, ReasonForm, Said, ShownCard, Told};

/// A sign below a card is no more than a help, so no card waits longer for one.
const SIGN_WAITS_AT_MOST: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Posted {
    ts: String,
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

impl From<ApiError> for ChatError {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            ApiError::Refused { .. } | ApiError::MissingScope { .. } => Self::Refused(text),
            // Whatever is to be said waits, in its order, until the token is right again.
            ApiError::NoToken { wait, .. } => Self::TooFast { reason: text, wait },
            ApiError::TooFast { retry_after, .. } => {
                Self::TooFast { reason: text, wait: retry_after.unwrap_or(WAIT) }
            }
            ApiError::Unknown { .. } => Self::Unknown(text),
        }
    }
}

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

/// Slack's words for somebody who cannot be told anything in a channel.
fn is_not_there(error: &ApiError) -> bool {
    ["user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"]
        .iter()
        .any(|code| error.is(code))
}

#[async_trait]
impl Chat for Slack {
    async fn show_card(&self, shown: &ShownCard<'_>) -> Result<MessageRef, ChatError> {
        let content = blocks::card(shown.card);
        if let Some(message) = shown.shown {
            match self.update(message, &content).await {
                Ok(()) => {
                    self.seed(message, &shown.card.buttons).await;
                    return Ok(message.clone());
                }
                Err(error) if is_gone(&error) => {}
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

    async fn retire_card(&self, message: &MessageRef, card: &Card) -> Result<(), ChatError> {
        match self.update(message, &blocks::retired(card)).await {
            Err(error) if is_gone(&error) => Ok(()),
            result => Ok(result?),
        }
    }

    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError> {
        let content = blocks::line(line.text, line.locale);
        let posted = match self.post(&line.place.channel, &content, (line.card, line.key)).await {
            // Somebody deleted the card: what happened is told all the same.
            Err(error) if line.card.is_some() && is_gone(&error) => {
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
            Err(error) if is_not_there(&error) => {
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
            Err(error) if is_gone(&error) => return Ok(None),
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
