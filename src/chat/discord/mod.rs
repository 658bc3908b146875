//! Discord: the gateway and interactions in, the REST API out.

mod answer;
pub mod api;
mod calls;
pub mod commands;
mod complete;
pub mod decode;
mod emoji;
pub mod face;
mod found;
mod gateway;
mod hear;
mod interact;
mod late;
mod limits;
mod mark;
mod members;
mod open;
mod order;
mod outward;
mod pace;
pub mod permissions;
pub mod text;
mod threads;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serenity::http::{LightMethod, Route};
use serenity::model::id::{ApplicationId, ChannelId, GuildId, UserId};
use tokio::sync::watch;
use wilco_core::catalog::Catalog;
use wilco_core::ids::MessageRef;

use crate::chat::discord::api::{Api, ApiError, Call, Token};
use crate::chat::discord::decode::{Guilds, Us};
use crate::chat::discord::gateway::Line;
use crate::chat::discord::hear::Hearing;
use crate::chat::discord::members::Members;
use crate::chat::discord::open::Open;
use crate::chat::discord::threads::Threads;
use crate::delivery::Deliveries;
use crate::reach::Reach;
use crate::recall::Recall;

/// What is needed to be in a guild.
pub struct Options {
    pub api_url: String,
    pub token: Token,
    /// The ids of the guilds; nobody is heard in another.
    pub guilds: Vec<String>,
    /// By what a line is for wilco, besides its name; it takes a privileged intent.
    pub prefix: Option<String>,
}

/// Why Discord cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "Discord does not take the token: copy it from \"Bot\" of the application in the developer \
         portal into WILCO_DISCORD_TOKEN"
    )]
    Token,
    #[error(
        "wilco is not in the guild {guild}: print the link with `wilco discord invite`, open it and choose that server"
    )]
    NotInGuild { guild: String },
    #[error(
        "`{0}` is not the id of a guild: put numbers into `guilds` below [discord] in wilco.toml"
    )]
    Guild(String),
    #[error("no guild is named: put its id into `guilds` below [discord] in wilco.toml")]
    NoGuild,
    #[error("{0}; look at the application in Discord's developer portal")]
    Refused(String),
    #[error("Discord cannot be reached: {0}; look whether this machine gets to its address")]
    Unreachable(String),
}

/// A guild that wilco is in. Cheap to clone.
#[derive(Clone)]
pub struct Discord {
    shared: Arc<Shared>,
}

/// As many cards are remembered as having their ✅ and ❌; beyond that they are put there once more.
const SEEDED_MAX: usize = 4096;
/// Of as many channels is remembered in which guild they are; beyond that they are looked up anew.
const HOMES_MAX: usize = 4096;

/// What was heard since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Connections that were made.
    pub connected: u64,
    /// What people said, pressed and reacted with, and is durable or none of wilco's business.
    pub taken: u64,
    /// Events that say something to wilco, could not be read, and are lost.
    pub undecoded: u64,
    /// Events of kinds that nobody knows here, and nobody misses.
    pub unknown: u64,
    /// Commands, presses and forms that came too late, and were not carried out.
    pub late: u64,
}

struct Shared {
    api: Api,
    api_url: String,
    token: Token,
    us: Us,
    members: Members,
    open: Open,
    threads: Threads,
    /// The guilds of channels, where there are several.
    homes: Mutex<HashMap<ChannelId, GuildId>>,
    /// Cards that have their ✅ and ❌.
    seeded: Mutex<HashSet<MessageRef>>,
    figures: watch::Sender<Figures>,
    reach: Reach,
}

/// As often is Discord tried at the start, a second apart and more.
const TRIES: u32 = 5;
/// Where Discord asks to wait for longer, the start does not: a person looks on.
const START_WAITS_AT_MOST: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
struct WithId<I> {
    id: I,
}

