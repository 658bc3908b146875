//! The command line: what can be typed after `wilco`, and the exit codes 0 fine, 1 failed, 2 wrongly asked or configured.

mod check;
mod discord;
mod github;
mod record;
mod serve;
mod slack;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use wilco_core::notice::Locale;

use crate::audit::{self, Format};
use crate::backend::command::runner;
use crate::settings::fault::Fault;
use crate::{init, store};

/// Deploy from chat, approve with a reaction, prove who approved what.
#[derive(Parser)]
#[command(name = "wilco", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What still runs when everything has been stopped is left after this.
const LEAVE_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);

/// What a shell says of a program whose reader went away: 128 and the number of SIGPIPE.
const UNREAD: u8 = 141;

const EXAMPLES: &str = "\
Examples:
  wilco demo                                     try everything, with no account anywhere
  printf 'deploy web to staging\\n' | wilco demo  the same, from a script
  wilco init .                                   write config/ and commands/ to start from
  wilco check                                    say what is right and what is wrong
  wilco run                                      run the bot
  wilco audit verify data/wilco.db               prove the record

Exit codes: 0 fine, 1 failed, 2 the configuration or the command line is wrong, 141 nobody reads the
output any more.";

#[derive(Subcommand)]
enum Command {
    /// Try wilco in this terminal: two services, real scripts, a real record
    ///
    /// Everything it uses are files that it writes first, for you to read and change.
    #[command(
        after_help = "Try: deploy web to staging · deploy api@v1.1.0 to prod · /as ben · /react ✅ #2 · help"
    )]
    Demo {
        /// Keep the files and the database here; without it they go to a temporary directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The language to answer in
        #[arg(long, value_name = "en|ko", value_parser = locale)]
        locale: Option<Locale>,
    },
    /// Run the bot
    ///
    /// Lines on standard input are said in the console's channel. It stays when they end, and stops at
    /// `/quit`, Ctrl-C (twice in a terminal) or SIGTERM; runs that are under way go on, and are found again at the next start.
    #[command(
        after_help = "Example: wilco run --config config --data data\n\nSIGHUP reads the configuration again; a faulty one changes nothing."
    )]
    Run {
        #[command(flatten)]
        places: Places,
    },
    /// Say in stages what is right and what is wrong, each fault with its mend
    #[command(after_help = "Example: wilco check --config config --json")]
    Check {
        /// The directory with wilco.toml, services.toml and people.toml
        #[arg(long, value_name = "DIR", default_value = "config")]
        config: PathBuf,
        /// Look at the record in this data directory too, which may be of a wilco that runs
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Look at the files only, not at repositories, programs, Slack and Discord
        #[arg(long)]
        offline: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write config/ and commands/ to start from
    #[command(
        after_help = "Example: wilco init . && git init . && git add . && git commit -m Start && wilco check"
    )]
    Init {
        /// Where to; files that exist are never overwritten
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Prove the record, or write it out
    #[command(after_help = "Example: wilco audit verify data/wilco.db")]
    Audit {
        #[command(subcommand)]
        action: Audit,
    },
    /// Copy the database to a new file while wilco runs, and verify the copy
    #[command(after_help = "Example: wilco backup --data data backups/2026-03-01.db")]
    Backup {
        /// The file to write; one that exists is never overwritten
        file: PathBuf,
        /// The data directory of a wilco, running or not
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
    },
    /// List the newest deployments
    #[command(after_help = "Example: wilco deployments --data data --most 50")]
    Deployments {
        /// The data directory of a wilco, running or not
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// How many at the most
        #[arg(long, value_name = "N", default_value_t = 20)]
        most: u32,
    },
    /// Help to set up the app in Slack
    #[command(after_help = "Example: wilco slack manifest --link")]
    Slack {
        #[command(subcommand)]
        action: slack::Action,
    },
    /// Help to get into a server of Discord
    #[command(after_help = "Example: wilco discord invite")]
    Discord {
        #[command(subcommand)]
        action: discord::Action,
    },
    /// Help to run workflows of GitHub Actions
    #[command(after_help = "Example: wilco github workflow > .github/workflows/deploy.yml")]
    Github {
        #[command(subcommand)]
        action: github::Action,
    },
    /// Print completions for a shell
    #[command(
        after_help = "Example: wilco completions bash > ~/.local/share/bash-completion/completions/wilco"
    )]
    Completions { shell: clap_complete::Shell },
    /// Supervises one run of a local command; wilco starts it by itself
    #[command(hide = true)]
    Runner { directory: PathBuf },
}

