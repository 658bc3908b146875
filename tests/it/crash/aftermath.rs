//! What must be so in Discord and in the record once everything is well again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use wilco::store::decode::Recorded;
use wilco::store::open::read_only;
use wilco::store::read::Reader;
use wilco_core::deployment::{Deployment, Outcome, Status};
use wilco_core::fact::{Mark, What};
use wilco_core::ids::{DeploymentId, Platform};

use super::connected::{EVERYBODY, IN_DISCORD, Requests, requests};
use super::ending::{Ending, Expected};
use super::guild::{Guild, VOTERS};
use super::premises::Premises;
use crate::rehearsal::discord_room::{number, user};
use crate::sim::discord::{BOT_USER, Message};
use crate::wait::seen_within;

/// So soon after the last start everything is made good, or less is left of it: wilco calls Discord 25 times a second
/// at the most, and a busy machine leaves it a lot to make good.
const MADE_GOOD_WITHIN: Duration = Duration::from_mins(1);

/// People vote for and against, and take it back. Whoever cannot be asked why any more is told so.
const AMONG_PEOPLE: Expected = Expected {
    stands: among_people,
    once: |by, mark| format!("{by} ({mark:?})"),
    given_up: &["ask_reason"],
};

fn among_people(facts: &[Recorded]) -> &'static [Status] {
    let is_there = |which: fn(&What) -> bool| facts.iter().any(|row| which(&row.fact.what));
    if is_there(|what| matches!(what, What::Rejected { .. })) {
        &[Status::Ended(Outcome::Rejected)]
    } else if is_there(|what| matches!(what, What::Cancelled { .. })) {
        &[Status::Ended(Outcome::Cancelled)]
    } else if is_there(|what| matches!(what, What::CancelAsked { .. })) {
        // It may have been over before it could be stopped.
        &[Status::Ended(Outcome::Cancelled), Status::Ended(Outcome::Succeeded)]
    } else if is_there(|what| matches!(what, What::Obstructed { .. })) {
        &[Status::Ended(Outcome::Failed)]
    } else if is_there(|what| matches!(what, What::GatesOpened { .. })) {
        &[Status::Ended(Outcome::Succeeded)]
    } else {
        &[Status::Waiting]
    }
}

/// Waits until everything is made good, for as long as less and less is left; what is not is told by `check`.
pub async fn settle(premises: &Premises, guild: &Guild) {
    let mut left = u64::MAX;
    loop {
        let is_good = async || {
            let is_good = is_at_rest(premises).await && faults(premises, guild).await.is_empty();
            is_good.then_some(())
        };
        let now = backlog(premises).await;
        if now >= left || seen_within(MADE_GOOD_WITHIN, is_good).await.is_some() {
            break;
        }
        left = now;
    }
    premises.wait_for_runners();
}

/// Counts what wilco still has to do.
pub async fn backlog(premises: &Premises) -> u64 {
    let reader = read_only(&premises.database()).await.unwrap();
    let backlog = reader.outbox_size().await.unwrap();
    reader.close().await;
    backlog
}

/// Tells whether wilco has nothing more to do, and nothing goes on.
pub async fn is_at_rest(premises: &Premises) -> bool {
    let reader = read_only(&premises.database()).await.unwrap();
    let open = reader.open_summaries(None, None, 100).await.unwrap();
    let is_quiet = open.iter().all(|open| open.status == Status::Waiting);
    let is_at_rest = is_quiet && reader.outbox_size().await.unwrap() == 0;
    reader.close().await;
    is_at_rest
}

/// Looks at everything, with nobody there to change it.
pub async fn check(premises: &Premises, guild: &Guild) {
    let mut faults = faults(premises, guild).await;
    faults.extend(guild.discord.complaints());
    let ending = Ending::as_expected(premises, &[], AMONG_PEOPLE).await;
    faults.extend(ending.faults);
    let told = fs::read_to_string(premises.file("stderr")).unwrap();
    assert!(faults.is_empty(), "{faults:#?}; it said last: {told}");
    assert!(ending.ordered > 0, "nothing ran");
}

/// Says what is not as it must be once everything is at rest.
pub async fn faults(premises: &Premises, guild: &Guild) -> Vec<String> {
    let mut faults = Vec::new();
    let delivered = delivered(premises).await;
    for id in guild.deliveries().into_iter().filter(|id| !delivered.contains(id)) {
        faults.push(format!("{id} was answered, and is not on record"));
    }
    let Requests { taken, refused } = requests(premises).await;
    let times = |version: &str| -> usize {
        taken.iter().filter(|(words, _)| words.contains(version)).map(|(_, times)| times).sum()
    };
    // Nobody here asks for a deployment that they may not have.
    let denied = refused.iter().filter(|(words, _)| words.starts_with("deploy "));
    faults.extend(denied.map(|(words, why)| format!("{words} was refused: {why}")));
    for version in guild.versions() {
        let times = times(&version);
        if times != 1 {
            faults.push(format!("{version} was asked for, and is on record {times} times"));
        }
    }
    for version in &guild.said {
        let times = times(version);
        if times > 1 {
            faults.push(format!("{version} was said, and is on record {times} times"));
        }
    }
    let cards = cards(guild);
    let reader = read_only(&premises.database()).await.unwrap();
    for deployment in deployments(&reader).await {
        let id = deployment.id.0.to_string();
        look_at_cards(&deployment, cards.get(&id).map_or(&[], Vec::as_slice), &mut faults);
    }
    reader.close().await;
    look_at_lines(guild, &cards, &mut faults);
    look_at_nonces(guild, &cards, &mut faults);
    faults
}

