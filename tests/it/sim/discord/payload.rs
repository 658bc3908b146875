//! How Discord writes people, guilds, roles and channels.

use serde_json::{Value, json};

use super::clock;
use super::event::{GUILD_MEMBERS, MESSAGE_CONTENT};
use super::state::{Guild, Kind, State};
use super::{APP, BOT_USER, GUILD};

const JOINED: &str = "2024-01-02T03:04:05.678000+00:00";

impl State {
    pub fn user(&self, id: &str) -> Value {
        let user = self.users.get(id).unwrap_or_else(|| panic!("there is no user {id}"));
        json!({
            "id": id, "username": user.name, "discriminator": "0", "global_name": user.shown_name,
            "avatar": null, "bot": user.is_bot, "system": false, "public_flags": 0, "flags": 0,
            "banner": null, "accent_color": null,
        })
    }

    /// The bot about itself.
    pub fn own_user(&self) -> Value {
        let mut user = self.user(BOT_USER);
        user["verified"] = true.into();
        user["mfa_enabled"] = true.into();
        user["email"] = Value::Null;
        user
    }

    /// Somebody's place in a guild, without who they are.
    pub fn membership(&self, guild: &str, user: &str) -> Option<Value> {
        let member = self.guilds.get(guild)?.members.get(user)?;
        Some(json!({
            "nick": member.nick, "roles": member.roles, "joined_at": JOINED, "premium_since": null,
            "deaf": false, "mute": false, "flags": 0, "pending": member.is_pending, "avatar": null,
            "banner": null, "communication_disabled_until": null,
        }))
    }

    pub fn member(&self, guild: &str, user: &str) -> Option<Value> {
        let mut member = self.membership(guild, user)?;
        member["user"] = self.user(user);
        Some(member)
    }

    pub fn role(&self, guild: &str, id: &str) -> Value {
        let role = &self.guilds[guild].roles[id];
        let mut shown = json!({
            "id": id, "name": role.name, "color": 0, "hoist": false, "managed": false,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "mentionable": false, "permissions": role.permissions.to_string(), "flags": 0,
            "position": i32::from(id != guild), "icon": null, "unicode_emoji": null,
        });
        let is_own = self.guilds[guild].members.get(BOT_USER).is_some_and(|own| {
            own.roles.iter().any(|own| own == id) && role.name == self.users[BOT_USER].name
        });
        if is_own {
            shown["managed"] = true.into();
            shown["tags"] = json!({ "bot_id": BOT_USER });
        }
        shown
    }

    pub fn roles(&self, guild: &str) -> Vec<Value> {
        self.guilds[guild].roles.keys().map(|id| self.role(guild, id)).collect()
    }

    pub fn channel(&self, id: &str) -> Value {
        let channel = &self.channels[id];
        let last = channel.messages.last().map(|message| message.id.as_str());
        let mut shown = json!({ "id": id, "last_message_id": last, "flags": 0 });
        match &channel.kind {
            Kind::Direct { with } => {
                shown["type"] = 1.into();
                shown["recipients"] = json!([self.user(with)]);
                return shown;
            }
            Kind::Text { guild } => {
                shown["type"] = channel.number.into();
                shown["guild_id"] = guild.as_str().into();
                shown["parent_id"] = Value::Null;
                shown["position"] = 0.into();
                shown["topic"] = Value::Null;
                shown["nsfw"] = false.into();
                let overwrites = channel.overwrites.iter().map(|(id, one)| {
                    let is_member = self.users.contains_key(id);
                    json!({
                        "id": id, "type": i32::from(is_member), "allow": one.allow.to_string(),
                        "deny": one.deny.to_string(),
                    })
                });
                shown["permission_overwrites"] = overwrites.collect();
            }
            Kind::Thread { guild, parent, is_archived, is_locked } => {
                shown["type"] = 11.into();
                shown["guild_id"] = guild.as_str().into();
                shown["parent_id"] = parent.as_str().into();
                shown["owner_id"] = BOT_USER.into();
                shown["message_count"] = channel.messages.len().into();
                shown["total_message_sent"] = channel.messages.len().into();
                shown["member_count"] = 1.into();
                shown["thread_metadata"] = json!({
                    "archived": is_archived, "locked": is_locked, "auto_archive_duration": 1440,
                    "archive_timestamp": clock::made(id), "create_timestamp": clock::made(id),
                });
            }
        }
        shown["name"] = channel.name.as_str().into();
        shown["rate_limit_per_user"] = 0.into();
        shown
    }

