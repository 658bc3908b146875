//! `wilco check` with Discord: the token, the guild, and what wilco may do in each channel.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::ids::Platform;

use super::{Finding, Stage};
use crate::chat::discord::api::ApiError;
use crate::chat::discord::permissions::{Identity, Probe};
use crate::secrets::{self, DISCORD_TOKEN};
use crate::settings::Settings;
use crate::settings::discord::Discord;

const TOKEN: &str = "discord token";
const GUILD: &str = "discord guild";
const CHANNELS: &str = "discord channels";

/// Discord's numbers for a channel that is not there, and for one that wilco may not see.
const UNKNOWN_CHANNEL: i64 = 10_003;
const MISSING_ACCESS: i64 = 50_001;

/// Looks at everything that Discord needs to be as the configuration says; nothing where it says nothing.
pub async fn stages(settings: &Settings) -> Vec<Stage> {
    let Some(configured) = &settings.discord else { return Vec::new() };
    let (probe, identity) = match token(configured).await {
        Ok(found) => found,
        Err(wrong) => {
            let why = "it cannot be asked for without a token that Discord takes";
            return vec![faulty(TOKEN, wrong), put_off(GUILD, why), put_off(CHANNELS, why)];
        }
    };
    if let Err(wrong) = guilds(&probe, configured).await {
        let why = "they are in a guild in which wilco is not";
        return vec![stage(TOKEN), faulty(GUILD, wrong), put_off(CHANNELS, why)];
    }
    let channels = channels(&probe, &identity, (configured, settings)).await;
    vec![stage(TOKEN), stage(GUILD), channels]
}

fn stage(name: &'static str) -> Stage {
    Stage { name, checked: 1, ..Stage::default() }
}

fn faulty(name: &'static str, wrong: Finding) -> Stage {
    Stage { faults: vec![wrong], ..stage(name) }
}

fn put_off(name: &'static str, why: &str) -> Stage {
    Stage { name, skipped: vec![fault(why, None)], ..Stage::default() }
}

fn fault(message: impl Into<String>, next_step: Option<&str>) -> Finding {
    let (message, next_step) = (message.into(), next_step.map(str::to_owned));
    Finding { message, next_step, ..Finding::default() }
}

async fn token(configured: &Discord) -> Result<(Probe, Identity), Finding> {
    let name = DISCORD_TOKEN.name;
    let secret = secrets::read(DISCORD_TOKEN).map_err(|error| fault(error.to_string(), None))?;
    let probe = Probe::new(&configured.api_url, secret.expose());
    let identity = probe.identity().await.map_err(|error| {
        if error.is_about_the_token() {
            let mend = "copy it from \"Bot\" of the application in Discord's developer portal, or \
                        make a new one there";
            return fault(format!("Discord does not take {name}"), Some(mend));
        }
        unanswered(configured, &error)
    })?;
    Ok((probe, identity))
}

/// Nobody answered as they should, which says nothing about what was asked for.
fn unanswered(configured: &Discord, error: &ApiError) -> Finding {
    let address = &configured.api_url;
    let next_step = match error {
        ApiError::TooFast { .. } => "wait a minute and check again".to_owned(),
        ApiError::Unknown { .. } | ApiError::Refused { .. } => {
            format!("look whether this machine gets to {address}, and check again")
        }
    };
    fault(error.to_string(), Some(&next_step))
}

async fn guilds(probe: &Probe, configured: &Discord) -> Result<(), Finding> {
    for guild in &configured.guilds {
        probe.guild(guild).await.map_err(|error| match error {
            ApiError::Refused { .. } => fault(
                format!("wilco is not in the guild {guild}"),
                Some("print the link with `wilco discord invite`, open it and choose that server"),
            ),
            other @ (ApiError::TooFast { .. } | ApiError::Unknown { .. }) => {
                unanswered(configured, &other)
            }
        })?;
    }
    Ok(())
}

/// Looks at every channel of the configuration once, however many names it has.
async fn channels(
    probe: &Probe,
    identity: &Identity,
    (configured, settings): (&Discord, &Settings),
) -> Stage {
    let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, places) in &settings.catalog.channels {
        for place in places.iter().filter(|place| place.platform == Platform::Discord) {
            wanted.entry(&place.channel).or_default().insert(format!("channel {name}"));
        }
    }
    let mut stage = Stage { checked: wanted.len(), ..stage(CHANNELS) };
    for (id, names) in wanted {
        if let Err(wrong) = channel(probe, identity, (configured, id)).await {
            stage.faults.push(Finding { used_by: names.into_iter().collect(), ..wrong });
        }
    }
    stage
}

async fn channel(
    probe: &Probe,
    identity: &Identity,
    (configured, id): (&Discord, &str),
) -> Result<(), Finding> {
    let guilds = &configured.guilds;
    let channel = probe.channel(guilds, &identity.bot, id).await.map_err(|error| {
        if error.is_any(&[UNKNOWN_CHANNEL, MISSING_ACCESS]) {
            let mend = "copy its id from the menu of its name in Discord; where the channel is \
                        private, let wilco in under its \"Permissions\"";
            return fault(format!("Discord shows wilco no channel {id}"), Some(mend));
        }
        unanswered(configured, &error)
    })?;
    let shown = format!("#{} ({id})", channel.name);
    if !channel.guild.is_some_and(|guild| guilds.contains(&guild)) {
        let mend = "name a channel of one of `guilds` in wilco.toml, or add its server there";
        return Err(fault(format!("{shown} is in none of wilco's guilds"), Some(mend)));
    }
    if !channel.missing.is_empty() {
        let message = format!("wilco may not {} in {shown}", channel.missing.join(", "));
        let mend = "allow it under \"Permissions\" of the channel, or invite wilco anew with \
                    `wilco discord invite`";
        return Err(fault(message, Some(mend)));
    }
    Ok(())
}
