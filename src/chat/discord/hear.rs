//! What people do in Discord → deliveries. An interaction is answered once it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use serenity::model::application::{
    CommandInteraction, ComponentInteraction, Interaction, ModalInteraction,
};
use serenity::model::channel::{Message, Reaction};
use serenity::model::id::ChannelId;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{debug, warn};
use uuid::Uuid;
use wilco_core::card::Press;
use wilco_core::catalog::Catalog;
use wilco_core::event::{self, Event};
use wilco_core::ids::{DeploymentId, MessageRef, Platform};
use wilco_core::notice::Locale;
use wilco_core::person::{Speaker, Standing};
use wilco_core::request::Heard;
use wilco_core::wording::surfaces;

use super::answer::{DEFERRED, DEFERRED_QUIETLY, IN_PLACE, MESSAGE};
use super::decode::{self, Addressed, From, What, Who, message_ref};
use super::open::{Asked, Stand};
use super::order::Seen;
use super::{Shared, commands, complete, emoji, face};
use crate::delivery::{Deliveries, Delivery, NotDelivered};
use crate::recall::Recall;

/// The source of everything that comes from Discord.
const SOURCE: &str = "discord";

/// What takes longer to record is put off, since Discord waits three seconds for an answer.
const PUT_OFF_AFTER: Duration = Duration::from_millis(1_500);

/// Takes in what people do.
pub struct Hearing {
    pub(super) shared: Arc<Shared>,
    deliveries: Deliveries,
    recall: Recall,
    pub(super) catalog: watch::Receiver<Arc<Catalog>>,
    /// Makes the ids of what has none of Discord's, with what is unique to this process.
    process: Uuid,
    count: AtomicU64,
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
            count: AtomicU64::new(0),
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

    /// Notes an event that the library could not read. What may have been a vote is read from the messages.
    pub async fn undecoded(&self, kind: &str) {
        self.shared.figures.send_modify(|figures| figures.undecoded += 1);
        let count = self.shared.figures.borrow().undecoded;
        warn!(event.kind = kind, count, "an event of Discord's cannot be read and is left out");
        if kind.starts_with("MESSAGE_REACTION_") {
            self.connected().await;
        }
    }

    /// Takes what somebody did. Until it is handed to the engine nothing is waited for, so that what is
    /// taken first is also decided first.
    pub async fn take(&self, seen: Seen) {
        match seen {
            Seen::Message(message) => self.message(&message).await,
            Seen::Interaction(interaction) => self.interaction(&interaction).await,
            Seen::Reaction(reaction, change) => self.reaction(&reaction, change).await,
            Seen::Missed => self.connected().await,
        }
    }

    fn taken(&self) {
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
        if let Err(error) = self.deliver(format!("said/{}", message.id), event).await {
            warn!(%error, "what somebody said in Discord is lost");
        }
    }

    fn said(&self, who: Who, channel: ChannelId, (words, heard): (String, Heard)) -> Event {
        Event::Said { speaker: self.speaker(who), place: decode::place(channel), words, heard }
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
        let standing =
            member.map(|member| super::members::standing(member.user.bot, member.pending));
        let who = Who { guild, user, standing };
        if emoji.verdict().is_some() {
            self.shared.open.reacted((user, reaction.channel_id));
        }
        let message = message_ref(reaction.channel_id, reaction.message_id);
        let event = Event::Reacted { speaker: self.speaker(who), message, emoji, change };
        if let Err(error) = self.deliver(self.own_id("reacted"), event).await {
            warn!(%error, "a reaction in Discord is not heard before reactions are read anew");
        }
    }

    /// Takes a command, a press, a form, or a part of a command that is being typed.
    async fn interaction(&self, interaction: &Interaction) {
        let taken = match interaction {
            Interaction::Command(command) => self.command(command).await,
            Interaction::Component(component) => self.component(component).await,
            Interaction::Modal(modal) => self.modal(modal).await,
            Interaction::Autocomplete(command) => self.autocomplete(command).await,
            _ => Err("a kind of interaction that says nothing to wilco"),
        };
        if let Err(reason) = taken {
            debug!(reason, "an interaction in Discord says nothing to wilco");
        }
        self.taken();
    }

    async fn command(&self, command: &CommandInteraction) -> Result<(), decode::Ignored> {
        let who = decode::commanded(command, &self.shared.us)?;
        let whose = (who.user, command.channel_id);
        let asked = self.shared.open.asked(whose, command.id, &command.token);
        let words = {
            let catalog = self.catalog.borrow();
            commands::line(&command.data, &catalog)
        };
        let heard = self.catalog.borrow().grammar.hear(&words);
        let event = self.said(who, command.channel_id, (words.clone(), heard));
        let locale = self.locale(command.channel_id);
        let receipt = face::words(&surfaces::heard(&words, locale), locale);
        let mut turn = asked.turn.lock().await;
        if !turn.is_unanswered() {
            return Ok(());
        }
        let delivery = self.deliver(format!("slash/{}", command.id), event);
        tokio::pin!(delivery);
        let shared = &self.shared;
        let mut is_put_off = false;
        let delivered = match timeout(PUT_OFF_AFTER, &mut delivery).await {
            Ok(delivered) => delivered,
            Err(_) => {
                is_put_off = shared.answer(&asked, DEFERRED, &json!({ "flags": 64 })).await;
                delivery.await
            }
        };
        match delivered {
            Ok(()) if is_put_off => shared.replace(&asked, &receipt).await,
            Ok(()) => drop(shared.answer(&asked, MESSAGE, &super::answer::alone(receipt)).await),
            // Without an answer Discord says that there was none, which is true.
            Err(error) => warn!(%error, "a command in Discord is left unanswered"),
        }
        *turn = Stand::Acknowledged;
        Ok(())
    }

