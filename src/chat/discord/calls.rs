//! Single things that wilco does in Discord, each by one request or a few.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};
use sha2::{Digest as _, Sha256};
use tracing::warn;
use wilco_core::card::{Button, Press};
use wilco_core::ids::{MessageRef, Place};

use super::api::{ApiError, Call};
use super::text::unmarked;
use super::{Discord, HOMES_MAX, SEEDED_MAX, emoji, face, mark};
use crate::chat::{ChatError, LogLine};

/// Reactions of a page, and as many pages of one emoji as are read at the most.
const REACTIONS_PAGE: usize = 100;
const REACTIONS_PAGES: usize = 20;

/// Kinds of reactions, which are told apart where they are listed; without one they are the normal ones.
/// <https://discord.com/developers/docs/resources/message#get-reactions>
pub(super) const NORMAL: &[(&str, &str)] = &[];
pub(super) const BURST: &[(&str, &str)] = &[("type", "1")];

/// Discord's numbers for what is not there.
pub(super) const UNKNOWN_CHANNEL: i64 = 10_003;
const UNKNOWN_EMOJI: i64 = 10_014;
/// Somebody takes no direct messages, nobody can send them any, or wilco cannot open one now.
const CANNOT_SEND: [i64; 5] = [50_007, 50_033, 50_278, 40_003, 20_026];
/// <https://discord.com/developers/docs/resources/channel#start-thread-from-message>
const THREAD_NAME_MAX: usize = 100;
/// A message that has its thread already.
const HAS_THREAD: i64 = 160_004;

/// A message as Discord took it: this one, or the one that was posted under the same nonce before.
#[derive(Deserialize)]
pub(super) struct Posted {
    pub id: MessageId,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    embeds: Value,
}

impl Posted {
    /// Tells whether it reads as what was sent; where in doubt, not.
    pub fn reads(&self, sent: &Value) -> bool {
        let parts = ["title", "description"];
        self.content == sent["content"]
            && parts.iter().all(|part| self.embeds[0][part] == sent["embeds"][0][part])
    }
}

#[derive(Deserialize)]
struct WithId {
    id: ChannelId,
}

#[derive(Deserialize)]
pub(super) struct Done {}

/// Reads ids of ours; what is none leads nowhere.
pub(super) fn channel(place: &Place) -> Result<ChannelId, ChatError> {
    let conversation = place.conversation();
    let id = conversation.parse::<u64>().ok().filter(|id| *id > 0);
    let wrong = || ChatError::Refused(format!("{conversation} is no channel of Discord's"));
    id.map(ChannelId::new).ok_or_else(wrong)
}

pub(super) fn message_of(message: &MessageRef) -> Result<(ChannelId, MessageId), ChatError> {
    let id = message.message.parse::<u64>().ok().filter(|id| *id > 0);
    let wrong = || ChatError::Refused(format!("{} is no message of Discord's", message.message));
    Ok((channel(&message.place)?, id.map(MessageId::new).ok_or_else(wrong)?))
}

/// Returns what Discord tells two sendings of one message by, for a few minutes.
pub(super) fn nonce(channel: ChannelId, key: &str, message: &Value) -> String {
    let digest = Sha256::new_with_prefix(b"wilco.discord.nonce.1\n")
        .chain_update(channel.get().to_be_bytes())
        .chain_update(key.as_bytes())
        .chain_update(message["content"].as_str().unwrap_or_default().as_bytes())
        .finalize();
    wilco_core::hex::hex(&digest[..12])
}

impl Discord {
    /// Posts a message; one that was posted under the same key a few minutes ago is not posted again.
    pub(super) async fn post(
        &self,
        channel_id: ChannelId,
        message: &Value,
        nonce: &str,
    ) -> Result<Posted, ApiError> {
        let mut message = message.clone();
        message["nonce"] = nonce.into();
        message["enforce_nonce"] = true.into();
        if message["allowed_mentions"].is_null() {
            message["allowed_mentions"] = json!({ "parse": [] });
        }
        let call = Call {
            what: "post a message",
            method: LightMethod::Post,
            route: Route::ChannelMessages { channel_id },
            query: &[],
        };
        self.shared.api.send(call, &message).await
    }

    /// Says something in a channel, so that it is found again under its key.
    pub(super) async fn say(
        &self,
        channel_id: ChannelId,
        message: Value,
        key: &str,
    ) -> Result<(), ApiError> {
        let nonce = nonce(channel_id, key, &message);
        self.post(channel_id, &mark::put(message, &nonce), &nonce).await.map(drop)
    }

    pub(super) async fn update(
        &self,
        (channel_id, message_id): (ChannelId, MessageId),
        message: &Value,
    ) -> Result<(), ApiError> {
        let mut message = message.clone();
        message["allowed_mentions"] = json!({ "parse": [] });
        let call = Call {
            what: "change a message",
            method: LightMethod::Patch,
            route: Route::ChannelMessage { channel_id, message_id },
            query: &[],
        };
        self.shared.api.send::<Done>(call, &message).await.map(drop)
    }

    /// Puts ✅ and ❌ below a card on which votes are wanted. They are a help, so a failure is only logged.
    pub(super) async fn seed(&self, message: &MessageRef, buttons: &[Button]) {
        if buttons.iter().any(|button| button.press == Press::Approve) {
            self.sign(message).await;
        }
    }

