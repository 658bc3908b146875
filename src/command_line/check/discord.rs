//! `wilco check` with Discord: the token, the guilds, the slash commands, and what wilco may do in each
//! channel.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::ids::Platform;

use super::{Finding, Stage};
use crate::chat::discord::api::ApiError;
use crate::chat::discord::commands::{self, LeftOut};
use crate::chat::discord::permissions::{self, Channel, Denied, Identity, Probe, Rights};
use crate::secrets::{self, DISCORD_TOKEN};
use crate::settings::Settings;
use crate::settings::discord::Discord;

const TOKEN: &str = "discord token";
const INTENTS: &str = "discord intents";
const GUILDS: &str = "discord guilds";
const COMMANDS: &str = "discord commands";
const CHANNELS: &str = "discord channels";

/// Discord's numbers for a channel that is not there, and for what wilco may not see.
const UNKNOWN_CHANNEL: i64 = 10_003;
const MISSING_ACCESS: i64 = 50_001;

/// Looks at everything that Discord needs to be as the configuration says; nothing where it says nothing.
pub async fn stages(settings: &Settings) -> Vec<Stage> {
    let Some(configured) = &settings.discord else { return Vec::new() };
    let mut stages = asked(configured, settings).await;
    // Discord need not be asked for that.
    if let Some(stage) = stages.iter_mut().find(|stage| stage.name == COMMANDS) {
        let left_out = commands::left_out(&settings.catalog);
        let note = |one: &LeftOut<'_>| fault(one.to_string(), Some(one.next_step()));
        stage.notes.extend(left_out.iter().map(note));
    }
    stages
}

async fn asked(configured: &Discord, settings: &Settings) -> Vec<Stage> {
    let (probe, identity) = match token(configured).await {
        Ok(found) => found,
        Err(wrong) => {
            let wrong = Stage { faults: vec![wrong], ..stage(TOKEN, 1) };
            let why = "without a token that Discord takes nothing of it can be asked for";
            let put_off = [GUILDS, COMMANDS, CHANNELS].map(|name| put_off(name, why));
            return [wrong].into_iter().chain(put_off).collect();
        }
    };
    let mut stages = vec![stage(TOKEN, 1)];
    stages.extend(intents(configured, &identity));
    let asked = Asked { probe, identity, configured };
    let mut guilds = stage(GUILDS, asked.guilds().len());
    let rights = asked.rights(&mut guilds).await;
    stages.push(guilds);
    if rights.is_empty() {
        let why = "wilco is in no guild in which to look";
        stages.extend([COMMANDS, CHANNELS].map(|name| put_off(name, why)));
        return stages;
    }
    stages.push(asked.commands(&rights).await);
    stages.push(asked.channels(&rights, settings).await);
    stages
}

/// Looks whether the developer portal lets wilco hear what the configuration needs, where that is anything.
fn intents(configured: &Discord, identity: &Identity) -> Option<Stage> {
    configured.prefix.as_ref()?;
    let mut stage = stage(INTENTS, 1);
    match identity.flags {
        None => {
            let message = "Discord does not say which intents of the application are on";
            let next_step = "look under \"Bot\" in the developer portal";
            stage.skipped.push(fault(message, Some(next_step)));
        }
        Some(flags) => {
            let off = permissions::intent_off(configured.prefix.as_deref(), flags);
            stage.faults.extend(off.map(|intent| {
                let message =
                    format!("\"{intent}\" is off, without which `prefix` of [discord] is not heard");
                let next_step = "switch it on under \"Bot\" in the developer portal, or take `prefix` \
                                 out of wilco.toml";
                fault(message, Some(next_step))
            }));
        }
    }
    Some(stage)
}

fn stage(name: &'static str, checked: usize) -> Stage {
    Stage { name, checked, ..Stage::default() }
}

fn put_off(name: &'static str, why: &str) -> Stage {
    Stage { skipped: vec![fault(why, None)], ..stage(name, 0) }
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
    match error {
        ApiError::TooFast { .. } => fault(error.to_string(), Some("wait a minute and check again")),
        ApiError::Unknown { what, reason } => {
            let mend = format!("look whether this machine gets to {address}, and check again");
            fault(format!("Discord did not {what}: {reason}"), Some(&mend))
        }
        ApiError::NoToken { .. } | ApiError::Refused { .. } => {
            let mend = "look into the settings of that server, and check again";
            fault(error.to_string(), Some(mend))
        }
    }
}

