//! Telling of things outside: the message of each, and the lines below it.

use wilco_core::card;
use wilco_core::event::Event;
use wilco_core::ids::{Account, MessageRef, NewsId, Place};
use wilco_core::news::thing::{self, Thing};
use wilco_core::notice::Notice;
use wilco_core::wording;

use super::Tools;
use super::speak::{Line, failed, not_connected, said_before, within};
use super::worker::Attempt;
use crate::chat::{LogLine, Said, ShownCard};
use crate::store::StoreError;

/// A thing as it is on record, and by what its message is found again.
struct Told {
    thing: Thing,
    key: String,
}

async fn told(tools: &Tools, id: &NewsId) -> Result<Option<Told>, StoreError> {
    let facts = tools.reader.news_of(id).await?;
    let Some(first) = facts.first().map(|recorded| recorded.chain) else { return Ok(None) };
    let thing = Thing::fold(facts.iter().map(|recorded| &recorded.fact));
    Ok(thing.map(|thing| Told { thing, key: thing::key(&first) }))
}

/// Makes the message that tells of a thing read as it now stands.
pub async fn show(tools: &Tools, id: &NewsId, line: &Line<'_>) -> Attempt {
    let place = line.place;
    let Some(chat) = tools.chats.at(place) else { return not_connected(place) };
    let Told { thing, key } = match told(tools, id).await {
        Ok(Some(told)) => told,
        Ok(None) => return Attempt::Never(format!("there is no news of {id}")),
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let people = tools.catalog.borrow().people.clone();
    let card = card::news::news(&thing, place, &people, &tools.voice_in(place));
    // Somebody may have deleted it, and does not want to be told once more.
    if let Some(message) = message(&thing, place) {
        return match within(tools, chat.redraw_card(message, &card, &key)).await {
            Ok(()) => Attempt::Done(None),
            Err(error) => failed(&error),
        };
    }
    let maybe_done = line.maybe_done;
    let wanted = ShownCard { place, card: &card, shown: None, key: &key, maybe_done };
    match within(tools, chat.show_card(&wanted)).await {
        Ok(message) => Attempt::Done(Some(Event::NewsShown { thing: id.clone(), message })),
        Err(error) => failed(&error),
    }
}

/// Adds a line below the message that tells of a thing.
pub async fn log(
    tools: &Tools,
    line: &Line<'_>,
    id: &NewsId,
    (notice, mentioned): (&Notice, &[Account]),
) -> Attempt {
    let Some(chat) = tools.chats.at(line.place) else { return not_connected(line.place) };
    let thing = match told(tools, id).await {
        Ok(Some(told)) => told.thing,
        Ok(None) => return Attempt::Never(format!("there is no news of {id}")),
        Err(error) => return Attempt::Later(error.to_string()),
    };
    let (place, voice, key) = (line.place, tools.voice_in(line.place), line.key);
    let people = tools.catalog.borrow().people.clone();
    let topic = card::news::news(&thing, place, &people, &voice).headline;
    let (text, locale) = (wording::say(notice, &voice), voice.locale);
    let (card, text) = (message(&thing, place), text.as_str());
    let said = Said { place, below: card, to: None, text, locale, key };
    if let Some(done) = said_before(tools, line, &said).await {
        return done;
    }
    let log = LogLine { place, topic: &topic, card, text, locale, mentioned, key };
    match within(tools, chat.log(&log)).await {
        Ok(()) => Attempt::Done(None),
        Err(error) => failed(&error),
    }
}

fn message<'t>(thing: &'t Thing, place: &Place) -> Option<&'t MessageRef> {
    thing.said_in(place)?.message.as_ref()
}
