//! Every card, page and form as Slack's blocks, compared with what was agreed in `tests/wire/slack-blocks`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use wilco::chat::slack::blocks::{Content, card, home, line, reason_modal, retired};
use wilco::chat::slack::manifest::{Mode, manifest};
use wilco_core::card::Card;
use wilco_core::home::{Sight, home as page};
use wilco_core::ids::{
    Account, DeploymentId, EnvironmentName, PersonName, Platform, RoleName, ServiceName,
};
use wilco_core::notice::{BoardRow, Locale};
use wilco_core::person::{People, Person};
use wilco_core::time::Timestamp;
use wilco_core::wording::Voice;

const LOCALES: [(Locale, &str); 2] = [(Locale::En, "en"), (Locale::Ko, "ko")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with the committed file; `WILCO_BLESS=1` writes it anew, for a change made on purpose.
fn compare(file: &str, value: &Value) {
    let path: PathBuf = root().join("tests/wire/slack-blocks").join(file);
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

fn shown(content: &Content) -> Value {
    json!({ "text": content.text, "blocks": content.blocks })
}

fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: chrono_tz::Asia::Seoul, now: Timestamp(1_795_151_400_000) }
}

/// A card of every state, as the core's own tests keep them.
fn cards(language: &str) -> Vec<(String, Card)> {
    let path = root().join(format!("core/tests/snapshots/cards.{language}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn cards_look_as_agreed_in_every_language() {
    for (_, language) in LOCALES {
        let cards = cards(language);
        assert!(cards.len() > 40, "{} cards", cards.len());
        let mut all: BTreeMap<String, Value> =
            cards.iter().map(|(name, shows)| (name.clone(), shown(&card(shows)))).collect();
        let (name, waiting) = cards.iter().find(|(name, _)| name == "waiting for votes").unwrap();
        all.insert(format!("{name}, retired"), shown(&retired(waiting)));
        compare(&format!("cards.{language}.json"), &json!(all));
    }
}

#[test]
fn lines_forms_and_pages_look_as_agreed_in_every_language() {
    for (locale, language) in LOCALES {
        let voice = voice(locale);
        compare(
            &format!("rest.{language}.json"),
            &json!({
                "line": shown(&line("#1 starts, approved by ben & mina <!channel>.", locale)),
                "reason": reason_modal(DeploymentId(1), "C0123456789/1795151400.000100", &voice),
                "home": home(&page_of("ben", voice), &voice),
                "home of nobody": home(&page_of("stranger", voice), &voice),
            }),
        );
    }
}

#[test]
fn manifests_are_as_agreed() {
    let base_url = "https://deploys.example.com".to_owned();
    compare("manifest.socket.json", &manifest(&Mode::Socket, "wilco"));
    compare("manifest.http.json", &manifest(&Mode::Http { base_url }, "wilco"));
}

fn account(name: &str) -> Account {
    let user = format!("U0{}", name.to_uppercase());
    Account { platform: Platform::Slack, workspace: "T0123456789".into(), user }
}

fn page_of(name: &str, voice: Voice) -> wilco_core::home::Home {
    let ben = Person {
        name: PersonName::new("ben").unwrap(),
        locale: None,
        accounts: BTreeSet::from([account("ben")]),
        roles: BTreeSet::from([RoleName::new("sre").unwrap()]),
    };
    let people = People::new([ben]).unwrap();
    let board = ["prod", "staging"].map(|there| BoardRow {
        service: ServiceName::new("api").unwrap(),
        environment: EnvironmentName::new(there).unwrap(),
        live: None,
    });
    let account = account(name);
    let languages = if people.by_account(&account).is_some() { &Locale::ALL[..] } else { &[] };
    let sight = Sight {
        open: &[],
        board: &board,
        board_more: 0,
        people: &people,
        account: &account,
        languages,
        answer: None,
        voice,
    };
    page(&sight)
}
