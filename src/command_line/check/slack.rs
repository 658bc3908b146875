//! `wilco check` with Slack: the token, the scopes, the channels, and how wilco hears of what people do.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::ids::Platform;

use super::{Finding, Stage};
use crate::chat::slack::api::{Api, ApiError};
use crate::chat::slack::hooks::SigningSecret;
use crate::chat::slack::probe;
use crate::secrets::{self, SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, Secret};
use crate::settings::Settings;
use crate::settings::slack::{Mode, Slack};

const TOKEN: &str = "slack token";
const SCOPES: &str = "slack scopes";
const CHANNELS: &str = "slack channels";

const ANEW: &str = "paste `wilco slack manifest` anew under \"App Manifest\" of the app's settings, \
                    and install the app again";

/// Looks at everything that Slack needs to be as the configuration says; nothing where it says nothing.
pub async fn stages(settings: &Settings) -> Vec<Stage> {
    let Some(configured) = &settings.slack else { return Vec::new() };
    let mut token = stage(TOKEN);
    let mut stages = match bot(configured).await {
        Ok(api) => {
            let (scopes, channels) = (scopes(&api).await, channels(&api, settings).await);
            vec![token, scopes, channels]
        }
        Err(wrong) => {
            token.faults.push(wrong.into());
            vec![token, put_off(SCOPES), put_off(CHANNELS)]
        }
    };
    stages.push(match configured.mode {
        Mode::Socket => of("slack socket", socket(configured).await),
        Mode::Http => of("slack signing secret", signing_secret()),
    });
    stages
}

fn stage(name: &'static str) -> Stage {
    Stage { name, checked: 1, ..Stage::default() }
}

fn of(name: &'static str, looked: Result<(), Wrong>) -> Stage {
    Stage { faults: looked.err().into_iter().map(Finding::from).collect(), ..stage(name) }
}

/// What needs a good token waits until there is one.
fn put_off(name: &'static str) -> Stage {
    let skipped = fault("they cannot be asked for without a bot token that Slack takes", None);
    Stage { name, skipped: vec![skipped.into()], ..Stage::default() }
}

/// What is wrong, and what to do; the errors of secrets say that themselves.
struct Wrong {
    message: String,
    next_step: Option<String>,
}

impl From<Wrong> for Finding {
    fn from(Wrong { message, next_step }: Wrong) -> Self {
        Finding { message, next_step, ..Finding::default() }
    }
}

fn fault(message: impl Into<String>, next_step: Option<&str>) -> Wrong {
    Wrong { message: message.into(), next_step: next_step.map(str::to_owned) }
}

fn secret(wanted: secrets::Wanted<'_>) -> Result<Secret, Wrong> {
    secrets::read(wanted).map_err(|error| fault(error.to_string(), None))
}

fn api(configured: &Slack, secret: &Secret) -> Result<Api, Wrong> {
    probe::api(&configured.api_url, secret.expose()).map_err(|error| {
        let message = format!("this system has no root certificates to trust Slack with: {error}");
        fault(message, Some("install ca-certificates"))
    })
}

/// Returns an API for the bot token, once it is known to be one of this workspace.
async fn bot(configured: &Slack) -> Result<Api, Wrong> {
    const MEND: &str = "copy the one that begins with xoxb- from \"OAuth & Permissions\" of the app's \
                        settings";
    let name = SLACK_BOT_TOKEN.name;
    let secret = secret(SLACK_BOT_TOKEN)?;
    // Slack takes it here and nowhere else, so that it would look right.
    if secret.expose().starts_with("xapp-") {
        return Err(fault(format!("{name} holds an app-level token"), Some(MEND)));
    }
    let api = api(configured, &secret)?;
    let identity = probe::identity(&api).await.map_err(|error| match error {
        ApiError::Refused { code, .. } | ApiError::NoToken { code, .. } => {
            fault(format!("Slack does not take {name} ({code})"), Some(MEND))
        }
        other => unanswered(configured, &other),
    })?;
    let (Some(team), Some(_)) = (&identity.team_id, &identity.bot_id) else {
        return Err(fault(format!("{name} is not the token of a bot"), Some(MEND)));
    };
    if *team != configured.workspace {
        let message = format!("{name} is of workspace {team} and not of {}", configured.workspace);
        let mend = format!(
            "put `workspace = \"{team}\"` under [slack] in wilco.toml, or use the token of the other \
             workspace"
        );
        return Err(fault(message, Some(&mend)));
    }
    Ok(api)
}

/// Nobody answered as they should, which says nothing about what was asked for.
fn unanswered(configured: &Slack, error: &ApiError) -> Wrong {
    let address = &configured.api_url;
    let next_step = match error {
        ApiError::TooFast { .. } => "wait a minute and check again".to_owned(),
        ApiError::Unknown { .. } => {
            format!("look whether this machine gets to {address}, and check again")
        }
        ApiError::Refused { .. } | ApiError::NoToken { .. } | ApiError::MissingScope { .. } => {
            ANEW.to_owned()
        }
    };
    fault(error.to_string(), Some(&next_step))
}

