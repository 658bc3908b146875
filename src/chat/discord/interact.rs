//! Commands, presses and forms → deliveries. Each is answered once it is durable, or put off in time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use serenity::model::application::{
    CommandInteraction, ComponentInteraction, Interaction, ModalInteraction,
};
use tokio::sync::MutexGuard;
use tokio::time::timeout;
use tracing::{debug, warn};
use wilco_core::card::Press;
use wilco_core::event::Event;
use wilco_core::ids::{DeploymentId, MessageRef};
use wilco_core::notice::Locale;
use wilco_core::wording::surfaces;

use super::answer::{DEFERRED, DEFERRED_QUIETLY, IN_PLACE, Judged, MESSAGE};
use super::decode::{self, From, What, Who};
use super::hear::Hearing;
use super::late::Coming;
use super::open::{Asked, Stand};
use super::{commands, complete, face};
use crate::delivery::NotDelivered;

/// What takes longer to record is put off, since Discord waits three seconds for an answer.
const PUT_OFF_AFTER: Duration = Duration::from_millis(1_500);

/// Whether Discord got its first answer before something was durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acknowledged {
    Before,
    NotYet,
}

/// Why something was not carried out.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error(transparent)]
    NotDelivered(#[from] NotDelivered),
    /// Whoever did it was told that nobody answered, and may do it again.
    #[error("it came too late")]
    TooLate,
    #[error("it may have come too late, and Discord does not say")]
    Unclear,
    /// It was carried out before, or is being carried out.
    #[error("it was answered before")]
    Known,
}

/// The answer that nobody sees. Whoever gets it takes what they did for done, so it comes only once that is durable.
fn quietly() -> (u8, Value) {
    (DEFERRED_QUIETLY, json!({}))
}

/// The answer by which somebody sees that wilco thinks. Should it never say more, Discord says that there was no
/// answer, so it promises nothing.
fn thinking() -> (u8, Value) {
    (DEFERRED, json!({ "flags": 64 }))
}

impl Hearing {
    /// Takes a command, a press, a form, or a part of a command that is being typed.
    pub(super) async fn interaction(&self, interaction: &Interaction, coming: Coming) {
        let taken = match interaction {
            Interaction::Command(command) => self.command(command, coming).await,
            Interaction::Component(component) => self.component(component, coming).await,
            Interaction::Modal(modal) => self.modal(modal, coming).await,
            // What is offered changes nothing, however late.
            Interaction::Autocomplete(command) => self.autocomplete(command).await,
            _ => Err("a kind of interaction that says nothing to wilco"),
        };
        if let Err(reason) = taken {
            debug!(reason, "an interaction in Discord says nothing to wilco");
        }
        self.taken();
    }

    async fn command(
        &self,
        command: &CommandInteraction,
        coming: Coming,
    ) -> Result<(), decode::Ignored> {
        let who = decode::commanded(command, &self.shared.us)?;
        self.shared.threads.note_origin(command.channel.as_ref());
        let whose = (who.user, command.channel_id);
        let asked = self.shared.open.asked(whose, command.id, &command.token);
        let words = {
            let catalog = self.catalog.borrow();
            commands::line(&command.data, &catalog)
        };
        let heard = self.catalog.borrow().grammar.hear(&words);
        let event = self.said(who, command.channel_id, (words.clone(), heard));
        let locale = self.locale(who, command.channel_id);
        let receipt = face::words(&surfaces::heard(&words, locale), locale);
        let mut turn = asked.turn.lock().await;
        if !turn.is_unanswered() {
            return Ok(());
        }
        let delivery = (format!("slash/{}", command.id), event);
        let shared = &self.shared;
        match self.record((&asked, coming), delivery, thinking()).await {
            Ok(Acknowledged::Before) => shared.replace(&asked, &receipt).await,
            Ok(Acknowledged::NotYet) => {
                shared.answer(&asked, MESSAGE, &super::answer::alone(receipt)).await;
            }
            // Without an answer Discord says that there was none, which is true.
            Err(error) => {
                self.leave((&asked, &mut turn), &error, "a command");
                return Ok(());
            }
        }
        *turn = Stand::Acknowledged;
        Ok(())
    }

