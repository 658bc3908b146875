//! Guilds, members, roles and channels over REST: what can be read about places and people.

use serde_json::{Value, json};

use super::answer::{Answer, Call, Form, Refusal, Reply};
use super::clock::number;
use super::event::GUILD_MEMBERS;
use super::message::HAS_THREAD;
use super::permission::{CREATE_PUBLIC_THREADS, MANAGE_THREADS};
use super::state::{Channel, Kind, State};
use super::{BOT_USER, payload};

const THREAD_NAME: usize = 100;
/// Minutes until a thread that is quiet is put away. Source: Channel, "Thread Metadata Object".
const ARCHIVE_AFTER: &[u64] = &[60, 1_440, 4_320, 10_080];

impl State {
    /// A guild that the bot is in.
    fn inside(&self, call: &Call) -> Result<String, Refusal> {
        let guild = call.part("guild_id");
        let found = self.guilds.get(guild).ok_or_else(Refusal::unknown_guild)?;
        let is_in = found.members.contains_key(BOT_USER);
        if is_in { Ok(guild.to_owned()) } else { Err(Refusal::unknown_guild()) }
    }

    pub fn my_guilds(&self) -> Reply {
        let shown = self.guilds.iter().map(|(id, guild)| {
            json!({
                "id": id, "name": guild.name, "icon": null, "owner": false, "features": [],
                "permissions": super::permission::EVERYONE.to_string(),
            })
        });
        Reply::Body(shown.collect())
    }

    pub fn create_dm(&mut self, call: &Call) -> Answer {
        let mut form = Form::default();
        form.needed(&call.body["recipient_id"], 20, "recipient_id");
        form.finish()?;
        let user = call.body["recipient_id"].as_str().unwrap_or_default();
        if !self.users.contains_key(user) || user == BOT_USER {
            return Err(Refusal::new(400, 50_033, "Invalid Recipient(s)"));
        }
        let id = self.direct(user);
        Ok(Reply::Body(self.channel(&id)))
    }

    pub fn get_user(&self, call: &Call) -> Answer {
        let id = call.part("user_id");
        let is_there = self.users.contains_key(id);
        if is_there { Ok(Reply::Body(self.user(id))) } else { Err(unknown_user()) }
    }

    pub fn get_guild(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        Ok(Reply::Body(self.guild(&guild)))
    }

    pub fn guild_channels(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        let channels = self.channels_of(&guild, |kind| matches!(kind, Kind::Text { .. }));
        Ok(Reply::Body(channels.into()))
    }

    pub fn guild_roles(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        Ok(Reply::Body(self.roles(&guild).into()))
    }

    /// Source: Guild, "List Guild Members": it asks for the privileged intent.
    pub fn guild_members(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        if self.privileged & GUILD_MEMBERS == 0 {
            return Err(Refusal::missing_access());
        }
        let limit = call.limit(1, (1, 1_000))?;
        let after = call.asked("after").map_or(0, number);
        let members = self.guilds[&guild].members.keys();
        let page = members.filter(|id| number(id) > after).take(limit);
        Ok(Reply::Body(page.filter_map(|id| self.member(&guild, id)).collect()))
    }

    pub fn guild_member(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        let user = call.part("user_id");
        if !self.users.contains_key(user) {
            return Err(unknown_user());
        }
        let member = self.member(&guild, user);
        member.map(Reply::Body).ok_or_else(|| Refusal::new(404, 10_007, "Unknown Member"))
    }

    pub fn active_threads(&self, call: &Call) -> Answer {
        let guild = self.inside(call)?;
        let threads = self.channels_of(&guild, payload::is_open_thread);
        Ok(Reply::Body(json!({ "threads": threads, "members": [] })))
    }

    pub fn get_channel(&self, call: &Call) -> Answer {
        let id = call.part("channel_id");
        self.entered(id)?;
        Ok(Reply::Body(self.channel(id)))
    }

    /// Of a thread its name and its shelf can be changed; nothing else is needed.
    pub fn update_channel(&mut self, call: &Call) -> Answer {
        let id = call.part("channel_id");
        self.entered(id)?;
        let is_own = self.find_parent_author(id).as_deref() == Some(BOT_USER);
        if !is_own {
            self.allowed(id, MANAGE_THREADS)?;
        }
        let mut form = Form::default();
        form.text(&call.body["name"], (1, THREAD_NAME), "name");
        form.finish()?;
        let channel = self.room(id);
        let Kind::Thread { is_archived, is_locked, .. } = &mut channel.kind else {
            return Err(Refusal::missing_permissions());
        };
        let opens = call.body["archived"] == false;
        if *is_archived && !opens {
            return Err(Refusal::archived());
        }
        *is_archived = call.body["archived"].as_bool().unwrap_or(*is_archived);
        *is_locked = call.body["locked"].as_bool().unwrap_or(*is_locked);
        if let Some(name) = call.body["name"].as_str() {
            name.clone_into(&mut channel.name);
        }
        self.tell_of_channel("THREAD_UPDATE", id);
        Ok(Reply::Body(self.channel(id)))
    }

    /// Who wrote the message that a thread hangs on.
    fn find_parent_author(&self, thread: &str) -> Option<String> {
        let Kind::Thread { parent, .. } = &self.channels.get(thread)?.kind else { return None };
        self.find(parent, thread).map(|message| message.by().to_owned())
    }

    /// A thread has the id of the message that it hangs on.
    pub fn create_thread(&mut self, call: &Call) -> Answer {
        let message = self.stands(call)?.clone();
        let parent = message.channel.clone();
        self.allowed(&parent, CREATE_PUBLIC_THREADS)?;
        let mut form = Form::default();
        form.needed(&call.body["name"], THREAD_NAME, "name");
        let after = &call.body["auto_archive_duration"];
        if !after.is_null() {
            form.choice(after, ARCHIVE_AFTER, "auto_archive_duration");
        }
        form.finish()?;
        let Kind::Text { guild } = &self.channels[&parent].kind else {
            return Err(Refusal::new(400, 50_024, "Cannot execute action on this channel type"));
        };
        if self.channels.contains_key(&message.id) {
            let told = "A thread has already been created for this message";
            return Err(Refusal::new(400, 160_004, told));
        }
        let guild = guild.clone();
        let kind =
            Kind::Thread { guild, parent: parent.clone(), is_archived: false, is_locked: false };
        let name = call.body["name"].as_str().unwrap_or_default();
        self.channels.insert(message.id.clone(), Channel::new(kind, name));
        self.said(&parent, &message.id).flags |= HAS_THREAD;
        self.tell_of_channel("THREAD_CREATE", &message.id);
        Ok(Reply::Created(self.channel(&message.id)))
    }

    pub fn join_thread(&mut self, call: &Call) -> Answer {
        self.is_open(call.part("channel_id"))?;
        Ok(Reply::Empty)
    }

    pub fn typing(&mut self, call: &Call) -> Answer {
        let channel = call.part("channel_id");
        self.entered(channel)?;
        self.typing.insert(channel.to_owned());
        Ok(Reply::Empty)
    }
}

fn unknown_user() -> Refusal {
    Refusal::new(404, 10_013, "Unknown User")
}

/// A list that a bot reads in pages by the id after which it goes on.
pub fn page(ids: &[String], after: u64, limit: usize, shown: impl Fn(&str) -> Value) -> Value {
    let mut ids: Vec<&String> = ids.iter().filter(|id| number(id) > after).collect();
    ids.sort_by_key(|id| number(id));
    ids.into_iter().take(limit).map(|id| shown(id)).collect()
}
