//! What wilco must be allowed to do, each with why, and what it is allowed to do in a channel.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serenity::http::{LightMethod, Route};
use serenity::model::id::{ApplicationId, ChannelId, GuildId, UserId};

use super::api::{Api, ApiError, Call, Token};

/// <https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>
pub const NEEDED: [(u64, &str, &str); 7] = [
    (1 << 10, "View Channels", "to be in the channel at all"),
    (1 << 11, "Send Messages", "to show cards and to answer"),
    (1 << 14, "Embed Links", "to show a card with its lines and stages"),
    (
        1 << 16,
        "Read Message History",
        "to read votes again, and to find a card that it lost sight of",
    ),
    (1 << 6, "Add Reactions", "to put ✅ and ❌ below a card for people to press"),
    (1 << 35, "Create Public Threads", "to keep the log below the card"),
    (1 << 38, "Send Messages in Threads", "to write into that log"),
];
const ADMINISTRATOR: u64 = 1 << 3;

/// Flags of an application that may read every message; the second is of one in few guilds.
/// <https://discord.com/developers/docs/resources/application#application-object-application-flags>
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

/// Returns all that wilco must be allowed to do, and nothing else.
pub fn needed() -> u64 {
    NEEDED.iter().fold(0, |all, (permission, _, _)| all | permission)
}

/// Returns the intent that the configuration needs and the developer portal has switched off.
///
/// Hearing lines that do not name wilco takes the one privileged intent that it ever asks for.
pub fn intent_off(prefix: Option<&str>, flags: u64) -> Option<&'static str> {
    prefix.filter(|_| flags & MESSAGE_CONTENT == 0).map(|_| "Message Content Intent")
}

/// Returns the address at which somebody lets wilco into a guild.
pub fn invitation(application: &str) -> String {
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={}",
        needed()
    )
}

/// Who a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub application: String,
    pub bot: String,
    /// What the developer portal has switched on, where Discord says it.
    pub flags: Option<u64>,
}

/// What Discord says of a channel.
#[derive(Deserialize)]
pub struct Channel {
    #[serde(default)]
    pub name: String,
    /// The guild that it is in.
    #[serde(rename = "guild_id")]
    pub guild: Option<String>,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

impl Channel {
    /// Says what it is where no card with a thread below it can be.
    /// <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
    pub fn unsuitable(&self) -> Option<&'static str> {
        match self.kind {
            0 | 5 => None,
            1 | 3 => Some("a direct conversation"),
            2 => Some("a voice channel"),
            4 => Some("a category"),
            10..=12 => Some("a thread"),
            13 => Some("a stage"),
            15 => Some("a forum"),
            16 => Some("a media channel"),
            _ => Some("no text channel"),
        }
    }
}

/// What wilco must be allowed to do and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    pub permission: &'static str,
    pub why: &'static str,
    pub denied: Denied,
}

/// Who says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The channel takes away what the roles of wilco have.
    ByChannel,
    /// No role of wilco has it.
    ByRoles,
}

/// What the roles of wilco are, and what they may do, in a guild.
pub struct Rights {
    guild: String,
    bot: String,
    roles: Vec<Role>,
    own: Vec<String>,
}

impl Rights {
    /// Tells what wilco may not do in a channel of the guild though it must.
    pub fn lacking(&self, channel: &Channel) -> Vec<Lack> {
        let base = self.base();
        let may = self.allowed(&channel.permission_overwrites);
        let lacking = NEEDED.iter().filter(|(bit, _, _)| may & bit == 0);
        let lack = lacking.map(|(bit, permission, why)| {
            let denied = if base & bit == 0 { Denied::ByRoles } else { Denied::ByChannel };
            Lack { permission, why, denied }
        });
        lack.collect()
    }

    fn base(&self) -> u64 {
        let is_own = |id: &String| *id == self.guild || self.own.contains(id);
        let of_roles = self.roles.iter().filter(|role| is_own(&role.id));
        of_roles.fold(0, |all, role| all | bits(&role.permissions))
    }

    /// <https://discord.com/developers/docs/topics/permissions#permission-overwrites>
    fn allowed(&self, overwrites: &[Overwrite]) -> u64 {
        let base = self.base();
        if base & ADMINISTRATOR != 0 {
            return u64::MAX;
        }
        let of = |wanted: &dyn Fn(&str) -> bool| {
            let found = overwrites.iter().filter(|overwrite| wanted(&overwrite.id));
            found.fold((0, 0), |(allow, deny), overwrite| {
                (allow | bits(&overwrite.allow), deny | bits(&overwrite.deny))
            })
        };
        let layers = [
            of(&|id| id == self.guild),
            of(&|id| self.own.iter().any(|role| role == id)),
            of(&|id| id == self.bot),
        ];
        layers.into_iter().fold(base, |may, (allow, deny)| may & !deny | allow)
    }
}

