//! Messages of wilco's own that may have been posted already: found again by the metadata that they carry.

use serde::Deserialize;
use serde_json::Value;
use wilco_core::ids::{MessageRef, Place};

use super::Slack;
use super::api::ApiError;

/// The kind of metadata by which wilco finds its own messages again.
pub const METADATA: &str = "wilco_message";

/// As many messages are looked through at once for one that may have been posted.
const LOOK_THROUGH: &str = "200";

/// A thread is told from its beginning, so as many pages lead to the newest line of a long one.
const PAGES_MAX: u32 = 20;

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

impl Slack {
    /// Looks for a message of our own that has this key, in a channel or below a message there.
    pub async fn find(
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
                Err(error) if is_gone(&error) => return self.find_in_channel(place, key).await,
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
}

/// Slack's words for a message that is not there any more.
pub fn is_gone(error: &ApiError) -> bool {
    ["message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"]
        .iter()
        .any(|code| error.is(code))
}
