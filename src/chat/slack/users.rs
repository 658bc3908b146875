//! What Slack says of its users: who may count, and who never does.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use wilco_core::person::Standing;

use super::api::{Api, ApiError};
use super::decode::Us;

/// What was said of somebody is taken as true for so long: a guest or a leaver is noticed soon.
const TRUE_FOR: Duration = Duration::from_mins(5);

/// As many are remembered; beyond that everybody is looked up anew.
const REMEMBERED_MAX: usize = 10_000;

/// Slack's own bot, of which `users.info` does not say that it is one.
const SLACKBOT: &str = "USLACKBOT";

#[derive(Default)]
pub struct Users {
    known: Mutex<HashMap<String, (Standing, Instant)>>,
}

/// The fields of `users.info` that decide. What is missing counts as no.
#[derive(Deserialize)]
struct Answer {
    user: User,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are Slack's")]
struct User {
    team_id: Option<String>,
    #[serde(default)]
    is_bot: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    is_restricted: bool,
    #[serde(default)]
    is_ultra_restricted: bool,
    #[serde(default)]
    is_stranger: bool,
}

impl Users {
    /// Returns what was said of somebody not long ago.
    pub fn remembered(&self, user: &str) -> Option<Standing> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (standing, at) = known.get(user)?;
        (at.elapsed() < TRUE_FOR).then_some(*standing)
    }

    /// Returns what Slack says of somebody, or said not long ago.
    pub async fn standing(&self, api: &Api, us: &Us, user: &str) -> Result<Standing, ApiError> {
        match self.remembered(user) {
            Some(standing) => Ok(standing),
            None => self.look_up(api, us, user).await,
        }
    }

    /// Returns what Slack says of somebody now, whatever it said before: a start may hang on it.
    pub async fn look_up(&self, api: &Api, us: &Us, user: &str) -> Result<Standing, ApiError> {
        let standing = if user == SLACKBOT || user == us.bot_user {
            Standing::Bot
        } else {
            match api.get::<Answer>("users.info", &[("user", Some(user))]).await {
                Ok(answer) => standing(&answer.user, us),
                // Somebody of whom our own workspace knows nothing is not one of us.
                Err(error) if error.is("user_not_found") || error.is("user_not_visible") => {
                    Standing::Stranger
                }
                Err(error) => return Err(error),
            }
        };
        self.remember(user, standing);
        Ok(standing)
    }

    fn remember(&self, user: &str, standing: Standing) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(user.to_owned(), (standing, Instant::now()));
    }
}

fn standing(user: &User, us: &Us) -> Standing {
    if user.is_bot {
        Standing::Bot
    } else if user.deleted {
        Standing::Deactivated
    } else if user.is_stranger || user.team_id.as_ref() != Some(&us.team) {
        Standing::Stranger
    } else if user.is_restricted || user.is_ultra_restricted {
        Standing::Guest
    } else {
        Standing::Member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Standing {
        let us = Us { team: "T1".into(), bot_user: "U0BOT".into(), bot_id: None, app: None };
        standing(&serde_json::from_str(json).unwrap(), &us)
    }

    #[test]
    fn only_a_full_member_of_our_own_workspace_is_one() {
        assert_eq!(read(r#"{"team_id":"T1"}"#), Standing::Member);
        for (json, standing) in [
            (r#"{"team_id":"T1","is_bot":true}"#, Standing::Bot),
            (r#"{"team_id":"T1","deleted":true}"#, Standing::Deactivated),
            (r#"{"team_id":"T1","is_restricted":true}"#, Standing::Guest),
            (r#"{"team_id":"T1","is_ultra_restricted":true}"#, Standing::Guest),
            (r#"{"team_id":"T1","is_stranger":true}"#, Standing::Stranger),
            (r#"{"team_id":"T2"}"#, Standing::Stranger),
            // Without a workspace nobody can say that it is ours.
            (r"{}", Standing::Stranger),
        ] {
            assert_eq!(read(json), standing, "{json}");
        }
    }
}