    async fn component(&self, component: &ComponentInteraction) -> Result<(), decode::Ignored> {
        let pressed = decode::pressed(component, &self.shared.us)?;
        let whose = (pressed.who.user, component.channel_id);
        let asked = self.shared.open.asked(whose, component.id, &component.token);
        let locale = self.locale(component.channel_id);
        match pressed.what {
            What::Leave => {
                asked.told();
                let text = surfaces::left_alone(locale);
                let mut data = face::words(&text, locale);
                data["components"] = json!([]);
                self.shared.answer(&asked, IN_PLACE, &data).await;
            }
            What::Ask { press, about, label } => {
                asked.told();
                let heading = component.message.embeds.first().and_then(|card| card.title.clone());
                let heading = heading.as_deref();
                let Some(question) = question((press, heading), &about, (&label, locale)) else {
                    return Err("a press that nobody asks about");
                };
                self.shared.answer(&asked, MESSAGE, &super::answer::alone(question)).await;
                *asked.turn.lock().await = Stand::Answered;
            }
            What::Do { press: Press::Reject, message, .. } => {
                self.reject(pressed.who, message, asked).await;
            }
            What::Do { press, message, from } => {
                let mut turn = asked.turn.lock().await;
                if !turn.is_unanswered() {
                    return Ok(());
                }
                let event = self.pressed(pressed.who, message, press, None);
                match self.deliver(format!("press/{}", asked.id), event).await {
                    Ok(()) if from == From::Question => {
                        let text = surfaces::heard(&label_of(component), locale);
                        let mut data = face::words(&text, locale);
                        data["components"] = json!([]);
                        self.shared.answer(&asked, IN_PLACE, &data).await;
                    }
                    Ok(()) => drop(self.shared.answer(&asked, DEFERRED_QUIETLY, &json!({})).await),
                    Err(error) => warn!(%error, "a press in Discord is left unanswered"),
                }
                *turn = Stand::Answered;
            }
        }
        Ok(())
    }

    /// A rejection may be answered with a form, which must be the first answer.
    async fn reject(&self, who: Who, message: MessageRef, asked: Arc<Asked>) {
        let trigger = Some(format!("{}/{}", who.user, asked.id));
        let event = Event::Pressed {
            speaker: self.speaker(who),
            message,
            press: Press::Reject,
            reason: None,
            trigger,
        };
        if let Err(error) = self.deliver(format!("press/{}", asked.id), event).await {
            warn!(%error, "a press in Discord is left unanswered");
            return;
        }
        tokio::time::sleep(PUT_OFF_AFTER).await;
        let mut turn = asked.turn.lock().await;
        if *turn == Stand::Unanswered {
            self.shared.answer(&asked, DEFERRED_QUIETLY, &json!({})).await;
            *turn = Stand::Answered;
        }
    }

    fn pressed(
        &self,
        who: Who,
        message: MessageRef,
        press: Press,
        reason: Option<String>,
    ) -> Event {
        Event::Pressed { speaker: self.speaker(who), message, press, reason, trigger: None }
    }

    async fn modal(&self, modal: &ModalInteraction) -> Result<(), decode::Ignored> {
        let (who, message, reason) = decode::submitted(modal, &self.shared.us)?;
        let whose = (who.user, modal.channel_id);
        let asked = self.shared.open.asked(whose, modal.id, &modal.token);
        let mut turn = asked.turn.lock().await;
        if !turn.is_unanswered() {
            return Ok(());
        }
        let event = self.pressed(who, message, Press::Reject, reason);
        match self.deliver(format!("reason/{}", asked.id), event).await {
            Ok(()) => drop(self.shared.answer(&asked, DEFERRED_QUIETLY, &json!({})).await),
            Err(error) => warn!(%error, "a form in Discord is left unanswered"),
        }
        *turn = Stand::Answered;
        Ok(())
    }

    async fn autocomplete(&self, command: &CommandInteraction) -> Result<(), decode::Ignored> {
        decode::commanded(command, &self.shared.us)?;
        let catalog = Arc::clone(&self.catalog.borrow());
        let choices = complete::choices(&command.data, &catalog, &self.recall).await;
        self.shared.offer(command.id, &command.token, &choices).await;
        Ok(())
    }

    async fn deliver(&self, id: String, event: Event) -> Result<(), NotDelivered> {
        self.deliveries.deliver(Delivery { source: SOURCE, id, event }).await.map(drop)
    }

    /// What is said before anything is decided is said as the place speaks.
    fn locale(&self, channel: ChannelId) -> Locale {
        self.catalog.borrow().locale_of(&decode::place(channel))
    }

    fn own_id(&self, kind: &str) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{kind}/{}/{number}", self.process)
    }

    /// Who is not known is looked up before anything is decided, and not before the answer.
    fn speaker(&self, who: Who) -> Speaker {
        let members = &self.shared.members;
        if let Some(standing) = who.standing {
            members.remember((who.guild, who.user), standing);
        }
        let standing = who.standing.or_else(|| members.remembered((who.guild, who.user)));
        let account = decode::account(who.guild, who.user);
        Speaker { account, standing: standing.unwrap_or(Standing::Unknown) }
    }
}

fn question(
    (press, heading): (Press, Option<&str>),
    about: &str,
    (label, locale): (&str, Locale),
) -> Option<serde_json::Value> {
    let number = about.strip_prefix("card-")?.split('-').next()?.parse().ok()?;
    let asked = surfaces::sure(press, DeploymentId(number), locale)?;
    let yes = face::custom_id(press, face::Step::Do, about)?;
    Some(face::question(&asked.question, heading, (&yes, label), &asked.no))
}

fn label_of(component: &ComponentInteraction) -> String {
    decode::label(component)
}