    /// Puts them there once, so that whoever takes them away has the last word.
    pub(super) async fn sign(&self, message: &MessageRef) {
        if !self.is_new(message) {
            return;
        }
        let Ok((channel_id, message_id)) = message_of(message) else { return };
        for reaction in emoji::SEEDS {
            let call = Call {
                what: "react to a card",
                method: LightMethod::Put,
                route: Route::ChannelMessageReactionMe { channel_id, message_id, reaction },
                query: &[],
            };
            if let Err(error) = self.shared.api.touch(call).await {
                warn!(%error, "a card has no {reaction} to click on until it changes or is read");
                self.seeded().remove(message);
            }
        }
    }

    fn seeded(&self) -> MutexGuard<'_, HashSet<MessageRef>> {
        self.shared.seeded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_new(&self, message: &MessageRef) -> bool {
        let mut seeded = self.seeded();
        if seeded.len() >= SEEDED_MAX {
            seeded.clear();
        }
        seeded.insert(message.clone())
    }

    /// Says a line in the thread below a card, which is made with its first line.
    pub(super) async fn say_below(
        &self,
        card: (ChannelId, MessageId),
        message: &Value,
        (line, key): (&LogLine<'_>, &str),
    ) -> Result<(), ApiError> {
        let (channel_id, message_id) = card;
        // The thread of a message has the message's id.
        let thread = ChannelId::new(message_id.get());
        self.shared.threads.note_own(thread, channel_id);
        match self.post(thread, message, key).await {
            Err(error) if error.is_any(&[UNKNOWN_CHANNEL]) => {}
            posted => return posted.map(drop),
        }
        let call = Call {
            what: "open a thread",
            method: LightMethod::Post,
            route: Route::ChannelMessageThreads { channel_id, message_id },
            query: &[],
        };
        let thread_of = json!({ "name": unmarked(line.topic, THREAD_NAME_MAX) });
        match self.shared.api.send::<WithId>(call, &thread_of).await {
            Ok(_) => {}
            Err(error) if error.is_any(&[HAS_THREAD]) => {}
            Err(error) => return Err(error),
        }
        self.post(thread, message, key).await.map(drop)
    }

    /// Returns the channel of the direct messages with somebody, which is opened where there is none.
    pub(super) async fn direct(&self, user: UserId) -> Result<ChannelId, ApiError> {
        let call = Call {
            what: "open a direct conversation",
            method: LightMethod::Post,
            route: Route::UserMeDmChannels,
            query: &[],
        };
        let recipient = json!({ "recipient_id": user.to_string() });
        Ok(self.shared.api.send::<WithId>(call, &recipient).await?.id)
    }

    /// Says something to somebody directly, and in the place where they can't be reached so.
    pub(super) async fn tell_directly(
        &self,
        place: ChannelId,
        user: UserId,
        message: &Value,
        key: &str,
    ) -> Result<(), ApiError> {
        let told = match self.direct(user).await {
            Ok(direct) => self.say(direct, message.clone(), key).await,
            Err(error) => Err(error),
        };
        match told {
            Err(error) if error.is_any(&CANNOT_SEND) => {
                self.say(place, face::naming(user, message.clone()), key).await
            }
            told => told,
        }
    }

    /// Returns whose members the people in a channel are.
    pub(super) async fn guild_of(&self, channel_id: ChannelId) -> Result<GuildId, ApiError> {
        #[derive(Deserialize)]
        struct Home {
            guild_id: Option<GuildId>,
        }
        let (guilds, homes) = (&self.shared.us.guilds, &self.shared.homes);
        if let Some(only) = guilds.only() {
            return Ok(only);
        }
        let known = homes.lock().unwrap_or_else(PoisonError::into_inner).get(&channel_id).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let call = Call {
            what: "show a channel",
            method: LightMethod::Get,
            route: Route::Channel { channel_id },
            query: &[],
        };
        let home = self.shared.api.get::<Home>(call).await?.guild_id;
        let home = home.unwrap_or_else(|| guilds.of_direct_messages());
        let mut homes = homes.lock().unwrap_or_else(PoisonError::into_inner);
        if homes.len() >= HOMES_MAX {
            homes.clear();
        }
        homes.insert(channel_id, home);
        Ok(home)
    }

    /// Reads who put one emoji there, in one of the two ways.
    pub(super) async fn reacted(
        &self,
        (channel_id, message_id): (ChannelId, MessageId),
        (reaction, kind): (&str, &'static [(&'static str, &'static str)]),
    ) -> Result<Vec<UserId>, ApiError> {
        #[derive(Deserialize)]
        struct User {
            id: UserId,
        }
        let mut users: Vec<UserId> = Vec::new();
        for _ in 0..REACTIONS_PAGES {
            let after = users.last().map_or_else(|| "0".into(), ToString::to_string);
            let limit = REACTIONS_PAGE.to_string();
            let call = Call {
                what: "read reactions",
                method: LightMethod::Get,
                route: Route::ChannelMessageReactionEmoji { channel_id, message_id, reaction },
                query: &[kind, &[("limit", &limit), ("after", &after)]].concat(),
            };
            let page: Vec<User> = match self.shared.api.get(call).await {
                Ok(page) => page,
                Err(error) if error.is_any(&[UNKNOWN_EMOJI]) => return Ok(users),
                Err(error) => return Err(error),
            };
            let is_last = page.len() < REACTIONS_PAGE;
            users.extend(page.into_iter().map(|user| user.id));
            if is_last {
                return Ok(users);
            }
        }
        // Whoever is not read must not look as if they had taken their sign away.
        let reason = "more people reacted than wilco reads".into();
        Err(ApiError::Unknown { what: "read reactions", reason })
    }
}