async fn scopes(api: &Api) -> Stage {
    let mut stage = Stage { checked: crate::chat::slack::manifest::SCOPES.len(), ..stage(SCOPES) };
    match probe::missing_scopes(api).await {
        Ok(Some(missing)) if missing.is_empty() => {}
        Ok(Some(missing)) => {
            let message = format!("the app has no {}", missing.join(", "));
            stage.faults.push(fault(message, Some(ANEW)).into());
        }
        Ok(None) => {
            let message = "the app may do more than wilco asks for, so Slack does not say what";
            let next_step = "compare its scopes with docs/slack.md";
            stage.skipped.push(fault(message, Some(next_step)).into());
        }
        Err(error) => {
            let message = format!("Slack does not say what the app may do ({error})");
            stage.skipped.push(fault(message, Some("check again later")).into());
        }
    }
    stage
}

/// Looks at every channel of the configuration once, however many names it has.
async fn channels(api: &Api, settings: &Settings) -> Stage {
    let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, places) in &settings.catalog.channels {
        for place in places.iter().filter(|place| place.platform == Platform::Slack) {
            wanted.entry(&place.channel).or_default().insert(format!("channel {name}"));
        }
    }
    let mut stage = Stage { checked: wanted.len(), ..stage(CHANNELS) };
    for (id, names) in wanted {
        if let Err(wrong) = channel(api, id).await {
            let used_by = names.into_iter().collect();
            stage.faults.push(Finding { used_by, ..wrong.into() });
        }
    }
    stage
}

async fn channel(api: &Api, id: &str) -> Result<(), Wrong> {
    let channel = probe::channel(api, id).await.map_err(|error| {
        if error.is("channel_not_found") {
            let mend = "copy its id from the end of the channel's details in Slack; where the channel \
                        is private, invite wilco first with /invite @wilco";
            return fault(format!("Slack shows wilco no channel {id}"), Some(mend));
        }
        let message = format!("what channel {id} is cannot be told: {error}");
        let mend = match error {
            ApiError::MissingScope { .. } => ANEW,
            ApiError::Refused { .. }
            | ApiError::NoToken { .. }
            | ApiError::TooFast { .. }
            | ApiError::Unknown { .. } => {
                "wait a minute and check again"
            }
        };
        fault(message, Some(mend))
    })?;
    let shown = format!("#{} ({id})", channel.name);
    if channel.is_archived {
        let mend = "unarchive it in Slack, or let `slack` name another one in wilco.toml";
        return Err(fault(format!("{shown} is archived"), Some(mend)));
    }
    if channel.is_ext_shared {
        let mend = "let `slack` name a channel of your own workspace in wilco.toml";
        let message =
            format!("{shown} is shared with another organisation, so wilco is deaf there");
        return Err(fault(message, Some(mend)));
    }
    if !channel.is_member {
        let mend = "invite it there with /invite @wilco";
        return Err(fault(format!("wilco is not in {shown}"), Some(mend)));
    }
    Ok(())
}

async fn socket(configured: &Slack) -> Result<(), Wrong> {
    const MEND: &str = "make an app-level token with connections:write under \"Basic Information\" \
                        of the app's settings";
    let name = SLACK_APP_TOKEN.name;
    let secret = secret(SLACK_APP_TOKEN)?;
    if secret.expose().starts_with("xox") {
        let message = format!("{name} holds a token that is not app-level");
        return Err(fault(message, Some(MEND)));
    }
    let api = api(configured, &secret)?;
    probe::socket(&api).await.map_err(|error| match error {
        ApiError::MissingScope { .. } => {
            fault(format!("{name} has no connections:write"), Some(MEND))
        }
        ApiError::Refused { ref code, .. } if code == "too_many_websockets" => {
            let mend = "stop other programs that run with this app, or lower `connections`";
            fault("Slack takes no more connections of this app", Some(mend))
        }
        ApiError::Refused { code, .. } | ApiError::NoToken { code, .. } => {
            fault(format!("Slack does not take {name} ({code})"), Some(MEND))
        }
        other => unanswered(configured, &other),
    })
}

fn signing_secret() -> Result<(), Wrong> {
    let secret = secret(SLACK_SIGNING_SECRET)?;
    SigningSecret::new(secret.expose()).map_err(|error| fault(error.to_string(), None))?;
    // A wrong one would only show once Slack calls, so what can never be one is said now.
    if secret.expose().starts_with("xox") || secret.expose().starts_with("xapp-") {
        let message = format!("{} holds a token", SLACK_SIGNING_SECRET.name);
        return Err(fault(message, Some("copy the signing secret from \"Basic Information\"")));
    }
    Ok(())
}
