//! People in the simulated Slack who do things at random, and what Slack was told is taken in.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::connected::{EVERYBODY, IN_SLACK, slack_user};
use super::super::guild::VOTERS;
use super::super::premises::commit;
use super::super::random::Random;
use crate::sim::slack::{BOT_USER, Bot, Message, Press, Slack, TEAM, User};

/// New deployments that wait for votes are asked for while fewer do.
const WAITING_MAX: usize = 6;

/// Versions that nobody asks for in Discord.
const COMMITS_FROM: u64 = 1_000_000;

pub const SIGN: &str = "white_check_mark";
pub const APPROVE: &str = "wilco.approve";
const REJECT: &str = "wilco.reject";

pub struct Workspace {
    pub slack: Slack,
    /// Everything that somebody asked for, heard or not.
    pub asked: BTreeSet<String>,
    count: u64,
}

impl Workspace {
    pub async fn open() -> Self {
        let slack = Slack::open().await;
        slack.channel(IN_SLACK, "deploys", Bot::In);
        for name in EVERYBODY {
            slack.user(&slack_user(name), User::named(name));
        }
        slack.redeliver_after(Duration::from_millis(50));
        Self { slack, asked: BTreeSet::new(), count: 0 }
    }

    /// Has somebody do something.
    pub async fn act(&mut self, random: &mut Random) {
        let waiting = self.waiting();
        match random.within(0..16) {
            0..=2 => self.deploy_nothing(random).await,
            3 => self.deploy(random, "staging").await,
            4 | 5 if waiting.len() < WAITING_MAX => self.deploy(random, "prod").await,
            4..=9 => self.react(random, &waiting).await,
            10 | 11 => self.press(random.of(&VOTERS), (random.of(&waiting), APPROVE)).await,
            12 => self.ask_about(random, &waiting, "approve").await,
            13 => self.ask_about(random, &waiting, "cancel").await,
            // Only ben is ever asked why, so that it is known whose form it is.
            14 => self.press(Some(&"ben"), (random.of(&waiting), REJECT)).await,
            _ => self.submit().await,
        }
    }

    /// Returns the cards on which votes are wanted.
    pub fn waiting(&self) -> Vec<Message> {
        let mut cards = self.slack.messages(IN_SLACK);
        cards.retain(|card| value_of(card, APPROVE).is_some());
        cards
    }

    /// Returns the ids under which must be on record what Slack was told is taken in.
    pub fn deliveries(&self) -> Vec<String> {
        self.slack.taken(delivery)
    }

    /// Returns the versions for which Slack was told that it is taken in.
    pub fn versions(&self) -> BTreeSet<String> {
        self.slack.taken(version).into_iter().collect()
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// A version that is nowhere: it is asked for, put on record, and over at once.
    async fn deploy_nothing(&mut self, random: &mut Random) {
        let version = format!("s{}-of-nobody", self.next());
        self.ask_for(random, &version, "web", "staging").await;
    }

    async fn deploy(&mut self, random: &mut Random, environment: &str) {
        let version = commit(COMMITS_FROM + self.next());
        self.ask_for(random, &version, "api", environment).await;
    }

    async fn ask_for(
        &mut self,
        random: &mut Random,
        version: &str,
        service: &str,
        environment: &str,
    ) {
        let (ana, words) =
            (slack_user("ana"), format!("deploy {service}@{version} to {environment}"));
        self.asked.insert(version.to_owned());
        if random.within(0..2) == 0 {
            self.slack.mention(&ana, IN_SLACK, &words).await;
        } else {
            self.slack.slash(&ana, IN_SLACK, &words).await;
        }
    }

    /// Puts a reaction there or takes it away.
    async fn react(&self, random: &mut Random, waiting: &[Message]) {
        let (Some(card), Some(who)) = (random.of(waiting), random.of(&VOTERS)) else { return };
        self.toggle(who, card).await;
    }

    pub async fn toggle(&self, who: &str, card: &Message) {
        let (user, place) = (slack_user(who), (IN_SLACK, card.ts.as_str()));
        if reacted(card, who) {
            self.slack.unreact(&user, place, SIGN).await;
        } else {
            self.slack.react(&user, place, SIGN).await;
        }
    }

    async fn press(&self, who: Option<&&str>, (card, action_id): (Option<&Message>, &str)) {
        let (Some(card), Some(who)) = (card, who) else { return };
        let Some(value) = value_of(card, action_id) else { return };
        let (user, ts, value) = (&*slack_user(who), &*card.ts, &*value);
        self.slack.press(Press { user, channel: IN_SLACK, ts, action_id, value }).await;
    }

    async fn ask_about(&self, random: &mut Random, waiting: &[Message], command: &str) {
        let (Some(card), Some(who)) = (random.of(waiting), random.of(&VOTERS)) else { return };
        let words = format!("{command} #{}", number(card).unwrap());
        self.slack.slash(&slack_user(who), IN_SLACK, &words).await;
    }

    /// Says why, where somebody is asked.
    async fn submit(&self) {
        let Some(form) = self.slack.views().pop() else { return };
        let reason = "Not while this is being tested.";
        let reason = json!({ "type": "plain_text_input", "value": reason });
        let values = json!({ "reason": { "reason": reason } });
        self.slack.submit_view(&slack_user("ben"), form["id"].as_str().unwrap(), values).await;
    }
}

/// Tells whether somebody's reaction stands on a card.
pub fn reacted(card: &Message, who: &str) -> bool {
    let user = slack_user(who);
    card.reactions.iter().any(|(sign, users)| sign == SIGN && users.contains(&user))
}

/// Returns by what wilco finds a message of its own again.
pub fn key(message: &Message) -> Option<&str> {
    message.metadata["event_payload"]["key"].as_str()
}

/// Returns whose card a message is.
pub fn number(message: &Message) -> Option<String> {
    let (number, _) = key(message)?.strip_prefix("card-")?.split_once('-')?;
    Some(number.to_owned())
}

fn value_of(card: &Message, action_id: &str) -> Option<String> {
    let mut elements =
        card.blocks.as_array()?.iter().filter_map(|block| block["elements"].as_array());
    let found = elements.find_map(|all| all.iter().find(|one| one["action_id"] == action_id))?;
    Some(found["value"].as_str()?.to_owned())
}

/// Returns under which id a payload is on record; wilco's own signs and lines are none of its business.
fn delivery(payload: &Value) -> Option<String> {
    let (event, text) = (&payload["event"], |value: &Value| value.as_str().unwrap().to_owned());
    let by_trigger = |kind: &str| Some(format!("{kind}/{}", text(&payload["trigger_id"])));
    match payload["type"].as_str() {
        Some("event_callback") if event["user"] == BOT_USER => None,
        Some("event_callback") if event["type"] == "app_mention" => {
            Some(format!("said/{TEAM}/{IN_SLACK}/{}", text(&event["ts"])))
        }
        Some("event_callback") => Some(format!("event/{}", text(&payload["event_id"]))),
        Some("block_actions") => by_trigger("press"),
        Some("view_submission") => by_trigger("reason"),
        Some(other) => panic!("nobody here sends {other}"),
        None => by_trigger("slash"),
    }
}

/// Returns which version somebody asks for.
fn version(payload: &Value) -> Option<String> {
    let words = payload["event"]["text"].as_str().or(payload["text"].as_str())?;
    let (_, version) = words.split_once("deploy ")?.1.split_once('@')?;
    version.split(' ').next().map(str::to_owned)
}
