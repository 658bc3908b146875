//! The files of `locales/`, and how a sentence is looked up in them.

use std::fmt::Display;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::notice::Locale;
use crate::text::inert;
use crate::wording::Voice;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en", source(Locale::En)));
static KOREAN: LazyLock<Bundle> = LazyLock::new(|| bundle("ko", source(Locale::Ko)));

/// Returns the file that holds the sentences of a language.
pub(crate) fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::En => include_str!("../../locales/en.ftl"),
        Locale::Ko => include_str!("../../locales/ko.ftl"),
    }
}

/// A sentence that still lacks some of its values.
pub(crate) struct Phrase<'a> {
    voice: &'a Voice,
    id: &'static str,
    values: FluentArgs<'static>,
}

impl Voice {
    /// Begins the sentence that the files know under this id.
    pub(crate) fn phrase(&self, id: &'static str) -> Phrase<'_> {
        Phrase { voice: self, id, values: FluentArgs::new() }
    }

    /// Returns a sentence or a word that takes no values.
    pub(crate) fn word(&self, id: &'static str) -> String {
        self.phrase(id).say()
    }
}

impl Phrase<'_> {
    /// Fills in what is safe as it stands: a checked name, a number, or words of ours.
    pub(crate) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.values.set(name, value.to_string());
        self
    }

    /// Fills in a number by which the language chooses its words.
    pub(crate) fn count(mut self, name: &'static str, count: impl Into<u64>) -> Self {
        self.values.set(name, count.into());
        self
    }

    /// Fills in what somebody wrote, made inert and cut to `most` characters.
    pub(crate) fn text(self, name: &'static str, text: &str, most: usize) -> Self {
        let text = inert(text, most);
        self.with(name, text)
    }

    /// Fills in what somebody wrote where the sentence puts it between backticks.
    pub(crate) fn quoted(self, name: &'static str, text: &str, most: usize) -> Self {
        let text = inert(text, most).replace('`', "'");
        self.with(name, text)
    }

    /// Returns the sentence. A message that the files lack reads as its id; a test keeps them whole.
    pub(crate) fn say(self) -> String {
        let bundle = match self.voice.locale {
            Locale::En => &*ENGLISH,
            Locale::Ko => &*KOREAN,
        };
        let Some(pattern) = bundle.get_message(self.id).and_then(|message| message.value()) else {
            debug_assert!(false, "no message {} in {:?}", self.id, self.voice.locale);
            return self.id.into();
        };
        let mut errors = Vec::new();
        let sentence = bundle.format_pattern(pattern, Some(&self.values), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{} in {:?}: {errors:?}", self.id, self.voice.locale);
        sentence
    }
}

fn bundle(language: &str, source: &str) -> Bundle {
    // A file with a fault keeps its other messages; the tests say which line is wrong.
    let resource = match FluentResource::try_new(source.into()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = Bundle::new_concurrent(vec![language.parse().unwrap_or_default()]);
    // Isolation marks are BiDi controls, which we remove from everything we say.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}
