//! `wilco github`: what a repository needs.

use std::process::ExitCode;

use clap::Subcommand;

use super::{complain, tell};

#[derive(Subcommand)]
pub enum Action {
    /// Print a workflow that wilco can start, ready for .github/workflows/deploy.yml
    ///
    /// Its first job claims the key of the deployment, so that no key is ever used twice, and checks the commit.
    #[command(after_help = "Example: wilco github workflow > .github/workflows/deploy.yml")]
    Workflow,
}

const WORKFLOW: &str = include_str!("github/deploy.yml");

/// Does what was asked for.
pub fn carry_out(action: &Action) -> anyhow::Result<ExitCode> {
    match action {
        Action::Workflow => {
            tell(WORKFLOW.trim_end())?;
            complain("next: let its last step call your script, and put it on the default branch");
            Ok(ExitCode::SUCCESS)
        }
    }
}
