//! `wilco run` in Slack: what it tells nobody, and what takes a restart.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::running::Running;
use super::secrets::files;
use super::slack_check::{CHANNEL, Setup};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, User};

pub const ANA: &str = "U0ANA00000";

/// Starts it, and returns once it is connected.
async fn start(setup: &Setup, log: &str) -> Running {
    let running = Running::begin(&setup.folder, setup.command(&["run"]), log);
    setup.slack.await_connections(2).await;
    running
}

/// Gives ana an account in Slack.
pub fn link_ana(setup: &Setup) {
    let people = setup.folder.path().join("config/people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let account = format!("[person.ana]\nslack = [\"{}/{ANA}\"]", crate::sim::slack::TEAM);
    assert!(text.contains("[person.ana]"), "{text}");
    fs::write(&people, text.replacen("[person.ana]", &account, 1)).unwrap();
    setup.slack.user(ANA, User::named("ana"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_of_slack_reaches_a_child_a_log_a_file_or_the_chat() {
    let setup = Setup::new().await;
    link_ana(&setup);
    let root = setup.folder.path();
    let seen = root.join("seen");
    let script = root.join("config/pipelines/deploy.sh");
    let text = format!(
        "#!/bin/sh\nenv | tee {0}\ntr '\\0' '\\n' < /proc/$PPID/environ | tee -a {0}\n",
        seen.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let log = "trace,slack_morphism=trace,slack_morphism::hyper_tokio=trace,h2=trace";
    let mut running = start(&setup, log).await;
    setup.slack.mention(ANA, CHANNEL, "deploy web to staging").await;
    let is_live =
        |message: &crate::sim::slack::Message| message.text.contains("is live in staging");
    setup
        .slack
        .until("the end", |slack| slack.messages(CHANNEL).iter().find(|m| is_live(m)).map(drop))
        .await;
    // Also what goes wrong tells nobody.
    setup.slack.cut_connections();
    running.until("a connection to Slack ended");
    let log = running.stop();
    assert!(log.contains("connected to Slack") && log.contains("\"TRACE\""), "{log}");
    assert!(fs::read_to_string(&seen).unwrap().contains("PATH="));
    let said =
        format!("{:?}{:?}", setup.slack.conversation(CHANNEL), setup.slack.ephemerals(None, None));
    for secret in [BOT_TOKEN, APP_TOKEN, "ticket="] {
        assert!(!log.contains(secret), "the log has {secret}");
        assert!(!said.contains(secret), "the chat has {secret}");
        let mut found = Vec::new();
        files(root, &mut found);
        assert!(found.iter().any(|path| path.ends_with("wilco.db")));
        for path in found {
            let bytes = fs::read(&path).unwrap();
            let has = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!has, "{} has {secret}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_table_of_slack_takes_a_restart_and_says_so() {
    let setup = Setup::new().await;
    let mut running = start(&setup, "info").await;
    running.until("\"ready\"");
    running.signal("-HUP");
    running.until("the configuration was read again");
    setup.write("connections = 3");
    running.signal("-HUP");
    running
        .until("[slack], [discord], [github] or [http] is another than at the start: restart wilco for that");
    running.until("the configuration was read again");
    let log = running.stop();
    assert_eq!(log.matches("restart wilco").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_token_that_slack_does_not_take_is_told_with_where_to_get_another() {
    let setup = Setup::new().await;
    let token = "xapp-canary";
    let mut command = setup.command(&["run"]);
    command.env("WILCO_SLACK_APP_TOKEN", token);
    let mut running = Running::begin(&setup.folder, command, "info");
    running.until("Slack does not take WILCO_SLACK_APP_TOKEN (invalid_auth): make an app-level");
    let log = running.stop();
    let told = log.lines().find(|line| line.contains("invalid_auth")).unwrap();
    assert!(told.contains("\"ERROR\"") && told.contains("Basic Information"), "{told}");
    // Each of the two connections says it once, however often it tries.
    assert!(log.matches("invalid_auth").count() <= 2, "{log}");
    assert!(!log.contains(token), "{log}");
}
