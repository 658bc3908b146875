//! `wilco check` with Slack: each fault is told apart from the others, with its mend.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Said, run, wilco};
use crate::sim::slack::{APP_TOKEN, BOT_TOKEN, Bot, Fault, Slack, TEAM};

pub const CHANNEL: &str = "C0DEPLOYS1";
const BOT_NAME: &str = "WILCO_SLACK_BOT_TOKEN";
const APP_NAME: &str = "WILCO_SLACK_APP_TOKEN";
const SECRET_NAME: &str = "WILCO_SLACK_SIGNING_SECRET";

/// A configuration for a workspace in which everything is as it should be.
pub struct Setup {
    pub slack: Slack,
    pub folder: TempDir,
}

impl Setup {
    pub async fn new() -> Self {
        let slack = Slack::open().await;
        slack.channel(CHANNEL, "deploys", Bot::In);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
        super::commit(folder.path());
        let setup = Self { slack, folder };
        setup.write("");
        setup
    }

    /// Says where Slack is, with more lines of its table.
    pub fn write(&self, more: &str) {
        let api_url = self.slack.api_url();
        let table = format!("[slack]\nworkspace = \"{TEAM}\"\napi_url = \"{api_url}\"\n{more}\n");
        self.write_with(&table);
    }

    fn write_with(&self, table: &str) {
        let channel =
            format!("[channel.deploys]\nconsole = \"deploys\"\nslack = \"{CHANNEL}\"\n\n{table}");
        fs::write(self.folder.path().join("config/wilco.toml"), channel).unwrap();
    }

    /// The program in the folder, with the right tokens.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wilco(arguments);
        for name in [BOT_NAME, APP_NAME, SECRET_NAME] {
            command.env_remove(name).env_remove(format!("{name}_FILE"));
        }
        command.current_dir(&self.folder).env(BOT_NAME, BOT_TOKEN).env(APP_NAME, APP_TOKEN);
        command
    }

    /// Checks with the right tokens.
    fn check(&self) -> Said {
        self.check_as(|command| command)
    }

    fn check_as(&self, change: impl FnOnce(&mut Command) -> &mut Command) -> Said {
        let mut command = self.command(&["check"]);
        tokio::task::block_in_place(|| run(change(&mut command), b""))
    }

    fn check_with(&self, arguments: &[&str]) -> Said {
        tokio::task::block_in_place(|| {
            run(&mut self.command(&[&["check"], arguments].concat()), b"")
        })
    }
}

