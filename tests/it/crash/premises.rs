//! The place where a crash test happens: a configuration with scripts that are over soon, and a data directory.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use wilco::backend::command::run_directory::RunDirectory;
use wilco::store::open::{DATABASE, Directory};

use crate::wait::until;

/// Notes each of its executions, then takes as long as it is told to.
const SCRIPT: &str = r#"#!/bin/sh
echo "$1 $2" >> "${0%/*}/executions"
echo ::stage build
sleep "$3"
echo ::stage release
"#;

/// Long enough for anybody to cancel it, short enough that none stays when a test fails.
const CANCELLED_AFTER_SECONDS: &str = "20";

/// The largest limit that the configuration takes.
const MOST: u32 = 10_000;

/// A directory of its own for everything.
pub struct Premises {
    home: TempDir,
}

impl Premises {
    /// Makes the premises; runs of `api` take as many seconds as told.
    pub fn new(seconds: &str) -> Self {
        let premises = Self { home: TempDir::new().unwrap() };
        wilco::init::write(premises.home.path()).unwrap();
        let settings = premises.config().join("wilco.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, wide(&text)).unwrap();
        let lane = |service: &str, environment: &str, policy: &str, seconds: &str| {
            format!(
                "[service.{service}.environment.{environment}]\n\
                 policy = {{ {policy} }}\n\
                 [service.{service}.environment.{environment}.pipeline]\n\
                 backend = \"command\"\n\
                 run = [\"./pipelines/deploy.sh\", \"{{deployment}}\", \"{{op_key}}\", \"{seconds}\"]\n\
                 timeout = \"1m\"\n\
                 [service.{service}.environment.{environment}.pipeline.parameters.fail_at]\n\
                 summary = \"Not used\"\n\
                 default = \"\"\n\
                 choices = [\"build\"]\n"
            )
        };
        let nobody = "approvals = 0";
        let two = "approvals = 2, from = [\"approver\"], requester = false";
        let services = [
            "[service.api]\nchannel = \"deploys\"\n".to_owned(),
            lane("api", "staging", nobody, seconds),
            lane("api", "prod", two, seconds),
            "[service.web]\nchannel = \"deploys\"\n".to_owned(),
            lane("web", "staging", nobody, CANCELLED_AFTER_SECONDS),
            lane("web", "prod", two, CANCELLED_AFTER_SECONDS),
        ];
        fs::write(premises.config().join("services.toml"), services.concat()).unwrap();
        let script = premises.config().join("pipelines/deploy.sh");
        fs::write(&script, SCRIPT).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        premises
    }

    /// Has wilco say at this address how it is.
    pub fn listen(&self) -> SocketAddr {
        // Nobody takes it before wilco does.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = self.config().join("wilco.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{text}\n[http]\nlisten = \"{address}\"\n")).unwrap();
        address
    }

    pub fn config(&self) -> PathBuf {
        self.home.path().join("config")
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join(DATABASE)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Returns what was executed, as deployment and key, one for each execution.
    pub fn executions(&self) -> Vec<(u64, String)> {
        let path = self.config().join("pipelines/executions");
        let text = fs::read_to_string(path).unwrap_or_default();
        let read = |line: &str| {
            let (deployment, key) = line.split_once(' ').unwrap();
            (deployment.parse().unwrap(), key.to_owned())
        };
        text.lines().map(read).collect()
    }

    /// Waits until nobody holds the data directory.
    pub fn wait_until_left(&self) {
        until("it ended", || Directory::take(&self.data()).is_ok());
    }

    /// Waits until no runner lives that could still execute something.
    pub fn wait_for_runners(&self) {
        until("every runner has ended", || {
            let Ok(runs) = fs::read_dir(self.data().join("runs")) else { return true };
            runs.map(|run| RunDirectory::new(run.unwrap().path()))
                .all(|run| !run.runner_lives().unwrap())
        });
    }
}

/// People here do more at once than one person may elsewhere, and what they asked for piles up while nothing comes to
/// its end: a start in doubt holds its lane for several lives, the more the slower this machine is.
fn wide(settings: &str) -> String {
    ["open_per_person", "open_per_lane", "burst"].iter().fold(settings.to_owned(), |text, limit| {
        let is_it = |line: &&str| line.split('=').next().is_some_and(|key| key.trim() == *limit);
        let line = text.lines().find(is_it).unwrap_or_else(|| panic!("{limit} is not said"));
        text.replacen(line, &format!("{limit} = {MOST}"), 1)
    })
}

/// Returns a commit that nobody else uses.
pub fn commit(number: u64) -> String {
    format!("{:040x}", 0x00c0_ffee_0000_u64 + number)
}
