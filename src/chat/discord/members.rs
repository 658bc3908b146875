//! What Discord says of the people in the guild: who may count, and who never does.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serenity::http::{LightMethod, Route};
use serenity::model::id::{GuildId, UserId};
use wilco_core::person::Standing;

use super::api::{Api, ApiError, Call};

/// What was said of somebody is taken as true for so long: whoever left is noticed soon.
const TRUE_FOR: Duration = Duration::from_mins(5);

/// As many are remembered; beyond that everybody is looked up anew.
const REMEMBERED_MAX: usize = 10_000;

/// Discord's words for somebody who is not in the guild, or nowhere.
const UNKNOWN_MEMBER: i64 = 10_007;
const UNKNOWN_USER: i64 = 10_013;

#[derive(Default)]
pub struct Members {
    known: Mutex<HashMap<(GuildId, UserId), (Standing, Instant)>>,
}

/// The fields of a member that decide. Without a user nobody can say that it is no bot.
#[derive(Deserialize)]
struct Member {
    user: User,
    #[serde(default)]
    pending: bool,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    bot: bool,
    #[serde(default)]
    system: bool,
}

impl Members {
    /// Returns what was said of somebody not long ago.
    pub fn remembered(&self, whose: (GuildId, UserId)) -> Option<Standing> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (standing, at) = known.get(&whose)?;
        (at.elapsed() < TRUE_FOR).then_some(*standing)
    }

    /// Returns what Discord says of somebody, or said not long ago.
    pub async fn standing(
        &self,
        api: &Api,
        whose: (GuildId, UserId),
    ) -> Result<Standing, ApiError> {
        match self.remembered(whose) {
            Some(standing) => Ok(standing),
            None => self.look_up(api, whose).await,
        }
    }

    /// Returns what Discord says of somebody now, whatever it said before: a start may hang on it.
    pub async fn look_up(
        &self,
        api: &Api,
        (guild_id, user_id): (GuildId, UserId),
    ) -> Result<Standing, ApiError> {
        let call = Call {
            what: "look somebody up",
            method: LightMethod::Get,
            route: Route::GuildMember { guild_id, user_id },
            query: &[],
        };
        let standing = match api.get::<Member>(call).await {
            Ok(member) => standing(member.shown()),
            Err(error) if error.is_any(&[UNKNOWN_MEMBER, UNKNOWN_USER]) => Standing::Stranger,
            Err(error) => return Err(error),
        };
        self.remember((guild_id, user_id), standing);
        Ok(standing)
    }

    /// Keeps what an event of the guild says of whoever did something there.
    pub fn remember(&self, whose: (GuildId, UserId), standing: Standing) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(whose, (standing, Instant::now()));
    }
}

impl Member {
    fn shown(&self) -> Shown {
        Shown { is_bot: self.user.bot || self.user.system, is_pending: self.pending }
    }
}

/// What Discord says of somebody in a guild.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub is_bot: bool,
    /// They have not agreed to the rules of the guild yet.
    pub is_pending: bool,
}

/// Whoever has not agreed to the rules of the guild may not talk there yet, and does not count.
pub fn standing(shown: Shown) -> Standing {
    match (shown.is_bot, shown.is_pending) {
        (true, _) => Standing::Bot,
        (false, true) => Standing::Guest,
        (false, false) => Standing::Member,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_person_who_agreed_to_the_rules_is_a_member() {
        let read = |json: &str| {
            let member: Member = serde_json::from_str(json).ok()?;
            Some(standing(member.shown()))
        };
        assert_eq!(read(r#"{"user":{"id":"1"}}"#), Some(Standing::Member));
        assert_eq!(read(r#"{"user":{"id":"1","bot":true}}"#), Some(Standing::Bot));
        assert_eq!(read(r#"{"user":{"id":"1","system":true}}"#), Some(Standing::Bot));
        assert_eq!(read(r#"{"user":{"id":"1"},"pending":true}"#), Some(Standing::Guest));
        // Without a user nobody can say that it is no bot.
        assert_eq!(read("{}"), None);
    }
}
