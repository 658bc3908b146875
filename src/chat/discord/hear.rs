//! What people do in Discord → deliveries. An interaction is answered once it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serenity::model::channel::{Message, Reaction};
use serenity::model::id::ChannelId;
use tokio::sync::{Mutex as TurnsMutex, watch};
use tracing::{debug, warn};
use uuid::Uuid;
use wilco_core::catalog::Catalog;
use wilco_core::event::{self, Event};
use wilco_core::ids::{Place, Platform};
use wilco_core::language;
use wilco_core::notice::Locale;
use wilco_core::person::{Speaker, Standing};
use wilco_core::request::Heard;

use super::decode::{self, Addressed, Who, message_ref};
use super::members::{Shown, standing};
use super::order::Seen;
use super::{Shared, emoji};
use crate::delivery::{Deliveries, Delivery, NotDelivered};
use crate::recall::Recall;

/// The source of everything that comes from Discord.
const SOURCE: &str = "discord";

/// Reactions that come and go unseen are looked for no more often.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The kinds of events that say something to wilco, as Discord calls them. It tells of many more, and of new
/// ones at any time.
/// <https://discord.com/developers/docs/events/gateway-events#receive-events>
const READ: &[&str] = &[
    "READY",
    "INTERACTION_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "MESSAGE_REACTION_REMOVE_ALL",
    "MESSAGE_REACTION_REMOVE_EMOJI",
    "GUILD_CREATE",
    "CHANNEL_CREATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_LIST_SYNC",
];

/// Takes in what people do.
pub struct Hearing {
    pub(super) shared: Arc<Shared>,
    deliveries: Deliveries,
    pub(super) recall: Recall,
    pub(super) catalog: watch::Receiver<Arc<Catalog>>,
    /// Makes the ids of what has none of Discord's, with what is unique to this process.
    process: Uuid,
    count: AtomicU64,
    /// How often reactions came or went unseen since they were read anew.
    misses: AtomicU64,
    /// What may have come late is carried out in the order in which it came, however long Discord is asked.
    pub(super) late_ones: TurnsMutex<()>,
}

impl Hearing {
    pub(super) fn new(
        shared: Arc<Shared>,
        (deliveries, recall): (Deliveries, Recall),
        catalog: watch::Receiver<Arc<Catalog>>,
    ) -> Self {
        Self {
            shared,
            deliveries,
            recall,
            catalog,
            process: Uuid::new_v4(),
            count: AtomicU64::default(),
            misses: AtomicU64::default(),
            late_ones: TurnsMutex::default(),
        }
    }

    /// Has everything made good that came and went before the connection.
    pub async fn connected(&self) {
        let id = self.own_id("connected");
        let event = Event::Connected { platform: Platform::Discord };
        if let Err(error) = self.deliver(id, event).await {
            warn!(%error, "reactions that came and went are not read anew for now");
        }
    }

    /// Notes that a connection was made.
    pub async fn ready(&self) {
        self.connected().await;
        self.shared.figures.send_modify(|figures| figures.connected += 1);
    }

    /// Notes what an event says of where people are, before anything that is said there is taken.
    pub fn note(&self, event: &serenity::model::event::Event) {
        self.shared.threads.note(event, &self.shared.us.guilds);
    }

    /// Notes an event that the library could not read. What may have been a vote is read from the messages.
    pub async fn undecoded(&self, kind: &str) {
        if !READ.contains(&kind) {
            self.shared.figures.send_modify(|figures| figures.unknown += 1);
            debug!(event.kind = kind, "an event of Discord's says nothing to wilco");
            return;
        }
        self.shared.figures.send_modify(|figures| figures.undecoded += 1);
        let count = self.shared.figures.borrow().undecoded;
        warn!(event.kind = kind, count, "an event of Discord's cannot be read and is left out");
        if kind.starts_with("MESSAGE_REACTION_") {
            self.missed().await;
        }
    }

    /// Takes what somebody did. Until it is handed to the engine nothing is waited for, so that what is
    /// taken first is also decided first.
    pub async fn take(&self, seen: Seen) {
        match seen {
            Seen::Message(message) => self.message(&message).await,
            Seen::Interaction(interaction, coming) => self.interaction(&interaction, coming).await,
            Seen::Reaction(reaction, change) => self.reaction(&reaction, change).await,
            Seen::Missed => self.missed().await,
        }
    }

    /// Has reactions read anew, at once and then at most once in a while: bots that tidy up take reactions
    /// away all day.
    async fn missed(&self) {
        if self.misses.fetch_add(1, Ordering::AcqRel) > 0 {
            return; // Whoever is at it looks once more.
        }
        loop {
            let seen = self.misses.load(Ordering::Acquire);
            self.connected().await;
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            let none_since =
                self.misses.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
            if none_since.is_ok() {
                return;
            }
        }
    }

