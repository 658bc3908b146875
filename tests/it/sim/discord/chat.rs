//! Messages over REST: what the bot says, says better, reads and takes back.

use serde_json::{Value, json};

use super::BOT_USER;
use super::answer::{Answer, Call, Form, Refusal, Reply};
use super::check::{self, Act};
use super::clock::number;
use super::message::{Author, EPHEMERAL, Message, waked};
use super::permission::{
    EMBED_LINKS, MANAGE_MESSAGES, MANAGE_THREADS, READ_MESSAGE_HISTORY, SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
};
use super::state::{Kind, Nonce, State};

/// How long a nonce is remembered; "a few minutes", says Message, "Create Message".
const NONCE_LASTS: std::time::Duration = std::time::Duration::from_mins(5);
/// Messages of a page. Source: Message, "Get Channel Messages".
const PAGE: usize = 50;
const PAGE_MAX: usize = 100;
/// Flags that a sender may set: no previews, and no sound.
const FLAGS: u64 = 1 << 2 | 1 << 12;

impl State {
    pub fn create_message(&mut self, call: &Call) -> Answer {
        let channel = call.part("channel_id").to_owned();
        self.may_send(&channel, &call.body)?;
        check::message(&call.body, "", Act::Create)?;
        self.listen_for_shouts(call.operation, &call.body);
        let nonce = call.body["nonce"].clone();
        let is_enforced = call.body["enforce_nonce"] == true && !nonce.is_null();
        if is_enforced && let Some(known) = self.under_nonce(&channel, &nonce) {
            return Ok(Reply::Body(known));
        }
        let reply_to = self.replied(&channel, &call.body["message_reference"])?;
        let author = Author::User(BOT_USER.to_owned());
        let mut message = Message::of(author, self.clock.next_id(), &channel, "");
        message.say(&call.body);
        let replied =
            reply_to.as_ref().and_then(|id| self.waked_by_reply(&channel, id, &call.body));
        message.waked.extend(replied);
        message.flags = call.body["flags"].as_u64().unwrap_or_default() & FLAGS;
        message.reply_to = reply_to;
        message.nonce.clone_from(&nonce);
        if is_enforced {
            let at = self.clock.now();
            let (channel, message) = (channel.clone(), message.id.clone());
            self.nonces.push(Nonce { channel, value: nonce, message, at });
        }
        self.wake_thread(&channel);
        Ok(Reply::Body(self.publish(&message)))
    }

    /// Puts a message where everybody sees it, and tells of it.
    pub fn publish(&mut self, message: &Message) -> Value {
        let shown = self.shown(message);
        self.keep(message.clone());
        self.tell_of_message("MESSAGE_CREATE", message);
        shown
    }