    async fn component(
        &self,
        component: &ComponentInteraction,
        coming: Coming,
    ) -> Result<(), decode::Ignored> {
        let pressed = decode::pressed(component, &self.shared.us)?;
        self.shared.threads.note_origin(component.channel.as_ref());
        let whose = (pressed.who.user, component.channel_id);
        let asked = self.shared.open.asked(whose, component.id, &component.token);
        let locale = self.locale(pressed.who, component.channel_id);
        let mut turn = asked.turn.lock().await;
        if !turn.is_unanswered() {
            return Ok(());
        }
        match pressed.what {
            What::Leave => {
                asked.told();
                let left_alone = unpressed(&surfaces::left_alone(locale), locale);
                self.shared.answer(&asked, IN_PLACE, &left_alone).await;
                *turn = Stand::Answered;
            }
            What::Ask { press, about } => {
                let heading = component.message.embeds.first().and_then(|card| card.title.clone());
                let heading = heading.as_deref();
                let Some(question) = question((press, heading), &about, locale) else {
                    asked.leave(&mut turn);
                    return Err("a press that nobody asks about");
                };
                asked.told();
                self.shared.answer(&asked, MESSAGE, &super::answer::alone(question)).await;
                *turn = Stand::Answered;
            }
            What::Do { press: Press::Reject, message, .. } => {
                self.reject(pressed.who, message, (&asked, turn, coming)).await;
            }
            What::Do { press, message, from } => {
                let event = self.pressed(pressed.who, message, press, None);
                let delivery = (format!("press/{}", asked.id), event);
                let recorded = self.record((&asked, coming), delivery, thinking()).await;
                match from {
                    From::Card => {
                        self.quiet_or_leave((&asked, &mut turn), recorded, "a press").await;
                    }
                    From::Question => {
                        let heard = surfaces::heard(&decode::label(component), locale);
                        let heard = unpressed(&heard, locale);
                        self.say_or_leave((&asked, &mut turn), recorded, &heard).await;
                    }
                }
            }
        }
        Ok(())
    }

