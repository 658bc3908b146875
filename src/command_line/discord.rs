//! `wilco discord`: how wilco gets into a guild.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;

use super::{complain, complain_of, tell};
use crate::chat::discord::api::ApiError;
use crate::chat::discord::permissions::{Probe, invitation};
use crate::secrets::{self, DISCORD_TOKEN};
use crate::settings::fault::Fault;
use crate::settings::{self, discord};

#[derive(Subcommand)]
pub enum Action {
    /// Print the address at which somebody who manages a server lets wilco in
    ///
    /// It asks for exactly the permissions that wilco needs, and for slash commands. Discord is asked which
    /// application the token is of; with --application nobody is asked, and no token is needed.
    #[command(after_help = "Example: wilco discord invite --application 1122334455667788990")]
    Invite {
        /// The "Application ID" from "General Information" in the developer portal
        #[arg(long, value_name = "ID", value_parser = application)]
        application: Option<u64>,
        /// The directory with wilco.toml, which may say where Discord is; it need not be there yet
        #[arg(long, value_name = "DIR", default_value = "config")]
        config: PathBuf,
    },
}

/// What helps whatever is wrong with the token or the network.
const BY_HAND: &str = "or say `wilco discord invite --application ID`, with the \"Application ID\" from \
                       \"General Information\" in the developer portal";

fn application(text: &str) -> Result<u64, String> {
    let id = text.parse::<u64>().ok().filter(|id| *id > 0);
    id.ok_or_else(|| {
        "copy the number below \"Application ID\" from \"General Information\" in the developer portal"
            .into()
    })
}

/// Does what was asked for.
pub async fn carry_out(action: &Action) -> anyhow::Result<ExitCode> {
    let Action::Invite { application, config } = action;
    let application = match application {
        Some(application) => application.to_string(),
        None => match api_url(config) {
            Ok(api_url) => asked(&api_url).await?,
            Err(faults) => {
                let code = complain_of(&faults);
                complain(&format!("so nobody can tell where Discord is: mend it, {BY_HAND}"));
                return Ok(code);
            }
        },
    };
    tell(&invitation(&application))?;
    complain("next: open this address, and choose the server");
    Ok(ExitCode::SUCCESS)
}

/// Returns where Discord is. Before there is a configuration wilco is invited all the same, but a token goes
/// nowhere by a guess.
fn api_url(config: &Path) -> Result<String, Vec<Fault>> {
    if !config.join("wilco.toml").exists() {
        return Ok(discord::API_URL.to_owned());
    }
    let configured = settings::load(config)?.discord;
    Ok(configured.map_or(discord::API_URL.to_owned(), |discord| discord.api_url))
}

/// Asks Discord which application the token is of.
async fn asked(api_url: &str) -> anyhow::Result<String> {
    let name = DISCORD_TOKEN.name;
    let token = match secrets::read(DISCORD_TOKEN) {
        Ok(token) => token,
        Err(error) => bail!("{error}; {BY_HAND}"),
    };
    match Probe::new(api_url, token.expose()).identity().await {
        Ok(identity) => Ok(identity.application),
        Err(error) if error.is_about_the_token() => bail!(
            "Discord does not take {name}: copy it from \"Bot\" of the application in the developer \
             portal, {BY_HAND}"
        ),
        Err(ApiError::Unknown { what, reason }) => bail!(
            "Discord did not {what}: {reason}; look whether this machine gets to {api_url}, {BY_HAND}"
        ),
        Err(
            error
            @ (ApiError::NoToken { .. } | ApiError::TooFast { .. } | ApiError::Refused { .. }),
        ) => {
            bail!("{error}: wait a minute and try again, {BY_HAND}")
        }
    }
}