    fn may_send(&self, channel: &str, body: &Value) -> Result<(), Refusal> {
        let place = self.entered(channel)?;
        let send = match &place.kind {
            Kind::Thread { is_locked: true, .. }
                if !self.may(BOT_USER, channel, MANAGE_THREADS) =>
            {
                return Err(Refusal::archived());
            }
            Kind::Thread { .. } => SEND_MESSAGES_IN_THREADS,
            Kind::Direct { with } if self.users[with].is_closed => {
                return Err(Refusal::new(403, 50_007, "Cannot send messages to this user"));
            }
            Kind::Text { .. } | Kind::Direct { .. } => SEND_MESSAGES,
        };
        self.allowed(channel, send)?;
        let has_embeds = body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty());
        if has_embeds { self.allowed(channel, EMBED_LINKS) } else { Ok(()) }
    }

    /// A thread that was put away comes back when somebody writes in it.
    pub fn wake_thread(&mut self, channel: &str) {
        if let Kind::Thread { is_archived, .. } = &mut self.room(channel).kind
            && std::mem::take(is_archived)
        {
            self.tell_of_channel("THREAD_UPDATE", channel);
        }
    }

    fn under_nonce(&mut self, channel: &str, nonce: &Value) -> Option<Value> {
        let now = self.clock.now();
        self.nonces.retain(|known| now.saturating_sub(known.at) < NONCE_LASTS);
        let mut all = self.nonces.iter();
        let known = all.find(|known| known.channel == channel && known.value == *nonce)?;
        self.find(channel, &known.message).map(|message| self.shown(message))
    }

    fn replied(&self, channel: &str, reference: &Value) -> Result<Option<String>, Refusal> {
        let Some(id) = reference["message_id"].as_str() else { return Ok(None) };
        if self.find(channel, id).is_some() {
            return Ok(Some(id.to_owned()));
        }
        if reference["fail_if_not_exists"] == false {
            return Ok(None);
        }
        let mut form = Form::default();
        let code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE";
        form.fault("message_reference", code, "Unknown message");
        Err(form.refusal())
    }

    /// Who is waked by being replied to.
    fn waked_by_reply(&self, channel: &str, id: &str, body: &Value) -> Option<String> {
        let allowed = &body["allowed_mentions"];
        let wakes = allowed["replied_user"].as_bool().unwrap_or(allowed.is_null());
        let author = self.find(channel, id)?.by().to_owned();
        wakes.then_some(author)
    }

    /// A message of a channel that the bot sees.
    pub fn stands(&self, call: &Call) -> Result<&Message, Refusal> {
        let channel = call.part("channel_id");
        self.entered(channel)?;
        let found = self.find(channel, call.part("message_id"));
        found.filter(|message| !message.is_ephemeral()).ok_or_else(Refusal::unknown_message)
    }

    /// Refuses to touch what stands in a thread that was put away.
    pub fn is_open(&self, channel: &str) -> Result<(), Refusal> {
        let place = self.entered(channel)?;
        let is_away = matches!(place.kind, Kind::Thread { is_archived: true, .. });
        if is_away { Err(Refusal::archived()) } else { Ok(()) }
    }

    pub fn update_message(&mut self, call: &Call) -> Answer {
        let message = self.stands(call)?.clone();
        self.is_open(&message.channel)?;
        if message.by() != BOT_USER {
            let told = "Cannot edit a message authored by another user";
            return Err(Refusal::new(403, 50_005, told));
        }
        Ok(Reply::Body(self.edit(&message, call)?))
    }

    /// Says something else in a message of the bot.
    pub fn edit(&mut self, message: &Message, call: &Call) -> Result<Value, Refusal> {
        let body = &call.body;
        check::message(body, "", Act::Edit)?;
        self.listen_for_shouts(call.operation, body);
        let mut edited = message.clone();
        edited.say(body);
        let left = json!({
            "content": edited.content, "embeds": edited.embeds, "components": edited.components,
        });
        if check::is_empty(&left) {
            return Err(Refusal::new(400, 50_006, "Cannot send an empty message"));
        }
        edited.edits += 1;
        edited.edited_at = Some(self.clock.written());
        *self.said(&message.channel, &message.id) = edited.clone();
        self.tell_of_message("MESSAGE_UPDATE", &edited);
        Ok(self.shown(&edited))
    }

    pub fn delete_message(&mut self, call: &Call) -> Answer {
        let message = self.stands(call)?.clone();
        self.is_open(&message.channel)?;
        if message.by() != BOT_USER {
            self.allowed(&message.channel, MANAGE_MESSAGES)?;
        }
        self.drop_messages(&message.channel, &[message.id]);
        Ok(Reply::Empty)
    }

    pub fn drop_messages(&mut self, channel: &str, ids: &[String]) {
        self.room(channel).messages.retain(|message| !ids.contains(&message.id));
        self.tell_of_deletion(channel, ids);
    }

    /// Source: Message, "Bulk Delete Messages".
    pub fn bulk_delete(&mut self, call: &Call) -> Answer {
        let channel = call.part("channel_id");
        self.allowed(channel, MANAGE_MESSAGES)?;
        let mut form = Form::default();
        let ids = form.items(&call.body["messages"], (2, 100), "messages");
        let ids: Vec<_> = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        form.finish()?;
        self.drop_messages(channel, &ids);
        Ok(Reply::Empty)
    }

    pub fn get_message(&self, call: &Call) -> Answer {
        let message = self.stands(call)?;
        self.allowed(&message.channel, READ_MESSAGE_HISTORY)?;
        Ok(Reply::Body(self.read(message)))
    }

    pub fn list_messages(&self, call: &Call) -> Answer {
        let channel = call.part("channel_id");
        self.allowed(channel, VIEW_CHANNEL)?;
        let limit = call.limit(PAGE, (1, PAGE_MAX))?;
        if !self.may(BOT_USER, channel, READ_MESSAGE_HISTORY) {
            return Ok(Reply::Body(json!([])));
        }
        let all = self.channels[channel].messages.iter().filter(|one| !one.is_ephemeral());
        let all: Vec<_> = all.collect();
        let position = |id: &str| all.partition_point(|one| number(&one.id) < number(id));
        let page = if let Some(after) = call.asked("after") {
            let from = all.partition_point(|one| number(&one.id) <= number(after));
            from..(from + limit).min(all.len())
        } else if let Some(around) = call.asked("around") {
            let from = position(around).saturating_sub(limit / 2);
            from..(from + limit).min(all.len())
        } else {
            let to = call.asked("before").map_or(all.len(), position);
            to.saturating_sub(limit)..to
        };
        let shown = all[page].iter().rev().map(|message| self.read(message));
        Ok(Reply::Body(shown.collect()))
    }

    /// Complains of what would wake people whom nobody named.
    pub fn listen_for_shouts(&mut self, what: &str, body: &Value) {
        let says = !body["content"].as_str().unwrap_or_default().is_empty()
            || body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty());
        if !says {
            return;
        }
        match &body["allowed_mentions"] {
            Value::Null => self.complaints.push(format!("{what} does not say whom it may wake")),
            allowed if allowed["parse"].as_array().is_some_and(|parse| !parse.is_empty()) => {
                self.complaints.push(format!("{what} may wake whomever its text names"));
            }
            _ => {}
        }
    }

    /// A message of the bot in answer to an interaction.
    pub fn said_in_answer(&mut self, interaction: &str, body: &Value) -> Message {
        let author = Author::User(BOT_USER.to_owned());
        let id = self.clock.next_id();
        let asked = &self.interactions[interaction];
        let mut message = Message::of(author, id, &asked.channel, "");
        message.interaction = Some(interaction.to_owned());
        message.say(body);
        if body["flags"].as_u64().is_some_and(|flags| flags & EPHEMERAL != 0) {
            message.only_for = Some(asked.user.clone());
            message.flags |= EPHEMERAL;
        }
        message
    }
}

impl Message {
    /// Takes over what a body says; what it does not name stays.
    pub fn say(&mut self, body: &Value) {
        match &body["content"] {
            Value::String(content) => content.trim().clone_into(&mut self.content),
            Value::Null if body.get("content").is_some() => self.content.clear(),
            _ => {}
        }
        for (name, part) in [("embeds", &mut self.embeds), ("components", &mut self.components)] {
            match body.get(name) {
                Some(Value::Null) => *part = json!([]),
                Some(list) => *part = list.clone(),
                None => {}
            }
        }
        for embed in self.embeds.as_array_mut().into_iter().flatten() {
            embed["type"] = "rich".into();
        }
        self.waked = waked(&self.content, &body["allowed_mentions"]);
    }
}