    /// A rejection may be answered with a form, which must be the first answer.
    ///
    /// Until it is durable nobody else has anything to say.
    async fn reject(
        &self,
        who: Who,
        message: MessageRef,
        (asked, mut turn, coming): (&Asked, MutexGuard<'_, Stand>, Coming),
    ) {
        let trigger = Some(format!("{}/{}", who.user, asked.id));
        let event = Event::Pressed {
            speaker: self.speaker(who),
            message,
            press: Press::Reject,
            reason: None,
            trigger,
        };
        let id = format!("press/{}", asked.id);
        if coming == Coming::MaybeLate {
            // A form would have to be the first answer, so they are told how else to say why.
            let recorded = self.record((asked, coming), (id, event), thinking()).await;
            self.quiet_or_leave((asked, &mut turn), recorded, "a press").await;
            return;
        }
        let (delivery, late) = (self.deliver_in_turn(id, event), tokio::time::sleep(PUT_OFF_AFTER));
        tokio::pin!(delivery, late);
        let recorded = tokio::select! {
            biased;
            recorded = &mut delivery => Some(recorded),
            () = &mut late => None,
        };
        match recorded {
            Some(Ok(())) => {
                // Whoever may reject is asked why in the meantime, and whoever may not is told so.
                drop(turn);
                late.await;
                self.quiet_at_last(asked).await;
            }
            Some(Err(error)) => self.leave((asked, &mut turn), &error.into(), "a press"),
            None => {
                let recorded = self.put_off(asked, delivery, thinking()).await;
                self.quiet_or_leave((asked, &mut turn), recorded, "a press").await;
            }
        }
    }

    async fn quiet_at_last(&self, asked: &Asked) {
        let mut turn = asked.turn.lock().await;
        if turn.is_unanswered() {
            self.quiet(asked, Acknowledged::NotYet).await;
            *turn = Stand::Answered;
        }
    }

    /// Acknowledges without a word what is on record, and leaves what is not.
    async fn quiet_or_leave(
        &self,
        (asked, turn): (&Asked, &mut Stand),
        recorded: Result<Acknowledged, NotDone>,
        what: &'static str,
    ) {
        match recorded {
            Ok(acknowledged) => {
                self.quiet(asked, acknowledged).await;
                *turn = Stand::Answered;
            }
            Err(error) => self.leave((asked, turn), &error, what),
        }
    }

    /// Says below a question that its answer is on record, or leaves what is not.
    async fn say_or_leave(
        &self,
        (asked, turn): (&Asked, &mut Stand),
        recorded: Result<Acknowledged, NotDone>,
        heard: &Value,
    ) {
        match recorded {
            Ok(Acknowledged::Before) => self.shared.replace(asked, heard).await,
            Ok(Acknowledged::NotYet) => drop(self.shared.answer(asked, IN_PLACE, heard).await),
            Err(error) => return self.leave((asked, turn), &error, "a press"),
        }
        *turn = Stand::Answered;
    }

    /// Acknowledges a press or a form without a word.
    async fn quiet(&self, asked: &Asked, acknowledged: Acknowledged) {
        match acknowledged {
            Acknowledged::Before => self.shared.say_nothing(asked).await,
            Acknowledged::NotYet => {
                let (kind, data) = quietly();
                self.shared.answer(asked, kind, &data).await;
            }
        }
    }

    /// Delivers what somebody did; what takes long, or may have come late, is acknowledged before it is durable.
    async fn record(
        &self,
        (asked, coming): (&Asked, Coming),
        (id, event): (String, Event),
        (kind, data): (u8, Value),
    ) -> Result<Acknowledged, NotDone> {
        if coming == Coming::MaybeLate {
            let delivery = self.deliver(id, event);
            let judged = self.shared.judge(asked, kind, &data);
            let (judged, _turn) = tokio::join!(judged, self.late_ones.lock());
            return match judged {
                Judged::InTime => Ok(delivery.await.map(|()| Acknowledged::Before)?),
                Judged::Known => Err(NotDone::Known),
                Judged::TooLate => Err(NotDone::TooLate),
                Judged::Unclear => Err(NotDone::Unclear),
            };
        }
        let delivery = self.deliver_in_turn(id, event);
        tokio::pin!(delivery);
        if let Ok(delivered) = timeout(PUT_OFF_AFTER, &mut delivery).await {
            return Ok(delivered.map(|()| Acknowledged::NotYet)?);
        }
        self.put_off(asked, delivery, (kind, data)).await
    }

    /// Acknowledges what is not durable yet, and returns once it is.
    async fn put_off(
        &self,
        asked: &Asked,
        delivery: impl Future<Output = Result<(), NotDelivered>>,
        (kind, data): (u8, Value),
    ) -> Result<Acknowledged, NotDone> {
        let is_put_off = self.shared.answer(asked, kind, &data).await;
        delivery.await?;
        Ok(if is_put_off { Acknowledged::Before } else { Acknowledged::NotYet })
    }

    /// Leaves for good what was not carried out, and says so in the log: whoever reads that wilco thinks must never
    /// read an answer there, since they would take it for one to what they did.
    fn leave(&self, (asked, turn): (&Asked, &mut Stand), error: &NotDone, what: &'static str) {
        asked.leave(turn);
        match error {
            NotDone::TooLate => self.too_late(),
            NotDone::Unclear | NotDone::NotDelivered(_) => {
                warn!(%error, "{what} in Discord is left unanswered");
            }
            NotDone::Known => debug!(%error, "{what} in Discord is left unanswered"),
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

    async fn modal(&self, modal: &ModalInteraction, coming: Coming) -> Result<(), decode::Ignored> {
        let (who, message, reason) = decode::submitted(modal, &self.shared.us)?;
        let whose = (who.user, modal.channel_id);
        let asked = self.shared.open.asked(whose, modal.id, &modal.token);
        let mut turn = asked.turn.lock().await;
        if !turn.is_unanswered() {
            return Ok(());
        }
        let event = self.pressed(who, message, Press::Reject, reason);
        let delivery = (format!("reason/{}", asked.id), event);
        let recorded = self.record((&asked, coming), delivery, thinking()).await;
        self.quiet_or_leave((&asked, &mut turn), recorded, "a form").await;
        Ok(())
    }

    async fn autocomplete(&self, command: &CommandInteraction) -> Result<(), decode::Ignored> {
        let who = decode::commanded(command, &self.shared.us)?;
        self.shared.threads.note_origin(command.channel.as_ref());
        let locale = self.locale(who, command.channel_id);
        let catalog = Arc::clone(&self.catalog.borrow());
        let known = (&*catalog, &self.recall);
        let choices = complete::choices(&command.data, known, locale).await;
        self.shared.offer(command.id, &command.token, &choices).await;
        Ok(())
    }
}

fn question((press, heading): (Press, Option<&str>), about: &str, locale: Locale) -> Option<Value> {
    let number = about.strip_prefix("card-")?.split('-').next()?.parse().ok()?;
    let asked = surfaces::sure(press, DeploymentId(number), locale)?;
    let yes = face::custom_id(press, face::Step::Do, about)?;
    Some(face::question(&asked.question, heading, (&yes, &asked.yes), &asked.no))
}

/// Returns what takes the place of a question that was answered, without its buttons.
fn unpressed(text: &str, locale: Locale) -> Value {
    let mut data = face::words(text, locale);
    data["components"] = json!([]);
    data
}
