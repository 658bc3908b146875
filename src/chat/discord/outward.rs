//! What wilco shows and says in Discord.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::id::{ChannelId, MessageId, UserId};
use wilco_core::card::Card;
use wilco_core::emoji::Emoji;
use wilco_core::home::Home;
use wilco_core::ids::{Account, MessageRef};
use wilco_core::person::{Speaker, Standing};
use wilco_core::wording::Voice;

use super::answer::{Asker, FORM, OVER};
use super::api::{ApiError, Call};
use super::calls::{BURST, NORMAL, UNKNOWN_CHANNEL, channel, message_of, nonce};
use super::decode::{account, message_ref};
use super::open::{Stand, Way};
use super::{Discord, Shared, emoji, face, mark};
use crate::chat::{Chat, ChatError, LogLine, ReasonForm, Said, ShownCard, Told};

/// Discord's number for what is not there any more.
const UNKNOWN_MESSAGE: i64 = 10_008;

#[derive(Deserialize)]
struct Reacted {
    #[serde(default)]
    reactions: Vec<Sign>,
    #[serde(default)]
    components: Value,
}

#[derive(Deserialize)]
struct Sign {
    emoji: Named,
    /// One of them is ours.
    #[serde(default)]
    me: bool,
    #[serde(default)]
    count_details: Counts,
}

#[derive(Deserialize, Default)]
struct Counts {
    /// Super reactions, which are as good as others.
    #[serde(default)]
    burst: u64,
}

#[derive(Deserialize)]
struct Named {
    /// Those of a guild have one, whatever their name is.
    id: Option<String>,
    name: Option<String>,
}

impl From<ApiError> for ChatError {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            // What wilco may not do now, it may do once somebody lets it again.
            ApiError::Refused { status: 403, .. } => Self::Unavailable(text),
            ApiError::Refused { .. } => Self::Refused(text),
            // Whatever is to be said waits, in its order, until the token is right again.
            ApiError::NoToken { wait, .. } | ApiError::TooFast { wait, .. } => {
                Self::TooFast { reason: text, wait }
            }
            ApiError::Unknown { .. } => Self::Unknown(text),
        }
    }
}

/// Returns the message as an answer that whoever is answered is waked by.
fn in_reply_to(message_id: MessageId, mut message: Value) -> Value {
    message["message_reference"] =
        json!({ "message_id": message_id.to_string(), "fail_if_not_exists": false });
    message["allowed_mentions"] = json!({ "parse": [], "replied_user": true });
    message
}

fn is_gone(error: &ApiError) -> bool {
    error.is_any(&[UNKNOWN_MESSAGE])
}

impl Discord {
    /// The same id in another server is the same person, but people.toml speaks of those in ours.
    fn ours(&self, accounts: &[Account]) -> Vec<Account> {
        let guilds = &self.shared.us.guilds;
        let is_ours =
            |account: &&Account| guilds.iter().any(|guild| account.workspace == guild.to_string());
        accounts.iter().filter(is_ours).cloned().collect()
    }

    fn calling_ours(&self, card: &Card) -> Card {
        Card { mentioned: self.ours(&card.mentioned), ..card.clone() }
    }

    /// Leaves what is gone as it is.
    async fn update_if_there(
        &self,
        message: (ChannelId, MessageId),
        content: &Value,
    ) -> Result<(), ChatError> {
        match self.update(message, content).await {
            Err(error) if is_gone(&error) => Ok(()),
            result => Ok(result?),
        }
    }
}

/// What a kind of reaction is asked for with.
type Asked = &'static [(&'static str, &'static str)];

impl Discord {
    /// Returns who put a sign there, in each of these kinds; some may be named twice.
    async fn signed(
        &self,
        message: (ChannelId, MessageId),
        (reaction, kinds): (&str, &[Asked]),
    ) -> Result<Vec<UserId>, ChatError> {
        let mut users = Vec::new();
        for kind in kinds {
            let more = self.reacted(message, (reaction, kind)).await;
            users.extend(more.map_err(ApiError::unread)?);
        }
        Ok(users)
    }
}

