//! The configuration as people write it: every fault is said at once, where it is, with what to do.

mod discord;
mod faults;
mod good;
mod hostile;
mod news;
mod slack;
mod webhook;
mod who;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wilco::settings::{self, Settings};

const PEOPLE: &str = "\
[person.ana]
console = [\"ana\"]
roles = [\"deployer\"]
[person.ben]
console = [\"ben\"]
slack = [\"T1/U2\"]
roles = [\"deployer\", \"approver\"]
";

const SERVICES: &str = "\
[service.api.environment.prod]
pipeline = { backend = \"command\", run = [\"./deploy.sh\"] }
policy = { approvals = 1, from = [\"approver\"] }
";

const DEPLOY: &str = "\
summary = { en = \"Deploy\", ko = \"배포합니다\" }
say = [\"deploy <service> to <environment>\"]
who = [\"deployer\"]
action = \"deploy\"
";

/// A configuration in a directory of its own.
struct Configuration {
    root: TempDir,
}

impl Configuration {
    fn good() -> Self {
        let root = tempfile::tempdir().unwrap();
        let configuration = Self { root };
        let wilco = "[channel.deploys]\nconsole = \"deploys\"\n";
        for (name, text) in [
            ("config/wilco.toml", wilco),
            ("config/people.toml", PEOPLE),
            ("config/services.toml", SERVICES),
            ("commands/deploy.toml", DEPLOY),
        ] {
            configuration.write(name, text);
        }
        configuration
    }

    fn with(name: &str, text: &str) -> Self {
        let configuration = Self::good();
        configuration.write(name, text);
        configuration
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn copy(&self, from: &Path, name: &str) {
        self.write(name, &fs::read_to_string(from).unwrap());
    }

    fn load(&self) -> Result<Settings, Vec<settings::fault::Fault>> {
        settings::load(&self.path("config"))
    }

    /// Returns every fault on a line of its own, with paths as somebody in the directory sees them.
    fn faults(&self) -> String {
        let faults = self.load().expect_err("the configuration has a fault");
        let prefix = format!("{}/", self.root.path().display());
        faults.iter().fold(String::new(), |mut lines, fault| {
            writeln!(lines, "{}", fault.to_string().replace(&prefix, "")).unwrap();
            lines
        })
    }

    fn has_one_fault(&self, place: &str, said: &str) {
        let faults = self.faults();
        let right = faults.lines().count() == 1 && faults.starts_with(place);
        assert!(right && faults.contains(said), "wanted {place} … {said}, got:\n{faults}");
    }
}
