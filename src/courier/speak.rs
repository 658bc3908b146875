//! Talking to chats: cards, log lines, and words to one person.

use tracing::warn;

use wilco_core::card::{self, Setting};
use wilco_core::deployment::Deployment;
use wilco_core::event::{Event, Posted};
use wilco_core::gate;
use wilco_core::ids::{Account, DeploymentId, Digest, MessageRef, Place};
use wilco_core::notice::{Locale, Notice};
use wilco_core::time::Duration;
use wilco_core::wording;

use super::Tools;
use super::worker::Attempt;
use crate::chat::{ChatError, LogLine, Said, ShownCard, Told};
use crate::store::StoreError;
use crate::store::decode::Recorded;

/// Where something is said, and under which key.
pub struct Line<'a> {
    pub place: &'a Place,
    pub key: &'a str,
    /// It may have been said already, so the chat is asked first.
    pub maybe_done: bool,
}

/// One person, and the language that is used with them.
#[derive(Clone, Copy)]
pub struct Listener<'a> {
    pub account: &'a Account,
    pub locale: Locale,
}

/// Makes the card read as the deployment now stands.
pub async fn show_card(tools: &Tools, id: DeploymentId, line: &Line<'_>) -> Attempt {
    let place = line.place;
    let Some(chat) = tools.chats.at(place) else { return not_connected(place) };
    let Composed { card, shown, seal, key } = match compose(tools, id, place).await {
        Ok(Some(composed)) => composed,
        Ok(None) => return Attempt::Never(format!("there is no deployment {id}")),
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let (shown, maybe_done) = (shown.as_ref(), line.maybe_done);
    let wanted = ShownCard { place, card: &card, shown, key: &key, maybe_done };
    match within(tools, chat.show_card(&wanted)).await {
        Ok(message) if Some(&message) == shown => Attempt::Done(None),
        Ok(message) => {
            let posted = if maybe_done { Posted::MaybeBefore } else { Posted::Now };
            Attempt::Done(Some(Event::CardShown { deployment: id, message, seal, posted }))
        }
        Err(error) => failed(&error),
    }
}

/// Makes a card that was shown before read as the deployment now stands.
///
/// What is over is not worth an alarm: one that cannot be drawn any more stays as it is.
pub async fn redraw_card(tools: &Tools, id: DeploymentId, place: &Place) -> Attempt {
    let Some(chat) = tools.chats.at(place) else { return Attempt::Done(None) };
    let composed = match compose(tools, id, place).await {
        Ok(composed) => composed,
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let Some(Composed { card, shown: Some(message), key, .. }) = composed else {
        return Attempt::Done(None);
    };
    match within(tools, chat.redraw_card(&message, &card, &key)).await {
        Ok(()) => Attempt::Done(None),
        Err(ChatError::Refused(reason)) => {
            warn!(deployment.id = %id, %reason, "the card of {id} stays as it was");
            Attempt::Done(None)
        }
        Err(error) => failed(&error),
    }
}

/// Makes a message that was the card say that another one has taken its place.
pub async fn retire_card(tools: &Tools, id: DeploymentId, message: &MessageRef) -> Attempt {
    let Some(chat) = tools.chats.at(&message.place) else { return not_connected(&message.place) };
    let deployment = match tools.reader.deployment(id).await {
        Ok(Some(deployment)) => deployment,
        Ok(None) => return Attempt::Never(format!("there is no deployment {id}")),
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let card = card::retired::retired(&deployment, &tools.voice_in(&message.place));
    match within(tools, chat.retire_card(message, &card)).await {
        Ok(()) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

/// A card, the message that it is so far, and the seal that it shows.
struct Composed {
    card: card::Card,
    shown: Option<MessageRef>,
    seal: Option<Digest>,
    key: String,
}

async fn compose(
    tools: &Tools,
    id: DeploymentId,
    place: &Place,
) -> Result<Option<Composed>, StoreError> {
    let facts = tools.reader.facts_of(id).await?;
    let audit = facts.last().map_or(0, |recorded| recorded.sequence);
    let Some(deployment) = Deployment::fold(facts.iter().map(|recorded| &recorded.fact)) else {
        return Ok(None);
    };
    let holder = tools.reader.lane_holder(&deployment.service, &deployment.environment).await?;
    let lengths = tools.reader.earlier_lengths(&deployment).await?;
    let people = tools.catalog.borrow().people.clone();
    let blockers = gate::blockers(&deployment, &people, holder);
    let setting = Setting {
        voice: tools.voice_in(place),
        blockers: &blockers,
        progress: gate::progress(&deployment, &people),
        estimate: median(lengths),
        audit,
        successor: tools.reader.successor(&deployment).await?,
    };
    let card = card::card(&deployment, &setting);
    let seal = deployment.sealed.as_ref().map(|sealed| sealed.seal);
    let shown = Deployment::card_by(facts.iter().map(|recorded| &recorded.fact), place).cloned();
    let key = deployment.card_key();
    Ok(Some(Composed { card, shown, seal, key }))
}

/// Returns the middle of earlier lengths: one run that hung does not spoil the estimate.
fn median(mut lengths: Vec<i64>) -> Option<Duration> {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().map(Duration)
}

/// Adds a line to the log below the card.
pub async fn log(
    tools: &Tools,
    line: &Line<'_>,
    deployment: DeploymentId,
    notice: &Notice,
) -> Attempt {
    let Some(chat) = tools.chats.at(line.place) else { return not_connected(line.place) };
    let card = match tools.reader.facts_of(deployment).await {
        Ok(facts) => thread(&facts, line.place),
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let (place, voice, key) = (line.place, tools.voice_in(line.place), line.key);
    let (text, locale) = (wording::say(notice, &voice), voice.locale);
    let (card, text) = (card.as_ref(), text.as_str());
    let said = Said { place, below: card, to: None, text, locale, key };
    if let Some(done) = said_before(tools, line, &said).await {
        return done;
    }
    let (topic, mentioned) = (deployment.to_string(), &[]);
    let log = LogLine { place, topic: &topic, card, text, locale, mentioned, key };
    match within(tools, chat.log(&log)).await {
        Ok(()) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

/// Returns the message below which the log of a deployment goes on.
fn thread(facts: &[Recorded], place: &Place) -> Option<MessageRef> {
    let facts = || facts.iter().map(|recorded| &recorded.fact);
    let card = Deployment::card_by(facts(), place).cloned();
    card.or_else(|| Deployment::fold(facts())?.thread_in(place).cloned())
}

/// Says something to one person.
pub async fn tell(tools: &Tools, line: &Line<'_>, to: &Listener<'_>, notice: &Notice) -> Attempt {
    let text = wording::say(notice, &tools.voice(to.locale));
    tell_text(tools, line, to, &text).await
}

/// Says a text to one person.
pub async fn tell_text(tools: &Tools, line: &Line<'_>, to: &Listener<'_>, text: &str) -> Attempt {
    let Some(chat) = tools.chats.at(line.place) else { return not_connected(line.place) };
    let Listener { account: to, locale } = *to;
    let (place, key) = (line.place, line.key);
    let said = Said { place, below: None, to: Some(to), text, locale, key };
    if let Some(done) = said_before(tools, line, &said).await {
        return done;
    }
    let told = Told { place, to, text, locale, key };
    match within(tools, chat.tell(&told)).await {
        Ok(()) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

/// Looks before saying again what may have been said; `None` when it was not.
pub async fn said_before(tools: &Tools, line: &Line<'_>, said: &Said<'_>) -> Option<Attempt> {
    let chat = tools.chats.at(line.place).filter(|_| line.maybe_done)?;
    match within(tools, chat.was_said(said)).await {
        Ok(true) => Some(Attempt::Done(None)),
        Ok(false) => None,
        Err(error) => Some(failed(&error)),
    }
}

pub fn not_connected(place: &Place) -> Attempt {
    Attempt::Never(format!("{} is not connected", place.platform))
}

pub fn failed(error: &ChatError) -> Attempt {
    match error {
        ChatError::Refused(reason) => Attempt::Never(reason.clone()),
        ChatError::TooFast { reason, wait } => Attempt::NotBefore(*wait, reason.clone()),
        ChatError::Unavailable(reason) | ChatError::Unknown(reason) => {
            Attempt::Later(reason.clone())
        }
    }
}

/// Bounds a call: what takes too long may or may not have happened.
pub async fn within<T>(
    tools: &Tools,
    call: impl Future<Output = Result<T, ChatError>>,
) -> Result<T, ChatError> {
    match tokio::time::timeout(tools.patience.call, call).await {
        Ok(result) => result,
        Err(_) => Err(ChatError::Unknown("no answer in time".into())),
    }
}
