//! `wilco slack`: what Slack must be told to create the app.

use std::process::ExitCode;

use clap::Subcommand;

use super::{complain, tell};
use crate::chat::slack::manifest::{Mode, creation_link, manifest};

/// How the app is called in Slack.
const NAME: &str = "wilco";

#[derive(Subcommand)]
pub enum Action {
    /// Print the manifest by which Slack creates the app, and say where to paste it
    #[command(
        after_help = "Example: wilco slack manifest --http https://deploys.example.com > app.json"
    )]
    Manifest {
        /// Where Slack reaches wilco; without it wilco opens a socket to Slack
        #[arg(long, value_name = "URL", value_parser = base_url)]
        http: Option<String>,
        /// Print the address at which Slack creates the app, instead of JSON
        #[arg(long)]
        link: bool,
    },
}

/// Does what was asked for.
pub fn carry_out(action: &Action) -> anyhow::Result<ExitCode> {
    let Action::Manifest { http, link } = action;
    let mode = match http.clone() {
        Some(base_url) => Mode::Http { base_url },
        None => Mode::Socket,
    };
    let manifest = manifest(&mode, NAME);
    if *link {
        tell(&creation_link(&manifest))?;
    } else {
        tell(&format!("{manifest:#}"))?;
        complain("next: open this address, or paste the JSON at https://api.slack.com/apps");
        complain(&creation_link(&manifest));
    }
    Ok(ExitCode::SUCCESS)
}

/// Slack calls nothing but https; a slash at the end would be there twice.
fn base_url(text: &str) -> Result<String, String> {
    let base_url = text.trim_end_matches('/');
    let host = base_url.strip_prefix("https://").unwrap_or_default();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@' | '"' | '<' | '>');
    if host.is_empty() || host.starts_with('/') || !host.chars().all(plain) {
        return Err("write an address such as `https://deploys.example.com`".into());
    }
    Ok(base_url.into())
}