#[async_trait]
impl Chat for Discord {
    async fn show_card(&self, shown: &ShownCard<'_>) -> Result<MessageRef, ChatError> {
        let content = mark::put(face::card(&self.calling_ours(shown.card), shown.key), shown.key);
        let channel_id = channel(shown.place)?;
        if let Some(message) = shown.shown {
            match self.update(message_of(message)?, &content).await {
                Ok(()) => {
                    self.seed(message, &shown.card.buttons).await;
                    return Ok(message.clone());
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // In the place of one that is gone another may have been posted, too.
        if shown.maybe_done
            && let Some(found) = self.find(channel_id, shown.key).await?
        {
            self.update((channel_id, found), &content).await?;
            let message = message_ref(channel_id, found);
            self.seed(&message, &shown.card.buttons).await;
            return Ok(message);
        }
        // One that is posted in the place of another that is gone must not be taken for that one.
        let gone = shown.shown.map(|message| message.message.as_str()).unwrap_or_default();
        let nonce = nonce(channel_id, &format!("{}/{gone}", shown.key), &Value::Null);
        let posted = self.post(channel_id, &content, &nonce).await?;
        if !posted.reads(&content) {
            // What Discord took before is what was said then, and things may have moved since.
            self.update((channel_id, posted.id), &content).await?;
        }
        let message = message_ref(channel_id, posted.id);
        self.seed(&message, &shown.card.buttons).await;
        Ok(message)
    }

    async fn redraw_card(
        &self,
        message: &MessageRef,
        card: &Card,
        key: &str,
    ) -> Result<(), ChatError> {
        let content = mark::put(face::card(&self.calling_ours(card), key), key);
        self.update_if_there(message_of(message)?, &content).await
    }

    async fn retire_card(&self, message: &MessageRef, card: &Card) -> Result<(), ChatError> {
        self.update_if_there(message_of(message)?, &face::retired(card)).await
    }

    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError> {
        let content = face::words(line.text, line.locale);
        let channel_id = channel(line.place)?;
        let key = nonce(channel_id, line.key, &content);
        let content = face::calling(&self.ours(line.mentioned), content);
        let content = mark::put(content, &key);
        if let Some(card) = line.card {
            match self.say_below(message_of(card)?, &content, (line, &key)).await {
                // Where there can be no thread, what happened is told all the same.
                Err(ApiError::Refused { .. }) => {}
                said => return Ok(said?),
            }
        }
        Ok(self.post(channel_id, &content, &key).await.map(drop)?)
    }

    async fn tell(&self, told: &Told<'_>) -> Result<(), ChatError> {
        let Told { place, to, text, locale, key } = *told;
        let content = face::words(text, locale);
        let channel_id = channel(place)?;
        let user = to.user.parse::<u64>().ok().filter(|id| *id > 0).map(UserId::new);
        let Some(user) = user else {
            return Err(ChatError::Refused(format!("{} is nobody in Discord", to.user)));
        };
        loop {
            match self.shared.open.way_to((user, channel_id)) {
                Way::Interaction(asked) => match self.shared.tell_asked(&asked, &content).await {
                    Ok(Asker::Told) => return Ok(()),
                    // It was left meanwhile, and is no way any more.
                    Ok(Asker::Left) => {}
                    // Its time is over, or nobody answered it in time.
                    Err(error) if error.is_any(&OVER) => break,
                    Err(error) => return Err(error.into()),
                },
                Way::Message(message_id) => {
                    let reply = in_reply_to(message_id, content);
                    return Ok(self.say(channel_id, reply, key).await?);
                }
                Way::Alone => break,
            }
        }
        Ok(self.tell_directly(channel_id, user, &content, key).await?)
    }

    async fn was_said(&self, said: &Said<'_>) -> Result<bool, ChatError> {
        self.has_said(said).await
    }

    async fn reactions(
        &self,
        message: &MessageRef,
    ) -> Result<Option<Vec<(Speaker, Emoji)>>, ChatError> {
        let (channel_id, message_id) = message_of(message)?;
        let call = Call {
            what: "read a message",
            method: LightMethod::Get,
            route: Route::ChannelMessage { channel_id, message_id },
            query: &[],
        };
        let found: Reacted = match self.shared.api.get(call).await {
            Ok(found) => found,
            Err(error) if error.is_any(&[UNKNOWN_MESSAGE, UNKNOWN_CHANNEL]) => return Ok(None),
            Err(error) => return Err(error.unread()),
        };
        let has = |seed: &str| {
            let is_ours = |sign: &Sign| sign.me && sign.emoji.name.as_deref() == Some(seed);
            found.reactions.iter().any(is_ours)
        };
        if face::wants_votes(&found.components) && !emoji::SEEDS.into_iter().all(has) {
            // They failed when the card was shown.
            self.sign(message).await;
        }
        let guild = self.guild_of(channel_id).await.map_err(ApiError::unread)?;
        let (mut seen, mut looked_up) = (Vec::new(), HashMap::new());
        for sign in found.reactions {
            let (None, Some(name)) = (sign.emoji.id, sign.emoji.name) else { continue };
            let Some(reaction) = emoji::VOTES.into_iter().find(|vote| *vote == name) else {
                continue;
            };
            let is_burst = sign.count_details.burst > 0;
            let kinds = if is_burst { &[NORMAL, BURST][..] } else { &[NORMAL] };
            let users = self.signed((channel_id, message_id), (reaction, kinds)).await?;
            let mut known = HashSet::new();
            for user in users {
                if user == self.shared.us.bot || !known.insert(user) {
                    continue;
                }
                let Shared { members, api, .. } = &*self.shared;
                let standing = match looked_up.get(&user) {
                    // Whoever put several signs there is one and the same at this moment.
                    Some(standing) => *standing,
                    None => match members.look_up(api, (guild, user)).await {
                        Ok(standing) => standing,
                        Err(error @ ApiError::TooFast { .. }) => return Err(error.into()),
                        // Who cannot be looked up now is left for the next time.
                        Err(_) => Standing::Unverified,
                    },
                };
                looked_up.insert(user, standing);
                let account = account(guild, user);
                seen.push((Speaker { account, standing }, Emoji::Unicode(reaction.into())));
            }
        }
        Ok(Some(seen))
    }

    async fn standing(&self, account: &Account) -> Result<Standing, ChatError> {
        let shared = &self.shared;
        let user = account.user.parse::<u64>().ok().filter(|id| *id > 0);
        let ours = shared.us.guilds.iter().find(|guild| account.workspace == guild.to_string());
        let (Some(guild), Some(user)) = (ours, user.map(UserId::new)) else {
            return Ok(Standing::Stranger);
        };
        shared.members.standing(&shared.api, (guild, user)).await.map_err(ApiError::unread)
    }

    async fn ask_reason(&self, form: &ReasonForm<'_>) -> Result<(), ChatError> {
        let over = || ChatError::Refused("Discord lets nobody be asked any more".into());
        let (user, id) = form.trigger.split_once('/').ok_or_else(over)?;
        let user = user.parse::<u64>().ok().filter(|id| *id > 0).ok_or_else(over)?;
        let (channel_id, message_id) = message_of(form.message)?;
        let whose = (UserId::new(user), channel_id);
        let asked = self.shared.open.by_id(whose, id).ok_or_else(over)?;
        let mut turn = asked.turn.lock().await;
        if *turn != Stand::Unanswered {
            return Err(over());
        }
        let modal = face::reason_modal(form.deployment, (channel_id, message_id), form.voice);
        asked.told();
        *turn = Stand::Answered;
        if self.shared.answer(&asked, FORM, &modal).await { Ok(()) } else { Err(over()) }
    }

    /// Discord has no such page, so nobody opens it; `status` says the same.
    async fn show_home(&self, to: &Account, _: &Home, _: &Voice) -> Result<(), ChatError> {
        Err(ChatError::Refused(format!("there is no page in Discord for {to}")))
    }
}
