//! What people do: each act changes what Discord knows and tells whoever hears of such things.

use serde_json::{Value, json};

use super::event::{Event, GUILD_MEMBERS, GUILDS};
use super::message::{Author, Message, waked};
use super::permission::{
    ADD_REACTIONS, READ_MESSAGE_HISTORY, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
};
use super::state::{Channel, Kind, Member, Role, State};
use super::{BOT_USER, Discord};

impl State {
    fn write(&mut self, user: &str, channel: &str, text: &str) -> Message {
        let needed = match self.room(channel).kind {
            Kind::Text { .. } => SEND_MESSAGES,
            Kind::Thread { .. } => SEND_MESSAGES_IN_THREADS,
            Kind::Direct { .. } => VIEW_CHANNEL,
        };
        assert!(self.may(user, channel, needed), "{user} may not write in {channel}");
        let author = Author::User(user.to_owned());
        let mut message = Message::of(author, self.clock.next_id(), channel, text);
        message.waked = waked(text, &Value::Null);
        message
    }

    fn tell_of_member(&mut self, name: &str, guild: &str, user: &str) {
        let mut data = self.member(guild, user).unwrap_or_default();
        data["guild_id"] = guild.into();
        data["user"] = self.user(user);
        self.tell(Event::new(name, GUILD_MEMBERS, data));
    }
}

impl Discord {
    /// Says something in a channel or a thread; returns the message's id.
    pub fn say(&self, user: &str, channel: &str, text: &str) -> String {
        self.world.change(|state| {
            let message = state.write(user, channel, text);
            let id = message.id.clone();
            state.wake_thread(channel);
            state.publish(&message);
            id
        })
    }

    /// Names the bot; returns the message's id.
    pub fn mention(&self, user: &str, channel: &str, text: &str) -> String {
        self.say(user, channel, &format!("<@{BOT_USER}> {text}"))
    }

    /// Says something to the bot alone; returns the channel and the message's id.
    pub fn direct_message(&self, user: &str, text: &str) -> (String, String) {
        let channel = self.world.change(|state| state.direct(user));
        let id = self.say(user, &channel, text);
        (channel, id)
    }

    /// Where somebody and the bot talk alone, if they ever did.
    pub fn direct(&self, user: &str) -> Option<String> {
        let is_it = |kind: &Kind| matches!(kind, Kind::Direct { with } if with == user);
        self.world.look(|state| {
            let mut channels = state.channels.iter();
            channels.find(|(_, channel)| is_it(&channel.kind)).map(|(id, _)| id.clone())
        })
    }

    /// Answers a message, which wakes whoever wrote it; returns the answer's id.
    pub fn reply(&self, user: &str, (channel, to): (&str, &str), text: &str) -> String {
        self.world.change(|state| {
            let mut message = state.write(user, channel, text);
            message.waked.push(state.said(channel, to).by().to_owned());
            message.reply_to = Some(to.to_owned());
            let id = message.id.clone();
            state.publish(&message);
            id
        })
    }

    /// Passes a message on; returns the id of the one that has it inside.
    pub fn forward(&self, user: &str, to: &str, (channel, id): (&str, &str)) -> String {
        self.world.change(|state| {
            let mut message = state.write(user, to, "");
            message.forwards = Some((channel.to_owned(), state.said(channel, id).id.clone()));
            let id = message.id.clone();
            state.publish(&message);
            id
        })
    }

    /// Posts what looks like somebody's message, buttons too, as another bot can; returns its id.
    pub fn imitate(&self, user: &str, to: &str, (channel, id): (&str, &str)) -> String {
        self.world.change(|state| {
            let original = state.said(channel, id).clone();
            let mut message = state.write(user, to, &original.content);
            message.embeds = original.embeds;
            message.components = original.components;
            let id = message.id.clone();
            state.publish(&message);
            id
        })
    }

    /// Something that is no user writes under any name; returns the message's id.
    pub fn say_as_webhook(&self, name: &str, channel: &str, text: &str) -> String {
        self.world.change(|state| {
            let id = state.clock.next_id();
            let author = Author::Webhook { id, name: name.to_owned() };
            let mut message = Message::of(author, state.clock.next_id(), channel, text);
            message.waked = waked(text, &Value::Null);
            let id = message.id.clone();
            state.publish(&message);
            id
        })
    }

    /// Writes somebody's message anew.
    pub fn edit_message(&self, (channel, id): (&str, &str), text: &str) {
        self.world.change(|state| {
            let now = state.clock.written();
            let message = state.said(channel, id);
            text.clone_into(&mut message.content);
            message.waked = waked(text, &Value::Null);
            message.edits += 1;
            message.edited_at = Some(now);
            let message = message.clone();
            state.tell_of_message("MESSAGE_UPDATE", &message);
        });
    }

