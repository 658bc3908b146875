//! `wilco run` where Slack calls it: what is taken, what is refused, and what 200 means.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::ask;
use super::hooks::{figure, get};
use super::running::Running;
use super::slack_check::{CHANNEL, Setup};
use super::slack_run::{ANA, link_ana};
use crate::sim::slack::{APP, BOT_USER, Forgery, Press, Slack, TEAM, User};
use crate::wire::hooked::{EVENTS, MIB, SECRET, answer, call, head, signed};

const BEN: &str = "U0BEN00000";

/// A workspace that calls a wilco, and where it is called.
struct Called {
    setup: Setup,
    address: SocketAddr,
}

impl Called {
    async fn new() -> Self {
        let setup = Setup::new().await;
        link_ana(&setup);
        let people = setup.folder.path().join("config/people.toml");
        let text = std::fs::read_to_string(&people).unwrap();
        let account = format!("[person.ben]\nslack = [\"{TEAM}/{BEN}\"]");
        std::fs::write(&people, text.replacen("[person.ben]", &account, 1)).unwrap();
        setup.slack.user(BEN, User::named("ben"));
        // Nobody takes it before wilco does.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        setup.write(&format!("mode = \"http\"\n\n[http]\nlisten = \"{address}\""));
        Self { setup, address }
    }

    fn run(&self) -> Running {
        let mut command = self.setup.command(&["run"]);
        command.env("WILCO_SLACK_SIGNING_SECRET", SECRET).env_remove("WILCO_SLACK_APP_TOKEN");
        let mut running = Running::begin(&self.setup.folder, command, "info");
        running.until("\"ready\"");
        running
    }

    fn call_at(&self, what: &str) {
        let url = format!("http://{}/hooks/slack/{what}", self.address);
        self.setup.slack.http_mode(&url, SECRET);
    }

    /// Waits until a message of wilco says this.
    async fn until_said(&self, words: &str) {
        let is_said = |slack: &Slack| {
            let messages = slack.messages(CHANNEL);
            let said = |message: &crate::sim::slack::Message| {
                message.text.contains(words) || message.blocks.to_string().contains(words)
            };
            messages.iter().any(said).then_some(())
        };
        self.setup.slack.until(words, is_said).await;
    }

    /// Returns everything on record, as it is exported.
    fn record(&self) -> String {
        let database = self.setup.folder.path().join("data/wilco.db");
        let said = ask(&["audit", "export", database.to_str().unwrap(), "--format", "jsonl"]);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    }
}

