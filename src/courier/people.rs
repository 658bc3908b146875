//! What concerns one person or their reactions: who they are, why they reject, their own page.

use wilco_core::event::Event;
use wilco_core::home::{self, Sight};
use wilco_core::ids::{DeploymentId, MessageRef};
use wilco_core::language;
use wilco_core::notice::{Locale, Notice};
use wilco_core::person::Standing;

use super::speak::{Listener, failed, not_connected, within};
use super::worker::Attempt;
use super::{SOURCE, Tools, board};
use crate::chat::{ChatError, ReasonForm};
use crate::delivery::{Delivery, NotDelivered};
use crate::store::StoreError;

/// As often is a card read before its platform counts as out of reach.
const READ_TRIES: u32 = 3;

/// Asks the platform who somebody is; what they did comes in again with the answer.
///
/// Whom the platform cannot tell is nobody who may: the answer is no, and says why.
pub async fn identify(tools: &Tools, event: &Event) -> Attempt {
    let Some(speaker) = event.speaker() else { return Attempt::Done(None) };
    let standing = match tools.chats.on(speaker.account.platform) {
        None => Standing::Unverified,
        Some(chat) => match within(tools, chat.standing(&speaker.account)).await {
            Ok(standing) => standing,
            Err(ChatError::TooFast { reason, wait }) => return Attempt::NotBefore(wait, reason),
            Err(_) => Standing::Unverified,
        },
    };
    Attempt::Done(Some(event.clone().by(standing)))
}

/// Asks somebody why they reject.
pub async fn ask_reason(
    tools: &Tools,
    locale: Locale,
    deployment: DeploymentId,
    (message, trigger): (&MessageRef, &str),
) -> Attempt {
    let Some(chat) = tools.chats.at(&message.place) else { return not_connected(&message.place) };
    let voice = tools.voice(locale);
    let form = ReasonForm { deployment, message, trigger, voice: &voice };
    match within(tools, chat.ask_reason(&form)).await {
        Ok(()) => Attempt::Done(None),
        // The platform takes the question for a few seconds only, so later is never.
        Err(error) => Attempt::Never(error.to_string()),
    }
}

/// Makes somebody's own page read as things stand, with the answer to what they did there.
pub async fn show_home(tools: &Tools, to: &Listener<'_>, answer: Option<&Notice>) -> Attempt {
    let Some(chat) = tools.chats.on(to.account.platform) else {
        return Attempt::Never(format!("{} is not connected", to.account.platform));
    };
    let voice = tools.voice(to.locale);
    let page = match page(tools, to, answer).await {
        Ok(page) => page,
        Err(error) => return Attempt::Later(error.to_string()),
    };
    match within(tools, chat.show_home(to.account, &page, &voice)).await {
        Ok(()) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

async fn page(
    tools: &Tools,
    to: &Listener<'_>,
    answer: Option<&Notice>,
) -> Result<home::Home, StoreError> {
    let mut open = Vec::new();
    for id in tools.reader.open_ids().await? {
        open.extend(tools.reader.deployment(id).await?);
    }
    let board::Board { rows, more } = board::board(tools, (None, None)).await?;
    let (account, voice) = (to.account, tools.voice(to.locale));
    let catalog = std::sync::Arc::clone(&tools.catalog.borrow());
    let (people, languages) = (&catalog.people, language::choices(&catalog, account));
    let board_more = u64::try_from(more).unwrap_or(u64::MAX);
    let (open, board) = (&open, &rows);
    let sight = Sight { open, board, board_more, people, account, languages, answer, voice };
    Ok(home::home(&sight))
}

/// Reads the reactions that stand on a card.
pub async fn read_reactions(tools: &Tools, message: &MessageRef) -> Attempt {
    match seen(tools, message).await {
        Ok(event) => Attempt::Done(event),
        Err(ChatError::Refused(_)) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

/// Returns what stands on a card; nothing where none can come or go unseen.
async fn seen(tools: &Tools, message: &MessageRef) -> Result<Option<Event>, ChatError> {
    let Some(chat) = tools.chats.at(&message.place) else { return Ok(None) };
    let seen = within(tools, chat.reactions(message)).await?;
    Ok(seen.map(|seen| Event::ReactionsRead { message: message.clone(), seen }))
}

/// Reads the reactions of all cards of a deployment right before it may start, and puts them on record. Returns
/// the cards that could not be read for now.
///
/// A card that is gone has none to read, and what was recorded stands.
pub async fn read_all(
    tools: &Tools,
    cards: &[MessageRef],
    (sequence, at): (i64, i64),
) -> Result<Vec<(MessageRef, ChatError)>, Attempt> {
    let mut unread = Vec::new();
    for (number, message) in cards.iter().enumerate() {
        let event = match seen_at_last(tools, message).await {
            Ok(Some(event)) => event,
            Ok(None) => continue,
            // It is there, and says when it can be read.
            Err(error @ ChatError::TooFast { .. }) => return Err(failed(&error)),
            Err(
                error @ (ChatError::Refused(_) | ChatError::Unavailable(_) | ChatError::Unknown(_)),
            ) => {
                unread.push((message.clone(), error));
                continue;
            }
        };
        let id = format!("outbox/{sequence}/reactions/{number}/{at}");
        match tools.insist(Delivery { source: SOURCE, id, event }).await {
            Ok(_) => {}
            Err(NotDelivered::Stopping | NotDelivered::Store(_)) => {
                return Err(Attempt::Later("wilco is stopping".into()));
            }
        }
    }
    Ok(unread)
}

/// Reads a card, several times where it fails for a moment.
async fn seen_at_last(tools: &Tools, message: &MessageRef) -> Result<Option<Event>, ChatError> {
    let mut attempt = 1;
    loop {
        match seen(tools, message).await {
            Err(ChatError::Unavailable(_) | ChatError::Unknown(_)) if attempt < READ_TRIES => {
                tokio::time::sleep(tools.patience.wait_after(attempt)).await;
                attempt += 1;
            }
            seen => return seen,
        }
    }
}
