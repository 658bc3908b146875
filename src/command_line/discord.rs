//! `wilco discord`: how wilco gets into a guild.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use super::tell;
use crate::chat::discord::permissions::{Probe, invitation};
use crate::secrets::{self, DISCORD_TOKEN};
use crate::settings::{self, discord};

#[derive(Subcommand)]
pub enum Action {
    /// Print the address at which somebody who manages a server lets wilco in
    ///
    /// It asks for exactly the permissions that wilco needs.
    #[command(after_help = "Example: WILCO_DISCORD_TOKEN=… wilco discord invite")]
    Invite {
        /// The id of the application, from "General Information" in the developer portal; without it
        /// Discord is asked with the token
        #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
        application: Option<u64>,
        /// The directory with wilco.toml, which may say where Discord is
        #[arg(long, value_name = "DIR", default_value = "config")]
        config: std::path::PathBuf,
    },
}

/// Does what was asked for.
pub async fn carry_out(action: &Action) -> anyhow::Result<ExitCode> {
    let Action::Invite { application, config } = action;
    let application = match application {
        Some(application) => application.to_string(),
        None => asked(config).await?,
    };
    tell(&invitation(&application))?;
    Ok(ExitCode::SUCCESS)
}

/// Asks Discord which application the token is of.
async fn asked(config: &Path) -> anyhow::Result<String> {
    let token = secrets::read(DISCORD_TOKEN)?;
    // Before there is a configuration wilco is invited all the same.
    let configured = settings::load(config).ok().and_then(|settings| settings.discord);
    let api_url = configured.map_or(discord::API_URL.to_owned(), |discord| discord.api_url);
    let identity = Probe::new(&api_url, token.expose()).identity().await.context(
        "cannot ask which application the token is of; look at the token, or name the \
         application with --application",
    )?;
    Ok(identity.application)
}
