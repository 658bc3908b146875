//! The receiver of docs/webhook.md, taken out of the page and run beside the program.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};

use tempfile::TempDir;

use super::hooks::{figure, get};
use super::running::Running;
use super::{commit, run, wilco};
use crate::wait::until;

const PAGE: &str = include_str!("../../../docs/webhook.md");
const SECRET: &str = "canary-of-the-webhook";

/// The one block of the page in this language.
fn block(language: &str) -> String {
    let begun: Vec<_> = PAGE.split(&format!("```{language}\n")).skip(1).collect();
    let [rest] = begun.as_slice() else { panic!("{} blocks of {language}", begun.len()) };
    rest.split("```").next().unwrap().to_owned()
}

/// A program that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// What `wilco init` makes, with another pipeline that takes web to staging.
fn deploying_web_by(pipeline: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
    let services = folder.path().join("config/services.toml");
    let text = fs::read_to_string(&services).unwrap();
    let (before, rest) = text.split_once("[service.web.environment.staging.pipeline]\n").unwrap();
    let (_, after) = rest.split_once("[service.web.environment.prod]\n").unwrap();
    fs::write(&services, format!("{before}{pipeline}\n[service.web.environment.prod]\n{after}"))
        .unwrap();
    folder
}

/// The script waits for a file, fails if that says so, and counts how often it ran.
const SCRIPT: &str = "#!/bin/sh\necho ran \"$1\" \"$2\" >> ran\nuntil [ -s go ]; do sleep 0.05; done\n\
                      echo no space left on device\nread -r code < go\nexit \"$code\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_of_the_page_deploys_also_while_wilco_is_killed() {
    let receiver = block("python");
    assert_eq!(receiver.lines().filter(|line| !line.trim().is_empty()).count(), 15);
    let (there, here) = (free_port(), free_port());
    let pipeline = block("toml").replace(":9000/", &format!(":{there}/"));
    let folder = deploying_web_by(&pipeline.replace(":8080/", &format!(":{here}/")));
    let settings = folder.path().join("config/wilco.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{text}\n[http]\nlisten = \"127.0.0.1:{here}\"\n")).unwrap();
    commit(folder.path());

    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("receiver.py"), receiver.replace("9000", &there)).unwrap();
    let script = home.path().join("deploy.sh");
    fs::write(&script, SCRIPT).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let mut python = Command::new("python3");
    python.arg("receiver.py").current_dir(&home).env("WILCO_WEBHOOK_SECRET", SECRET);
    let _receiver = Ended(python.spawn().expect("the page needs python3"));
    until("the receiver listens", || {
        std::net::TcpStream::connect(format!("127.0.0.1:{there}")).is_ok()
    });

    let start = || {
        let mut command = wilco(&["run"]);
        command.current_dir(&folder).env("WILCO_WEBHOOK_SECRET", SECRET);
        Running::begin(&folder, command, "info")
    };
    let ran = || fs::read_to_string(home.path().join("ran")).unwrap_or_default();
    let mut running = start();
    running.until("\"ready\"");
    running.say("deploy web to staging");
    until("it runs", || ran().lines().count() == 1);
    running.until_out("#1 web");
    running.signal("-KILL");
    drop(running);
    // It ends while nobody listens, and says so until somebody does.
    fs::write(home.path().join("go"), "0\n").unwrap();
    let mut running = start();
    running.until("\"ready\"");
    running.until_out("is live in staging");
    fs::write(home.path().join("go"), "7\n").unwrap();
    running.say("deploy web to staging");
    running.until_out("no space left on device");
    let figures = get(format!("127.0.0.1:{here}").parse().unwrap(), "/metrics").await.body;
    let taken = figure(&figures, "wilco_webhooks_total{hook=\"pipeline\",result=\"taken\"}");
    assert!(taken >= Some(1), "{figures}");
    let log = running.stop();
    assert_eq!(ran().lines().count(), 2, "each ran once: {}", ran());
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn a_webhook_without_its_secret_is_told_before_anything_starts() {
    let folder = deploying_web_by(&format!("{}secret = \"team-a\"\n", block("toml")));
    commit(folder.path());
    let begin = |value: Option<&str>| {
        let mut command = wilco(&["run"]);
        command.current_dir(&folder).env("WILCO_WEBHOOK_SECRET", SECRET);
        value.map(|value| command.env("WILCO_WEBHOOK_SECRET_TEAM_A", value));
        run(&mut command, b"")
    };
    let said = begin(None);
    assert!(
        said.code == 1 && said.err.contains("WILCO_WEBHOOK_SECRET_TEAM_A is not set"),
        "{}",
        said.err
    );
    let said = begin(Some(" "));
    assert!(
        said.code == 1 && said.err.contains("WILCO_WEBHOOK_SECRET_TEAM_A is empty"),
        "{}",
        said.err
    );
    assert!(!folder.path().join("data/wilco.db").exists());
}
