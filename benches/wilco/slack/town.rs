//! A simulated Slack in which everybody types `/wilco whoami`.

use tokio::sync::mpsc::UnboundedReceiver;

use crate::load::{Act, CHANNELS, Did, PEOPLE, Seen, Town};
use crate::place::Joined;
use crate::sim::slack::{self, Bot, Slack, TEAM, User, What};

/// Sockets of a bot.
pub const CONNECTIONS: u32 = 2;
const WORDS: &str = "whoami";

pub struct SlackTown {
    pub slack: Slack,
    seen: UnboundedReceiver<slack::Seen>,
}

impl SlackTown {
    pub async fn open() -> Self {
        let slack = Slack::open_unrecorded().await;
        for number in 0..CHANNELS {
            slack.channel(&channel(number), &format!("deploys{number}"), Bot::In);
        }
        for number in 0..PEOPLE {
            slack.user(&user(number), User::named(&format!("person{number}")));
        }
        let seen = slack.tap();
        Self { slack, seen }
    }

    /// Returns what a configuration says that is in it.
    pub fn joined(&self) -> Joined {
        let accounts = (0..PEOPLE).map(|number| format!("\"{TEAM}/{}\"", user(number))).collect();
        let api_url = self.slack.api_url();
        let table = format!("\n[slack]\nworkspace = \"{TEAM}\"\napi_url = \"{api_url}\"\n");
        Joined { platform: "slack", accounts, table }
    }
}

impl Town for SlackTown {
    async fn arrived(&self) {
        self.slack.await_connections(CONNECTIONS as usize).await;
    }

    async fn prepare(&mut self) {}

    async fn act(&self, act: Act) {
        let (user, channel) = (user(act.person), channel(act.channel));
        self.slack.slash(&user, &channel, WORDS).await.expect("the bot is connected");
    }

    async fn seen(&mut self) -> Seen {
        let slack::Seen { what, user, at } = self.seen.recv().await.expect("the town is there");
        let did = match what {
            What::Acknowledged => Did::Acknowledged,
            What::Told => Did::Told,
        };
        Seen { did, person: user.trim_start_matches("U0BENCH").parse().unwrap(), at }
    }

    fn forget(&self, _open: usize) {
        self.slack.forget();
    }
}

pub fn channel(number: usize) -> String {
    format!("C0BENCH{number:04}")
}

fn user(number: usize) -> String {
    format!("U0BENCH{number:04}")
}