/// The one stage that is wrong, and its one line.
fn one_fault(said: &Said) -> (String, String) {
    let wrong: Vec<&str> =
        said.out.lines().filter_map(|line| line.strip_prefix("wrong  ")).collect();
    let mut lines = said.out.lines().skip_while(|line| !line.starts_with("wrong  "));
    let fault = lines.nth(1).unwrap_or_default().trim().to_owned();
    assert_eq!((wrong.len(), said.code), (1, 1), "{}{}", said.out, said.err);
    (wrong[0].to_owned(), fault)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_in_slack_is_said_in_four_stages() {
    let setup = Setup::new().await;
    let said = setup.check();
    let stages: Vec<&str> = said.out.lines().filter(|line| line.contains("slack")).collect();
    assert_eq!(
        (stages.as_slice(), said.code),
        (
            [
                "ok     slack token (1 checked)",
                "ok     slack scopes (12 checked)",
                "ok     slack channels (1 checked)",
                "ok     slack socket (1 checked)",
            ]
            .as_slice(),
            0
        ),
        "{}{}",
        said.out,
        said.err
    );
    assert_eq!(setup.slack.complaints(), Vec::<String>::new());
    // It leaves nothing behind, and calls nobody when it is to stay offline.
    assert_eq!(setup.slack.conversation(CHANNEL).len(), 0);
    assert_eq!(setup.slack.connections(), 0);
    let before = setup.slack.calls("auth.test").len();
    let said = setup.check_with(&["--offline"]);
    assert!(said.code == 0 && !said.out.contains("slack"), "{}", said.out);
    assert_eq!(setup.slack.calls("auth.test").len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_bot_token_is_told_with_where_the_right_one_is() {
    let setup = Setup::new().await;
    let cases: [(Option<&str>, &str); 4] = [
        (None, "WILCO_SLACK_BOT_TOKEN is not set: put the token that begins with xoxb-"),
        (Some(" "), "WILCO_SLACK_BOT_TOKEN is empty"),
        (Some("xoxb-canary"), "Slack does not take WILCO_SLACK_BOT_TOKEN (invalid_auth); copy"),
        (Some(APP_TOKEN), "WILCO_SLACK_BOT_TOKEN holds an app-level token; copy the one that"),
    ];
    for (token, said_so) in cases {
        let said = setup.check_as(|command| match token {
            Some(token) => command.env(BOT_NAME, token),
            None => command.env_remove(BOT_NAME),
        });
        let (stage, fault) = one_fault(&said);
        assert!(stage == "slack token" && fault.contains(said_so), "{token:?}: {fault}");
        assert_eq!(said.out.matches("not checked: they cannot be asked for").count(), 2);
        assert!(!said.out.contains("canary") && !said.err.contains("canary"), "{}", said.out);
    }
    let other = setup.slack.api_url();
    setup.write_with(&format!("[slack]\nworkspace = \"T0999999999\"\napi_url = \"{other}\"\n"));
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "slack token");
    assert!(fault.contains(&format!("is of workspace {TEAM} and not of T0999999999")), "{fault}");
    assert!(fault.contains(&format!("; put `workspace = \"{TEAM}\"` under [slack]")), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scopes_that_the_app_lacks_are_named() {
    let setup = Setup::new().await;
    setup.slack.scopes(&["app_mentions:read", "channels:history", "channels:read", "chat:write"]);
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "slack scopes");
    assert!(fault.contains("the app has no commands, groups:history, groups:read,"), "{fault}");
    assert!(fault.contains("; paste `wilco slack manifest` anew"), "{fault}");
    // Where it may do more, Slack does not say what it may do.
    setup.slack.scopes(&["channels:read", "team:read"]);
    let said = setup.check();
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains("not checked: the app may do more than wilco asks"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_wilco_could_not_speak_in_is_told() {
    let setup = Setup::new().await;
    setup.slack.channel(CHANNEL, "deploys", Bot::Out);
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "slack channels");
    let expected = format!(
        "wilco is not in #deploys ({CHANNEL}) (used by channel deploys); invite it there with \
         /invite @wilco"
    );
    assert_eq!(fault, expected);
    setup.slack.channel(CHANNEL, "deploys", Bot::In);
    setup.slack.share(CHANNEL);
    let (_, fault) = one_fault(&setup.check());
    assert!(fault.contains("is shared with another organisation"), "{fault}");
    assert!(fault.contains("; let `slack` name a channel of your own"), "{fault}");
    setup.slack.archive(CHANNEL);
    let (_, fault) = one_fault(&setup.check());
    assert!(fault.contains("is archived") && fault.contains("; unarchive it in Slack"), "{fault}");
    setup.slack.fail_next("conversations.info", Fault::Error("channel_not_found"));
    let said = setup.check_with(&["--json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let stages = report["stages"].as_array().unwrap();
    let channels = stages.iter().find(|stage| stage["name"] == "slack channels").unwrap();
    assert_eq!(channels["faults"][0]["message"], format!("Slack shows wilco no channel {CHANNEL}"));
    let step = channels["faults"][0]["next_step"].as_str().unwrap();
    assert!(step.contains("copy its id") && step.contains("/invite @wilco"), "{step}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_could_not_be_opened_is_told() {
    let setup = Setup::new().await;
    for (token, said_so) in [
        (None, "WILCO_SLACK_APP_TOKEN is not set: put an app-level token"),
        (Some(BOT_TOKEN), "WILCO_SLACK_APP_TOKEN holds a token that is not app-level; make an"),
        (Some("xapp-canary"), "Slack does not take WILCO_SLACK_APP_TOKEN (invalid_auth); make"),
    ] {
        let said = setup.check_as(|command| match token {
            Some(token) => command.env(APP_NAME, token),
            None => command.env_remove(APP_NAME),
        });
        let (stage, fault) = one_fault(&said);
        assert!(stage == "slack socket" && fault.contains(said_so), "{token:?}: {fault}");
    }
    setup.slack.refuse_connections_open(Some("missing_scope"));
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "slack socket");
    assert!(fault.contains("has no connections:write; make an app-level token with"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_signing_secret_takes_the_place_of_the_socket() {
    let setup = Setup::new().await;
    setup.write("mode = \"http\"");
    let missing = setup.check_as(|command| command.env_remove(APP_NAME));
    let (stage, fault) = one_fault(&missing);
    assert_eq!(stage, "slack signing secret");
    assert!(fault.contains("WILCO_SLACK_SIGNING_SECRET is not set: put the signing"), "{fault}");
    let (_, fault) = one_fault(&setup.check_as(|command| command.env(SECRET_NAME, BOT_TOKEN)));
    assert!(fault.contains("WILCO_SLACK_SIGNING_SECRET holds a token; copy the"), "{fault}");
    let file = setup.folder.path().join("secret");
    fs::write(&file, "e6b19c573432dcc6b075501d51b51bb8\n").unwrap();
    let file_name = format!("{SECRET_NAME}_FILE");
    let said = setup.check_as(|command| command.env(&file_name, Path::new(&file)));
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains("ok     slack signing secret (1 checked)"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_does_not_answer_is_no_wrong_token() {
    let setup = Setup::new().await;
    setup.write_with(&format!(
        "[slack]\nworkspace = \"{TEAM}\"\napi_url = \"http://127.0.0.1:1/api\"\n"
    ));
    let said = setup.check();
    assert_eq!(said.code, 1, "{}", said.out);
    let step = "; look whether this machine gets to http://127.0.0.1:1/api, and check again";
    assert_eq!(said.out.matches(step).count(), 2, "{}", said.out);
}
