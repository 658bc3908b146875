//! What must be so in both chats and in the record: after each life, and once everything is at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wilco::store::open::read_only;
use wilco_core::deployment::{Deployment, Status};
use wilco_core::fact::{Mark, What};
use wilco_core::ids::Platform;

use super::super::aftermath;
use super::super::connected::{IN_DISCORD, IN_SLACK, requests, slack_user};
use super::super::guild::{Guild, VOTERS};
use super::super::premises::Premises;
use super::workspace::{self, Workspace};
use crate::rehearsal::{discord_room, slack_room};
use crate::sim::slack::Message;
use crate::wait::seen_within;

/// Slack takes a message a second, so what has piled up there may take its time.
const MADE_GOOD_WITHIN: Duration = Duration::from_secs(30);

/// Both chats with everybody in them, and the one wilco in both.
pub struct Sides<'a> {
    pub premises: &'a Premises,
    pub guild: &'a Guild,
    pub workspace: &'a Workspace,
}

impl Sides<'_> {
    /// Waits until everything is made good; what is not is told by `check`.
    pub async fn settle(&self) {
        seen_within(MADE_GOOD_WITHIN, async || {
            let is_at_rest = aftermath::is_at_rest(self.premises).await;
            (is_at_rest && self.faults_at_rest().await.is_empty()).then_some(())
        })
        .await;
        self.premises.wait_for_runners();
    }

    /// Says what is wrong whatever wilco was doing when it was killed.
    pub async fn faults_after_a_life(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let delivered = aftermath::delivered(self.premises).await;
        let told = self.workspace.deliveries().into_iter().chain(self.guild.deliveries());
        for id in told.filter(|id| !delivered.contains(id)) {
            faults.push(format!("{id} was acknowledged, and is not on record"));
        }
        let mut ran = BTreeSet::new();
        for (deployment, key) in self.premises.executions() {
            if !ran.insert(deployment) {
                faults.push(format!("#{deployment} ran once more, under {key}"));
            }
        }
        let mut keys = BTreeSet::new();
        let said = self.workspace.slack.messages(IN_SLACK);
        for message in &said {
            if !workspace::key(message).is_none_or(|key| keys.insert(key.to_owned())) {
                faults.push(format!("Slack was told twice: {}", message.text));
            }
        }
        let in_slack = cards(said).into_iter().map(|(number, all)| (number, all.len()));
        let in_discord =
            aftermath::cards(self.guild).into_iter().map(|(number, all)| (number, all.len()));
        for (number, many) in in_slack.chain(in_discord).filter(|(_, many)| *many > 1) {
            faults.push(format!("#{number} has {many} cards in one place"));
        }
        faults
    }

    /// Says what is wrong once wilco has nothing more to do.
    pub async fn faults_at_rest(&self) -> Vec<String> {
        let mut faults = aftermath::faults(self.premises, self.guild).await;
        faults.extend(self.faults_after_a_life().await);
        let requests = requests(self.premises).await.taken;
        let taken = self.workspace.versions();
        for version in &self.workspace.asked {
            let times: usize = requests
                .iter()
                .filter(|(words, _)| words.contains(version.as_str()))
                .map(|(_, times)| times)
                .sum();
            if times > 1 || (times == 0 && taken.contains(version)) {
                faults.push(format!("{version} was asked for, and is on record {times} times"));
            }
        }
        let (here, there) =
            (cards(self.workspace.slack.messages(IN_SLACK)), aftermath::cards(self.guild));
        let reader = read_only(&self.premises.database()).await.unwrap();
        for deployment in aftermath::deployments(&reader).await {
            let number = deployment.id.0.to_string();
            let here = here.get(&number).map_or(&[][..], Vec::as_slice);
            let [card] = here else {
                faults.push(format!("#{number} has {} cards in Slack", here.len()));
                continue;
            };
            look_at_card(&deployment, card, &mut faults);
            // That there is one is looked at by others.
            let Some([twin]) = there.get(&number).map(Vec::as_slice) else { continue };
            let (here, there) =
                (slack_room::unescaped(&card.text), discord_room::unescaped(&twin.content));
            if here != there {
                faults.push(format!("#{number} in Slack is: {here}; and in Discord: {there}"));
            }
        }
        self.compare_lines(&mut faults);
        reader.close().await;
        faults
    }

    /// Whatever is told in one chat is told in the other, below the card or, where that was not there yet, beside it.
    fn compare_lines(&self, faults: &mut Vec<String>) {
        let here = self.workspace.slack.messages(IN_SLACK).into_iter();
        let here: BTreeSet<String> = here
            .filter(|line| workspace::number(line).is_none())
            .map(|line| slack_room::unescaped(&line.text))
            .collect();
        let discord = &self.guild.discord;
        let all = discord.messages(IN_DISCORD);
        let threads = all.iter().filter_map(|card| discord.thread(&card.id));
        let below: Vec<_> = threads.flat_map(|(thread, _)| discord.messages(&thread)).collect();
        // What answers somebody is seen by them alone in Slack.
        let beside =
            all.iter().filter(|one| discord_room::number(one).is_none() && one.reply_to.is_none());
        let there: BTreeSet<String> = below.iter().chain(beside).map(discord_room::words).collect();
        for line in here.symmetric_difference(&there) {
            let chat = if here.contains(line) { "Slack" } else { "Discord" };
            faults.push(format!("only {chat} was told: {line}"));
        }
    }

    /// Looks at everything, with nobody there to change it.
    pub async fn check(&self) {
        assert_eq!(self.faults_at_rest().await, Vec::<String>::new());
        assert_eq!(self.workspace.slack.complaints(), Vec::<String>::new());
        assert_eq!(self.votes().await, Vec::<String>::new());
        aftermath::check(self.premises, self.guild).await;
    }

    /// Whatever needed votes began with those of two people, neither of whom had asked for it.
    async fn votes(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let reader = read_only(&self.premises.database()).await.unwrap();
        for deployment in aftermath::deployments(&reader).await {
            if deployment.environment.as_str() != "prod" {
                continue;
            }
            for recorded in reader.facts_of(deployment.id).await.unwrap() {
                let What::GatesOpened { approvers, .. } = &recorded.fact.what else { continue };
                let names: BTreeSet<_> =
                    approvers.iter().map(|name| name.known().unwrap().to_string()).collect();
                let is_quorum = names.iter().map(String::as_str).eq(VOTERS);
                if !is_quorum || approvers.len() != names.len() {
                    faults.push(format!("{} began with the votes of {names:?}", deployment.id));
                }
            }
        }
        reader.close().await;
        faults
    }
}

