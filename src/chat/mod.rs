//! Chat platforms: what every one of them can do, and the one place that names them.

pub mod console;

use async_trait::async_trait;

use wilco_core::card::Card;
use wilco_core::ids::{Account, DeploymentId, MessageRef, Place};

/// A chat platform, outward. What people say there comes in as deliveries.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Makes the card in this place read so: edits the message where there is one, else posts it.
    ///
    /// A message that is gone is posted anew. Returns the message that now is the card.
    async fn show_card(
        &self,
        place: &Place,
        card: &Card,
        shown: Option<&MessageRef>,
    ) -> Result<MessageRef, ChatError>;

    /// Makes a message that was the card read so. One that is gone stays gone.
    async fn retire_card(&self, message: &MessageRef, card: &Card) -> Result<(), ChatError>;

    /// Adds a line to the log below a deployment's card.
    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError>;

    /// Says something to one person, so that only they see it where the platform can do that.
    async fn tell(
        &self,
        place: &Place,
        to: &Account,
        text: &str,
        key: &str,
    ) -> Result<(), ChatError>;

    /// Tells whether something was said here under this key before, so that it is not said twice.
    async fn was_said(&self, place: &Place, key: &str) -> Result<bool, ChatError>;
}

/// One line of the log below a card.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    pub place: &'a Place,
    pub deployment: DeploymentId,
    /// The card, where it was shown.
    pub card: Option<&'a MessageRef>,
    pub text: &'a str,
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
    /// Nobody can tell whether it was sent.
    #[error("{0}")]
    Unknown(String),
}

impl ChatError {
    /// Tells whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Unavailable(_) | Self::Unknown(_) => true,
        }
    }
}
