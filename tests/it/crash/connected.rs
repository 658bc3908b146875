//! The real program without a terminal, connected to simulated platforms, and what its premises need for that.

use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::pin::pin;
use std::process::{Child, Command, Stdio};

use futures_core::Stream as _;

use wilco::store::decode::recorded;
use wilco::store::open::read_only;
use wilco_core::fact::What;

use super::premises::Premises;
use crate::rehearsal::discord_room::user;
use crate::sim::discord::{BOT_TOKEN, Discord, GUILD};
use crate::sim::slack::Slack;

/// Who has an account on every platform.
pub const EVERYBODY: [&str; 3] = ["ana", "ben", "mina"];

pub const IN_SLACK: &str = "C0DEPLOYS1";
pub const IN_DISCORD: &str = "200000000000000001";

/// Returns the id of somebody in Slack.
pub fn slack_user(name: &str) -> String {
    format!("U0{}", name.to_uppercase())
}

/// Has everything take place in a channel in Slack, too.
pub fn in_slack(premises: &Premises, slack: &Slack) {
    let url = slack.api_url();
    let table =
        format!("[slack]\nworkspace = \"T0123456789\"\napi_url = \"{url}\"\nconnections = 2\n");
    configure(premises, "slack", IN_SLACK, &table, |name| {
        format!("T0123456789/{}", slack_user(name))
    });
}

/// Has everything take place in a channel in Discord, too.
pub fn in_discord(premises: &Premises, discord: &Discord) {
    let url = discord.api_url();
    let table = format!("[discord]\nguilds = [\"{GUILD}\"]\napi_url = \"{url}\"\n");
    configure(premises, "discord", IN_DISCORD, &table, |name| format!("{GUILD}/{}", user(name)));
}

fn configure(
    premises: &Premises,
    platform: &str,
    channel: &str,
    table: &str,
    account: impl Fn(&str) -> String,
) {
    let root = premises.config().join("wilco.toml");
    let text = fs::read_to_string(&root).unwrap();
    let place = "console = \"deploys\"";
    let places = text.replacen(place, &format!("{place}\n{platform} = \"{channel}\""), 1);
    assert_ne!(text, places);
    fs::write(&root, format!("{places}\n{table}")).unwrap();
    let people = premises.config().join("people.toml");
    let mut text = fs::read_to_string(&people).unwrap();
    for name in EVERYBODY {
        let known = format!("console = [\"{name}\"]");
        assert!(text.contains(&known));
        text = text.replace(&known, &format!("{known}\n{platform} = [\"{}\"]", account(name)));
    }
    fs::write(&people, text).unwrap();
}

/// A `wilco run` that this test started.
pub struct Process(Child);

impl Process {
    pub fn start(premises: &Premises) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_wilco"))
            .arg("run")
            .arg("--config")
            .arg(premises.config())
            .arg("--data")
            .arg(premises.data())
            .env("WILCO_SLACK_BOT_TOKEN", "xoxb-wilco-test")
            .env("WILCO_SLACK_APP_TOKEN", "xapp-wilco-test")
            .env("WILCO_DISCORD_TOKEN", BOT_TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(premises.file("stderr")).unwrap())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Kills it as a power cut would, and buries it. One that ended by itself has failed.
    pub fn kill(mut self, premises: &Premises) {
        let ended = self.0.try_wait().unwrap();
        let complaints = || fs::read_to_string(premises.file("stderr")).unwrap();
        assert!(ended.is_none(), "it ended by itself: {}", complaints());
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What people asked for, by their words.
#[derive(Default)]
pub struct Requests {
    /// How often it is on record.
    pub taken: BTreeMap<String, usize>,
    /// Why they may not have it.
    pub refused: BTreeMap<String, String>,
}

/// Returns what is on record of what people asked for.
pub async fn requests(premises: &Premises) -> Requests {
    let reader = read_only(&premises.database()).await.unwrap();
    let mut found = Requests::default();
    {
        let mut rows = pin!(reader.every_fact());
        while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
            match recorded(&row.unwrap()).unwrap().fact.what {
                What::Requested(requested) => {
                    let words = requested.words.known().unwrap().clone();
                    *found.taken.entry(words).or_default() += 1;
                }
                What::RequestRefused { words, reason, .. } => {
                    found.refused.insert(words.known().unwrap().clone(), reason);
                }
                // Nothing else is asked for.
                _ => {}
            }
        }
    }
    reader.close().await;
    found
}