    /// Channels or threads of a guild.
    pub fn channels_of(&self, guild: &str, wanted: fn(&Kind) -> bool) -> Vec<Value> {
        let all = self.channels.iter();
        let of_guild = all.filter(|(_, one)| one.guild() == Some(guild) && wanted(&one.kind));
        of_guild.map(|(id, _)| self.channel(id)).collect()
    }

    pub fn guild(&self, id: &str) -> Value {
        let guild = &self.guilds[id];
        json!({
            "id": id, "name": guild.name, "icon": null, "splash": null, "discovery_splash": null,
            "owner_id": guild.owner, "afk_channel_id": null, "afk_timeout": 300,
            "verification_level": 1, "default_message_notifications": 1,
            "explicit_content_filter": 2, "roles": self.roles(id), "emojis": emojis(guild),
            "features": [], "mfa_level": 0, "application_id": null, "system_channel_id": null,
            "system_channel_flags": 0, "rules_channel_id": null, "vanity_url_code": null,
            "description": null, "banner": null, "premium_tier": 0, "preferred_locale": "en-US",
            "public_updates_channel_id": null, "nsfw_level": 0, "stickers": [],
            "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null,
        })
    }

    /// A guild as the gateway tells of it. Who is in it stays hidden without the intent for that.
    pub fn whole_guild(&self, id: &str, intents: u64) -> Value {
        let members = &self.guilds[id].members;
        let is_shown = |user: &&String| intents & GUILD_MEMBERS != 0 || *user == BOT_USER;
        let shown = members.keys().filter(is_shown).filter_map(|user| self.member(id, user));
        let more = json!({
            "joined_at": JOINED, "large": false, "unavailable": false,
            "member_count": members.len(), "voice_states": [],
            "members": shown.collect::<Vec<_>>(),
            "channels": self.channels_of(id, |kind| matches!(kind, Kind::Text { .. })),
            "threads": self.channels_of(id, is_open_thread),
            "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        });
        let mut guild = self.guild(id);
        for (name, value) in more.as_object().into_iter().flatten() {
            guild[name] = value.clone();
        }
        guild
    }

    /// Says which privileged intents were switched on, for an app in fewer than a hundred guilds.
    pub fn application_flags(&self) -> u64 {
        let flag = |intent: u64, flag: u64| if self.privileged & intent == 0 { 0 } else { flag };
        flag(GUILD_MEMBERS, 1 << 15) | flag(MESSAGE_CONTENT, 1 << 19)
    }

    pub fn application(&self) -> Value {
        json!({
            "id": APP, "name": "wilco", "icon": null, "description": "", "type": null,
            "bot": self.user(BOT_USER), "bot_public": false, "bot_require_code_grant": false,
            "summary": "", "verify_key": "0".repeat(64), "flags": self.application_flags(),
            "owner": { "id": "1", "username": "owner", "discriminator": "0", "avatar": null },
            "team": null, "guild_id": GUILD, "approximate_guild_count": self.guilds.len(),
            "redirect_uris": [], "interactions_endpoint_url": null,
            "integration_types_config": { "0": {} },
        })
    }
}

pub fn is_open_thread(kind: &Kind) -> bool {
    matches!(kind, Kind::Thread { is_archived: false, .. })
}

pub fn webhook(id: &str, name: &str) -> Value {
    json!({ "id": id, "username": name, "discriminator": "0000", "avatar": null, "bot": true })
}

fn emojis(guild: &Guild) -> Vec<Value> {
    let shown = |(id, name): (&String, &String)| {
        json!({
            "id": id, "name": name, "roles": [], "require_colons": true, "managed": false,
            "animated": false, "available": true,
        })
    };
    guild.emojis.iter().map(shown).collect()
}