fn bits(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// Asks Discord what `wilco check` and `wilco discord` want to know: harmless reads.
pub struct Probe {
    api: Api,
}

#[derive(Deserialize)]
struct WithId<I> {
    id: I,
}

#[derive(Deserialize)]
struct Application {
    id: ApplicationId,
    flags: Option<u64>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    permissions: String,
}

#[derive(Deserialize)]
struct Overwrite {
    id: String,
    allow: String,
    deny: String,
}

impl Probe {
    pub fn new(api_url: &str, secret: &str) -> Self {
        Self { api: Api::new(api_url, &Token::new(secret)) }
    }

    async fn get<A: DeserializeOwned>(
        &self,
        what: &'static str,
        route: Route<'_>,
    ) -> Result<A, ApiError> {
        self.api.get(Call { what, method: LightMethod::Get, route, query: &[] }).await
    }

    /// Returns who the token is.
    pub async fn identity(&self) -> Result<Identity, ApiError> {
        let application: Application = self.api.application().await?;
        let bot: WithId<UserId> = self.get("say who wilco is", Route::UserMe).await?;
        let (flags, application) = (application.flags, application.id.to_string());
        Ok(Identity { application, bot: bot.id.to_string(), flags })
    }

    /// Tells whether wilco is in the guild, and what it may do there.
    pub async fn guild(&self, guild: &str, bot: &str) -> Result<Rights, ApiError> {
        let guild_id = GuildId::new(number(guild));
        let user_id = UserId::new(number(bot));
        let route = Route::Guild { guild_id };
        let _: WithId<GuildId> = self.get("say whether wilco is in the guild", route).await?;
        let route = Route::GuildRoles { guild_id };
        let roles: Vec<Role> = self.get("show the roles of the guild", route).await?;
        let route = Route::GuildMember { guild_id, user_id };
        let member: Member = self.get("show wilco's roles", route).await?;
        Ok(Rights { guild: guild.into(), bot: bot.into(), roles, own: member.roles })
    }

    /// Tells whether wilco may make slash commands in the guild.
    pub async fn commands(&self, application: &str, guild: &str) -> Result<(), ApiError> {
        let application_id = ApplicationId::new(number(application));
        let route = Route::GuildCommands { application_id, guild_id: GuildId::new(number(guild)) };
        self.get::<IgnoredAny>("show the commands of the guild", route).await.map(drop)
    }

    /// Tells what a channel is.
    pub async fn channel(&self, id: &str) -> Result<Channel, ApiError> {
        let channel_id = ChannelId::new(number(id));
        self.get("show a channel", Route::Channel { channel_id }).await
    }
}

/// The configuration takes nothing but numbers; the library takes no zero.
fn number(id: &str) -> u64 {
    id.parse::<u64>().ok().filter(|id| *id > 0).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_explains_every_permission_that_the_invitation_asks_for() {
        let page = include_str!("../../../docs/discord.md");
        for (_, name, why) in NEEDED {
            assert!(page.contains(&format!("| {name} | {why} |")), "{name}");
        }
        assert!(invitation("1").ends_with(&format!("&permissions={}", needed())));
        assert_eq!(needed() & ADMINISTRATOR, 0);
    }

    fn rights(permissions: u64) -> Rights {
        let role = |id: &str, permissions: u64| Role {
            id: id.into(),
            permissions: permissions.to_string(),
        };
        let roles = vec![role("1", 0), role("3", permissions), role("4", u64::MAX)];
        Rights { guild: "1".into(), bot: "2".into(), roles, own: vec!["3".into()] }
    }

    fn overwrite(id: &str, allow: u64, deny: u64) -> Overwrite {
        Overwrite { id: id.into(), allow: allow.to_string(), deny: deny.to_string() }
    }

    #[test]
    fn what_a_channel_says_of_wilco_itself_comes_last() {
        let rights = rights(needed());
        let may = |overwrites: &[Overwrite]| rights.allowed(overwrites);
        assert_eq!(may(&[]), needed());
        assert_eq!(may(&[overwrite("1", 0, 1 << 11)]) & (1 << 11), 0);
        let both = [overwrite("2", 1 << 11, 0), overwrite("1", 0, 1 << 11)];
        assert_eq!(may(&both), needed());
        let of_another_role = [overwrite("4", 0, u64::MAX)];
        assert_eq!(may(&of_another_role), needed());
    }

    #[test]
    fn only_a_prefix_needs_an_intent_and_either_flag_says_that_it_is_on() {
        for flag in 0..u64::BITS {
            let flags = 1 << flag;
            let off = (!matches!(flag, 18 | 19)).then_some("Message Content Intent");
            assert_eq!(intent_off(Some("!"), flags), off, "{flag}");
            assert_eq!(intent_off(None, flags), None, "{flag}");
        }
        assert_eq!(intent_off(Some("!"), 0), Some("Message Content Intent"));
    }

    #[test]
    fn who_says_no_is_told_apart() {
        let channel = |overwrites: Vec<Overwrite>| Channel {
            name: "deploys".into(),
            guild: Some("1".into()),
            kind: 0,
            permission_overwrites: overwrites,
        };
        for (bit, permission, why) in NEEDED {
            let lack = |denied| vec![Lack { permission, why, denied }];
            let by_channel = channel(vec![overwrite("3", 0, bit)]);
            assert_eq!(rights(needed()).lacking(&by_channel), lack(Denied::ByChannel));
            let by_roles = rights(needed() & !bit);
            assert_eq!(by_roles.lacking(&channel(vec![])), lack(Denied::ByRoles));
            assert_eq!(by_roles.lacking(&channel(vec![overwrite("2", bit, 0)])), vec![]);
            // Who is an administrator is above what a channel says.
            assert_eq!(rights(ADMINISTRATOR).lacking(&by_channel), vec![]);
        }
    }

    #[test]
    fn cards_are_in_channels_of_text_and_nowhere_else() {
        let suits = |kind: u8| {
            let json = format!("{{\"type\":{kind}}}");
            serde_json::from_str::<Channel>(&json).unwrap().unsuitable().is_none()
        };
        assert_eq!((0..=u8::MAX).filter(|kind| suits(*kind)).collect::<Vec<_>>(), [0, 5]);
    }
}