impl Discord {
    /// Finds out who wilco is there.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let api = Api::new(&options.api_url, &options.token);
        let read = |text: &String| {
            let id = text.parse::<u64>().ok().filter(|id| *id > 0);
            id.map(GuildId::new).ok_or_else(|| OpenError::Guild(text.clone()))
        };
        let guilds = options.guilds.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let guilds = Guilds::new(&guilds).ok_or(OpenError::NoGuild)?;
        let get = |what, route| Call { what, method: LightMethod::Get, route, query: &[] };
        let application: WithId<ApplicationId> = patiently(|| api.application()).await?;
        let who = get("say who wilco is", Route::UserMe);
        let user: WithId<UserId> = patiently(|| api.get(who)).await?;
        for guild_id in guilds.iter() {
            let in_guild = get("say whether wilco is in the guild", Route::Guild { guild_id });
            let found = patiently(|| api.get::<WithId<GuildId>>(in_guild)).await;
            found.map_err(|error| match error {
                OpenError::Refused(_) => OpenError::NotInGuild { guild: guild_id.to_string() },
                other => other,
            })?;
        }
        let (bot, application, prefix) = (user.id, application.id, options.prefix);
        let us = Us { guilds, bot, application, prefix };
        Ok(Self {
            shared: Arc::new(Shared {
                api,
                api_url: options.api_url,
                token: options.token,
                us,
                members: Members::default(),
                open: Open::default(),
                threads: Threads::default(),
                homes: Mutex::default(),
                seeded: Mutex::default(),
                figures: watch::Sender::default(),
                reach: Reach::default(),
            }),
        })
    }

    /// Returns what was heard since the start.
    pub fn figures(&self) -> watch::Receiver<Figures> {
        self.shared.figures.subscribe()
    }

    /// Returns whether wilco is connected there.
    pub fn reach(&self) -> Reach {
        self.shared.reach.clone()
    }

    /// Listens for ever. Dropping the future ends the connection.
    pub async fn listen(
        &self,
        deliveries: Deliveries,
        recall: Recall,
        catalog: watch::Receiver<Arc<Catalog>>,
    ) {
        let ways = (deliveries, recall);
        let hearing = Arc::new(Hearing::new(self.shared.clone(), ways, catalog.clone()));
        let (api_url, token) = (self.shared.api_url.clone(), self.shared.token.clone());
        let line = Line { hearing, api_url, token };
        let us = &self.shared.us;
        let guilds: Vec<GuildId> = us.guilds.iter().collect();
        let commands = commands::keep(&self.shared.api, (us.application, &guilds), catalog);
        tokio::join!(gateway::keep_up(&line), commands);
    }
}

/// Asks until there is an answer, a bounded number of times.
async fn patiently<A>(ask: impl AsyncFn() -> Result<A, ApiError>) -> Result<A, OpenError> {
    let mut attempt = 1;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(ApiError::NoToken { .. }) => return Err(OpenError::Token),
            Err(error @ ApiError::Refused { .. }) => {
                return Err(OpenError::Refused(error.to_string()));
            }
            Err(error) if attempt >= TRIES => {
                return Err(OpenError::Unreachable(error.to_string()));
            }
            Err(error @ (ApiError::TooFast { .. } | ApiError::Unknown { .. })) => {
                tokio::time::sleep(start_waits(&error, attempt)).await;
                attempt += 1;
            }
        }
    }
}

/// Returns how long to wait after so many tries, of which this was the last: what Discord asks for, too.
fn start_waits(error: &ApiError, attempts: u32) -> Duration {
    let ours = Duration::from_secs(1) * attempts;
    match error {
        ApiError::TooFast { wait, .. } => ours.max((*wait).min(START_WAITS_AT_MOST)),
        ApiError::NoToken { .. } | ApiError::Refused { .. } | ApiError::Unknown { .. } => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_waits_as_long_as_discord_asks_up_to_a_minute() {
        let asked = |seconds| ApiError::TooFast { what: "ask", wait: Duration::from_secs(seconds) };
        assert_eq!(start_waits(&asked(0), 2), Duration::from_secs(2));
        assert_eq!(start_waits(&asked(20), 2), Duration::from_secs(20));
        assert_eq!(start_waits(&asked(3_600), 1), Duration::from_mins(1));
        let unknown = ApiError::Unknown { what: "ask", reason: String::new() };
        assert_eq!(start_waits(&unknown, 3), Duration::from_secs(3));
    }
}
