//! What people do: each act changes what Slack knows and tells wilco, if wilco hears of such things.

use super::deliver::{Envelope, Kind};
use super::payload::{self, Reaction};
use super::state::{Message, State};
use super::{BOT_USER, Slack};

impl State {
    fn say(&mut self, user: &str, channel: &str, text: &str) -> Message {
        assert!(self.is_in(user, channel), "{user} is not in {channel}");
        let message = Message::of(user, self.next_ts(), text);
        self.room(channel).messages.push(message.clone());
        message
    }

    /// The event of a message that names the bot; none where the bot is not.
    fn mentioned(&mut self, channel: &str, message: &Message) -> Option<Envelope> {
        if !self.is_in(BOT_USER, channel) {
            return None;
        }
        let event_ts = if message.edits > 0 { self.next_ts() } else { message.ts.clone() };
        let event = payload::mention(channel, message, &event_ts);
        Some(Envelope::event(self.event(&event)))
    }
}

impl Slack {
    async fn tell(&self, envelope: Option<Envelope>) -> Option<String> {
        self.world.hand_over(envelope?).await
    }

    /// Names the bot in a channel; returns the message's timestamp.
    pub async fn mention(&self, user: &str, channel: &str, text: &str) -> String {
        self.mention_in(user, (channel, None), text).await
    }

    /// Names the bot in a channel, in a thread if there is one.
    pub async fn mention_in(
        &self,
        user: &str,
        (channel, thread): (&str, Option<&str>),
        text: &str,
    ) -> String {
        let text = format!("<@{BOT_USER}> {text}");
        let (message, envelope) = self.world.change(|state| {
            let mut message = state.say(user, channel, &text);
            message.thread_ts = thread.map(str::to_owned);
            *state.said(channel, &message.ts) = message.clone();
            let envelope = state.mentioned(channel, &message);
            (message, envelope)
        });
        self.tell(envelope).await;
        message.ts
    }

    /// Talks on in a thread without naming the bot, which hears nothing of it.
    pub fn chatter(&self, user: &str, (channel, thread): (&str, &str), lines: usize) {
        self.world.change(|state| {
            for number in 0..lines {
                let message = state.say(user, channel, &format!("line {number}"));
                state.said(channel, &message.ts).thread_ts = Some(thread.to_owned());
            }
        });
    }

    /// Says something to the bot alone; returns the channel and the message's timestamp.
    pub async fn direct_message(&self, user: &str, text: &str) -> (String, String) {
        let (channel, message, envelope) = self.world.change(|state| {
            let channel = state.direct(user);
            let message = state.say(user, &channel, text);
            let event = payload::message(&channel, &message);
            let envelope = Envelope::event(state.event(&event));
            (channel, message, envelope)
        });
        self.tell(Some(envelope)).await;
        (channel, message.ts)
    }

    /// Types the slash command; returns its envelope, if somebody was there to get it.
    pub async fn slash(&self, user: &str, channel: &str, text: &str) -> Option<String> {
        let payload = self.world.change(|state| state.command(user, channel, text));
        self.tell(Some(Envelope { kind: Kind::SlashCommands, payload })).await
    }

    /// Reacts to a message; returns the envelope, if somebody was there to get it.
    pub async fn react(
        &self,
        user: &str,
        (channel, ts): (&str, &str),
        name: &str,
    ) -> Option<String> {
        let reaction = Reaction { user, channel, ts, name };
        self.change_reaction("reaction_added", reaction, Message::add).await
    }

    /// Takes a reaction back.
    pub async fn unreact(
        &self,
        user: &str,
        (channel, ts): (&str, &str),
        name: &str,
    ) -> Option<String> {
        let reaction = Reaction { user, channel, ts, name };
        self.change_reaction("reaction_removed", reaction, Message::remove).await
    }

    async fn change_reaction(
        &self,
        event: &str,
        reaction: Reaction<'_>,
        change: fn(&mut Message, &str, &str) -> bool,
    ) -> Option<String> {
        let envelope = self.world.change(|state| {
            let Reaction { user, channel, ts, name } = reaction;
            let is_change = change(state.said(channel, ts), name, user);
            assert!(is_change, "{event} changes nothing for {user} with {name}");
            state.heard_reaction(event, reaction)
        });
        self.tell(envelope).await
    }

    /// Looks at the bot's home tab.
    pub async fn open_home(&self, user: &str) -> Option<String> {
        let envelope = self.world.change(|state| {
            let channel = state.direct(user);
            let event_ts = state.next_ts();
            let event = payload::home_opened(user, &channel, &event_ts);
            Envelope::event(state.event(&event))
        });
        self.tell(Some(envelope)).await
    }

    /// Writes a person's message anew. Slack tells of a mention in it as of a new one.
    pub async fn edit_message(&self, (channel, ts): (&str, &str), text: &str) -> Option<String> {
        let envelope = self.world.change(|state| {
            let message = state.said(channel, ts);
            let before = message.shown();
            text.clone_into(&mut message.text);
            message.edits += 1;
            let message = message.clone();
            if state.room(channel).with.is_some() {
                let event_ts = state.next_ts();
                let event = payload::changed(channel, &before, &message.shown(), &event_ts);
                return Some(Envelope::event(state.event(&event)));
            }
            let names_bot = text.contains(&format!("<@{BOT_USER}>"));
            names_bot.then(|| state.mentioned(channel, &message)).flatten()
        });
        self.tell(envelope).await
    }

    /// Takes a message away. Of messages in channels wilco does not hear that.
    pub async fn delete_message(&self, (channel, ts): (&str, &str)) -> Option<String> {
        let envelope = self.world.change(|state| {
            let before = state.said(channel, ts).shown();
            state.room(channel).messages.retain(|message| message.ts != ts);
            state.room(channel).with.as_ref()?;
            let event_ts = state.next_ts();
            let event = payload::deleted(channel, &before, &event_ts);
            Some(Envelope::event(state.event(&event)))
        });
        self.tell(envelope).await
    }
}

impl State {
    /// The event of a reaction; none where the bot is not.
    fn heard_reaction(&mut self, kind: &str, reaction: Reaction<'_>) -> Option<Envelope> {
        let is_in = self.is_in(BOT_USER, reaction.channel);
        is_in.then(|| Envelope::event(self.reacted(kind, reaction)))
    }
}
