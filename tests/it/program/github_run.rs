//! `wilco run` with GitHub: what it comes with stands nowhere but in its requests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::running::Running;
use super::secrets::files;
use super::slack_check::{self, CHANNEL};
use super::slack_run::{ANA, link_ana};
use crate::sim::github::{
    APP_ID, APP_KEY, Change, End, Fault, Github, Input, Job, Step, TOKEN, Times, Workflow,
};
use crate::sim::slack::{Message, Slack};

const API: &str = "acme/api";
const FILE: &str = ".github/workflows/deploy.yml";
const LOG: &str =
    "trace,hyper=trace,hyper_util=trace,h2=trace,tower=trace,octocrab=trace,rustls=trace";
/// How every word begins by which GitHub knows an app: `{"alg":"RS256"`, as it stands there.
const WORD: &str = "eyJhbGciOiJSUzI1NiI";
/// Where logs are kept, by an address that is its own secret.
const LOGS: &str = "/_logs/";

const SERVICES: &str = r#"
[service.api]
repository = "acme/api"
channel    = "deploys"

[service.api.environment.local]
policy   = { approvals = 0 }
pipeline = { backend = "command", run = ["./pipelines/deploy.sh"] }

[service.api.environment.staging]
policy   = { approvals = 0, checks = ["build"] }
pipeline = { backend = "github", workflow = "deploy.yml", deployments = "staging" }
"#;

/// A GitHub in which everything is as it should be, and a Slack in which it is spoken of.
struct Setup {
    chat: slack_check::Setup,
    github: Github,
}

impl Setup {
    async fn new(table: &str) -> Self {
        let (chat, github) = (slack_check::Setup::new().await, Github::open().await);
        link_ana(&chat);
        github.repository(API);
        let at = github.at(API);
        let change = Change::by("ana", "Let wilco deploy").with("added", FILE, "on: …");
        let head = at.commit("main", change);
        at.check(&head, "build", Some("success"));
        at.workflow(deploying());
        chat.write(&format!("[github]\napi_url = \"{}\"\n{table}", github.api_url()));
        let config = chat.folder.path().join("config");
        fs::write(config.join("services.toml"), SERVICES).unwrap();
        let script = config.join("pipelines/deploy.sh");
        let seen = chat.folder.path().join("seen");
        let text = format!(
            "#!/bin/sh\nenv | tee {0}\ntr '\\0' '\\n' < /proc/$PPID/environ | tee -a {0}\n",
            seen.display()
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        Self { chat, github }
    }

    fn command(&self, (name, secret): (&str, &str)) -> Command {
        let mut command = self.chat.command(&["run"]);
        for one in ["WILCO_GITHUB_TOKEN", "WILCO_GITHUB_APP_KEY"] {
            command.env_remove(one).env_remove(format!("{one}_FILE"));
        }
        command.env(name, secret).env("RUST_LOG", "trace");
        command
    }

    async fn say(&self, words: &str) {
        self.chat.slack.mention(ANA, CHANNEL, words).await;
    }

    /// Waits until a message in the channel says this.
    async fn until_said(&self, words: &str) {
        let says = |message: &Message| message.text.contains(words);
        let said = |slack: &Slack| slack.messages(CHANNEL).iter().find(|one| says(one)).map(drop);
        self.chat.slack.until(words, said).await;
    }

    /// Lets everything happen in which a token has a part; returns all that was logged, and every token.
    async fn live_through(&self, secret: (&str, &str)) -> (String, Vec<String>) {
        let mut running = Running::begin(&self.chat.folder, self.command(secret), LOG);
        self.chat.slack.await_connections(2).await;
        self.say("deploy api to local").await;
        self.until_said("is live in local").await;
        for fault in [
            Fault::ServerErrorBefore(502),
            Fault::ConnectionCutBefore,
            Fault::GarbledAnswer,
            Fault::Error { status: 403, message: "Resource not accessible" },
        ] {
            self.github.fail("repos/get-commit", fault, Times::Next(1));
        }
        self.say("deploy api to staging").await;
        self.until_said("is live in staging").await;
        // The end of its log comes from elsewhere.
        let step = Step::named("Ship").ending(End::Failure);
        self.github.at(API).workflow(deploying().doing(vec![Job::named("deploy", vec![step])]));
        self.say("deploy api to staging").await;
        let log = "actions/download-job-logs-for-workflow-run";
        let is_read = |github: &Github| (!github.calls(log).is_empty()).then_some(());
        self.github.until("its log is read", is_read).await;
        self.until_said("failed").await;
        // Nobody takes it any more, and the app has another one given.
        let mut tokens = self.github.tokens();
        for token in &tokens {
            self.github.revoke(token);
        }
        self.say("deploy api to staging").await;
        running.until("(401)");
        let log = running.stop();
        tokens.extend(self.github.tokens());
        (log, tokens)
    }

    /// Fails where any of these stands in the log, in the chat, or in a file.
    fn nobody_has(&self, secrets: &[&str], log: &str) {
        let root = self.chat.folder.path();
        let slack = &self.chat.slack;
        let said = format!("{:?}{:?}", slack.conversation(CHANNEL), slack.ephemerals(None, None));
        let mut found = Vec::new();
        files(root, &mut found);
        assert!(found.iter().any(|path| path.ends_with("wilco.db")) && found.len() > 20);
        assert!(fs::read_to_string(root.join("seen")).unwrap().contains("PATH="));
        assert!(log.contains("\"TRACE\"") && log.contains("tower::buffer"), "it is not all of it");
        for secret in secrets {
            assert!(secret.len() >= LOGS.len(), "{secret} may stand anywhere");
            assert!(!log.contains(secret), "the log has {secret}");
            assert!(!said.contains(secret), "the chat has {secret}");
            for path in &found {
                let bytes = fs::read(path).unwrap();
                let has = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!has, "{} has {secret}", path.display());
            }
        }
    }
}

fn deploying() -> Workflow {
    let more = ["service", "environment", "version"].map(|name| Input::optional(name, ""));
    more.into_iter().fold(Workflow::deploying("deploy.yml"), Workflow::taking)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_of_github_reaches_a_child_a_log_a_file_or_the_chat() {
    let setup = Setup::new("").await;
    let (log, _) = setup.live_through(("WILCO_GITHUB_TOKEN", TOKEN)).await;
    setup.nobody_has(&[TOKEN, LOGS], &log);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_of_an_app_nor_what_it_is_given_reaches_a_child_a_log_a_file_or_the_chat() {
    let setup = Setup::new(&format!("app = {APP_ID}\n")).await;
    let (log, tokens) = setup.live_through(("WILCO_GITHUB_APP_KEY", APP_KEY)).await;
    let given = tokens.iter().filter(|token| token.starts_with("ghs_"));
    assert!(given.clone().count() > 0, "the app was given {tokens:?}");
    let key = APP_KEY.lines().filter(|line| line.len() > 20 && !line.starts_with("---"));
    let secrets: Vec<&str> = given.map(String::as_str).chain(key).collect();
    assert!(secrets.len() > 20, "a key has many lines");
    setup.nobody_has(&[&secrets[..], &[WORD, LOGS]].concat(), &log);
}
