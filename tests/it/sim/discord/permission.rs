//! Who may do what in a channel. Source: Permissions, "Permission Overwrites" and "Bitwise Permission Flags".

use super::state::{Kind, State};

pub const ADMINISTRATOR: u64 = 1 << 3;
pub const ADD_REACTIONS: u64 = 1 << 6;
pub const VIEW_CHANNEL: u64 = 1 << 10;
pub const SEND_MESSAGES: u64 = 1 << 11;
pub const MANAGE_MESSAGES: u64 = 1 << 13;
pub const EMBED_LINKS: u64 = 1 << 14;
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub const MANAGE_THREADS: u64 = 1 << 34;
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;

/// What everybody may do in a new guild, as far as it matters here.
pub const EVERYONE: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// What one channel gives to, or takes from, a role or a person.
#[derive(Clone, Copy, Default, Debug)]
pub struct Overwrite {
    pub allow: u64,
    pub deny: u64,
}

impl Overwrite {
    pub fn deny(deny: u64) -> Overwrite {
        Overwrite { allow: 0, deny }
    }

    fn upon(self, permissions: u64) -> u64 {
        permissions & !self.deny | self.allow
    }
}

impl State {
    /// What somebody may do in a channel; nothing where they are not.
    pub fn permissions(&self, user: &str, channel: &str) -> u64 {
        let Some(place) = self.channels.get(channel) else { return 0 };
        let (guild, overwritten) = match &place.kind {
            Kind::Direct { with } => {
                let is_there = with == user || user == super::BOT_USER;
                return if is_there { EVERYONE } else { 0 };
            }
            Kind::Text { guild } => (guild, place),
            Kind::Thread { guild, parent, .. } => {
                let Some(parent) = self.channels.get(parent) else { return 0 };
                (guild, parent)
            }
        };
        let Some(base) = self.permissions_in_guild(user, guild) else { return 0 };
        if base & ADMINISTRATOR != 0 {
            return u64::MAX >> 11;
        }
        let overwrites = &overwritten.overwrites;
        let of = |id: &str| overwrites.get(id).copied().unwrap_or_default();
        let roles = &self.guilds[guild].members[user].roles;
        let of_roles = roles.iter().map(|role| of(role));
        let of_roles = of_roles.fold(Overwrite::default(), |all, one| Overwrite {
            allow: all.allow | one.allow,
            deny: all.deny | one.deny,
        });
        of(user).upon(of_roles.upon(of(guild).upon(base)))
    }

    /// What the roles of a member allow; none when they are no member.
    fn permissions_in_guild(&self, user: &str, guild: &str) -> Option<u64> {
        let guild_id = guild;
        let guild = self.guilds.get(guild)?;
        let member = guild.members.get(user)?;
        if guild.owner == user {
            return Some(ADMINISTRATOR);
        }
        let roles = member.roles.iter().map(String::as_str).chain([guild_id]);
        let of = |role: &str| guild.roles.get(role).map_or(0, |role| role.permissions);
        Some(roles.fold(0, |all, role| all | of(role)))
    }

    pub fn may(&self, user: &str, channel: &str, wanted: u64) -> bool {
        self.permissions(user, channel) & wanted == wanted
    }
}