pub async fn deployments(reader: &Reader) -> Vec<Deployment> {
    let mut all = Vec::new();
    let newest = reader.recent(1).await.unwrap().pop();
    for id in 1..=newest.map_or(0, |newest| newest.deployment.0) {
        all.extend(reader.deployment(DeploymentId(id)).await.unwrap());
    }
    all
}

/// Returns the cards by the number of their deployment.
pub fn cards(guild: &Guild) -> BTreeMap<String, Vec<Message>> {
    let mut cards: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    for message in guild.discord.messages(IN_DISCORD) {
        if let Some(number) = number(&message) {
            cards.entry(number).or_default().push(message);
        }
    }
    cards
}

/// What a card begins with as things stand.
pub fn signs(status: Status) -> &'static [&'static str] {
    match status {
        Status::Resolving | Status::Starting | Status::Running => &["🔄"],
        Status::Waiting => &["⏳"],
        Status::Ended(Outcome::Succeeded) => &["✅", "⚪"],
        Status::Ended(Outcome::Failed) => &["🚨"],
        Status::Ended(Outcome::Rejected | Outcome::Cancelled | Outcome::Expired) => &["⚪"],
    }
}

/// There is one card, it shows how things stand, and the votes that stand on it are counted.
fn look_at_cards(deployment: &Deployment, cards: &[Message], faults: &mut Vec<String>) {
    let (id, status) = (deployment.id, deployment.status);
    let [card] = cards else {
        return faults.push(format!("{id} is {status:?} and has {} cards", cards.len()));
    };
    let known = deployment.cards.iter().find(|known| known.place.platform == Platform::Discord);
    // One that was over before its card was shown is shown all the same, and nobody votes on it.
    if known.map_or(!deployment.is_over(), |known| known.message != card.id) {
        faults.push(format!("the card of {id} is {}, and {known:?} on record", card.id));
    }
    let title = card.embeds[0]["title"].as_str().unwrap_or_default();
    if !signs(status).iter().any(|sign| title.starts_with(sign)) {
        faults.push(format!("{id} is {status:?}, and its card says {title}"));
    }
    if status != Status::Waiting {
        return;
    }
    if !["✅", "❌"].iter().all(|sign| card.reacted(sign).iter().any(|who| who == BOT_USER)) {
        faults.push(format!("{id} waits without signs to click on: {:?}", card.reactions));
    }
    let shown = format!("Approvals: {} of 2", deployment.approvers().len());
    if !card.words().contains(&shown) {
        faults.push(format!("{id} has not {shown}, says its card: {}", card.words()));
    }
    for who in VOTERS {
        let stands = card.reacted("✅").contains(&user(who));
        let is_it = |mark: &Mark| match mark {
            Mark::Reaction { account, message, .. } => {
                account.user == user(who) && message.message == card.id
            }
            Mark::Words { .. } => false,
        };
        let mut marks = deployment.approvals.iter().filter_map(|one| one.approved.mark.known());
        let counts = marks.any(is_it);
        if stands != counts {
            faults.push(format!("the reaction of {who} on {id}: stands {stands}, counts {counts}"));
        }
    }
}

/// No line is twice in the thread below a card, but for those of votes, which may come and go, and of whoever asks
/// once more to stop what still runs: these differ in their nonces.
fn look_at_lines(guild: &Guild, cards: &BTreeMap<String, Vec<Message>>, faults: &mut Vec<String>) {
    for (number, card) in
        cards.iter().flat_map(|(number, all)| all.iter().map(move |one| (number, one)))
    {
        if guild.discord.thread(&card.id).is_none() {
            continue;
        }
        let mut lines = BTreeSet::new();
        for line in guild.discord.messages(&card.id) {
            let may_come_again =
                ["approv", "to be stopped"].iter().any(|part| line.content.contains(part));
            if !(may_come_again || lines.insert(line.content.clone())) {
                faults.push(format!("#{number} was told twice: {}", line.content));
            }
        }
    }
}

/// Nothing that everybody or one person reads was posted twice: what is said goes by a nonce of its own.
fn look_at_nonces(guild: &Guild, cards: &BTreeMap<String, Vec<Message>>, faults: &mut Vec<String>) {
    let discord = &guild.discord;
    let threads = cards.values().flatten().filter_map(|card| discord.thread(&card.id));
    let direct = EVERYBODY.iter().filter_map(|name| discord.direct(&user(name)));
    let places = std::iter::once(IN_DISCORD.to_owned()).chain(threads.map(|(id, _)| id));
    for place in places.chain(direct) {
        let mut nonces = BTreeSet::new();
        for said in discord.messages(&place) {
            if !nonces.insert(said.nonce.to_string()) {
                faults.push(format!("in {place} was said twice: {}", said.words()));
            }
        }
    }
}

/// Returns the ids of everything that was ever taken in.
pub async fn delivered(premises: &Premises) -> BTreeSet<String> {
    let options = SqliteConnectOptions::new().filename(premises.database()).read_only(true);
    let mut connection = options.connect().await.unwrap();
    let rows = sqlx::query("select id from delivery").fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
