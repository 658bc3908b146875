//! Finding again what wilco may have said or shown, when nobody knows whether Discord took it.

use serde::Deserialize;
use serde_json::Value;
use serenity::http::{LightMethod, Route};
use serenity::model::id::{ChannelId, MessageId, UserId};

use super::api::{ApiError, Call};
use super::calls::{channel, message_of, nonce};
use super::{Discord, face, mark};
use crate::chat::{ChatError, Said};

/// As many of the newest messages are read at once. A line is looked for among so many, since it is looked for
/// in several places, and a great many may be in doubt.
const PAGE: usize = 100;
/// A card is looked for on so many pages: two of one deployment are worse than a line that is said twice.
const PAGES_MAX: usize = 5;

#[derive(Deserialize)]
struct Found {
    id: MessageId,
    author: Author,
    #[serde(default)]
    content: String,
    #[serde(default)]
    components: Value,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
}

impl Found {
    fn has_button(&self, key: &str) -> bool {
        let rows = self.components.as_array().into_iter().flatten();
        let mut parts = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        parts.any(|part| is_about(part["custom_id"].as_str(), key))
    }
}

/// Tells whether what a button is about is this card.
fn is_about(custom_id: Option<&str>, key: &str) -> bool {
    custom_id.and_then(face::pressed).is_some_and(|(_, _, about)| about == key)
}

impl Discord {
    /// Looks for a card of our own by its key, whose mark it carries in every state.
    ///
    /// The key holds what nobody can guess, so a card of an earlier record, whose numbers begin at #1 too, is
    /// another one; and so is one that is out of date.
    pub(super) async fn find(
        &self,
        channel_id: ChannelId,
        key: &str,
    ) -> Result<Option<MessageId>, ApiError> {
        let mark = mark::of(key);
        let mut before = None;
        for _ in 0..PAGES_MAX {
            let page = self.newest(channel_id, before).await?;
            let is_it = |found: &&Found| found.content.ends_with(&mark) || found.has_button(key);
            if let Some(found) = page.iter().filter(|found| self.wrote(found)).find(is_it) {
                return Ok(Some(found.id));
            }
            before = page.last().map(|found| found.id);
            if page.len() < PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// Looks for a line in every place where it would be, had it been said. Only what one person sees by
    /// themselves can't be read.
    pub(super) async fn has_said(&self, said: &Said<'_>) -> Result<bool, ChatError> {
        let place = channel(said.place)?;
        let content = face::words(said.text, said.locale);
        let here = nonce(place, said.key, &content);
        if let Some(card) = said.below {
            let (_, message_id) = message_of(card)?;
            // The thread of a message has the message's id. Only where there is none it was said in the channel,
            // or where the thread was locked meanwhile: then it is said twice, which spares a call each time.
            match self.newest(ChannelId::new(message_id.get()), None).await {
                Ok(page) => return Ok(self.has_one(&page, &[&here])),
                Err(error) => unless_let(error)?,
            }
        }
        let Some(to) = said.to else { return Ok(self.holds(place, &[&here]).await?) };
        let user = to.user.parse::<u64>().ok().filter(|id| *id > 0).map(UserId::new);
        let Some(user) = user else { return Ok(false) };
        let named = nonce(place, said.key, &face::naming(user, content.clone()));
        if self.holds(place, &[&here, &named]).await? {
            return Ok(true);
        }
        match self.direct(user).await {
            Ok(direct) => Ok(self.holds(direct, &[&nonce(direct, said.key, &content)]).await?),
            Err(error) => Ok(unless_let(error).map(|()| false)?),
        }
    }

    /// Tells whether one of these was said there lately.
    async fn holds(&self, channel_id: ChannelId, nonces: &[&str]) -> Result<bool, ApiError> {
        match self.newest(channel_id, None).await {
            Ok(page) => Ok(self.has_one(&page, nonces)),
            Err(error) => unless_let(error).map(|()| false),
        }
    }

    fn has_one(&self, page: &[Found], nonces: &[&str]) -> bool {
        let marks: Vec<String> = nonces.iter().map(|nonce| mark::of(nonce)).collect();
        let is_one = |found: &&Found| marks.iter().any(|mark| found.content.ends_with(mark));
        page.iter().filter(|found| self.wrote(found)).any(|found| is_one(&found))
    }

    fn wrote(&self, found: &Found) -> bool {
        found.author.id == self.shared.us.bot
    }

    /// Returns the newest messages, or those before one, the newest first.
    async fn newest(
        &self,
        channel_id: ChannelId,
        before: Option<MessageId>,
    ) -> Result<Vec<Found>, ApiError> {
        let (limit, before) = (PAGE.to_string(), before.map(|id| id.to_string()));
        let mut query = vec![("limit", limit.as_str())];
        query.extend(before.as_deref().map(|before| ("before", before)));
        let call = Call {
            what: "read messages",
            method: LightMethod::Get,
            route: Route::ChannelMessages { channel_id },
            query: &query,
        };
        self.shared.api.get(call).await
    }
}

/// Where wilco may not look, or there is nothing to look at, it is said twice rather than never.
fn unless_let(error: ApiError) -> Result<(), ApiError> {
    match error {
        ApiError::Refused { .. } => Ok(()),
        // Without its token wilco may not say it either; with one again it may look.
        ApiError::NoToken { .. } | ApiError::TooFast { .. } | ApiError::Unknown { .. } => {
            Err(error)
        }
    }
}
