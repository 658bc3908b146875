//! What wilco must be allowed to do, each with why, and what it is allowed to do in a channel.

use serde::Deserialize;
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

/// Returns all that wilco must be allowed to do, and nothing else.
pub fn needed() -> u64 {
    NEEDED.iter().fold(0, |all, (permission, _, _)| all | permission)
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
}

/// What Discord says of a channel, and of what wilco may not do there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub name: String,
    /// The guild that it is in.
    pub guild: Option<String>,
    pub missing: Vec<&'static str>,
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
struct Place {
    #[serde(default)]
    name: String,
    guild_id: Option<String>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
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

    /// Returns who the token is.
    pub async fn identity(&self) -> Result<Identity, ApiError> {
        let get = |what, route| Call { what, method: LightMethod::Get, route, query: &[] };
        let application = get("say which application this is", Route::Oauth2ApplicationCurrent);
        let application: WithId<ApplicationId> = self.api.get(application).await?;
        let bot: WithId<UserId> = self.api.get(get("say who wilco is", Route::UserMe)).await?;
        Ok(Identity { application: application.id.to_string(), bot: bot.id.to_string() })
    }

    /// Tells what wilco may not do in a channel though it must.
    ///
    /// In another guild than these that is not asked.
    pub async fn channel(
        &self,
        guilds: &[String],
        bot: &str,
        id: &str,
    ) -> Result<Channel, ApiError> {
        let get = |what, route| Call { what, method: LightMethod::Get, route, query: &[] };
        let channel_id = ChannelId::new(number(id));
        let place: Place =
            self.api.get(get("show a channel", Route::Channel { channel_id })).await?;
        let ours = place.guild_id.as_ref().filter(|guild| guilds.contains(guild));
        let Some(guild) = ours else {
            let (name, guild) = (place.name, place.guild_id);
            return Ok(Channel { name, guild, missing: Vec::new() });
        };
        let guild_id = GuildId::new(number(guild));
        let roles: Vec<Role> = self
            .api
            .get(get("show the roles of the guild", Route::GuildRoles { guild_id }))
            .await?;
        let user_id = UserId::new(number(bot));
        let member = get("show wilco's roles", Route::GuildMember { guild_id, user_id });
        let member: Member = self.api.get(member).await?;
        let may = allowed((guild, bot), &roles, &member.roles, &place.permission_overwrites);
        let missing = NEEDED.iter().filter(|(permission, _, _)| may & permission == 0);
        let missing = missing.map(|(_, name, _)| *name).collect();
        Ok(Channel { name: place.name, guild: place.guild_id, missing })
    }

    /// Tells whether wilco is in the guild.
    pub async fn guild(&self, guild: &str) -> Result<(), ApiError> {
        let route = Route::Guild { guild_id: GuildId::new(number(guild)) };
        let what = "say whether wilco is in the guild";
        let call = Call { what, method: LightMethod::Get, route, query: &[] };
        self.api.get::<WithId<GuildId>>(call).await.map(drop)
    }
}

/// The configuration takes nothing but numbers; the library takes no zero.
fn number(id: &str) -> u64 {
    id.parse::<u64>().ok().filter(|id| *id > 0).unwrap_or(u64::MAX)
}

/// <https://discord.com/developers/docs/topics/permissions#permission-overwrites>
fn allowed(
    (guild, bot): (&str, &str),
    roles: &[Role],
    own: &[String],
    overwrites: &[Overwrite],
) -> u64 {
    let bits = |text: &str| text.parse::<u64>().unwrap_or_default();
    let is_own = |id: &String| id == guild || own.contains(id);
    let of_roles = roles.iter().filter(|role| is_own(&role.id));
    let base = of_roles.fold(0, |all, role| all | bits(&role.permissions));
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let found = overwrites.iter().filter(|overwrite| wanted(&overwrite.id));
        found.fold((0, 0), |(allow, deny), overwrite| {
            (allow | bits(&overwrite.allow), deny | bits(&overwrite.deny))
        })
    };
    let layers =
        [of(&|id| id == guild), of(&|id| own.iter().any(|role| role == id)), of(&|id| id == bot)];
    layers.into_iter().fold(base, |may, (allow, deny)| may & !deny | allow)
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

    #[test]
    fn what_a_channel_says_of_wilco_itself_comes_last() {
        let roles = [Role { id: "1".into(), permissions: needed().to_string() }];
        let overwrite = |id: &str, allow: u64, deny: u64| Overwrite {
            id: id.into(),
            allow: allow.to_string(),
            deny: deny.to_string(),
        };
        let may = |overwrites: &[Overwrite]| allowed(("1", "2"), &roles, &[], overwrites);
        assert_eq!(may(&[]), needed());
        assert_eq!(may(&[overwrite("1", 0, 1 << 11)]) & (1 << 11), 0);
        let both = [overwrite("2", 1 << 11, 0), overwrite("1", 0, 1 << 11)];
        assert_eq!(may(&both), needed());
    }
}
