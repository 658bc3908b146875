//! The shape of a command manifest: what people may say, who may say it, and what it does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{Pipeline, Who};
use crate::ids::CommandName;
use crate::notice::Locale;
use crate::policy::Policy;

/// One file of `commands/`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub name: CommandName,
    pub summary: Localized,
    /// The forms of the command, such as `deploy <service> to <environment>`.
    pub say: Vec<String>,
    /// Other words for the command's first word, in any language.
    pub aliases: Vec<String>,
    pub who: Who,
    pub does: Does,
    pub examples: Vec<Example>,
}

/// A text in each language that wilco speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Localized {
    pub en: String,
    pub ko: String,
}

impl Localized {
    pub fn in_locale(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::Ko => &self.ko,
        }
    }
}

/// What a command does when it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// One of wilco's own meanings, by [`crate::request::Request::action`].
    Action(String),
    /// A team's own pipeline, under a policy of its own.
    Pipeline { pipeline: Box<Pipeline>, policy: Policy },
}

/// A sentence with its meaning; the tests and `wilco check` hold the grammar to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub say: String,
    /// Slots and their values, such as `service = "api"`; parameters are `parameters.NAME`.
    #[serde(default)]
    pub means: BTreeMap<String, String>,
}
