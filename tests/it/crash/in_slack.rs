//! The real program in Slack, killed again and again: what was acknowledged is on record, and once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wilco::store::open::read_only;
use wilco_core::fact::What;

use super::premises::Premises;
use crate::sim::slack::{Bot, Slack, User};

/// Kills of one test run; `WILCO_KILLS` asks for more.
const KILLS: u64 = 200;

/// Lines said in one life of the process.
const LINES: u64 = 6;

/// As often is looked whether everything came to its end, a twentieth of a second apart.
const LOOKS: u32 = 1200;

const CHANNEL: &str = "C0DEPLOYS1";
const ANA: &str = "U0ANA";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_was_told_is_taken_in_is_on_record_once_however_often_wilco_is_killed() {
    let kills = std::env::var("WILCO_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = getrandom::u64().unwrap();
    let slack = Slack::open().await;
    slack.channel(CHANNEL, "deploys", Bot::In);
    slack.user(ANA, User::named("ana"));
    slack.redeliver_after(Duration::from_millis(50));
    let premises = Premises::new("0.1");
    configure(&premises, &slack);
    for life in 0..kills {
        let process = Process::start(&premises, &slack).await;
        let before = taken(&slack);
        for line in 0..LINES {
            // A version that is nowhere: it is asked for, put on record, and over at once.
            let words = format!("deploy web@n{life}-{line} to staging");
            slack.mention(ANA, CHANNEL, &words).await;
        }
        // Killed once so many are acknowledged: none, all, or some while the rest is under way.
        let random = seed.wrapping_mul(life + 1).rotate_left(17) % (LINES + 1);
        let enough = |slack: &Slack| (taken(slack) >= before + random).then_some(());
        slack.until("some acknowledgements", enough).await;
        process.kill();
        slack.await_connections(0).await;
    }
    let process = Process::start(&premises, &slack).await;
    // What was acknowledged by a process that was killed is taken up from the outbox.
    let acknowledged = || -> BTreeSet<String> {
        let said = slack.acknowledged_words().into_iter();
        said.map(|text| text.trim_start_matches("<@U0WILCO000> ").to_owned()).collect()
    };
    let missing = |found: &BTreeMap<String, usize>| -> Vec<String> {
        acknowledged().into_iter().filter(|words| !found.contains_key(words)).collect()
    };
    let mut found = requests(&premises).await;
    for _ in 0..LOOKS {
        if missing(&found).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        found = requests(&premises).await;
    }
    process.kill();
    assert_eq!(missing(&found), Vec::<String>::new(), "seed {seed}");
    let not_once: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
    assert_eq!(not_once, Vec::<(&String, &usize)>::new(), "seed {seed}");
    assert!(acknowledged().len() as u64 >= kills, "hardly anything was acknowledged");
}

/// Counts the envelopes that were acknowledged.
fn taken(slack: &Slack) -> u64 {
    let all = slack.envelopes();
    all.iter().filter(|id| slack.acknowledged(id).is_some()).count().try_into().unwrap()
}

/// Returns what was asked for, with how often it is on record.
async fn requests(premises: &Premises) -> BTreeMap<String, usize> {
    let reader = read_only(&premises.database()).await.unwrap();
    let mut found = BTreeMap::new();
    let newest = reader.recent(1).await.unwrap().pop();
    for id in 1..=newest.map_or(0, |newest| newest.deployment.0) {
        for recorded in reader.facts_of(wilco_core::ids::DeploymentId(id)).await.unwrap() {
            if let What::Requested(requested) = &recorded.fact.what {
                let words = requested.words.known().unwrap().clone();
                *found.entry(words).or_default() += 1;
            }
        }
    }
    reader.close().await;
    found
}

fn configure(premises: &Premises, slack: &Slack) {
    let root = premises.config().join("wilco.toml");
    let text = fs::read_to_string(&root).unwrap();
    let channel = text.replacen(
        "console = \"deploys\"",
        &format!("console = \"deploys\"\nslack = \"{CHANNEL}\""),
        1,
    );
    let table = format!(
        "\n[slack]\nworkspace = \"T0123456789\"\napi_url = \"{}\"\nconnections = 2\n",
        slack.api_url()
    );
    fs::write(&root, channel + &table).unwrap();
    let people = premises.config().join("people.toml");
    let text = fs::read_to_string(&people).unwrap();
    fs::write(
        &people,
        text.replace("console = [\"ana\"]", "console = [\"ana\"]\nslack = [\"T0123456789/U0ANA\"]"),
    )
    .unwrap();
}

struct Process(Child);

impl Process {
    /// Starts the program, and returns once it is connected.
    async fn start(premises: &Premises, slack: &Slack) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_wilco"))
            .arg("run")
            .arg("--config")
            .arg(premises.config())
            .arg("--data")
            .arg(premises.data())
            .env("WILCO_SLACK_BOT_TOKEN", "xoxb-wilco-test")
            .env("WILCO_SLACK_APP_TOKEN", "xapp-wilco-test")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(premises.file("stderr")).unwrap())
            .spawn()
            .unwrap();
        let process = Self(child);
        slack.await_connections(2).await;
        process
    }

    fn kill(mut self) {
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
