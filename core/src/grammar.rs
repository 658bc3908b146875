//! Manifests → patterns; text → a request, or the nearest thing we know.

use crate::request::Heard;

#[derive(Debug, Clone)]
pub struct Grammar;

impl Grammar {
    pub fn usage(&self, _: &crate::ids::CommandName) -> Vec<String> {
        vec![]
    }

    pub fn hear(&self, _words: &str) -> Heard {
        Heard::NotUnderstood(crate::request::SyntaxError::Empty)
    }
}