/// A mention as Slack posts it, under an id of its own.
fn mention(number: u32, words: &str) -> Value {
    json!({
        "token": "", "team_id": TEAM, "api_app_id": APP, "type": "event_callback",
        "event_id": format!("Ev0MENTION{number}"), "event_time": 1_700_000_000,
        "event": {
            "type": "app_mention", "user": ANA, "team": TEAM, "channel": CHANNEL,
            "text": format!("<@{BOT_USER}> {words}"), "ts": format!("1700000000.{number:06}"),
            "event_ts": format!("1700000000.{number:06}"),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_slack_calls_about_is_done_and_nothing_that_is_not_slacks() {
    let called = Called::new().await;
    let slack = &called.setup.slack;
    let running = called.run();
    called.call_at("events");
    assert!(slack.verify_url().await);
    for forgery in [
        Forgery::WrongSignature,
        Forgery::OldTimestamp,
        Forgery::FutureTimestamp,
        Forgery::AnotherBody,
    ] {
        let status = slack.forge(ANA, "deploy web to prod", forgery).await;
        assert_eq!(status, Some(401), "{forgery:?}");
    }
    assert_eq!(slack.calls("users.info").len(), 0, "nobody was asked about who forged it");
    slack.mention(ANA, CHANNEL, "deploy web to prod").await;
    called.until_said("#1 ").await;
    called.call_at("interactions");
    press(&called, "wilco.reject").await;
    let view = slack.until("the form", |slack: &Slack| slack.views().pop()).await;
    let reason = json!({ "type": "plain_text_input", "value": "not on a Friday" });
    let values = json!({ "reason": { "reason": reason } });
    let taken = slack.submit_view(BEN, view["id"].as_str().unwrap(), values).await;
    assert!(taken.is_some());
    called.until_said("not on a Friday").await;
    called.call_at("commands");
    assert!(slack.slash(ANA, CHANNEL, "deploy web to prod").await.is_some());
    called.until_said("#2 ").await;
    called.call_at("interactions");
    press(&called, "wilco.approve").await;
    called.until_said("is live in prod").await;
    let log = running.stop();
    assert!(!log.contains(SECRET) && !log.contains("not on a Friday"), "{log}");
    let record = called.record();
    assert_eq!(record.matches("not on a Friday").count(), 1, "{record}");
    assert_eq!(slack.complaints(), Vec::<String>::new());
}

/// Ben presses a button of the newest card.
async fn press(called: &Called, action_id: &str) {
    let slack = &called.setup.slack;
    let button = |slack: &Slack| {
        let cards = slack.messages(CHANNEL);
        let blocks = cards.last()?.blocks.as_array()?.clone();
        let mut elements =
            blocks.iter().flat_map(|b| b["elements"].as_array().into_iter().flatten());
        let found = elements.find(|element| element["action_id"] == action_id)?;
        Some((cards.last()?.ts.clone(), found["value"].as_str()?.to_owned()))
    };
    let (ts, value) = slack.until(action_id, button).await;
    let press = Press { user: BEN, channel: CHANNEL, ts: &ts, action_id, value: &value };
    assert!(slack.press(press).await.is_some(), "it was not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_elsewhere_is_refused_before_it_is_read() {
    let called = Called::new().await;
    let running = called.run();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let mut socket = TcpStream::connect(called.address).await.unwrap();
    let head = head(EVENTS, &signed(now, b"{}"));
    // Nothing of the body is sent: announcing it is enough.
    let announced = format!("{head}Content-Length: {}\r\n\r\n", MIB + 1);
    socket.write_all(announced.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 413);
    for path in ["/", "/hooks/slack", "/hooks/slack/event", "/hooks/slack/events/../commands"] {
        assert_eq!(
            call(called.address, path, &signed(now, b"{}"), b"{}").await.status,
            404,
            "{path}"
        );
    }
    let mut socket = TcpStream::connect(called.address).await.unwrap();
    let get = format!("GET {EVENTS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.write_all(get.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut socket).await.status, 405);
    running.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_with_200_is_on_record_once_whatever_happens_next() {
    const KILLS: u32 = 5;
    let called = Called::new().await;
    called.call_at("events");
    let slack = &called.setup.slack;
    for number in 0..KILLS {
        let running = called.run();
        // A version that is nowhere: it is on record, and over at once.
        let words = format!("deploy web@n{number} to staging");
        assert_eq!(slack.post_event(&mention(number, &words), 0).await, Some(200));
        drop(running); // By `kill -9`.
    }
    let running = called.run();
    for number in 0..KILLS {
        // Again, and again under the same id with other words.
        let words = format!("deploy web@n{number} to staging");
        assert_eq!(slack.post_event(&mention(number, &words), 1).await, Some(200));
        let other = mention(number, "deploy web@other to staging");
        assert_eq!(slack.post_event(&other, 2).await, Some(200));
    }
    let last = mention(KILLS, "deploy web@last to staging");
    assert_eq!(slack.post_event(&last, 0).await, Some(200));
    called.until_said("last").await;
    let figures = get(called.address, "/metrics").await.body;
    for (ended, number) in [("taken", 1), ("repeated", 2 * i64::from(KILLS)), ("unsigned", 0)] {
        let name = format!("wilco_webhooks_total{{hook=\"slack\",result=\"{ended}\"}}");
        assert_eq!(figure(&figures, &name), Some(number), "{name} in\n{figures}");
    }
    running.stop();
    let record = called.record();
    let times = |words: &str| record.lines().filter(|row| row.contains(words)).count();
    let asked = |name: &str| times(&format!("deploy web@{name} to staging"));
    for number in 0..KILLS {
        assert_eq!(asked(&format!("n{number}")), 1, "{record}");
    }
    assert_eq!((asked("last"), asked("other")), (1, 0), "{record}");
}