/// Returns the cards by the number of their deployment.
fn cards(messages: Vec<Message>) -> BTreeMap<String, Vec<Message>> {
    let mut cards: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    for message in messages {
        if let Some(number) = workspace::number(&message) {
            cards.entry(number).or_default().push(message);
        }
    }
    cards
}

/// It is the one on record, it shows how things stand, and the votes that stand on it are counted.
fn look_at_card(deployment: &Deployment, card: &Message, faults: &mut Vec<String>) {
    let (id, status) = (deployment.id, deployment.status);
    let known = deployment.cards.iter().find(|known| known.place.platform == Platform::Slack);
    // One that was over before its card was shown is shown all the same, and nobody votes on it.
    if known.map_or(!deployment.is_over(), |known| known.message != card.ts) {
        faults.push(format!("the card of {id} in Slack is {}, and {known:?} on record", card.ts));
    }
    let title = card.blocks[0]["text"]["text"].as_str().unwrap_or_default();
    if !aftermath::signs(status).iter().any(|sign| title.starts_with(sign)) {
        faults.push(format!("{id} is {status:?}, and its card in Slack says {title}"));
    }
    if status != Status::Waiting {
        return;
    }
    let shown = format!("Approvals: {} of 2", deployment.approvers().len());
    if !card.blocks.to_string().contains(&shown) {
        faults.push(format!("{id} has not {shown}, says its card in Slack: {:#}", card.blocks));
    }
    for who in VOTERS {
        let stands = workspace::reacted(card, who);
        let is_it = |mark: &Mark| match mark {
            Mark::Reaction { account, message, .. } => {
                account.user == slack_user(who) && message.message == card.ts
            }
            Mark::Words { .. } => false,
        };
        let mut marks = deployment.approvals.iter().filter_map(|one| one.approved.mark.known());
        let counts = marks.any(is_it);
        if stands != counts {
            faults.push(format!(
                "the reaction of {who} in Slack on {id}: stands {stands}, counts {counts}"
            ));
        }
    }
}
