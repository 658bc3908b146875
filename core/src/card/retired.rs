//! What is left of a card after something moved that it showed.

use crate::card::{About, Card, Tone, sentence};
use crate::deployment::Deployment;
use crate::wording::Voice;

/// Returns a card that says that another one has taken its place, with nothing to press.
pub fn retired(deployment: &Deployment, voice: &Voice) -> Card {
    let sentence =
        voice.phrase("card-retired").with("headline", sentence::headline(deployment, voice)).say();
    Card {
        about: About::Deployment(deployment.id),
        tone: Tone::Quiet,
        sentence,
        headline: sentence::headline(deployment, voice),
        state: voice.word("card-retired-state"),
        lines: Vec::new(),
        stages: Vec::new(),
        progress: None,
        remaining: None,
        remaining_label: None,
        buttons: Vec::new(),
        footer: String::new(),
        url: None,
        mentioned: Vec::new(),
    }
}
