//! Chat platforms: what every one of them can do, and the one place that names them.

pub mod console;
pub mod discord;
pub mod slack;
#[cfg(test)]
mod whatever;

use std::time::Duration;

use async_trait::async_trait;

use wilco_core::card::Card;
use wilco_core::emoji::Emoji;
use wilco_core::home::Home;
use wilco_core::ids::{Account, DeploymentId, MessageRef, Place};
use wilco_core::notice::Locale;
use wilco_core::person::{Speaker, Standing};
use wilco_core::wording::Voice;

/// A chat platform, outward. What people say there comes in as deliveries.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Makes the card in this place read so: edits the message where there is one, else posts it.
    ///
    /// A message that is gone is posted anew. Returns the message that now is the card.
    async fn show_card(&self, shown: &ShownCard<'_>) -> Result<MessageRef, ChatError>;

    /// Makes a message that is the card read so. One that is gone, or cannot be changed any more, stays so.
    async fn redraw_card(
        &self,
        message: &MessageRef,
        card: &Card,
        key: &str,
    ) -> Result<(), ChatError>;

    /// Makes a message that was the card read so. One that is gone stays gone.
    async fn retire_card(&self, message: &MessageRef, card: &Card) -> Result<(), ChatError>;

    /// Adds a line to the log below a card.
    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError>;

    /// Says something to one person, so that only they see it where the platform can do that.
    async fn tell(&self, told: &Told<'_>) -> Result<(), ChatError>;

    /// Tells whether something was said here under this key before, so that it is not said twice.
    ///
    /// What only one person sees is nowhere to be found: it may be said twice rather than never.
    async fn was_said(&self, said: &Said<'_>) -> Result<bool, ChatError>;

    /// Reads the reactions that stand on a message; `None` where none can come or go unseen, as on one that is
    /// gone. What wilco is not let read may have changed, and is an error.
    async fn reactions(
        &self,
        message: &MessageRef,
    ) -> Result<Option<Vec<(Speaker, Emoji)>>, ChatError>;

    /// Says what the platform says of an account.
    async fn standing(&self, account: &Account) -> Result<Standing, ChatError>;

    /// Asks somebody why they reject.
    async fn ask_reason(&self, form: &ReasonForm<'_>) -> Result<(), ChatError>;

    /// Makes somebody's own page read so.
    async fn show_home(&self, to: &Account, home: &Home, voice: &Voice) -> Result<(), ChatError>;
}

/// A card, and which message it is.
#[derive(Debug, Clone, Copy)]
pub struct ShownCard<'a> {
    pub place: &'a Place,
    pub card: &'a Card,
    /// The message that is the card so far.
    pub shown: Option<&'a MessageRef>,
    /// Stays the same however often the card is shown.
    pub key: &'a str,
    /// It may have been posted already, so it is looked for first.
    pub maybe_done: bool,
}

/// Words to one person.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Where they are.
    pub place: &'a Place,
    pub to: &'a Account,
    pub text: &'a str,
    /// The language of the text.
    pub locale: Locale,
    /// Stays the same however often it is sent.
    pub key: &'a str,
}

/// What may have been said, and where one would find it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub place: &'a Place,
    /// The message below which it was said.
    pub below: Option<&'a MessageRef>,
    /// To whom it was said, where it was not said to everybody.
    pub to: Option<&'a Account>,
    /// The words, and their language.
    pub text: &'a str,
    pub locale: Locale,
    pub key: &'a str,
}

/// The question for the reason of a rejection.
#[derive(Debug, Clone, Copy)]
pub struct ReasonForm<'a> {
    pub deployment: DeploymentId,
    /// The card that is rejected.
    pub message: &'a MessageRef,
    /// By what the platform lets wilco ask now.
    pub trigger: &'a str,
    pub voice: &'a Voice,
}

/// One line of the log below a card.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    pub place: &'a Place,
    /// What the card is about, in a word or a few.
    pub topic: &'a str,
    /// The card, where it was shown.
    pub card: Option<&'a MessageRef>,
    pub text: &'a str,
    /// The language of the text.
    pub locale: Locale,
    /// Who is mentioned with it. What was said is found again without them.
    pub mentioned: &'a [Account],
    /// Stays the same however often the line is sent.
    pub key: &'a str,
}

/// Why a platform did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// It will not take it later either.
    #[error("{0}")]
    Refused(String),
    /// It was not sent; later it may work.
    #[error("{0}")]
    Unavailable(String),
    /// It was not sent; the platform says how long to wait.
    #[error("{reason}")]
    TooFast { reason: String, wait: Duration },
    /// Nobody can tell whether it was sent.
    #[error("{0}")]
    Unknown(String),
}

impl ChatError {
    /// Tells whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Unavailable(_) | Self::TooFast { .. } | Self::Unknown(_) => true,
        }
    }
}