    /// Notes that something came when nobody waited for it any more.
    pub(super) fn too_late(&self) {
        self.shared.figures.send_modify(|figures| figures.late += 1);
        let count = self.shared.figures.borrow().late;
        warn!(
            count,
            "what somebody did in Discord came too late and is not carried out: Discord told them that wilco \
             did not respond"
        );
    }

    pub(super) fn taken(&self) {
        self.shared.figures.send_modify(|figures| figures.taken += 1);
    }

    async fn message(&self, message: &Message) {
        if message.author.id != self.shared.us.bot {
            self.said_by_others(message).await;
            self.taken();
        }
    }

    async fn said_by_others(&self, message: &Message) {
        let (who, words, addressed) = match decode::said(message, &self.shared.us) {
            Ok(said) => said,
            Err(reason) => {
                debug!(reason, "a message in Discord says nothing to wilco");
                return;
            }
        };
        let heard = self.catalog.borrow().grammar.hear(&words);
        if addressed == Addressed::ByPrefix && !heard.is_about_a_command() {
            debug!("a line with wilco's prefix says nothing to it");
            return;
        }
        self.shared.open.said((who.user, message.channel_id), message.id);
        let event = self.said(who, message.channel_id, (words, heard));
        if let Err(error) = self.deliver_in_turn(format!("said/{}", message.id), event).await {
            warn!(%error, "what somebody said in Discord is lost");
        }
    }

    pub(super) fn said(
        &self,
        who: Who,
        channel: ChannelId,
        (words, heard): (String, Heard),
    ) -> Event {
        Event::Said { speaker: self.speaker(who), place: self.place(channel), words, heard }
    }

    async fn reaction(&self, reaction: &Reaction, change: event::Reaction) {
        if reaction.user_id != Some(self.shared.us.bot) {
            self.reacted(reaction, change).await;
            self.taken();
        }
    }

    async fn reacted(&self, reaction: &Reaction, change: event::Reaction) {
        let us = &self.shared.us;
        let Some(user) = reaction.user_id else { return };
        let is_others = reaction.message_author_id.is_some_and(|author| author != us.bot);
        let guild = reaction.guild_id.unwrap_or_else(|| us.guilds.of_direct_messages());
        if is_others || !us.guilds.has(guild) {
            return;
        }
        let emoji = emoji::emoji(&reaction.emoji);
        let member = reaction.member.as_ref();
        let standing = member
            .map(|member| standing(Shown { is_bot: member.user.bot, is_pending: member.pending }));
        let who = Who { guild, user, standing };
        if emoji.verdict().is_some() {
            self.shared.open.reacted((user, reaction.channel_id));
        }
        let message = message_ref(reaction.channel_id, reaction.message_id);
        let event = Event::Reacted { speaker: self.speaker(who), message, emoji, change };
        if let Err(error) = self.deliver_in_turn(self.own_id("reacted"), event).await {
            warn!(%error, "a reaction in Discord is not heard before reactions are read anew");
        }
    }

    pub(super) async fn deliver(&self, id: String, event: Event) -> Result<(), NotDelivered> {
        self.deliveries.deliver(Delivery { source: SOURCE, id, event }).await.map(drop)
    }

    /// The same after what may be late and came before: while Discord is asked about that, the rest waits, so that
    /// what came first is decided first.
    pub(super) async fn deliver_in_turn(
        &self,
        id: String,
        event: Event,
    ) -> Result<(), NotDelivered> {
        // Only the order counts: whoever waited behind goes on at once.
        drop(self.late_ones.lock().await);
        self.deliver(id, event).await
    }

    fn place(&self, channel: ChannelId) -> Place {
        self.shared.threads.place(channel)
    }

    /// Returns the language of what is said to somebody before anything is decided.
    pub(super) fn locale(&self, who: Who, channel: ChannelId) -> Locale {
        let account = decode::account(who.guild, who.user);
        let (chosen, place) = (self.deliveries.chosen(), self.place(channel));
        language::of_account(&self.catalog.borrow(), &chosen, &account, Some(&place)).locale
    }

    fn own_id(&self, kind: &str) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{kind}/{}/{number}", self.process)
    }

    /// Who is not known is looked up before anything is decided, and not before the answer.
    pub(super) fn speaker(&self, who: Who) -> Speaker {
        let members = &self.shared.members;
        if let Some(standing) = who.standing {
            members.remember((who.guild, who.user), standing);
        }
        let standing = who.standing.or_else(|| members.remembered((who.guild, who.user)));
        let account = decode::account(who.guild, who.user);
        Speaker { account, standing: standing.unwrap_or(Standing::Unknown) }
    }
}
