//! Holds the grammar to the examples of a manifest, so that help cannot lie.

use std::collections::BTreeSet;

use super::{Grammar, action};
use crate::ids::CommandName;
use crate::manifest::{Example, Manifest};
use crate::request::{Heard, SyntaxError};

impl Grammar {
    /// Returns what is wrong with the manifest's examples, each as a sentence.
    pub fn check_examples(&self, manifest: &Manifest) -> Vec<String> {
        let faults = |example: &Example| self.check_example(&manifest.name, example);
        manifest.examples.iter().flat_map(faults).collect()
    }

    fn check_example(&self, command: &CommandName, example: &Example) -> Vec<String> {
        let say = &example.say;
        let request = match self.hear(say) {
            Heard::Understood { command: other, request } if other == *command => request,
            Heard::Understood { command: other, .. } => {
                return vec![format!("The example `{say}` is heard as the command `{other}`.")];
            }
            Heard::NotUnderstood(error) => {
                return vec![format!("The example `{say}` is not understood: {}.", fault(&error))];
            }
        };
        let heard = action::means(&request);
        let slots: BTreeSet<&String> = heard.keys().chain(example.means.keys()).collect();
        let compare = |slot: &String| match (heard.get(slot), example.means.get(slot)) {
            (Some(heard), Some(means)) if heard == means => None,
            (Some(heard), Some(means)) => Some(format!(
                "In the example `{say}`, `{slot}` is heard as `{heard}`, but `means` says `{means}`."
            )),
            (Some(heard), None) => Some(format!(
                "In the example `{say}`, `{slot}` is heard as `{heard}`, but `means` leaves it out."
            )),
            (None, Some(means)) => Some(format!(
                "In the example `{say}`, `{slot}` is not heard, but `means` says `{means}`."
            )),
            (None, None) => None,
        };
        slots.into_iter().filter_map(compare).collect()
    }
}

/// Says in a few words why an example is not understood, for whoever writes the manifest.
fn fault(error: &SyntaxError) -> String {
    match error {
        SyntaxError::Empty => "it says nothing".into(),
        SyntaxError::TooLong { characters, most } => {
            format!("it has {characters} characters, and {most} is the most")
        }
        SyntaxError::UnknownCommand { word, .. } => format!("no command begins with `{word}`"),
        SyntaxError::Usage { command, unexpected: Some(word), .. } => {
            format!("no form of `{command}` takes `{word}` there")
        }
        SyntaxError::Usage { command, unexpected: None, .. } => {
            format!("every form of `{command}` needs more words, or two of them fit")
        }
        SyntaxError::Slot { command, slot, text, .. } => {
            format!("`{command}` cannot take `{text}` as its {slot}")
        }
        SyntaxError::Hidden { word, .. } => format!("there is a hidden character in `{word}`"),
        SyntaxError::OpenQuote { text } => format!("the quote of `{text}` is never closed"),
        SyntaxError::Parameter { command, text } => {
            format!("`{command}` cannot take the parameter `{text}`")
        }
    }
}
