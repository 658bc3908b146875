//! Which language is used with somebody, and since when.

use crate::ids::Account;
use crate::language::Because;
use crate::notice::Locale;
use crate::wording::Voice;
use crate::wording::refusals::not_a_person;

/// Says which language is used with somebody, why, and how that is changed.
pub(crate) fn used(
    locale: Locale,
    because: Because,
    nobody: Option<&Account>,
    voice: &Voice,
) -> String {
    let used = |id| {
        let phrase = voice.phrase(id).with("language", name(locale, voice));
        phrase.with("because", why(because, voice)).say()
    };
    match nobody {
        None => used("language-used"),
        Some(account) => {
            let how = not_a_person("language-nobody", account, voice);
            format!("{} {how}", used("language-used-here"))
        }
    }
}

/// Says that from now on another language is used.
pub(crate) fn chosen(locale: Locale, because: Because, voice: &Voice) -> String {
    let language = name(locale, voice);
    match because {
        Because::Chosen => voice.phrase("language-chosen").with("language", language).say(),
        Because::Person | Because::Channel | Because::Default => {
            let phrase = voice.phrase("language-configured").with("language", language);
            phrase.with("because", why(because, voice)).say()
        }
    }
}

/// Returns the name of a language as those who speak it call it.
pub(crate) fn name(locale: Locale, voice: &Voice) -> String {
    voice.word(match locale {
        Locale::En => "language-en",
        Locale::Ko => "language-ko",
    })
}

fn why(because: Because, voice: &Voice) -> String {
    voice.word(match because {
        Because::Chosen => "because-chosen",
        Because::Person => "because-person",
        Because::Channel => "because-channel",
        Because::Default => "because-default",
    })
}
