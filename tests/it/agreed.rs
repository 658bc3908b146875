//! Whatever is drawn for a chat, compared with what was agreed and committed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use wilco_core::card::Card;
use wilco_core::notice::Locale;
use wilco_core::time::Timestamp;
use wilco_core::wording::Voice;

pub const LOCALES: [(Locale, &str); 2] = [(Locale::En, "en"), (Locale::Ko, "ko")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with the committed file below `tests/wire`; `WILCO_BLESS=1` writes it anew, for a change made
/// on purpose.
pub fn compare(file: &str, value: &Value) {
    let path = root().join("tests/wire").join(file);
    if std::env::var_os("WILCO_BLESS").is_some() {
        fs::write(&path, format!("{value:#}\n")).unwrap();
        return;
    }
    let agreed: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let (was, is) = (format!("{agreed:#}"), format!("{value:#}"));
    for (number, (was, is)) in (1..).zip(was.lines().zip(is.lines())) {
        assert_eq!(was, is, "line {number} of {file}; WILCO_BLESS=1 writes it anew");
    }
    assert_eq!(was.len(), is.len(), "the length of {file}; WILCO_BLESS=1 writes it anew");
}

/// The same for lines of text.
pub fn compare_text(file: &str, text: &str) {
    let path = root().join("tests/wire").join(file);
    if std::env::var_os("WILCO_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let agreed = fs::read_to_string(&path).unwrap();
    for (was, is) in agreed.lines().zip(text.lines()) {
        assert_eq!(was, is, "WILCO_BLESS=1 writes it anew");
    }
    assert_eq!(agreed.len(), text.len(), "WILCO_BLESS=1 writes it anew");
}

/// What a platform sent, as it stands in a folder below `tests/wire`.
pub fn payload(folder: &str, name: &str) -> Value {
    let path = root().join("tests/wire").join(folder).join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The names of all payloads of a folder.
pub fn payloads(folder: &str) -> Vec<String> {
    let files = fs::read_dir(root().join("tests/wire").join(folder)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let payloads = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let mut names: Vec<_> =
        payloads.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

pub fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: chrono_tz::Asia::Seoul, now: Timestamp(1_795_151_400_000) }
}

/// A card of every state, as the core's own tests keep them.
pub fn cards(language: &str) -> Vec<(String, Card)> {
    let path = root().join(format!("core/tests/snapshots/cards.{language}.json"));
    let cards: Vec<(String, Card)> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(cards.len() > 40, "{} cards", cards.len());
    cards
}