#[derive(clap::Args)]
pub struct Places {
    /// The directory with wilco.toml, services.toml and people.toml
    #[arg(long, value_name = "DIR", default_value = "config")]
    config: PathBuf,
    /// Where the database and the runs are kept; closed to other users
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum Audit {
    /// Follow the chain from the first fact to the last, and compare the tables that are made of it
    ///
    /// Names the first row that is not as it was recorded, or not what the facts make of it.
    #[command(after_help = "Example: wilco audit verify data/wilco.db")]
    Verify {
        /// The database, such as data/wilco.db
        file: PathBuf,
    },
    /// Write every fact to standard output
    #[command(after_help = "Example: wilco audit export data/wilco.db --format csv > record.csv")]
    Export {
        /// The database, such as data/wilco.db
        file: PathBuf,
        #[arg(long, value_enum)]
        format: Format,
    },
    /// Say what of a person is on record, or erase it with --yes; the chain stays whole
    #[command(after_help = "Example: wilco audit erase --data data --person ana")]
    Erase {
        /// The data directory of a wilco that is stopped
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        #[command(flatten)]
        whose: record::Whose,
        /// Erase for good; without it nothing is changed
        #[arg(long)]
        yes: bool,
    },
}

fn locale(text: &str) -> Result<Locale, String> {
    Locale::of_code(text).ok_or_else(|| "wilco speaks `en` and `ko`".into())
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and the version come here too, and are no failures.
            let code = if error.use_stderr() { 2 } else { 0 };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(error) if is_unread(&error) => ExitCode::from(UNREAD),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    // The runner outlives wilco and must stay small: no runtime, no logs.
    if let Command::Runner { directory } = &arguments.command {
        return runner::main(directory);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(carry_out(arguments.command));
            // A write that nobody reads would be waited for without end.
            runtime.shutdown_timeout(LEAVE_WITHIN);
            result
        }
        Err(error) => Err(anyhow::Error::new(error).context("cannot start")),
    };
    match result {
        Ok(code) => code,
        Err(error) if error.root_cause().downcast_ref().is_some_and(is_unread) => {
            ExitCode::from(UNREAD)
        }
        Err(error) => {
            complain(&format!("wilco: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo { data, locale } => serve::demo(data, locale).await,
        Command::Run { places } => serve::run(&places).await,
        Command::Check { config, data, offline, json } => {
            check::check(&config, data.as_deref(), offline, json).await
        }
        Command::Init { directory } => initialise(&directory),
        Command::Audit { action: Audit::Verify { file } } => record::verify(&file).await,
        Command::Audit { action: Audit::Export { file, format } } => {
            let out = std::io::stdout();
            audit::export(&file, format, &mut std::io::BufWriter::new(out)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit { action: Audit::Erase { data, whose, yes } } => {
            let resolve = if yes { record::Resolve::Erase } else { record::Resolve::Say };
            record::erase(&data, whose, resolve).await
        }
        Command::Backup { file, data } => record::back_up(&data, &file).await,
        Command::Deployments { data, most } => deployments(&data, most).await,
        Command::Slack { action } => slack::carry_out(&action),
        Command::Discord { action } => discord::carry_out(&action).await,
        Command::Github { action } => github::carry_out(&action),
        Command::Completions { shell } => {
            // It panics when it cannot write, which it always can to memory.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "wilco", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Runner { directory } => Ok(runner::main(&directory)),
    }
}

fn initialise(directory: &Path) -> anyhow::Result<ExitCode> {
    let written = init::write(directory)?;
    for file in &written {
        tell(&file.display().to_string())?;
    }
    for step in init::next_steps(directory) {
        tell(&step)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn deployments(data: &Path, most: u32) -> anyhow::Result<ExitCode> {
    let file = data.join(store::open::DATABASE);
    let reader = store::open::read_only(&file).await?;
    let recent = reader.recent(most).await.map_err(|error| error.of_file(&file))?;
    for summary in recent {
        let version = match (&summary.reference, &summary.commit) {
            (Some(reference), Some(commit)) => format!("{reference} ({})", commit.short()),
            (None, Some(commit)) => commit.short().to_owned(),
            (_, None) => "-".into(),
        };
        let state = match summary.status.outcome() {
            Some(outcome) => outcome.code(),
            None => summary.status.code(),
        };
        let at = chrono::DateTime::from_timestamp_millis(summary.requested_at.0)
            .map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string())
            .unwrap_or_default();
        let by = summary.requester.map(|name| name.to_string()).unwrap_or_default();
        let (id, service, environment) = (summary.deployment, summary.service, summary.environment);
        tell(&format!("{id}\t{at}\t{state}\t{service}\t{version}\t{environment}\t{by}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a line of what was asked for.
fn tell(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

/// Tells whether whoever read what was asked for has had enough, as `head` does. That is no fault.
fn is_unread(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

/// Writes a line about what went wrong.
fn complain(line: &str) {
    // Where nobody can read it, there is nobody to tell.
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Prints every fault of the configuration.
fn complain_of(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        complain(&fault.to_string());
    }
    let count = faults.len();
    complain(&format!("the configuration has {count} fault{}", if count == 1 { "" } else { "s" }));
    ExitCode::from(2)
}