    /// Takes messages away, several of them at once if there are several.
    pub fn delete_messages(&self, channel: &str, ids: &[&str]) {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        self.world.change(|state| {
            for id in &ids {
                assert!(state.find(channel, id).is_some(), "there is no message {id}");
            }
            state.drop_messages(channel, &ids);
        });
    }

    /// Reacts to a message. An emoji that is there already needs no permission to add one.
    pub fn react(&self, user: &str, (channel, id): (&str, &str), emoji: &str) {
        self.world.change(|state| {
            state.emoji(emoji).unwrap_or_else(|refusal| panic!("{emoji}: {refusal:?}"));
            let is_there = !state.said(channel, id).reacted(emoji).is_empty();
            let needed = if is_there { 0 } else { ADD_REACTIONS };
            let may = state.may(user, channel, needed | READ_MESSAGE_HISTORY);
            assert!(may, "{user} may not react with {emoji}");
            let is_new = state.said(channel, id).add(emoji, user);
            assert!(is_new, "{user} has already reacted with {emoji}");
            state.tell_of_reaction("MESSAGE_REACTION_ADD", (channel, id), Some((user, emoji)));
        });
    }

    /// Puts a super reaction on a message, of which nobody hears: whoever listens then must read it.
    pub fn super_react(&self, user: &str, (channel, id): (&str, &str), emoji: &str) {
        self.world.change(|state| {
            let (emoji, users) = (emoji.to_owned(), vec![user.to_owned()]);
            state.said(channel, id).supers.push((emoji, users));
        });
    }

    /// Takes a reaction back.
    pub fn unreact(&self, user: &str, (channel, id): (&str, &str), emoji: &str) {
        self.world.change(|state| {
            let was_there = state.said(channel, id).remove(emoji, user);
            assert!(was_there, "{user} has not reacted with {emoji}");
            state.tell_of_reaction("MESSAGE_REACTION_REMOVE", (channel, id), Some((user, emoji)));
        });
    }

    /// Somebody who may takes an emoji off a message, or all of them.
    pub fn clear_reactions(&self, (channel, id): (&str, &str), emoji: Option<&str>) {
        self.world.change(|state| match emoji {
            Some(emoji) => state.clear_emoji(channel, id, emoji),
            None => state.clear_reactions(channel, id),
        });
    }

    /// Somebody enters a guild, or changes there.
    pub fn member(&self, guild: &str, user: &str, member: Member) {
        self.world.change(|state| {
            assert!(state.users.contains_key(user), "there is no user {user}");
            let before = state.house(guild).members.insert(user.to_owned(), member);
            let name = if before.is_some() { "GUILD_MEMBER_UPDATE" } else { "GUILD_MEMBER_ADD" };
            state.tell_of_member(name, guild, user);
        });
    }

    /// Somebody leaves a guild. When it is the bot, it hears that the guild is gone.
    pub fn leave(&self, guild: &str, user: &str) {
        self.world.change(|state| {
            if user == BOT_USER {
                let gone = Event::new("GUILD_DELETE", GUILDS, json!({ "id": guild }));
                state.tell(gone);
            } else {
                state.tell_of_member("GUILD_MEMBER_REMOVE", guild, user);
            }
            state.house(guild).members.remove(user);
        });
    }

    /// A role, or a changed one.
    pub fn role(&self, guild: &str, id: &str, role: Role) {
        self.world.change(|state| {
            let before = state.house(guild).roles.insert(id.to_owned(), role);
            let name = if before.is_some() { "GUILD_ROLE_UPDATE" } else { "GUILD_ROLE_CREATE" };
            let data = json!({ "guild_id": guild, "role": state.role(guild, id) });
            state.tell(Event::new(name, GUILDS, data));
        });
    }

    /// Somebody begins a thread of their own in a channel, or a post in a forum; returns its id.
    pub fn begin_thread(&self, parent: &str, name: &str) -> String {
        self.world.change(|state| {
            let id = state.clock.next_id();
            let guild = state.guild_of(parent).expect("threads are in guilds");
            let parent = parent.to_owned();
            let kind = Kind::Thread { guild, parent, is_archived: false, is_locked: false };
            state.channels.insert(id.clone(), Channel::new(kind, name));
            state.tell_of_channel("THREAD_CREATE", &id);
            id
        })
    }

    /// Takes a channel or a thread away, with all that was said there.
    pub fn delete_channel(&self, id: &str) {
        self.world.change(|state| {
            let is_thread = matches!(state.room(id).kind, Kind::Thread { .. });
            state.tell_of_channel(if is_thread { "THREAD_DELETE" } else { "CHANNEL_DELETE" }, id);
            state.channels.remove(id);
        });
    }
}