/// Whom to ask, as whom, and about what.
struct Asked<'a> {
    probe: Probe,
    identity: Identity,
    configured: &'a Discord,
}

impl<'a> Asked<'a> {
    fn guilds(&self) -> &'a [String] {
        &self.configured.guilds
    }

    /// Returns what wilco may do in each guild in which it is.
    async fn rights(&self, stage: &mut Stage) -> BTreeMap<&'a str, Rights> {
        let mut rights = BTreeMap::new();
        for guild in self.guilds() {
            match self.probe.guild(guild, &self.identity.bot).await {
                Ok(found) => {
                    rights.insert(guild.as_str(), found);
                }
                Err(error) if error.is_no_access() => {
                    let message = format!("wilco is not in the guild {guild}");
                    let mend = "print the link with `wilco discord invite`, open it and choose that \
                                server";
                    stage.faults.push(fault(message, Some(mend)));
                }
                Err(error) => stage.faults.push(unanswered(self.configured, &error)),
            }
        }
        rights
    }

    /// Looks whether wilco was let in with the right to slash commands, too.
    async fn commands(&self, rights: &BTreeMap<&str, Rights>) -> Stage {
        let mut stage = stage(COMMANDS, rights.len());
        for guild in rights.keys() {
            match self.probe.commands(&self.identity.application, guild).await {
                Ok(()) => {}
                Err(error) if error.is_any(&[MISSING_ACCESS]) => {
                    let message = format!("wilco may make no slash commands in the guild {guild}");
                    let mend = "print the link with `wilco discord invite`, open it and choose that \
                                server once more; wilco need not leave it before";
                    stage.faults.push(fault(message, Some(mend)));
                }
                Err(error) => stage.faults.push(unanswered(self.configured, &error)),
            }
        }
        stage
    }

    /// Looks at every channel of the configuration once, however many names it has.
    async fn channels(&self, rights: &BTreeMap<&str, Rights>, settings: &Settings) -> Stage {
        let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (name, places) in &settings.catalog.channels {
            for place in places.iter().filter(|place| place.platform == Platform::Discord) {
                wanted.entry(&place.channel).or_default().insert(format!("channel {name}"));
            }
        }
        let mut stage = stage(CHANNELS, wanted.len());
        for (id, names) in wanted {
            let faults = match self.probe.channel(id).await {
                Ok(channel) => wrong_with(&channel, id, rights),
                Err(error) if error.is_any(&[UNKNOWN_CHANNEL, MISSING_ACCESS]) => {
                    let mend = "copy its id from the menu of its name in Discord; where the channel \
                                is private, add wilco under its \"Permissions\"";
                    vec![fault(format!("Discord shows wilco no channel {id}"), Some(mend))]
                }
                Err(error) => vec![unanswered(self.configured, &error)],
            };
            let used_by: Vec<String> = names.into_iter().collect();
            let faults = faults.into_iter();
            stage.faults.extend(faults.map(|one| Finding { used_by: used_by.clone(), ..one }));
        }
        stage
    }
}

/// Returns why no card could be shown in a channel, or not all of it.
fn wrong_with(channel: &Channel, id: &str, rights: &BTreeMap<&str, Rights>) -> Vec<Finding> {
    let shown = format!("#{} ({id})", channel.name);
    let guild = channel.guild.as_deref().and_then(|guild| rights.get(guild));
    let Some(rights) = guild else {
        let mend = "let `discord` name a channel of one of those in wilco.toml";
        return vec![fault(format!("{shown} is in no guild of [discord]"), Some(mend))];
    };
    if let Some(kind) = channel.unsuitable() {
        let mend = "let `discord` name a text channel in wilco.toml";
        return vec![fault(format!("{shown} is {kind}, which takes no cards"), Some(mend))];
    }
    let lacking = rights.lacking(channel).into_iter().map(|lack| {
        let message =
            format!("wilco lacks \"{}\" in {shown}, needed {}", lack.permission, lack.why);
        let mend = match lack.denied {
            Denied::ByChannel => "allow it to wilco under \"Permissions\" of the channel",
            Denied::ByRoles => {
                "allow it to wilco's role under \"Roles\" of the server's settings, or invite wilco \
                 anew with `wilco discord invite`"
            }
        };
        fault(message, Some(mend))
    });
    lacking.collect()
}
