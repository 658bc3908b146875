//! Languages: the one of everything, and those of channels and people.

use std::collections::BTreeMap;

use wilco_core::ids::{ChannelName, Place};
use wilco_core::news::subscription::Subscriptions;
use wilco_core::notice::Locale;

use crate::settings::fault::{Reported, quote};
use crate::settings::news::Named;
use crate::settings::reader::Value;

/// Reads the code of a language.
pub fn locale(value: Value<'_>) -> Result<Locale, Reported> {
    let text = value.text("en")?;
    Locale::of_code(text).ok_or_else(|| {
        let codes = Locale::ALL.map(|locale| format!("\"{}\"", locale.code()));
        let next_step = format!("choose {}", codes.join(" or "));
        value.fault(&format!("wilco does not speak {}", quote(text)), Some(next_step))
    })
}

/// The languages of places so far, each with the channel that says so.
pub type Spoken = BTreeMap<Place, (Locale, String)>;

/// Takes in the language of a channel's places; no place can have two.
pub fn speak(
    (channel, value): (&str, Value<'_>),
    places: &[Place],
    spoken: &mut Spoken,
) -> Result<(), Reported> {
    let locale = locale(value)?;
    for place in places {
        let known = spoken.insert(place.clone(), (locale, channel.to_owned()));
        let Some((_, other)) = known.filter(|(other, _)| *other != locale) else { continue };
        let message = format!(
            "the place {} of {} has another language in {}",
            quote(&place.channel),
            quote(channel),
            quote(&other)
        );
        let next_step = "one place has one language: say the same in both, or in one of them";
        return Err(value.fault(&message, Some(next_step.to_owned())));
    }
    Ok(())
}

/// The channels, the languages of their places, and what they are told.
#[derive(Debug, Default)]
pub struct Channels {
    pub places: BTreeMap<ChannelName, Vec<Place>>,
    pub locales: BTreeMap<Place, Locale>,
    pub news: Subscriptions,
    /// The services that subscriptions name, to be looked up once they are read.
    pub named: Vec<Named>,
}
